package figure

import (
	"bytes"
	"encoding/csv"
	"math"
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
	return text + " (" + between(orNumber("", low), orNumber("", high)) + ")"
}

// CSV writes the table for spreadsheets, with the mark that makes them read Chinese. A cell that a spreadsheet would take
// for a formula gets an apostrophe in desk.
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

// short is a number as a reader of a table needs it: four digits that say something.
func short(v float64) string {
	if !finite(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// estimate is a value with its interval. Next to a dash, or in front of a cell, a minus is one that cannot be taken for either.
func estimate(v, low, high float64) string {
	if finite(low) && finite(high) && low < high {
		return strings.TrimSpace(minus(short(v)) + " (" + between(short(low), short(high)) + ")")
	}
	return short(v)
}

// between writes two ends, with a dash unless one of them is below 0.
func between(low, high string) string {
	if strings.HasPrefix(low, "-") {
		return minus(low) + ", " + minus(high)
	}
	return low + "–" + high
}

func minus(number string) string { return strings.Replace(number, "-", "−", 1) }

// column is an optional column's value at a place; not a number if it has none.
func column(values []float64, i int) float64 {
	if i < 0 || i >= len(values) {
		return math.NaN()
	}
	return values[i]
}

// titled joins the name of a group and of what is told of it.
func titled(name, what string) string {
	if name == "" || what == "" {
		return name + what
	}
	return name + ": " + what
}
