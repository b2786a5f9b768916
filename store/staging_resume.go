package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// part is a [Part] that is a file.
type part struct {
	at    *staging
	keep  settler
	want  Hash
	limit int64
	file  *os.File
	sum   hash.Hash
	size  int64
	done  bool
}

// settler makes a blob of a file that has all its bytes.
type settler func(path string, hash Hash, size int64) error

func (g *staging) partPath(hash Hash) string {
	return filepath.Join(g.dir, partFolder, hex.EncodeToString(hash[:])+".part")
}

// Partial implements [Blobs].
func (g *staging) Partial(hash Hash) int64 {
	info, err := os.Stat(g.partPath(hash))
	if err != nil {
		return 0
	}
	return info.Size()
}

// Resume implements [Blobs].
func (b *Folder) Resume(hash Hash, limit int64) (Part, int64, error) {
	return b.resume(hash, limit, b.settleSynced)
}

// settleSynced syncs a file and gives it its name.
func (b *Folder) settleSynced(path string, hash Hash, size int64) error {
	if err := syncFile(path); err != nil {
		return err
	}
	return b.settle(path, hash, size)
}

func (g *staging) resume(hash Hash, limit int64, keep settler) (Part, int64, error) {
	if !g.claim(hash) {
		return nil, 0, fmt.Errorf("receiving blob %x: %w", hash[:4], ErrReceiving)
	}
	p, err := g.openPart(hash, limit)
	if err != nil {
		g.unclaim(hash)
		return nil, 0, fmt.Errorf("receiving blob %x: %w", hash[:4], sorted(err))
	}
	p.keep = keep
	return p, p.size, nil
}

func (g *staging) openPart(hash Hash, limit int64) (*part, error) {
	f, err := os.OpenFile(g.partPath(hash), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &part{at: g, want: hash, limit: limit, file: f, sum: sha256.New()}
	p.size, err = io.CopyBuffer(p.sum, f, make([]byte, copyBuffer)) // leaves the file at its end
	if err == nil && p.size > limit {
		err = errors.Join(ErrTooLarge, os.Remove(f.Name()))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return p, nil
}

// Write implements [Part].
func (p *part) Write(data []byte) (int, error) {
	if p.size+int64(len(data)) > p.limit {
		return 0, ErrTooLarge
	}
	if err := about("bytes"); err != nil {
		return 0, err
	}
	n, err := p.file.Write(data)
	p.sum.Write(data[:n])
	p.size += int64(n)
	return n, sorted(err)
}

// Finish implements [Part].
func (p *part) Finish() error {
	defer p.Close()
	p.done = true
	if Hash(p.sum.Sum(nil)) != p.want {
		return errors.Join(fmt.Errorf("receiving blob %x: %w", p.want[:4], ErrWrongHash), os.Remove(p.file.Name()))
	}
	if err := p.keep(p.file.Name(), p.want, p.size); err != nil {
		return fmt.Errorf("receiving blob %x: %w", p.want[:4], sorted(err))
	}
	return nil
}

// Close implements [Part].
func (p *part) Close() error {
	if p.file == nil {
		return nil
	}
	var err error
	if !p.done {
		err = p.file.Sync()
	}
	err = errors.Join(err, p.file.Close())
	p.file = nil
	p.at.unclaim(p.want)
	if err != nil && !errors.Is(err, fs.ErrClosed) {
		return fmt.Errorf("keeping a part of blob %x: %w", p.want[:4], sorted(err))
	}
	return nil
}
