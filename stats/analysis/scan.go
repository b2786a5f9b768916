package analysis

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
)

// scanner takes the fields of one row after the other from comma-separated values (RFC 4180). Rows end in LF or CRLF; empty lines are passed over.
type scanner struct {
	from    io.Reader
	buffer  []byte
	at      int // of the next row in the buffer
	end     int // of what was read into it
	ended   bool
	fields  [][]byte  // of the present row; they share the buffer
	numbers []float64 // what each field is, if it is a short decimal; else NaN
	read    int64     // bytes taken so far
	line    int
}

// longestRow is the most bytes of one row: a quote that is never closed does not take the whole file into memory.
const longestRow = 64 << 20

func newScanner(r io.Reader) *scanner {
	return &scanner{from: r, buffer: make([]byte, 1<<20), line: 1}
}

// next is the next row; its fields hold until the following call. The error after the last row is io.EOF.
func (s *scanner) next() ([][]byte, error) {
	for {
		size, whole, err := s.row(s.buffer[s.at:s.end])
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", s.line, err)
		case !whole:
			if err := s.fill(); err != nil {
				return nil, err
			}
			continue
		case size == 0:
			return nil, io.EOF
		}
		s.at += size
		s.read += int64(size)
		s.line++
		if len(s.fields) > 0 {
			return s.fields, nil
		}
	}
}

// fill moves what is left to the front and reads on.
func (s *scanner) fill() error {
	left := copy(s.buffer, s.buffer[s.at:s.end])
	s.at, s.end = 0, left
	if s.end == len(s.buffer) {
		if s.end >= longestRow {
			return fmt.Errorf("line %d: a row of more than %d bytes: a quote may not be closed", s.line, longestRow)
		}
		s.buffer = append(s.buffer, make([]byte, len(s.buffer))...)
	}
	n, err := s.from.Read(s.buffer[s.end:])
	s.end += n
	if errors.Is(err, io.EOF) {
		s.ended = true
		return nil
	}
	return err
}

// row finds the fields of the first row of b and its size with its end of line. It is not whole if b ends within it and more may follow.
func (s *scanner) row(b []byte) (size int, whole bool, err error) {
	s.fields, s.numbers = s.fields[:0], s.numbers[:0]
	for at := 0; ; {
		var end int
		if at < len(b) && b[at] == '"' {
			end, err = s.quoted(b, at)
		} else {
			end, err = s.plain(b, at)
		}
		if err != nil || end == len(b) && !s.ended {
			return 0, false, err
		}
		if end == len(b) || b[end] != ',' {
			return s.endOfRow(b, end)
		}
		at = end + 1
	}
}

// plain takes the field that begins at a place, up to a comma or the end of the line, and reads it on the way if it is a short decimal, as most fields are.
func (s *scanner) plain(b []byte, at int) (end int, err error) {
	number, end := shortAt(b, at)
	if end < len(b) && b[end] != ',' && b[end] != '\n' {
		number = math.NaN()
		for ; end < len(b) && b[end] != ',' && b[end] != '\n'; end++ {
			if b[end] == '"' {
				return 0, errors.New("a quote within a field that does not begin with one")
			}
		}
	}
	s.fields, s.numbers = append(s.fields, b[at:end]), append(s.numbers, number)
	return end, nil
}

// quoted takes the field in quotes that begins at a place; a quote within it is written twice.
func (s *scanner) quoted(b []byte, at int) (end int, err error) {
	doubled := false
	for end = at + 1; ; end++ {
		i := bytes.IndexByte(b[end:], '"')
		if i < 0 {
			if s.ended {
				return 0, errors.New("a quote is not closed")
			}
			return len(b), nil
		}
		end += i + 1
		if end == len(b) || b[end] != '"' {
			break
		}
		doubled = true
	}
	field := b[at+1 : end-1]
	if doubled {
		field = bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))
	}
	if bytes.IndexByte(field, '\r') >= 0 {
		field = bytes.ReplaceAll(field, []byte("\r\n"), []byte("\n"))
	}
	s.fields, s.numbers = append(s.fields, field), append(s.numbers, math.NaN())
	return end, nil
}

// endOfRow takes the end of the line away from the last field, and drops the field of an empty line.
func (s *scanner) endOfRow(b []byte, end int) (size int, whole bool, err error) {
	last := len(s.fields) - 1
	switch {
	case end == len(b) || b[end] == '\n':
		size = min(end+1, len(b))
		if end > 0 && b[end-1] == '\r' {
			s.fields[last] = bytes.TrimSuffix(s.fields[last], []byte{'\r'})
		}
	case b[end] == '\r' && end+1 < len(b) && b[end+1] == '\n':
		size = end + 2
	case b[end] == '\r' && end+1 == len(b):
		if !s.ended {
			return 0, false, nil
		}
		size = end + 1
	default:
		return 0, false, errors.New("a quoted field goes on after its quote")
	}
	if last == 0 && size > 0 && (b[0] == '\n' || b[0] == '\r' && len(s.fields[0]) == 0) {
		s.fields = s.fields[:0]
	}
	return size, true, nil
}
