package ledger

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// bundleMagic begins every bundle: its name and its format.
const bundleMagic = "consilium bundle 1\n"

// maxBundleFile bounds one file in a bundle: 64 GiB.
const maxBundleFile = 64 << 30

// The parts of a bundle. They are written into files: never renumber.
const (
	partEntry = 'E' // three lengths, then header, signature, body
	partFile  = 'F' // hash, length, bytes
	partEnd   = 'Z' // digest of the entries
)

// ErrBundle says that a file is not a whole bundle.
var ErrBundle = errors.New("not a whole bundle")

// BundleWriter writes one thread so that anybody can verify it offline: first its entries in an order that admits them, then its files.
type BundleWriter struct {
	w   *bufio.Writer
	sum Hash
}

// NewBundleWriter begins a bundle.
func NewBundleWriter(w io.Writer) (*BundleWriter, error) {
	b := &BundleWriter{w: bufio.NewWriterSize(w, 64<<10)}
	_, err := b.w.WriteString(bundleMagic)
	return b, err
}

// Thread writes all entries of a thread. The first entry of each key carries its statement, so nothing else is needed to verify them.
func (b *BundleWriter) Thread(t *Thread) error {
	for _, n := range t.sorted() {
		b.sum.xor(n.Hash)
		if err := b.entry(n.Wire); err != nil {
			return fmt.Errorf("writing entry %s into the bundle: %w", n.Hash.Short(), err)
		}
	}
	return nil
}

