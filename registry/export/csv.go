package export

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"consilium/lang"
	"consilium/registry"
)

// atOnce is how many bytes are gathered before they are written.
const atOnce = 1 << 16

// CSV writes the rows (RFC 4180, UTF-8, lines end with a line feed).
func CSV(out io.Writer, t *Table) error {
	buf := make([]byte, 0, 2*atOnce)
	for i, c := range t.Columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, c.Name...)
	}
	buf = append(buf, '\n')
	err := t.Each(func(row []registry.Cell) error {
		for i := range row {
			if i > 0 {
				buf = append(buf, ',')
			}
			buf = appendField(buf, row[i].Value)
		}
		if buf = append(buf, '\n'); len(buf) < atOnce {
			return nil
		}
		_, err := out.Write(buf)
		buf = buf[:0]
		return err
	})
	if err != nil {
		return err
	}
	_, err = out.Write(buf)
	return err
}

// appendField writes one field, in quotation marks where it needs them. A text that a spreadsheet would take for a formula is no cell of ours: cells are numbers, codes and days.
func appendField(to []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c == ',' || c == '"' || c == '\n' || c == '\r' {
			to = append(to, '"')
			to = append(to, strings.ReplaceAll(s, `"`, `""`)...)
			return append(to, '"')
		}
	}
	return append(to, s...)
}

// Dictionary describes the columns, one a line.
func Dictionary(out io.Writer, t *Table) error {
	w := csv.NewWriter(out)
	w.Write([]string{"column", "label", "label_zh", "type", "unit", "choices", "min", "max", "at", "definition", "codes", "source"})
	for _, c := range t.Columns {
		codes, labels := levels(c, lang.English)
		choices := make([]string, len(codes))
		for i := range codes {
			choices[i] = codes[i] + "=" + labels[i]
		}
		w.Write([]string{c.Name, c.Label.En, c.Label.In(lang.Chinese), string(c.Kind), c.Unit, strings.Join(choices, "|"), c.Min, c.Max, c.At, c.Definition.En, strings.Join(c.Codes, "|"), c.Source})
	}
	w.Flush()
	return w.Error()
}

// Missing says of each empty cell why it is empty, where that is not the usual reason of its column: the case and the operation, the column, the reason. The usual reason
// of each column stands in the reasons. Of twenty thousand operations with some five hundred columns most cells are empty for the same reason as the others of their column.
func Missing(out io.Writer, t *Table) error {
	usual, err := usualReasons(t)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, atOnce)
	w.WriteString("case,operation,column,reason\n")
	kase, operation := place(t, "case"), place(t, "operation")
	err = t.Each(func(row []registry.Cell) error {
		for i := range row {
			if row[i].Why == "" || row[i].Why == usual[i].first() {
				continue
			}
			for k, s := range []string{row[kase].Value, row[operation].Value, t.Columns[i].Name, row[i].Why} {
				if k > 0 {
					w.WriteByte(',')
				}
				w.Write(appendField(w.AvailableBuffer(), s))
			}
			w.WriteByte('\n')
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// Reasons counts why the cells of each column are empty. The usual reason of a column, with yes, is that of every empty cell which missing.csv does not name.
func Reasons(out io.Writer, t *Table) error {
	counts, err := usualReasons(t)
	if err != nil {
		return err
	}
	w := csv.NewWriter(out)
	w.Write([]string{"column", "reason", "cells", "usual"})
	for i, c := range t.Columns {
		for k, r := range counts[i] {
			w.Write([]string{c.Name, r.why, strconv.Itoa(r.cells), map[bool]string{true: "yes", false: "no"}[k == 0]})
		}
	}
	w.Flush()
	return w.Error()
}

// reasonCounts are the reasons of one column, the most frequent first.
type reasonCounts []reasonCount

type reasonCount struct {
	why   string
	cells int
}

// first is the usual reason; none where no cell is empty.
func (r reasonCounts) first() string {
	if len(r) == 0 {
		return ""
	}
	return r[0].why
}

// usualReasons reads all rows once, and counts.
func usualReasons(t *Table) ([]reasonCounts, error) {
	list := make([]reasonCounts, len(t.Columns))
	err := t.Each(func(row []registry.Cell) error {
		for i := range row {
			if why := row[i].Why; why != "" {
				list[i].add(why)
			}
		}
		return nil
	})
	for _, r := range list {
		slices.SortFunc(r, func(a, b reasonCount) int { return cmp.Or(b.cells-a.cells, strings.Compare(a.why, b.why)) })
	}
	return list, err
}

func (r *reasonCounts) add(why string) {
	for i := range *r {
		if (*r)[i].why == why {
			(*r)[i].cells++
			return
		}
	}
	*r = append(*r, reasonCount{why, 1})
}

// place is where a column stands.
func place(t *Table, name string) int {
	for i, c := range t.Columns {
		if c.Name == name {
			return i
		}
	}
	return 0
}
