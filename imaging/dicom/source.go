package dicom

import (
	"bufio"
	"compress/flate"
	"errors"
	"io"
	"math"
)

// source reads forward through bytes with a small window that can be looked into, and skips what is not wanted without reading it where it can.
type source struct {
	at     io.ReaderAt
	pos    int64 // of the next byte
	end    int64 // where the source ends, unknown for a stream
	window []byte
	start  int64 // position of window[0]
	store  [8192]byte
}

const unknown = math.MaxInt64 // end of a stream

// peek gives n bytes from here without going on; fewer with io.EOF at the end of the source. n is at most the window.
func (s *source) peek(n int) ([]byte, error) {
	if have := s.start + int64(len(s.window)) - s.pos; have >= int64(n) && s.pos >= s.start {
		return s.window[s.pos-s.start:][:n], nil
	}
	if err := s.fill(n); err != nil {
		return nil, err
	}
	b := s.window[s.pos-s.start:]
	if len(b) < n {
		return b, io.EOF
	}
	return b[:n], nil
}

// fill makes the window begin here and hold n bytes if the source has them.
func (s *source) fill(n int) error {
	kept := 0
	if s.pos >= s.start && s.pos < s.start+int64(len(s.window)) {
		kept = copy(s.store[:], s.window[s.pos-s.start:])
	}
	s.start, s.window = s.pos, s.store[:kept]
	for len(s.window) < n {
		limit := min(int64(len(s.store)), s.end-s.start)
		if int64(len(s.window)) >= limit {
			return nil
		}
		m, err := s.at.ReadAt(s.store[len(s.window):limit], s.start+int64(len(s.window)))
		s.window = s.store[:len(s.window)+m]
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && len(s.window) < n:
			return err
		case err != nil:
			return nil
		case m == 0:
			return io.ErrNoProgress
		}
	}
	return nil
}

// left is how many bytes follow, if that is known.
func (s *source) left() int64 { return s.end - s.pos }

// read fills p.
func (s *source) read(p []byte) error {
	if have := s.start + int64(len(s.window)) - s.pos; s.pos >= s.start && have > 0 {
		n := copy(p, s.window[s.pos-s.start:])
		s.pos += int64(n)
		p = p[n:]
	}
	if len(p) == 0 {
		return nil
	}
	if len(p) < len(s.store)/2 {
		b, err := s.peek(len(p))
		if err == nil {
			copy(p, b)
			s.pos += int64(len(p))
		}
		return err
	}
	n, err := s.at.ReadAt(p, s.pos)
	s.pos += int64(n)
	if n == len(p) {
		return nil
	}
	return err
}

// skip goes on by n bytes; a stream must be read for that.
func (s *source) skip(n int64) error {
	if s.end != unknown {
		if n > s.left() {
			return io.EOF
		}
		s.pos += n
		return nil
	}
	for n > 0 {
		b, err := s.peek(int(min(n, int64(len(s.store)/2))))
		if err != nil {
			return err
		}
		s.pos += int64(len(b))
		n -= int64(len(b))
	}
	return nil
}

// plainSource gives sections of a file as they are.
type plainSource struct{ io.ReaderAt }

func (p plainSource) section(off, n int64) io.Reader { return io.NewSectionReader(p.ReaderAt, off, n) }

// inflated is deflated data of a file. Each section is inflated from the start, so that sections need no memory and may be open at once.
type inflated struct {
	at       io.ReaderAt
	off, end int64 // the deflated bytes
}

func (z inflated) open() io.Reader {
	return flate.NewReader(bufio.NewReader(io.NewSectionReader(z.at, z.off, z.end-z.off)))
}

func (z inflated) section(off, n int64) io.Reader {
	r := z.open()
	if _, err := io.CopyN(io.Discard, r, off); err != nil {
		return failing{err}
	}
	return io.LimitReader(r, n)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// forward lets a stream be read as a source that never goes back.
type forward struct {
	r     io.Reader
	pos   int64
	limit int64 // how many bytes may be read, 0 for any number
	err   error
}

var errForward = errors.New("a stream was read backwards")

func (f *forward) ReadAt(p []byte, off int64) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if off != f.pos {
		return 0, errForward
	}
	if f.limit > 0 && f.pos+int64(len(p)) > f.limit {
		n, err := f.ReadAt(p[:f.limit-f.pos], off)
		if err == nil {
			err = ErrTooLarge
		}
		return n, err
	}
	n, err := io.ReadFull(f.r, p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	f.pos += int64(n)
	f.err = err
	return n, err
}
