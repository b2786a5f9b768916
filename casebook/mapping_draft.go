package casebook

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"

	"consilium/pathway"
)

// DraftMapping reads a mapping that may lack things yet: one that somebody is putting together. The error is a [MappingError].
func DraftMapping(text []byte) (*Mapping, error) {
	m := newMapping()
	if len(text) == 0 {
		m.Missing = map[string]string{"": pathway.Unknown}
		return m, nil
	}
	return m, m.read(text)
}

// YAML writes a mapping as [ReadMapping] reads it. What is as if it were not given is left out.
func (m *Mapping) YAML() ([]byte, error) {
	text, err := yaml.MarshalWithOptions(*m, yaml.OmitEmpty(), yaml.OmitZero(), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("writing the mapping: %w", err)
	}
	return text, nil
}

// MarshalYAML writes a bare column as a bare word.
func (s Source) MarshalYAML() (any, error) {
	type plain Source
	if s.Always == "" && s.Codes == nil && s.Unit == "" && s.Missing == nil && s.Split == "" {
		return s.Column, nil
	}
	return plain(s), nil
}

// From tells where a goal comes from.
func (m *Mapping) From(g Goal) Source {
	column, source, values := m.place(g)
	switch {
	case column != nil:
		return Source{Column: *column}
	case source != nil:
		return *source
	}
	return values[g.Field]
}

// Put lets a goal come from somewhere. The entry is made where it is the first of its answers, and goes with the last one.
func (m *Mapping) Put(g Goal, from Source) {
	if g.Kind != "" && m.entry(g) == nil {
		m.Entries = append(m.Entries, newEntrySource(g))
		slices.SortStableFunc(m.Entries, func(a, b EntrySource) int { return slices.Index(entryOrder, a.Kind) - slices.Index(entryOrder, b.Kind) })
	}
	column, source, values := m.place(g)
	switch {
	case column != nil:
		*column = from.Column
	case source != nil:
		*source = from
	case !from.given():
		delete(values, g.Field)
	case values != nil:
		values[g.Field] = from
	}
	m.Entries = slices.DeleteFunc(m.Entries, EntrySource.empty)
}

// Uses are the goals of a place list that come from a column.
func (m *Mapping) Uses(column string, goals []Goal) (list []Goal) {
	for _, g := range goals {
		if column != "" && m.From(g).Column == column {
			list = append(list, g)
		}
	}
	return list
}

// entryOrder is in which order a row's entries are said.
var entryOrder = []string{"finding", "operation", "followup", "complication"}

func newEntrySource(g Goal) EntrySource {
	e := EntrySource{Kind: g.Kind, Form: g.Form, Values: map[string]Source{}}
	switch g.Kind {
	case "followup":
		e.Schedule = g.Code
	case "complication":
		e.Code = g.Code
	}
	return e
}

// empty tells that nothing of a row goes into an entry.
func (e EntrySource) empty() bool {
	return e.Date == "" && e.Lost == "" && len(e.Values) == 0 && !e.When.given() && !e.Procedure.given() && !e.Guidance.given() && !e.Grade.given()
}

func (m *Mapping) entry(g Goal) *EntrySource {
	for i, e := range m.Entries {
		code := ""
		switch e.Kind {
		case "followup":
			code = e.Schedule
		case "complication":
			code = e.Code
		}
		if e.Kind == g.Kind && e.Form == g.Form && code == g.Code {
			return &m.Entries[i]
		}
	}
	return nil
}

// place is where a mapping keeps the source of a goal: a column, a source, or one of the answers of an entry.
func (m *Mapping) place(g Goal) (column *string, source *Source, values map[string]Source) {
	if g.Kind == "" {
		columns := map[string]*string{"number": &m.Number, "name": &m.Name, "latin": &m.Latin, "birth": &m.Birth}
		sources := map[string]*Source{"age": &m.Age, "sex": &m.Sex, "side": &m.Side}
		return columns[g.Field], sources[g.Field], nil
	}
	e := m.entry(g)
	if e == nil {
		return nil, nil, nil
	}
	if e.Values == nil {
		e.Values = map[string]Source{}
	}
	columns := map[string]*string{"@date": &e.Date, "@lost": &e.Lost}
	sources := map[string]*Source{"@when": &e.When, "@procedure": &e.Procedure, "@guidance": &e.Guidance, "@grade": &e.Grade}
	return columns[g.Field], sources[g.Field], e.Values
}

// Code lets a cell of a column mean one of the goal's codes; "" is no word on it. Where reason is given the cell has no answer, for that reason.
func (s *Source) Code(cell, code, reason string) {
	delete(s.Codes, cell)
	delete(s.Missing, cell)
	switch {
	case reason != "":
		if s.Missing == nil {
			s.Missing = Reasons{}
		}
		s.Missing[cell] = reason
	case code != "":
		if s.Codes == nil {
			s.Codes = map[string]string{}
		}
		s.Codes[cell] = code
	}
	if len(s.Codes) == 0 {
		s.Codes = nil
	}
	if len(s.Missing) == 0 {
		s.Missing = nil
	}
}
