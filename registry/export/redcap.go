package export

import (
	"bufio"
	"encoding/csv"
	"io"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/registry"
)

var redcapHeader = []string{"Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label", "Choices, Calculations, OR Slider Labels", "Field Note",
	"Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
	"Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?", "Field Annotation"}

// REDCapDictionary writes a REDCap data dictionary: one field a column, the record's own id first.
func REDCapDictionary(out io.Writer, t *Table) error {
	w := csv.NewWriter(out)
	w.Write(redcapHeader)
	w.Write(redcapField("record_id", "Record", "text"))
	for _, c := range t.Columns {
		kind, validation := redcapType(c)
		field := redcapField(c.Name, c.Label.En, kind)
		field[5], field[6] = redcapChoices(c), note(c)
		if validation != "" {
			field[7], field[8], field[9] = validation, c.Min, c.Max
		}
		w.Write(field)
	}
	w.Flush()
	return w.Error()
}

func redcapField(name, label, kind string) []string {
	row := make([]string, len(redcapHeader))
	row[0], row[1], row[3], row[4] = name, "registry", kind, label
	return row
}

// redcapType is the type of a field and how its text is checked.
func redcapType(c registry.Column) (kind, validation string) {
	switch c.Kind {
	case registry.Integer:
		return "text", "integer"
	case registry.Decimal:
		return "text", "number"
	case registry.Bool:
		return "yesno", ""
	case registry.Code:
		return "radio", ""
	case registry.Codes:
		return "checkbox", ""
	case registry.Date:
		return "text", "date_ymd"
	}
	return "text", ""
}

// redcapChoices writes "code, label | code, label". A bar in a label would begin another choice.
func redcapChoices(c registry.Column) string {
	if c.Kind != registry.Code && c.Kind != registry.Codes {
		return ""
	}
	codes, labels := levels(c, lang.English)
	list := make([]string, len(codes))
	for i := range codes {
		list[i] = codes[i] + ", " + strings.ReplaceAll(labels[i], "|", "/")
	}
	return strings.Join(list, " | ")
}

func note(c registry.Column) string {
	s := c.Definition.En
	if c.Unit != "" {
		s = strings.TrimSpace(c.Unit + " " + s)
	}
	return s
}

// REDCapRecords writes the rows as REDCap imports them: yes and no as 1 and 0, and a column for each box of a checkbox.
func REDCapRecords(out io.Writer, t *Table) error {
	w := bufio.NewWriterSize(out, 1<<16)
	w.WriteString("record_id")
	for _, c := range t.Columns {
		if c.Kind != registry.Codes {
			w.WriteString("," + c.Name)
			continue
		}
		for _, choice := range c.Choices {
			w.WriteString("," + boxName(c.Name, choice.Code))
		}
	}
	w.WriteByte('\n')
	kase, operation := place(t, "case"), place(t, "operation")
	err := t.Each(func(row []registry.Cell) error {
		w.Write(appendField(w.AvailableBuffer(), row[kase].Value+"-"+row[operation].Value))
		for i, c := range t.Columns {
			redcapCell(w, c, row[i])
		}
		return w.WriteByte('\n')
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// boxName is the column of one box: REDCap writes codes in lower case there, and what is neither letter nor digit as an underscore.
func boxName(column, code string) string {
	return column + "___" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, code)
}

func redcapCell(w *bufio.Writer, c registry.Column, cell registry.Cell) {
	switch c.Kind {
	case registry.Bool:
		w.WriteByte(',')
		switch cell.Value {
		case "true":
			w.WriteByte('1')
		case "false":
			w.WriteByte('0')
		}
	case registry.Codes:
		chosen := strings.Split(cell.Value, "|")
		for _, choice := range c.Choices {
			w.WriteByte(',')
			if cell.Why == "" {
				box := byte('0')
				if slices.Contains(chosen, choice.Code) {
					box = '1'
				}
				w.WriteByte(box)
			}
		}
	case registry.Date:
		w.WriteByte(',')
		w.Write(appendField(w.AvailableBuffer(), cell.Value[:min(len(cell.Value), 10)]))
	default:
		w.WriteByte(',')
		w.Write(appendField(w.AvailableBuffer(), cell.Value))
	}
}
