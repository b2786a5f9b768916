package node

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/store"
)

// database is the store as rooms see it. Whatever is written through it signs the changes of people that it makes.
type database struct {
	store *store.Store
	key   []byte // that signs them
}

func (d database) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return tell(d.store.View(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) }))
}

func (d database) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	ctx = people.Signing(ctx, d.key)
	return tell(d.store.Update(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) }))
}

func (d database) OnCommit(ctx context.Context, fn func()) { store.OnCommit(ctx, fn) }

// tell says of the store's own failures that the node cannot write now, so that people read that nothing was changed.
func tell(err error) error {
	for _, sort := range []error{store.ErrDiskFull, store.ErrBusy, store.ErrNotSaved, store.ErrReadOnly, store.ErrUnreachable, store.ErrClosed, store.ErrBucketAway, store.ErrBucketRefused} {
		if errors.Is(err, sort) {
			return fmt.Errorf("%w: %w", desk.ErrUnavailable, err)
		}
	}
	return err
}

// blobs is the store's blobs as the other rooms see it: under the ledger's hashes.
type blobs struct {
	store.Blobs
	room func() error // whether there is room for files of partners; nil: always
}

func (b blobs) hasRoom() error {
	if b.room == nil {
		return nil
	}
	return b.room()
}

func (b blobs) Has(h ledger.Hash) bool { return b.Blobs.Has(store.Hash(h)) }

func (b blobs) Open(ctx context.Context, h ledger.Hash) (io.ReadSeekCloser, int64, error) {
	f, size, err := b.Blobs.Open(ctx, store.Hash(h))
	if err != nil {
		return nil, 0, tell(err)
	}
	return f, size, nil
}

func (b blobs) Put(ctx context.Context, r io.Reader, limit int64) (ledger.Hash, int64, error) {
	h, n, err := b.Blobs.Put(ctx, r, limit)
	if errors.Is(err, store.ErrTooLarge) {
		err = fmt.Errorf("%w: %w", desk.ErrInput, err)
	}
	return ledger.Hash(h), n, tell(err)
}

func (b blobs) Resume(h ledger.Hash, limit int64) (network.BlobPart, int64, error) {
	if err := b.hasRoom(); err != nil {
		return nil, 0, err
	}
	p, at, err := b.Blobs.Resume(store.Hash(h), limit)
	if err != nil {
		return nil, 0, err
	}
	return p, at, nil
}
