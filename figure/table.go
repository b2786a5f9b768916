package figure

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
)

// Table is a figure as rows: for those who do not see it, and for a download.
type Table struct {
	Head []string
	Rows [][]string
}

// Table is the same as rows, by X: one column for each series, and one for events if there are any. The head of a
// single series without a name is the label of Y; the column of events has no head.
func (l Line) Table() Table {
	t := Table{Head: []string{l.X.Label}}
	for _, s := range l.Series {
		name := s.Name
		if name == "" {
			name = l.Y.Label
		}
		t.Head = append(t.Head, name)
	}
	if len(l.Events) > 0 {
		t.Head = append(t.Head, "")
	}
	rows := map[float64][]string{}
	row := func(x float64, text string) []string {
		if rows[x] == nil {
			rows[x] = make([]string, len(t.Head))
			rows[x][0] = orNumber(text, x)
		}
		return rows[x]
	}
	for i, s := range sortedSeries(l.Series) {
		for _, p := range s.Points {
			cell := p.YText
			if finite(p.Y) {
				cell = withInterval(orNumber(p.YText, p.Y), p.Low, p.High)
			}
			join(&row(p.X, p.XText)[i+1], cell)
			if p.Label != "" {
				join(&row(p.X, p.XText)[i+1], p.Label)
			}
		}
	}
	for _, e := range l.Events {
		if finite(e.X) {
			join(&row(e.X, e.XText)[len(t.Head)-1], e.Label)
		}
	}
	t.Rows = sortedRows(rows)
	return t
}

func sortedRows(rows map[float64][]string) [][]string {
	xs := make([]float64, 0, len(rows))
	for x := range rows {
		xs = append(xs, x)
	}
	slices.Sort(xs)
	out := make([][]string, len(xs))
	for i, x := range xs {
		out[i] = rows[x]
	}
	return out
}

func join(cell *string, more string) {
	if *cell != "" && more != "" {
		*cell += "; "
	}
	*cell += more
}

// orNumber is the text that was given, or the plain number.
func orNumber(text string, v float64) string {
	if text != "" || !finite(v) {
		return text
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func withInterval(text string, low, high float64) string {
	if !(Point{Low: low, High: high}).hasInterval() {
		return text
	}
	return text + " (" + orNumber("", low) + "–" + orNumber("", high) + ")"
}

// CSV writes the table for spreadsheets, with the mark that makes them read Chinese. A cell that a spreadsheet would take
// for a formula gets an apostrophe in front.
func (t Table) CSV() []byte {
	var buf bytes.Buffer
	buf.WriteString("\ufeff")
	w := csv.NewWriter(&buf)
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = defused(cell)
		}
		_ = w.Write(safe) // a bytes.Buffer takes everything
	}
	w.Flush()
	return buf.Bytes()
}

func defused(cell string) string {
	if _, err := strconv.ParseFloat(cell, 64); err == nil || cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	return "'" + cell
}