func (b *BundleWriter) entry(w Wire) error {
	head := []byte{partEntry}
	for _, part := range [][]byte{w.Header, w.Signature, w.Body} {
		head = binary.BigEndian.AppendUint32(head, uint32(len(part)))
	}
	for _, part := range [][]byte{head, w.Header, w.Signature, w.Body} {
		if _, err := b.w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// File writes one attached file.
func (b *BundleWriter) File(hash Hash, size int64, r io.Reader) error {
	head := append([]byte{partFile}, hash[:]...)
	if _, err := b.w.Write(binary.BigEndian.AppendUint64(head, uint64(size))); err != nil {
		return err
	}
	n, err := io.Copy(b.w, io.LimitReader(r, size))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("writing file %s into the bundle: %w", hash.Short(), err)
	}
	return nil
}

// Close ends the bundle. Without its end a bundle is not whole.
func (b *BundleWriter) Close() error {
	if _, err := b.w.Write(append([]byte{partEnd}, b.sum[:]...)); err != nil {
		return err
	}
	return b.w.Flush()
}

// Bundle is what a bundle was proved to hold.
type Bundle struct {
	Proof
	Log   Log
	Files []BundleFile
}

// BundleFile is one file of a bundle whose bytes have the hash under which an entry attached it.
type BundleFile struct {
	Hash     Hash
	Size     int64
	Attached bool // false: no entry in the bundle attaches it
}

// ReadBundle verifies a bundle with nothing but its bytes. Each file goes to the sink that open gives for it; open may be nil. The error is a
// [*Break] for an entry that does not hold and wraps [ErrBundle] for everything else.
func ReadBundle(r io.Reader, open func(Hash, int64) (io.Writer, error)) (Bundle, error) {
	b := bundleReader{r: bufio.NewReaderSize(r, 64<<10), open: open}
	if err := b.magic(); err != nil {
		return Bundle{}, err
	}
	for {
		part, err := b.r.ReadByte()
		if err != nil {
			return Bundle{}, fmt.Errorf("%w: it ends before its end: %w", ErrBundle, err)
		}
		switch part {
		case partEntry:
			err = b.entry()
		case partFile:
			err = b.file()
		case partEnd:
			return b.end()
		default:
			err = fmt.Errorf("%w: unknown part %q", ErrBundle, part)
		}
		if err != nil {
			return Bundle{}, err
		}
	}
}

type bundleReader struct {
	r      *bufio.Reader
	open   func(Hash, int64) (io.Writer, error)
	thread *Thread
	files  []BundleFile
}

func (b *bundleReader) magic() error {
	magic := make([]byte, len(bundleMagic))
	if err := b.full(magic); err != nil {
		return err
	}
	if string(magic) != bundleMagic {
		return fmt.Errorf("%w: it does not begin as one", ErrBundle)
	}
	return nil
}

func (b *bundleReader) full(to []byte) error {
	if _, err := io.ReadFull(b.r, to); err != nil {
		return fmt.Errorf("%w: it ends before its end: %w", ErrBundle, err)
	}
	return nil
}

func (b *bundleReader) entry() error {
	var lengths [12]byte
	if err := b.full(lengths[:]); err != nil {
		return err
	}
	header, signature, body := binary.BigEndian.Uint32(lengths[:]), binary.BigEndian.Uint32(lengths[4:]), binary.BigEndian.Uint32(lengths[8:])
	if header > MaxHeader || signature > 64 || body > MaxBody {
		return fmt.Errorf("%w: an entry is larger than format %d allows", ErrBundle, Format)
	}
	raw := make([]byte, header+signature+body)
	if err := b.full(raw); err != nil {
		return err
	}
	w := Wire{Header: raw[:header], Signature: raw[header : header+signature]}
	if body > 0 {
		w.Body = raw[header+signature:]
	}
	return b.admit(w)
}

func (b *bundleReader) admit(w Wire) error {
	if b.thread == nil {
		h, err := ParseHeader(w.Header)
		if err != nil {
			return fmt.Errorf("%w: the first entry: %w", ErrBundle, err)
		}
		b.thread = NewThread(h.Thread)
	}
	return proveInto(b.thread, hashEntry(w.Header), w)
}

func (b *bundleReader) file() error {
	var head [40]byte
	if err := b.full(head[:]); err != nil {
		return err
	}
	hash, size := asHash(head[:32]), binary.BigEndian.Uint64(head[32:])
	if size > maxBundleFile {
		return fmt.Errorf("%w: file %s claims %d bytes", ErrBundle, hash.Short(), size)
	}
	var sink io.Writer = io.Discard
	if b.open != nil {
		var err error
		if sink, err = b.open(hash, int64(size)); err != nil {
			return err
		}
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(sum, sink), io.LimitReader(b.r, int64(size)))
	if err != nil {
		return fmt.Errorf("reading file %s of the bundle: %w", hash.Short(), err)
	}
	if n != int64(size) || asHash(sum.Sum(nil)) != hash {
		return fmt.Errorf("%w: file %s is not what its hash says", ErrBundle, hash.Short())
	}
	b.files = append(b.files, BundleFile{Hash: hash, Size: int64(size)})
	return nil
}

func (b *bundleReader) end() (Bundle, error) {
	var digest Hash
	if err := b.full(digest[:]); err != nil {
		return Bundle{}, err
	}
	if b.thread == nil {
		return Bundle{}, fmt.Errorf("%w: it holds no entry", ErrBundle)
	}
	if digest != b.thread.digest() {
		return Bundle{}, fmt.Errorf("%w: entries are missing", ErrBundle)
	}
	if _, err := b.r.ReadByte(); err != io.EOF {
		return Bundle{}, fmt.Errorf("%w: something follows its end", ErrBundle)
	}
	proof, err := b.thread.prove(nil)
	if err != nil {
		return Bundle{}, err
	}
	l := b.thread.Log()
	return Bundle{Proof: proof, Log: l, Files: markAttached(b.files, l)}, nil
}

func markAttached(files []BundleFile, l Log) []BundleFile {
	attached := map[Hash]bool{}
	for _, s := range l.Said {
		if s.Content != nil {
			for _, blob := range s.Content.Blobs {
				attached[blob.Hash] = true
			}
		}
	}
	for i := range files {
		files[i].Attached = attached[files[i].Hash]
	}
	return files
}
