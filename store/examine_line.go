package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"

	"github.com/jackc/pgx/v5"
)

// Line is how what a node and its database say to each other is kept from others. Patients' names are among it.
type Line int

const (
	LineHere      Line = iota // it does not leave the machine
	LineProved                // encrypted, and the server proves who it is
	LineEncrypted             // encrypted, but to whoever answers at the address
	LinePlain                 // readable by the network
)

// standing looks at how the node stands to the server: over which line, and with what powers (PostgreSQL manual, 22.2).
func (e *Examined) standing(ctx context.Context, db *sql.DB, url string) error {
	var encrypted bool
	var server sql.NullString
	err := db.QueryRowContext(ctx, `SELECT ssl, host(inet_server_addr()) FROM pg_stat_ssl WHERE pid = pg_backend_pid()`).Scan(&encrypted, &server)
	if err != nil {
		return fmt.Errorf("asking the database about the line to it: %w", sorted(err))
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("reading the database's address: %w", err)
	}
	e.Line = lineTo(server.String, encrypted, proves(config))
	return e.powers(ctx, db)
}

// lineTo judges a line to a server at an address; empty: by a socket.
func lineTo(server string, encrypted, proved bool) Line {
	at, err := netip.ParseAddr(server)
	switch {
	case server == "":
		return LineHere
	case encrypted && proved:
		return LineProved
	case err == nil && at.IsLoopback():
		return LineHere
	case encrypted:
		return LineEncrypted
	}
	return LinePlain
}

// proves tells whether an address asks for the server's certificate (sslmode verify-full or verify-ca) wherever it leads.
func proves(config *pgx.ConnConfig) bool {
	asks := config.TLSConfig != nil && (!config.TLSConfig.InsecureSkipVerify || config.TLSConfig.VerifyPeerCertificate != nil)
	for _, f := range config.Fallbacks {
		asks = asks && f.TLSConfig != nil && (!f.TLSConfig.InsecureSkipVerify || f.TLSConfig.VerifyPeerCertificate != nil)
	}
	return asks
}

func (e *Examined) powers(ctx context.Context, db *sql.DB) error {
	var super, databases, roles, replication, bypass bool
	err := db.QueryRowContext(ctx, `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user`).
		Scan(&super, &databases, &roles, &replication, &bypass)
	if err != nil {
		return fmt.Errorf("asking the database what the node may do there: %w", sorted(err))
	}
	for _, p := range []struct {
		has  bool
		name string
	}{{super, "SUPERUSER"}, {databases, "CREATEDB"}, {roles, "CREATEROLE"}, {replication, "REPLICATION"}, {bypass, "BYPASSRLS"}} {
		if p.has {
			e.Powers = append(e.Powers, p.name)
		}
	}
	return nil
}
