// Package store keeps a hospital's data on disk: the database (SQLite inside the program, or a PostgreSQL
// server), the blobs, and the jobs that wait.
//
// It owns the transaction. Every write goes through [Store.Update], one after the other, many sharing one
// commit; when Update returns nil the write is on disk and survives kill -9, and power loss on storage that
// honors fsync. Every read goes through [Store.View] and sees one moment. The rooms bring their SQL and their
// migrations, and are handed the transaction; what the tables mean is theirs.
//
// On PostgreSQL the nodes of one hospital write in turn too, by an advisory lock, so that a check and the
// write that follows from it mean the same on both databases.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"consilium/jobs"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Options say what to open.
type Options struct {
	// Dir is the data folder: the lock, the blobs, and with SQLite the database.
	Dir string
	// URL is "" for SQLite at Dir/consilium.db, or "postgres://…".
	URL string
	// Create makes what is missing. Without it a missing folder or database is [ErrNoStore], so that a mistyped
	// path does not start an empty hospital.
	Create bool
	// Migrations are the rooms' own files; those of the store and of jobs are always there.
	Migrations []fs.FS
	// Blobs is where files are kept; nil is BlobsAt.
	Blobs Blobs
	// BlobsAt is "" for the folder "blobs" in Dir, or the address of a bucket ([ParseBucket]).
	BlobsAt string
	// Patience is how long to wait for another program that holds the SQLite file; 0 is ten seconds.
	Patience time.Duration
	// Lease is how long a node that others can take the place of may be unheard of before they do ([Store.Lead]); 0 is six seconds.
	Lease time.Duration
	// Slim is for one of hundreds of SQLite databases in one process: it reads by two connections, and each keeps 1 MiB of pages instead of 16.
	Slim bool
	// Kinds are the kinds of job that may be asked for. One that is not named here is tried five times.
	Kinds []jobs.Kind
	// Log hears what has no caller to be returned to; nil is silence.
	Log *slog.Logger
	// Now is the clock of job rows; nil is the machine's.
	Now func() time.Time
}

// Store is an open data folder. Its methods may be used by many goroutines.
type Store struct {
	dir string
	log *slog.Logger
	now func() time.Time

	writeDB *sql.DB // the writer's goroutine only
	readDB  *sql.DB
	writer  *writer
	blobs   Blobs
	id      string // of this folder, see generation.go
	node    string // of this process, among those of the hospital

	// SQLite
	turn       turn
	committing atomic.Bool // set by the writer's goroutine around its COMMIT
	jobsDB     *sql.DB

	// PostgreSQL
	pool  *pgxpool.Pool
	lease time.Duration

	queue  queue
	runner *runner  // guarded by closing
	kinds  sync.Map // job kind by name: jobs.Kind
	live   sync.Map // number of a job that runs here: context.CancelCauseFunc

	closing sync.Mutex
	closed  bool
	release func() // the folder's lock
}

// Open claims the data folder, opens the database and brings its tables up to date. Only one process can have
// a folder open; another gets an [InUseError].
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{dir: o.Dir, log: o.Log, now: o.Now, node: rand.Text()[:12]}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	for _, k := range o.Kinds {
		s.kinds.Store(k.Name, k)
	}
	if s.lease = o.Lease; s.lease == 0 {
		s.lease = leaseLasts
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) error {
	if err := folder(o); err != nil {
		return err
	}
	var err error
	if s.release, err = Lock(o.Dir); err != nil {
		return err
	}
	if s.blobs, err = openBlobs(ctx, o); err != nil {
		return err
	}
	if o.URL == "" {
		err = s.openSQLite(ctx, o)
	} else {
		err = s.openPostgres(ctx, o)
	}
	if err != nil {
		return err
	}
	if err := s.openGeneration(ctx); err != nil {
		return err
	}
	return s.openQueue()
}

func openBlobs(ctx context.Context, o Options) (Blobs, error) {
	if o.Blobs != nil {
		return o.Blobs, nil
	}
	return OpenBlobs(ctx, o.Dir, o.BlobsAt, o.Log)
}

// OpenBlobs opens where the files of a data folder are: "" is its folder "blobs", else the address of a bucket.
func OpenBlobs(ctx context.Context, dir, at string, log *slog.Logger) (Blobs, error) {
	if at == "" {
		return OpenFolder(filepath.Join(dir, blobFolder))
	}
	return OpenBucket(ctx, at, dir, log)
}

func folder(o Options) error {
	if o.Dir == "" {
		return fmt.Errorf("no data folder was named: %w", ErrNoStore)
	}
	if o.Create {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return fmt.Errorf("making the data folder: %w", sorted(err))
		}
	}
	info, err := os.Stat(o.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening %s: %w", o.Dir, ErrNoStore)
	}
	if err != nil {
		return fmt.Errorf("opening the data folder: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file: %w", o.Dir, ErrNoStore)
	}
	return nil
}

// Update runs fn in the running transaction and returns once what it wrote is on disk.
//
// Writes take turns, in the order of asking; fn sees what earlier ones wrote and is alone while it runs, so it
// should be short and wait for nothing. Several share one commit: an error from fn undoes its own statements
// only, while a commit that does not succeed is [ErrNotSaved] for all that shared it. A panic in fn undoes its
// statements and goes on up the caller. If ctx is done before its turn comes, fn does not run; once it runs it
// is not interrupted, and the context that it is given is the one to use. fn keeps nothing of tx.
func (s *Store) Update(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	return s.writer.update(ctx, fn)
}

// View runs fn on one unchanging moment of the database, beside the writer and other readers. Writing fails.
func (s *Store) View(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if s.pool != nil {
		options.Isolation = sql.LevelRepeatableRead // SQLite's transactions are snapshots anyway
	}
	tx, err := s.readDB.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("beginning to read: %w", sorted(err))
	}
	defer tx.Rollback()
	return sorted(fn(ctx, tx))
}

// Dir returns the data folder.
func (s *Store) Dir() string { return s.dir }

// Blobs returns where files are kept.
func (s *Store) Blobs() Blobs { return s.blobs }

// Postgres reports whether the database is PostgreSQL.
func (s *Store) Postgres() bool { return s.pool != nil }

// Close lets running writes end, stops the jobs, and gives the folder back. It may be called twice.
func (s *Store) Close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	if s.runner != nil {
		errs = append(errs, s.runner.stop(context.Background()))
	}
	if s.writer != nil {
		s.writer.close()
	}
	for _, db := range []*sql.DB{s.jobsDB, s.readDB, s.writeDB} { // the writer last: it empties the log
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.pool != nil {
		s.pool.Close()
	}
	if s.release != nil {
		s.release()
	}
	return errors.Join(errs...)
}
