package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"
)

const (
	stagingFolder  = "staging"        // in the data folder: what is on its way into a bucket
	bucketTries    = 5                // of one request, within some three seconds
	bucketPatience = 30 * time.Second // without a byte moving, or without an answer
	putsAtOnce     = 8                // of a batch
	partSize       = 16 << 20         // of an upload in parts; a blob up to twice as large goes in one piece
	lookBefore     = 1 << 20          // a blob from this size on is looked for before it is sent
	stalledReading = 3                // how often a reader goes on where its answer broke off
	pageKeys       = 1000             // of a listing
)

var (
	// ErrBucketAway: the object store does not answer, or not as it should. What it acknowledged before is there.
	ErrBucketAway = errors.New("the object store cannot be reached")
	// ErrBucketRefused: the object store does not let us in, or has no such bucket.
	ErrBucketRefused = errors.New("the object store refuses")
	// ErrVersioned: a bucket that keeps old versions destroys nothing, so that an erasure would be a lie.
	ErrVersioned = errors.New("the bucket keeps old versions of what is removed, so that nothing in it could ever be destroyed: turn its versioning off, or use another bucket")
)

// Bucket keeps blobs as objects of an S3 store, under the hex of their hash behind a prefix that belongs to this hospital alone. An object is written once
// (If-None-Match), sent with the SHA-256 that is its name, so that the store takes no other bytes, and checked against its name when it is read as a whole. What is
// being received waits on this machine's disk until the store has acknowledged it. How long the store keeps parts of uploads that were given up is its lifecycle's.
type Bucket struct {
	*staging
	address BucketAddress
	core    *minio.Core
	sse     encrypt.ServerSide
	log     *slog.Logger

	patience time.Duration

	mu      sync.Mutex
	trouble error // of the last request; nil: it was answered
	since   time.Time
}

func bucketTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: bucketPatience,
		MaxIdleConns:          64, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute,
		DisableCompression: true, // the bytes are what the hash names
	}
}

// OpenBucket opens a bucket with a folder for what is on its way. A bucket that is not there, that does not let us in, or that keeps old versions is refused. One that
// does not answer is opened: a hospital must start without it, and hears of it.
func OpenBucket(ctx context.Context, address, dir string, log *slog.Logger) (*Bucket, error) {
	a, err := ParseBucket(address)
	if err != nil {
		return nil, err
	}
	b := &Bucket{address: a, log: log, patience: bucketPatience}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	if b.core, err = a.client(); err != nil {
		return nil, fmt.Errorf("opening %s: %w", a, err)
	}
	if b.sse, err = a.encryption(); err != nil {
		return nil, fmt.Errorf("opening %s: %w", a, err)
	}
	if b.staging, err = openStaging(filepath.Join(dir, stagingFolder)); err != nil {
		return nil, err
	}
	if err := b.Ready(ctx); errors.Is(err, ErrBucketAway) {
		b.log.Warn("the object store does not answer: files cannot be had until it does", "bucket", a.String(), "error", err)
		return b, nil
	} else if err != nil {
		return nil, fmt.Errorf("opening %s: %w", a, err)
	}
	return b, b.refuseVersions(ctx)
}

func (b *Bucket) refuseVersions(ctx context.Context) error {
	v, err := b.core.GetBucketVersioning(ctx, b.address.Bucket)
	if err == nil && v.Enabled() {
		return fmt.Errorf("opening %s: %w", b.address, ErrVersioned)
	}
	if err != nil {
		b.log.Warn("the object store does not tell whether it keeps old versions of what is removed: erased files may stay there", "bucket", b.address.String())
	}
	return nil
}

// Ready asks whether the store answers and lets us in.
func (b *Bucket) Ready(ctx context.Context) error {
	return b.request(ctx, func(ctx context.Context, _ func()) error {
		there, err := b.core.BucketExists(ctx, b.address.Bucket)
		if err == nil && !there {
			return fmt.Errorf("%w: there is no such bucket", ErrBucketRefused)
		}
		return err
	})
}

// Trouble tells since when no request was answered, and why the last one was not; nil where it was.
func (b *Bucket) Trouble() (since time.Time, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.since, b.trouble
}

// String is the bucket's address for people.
func (b *Bucket) String() string { return b.address.String() }

func (b *Bucket) key(hash Hash) string { return b.address.Prefix + hex.EncodeToString(hash[:]) }

// request does something with the store. It is given up when for a while nothing has moved; what it is given to call says that something did.
func (b *Bucket) request(ctx context.Context, do func(ctx context.Context, moved func()) error) error {
	inside, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(b.patience, func() { cancel(fmt.Errorf("%w: nothing has moved for %s", ErrBucketAway, b.patience)) })
	defer timer.Stop()
	err := do(inside, func() { timer.Reset(b.patience) })
	if ctx.Err() != nil {
		return ctx.Err() // our caller's decision tells nothing of the store
	}
	if err != nil && inside.Err() != nil {
		err = context.Cause(inside)
	}
	err = bucketSort(err)
	b.note(err)
	return err
}

