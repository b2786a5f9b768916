package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

const (
	chunkSize  = 256 << 10
	mostChunks = 192 // of all spools together: 48 MiB
	mostOfOne  = 16  // 4 MiB: a slice of CT or MR fits; larger ones go through a file
)

// memory lends chunks to spools, as many as there are and never more.
type memory struct {
	mu    sync.Mutex
	free  [][]byte
	given int
}

func newMemory() *memory { return &memory{} }

// take returns a chunk, or nil when all are lent.
func (m *memory) take() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		chunk := m.free[n-1]
		m.free = m.free[:n-1]
		return chunk
	}
	if m.given == mostChunks {
		return nil
	}
	m.given++
	return make([]byte, chunkSize)
}

func (m *memory) giveBack(chunks [][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, chunks...)
}

// copy copies over a chunk.
func (m *memory) copy(w io.Writer, r io.Reader) (int64, error) {
	buffer := m.take()
	if buffer != nil {
		defer m.giveBack([][]byte{buffer})
	} else {
		buffer = make([]byte, 32<<10)
	}
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, buffer)
}

// spool holds what is received until it is known whether it can be kept: in memory as far as there is some, the rest in a file.
type spool struct {
	memory *memory
	dir    string
	chunks [][]byte
	held   int64 // bytes in chunks
	file   *os.File
	size   int64
}

// spool reads r to its end, at most limit bytes.
func (a *Archive) spool(r io.Reader, limit int64) (*spool, error) {
	s := &spool{memory: a.memory, dir: a.Scratch}
	err := s.fill(r, limit)
	if err == nil && s.size > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *spool) fill(r io.Reader, limit int64) error {
	for len(s.chunks) < mostOfOne {
		chunk := s.memory.take()
		if chunk == nil {
			break
		}
		s.chunks = append(s.chunks, chunk)
		n, err := io.ReadFull(r, chunk)
		s.held += int64(n)
		s.size = s.held
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) && endsHere(r) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return s.overflow(r, limit)
}

// endsHere tells a short last chunk from a source that broke off: the source says again how it ended.
func endsHere(r io.Reader) bool {
	var one [1]byte
	n, err := r.Read(one[:])
	return n == 0 && err == io.EOF
}

// overflow writes the rest to a file, which has no name as soon as it is closed.
func (s *spool) overflow(r io.Reader, limit int64) error {
	f, err := os.CreateTemp(s.dir, "receiving-*")
	if err != nil {
		return err
	}
	s.file = f
	n, err := s.memory.copy(f, io.LimitReader(r, limit-s.held+1))
	s.size = s.held + n
	return err
}

// ReadAt reads from memory or the file.
func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fs.ErrInvalid
	}
	total := 0
	for total < len(p) && off < s.held {
		chunk := s.chunks[off/chunkSize]
		end := min(int64(chunkSize), s.held-off/chunkSize*chunkSize)
		n := copy(p[total:], chunk[off%chunkSize:end])
		total, off = total+n, off+int64(n)
	}
	if total == len(p) {
		return total, nil
	}
	if s.file == nil {
		return total, io.EOF
	}
	n, err := s.file.ReadAt(p[total:], off-s.held)
	return total + n, err
}

func (s *spool) close() {
	s.memory.giveBack(s.chunks)
	s.chunks, s.held = nil, 0
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
