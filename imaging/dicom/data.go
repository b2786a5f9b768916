package dicom

import (
	"bytes"
	"fmt"
	"io"
)

// Data is the bytes of a value, in little endian order: held in memory, or left in the source that they were read from. A source must stay
// open and unchanged as long as its Data is used.
type Data struct {
	held   []byte
	from   sections
	off, n int64
	swap   int // width of the numbers that the source stores high byte first, 0 or 1 for none
}

// sections opens a part of a source. Files open it directly, deflated data by inflating up to it.
type sections interface {
	section(off, n int64) io.Reader
}

// Bytes makes data of bytes, which are not copied.
func Bytes(b []byte) Data { return Data{held: b, n: int64(len(b))} }

// Lazy makes data of n bytes that are produced when opened, as decoded pixels are. Each call of open gives all of them.
func Lazy(n int64, open func() io.Reader) Data { return Data{from: produced(open), n: n} }

// produced gives sections of what a function produces.
type produced func() io.Reader

func (p produced) section(off, n int64) io.Reader {
	r := p()
	if _, err := io.CopyN(io.Discard, r, off); err != nil {
		return failing{err}
	}
	return io.LimitReader(r, n)
}

// Len is the number of bytes.
func (d Data) Len() int64 { return d.n }

// Open reads the data from its start. Data of several goroutines may be open at once.
func (d Data) Open() io.Reader {
	if d.from == nil {
		return bytes.NewReader(d.held)
	}
	r := io.Reader(&exact{r: d.from.section(d.off, d.n), left: d.n})
	if d.swap > 1 {
		r = &swapper{r: r, width: d.swap}
	}
	return r
}

// Load gives all bytes, which must not be changed. It refuses with ErrTooLarge what is longer than limit.
func (d Data) Load(limit int64) ([]byte, error) {
	if d.n > limit {
		return nil, fmt.Errorf("DICOM: %w: a value of %d bytes where at most %d are read", ErrTooLarge, d.n, limit)
	}
	if d.from == nil {
		return d.held, nil
	}
	b := make([]byte, d.n)
	_, err := io.ReadFull(d.Open(), b)
	return b, err
}

// Slice is a part of the data. A part of numbers stored high byte first must begin and end between numbers. It panics outside of the data.
func (d Data) Slice(off, n int64) Data {
	if off < 0 || n < 0 || off > d.n-n {
		panic(fmt.Sprintf("dicom: slice %d+%d of %d bytes", off, n, d.n))
	}
	if d.from == nil {
		d.held, d.n = d.held[off:off+n:off+n], n
		return d
	}
	d.off, d.n = d.off+off, n
	return d
}

// Place tells where the data stands in the file that it was read from, so that a server can send that range of it; false where the stored
// bytes are others (deflated, big endian, held in memory).
func (d Data) Place() (offset, length int64, ok bool) {
	_, plain := d.from.(plainSource)
	return d.off, d.n, plain && d.swap <= 1
}

// exact turns an early end into an error: a source that shrank must not give a shorter value.
type exact struct {
	r    io.Reader
	left int64
}

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if e.left == 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// swapper reverses the bytes of each number.
type swapper struct {
	r     io.Reader
	width int
	buf   []byte // whole numbers, swapped, not yet given out
	store [4096]byte
	err   error
}

func (s *swapper) Read(p []byte) (int, error) {
	for len(s.buf) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		n, err := io.ReadFull(s.r, s.store[:])
		if err == io.ErrUnexpectedEOF && n > 0 {
			err = io.EOF
		}
		s.err = err
		s.buf = s.store[:n]
		swapBytes(s.buf, s.width)
	}
	n := copy(p, s.buf)
	s.buf = s.buf[n:]
	return n, nil
}

// swapBytes reverses each number of that width in place; what is left at the end stays as it is.
func swapBytes(b []byte, width int) {
	switch width {
	case 2:
		for i := 0; i+2 <= len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
	case 4:
		for i := 0; i+4 <= len(b); i += 4 {
			b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
		}
	case 8:
		for i := 0; i+8 <= len(b); i += 8 {
			for j := range 4 {
				b[i+j], b[i+7-j] = b[i+7-j], b[i+j]
			}
		}
	}
}
