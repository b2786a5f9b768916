package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"consilium/access"
	"consilium/ledger"
	"consilium/network"
	"consilium/store"
)

// sealer keeps the keys of sealed files in a folder apart from the database: destroying a key erases the file everywhere it went.
type sealer struct{ n *Node }

func (s sealer) path(blob ledger.Hash) string {
	return filepath.Join(s.n.keys.dir, "sealed", blob.String()+".key")
}

// Seal seals who a patient is under a key of its own, and keeps both.
func (s sealer) Seal(ctx context.Context, plain []byte) (ledger.BlobRef, error) {
	ciphertext, key, err := access.SealIdentity(plain)
	if err != nil {
		return ledger.BlobRef{}, err
	}
	hash := ledger.SumBlob(ciphertext)
	if err := os.MkdirAll(filepath.Dir(s.path(hash)), 0o700); err != nil {
		return ledger.BlobRef{}, fmt.Errorf("making the folder of sealed files' keys: %w", err)
	}
	// The key first: stopped after it, there is a key that opens nothing; the other way round there would be a file that nobody can open.
	if err := store.WriteFile(s.path(hash), key); err != nil {
		return ledger.BlobRef{}, err
	}
	_, size, err := blobs{s.n.store.Blobs()}.Put(ctx, bytes.NewReader(ciphertext), access.MaxSealed)
	return ledger.BlobRef{Hash: hash, Size: size, Type: "application/age", Scope: "identity", Sealed: true}, err
}

// Wrap closes a sealed file's key for one hospital.
func (s sealer) Wrap(ctx context.Context, blob ledger.Hash, to ledger.HospitalID) (access.WrappedKey, error) {
	key, err := os.ReadFile(s.path(blob))
	if errors.Is(err, fs.ErrNotExist) {
		return access.WrappedKey{}, access.ErrNoKey
	}
	if err != nil {
		return access.WrappedKey{}, fmt.Errorf("reading the key of a sealed file: %w", err)
	}
	recipient, err := s.recipient(ctx, to)
	if err != nil {
		return access.WrappedKey{}, err
	}
	wrapped, err := access.WrapKey(key, recipient)
	return access.WrappedKey{Hospital: to, Blob: blob, Wrapped: wrapped}, err
}

func (s sealer) recipient(ctx context.Context, to ledger.HospitalID) (recipient string, err error) {
	if to == s.n.hospital.ID {
		return string(s.n.keys.SealStatement.Key), nil
	}
	err = s.n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := network.PartnerOf(ctx, tx, to)
		if err != nil {
			return err
		}
		if p.Seal == nil {
			return fmt.Errorf("%s has not shown its seal key yet; connect once first: %w", p.Name, network.ErrNoPartner)
		}
		recipient = string(p.Seal.Key)
		return nil
	})
	return recipient, err
}

// Open opens a sealed file: with its own key at home, elsewhere with one that a consent wrapped for this hospital.
func (s sealer) Open(_ context.Context, blob ledger.Hash, wrapped []access.WrappedKey) ([]byte, error) {
	key, err := os.ReadFile(s.path(blob))
	if err != nil {
		if key, err = s.unwrap(blob, wrapped); err != nil {
			return nil, err
		}
	}
	f, _, err := blobs{s.n.store.Blobs()}.Open(blob)
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

func (s sealer) unwrap(blob ledger.Hash, wrapped []access.WrappedKey) ([]byte, error) {
	for _, w := range wrapped {
		if w.Blob == blob && w.Hospital == s.n.hospital.ID {
			return access.UnwrapKey(w.Wrapped, s.n.keys.Seal.String())
		}
	}
	return nil, access.ErrNoKey
}

// Destroy erases the key of a sealed file: from then on nobody opens it who has not opened it already.
func (s sealer) Destroy(blob ledger.Hash) error {
	if err := os.Remove(s.path(blob)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("destroying the key of a sealed file: %w", err)
	}
	return nil
}
