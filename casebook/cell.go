package casebook

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"consilium/lang"
	"consilium/pathway"
	"consilium/terms"
)

// row is one line of the file.
type row struct {
	line    int
	columns map[string]int
	cells   []string
}

func (r row) cell(column string) string {
	if i, ok := r.columns[column]; ok && i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// fault says what is wrong with a cell, by a phrase under case.row.
func (r row) fault(column, key string, args map[string]any) error {
	return &RowError{Row: r.line, Column: column, Why: lang.Phrase("case.row."+key, args)}
}

// cellFault is fault about the words that stand in the cell.
func (r row) cellFault(column, key, cell string) error {
	return r.fault(column, key, map[string]any{"cell": cell})
}

// values reads the answers of a form. A required one that the table never had is missing, and the reason is that nobody knows.
func (m *Mapping) values(r row, e EntrySource, pack *pathway.Pack) (pathway.Values, error) {
	form := pack.Form(e.Form)
	if form == nil {
		return nil, nil
	}
	values := pathway.Values{}
	if e.Kind == "followup" && slices.ContainsFunc(form.AllFields(), func(f pathway.Field) bool { return f.ID == "followup_point" }) {
		values["followup_point"] = pathway.String(e.Schedule)
	}
	columns := map[string]string{}
	for _, f := range form.AllFields() {
		s, mapped := e.Values[f.ID]
		if !mapped {
			continue
		}
		v, err := m.value(r, s, f)
		if err != nil {
			return nil, err
		}
		if !v.IsZero() {
			values[f.ID], columns[f.ID] = v, s.Column
		}
	}
	for _, p := range pack.Check(e.Form, values) {
		if p.Code != "required" {
			return nil, r.fault(columns[p.Field], "answer", map[string]any{"field": p.Field, "what": lang.Text(p.Text)})
		}
		values[p.Field] = pathway.Missing(pathway.Unknown)
	}
	return values, nil
}

// missing is the reason why a cell has no answer, "" where it has one. A code that is a number counts only where its column names it: 9 is an age as well.
func (m *Mapping) missing(s Source, cell string) string {
	if reason, named := s.Missing[cell]; named {
		return cmp.Or(reason, m.Missing[cell], pathway.Unknown)
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return ""
	}
	return m.Missing[cell]
}

// value reads one answer as the field's type wants it.
func (m *Mapping) value(r row, s Source, f pathway.Field) (pathway.Value, error) {
	cell := cmp.Or(s.Always, r.cell(s.Column))
	if reason := m.missing(s, cell); reason != "" {
		return pathway.Missing(reason), nil
	}
	if cell == "" {
		return pathway.Value{}, nil
	}
	if s.Split != "" || f.Type == pathway.KindCodes {
		return m.codes(r, s, cell)
	}
	if s.Codes != nil {
		code, ok := s.Codes[cell]
		if !ok {
			return pathway.Value{}, r.cellFault(s.Column, "nocode", cell)
		}
		cell = code
	}
	switch f.Type {
	case pathway.KindBool:
		b, err := strconv.ParseBool(cell)
		if err != nil {
			return pathway.Value{}, r.cellFault(s.Column, "yesno", cell)
		}
		return pathway.Bool(b), nil
	case pathway.KindDate, pathway.KindDateTime:
		date, err := m.readDate(r, s.Column, cell)
		return pathway.String(date), err
	case pathway.KindInteger, pathway.KindDecimal:
		return m.quantity(r, s, f, cell)
	}
	return pathway.String(cell), nil
}

func (m *Mapping) codes(r row, s Source, cell string) (pathway.Value, error) {
	var list []string
	for _, part := range strings.Split(cell, cmp.Or(s.Split, ";")) {
		part = strings.TrimSpace(part)
		code, ok := s.Codes[part]
		switch {
		case part == "" || ok && code == "":
		case s.Codes != nil && !ok:
			return pathway.Value{}, r.cellFault(s.Column, "nocode", part)
		default:
			list = append(list, cmp.Or(code, part))
		}
	}
	return pathway.Codes(list...), nil
}

// quantity reads a number and turns it into the pack's unit.
func (m *Mapping) quantity(r row, s Source, f pathway.Field, cell string) (pathway.Value, error) {
	text := cell
	if _, _, comma := strings.Cut(cell, ","); comma && m.Decimal != "," {
		return pathway.Value{}, r.cellFault(s.Column, "comma", cell)
	} else if comma {
		text = strings.Replace(cell, ",", ".", 1)
	} else if m.Decimal == "," && strings.Contains(cell, ".") {
		return pathway.Value{}, r.cellFault(s.Column, "point", cell)
	}
	if s.Unit != "" && s.Unit != f.Unit {
		converted, err := terms.ConvertText(text, s.Unit, f.Unit)
		if err != nil {
			return pathway.Value{}, r.fault(s.Column, "unit", map[string]any{"cell": cell, "unit": s.Unit})
		}
		text = converted
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return pathway.Value{}, r.cellFault(s.Column, "number", cell)
	}
	if f.Type == pathway.KindInteger {
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return pathway.Value{}, r.cellFault(s.Column, "whole", cell)
		}
		return pathway.Int(i), nil
	}
	return pathway.String(text), nil
}

// code reads a code that is not an answer of a form.
func (m *Mapping) code(r row, s Source) (string, error) {
	cell := cmp.Or(s.Always, r.cell(s.Column))
	if cell == "" || m.missing(s, cell) != "" {
		return "", nil
	}
	if s.Codes == nil {
		return cell, nil
	}
	code, ok := s.Codes[cell]
	if !ok {
		return "", r.cellFault(s.Column, "nocode", cell)
	}
	return code, nil
}

func (m *Mapping) age(r row) (*int64, error) {
	cell := cmp.Or(m.Age.Always, r.cell(m.Age.Column))
	if cell == "" || m.missing(m.Age, cell) != "" {
		return nil, nil
	}
	age, err := strconv.ParseInt(cell, 10, 64)
	if err != nil || age < 0 || age > 120 {
		return nil, r.cellFault(m.Age.Column, "age", cell)
	}
	return &age, nil
}
