package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// Closet keeps small secrets by name, apart from what they open. What was destroyed is not there any more. Get of what is not there is [fs.ErrNotExist].
type Closet interface {
	Put(name string, content []byte) error
	Get(name string) ([]byte, error)
	Destroy(name string) error
}

// ClosetFolder is a [Closet] of files.
type ClosetFolder struct{ Dir string }

func (c ClosetFolder) path(name string) string { return filepath.Join(c.Dir, filepath.FromSlash(name)) }

// Put implements [Closet]. When it returns, what was put survives power loss.
func (c ClosetFolder) Put(name string, content []byte) error {
	path := c.path(name)
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("keeping %s: %w", name, sorted(err))
	}
	if err := writeFile(path, content); err != nil {
		return fmt.Errorf("keeping %s: %w", name, sorted(err))
	}
	return nil
}

// Get implements [Closet].
func (c ClosetFolder) Get(name string) ([]byte, error) {
	content, err := os.ReadFile(c.path(name))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return content, nil
}

// Destroy implements [Closet]. The bytes are written over first, which a copying file system or a flash disk may not honor.
func (c ClosetFolder) Destroy(name string) error {
	path := c.path(name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = about("removal")
	}
	if err == nil {
		err = errors.Join(overwrite(path, info.Size()), os.Remove(path))
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("destroying %s: %w", name, sorted(err))
	}
	return nil
}

func overwrite(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, size))
	return errors.Join(err, f.Sync(), f.Close())
}

// closetTable is a [Closet] in the hospital's PostgreSQL database, for all of its nodes. Each secret is closed (AES-256-GCM, bound to its name) under a key that is not in the database: neither
// opens anything without the other. What the server's own log keeps of a destroyed one until it is used again is its operator's, as with every row.
type closetTable struct {
	store *Store
	seal  cipher.AEAD
}

// closetPatience is how long a secret may take.
const closetPatience = 30 * time.Second

// SharedCloset is the closet of all nodes of the hospital, closed under a key of 32 bytes that each of them has. It is there on PostgreSQL only.
func (s *Store) SharedCloset(key []byte) (Closet, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the key of the closet: %w", err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("the key of the closet: %w", err)
	}
	return closetTable{s, seal}, nil
}

// Put implements [Closet]. It waits for no write, so it may be called in the middle of one.
func (c closetTable) Put(name string, content []byte) error {
	nonce := make([]byte, c.seal.NonceSize())
	rand.Read(nonce)
	return c.do("keeping", name, `INSERT INTO closet (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed`, name, c.seal.Seal(nonce, nonce, content, []byte(name)))
}

func (c closetTable) do(what, name, statement string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), closetPatience)
	defer cancel()
	if _, err := c.store.pool.Exec(ctx, statement, args...); err != nil {
		return fmt.Errorf("%s %s: %w", what, name, sorted(err))
	}
	return nil
}

// Get implements [Closet].
func (c closetTable) Get(name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), closetPatience)
	defer cancel()
	var sealed []byte
	err := c.store.pool.QueryRow(ctx, `SELECT sealed FROM closet WHERE name = $1`, name).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("reading %s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, sorted(err))
	}
	n := c.seal.NonceSize()
	if len(sealed) < n {
		return nil, fmt.Errorf("reading %s: %w", name, ErrCloset)
	}
	content, err := c.seal.Open(nil, sealed[:n], sealed[n:], []byte(name))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, ErrCloset)
	}
	return content, nil
}

// ErrCloset: a secret does not open under the key of this data folder: it was changed, or the folder is not one of this hospital's nodes.
var ErrCloset = errors.New("what the nodes share does not open under the key of this data folder (keys/closet)")

// Destroy implements [Closet].
func (c closetTable) Destroy(name string) error {
	return c.do("destroying", name, `DELETE FROM closet WHERE name = $1`, name)
}
