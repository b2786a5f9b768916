package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

const (
	databaseFile  = "consilium.db"
	applicationID = 0x436f6e73 // "Cons", in the header of the file
)

// openSQLite prepares the database file and opens its three handles: the writer, the readers, the jobs.
func (s *Store) openSQLite(ctx context.Context, o Options) error {
	path := filepath.Join(o.Dir, databaseFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !o.Create {
		return fmt.Errorf("opening %s: %w", path, ErrNoStore)
	}
	if err := prepareSQLite(ctx, path, o); err != nil {
		return err
	}
	s.turn = newTurn()
	if err := s.openSQLiteHandles(path, o.Patience, o.Slim); err != nil {
		return err
	}
	s.writer = newWriter(s.beginSQLite, s.log)
	return nil
}

// prepareSQLite checks whose file it is, and migrates it, over a handle of its own.
func prepareSQLite(ctx context.Context, path string, o Options) error {
	db, err := sql.Open("sqlite", sqliteDSN(path, "rwc", "immediate", o.Patience))
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, sorted(err))
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := claimSQLite(ctx, db); err != nil {
		return fmt.Errorf("opening %s: %w", path, sorted(err))
	}
	if err := migrate(ctx, db, false, o.Migrations); err != nil {
		return err
	}
	return migrateSQLiteJobs(ctx, db)
}

// claimSQLite refuses the file of another program, and marks an empty one as ours.
func claimSQLite(ctx context.Context, db *sql.DB) error {
	var id, tables int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	if id == applicationID {
		return nil
	}
	if id != 0 || tables > 0 {
		return ErrWrongFolder
	}
	_, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return err
}

func (s *Store) openSQLiteHandles(path string, patience time.Duration, slim bool) error {
	readers, pages := 4*runtime.NumCPU(), "cache_size(-16384)"
	if slim {
		readers, pages = 2, "cache_size(-1024)"
	}
	write, err := sqlite.NewConnector(sqliteDSN(path, "rw", "immediate", patience, pages))
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	read, err := sqlite.NewConnector(sqliteDSN(path, "rw", "deferred", patience, "query_only(1)", pages))
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	s.writeDB = sql.OpenDB(statementConnector{&guardedConnector{write, &s.committing}})
	s.writeDB.SetMaxOpenConns(1)
	s.writeDB.SetMaxIdleConns(1)
	s.readDB = sql.OpenDB(statementConnector{read})
	s.readDB.SetMaxOpenConns(readers)
	s.readDB.SetMaxIdleConns(readers)
	s.jobsDB = sql.OpenDB(politeConnector{write, s.turn})
	s.jobsDB.SetMaxOpenConns(1)
	s.jobsDB.SetMaxIdleConns(1)
	return nil
}

// sqliteDSN: the write-ahead log is synced at every commit (FULL), so what was acknowledged survives power loss.
func sqliteDSN(path, mode, lock string, patience time.Duration, pragmas ...string) string {
	q := url.Values{"mode": {mode}, "_txlock": {lock}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "journal_size_limit(67108864)", "temp_store(MEMORY)",
		"secure_delete(1)", // what an erasure frees is overwritten
	}, pragmas...)}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

func (s *Store) beginSQLite() (*batch, error) {
	ctx := context.Background()
	if err := s.turn.take(ctx); err != nil {
		return nil, err
	}
	tx, err := s.writeDB.BeginTx(ctx, nil)
	if err != nil {
		s.turn.give()
		return nil, err
	}
	commit := func() error {
		s.committing.Store(true)
		defer s.committing.Store(false)
		return tx.Commit()
	}
	return &batch{tx: tx, commit: commit, end: s.turn.give}, nil
}

// guardedConnector opens the writer's connection and lets nothing commit on it but the writer itself. SQLite rolls
// a transaction back by itself when the disk is full; the statements that follow would otherwise be saved each
// for itself, half a write.
type guardedConnector struct {
	driver.Connector
	committing *atomic.Bool
}

func (c *guardedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 {
		if c.committing.Load() {
			return 0
		}
		return 1 // refuse: SQLite rolls back
	})
	return conn, nil
}
