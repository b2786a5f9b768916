package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"consilium/access"
	"consilium/ledger"
	"consilium/store"
)

// closetKey is the file of the key under which the nodes of a hospital close what they share in the database.
const closetKey = "closet"

// The shelves of the shared closet.
const (
	sealedShelf  = "sealed/"
	freezesShelf = "freezes/"
	runsShelf    = "runs/"
)

// sealedFolder holds the keys of sealed files where the hospital has one node, on SQLite.
const sealedFolder = "sealed"

// openClosets opens where small secrets are that every node needs: keys of sealed files, frozen rows with their keys, keys of runs. On SQLite they are files apart from the database. On PostgreSQL they are in the
// database, closed under a key that is not; what an earlier release left in the folder is taken over.
func (n *Node) openClosets() error {
	if !n.store.Postgres() {
		n.sealedKeys = access.KeyFiles{Dir: filepath.Join(n.keys.dir, sealedFolder)}
		n.freezes, n.runs = store.ClosetFolder{Dir: filepath.Join(n.o.Dir, freezeFolder)}, store.ClosetFolder{Dir: filepath.Join(n.o.Dir, runFolder)}
		return nil
	}
	key, err := keptSecret(filepath.Join(n.keys.dir, closetKey))
	if err != nil {
		return err
	}
	shared, err := n.store.SharedCloset(key)
	if err != nil {
		return err
	}
	n.sealedKeys, n.freezes, n.runs = sealedKeys{closetShelf{shared, sealedShelf}}, closetShelf{shared, freezesShelf}, closetShelf{shared, runsShelf}
	return errors.Join(
		takeOver(filepath.Join(n.keys.dir, sealedFolder), closetShelf{shared, sealedShelf}),
		takeOver(filepath.Join(n.o.Dir, freezeFolder), closetShelf{shared, freezesShelf}),
		takeOver(filepath.Join(n.o.Dir, runFolder), closetShelf{shared, runsShelf}))
}

// takeOver puts the files of a folder on a shelf, each under its path, and destroys them. Stopped in the middle it goes on at the next start.
func takeOver(dir string, to store.Closet) error {
	from := store.ClosetFolder{Dir: dir}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() || strings.Contains(d.Name(), ".new-") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			err = to.Put(strings.TrimSuffix(filepath.ToSlash(name), ".key"), content)
		}
		if err != nil {
			return err
		}
		return from.Destroy(filepath.ToSlash(name))
	})
	if err != nil {
		return fmt.Errorf("giving what lies in %s to all nodes: %w", dir, err)
	}
	return nil
}

// closetShelf is a part of a closet.
type closetShelf struct {
	store.Closet
	name string
}

// Put implements [store.Closet].
func (s closetShelf) Put(name string, content []byte) error {
	return s.Closet.Put(s.name+name, content)
}

// Get implements [store.Closet].
func (s closetShelf) Get(name string) ([]byte, error) { return s.Closet.Get(s.name + name) }

// Destroy implements [store.Closet].
func (s closetShelf) Destroy(name string) error { return s.Closet.Destroy(s.name + name) }

// sealedKeys are [desk.SealedKeys] on a shelf.
type sealedKeys struct{ shelf closetShelf }

// Put implements [desk.SealedKeys].
func (k sealedKeys) Put(blob ledger.Hash, key []byte) error { return k.shelf.Put(blob.String(), key) }

// Get implements [desk.SealedKeys].
func (k sealedKeys) Get(blob ledger.Hash) ([]byte, error) {
	key, err := k.shelf.Get(blob.String())
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("sealed file %s: %w", blob.Short(), access.ErrNoKey)
	}
	return key, err
}

// Destroy implements [desk.SealedKeys].
func (k sealedKeys) Destroy(blob ledger.Hash) error { return k.shelf.Destroy(blob.String()) }
