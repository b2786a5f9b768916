package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fault is what is wrong with a row.
type Fault string

// The faults of rows.
const (
	Short    Fault = "short"    // it has fewer cells than the head
	Long     Fault = "long"     // it has more, and something stands in them
	Quote    Fault = "quote"    // a quotation mark is missing, or stands where none belongs
	Control  Fault = "control"  // a control character stands in it
	Encoding Fault = "encoding" // bytes stand in it that are no letters in the table's encoding
)

// Row is one row of a table.
type Row struct {
	Line   int      // where it begins; the first line of the file is 1
	Cells  []string // trimmed, in Unicode form NFC; with a fault: as far as they can be told
	Fault  Fault    // "": none
	Column string   // in which column the fault is; "": in the row as a whole
	Raw    string   // its text as it stands in the file
}

// DuplicateError says that two columns of a table have one name.
type DuplicateError struct{ Column string }

func (e *DuplicateError) Error() string { return fmt.Sprintf("the column %q stands twice", e.Column) }

// Reader reads a table row by row. Only the row at hand is in memory.
type Reader struct {
	Columns []string // their names, as the head has them

	in        *bufio.Reader
	separator rune
	line      int      // of the next line
	again     []string // lines to read once more: what followed an open quotation mark
}

// Bounds on one row: a cell that goes on for longer is an open quotation mark.
const (
	maxRow   = 1 << 20
	maxLines = 200
)

// NewReader reads the head of a table.
func NewReader(r io.Reader, f Form) (*Reader, error) {
	t := &Reader{in: bufio.NewReaderSize(decoded(r, f.Encoding), 256<<10), separator: f.Separator, line: 1}
	row, err := t.next()
	if err == nil && strings.HasPrefix(strings.ToLower(row.Raw), "sep=") {
		row, err = t.next()
	}
	if errors.Is(err, io.EOF) {
		return nil, ErrEmpty
	}
	if err != nil {
		return nil, err
	}
	if row.Fault != "" {
		return nil, fmt.Errorf("the head of the table cannot be read: %s", row.Fault)
	}
	for len(row.Cells) > 1 && row.Cells[len(row.Cells)-1] == "" {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	seen := map[string]bool{}
	for _, name := range row.Cells {
		if name != "" && seen[name] {
			return nil, &DuplicateError{name}
		}
		seen[name] = true
	}
	t.Columns = row.Cells
	return t, nil
}

// Read gives the next row, or io.EOF. A row with a fault is given too, and the next call goes on behind it.
func (t *Reader) Read() (Row, error) {
	row, err := t.next()
	if err != nil {
		return row, err
	}
	for len(row.Cells) > len(t.Columns) && row.Cells[len(row.Cells)-1] == "" {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	switch {
	case row.Fault != "":
	case len(row.Cells) < len(t.Columns):
		row.Fault = Short
	case len(row.Cells) > len(t.Columns):
		row.Fault = Long
	default:
		row.Fault, row.Column = t.unreadable(row.Cells)
	}
	if (row.Fault == Short || row.Fault == Long || row.Fault == Quote) && strings.Contains(row.Raw, "\n") {
		row = t.firstLine(row) // a quotation mark swallowed what are rows of their own
	}
	return row, nil
}

// unreadable finds a cell that no text is.
func (t *Reader) unreadable(cells []string) (Fault, string) {
	for i, c := range cells {
		for _, r := range c {
			switch {
			case r == utf8.RuneError:
				return Encoding, t.Columns[i]
			case r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0:
				return Control, t.Columns[i]
			}
		}
	}
	return "", ""
}

// firstLine makes of a row that goes over several lines the fault of its first one, and has the others read as rows.
func (t *Reader) firstLine(row Row) Row {
	lines := strings.Split(row.Raw, "\n")
	t.again = append(lines[1:], t.again...)
	t.line = row.Line + 1
	cells, _ := cut(lines[0], t.separator)
	return Row{Line: row.Line, Cells: cells, Fault: Quote, Raw: lines[0]}
}

// next reads lines until they make a row. Lines in which nothing stands are passed over.
func (t *Reader) next() (Row, error) {
	row := Row{}
	var text strings.Builder
	for n := 1; ; n++ {
		line, err := t.readLine()
		if errors.Is(err, io.EOF) && n > 1 {
			row.Fault = Quote // it is open at the end of the table
			row.Raw = text.String()
			return row, nil
		}
		if err != nil {
			return row, err
		}
		if n == 1 && strings.Trim(line, string(t.separator)+" \t\"") == "" {
			n = 0
			continue
		}
		if n == 1 {
			row.Line = t.line - 1
		} else {
			text.WriteByte('\n')
		}
		text.WriteString(line)
		row.Raw = text.String()
		var state cutting
		row.Cells, state = cut(row.Raw, t.separator)
		switch {
		case state == whole:
			return row, nil
		case state == wrong || n == maxLines || text.Len() > maxRow:
			row.Fault = Quote
			return row, nil
		}
	}
}

// readLine reads a line without its end: CR LF, LF, or CR.
func (t *Reader) readLine() (string, error) {
	t.line++
	if len(t.again) > 0 {
		line := t.again[0]
		t.again = t.again[1:]
		return line, nil
	}
	var line []byte
	for {
		b, err := t.in.ReadByte()
		if errors.Is(err, io.EOF) && len(line) > 0 {
			return string(line), nil
		}
		if err != nil {
			t.line--
			if !errors.Is(err, io.EOF) {
				err = fmt.Errorf("reading the table: %w", err)
			}
			return "", err
		}
		switch {
		case b == '\n':
			return string(line), nil
		case b == '\r':
			if next, _ := t.in.Peek(1); len(next) == 1 && next[0] == '\n' {
				t.in.Discard(1)
			}
			return string(line), nil
		case len(line) > maxRow:
			return "", fmt.Errorf("line %d is longer than %d bytes: this is no table", t.line-1, maxRow)
		}
		line = append(line, b)
	}
}

// cutting is how far a text is a row.
type cutting int

const (
	whole cutting = iota
	open          // a quotation mark is open at its end
	wrong         // a quotation mark stands where none belongs
)

// cut cuts a row into its cells (RFC 4180, 2.5 to 2.7).
func cut(text string, separator rune) (cells []string, state cutting) {
	sep := string(separator)
	for {
		start := strings.TrimLeft(text, " ")
		if !strings.HasPrefix(start, `"`) {
			cell, rest, more := strings.Cut(text, sep)
			if strings.Contains(cell, `"`) {
				state = wrong
			}
			cells = append(cells, clean(cell))
			if !more {
				return cells, state
			}
			text = rest
			continue
		}
		cell, rest, closed := quoted(start[1:])
		cells = append(cells, clean(cell))
		rest = strings.TrimLeft(rest, " ")
		switch {
		case !closed:
			return cells, max(state, open)
		case rest == "":
			return cells, state
		case !strings.HasPrefix(rest, sep):
			return cells, wrong
		}
		text = rest[len(sep):]
	}
}

// quoted reads up to the closing quotation mark; a doubled one is one of the cell's own.
func quoted(text string) (cell, rest string, closed bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			b.WriteString(text)
			return b.String(), "", false
		}
		b.WriteString(text[:i])
		text = text[i+1:]
		if !strings.HasPrefix(text, `"`) {
			return b.String(), text, true
		}
		b.WriteByte('"')
		text = text[1:]
	}
}

// clean trims a cell and brings it into form NFC.
func clean(cell string) string {
	return norm.NFC.String(strings.TrimSpace(strings.ToValidUTF8(cell, "\ufffd")))
}