// note keeps how the store is.
func (b *Bucket) note(err error) {
	bad := errors.Is(err, ErrBucketAway) || errors.Is(err, ErrBucketRefused) || errors.Is(err, ErrDiskFull)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !bad:
		b.trouble, b.since = nil, time.Time{}
	case b.trouble == nil:
		b.trouble, b.since = err, time.Now()
	default:
		b.trouble = err
	}
}

// errThere: an object of that name is there already.
var errThere = errors.New("the object is there already")

// bucketSort adds the sort of an error of the store. Error codes: Amazon S3 API reference, "Error responses"; 507 is what stores of others say when they are full.
func bucketSort(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []error{ErrBucketAway, ErrBucketRefused, ErrDiskFull, ErrNoBlob, errThere, ErrWrongHash} {
		if errors.Is(err, known) {
			return err
		}
	}
	said := minio.ToErrorResponse(err)
	switch {
	case said.Code == "NoSuchKey":
		return ErrNoBlob
	case said.Code == "PreconditionFailed" || said.StatusCode == http.StatusPreconditionFailed:
		return errThere
	case said.StatusCode == http.StatusInsufficientStorage, said.Code == "InsufficientStorage", said.Code == "QuotaExceeded", said.Code == "XMinioStorageFull":
		return fmt.Errorf("the object store has no room (%s): %w", said.Code, ErrDiskFull)
	case said.StatusCode >= 400 && said.StatusCode < 500 && said.StatusCode != http.StatusRequestTimeout && said.StatusCode != http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s (%s)", ErrBucketRefused, said.Code, said.Message)
	}
	return fmt.Errorf("%w (%w)", ErrBucketAway, err)
}

// Has implements [Blobs]. Where the store does not answer, it is not known to be here.
func (b *Bucket) Has(hash Hash) bool {
	_, err := b.size(context.Background(), hash)
	return err == nil
}

func (b *Bucket) size(ctx context.Context, hash Hash) (size int64, err error) {
	err = b.request(ctx, func(ctx context.Context, _ func()) error {
		info, err := b.core.StatObject(ctx, b.address.Bucket, b.key(hash), minio.StatObjectOptions{})
		size = info.Size
		return err
	})
	return size, err
}

// Remove implements [Blobs].
func (b *Bucket) Remove(hash Hash) error {
	err := b.request(context.Background(), func(ctx context.Context, _ func()) error {
		return b.core.RemoveObject(ctx, b.address.Bucket, b.key(hash), minio.RemoveObjectOptions{})
	})
	if errors.Is(err, ErrNoBlob) {
		err = nil
	}
	if part := os.Remove(b.partPath(hash)); part != nil && !errors.Is(part, os.ErrNotExist) {
		err = errors.Join(err, part)
	}
	if err != nil {
		return fmt.Errorf("removing blob %x: %w", hash[:4], sorted(err))
	}
	return nil
}

// Walk implements [Blobs].
func (b *Bucket) Walk(ctx context.Context, fn func(hash Hash, size int64) error) error {
	for after := ""; ; {
		page, err := b.page(ctx, after)
		if err != nil {
			return fmt.Errorf("walking the blobs: %w", err)
		}
		for _, o := range page {
			after = o.Key
			var hash Hash
			if n, err := hex.Decode(hash[:], trimName(o.Key[len(b.address.Prefix):])); err != nil || n != len(hash) {
				continue // not ours
			}
			if err := fn(hash, o.Size); err != nil {
				return err
			}
		}
		if len(page) < pageKeys {
			return ctx.Err()
		}
	}
}

// page lists objects behind a key. Who walks may take hours over what a page names; a request for one may not.
func (b *Bucket) page(ctx context.Context, after string) (list []minio.ObjectInfo, err error) {
	err = b.request(ctx, func(ctx context.Context, moved func()) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // ends the listing behind the page
		o := minio.ListObjectsOptions{Prefix: b.address.Prefix, Recursive: true, StartAfter: after, MaxKeys: pageKeys}
		for info := range b.core.ListObjectsIter(ctx, b.address.Bucket, o) {
			if info.Err != nil {
				return info.Err
			}
			moved()
			if list = append(list, info); len(list) == pageKeys {
				break
			}
		}
		return nil
	})
	return list, err
}

// Verify implements [Blobs].
func (b *Bucket) Verify(ctx context.Context, hash Hash) error {
	f, size, err := b.Open(ctx, hash)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := copyBytes(ctx, io.Discard, f, size); err != nil { // the reader compares the bytes with their name
		return fmt.Errorf("verifying blob %x: %w", hash[:4], err)
	}
	return nil
}
