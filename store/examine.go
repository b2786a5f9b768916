package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Examined is what looking at a database came to.
type Examined struct {
	Engine           string // with its version
	Threads, Entries int64
	Damage           []string // pages and indexes of SQLite that are broken
	Unsafe           []string // settings of PostgreSQL under which a power cut loses what was acknowledged
	Line             Line     // to PostgreSQL
	Powers           []string // of the role that the node has in PostgreSQL, beyond its own database
}

// Examine opens the database of a data folder, of SQLite or at an address of PostgreSQL, reads it and writes nothing. It needs no lock, so it does the same beside a
// running node.
func Examine(ctx context.Context, dir, url string) (e Examined, err error) {
	db, err := openToRead(dir, url)
	if err != nil {
		return e, err
	}
	defer db.Close()
	version := `SELECT 'SQLite ' || sqlite_version()`
	if url != "" {
		version = `SELECT 'PostgreSQL ' || current_setting('server_version')`
	}
	if err := db.QueryRowContext(ctx, version).Scan(&e.Engine); err != nil {
		return e, fmt.Errorf("opening the database: %w", sorted(err))
	}
	if url == "" {
		e.Damage, err = damageOf(ctx, db, "quick_check")
	} else if e.Unsafe, err = unsafeOf(ctx, db); err == nil {
		err = e.standing(ctx, db, url)
	}
	if err != nil || len(e.Damage) > 0 {
		return e, err
	}
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(entries), 0) FROM thread`).Scan(&e.Threads, &e.Entries); err != nil {
		return e, fmt.Errorf("reading the database: %w", sorted(err))
	}
	return e, nil
}

func openToRead(dir, url string) (*sql.DB, error) {
	if url != "" {
		config, err := pgx.ParseConfig(url)
		if err != nil {
			return nil, fmt.Errorf("reading the database's address: %w", err) // pgx leaves the password out
		}
		config.RuntimeParams["application_name"] = "consilium doctor"
		config.RuntimeParams["default_transaction_read_only"] = "on"
		return openPgx(*config), nil
	}
	path := filepath.Join(dir, databaseFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening %s: %w", path, ErrNoStore)
	}
	return sql.Open("sqlite", sqliteDSN(path, "rw", "deferred", 10*time.Second, "query_only(1)")) // a write-ahead log is not read without its index, which mode=ro cannot make
}

// unsafeOf are the settings on which durability rests (PostgreSQL manual, 30.1), where they are off.
func unsafeOf(ctx context.Context, db *sql.DB) (list []string, err error) {
	for _, name := range []string{"fsync", "full_page_writes"} {
		var value string
		if err := db.QueryRowContext(ctx, `SELECT current_setting($1)`, name).Scan(&value); err != nil {
			return nil, fmt.Errorf("asking the database for %s: %w", strconv.Quote(name), sorted(err))
		}
		if value == "off" {
			list = append(list, name)
		}
	}
	return list, nil
}
