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

// Part is a blob that arrives in pieces, over a line that may be cut at any byte. It is used by one goroutine.
//
// A crash keeps whatever reached the disk; the next Resume goes on from the bytes that are there, and the hash
// over the whole decides at the end.
type Part struct {
	blobs *Blobs
	want  Hash
	limit int64
	file  *os.File
	sum   hash.Hash
	size  int64
	done  bool
}

func (b *Blobs) partPath(hash Hash) string {
	return filepath.Join(b.dir, partFolder, hex.EncodeToString(hash[:])+".part")
}

// Partial returns how many bytes of a blob have been received so far.
func (b *Blobs) Partial(hash Hash) int64 {
	info, err := os.Stat(b.partPath(hash))
	if err != nil {
		return 0
	}
	return info.Size()
}

// Resume goes on receiving a blob of at most limit bytes, from the returned offset. Only one caller at a time can
// receive a blob; another gets [ErrReceiving]. The part must be closed.
func (b *Blobs) Resume(hash Hash, limit int64) (*Part, int64, error) {
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

func (b *Blobs) openPart(hash Hash, limit int64) (*Part, error) {
	f, err := os.OpenFile(b.partPath(hash), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &Part{blobs: b, want: hash, limit: limit, file: f, sum: sha256.New()}
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

func (b *Blobs) claim(hash Hash) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.receiving[hash] {
		return false
	}
	b.receiving[hash] = true
	return true
}

func (b *Blobs) unclaim(hash Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.receiving, hash)
}

// Write appends bytes.
func (p *Part) Write(data []byte) (int, error) {
	if p.size+int64(len(data)) > p.limit {
		return 0, ErrTooLarge
	}
	n, err := p.file.Write(data)
	p.sum.Write(data[:n])
	p.size += int64(n)
	return n, sorted(err)
}

// Finish turns the part into the blob. If the bytes are not those that the hash names, it deletes them and returns
// [ErrWrongHash]: nobody can tell which of them are wrong.
func (p *Part) Finish() error {
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

// Close keeps what has arrived for the next Resume, unless Finish was called. It may be called twice.
func (p *Part) Close() error {
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
