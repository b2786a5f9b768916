package sheet

import (
	"errors"
	"io"
)

// Looked is the beginning of a table, for somebody to look at before it is taken in.
type Looked struct {
	Form    Form
	Columns []string
	Rows    []Row
}

// Look reads the first rows of a table, in the encoding that is named, or where none is in the likely one.
func Look(table io.ReadSeeker, encoding string, rows int) (l Looked, err error) {
	if l.Form, err = Detect(table); err != nil {
		return l, err
	}
	if encoding != "" {
		if l.Form.Encoding, err = ByName(encoding); err != nil {
			return l, err
		}
	}
	if _, err := table.Seek(0, io.SeekStart); err != nil {
		return l, err
	}
	r, err := NewReader(table, l.Form)
	if err != nil {
		return l, err
	}
	l.Columns = r.Columns
	for len(l.Rows) < rows {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return l, err
		}
		l.Rows = append(l.Rows, row)
	}
	return l, nil
}
