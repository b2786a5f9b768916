package export

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"

	"consilium/lang"
	"consilium/registry"
)

// CSV writes the rows (RFC 4180, UTF-8, lines end with a line feed).
func CSV(out io.Writer, t *Table) error {
	w := bufio.NewWriterSize(out, 1<<16)
	for i, c := range t.Columns {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString(c.Name)
	}
	w.WriteByte('\n')
	err := t.Each(func(row []registry.Cell) error {
		for i := range row {
			if i > 0 {
				w.WriteByte(',')
			}
			field(w, row[i].Value)
		}
		return w.WriteByte('\n')
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// field writes one field, in quotation marks where it needs them. A text that a spreadsheet would take for a formula is no cell of ours: cells are numbers, codes and days.
func field(w *bufio.Writer, s string) {
	if !strings.ContainsAny(s, ",\"\n\r") {
		w.WriteString(s)
		return
	}
	w.WriteByte('"')
	w.WriteString(strings.ReplaceAll(s, `"`, `""`))
	w.WriteByte('"')
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

// Missing says of each empty cell why it is empty: the case and the operation, the column, the reason.
func Missing(out io.Writer, t *Table) error {
	w := bufio.NewWriterSize(out, 1<<16)
	w.WriteString("case,operation,column,reason\n")
	kase, operation := place(t, "case"), place(t, "operation")
	err := t.Each(func(row []registry.Cell) error {
		for i := range row {
			if row[i].Why == "" {
				continue
			}
			for k, s := range []string{row[kase].Value, row[operation].Value, t.Columns[i].Name, row[i].Why} {
				if k > 0 {
					w.WriteByte(',')
				}
				field(w, s)
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

// place is where a column stands.
func place(t *Table, name string) int {
	for i, c := range t.Columns {
		if c.Name == name {
			return i
		}
	}
	return 0
}
