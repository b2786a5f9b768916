package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/minio/minio-go/v7"
)

// Open implements [Blobs].
func (b *Bucket) Open(ctx context.Context, hash Hash) (Blob, int64, error) {
	size, err := b.size(ctx, hash)
	if err != nil {
		return nil, 0, fmt.Errorf("opening blob %x: %w", hash[:4], err)
	}
	return &object{bucket: b, ctx: ctx, hash: hash, size: size, sum: sha256.New()}, size, nil
}

// object is an open [Blob] of a bucket. It reads by ranges: an answer that breaks off is asked for again from where it broke, and one that was read from its
// beginning to its end is compared with its name before its last bytes are given to anybody.
type object struct {
	bucket *Bucket
	ctx    context.Context
	hash   Hash
	size   int64

	at     int64 // of the next Read
	answer *answer
	from   int64 // where the answer goes on
	sum    hash.Hash
	summed int64 // bytes from the beginning, without a gap
}

// answer is a body that is being read. It is given up when nothing comes for a while.
type answer struct {
	io.ReadCloser
	patience time.Duration
	timer    *time.Timer
	ctx      context.Context
	cancel   context.CancelCauseFunc
}

func (a *answer) end() {
	a.timer.Stop()
	a.cancel(nil)
	a.Close()
}

// ask asks for the bytes of a range: from a place on, length bytes or (0) all.
func (o *object) ask(at, length int64) (*answer, error) {
	get := minio.GetObjectOptions{}
	end := int64(0) // minio's word for "to the end"
	if length > 0 {
		end = at + length - 1
	}
	if at > 0 || end > 0 {
		if err := get.SetRange(at, end); err != nil {
			return nil, err
		}
	}
	b := o.bucket
	ctx, cancel := context.WithCancelCause(o.ctx)
	timer := time.AfterFunc(b.patience, func() { cancel(fmt.Errorf("%w: nothing has come for %s", ErrBucketAway, b.patience)) })
	body, _, _, err := b.core.GetObject(ctx, b.address.Bucket, b.key(o.hash), get)
	if err != nil {
		timer.Stop()
		err = o.why(ctx, err)
		cancel(nil)
		return nil, err
	}
	return &answer{body, b.patience, timer, ctx, cancel}, nil
}

// why sorts what went wrong, and keeps how the store is.
func (o *object) why(ctx context.Context, err error) error {
	if o.ctx.Err() != nil {
		return o.ctx.Err()
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	err = bucketSort(err)
	o.bucket.note(err)
	return err
}

// Read implements [io.Reader].
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if n > 0 {
		a.timer.Reset(a.patience)
	}
	return n, err
}

// Read implements [io.Reader].
func (o *object) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if o.at >= o.size {
		return 0, o.ended()
	}
	for tries := 1; ; tries++ {
		n, err := o.readOn(p)
		if n > 0 {
			return o.took(p[:n])
		}
		if err == nil {
			continue
		}
		o.drop()
		if tries == stalledReading || errors.Is(err, ErrNoBlob) || errors.Is(err, ErrBucketRefused) || o.ctx.Err() != nil {
			return 0, fmt.Errorf("reading blob %x: %w", o.hash[:4], err)
		}
	}
}

// readOn reads once of the answer that stands where the next bytes are, and asks for one where there is none.
func (o *object) readOn(p []byte) (n int, err error) {
	if o.answer == nil || o.from != o.at {
		o.drop()
		if o.answer, err = o.ask(o.at, 0); err != nil {
			return 0, err
		}
		o.from = o.at
	}
	if left := o.size - o.at; int64(len(p)) > left {
		p = p[:left]
	}
	n, err = o.answer.Read(p)
	o.from += int64(n)
	if n > 0 || err == nil {
		return n, nil
	}
	return 0, o.why(o.answer.ctx, fmt.Errorf("%w: its answer broke off (%w)", ErrBucketAway, err))
}

// took goes on by what was read. The last bytes of a blob that was read as a whole are given only where all of it is what its name says.
func (o *object) took(p []byte) (int, error) {
	if o.summed == o.at {
		o.sum.Write(p)
		o.summed += int64(len(p))
	}
	o.at += int64(len(p))
	if o.at == o.size {
		if err := o.ended(); err != io.EOF {
			return 0, err
		}
		o.bucket.note(nil)
	}
	return len(p), nil
}

func (o *object) ended() error {
	if o.summed == o.size && !bytes.Equal(o.sum.Sum(nil), o.hash[:]) {
		return fmt.Errorf("reading blob %x: %w", o.hash[:4], ErrWrongHash)
	}
	return io.EOF
}

func (o *object) drop() {
	if o.answer != nil {
		o.answer.end()
		o.answer = nil
	}
}

// Seek implements [io.Seeker].
func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return o.at, errors.New("a place before the beginning of a blob")
	}
	if offset == 0 {
		o.sum.Reset()
		o.summed = 0
	}
	o.at = offset
	return offset, nil
}

// ReadAt implements [io.ReaderAt].
func (o *object) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at >= o.size || len(p) == 0 {
		return 0, io.EOF
	}
	short := at+int64(len(p)) > o.size
	if short {
		p = p[:o.size-at]
	}
	done := 0
	for tries := 1; ; tries++ {
		n, err := o.readRange(p[done:], at+int64(done))
		done += n
		if err == nil {
			break
		}
		if tries == stalledReading || errors.Is(err, ErrNoBlob) || errors.Is(err, ErrBucketRefused) || o.ctx.Err() != nil {
			return done, fmt.Errorf("reading blob %x: %w", o.hash[:4], err)
		}
	}
	if short {
		return done, io.EOF
	}
	return done, nil
}

func (o *object) readRange(p []byte, at int64) (int, error) {
	a, err := o.ask(at, int64(len(p)))
	if err != nil {
		return 0, err
	}
	defer a.end()
	n, err := io.ReadFull(a, p)
	if err != nil {
		return n, o.why(a.ctx, fmt.Errorf("%w: its answer broke off (%w)", ErrBucketAway, err))
	}
	return n, nil
}

// Close implements [io.Closer].
func (o *object) Close() error {
	o.drop()
	return nil
}
