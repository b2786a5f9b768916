package archive

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"consilium/imaging/dicom"
)

// Migrations make the index's tables.
//
//go:embed migration/*.sql
var Migrations embed.FS

// Tables is the database. Update returns once what was written is on disk and may share a commit with others; View sees
// one moment.
type Tables interface {
	Update(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error
	View(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error
}

// Hash names a blob: the SHA-256 of its bytes.
type Hash = [sha256.Size]byte

// Blobs keeps files under the hash of their bytes: what an archive uses of the hospital's store of blobs.
type Blobs struct {
	Batch func() (Batch, error) // begins to keep blobs that become durable together
	// Open gives a blob and its size. Reading it ends with the context.
	Open func(ctx context.Context, hash Hash) (Blob, int64, error)
	Has  func(hash Hash) bool
	// Remove destroys a blob, unless something else than an archive refers to it. One that is not there is no error.
	Remove func(hash Hash) error
}

// BlobsOf takes the methods of a store of blobs whose batches and open blobs are of types of its own.
func BlobsOf[B Batch, O Blob](batch func() (B, error), open func(context.Context, Hash) (O, int64, error), has func(Hash) bool, remove func(Hash) error) Blobs {
	return Blobs{
		Batch: func() (Batch, error) { return batch() },
		Open:  func(ctx context.Context, hash Hash) (Blob, int64, error) { return open(ctx, hash) },
		Has:   has, Remove: remove,
	}
}

// Batch is blobs on their way. Put takes one and waits for no disk; when Commit returns nil, all survive a loss of power.
// Close forgets what was not committed.
type Batch interface {
	Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error)
	// Adopt takes a file that is synced already, and leaves its name there.
	Adopt(ctx context.Context, path string) (Hash, int64, error)
	Commit(ctx context.Context) error
	Close() error
}

// Blob is an open blob; ReadAt is for many goroutines at once.
type Blob interface {
	io.ReadSeekCloser
	io.ReaderAt
}

var (
	// ErrFull: the disk is full. What was acknowledged before is safe, and what is being stored is not kept.
	ErrFull = errors.New("the disk is full")
	// ErrNotFound: no study, series or instance of that UID is kept here.
	ErrNotFound = errors.New("no such images are kept here")
	// ErrMismatch: the instance contradicts what was said of it, or what is known of its series.
	ErrMismatch = errors.New("the instance contradicts what is known of it")
	// ErrDuplicate: another instance with the same UID and other pixels is kept here; it stays.
	ErrDuplicate = errors.New("another instance with this UID is kept here, with other content: it stays and this one is refused")
	// ErrTransfer: the instance cannot be given in the transfer syntax that was asked for.
	ErrTransfer = errors.New("the instance cannot be given in this transfer syntax")
)

// Options are what an archive needs. Tables and Blobs must be given.
type Options struct {
	Tables Tables
	Blobs  Blobs
	// Full is what errors of Tables and Blobs wrap when the disk is full.
	Full error
	// Scratch is a folder for what is being received and is too large for memory. It is emptied by Open.
	Scratch string
	// Landing is a folder for what the network brought and the index does not have yet, on the disk of the blobs. What it holds was acknowledged. With "", an
	// instance is acknowledged once it is in the index: so it must be where several processes work on the tables, or where blobs are not on this machine.
	Landing string
	// Largest is the most bytes that an instance may have; 0 is 16 GiB.
	Largest int64
	Now     func() time.Time
	Log     *slog.Logger // nil is silence
}

// Archive is a hospital's images. Its methods may be used by many goroutines.
type Archive struct {
	Options
	unsettled Tables   // without waiting for what has landed
	landing   *landing // nil: nothing lands
	memory    *memory
	parsing   chan struct{} // a place for each instance whose structure is being read
	readings  readings
}

// Open makes an archive of its parts. The tables must have been migrated.
func Open(o Options) (*Archive, error) {
	if o.Largest == 0 {
		o.Largest = 16 << 30
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.RemoveAll(o.Scratch); err != nil {
		return nil, fmt.Errorf("emptying the folder of what was being received: %w", err)
	}
	if err := os.MkdirAll(filepath.Clean(o.Scratch), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of what is being received: %w", err)
	}
	a := &Archive{Options: o, unsettled: o.Tables, memory: newMemory(), parsing: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if o.Landing == "" {
		return a, nil
	}
	return a, a.openLanding(context.Background(), o.Landing)
}

// readOptions bound what one instance's structure may take in memory; long values stay in their file.
var readOptions = dicom.Options{Inline: 4 << 10, Memory: 32 << 20}

// read reads the structure of a file, to its end or to a tag. As many are read at once as there are processors.
func (a *Archive) read(src io.ReaderAt, size int64, before dicom.Tag) (*dicom.File, error) {
	a.parsing <- struct{}{}
	defer func() { <-a.parsing }()
	o := readOptions
	o.StopBefore = before
	return dicom.Read(src, size, o)
}

// sorted marks the errors of a full disk, whoever met it.
func (a *Archive) sorted(err error) error {
	if err != nil && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || a.Full != nil && errors.Is(err, a.Full)) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
