package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
)

// Hash names a blob: the SHA-256 of its bytes.
type Hash = [sha256.Size]byte

var (
	// ErrNoBlob: there is no blob of that hash here.
	ErrNoBlob = errors.New("there is no such blob here")
	// ErrTooLarge: there were more bytes than allowed. Nothing was kept.
	ErrTooLarge = errors.New("the blob is larger than allowed")
	// ErrWrongHash: the bytes are not those that the hash names. They were not kept.
	ErrWrongHash = errors.New("the blob's bytes do not match its hash")
	// ErrReceiving: another caller is receiving the same blob just now.
	ErrReceiving = errors.New("the blob is being received already")
	// ErrBatchOver: the batch has been committed or closed already.
	ErrBatchOver = errors.New("this batch of blobs is over")
)

// Blobs keeps files under the hash of their bytes. A blob is there whole or not at all, and its bytes never change; what a method returned as stored survives
// power loss on storage that honors fsync. Memory does not grow with a blob's size. The methods may be used by many goroutines. [Folder] is the one that a
// hospital has by default; storetest.Blobs is what every other has to pass.
type Blobs interface {
	// Put stores what r gives, at most limit bytes, and returns its hash and size. A blob that is there already stays. The error is [ErrTooLarge],
	// [ErrDiskFull], that of the reader or of the context; then nothing is kept.
	Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error)
	// PutExpect is Put for bytes whose hash is known; others give [ErrWrongHash] and are not kept.
	PutExpect(ctx context.Context, r io.Reader, limit int64, want Hash) (int64, error)
	// Batch begins to store many blobs that become durable together, such as the images of a series. The batch must be closed.
	Batch() (Batch, error)
	// Resume goes on receiving a blob of at most limit bytes, from the returned offset. Only one caller at a time can receive a blob; another gets
	// [ErrReceiving]. The part must be closed.
	Resume(hash Hash, limit int64) (Part, int64, error)
	// Partial returns how many bytes of a blob have been received so far.
	Partial(hash Hash) int64
	// Open returns the blob and its size, or [ErrNoBlob]. Reading it ends with the context, which has to last until the caller closes it.
	Open(ctx context.Context, hash Hash) (Blob, int64, error)
	// Has reports whether the blob is known to be here.
	Has(hash Hash) bool
	// Remove deletes the blob, and what has been received of it. One that is not there is no error.
	Remove(hash Hash) error
	// Walk calls fn for each blob, in the order of their hashes, until it returns an error.
	Walk(ctx context.Context, fn func(hash Hash, size int64) error) error
	// Verify reads the blob and returns [ErrWrongHash] if its bytes have changed.
	Verify(ctx context.Context, hash Hash) error
}

// Gone tells that a blob is not there, which [Blobs.Has] cannot where its place does not answer: then this is an error.
func Gone(ctx context.Context, b Blobs, hash Hash) (bool, error) {
	f, _, err := b.Open(ctx, hash)
	if errors.Is(err, ErrNoBlob) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, f.Close()
}

// Blob is an open blob. Read and Seek are for one goroutine; ReadAt, which reads a range wherever the others stand, is for many.
type Blob interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// Batch is many blobs on their way into the store. Nobody sees one of them before Commit, and a crash before it leaves none. Put may be used by many goroutines.
type Batch interface {
	// Put takes what r gives, at most limit bytes, and returns its hash and size. It waits for no disk. A failure leaves the other blobs of the batch alone.
	Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error)
	// Adopt takes a file whose bytes and name are synced already, which keeps its name, and returns its hash and size. It must not change any more.
	Adopt(ctx context.Context, path string) (Hash, int64, error)
	// Commit makes all blobs of the batch durable with few syncs and shows them. After an error some of them may be there, each of them whole; putting
	// them again is safe. A batch is committed once: a second time is [ErrBatchOver].
	Commit(ctx context.Context) error
	// Close forgets what was not committed. After Commit it does nothing.
	Close() error
}

// Part is a blob that arrives in pieces, over a line that may be cut at any byte. It is used by one goroutine. A crash keeps what reached the disk; the next
// Resume goes on from there, and the hash over the whole decides at the end.
type Part interface {
	// Write appends bytes, or returns [ErrTooLarge] and takes none.
	io.Writer
	// Finish turns the part into the blob. If the bytes are not those that the hash names, it deletes them and returns [ErrWrongHash]: nobody can tell which
	// of them are wrong.
	Finish() error
	// Close keeps what has arrived for the next Resume, unless Finish was called. It may be called twice.
	Close() error
}
