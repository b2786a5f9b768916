package analysis

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"consilium/stats"
)

// largest is the longest data set that is read, so that a wrong file does not fill the memory.
const largest = 4 << 30

// ReadOptions are what a specification says about reading its data.
type ReadOptions struct {
	Missing []string // words that stand for a missing value, besides the empty field
	Words   []string // columns that are words, whatever they look like
}

// ReadTable reads comma-separated values (RFC 4180) with a header of distinct names.
//
// A column is typed once, from all of its rows. It is of numbers if every field is one, or empty, or NA; its other fields are missing then. Else it is of
// words, which are kept as they are written (01 is not 1, and NA is a label): only an empty field is missing. Whole numbers that are padded with zeros to one
// width (01, 02, 12) are words too; a method that needs their numbers gets them ([stats.Table.Numbers]).
//
// Where most of a column are numbers, a field that begins like one and is none ("2.7 of 10", "<0.5", a lone ".") is a slip of the pen: it is refused with its row
// and value, rather than to turn the column into words.
func ReadTable(r io.Reader, o ReadOptions) (*stats.Table, error) {
	source, size, err := seekable(r)
	if err != nil {
		return nil, broken(err)
	}
	rows := newScanner(io.LimitReader(source, largest))
	columns, err := header(rows, o)
	if err != nil {
		return nil, err
	}
	if err := readColumns(rows, columns, size); err != nil {
		return nil, err
	}
	if err := rereadWords(source, columns); err != nil {
		return nil, err
	}
	t := &stats.Table{}
	for _, c := range columns {
		if err := c.refuse(); err != nil {
			return nil, err
		}
		t.Columns = append(t.Columns, stats.Column{Name: c.name, Numbers: c.numbers, Texts: c.texts})
	}
	return t, nil
}

// seekable is a reader that can start again, because a column that turns out to be of words late is read a second time, and how long it is.
func seekable(r io.Reader) (io.ReadSeeker, int64, error) {
	s, ok := r.(io.ReadSeeker)
	if !ok {
		raw, err := io.ReadAll(io.LimitReader(r, largest))
		return bytes.NewReader(raw), int64(len(raw)), err
	}
	size, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, err
	}
	_, err = s.Seek(0, io.SeekStart)
	return s, size, err
}

// header reads the names of the columns.
func header(rows *scanner, o ReadOptions) ([]*column, error) {
	fields, err := rows.next()
	if err != nil {
		return nil, broken(err)
	}
	if err := encoded(fields); err != nil {
		return nil, err
	}
	var columns []*column
	seen := map[string]int{}
	for j, field := range fields {
		name := string(field)
		if j == 0 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		if first := seen[name]; first > 0 {
			return nil, &stats.Error{Method: "data", Problem: stats.Invalid, Variable: name, Detail: fmt.Sprintf("columns %d and %d have the same name", first, j+1), Advice: "Give each column a name of its own"}
		}
		seen[name] = j + 1
		columns = append(columns, newColumn(name, o, slices.Contains(o.Words, name)))
	}
	if len(columns) == 1 && strings.ContainsAny(columns[0].name, ";\t") {
		return nil, &stats.Error{Method: "data", Problem: stats.Invalid, Variable: columns[0].name, Detail: "the table has one column, whose name holds semicolons or tabs", Advice: "Save the file with commas between the fields"}
	}
	return columns, nil
}

// encoded refuses a header that shows that the file is written in another way than this reader knows.
func encoded(fields [][]byte) error {
	as := func(detail string) error {
		return &stats.Error{Method: "data", Problem: stats.Invalid, Detail: detail, Advice: "Save the file as CSV UTF-8"}
	}
	first := fields[0]
	switch {
	case bytes.HasPrefix(first, []byte{0xff, 0xfe}), bytes.HasPrefix(first, []byte{0xfe, 0xff}), bytes.IndexByte(first, 0) >= 0:
		return as("the file is UTF-16, which spreadsheets call Unicode text")
	}
	for _, name := range fields {
		switch {
		case bytes.IndexByte(name, '\r') >= 0 && !bytes.HasSuffix(name, []byte{'\r'}):
			return as("its lines end in carriage returns alone, as those of old programs for the Macintosh")
		case !utf8.Valid(name):
			return as(fmt.Sprintf("the name of a column, %q, is not UTF-8", name))
		}
	}
	return nil
}

// sample is after how many rows their number is estimated from the length of the file.
const sample = 200

func readColumns(rows *scanner, columns []*column, size int64) error {
	for row := 0; ; row++ {
		fields, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return broken(err)
		}
		if len(fields) != len(columns) {
			return broken(fmt.Errorf("row %d has %d fields, and the header %d", row+1, len(fields), len(columns)))
		}
		if row == sample {
			for _, c := range columns {
				c.grow(int(float64(size) / float64(rows.read) * sample * 1.02))
			}
		}
		for j, field := range fields {
			columns[j].add(row, field, rows.numbers[j])
		}
	}
}

// rereadWords reads the first rows again of those columns that were taken for numbers there.
func rereadWords(source io.ReadSeeker, columns []*column) error {
	last := 0
	for _, c := range columns {
		last = max(last, c.again())
	}
	if last == 0 {
		return nil
	}
	if _, err := source.Seek(0, io.SeekStart); err != nil {
		return broken(err)
	}
	rows := newScanner(io.LimitReader(source, largest))
	for row := -1; row < last; row++ { // the header first
		fields, err := rows.next()
		if err != nil || len(fields) != len(columns) {
			return broken(errors.New("the file changed while it was read"))
		}
		for j, c := range columns {
			if row >= 0 && row < c.late {
				c.texts[row] = c.word(row, fields[j])
			}
		}
	}
	return nil
}

func broken(err error) error {
	return &stats.Error{Method: "data", Problem: stats.Invalid, Detail: "the table cannot be read: " + err.Error()}
}
