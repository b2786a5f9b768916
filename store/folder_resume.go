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
	blobs *Folder
	want  Hash
	limit int64
	file  *os.File
	sum   hash.Hash
	size  int64
	done  bool
}

func (b *Folder) partPath(hash Hash) string {
	return filepath.Join(b.dir, partFolder, hex.EncodeToString(hash[:])+".part")
}

// Partial implements [Blobs].
func (b *Folder) Partial(hash Hash) int64 {
	info, err := os.Stat(b.partPath(hash))
	if err != nil {
		return 0
	}
	return info.Size()
}

// Resume implements [Blobs].
func (b *Folder) Resume(hash Hash, limit int64) (Part, int64, error) {
	if !b.claim(hash) {
		return nil, 0, fmt.Errorf("receiving blob %x: %w", hash[:4], ErrReceiving)
	}
	p, err := b.openPart(hash, limit)
	if err != nil {
		b.unclaim(hash)
		return nil, 0, fmt.Errorf("receiving blob %x: %w", hash[:4], sorted(err))
	}
	return p, p.size, nil
}

func (b *Folder) openPart(hash Hash, limit int64) (*part, error) {
	f, err := os.OpenFile(b.partPath(hash), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &part{blobs: b, want: hash, limit: limit, file: f, sum: sha256.New()}
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

func (b *Folder) claim(hash Hash) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.receiving[hash] {
		return false
	}
	b.receiving[hash] = true
	return true
}

func (b *Folder) unclaim(hash Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.receiving, hash)
}

// Write implements [Part].
func (p *part) Write(data []byte) (int, error) {
	if p.size+int64(len(data)) > p.limit {
		return 0, ErrTooLarge
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
	err := p.file.Sync()
	if err == nil {
		err = p.blobs.settle(p.file.Name(), p.want, p.size)
	}
	if err != nil {
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
	p.blobs.unclaim(p.want)
	if err != nil && !errors.Is(err, fs.ErrClosed) {
		return fmt.Errorf("keeping a part of blob %x: %w", p.want[:4], sorted(err))
	}
	return nil
}
