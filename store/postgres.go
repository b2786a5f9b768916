package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// writeLock is the advisory lock that the nodes of one hospital take in turn, so that they write one after the
// other as on SQLite.
const writeLock = 0x436f6e73696c6975 // "Consiliu"

// openPostgres prepares the database and opens its pools: the writer's one connection, the readers, the jobs.
func (s *Store) openPostgres(ctx context.Context, o Options) error {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return fmt.Errorf("reading the database's address: %w", err) // pgx leaves the password out
	}
	config.ConnConfig.RuntimeParams["application_name"] = nodeApplication + s.node // what a trigger tells others of a write says from whom
	if err := preparePostgres(ctx, config.ConnConfig, o); err != nil {
		return err
	}
	write := config.ConnConfig.Copy()
	write.RuntimeParams["lock_timeout"] = "30s"                         // another node hangs in a write
	write.RuntimeParams["idle_in_transaction_session_timeout"] = "120s" // this one does
	write.RuntimeParams["synchronous_commit"] = "on"                    // waits for a synchronous standby too
	s.writeDB = openPgx(*write)
	s.writeDB.SetMaxOpenConns(1)
	s.writeDB.SetMaxIdleConns(1)
	s.readDB = openPgx(*config.ConnConfig.Copy())
	s.readDB.SetMaxOpenConns(16)
	s.readDB.SetMaxIdleConns(4)
	if config.MaxConns < 4 {
		config.MaxConns = 4
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", sorted(err))
	}
	if err := s.migratePostgresJobs(ctx); err != nil {
		return err
	}
	s.writer = newWriter(s.beginPostgres, s.log)
	return nil
}

// migratePostgresJobs lets nodes that start together take turns.
func (s *Store) migratePostgresJobs(ctx context.Context) error {
	tx, err := s.writeDB.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("migrating the job queue: %w", sorted(err))
	}
	defer tx.Rollback() // gives the lock back
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(writeLock)); err != nil {
		return fmt.Errorf("migrating the job queue: %w", sorted(err))
	}
	return migrateJobs(ctx, riverpgxv5.New(s.pool))
}

func preparePostgres(ctx context.Context, config *pgx.ConnConfig, o Options) error {
	if err := refusePooler(ctx, config); err != nil {
		return err
	}
	db := stdlib.OpenDB(*config.Copy())
	defer db.Close()
	if err := claimPostgres(ctx, db, o.Create); err != nil {
		return fmt.Errorf("opening the PostgreSQL database %s: %w", config.Database, sorted(err))
	}
	return migrate(ctx, db, true, o.Migrations)
}

// nodeApplication begins the name under which the database lists a node's connections.
const nodeApplication = "consilium "

// refusePooler finds a program between us and the server that lends connections by the transaction, as pgbouncer does: then the number of the server's process is not the one that greeted us, or settings of a
// connection are refused. The lock of the writer, what a node listens to and prepared statements belong to a connection: over such a program a node would hear nothing, and two would write at once.
func refusePooler(ctx context.Context, config *pgx.ConnConfig) error {
	own := config.Copy()
	own.RuntimeParams["lock_timeout"] = "30s"
	conn, err := pgx.ConnectConfig(ctx, own)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "08P01" && strings.Contains(pg.Message, "startup parameter") {
		return ErrPooler
	}
	if err != nil { // unknown is not good: the pooler may be up a moment later
		return fmt.Errorf("opening the PostgreSQL database %s: %w", config.Database, sorted(err))
	}
	defer conn.Close(ctx)
	var pid uint32
	if err := conn.QueryRow(ctx, `SELECT pg_backend_pid()`, pgx.QueryExecModeSimpleProtocol).Scan(&pid); err != nil {
		return fmt.Errorf("asking the database who answers: %w", sorted(err))
	}
	if pid != conn.PgConn().PID() {
		return ErrPooler
	}
	return nil
}

// claimPostgres refuses a database that holds somebody else's tables, and an empty one unless it may create.
func claimPostgres(ctx context.Context, db *sql.DB, create bool) error {
	var tables, ours int
	err := db.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE table_name = 'goose_db_version')
		FROM information_schema.tables WHERE table_schema = current_schema()`).Scan(&tables, &ours)
	switch {
	case err != nil:
		return err
	case tables > 0 && ours == 0:
		return ErrWrongFolder
	case tables == 0 && !create:
		return ErrNoStore
	}
	return nil
}

func (s *Store) beginPostgres() (*batch, error) {
	ctx := context.Background()
	conn, err := s.writeDB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		conn.Close()
		return nil, err
	}
	// Read committed: once we have the lock, every statement sees what the other nodes have committed.
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(writeLock)); err != nil {
		tx.Rollback()
		conn.Close()
		return nil, err
	}
	return &batch{tx: tx, conn: conn, commit: tx.Commit, end: func() { conn.Close() }}, nil
}
