package main

import (
	"fmt"
	"slices"
	"strings"
)

// table gathers figures of several rounds and shows medians: rows by what was measured, columns by peer.
type table struct {
	rows    []string
	columns []string
	figures map[[2]string][]figure
}

// figure is one measurement.
type figure struct {
	value float64
	show  func(float64) string
}

func newTable() *table { return &table{figures: map[[2]string][]figure{}} }

func (t *table) add(row, column string, value float64, show func(float64) string) {
	if !slices.Contains(t.rows, row) {
		t.rows = append(t.rows, row)
	}
	if !slices.Contains(t.columns, column) {
		t.columns = append(t.columns, column)
	}
	key := [2]string{row, column}
	t.figures[key] = append(t.figures[key], figure{value, show})
}

func perSecond(v float64) string { return fmt.Sprintf("%.0f/s", v) }
func millis(v float64) string    { return fmt.Sprintf("%.3g ms", v) }
func megabytes(v float64) string { return fmt.Sprintf("%.0f MB", v) }

// text is the table in Markdown.
func (t *table) text() string {
	var b strings.Builder
	b.WriteString("| | " + strings.Join(t.columns, " | ") + " |\n|" + strings.Repeat(" --- |", len(t.columns)+1) + "\n")
	for _, row := range t.rows {
		b.WriteString("| " + row + " |")
		for _, column := range t.columns {
			b.WriteString(" " + t.median(row, column) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (t *table) median(row, column string) string {
	list := t.figures[[2]string{row, column}]
	if len(list) == 0 {
		return "–"
	}
	values := make([]float64, len(list))
	for i, f := range list {
		values[i] = f.value
	}
	slices.Sort(values)
	return list[0].show(values[len(values)/2])
}
