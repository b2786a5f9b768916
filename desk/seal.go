package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"consilium/access"
	"consilium/ledger"
)

// SealedKeys keep the keys of files that were sealed here, apart from the files. What is not there is [access.ErrNoKey].
type SealedKeys interface {
	Put(blob ledger.Hash, key []byte) error
	Get(blob ledger.Hash) ([]byte, error)
	Destroy(blob ledger.Hash) error
}

// Sealer keeps patients' identities: it seals them for entries and opens what was sealed for this hospital. Destroying a sealed file's key erases the
// file everywhere it went.
type Sealer struct {
	Keys      SealedKeys // of files that were sealed here
	Blobs     Blobs
	Hospital  ledger.HospitalID
	Secret    string                                                                        // this hospital's own seal key
	Recipient func(ctx context.Context, of ledger.HospitalID) (recipient string, err error) // the seal key that a hospital has shown
}

// Seal seals who a patient is under a key of its own, and keeps both. The key first: stopped after it, there is a key that opens nothing; the
// other way round there would be a file that nobody can open.
func (s *Sealer) Seal(ctx context.Context, plain []byte) (ledger.BlobRef, error) {
	ciphertext, key, err := access.SealIdentity(plain)
	if err != nil {
		return ledger.BlobRef{}, err
	}
	hash := ledger.SumBlob(ciphertext)
	if err := s.Keys.Put(hash, key); err != nil {
		return ledger.BlobRef{}, err
	}
	_, size, err := s.Blobs.Put(ctx, bytes.NewReader(ciphertext), access.MaxSealed)
	return ledger.BlobRef{Hash: hash, Size: size, Type: "application/age", Scope: string(access.Identity), Sealed: true}, err
}

// Wrap closes a sealed file's key for one hospital; it goes into the consent that names the hospital.
func (s *Sealer) Wrap(ctx context.Context, blob ledger.Hash, to ledger.HospitalID) (access.WrappedKey, error) {
	key, err := s.Keys.Get(blob)
	if err != nil {
		return access.WrappedKey{}, err
	}
	recipient, err := s.Recipient(ctx, to)
	if err != nil {
		return access.WrappedKey{}, err
	}
	wrapped, err := access.WrapKey(key, recipient)
	return access.WrappedKey{Hospital: to, Blob: blob, Wrapped: wrapped}, err
}

// Open opens a sealed file: with its own key at home, elsewhere with one that a consent wrapped for this hospital. The error is access.ErrNoKey where there is
// none.
func (s *Sealer) Open(ctx context.Context, blob ledger.Hash, wrapped []access.WrappedKey) ([]byte, error) {
	key, err := s.Keys.Get(blob)
	if errors.Is(err, access.ErrNoKey) {
		key, err = s.unwrap(blob, wrapped)
	}
	if err != nil {
		return nil, err
	}
	f, _, err := s.Blobs.Open(ctx, blob)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ciphertext, err := io.ReadAll(io.LimitReader(f, access.MaxSealed))
	if err != nil {
		return nil, fmt.Errorf("reading a sealed file: %w", err)
	}
	return access.OpenIdentity(ciphertext, key)
}

func (s *Sealer) unwrap(blob ledger.Hash, wrapped []access.WrappedKey) ([]byte, error) {
	for _, w := range wrapped {
		if w.Blob == blob && w.Hospital == s.Hospital {
			return access.UnwrapKey(w.Wrapped, s.Secret)
		}
	}
	return nil, access.ErrNoKey
}

// Destroy erases the key of a sealed file: from then on nobody opens it who has not opened it already.
func (s *Sealer) Destroy(blob ledger.Hash) error { return s.Keys.Destroy(blob) }
