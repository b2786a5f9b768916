package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"consilium/store"
	"consilium/store/storetest"
)

// TestABlobIsWholeOrNotThere stops at every write of a blob, of a batch, of one that arrives in pieces, and of a removal. After the next start each blob is whole or not there at all, everything that was
// acknowledged is there, nothing that was removed, and the same again succeeds.
func TestABlobIsWholeOrNotThere(t *testing.T) {
	texts := []string{"one", strings.Repeat("two ", 1000), "three"}
	hashOf := func(text string) store.Hash { return sha256.Sum256([]byte(text)) }
	each := func(b store.Blobs, do func(text string) error) error {
		for _, text := range texts {
			if err := do(text); err != nil {
				return err
			}
		}
		return nil
	}
	works := map[string]func(b store.Blobs) error{
		"alone": func(b store.Blobs) error {
			return each(b, func(text string) error {
				_, _, err := b.Put(t.Context(), strings.NewReader(text), 1<<20)
				return err
			})
		},
		"batch": func(b store.Blobs) error {
			group, err := b.Batch()
			if err != nil {
				return err
			}
			defer group.Close()
			err = each(b, func(text string) error {
				_, _, err := group.Put(t.Context(), strings.NewReader(text), 1<<20)
				return err
			})
			if err != nil {
				return err
			}
			return group.Commit(t.Context())
		},
		"pieces": func(b store.Blobs) error {
			return each(b, func(text string) error {
				p, at, err := b.Resume(hashOf(text), 1<<20)
				if err != nil {
					return err
				}
				defer p.Close()
				for piece := range slices.Chunk([]byte(text)[at:], 1500) {
					if _, err := p.Write(piece); err != nil {
						return err
					}
				}
				return p.Finish()
			})
		},
	}
	for name, work := range works {
		t.Run(name, func(t *testing.T) {
			storetest.EachWrite(t, 1, func(t *testing.T, n int) bool {
				dir := filepath.Join(t.TempDir(), fmt.Sprint(n))
				resume := storetest.StopAt(n)
				b, err := store.OpenFolder(dir)
				if err == nil {
					err = work(b)
				}
				stopped := resume()
				if stopped == (err == nil) {
					t.Fatalf("stopped %v, and it says %v", stopped, err)
				}
				if b, err = store.OpenFolder(dir); err != nil {
					t.Fatal(err)
				}
				for _, text := range texts {
					if b.Has(hashOf(text)) {
						if err := b.Verify(t.Context(), hashOf(text)); err != nil {
							t.Error(err)
						}
					} else if !stopped {
						t.Errorf("%.5q was acknowledged and is not there", text)
					}
				}
				if err := work(b); err != nil {
					t.Errorf("the same again: %v", err)
				}
				return !stopped
			})
		})
	}
	storetest.EachWrite(t, 1, func(t *testing.T, n int) bool {
		b, err := store.OpenFolder(filepath.Join(t.TempDir(), fmt.Sprint("removal ", n)))
		if err == nil {
			err = works["alone"](b)
		}
		if err != nil {
			t.Fatal(err)
		}
		resume := storetest.StopAt(n)
		err = each(b, func(text string) error { return b.Remove(hashOf(text)) })
		stopped := resume()
		for _, text := range texts {
			if b.Has(hashOf(text)) {
				if !stopped {
					t.Errorf("%.5q is still there", text)
				}
				err = errors.Join(err, b.Verify(t.Context(), hashOf(text)))
			}
		}
		if stopped != (err != nil) {
			t.Errorf("stopped %v, and it says %v", stopped, err)
		}
		return !stopped
	})
}

// TestARestoreIsWholeOrDoesNotOpen stops at every write of a restore. What it leaves does not open, until the last write was made; then all is there.
func TestARestoreIsWholeOrDoesNotOpen(t *testing.T) {
	o := storetest.SQLite(t, lines)
	s := storetest.Open(t, o)
	var files []store.Hash
	for i := range 4 {
		hash, _, err := s.Blobs().Put(t.Context(), bytes.NewReader([]byte{byte(i)}), 9)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, hash)
	}
	if err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return add(7)(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
	key, err := age.GenerateX25519Identity() // a passphrase takes its time
	if err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if err := s.Backup(t.Context(), backup, store.Sealing{Recipient: key.Recipient().String()}, nil); err != nil {
		t.Fatal(err)
	}
	storetest.EachWrite(t, 1, func(t *testing.T, n int) bool {
		to := store.Options{Dir: filepath.Join(t.TempDir(), fmt.Sprint(n)), Migrations: o.Migrations}
		settled := false
		resume := storetest.StopAt(n)
		_, err := store.Restore(t.Context(), backup, to.Dir, store.Opening{Identity: key.String()}, store.Settling{Before: func([]store.Left) error { settled = true; return nil }})
		stopped := resume()
		if stopped != (err != nil) {
			t.Fatalf("stopped %v, and it says %v", stopped, err)
		}
		r, err := store.Open(t.Context(), to)
		if err != nil {
			if !stopped || !errors.Is(err, store.ErrNoStore) {
				t.Errorf("it does not open: %v", err)
			}
			return !stopped
		}
		defer r.Close()
		if !settled || !slices.Equal(numbers(t, r), []int{7}) {
			t.Errorf("it opens with %v, settled %v", numbers(t, r), settled)
		}
		for _, hash := range files {
			if err := r.Blobs().Verify(t.Context(), hash); err != nil {
				t.Error(err)
			}
		}
		return !stopped
	})
}
