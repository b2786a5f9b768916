package desk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"sync"

	"consilium/ledger"
)

// A file that a person sends is kept between salt and padding (decision 36). Its hash and its size travel in the bodies of entries, also to hospitals that may not
// have the file, and whoever holds the same letter would recognize it by them. The format is in docs/data-formats.md:
//
//	8 bytes  saltMagic, the last of them the version
//	32 bytes random
//	         the file
//	         zeros, up to one of few sizes (paddedSize)
//	8 bytes  the length of the file, big-endian
const (
	saltMagic  = "cslsalt\x01"
	saltLength = 32
	saltHead   = int64(len(saltMagic) + saltLength)
	saltTail   = 8
	saltLeast  = 1 << 10 // no file is kept in less
)

// paddedSize is the next size in which a file is kept: those of Padmé (Nikitin et al., Reducing Metadata Leakage from Encrypted Files, PETS 2019), at most 12 % more than n
// and of a file of a megabyte 3 %. All files of sizes between are of one size then.
func paddedSize(n int64) int64 {
	if n <= saltLeast {
		return saltLeast
	}
	exponent := bits.Len64(uint64(n)) - 1
	step := int64(1) << (exponent - bits.Len64(uint64(exponent)))
	return (n + step - 1) / step * step
}

// salt gives a file of at most so many bytes as it is kept; length is that of the file once all is read.
func salt(file io.Reader, most int64) (kept io.Reader, length *int64) {
	head := make([]byte, saltHead)
	copy(head, saltMagic)
	rand.Read(head[len(saltMagic):]) // it never fails
	c := &measured{Reader: file, most: most}
	return io.MultiReader(bytes.NewReader(head), c, &ending{of: c}), &c.n
}

// measured is a file whose end is not known yet.
type measured struct {
	io.Reader
	n, most int64
}

func (c *measured) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.n += int64(n); c.n > c.most {
		return 0, fmt.Errorf("the file has more than %d bytes: %w", c.most, ErrInput)
	}
	return n, err
}

// ending is what follows a file: known when that has been read.
type ending struct {
	of   *measured
	rest io.Reader
}

func (e *ending) Read(p []byte) (int, error) {
	if e.rest == nil {
		bare := saltHead + e.of.n + saltTail
		e.rest = io.MultiReader(io.LimitReader(zeros{}, paddedSize(bare)-bare), bytes.NewReader(binary.BigEndian.AppendUint64(nil, uint64(e.of.n))))
	}
	return e.rest.Read(p)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// unsalted is a file as it was sent, and its length. What is not of this form (what this program made, what was sealed, what was kept before there was salt) is given as it is kept. Its size is asked
// first: most files that are not salted have another, and cost no reading.
func unsalted(kept io.ReadSeekCloser, size int64) (io.ReadSeekCloser, int64, error) {
	if paddedSize(size) != size {
		return kept, size, nil
	}
	at := seeking{kept}
	head, tail := make([]byte, len(saltMagic)), make([]byte, saltTail)
	_, err := at.ReadAt(head, 0)
	if err == nil && string(head) == saltMagic {
		_, err = at.ReadAt(tail, size-saltTail)
		length := binary.BigEndian.Uint64(tail)
		if room := size - saltHead - saltTail; err == nil && length <= uint64(room) && paddedSize(saltHead+int64(length)+saltTail) == size {
			return &inner{kept, io.NewSectionReader(at, saltHead, int64(length))}, int64(length), nil
		}
	}
	if err == nil {
		_, err = kept.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("opening a file: %w", err)
	}
	return kept, size, nil
}

// inner is the file between salt and padding, for one reader.
type inner struct {
	kept io.Closer
	*io.SectionReader
}

func (i *inner) Close() error { return i.kept.Close() }

// Files are the hospital's files as people know them. All that reads what is in a file reads it here; what travels, is proved or copied is what is kept, by its own hash.
type Files struct{ Kept Blobs }

// Put keeps what this program made, as it is.
func (f Files) Put(ctx context.Context, r io.Reader, limit int64) (ledger.Hash, int64, error) {
	return f.Kept.Put(ctx, r, limit)
}

// Open gives a file as it was sent, and its length.
func (f Files) Open(ctx context.Context, hash ledger.Hash) (io.ReadSeekCloser, int64, error) {
	kept, size, err := f.Kept.Open(ctx, hash)
	if err != nil {
		return nil, 0, err
	}
	file, length, err := unsalted(kept, size)
	if err != nil {
		kept.Close()
	}
	return file, length, err
}

// Has tells whether a file is here.
func (f Files) Has(hash ledger.Hash) bool { return f.Kept.Has(hash) }

// Length is how long an attached file is, for people to read: where it is here, that of what was sent, otherwise that of how it is kept.
func (d *Desk) Length(ctx context.Context, b ledger.BlobRef) int64 {
	if b.Sealed || paddedSize(b.Size) != b.Size {
		return b.Size
	}
	if known, ok := d.lengths.get(b.Hash); ok {
		return known
	}
	file, length, err := d.Blobs.Open(ctx, b.Hash)
	if err != nil {
		return b.Size
	}
	file.Close()
	d.lengths.put(b.Hash, length)
	return length
}

// lengths remembers how long files are: in a bucket that takes three requests for each, and a page of a case tells it of many.
type lengths struct {
	mu sync.Mutex
	of map[ledger.Hash]int64
}

// lengthsMost bounds what is remembered, in files.
const lengthsMost = 20_000

func (l *lengths) get(file ledger.Hash) (n int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok = l.of[file]
	return n, ok
}

func (l *lengths) put(file ledger.Hash, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil || len(l.of) >= lengthsMost {
		l.of = map[ledger.Hash]int64{}
	}
	l.of[file] = n
}
