package store

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The errors that a caller or an operator can do something about. Each arrives wrapped with what was being done.
var (
	// ErrNoStore: there is no data folder, or no database in it. Nothing was made.
	ErrNoStore = errors.New("there is no Consilium database here")
	// ErrWrongFolder: the database belongs to another program, or is no database at all. It was left as it is.
	ErrWrongFolder = errors.New("this database is not Consilium's")
	// ErrNewer: a newer release has written here. This one leaves everything as it is.
	ErrNewer = errors.New("this data was written by a newer release of Consilium")
	// ErrBusy: another program held the database for longer than we wait.
	ErrBusy = errors.New("another program holds the database")
	// ErrDiskFull: nothing more can be written. What was acknowledged before is safe.
	ErrDiskFull = errors.New("the disk is full")
	// ErrUnreachable: there is no way to the PostgreSQL server, or it does not let us in.
	ErrUnreachable = errors.New("the PostgreSQL server cannot be reached")
	// ErrUnproved: what answers at the address of PostgreSQL does not prove that it is that server. It is a server that cannot be reached, too.
	ErrUnproved = fmt.Errorf("%w: what answers there does not prove that it is the server (its certificate, against sslmode and sslrootcert of the address)", ErrUnreachable)
	// ErrPooler: a program between us and the server lends connections by the transaction.
	ErrPooler = errors.New("between this node and PostgreSQL stands a pooler (pgbouncer or the like): a node needs connections of its own, for its lock, what it listens to and prepared statements belong to one. Name the server itself in the address; a node opens some twenty connections")
	// ErrReadOnly: the folder or the database may not be written to.
	ErrReadOnly = errors.New("the database may not be written to")
	// ErrCorrupt: the database file is damaged. Restore a backup.
	ErrCorrupt = errors.New("the database file is damaged")
	// ErrNotSaved: the transaction that this write shared with others was not saved, so nothing of it exists. It
	// may be tried again. (A lost connection to PostgreSQL during the commit is the one case in which nobody can
	// know; a retry must then find out what is there.)
	ErrNotSaved = errors.New("the write was not saved")
	// ErrNested: Update was called from within Update, which would wait for itself.
	ErrNested = errors.New("a write was begun inside a write")
	// ErrOutside: a job was asked for or cancelled outside the transaction that Update handed out.
	ErrOutside = errors.New("a job belongs in the transaction of a write")
	// ErrClosed: the store is closed.
	ErrClosed = errors.New("the store is closed")
	// ErrNotEmpty: a restore goes only to an empty folder.
	ErrNotEmpty = errors.New("the folder is not empty")
	// ErrBackupPlace: a backup does not go into the folder that it copies, into any other that a node works in, or over a link that leads nowhere.
	ErrBackupPlace = errors.New("a backup cannot go there")
)

// InUseError says that another process has the data folder open.
type InUseError struct {
	Dir string
	PID int // 0 when unknown
}

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the data folder %s is in use by another process; stop that one first", e.Dir)
	}
	return fmt.Sprintf("the data folder %s is in use by process %d; stop that one first", e.Dir, e.PID)
}

// sorted adds the sort of err, so that errors.Is finds it, and leaves an error of no known sort as it is.
func sorted(err error) error {
	sort := sortOf(err)
	if sort == nil || errors.Is(err, sort) {
		return err
	}
	return fmt.Errorf("%w (%w)", sort, err)
}

func sortOf(err error) error {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var dial *pgconn.ConnectError
	var unproved *tls.CertificateVerificationError
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.Is(err, ErrBucketAway): // it wraps what a broken line to the database would be told by, too
		return ErrBucketAway
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG), isQuota(err):
		return ErrDiskFull
	case errors.As(err, &lite):
		return sqliteSort(lite.Code())
	case errors.As(err, &unproved):
		return ErrUnproved
	case errors.As(err, &dial), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, driver.ErrBadConn):
		return ErrUnreachable
	case errors.As(err, &pg):
		return postgresSort(pg.Code)
	}
	return nil
}

func sqliteSort(code int) error {
	switch code & 0xff { // the low byte is the code, the rest says where it came from
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	case sqlite3.SQLITE_FULL:
		return ErrDiskFull
	case sqlite3.SQLITE_READONLY:
		return ErrReadOnly
	case sqlite3.SQLITE_NOTADB:
		return ErrWrongFolder
	case sqlite3.SQLITE_CORRUPT:
		return ErrCorrupt
	}
	return nil
}

// postgresSort reads SQLSTATE codes: PostgreSQL 15 documentation, appendix A.
func postgresSort(code string) error {
	switch code {
	case "55P03": // lock_not_available
		return ErrBusy
	case "57P01", "57P02", "57P03", "08006", "08003", "08000", "53300": // admin_shutdown, crash_shutdown, cannot_connect_now, connection failures, too_many_connections
		return ErrUnreachable
	case "53100": // disk_full
		return ErrDiskFull
	case "25006", "42501": // read_only_sql_transaction, insufficient_privilege
		return ErrReadOnly
	case "XX001", "XX002": // data_corrupted, index_corrupted
		return ErrCorrupt
	}
	return nil
}
