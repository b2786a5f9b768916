package casebook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"consilium/lang"
	"consilium/pathway"
	"consilium/record"
	"consilium/terms/sheet"
)

// Mapping says which column of a hospital's table is which answer of the pathway. It is written in YAML:
//
//	pathway: hfs-mvd
//	source: hospital database 2019–2025
//	dates: 2006/1/2                       # how dates are written: 2 January 2006 as the table writes it; or excel, excel1904: serial numbers
//	missing: {"": unknown, NA: unknown, "9": refused} # cells without an answer. A code that is a number counts only for columns that name it
//	number: case_no                       # the hospital's own number of the patient
//	name: name
//	title: Hemifacial spasm
//	urgency: routine
//	age: {column: age, missing: ["99"]}    # names the code 99, which is a number
//	sex: {column: sex, codes: {F: female, M: male}}
//	entries:
//	  - kind: finding
//	    form: examination
//	    date: admitted
//	    values:
//	      smc: {column: grade, codes: {"1": "1", "2": "2"}}
//	      hemoglobin: {column: hb, unit: g/dL}   # turned into the pack's unit
//	  - kind: operation
//	    form: operation
//	    date: op_date
//	    procedure: {column: op, codes: {E: mvd_endoscopic, M: mvd_microscopic}}
//	  - kind: followup
//	    schedule: m12
//	    form: followup
//	    date: fu_date
//	    lost: lost_reason
//	    values: {…}
//	  - kind: complication
//	    when: {column: hearing, codes: {"1": "yes"}}   # only where this gives something
//	    code: hearing_loss
//	    date: op_date
type Mapping struct {
	Pathway   string            `yaml:"pathway"`
	Source    string            `yaml:"source"`
	Encoding  string            `yaml:"encoding"`  // of the table; somebody has to name it where the bytes do not prove it
	Separator string            `yaml:"separator"` // of the table's cells; found out where it is not given
	Decimal   string            `yaml:"decimal"`   // "," where the table writes 13,2; a point where it is not given
	Dates     string            `yaml:"dates"`     // Go's layout of the table's dates, or excel, excel1904; 2006-01-02 where it is not given
	Missing   map[string]string `yaml:"missing"`
	Series    string            `yaml:"series"`      // whose numbers these are, where two series of the hospital have the same numbers
	Known     string            `yaml:"corrections"` // what becomes of a row that says something else than what is here: refuse where it is not given, or amend
	Number    string            `yaml:"number"`
	Name      string            `yaml:"name"`
	Latin     string            `yaml:"latin"`
	Birth     string            `yaml:"birth"`
	Title     string            `yaml:"title"` // words, not a column
	Urgency   string            `yaml:"urgency"`
	Age       Source            `yaml:"age"`
	Sex       Source            `yaml:"sex"`
	Side      Source            `yaml:"side"`
	Demo      bool              `yaml:"demo"`
	Entries   []EntrySource     `yaml:"entries"`
}

// EntrySource is one entry that each row gives.
type EntrySource struct {
	Kind      string            `yaml:"kind"` // "finding", "operation", "followup", "complication"
	Form      string            `yaml:"form"`
	Date      string            `yaml:"date"` // column
	When      Source            `yaml:"when"` // the row gives this entry only where this gives something
	Procedure Source            `yaml:"procedure"`
	Guidance  Source            `yaml:"guidance"`
	Schedule  string            `yaml:"schedule"`
	Lost      string            `yaml:"lost"`    // column that says why nobody knows
	Undated   string            `yaml:"undated"` // what becomes of a row that tells of the entry and not its date: refuse where it is not given, or leave-out
	Code      string            `yaml:"code"`    // of the complication
	Grade     Source            `yaml:"grade"`
	Values    map[string]Source `yaml:"values"`
}

// Source is where an answer comes from: a column with its codes and unit, or the same words in every row.
type Source struct {
	Column  string            `yaml:"column"`
	Always  string            `yaml:"always"`
	Codes   map[string]string `yaml:"codes"`   // the table's code to the pack's; a code that is not named is an error
	Unit    string            `yaml:"unit"`    // of the table, in UCUM, where it is not the pack's
	Missing Reasons           `yaml:"missing"` // cells without an answer, with the reason; before those of the mapping
	Split   string            `yaml:"split"`   // between the codes of one cell
}

// UnmarshalYAML takes a bare word for a column.
func (s *Source) UnmarshalYAML(text []byte) error {
	var column string
	if yaml.Unmarshal(text, &column) == nil {
		*s = Source{Column: column}
		return nil
	}
	type plain Source
	return yaml.UnmarshalWithOptions(text, (*plain)(s), yaml.Strict())
}

// Reasons are codes of cells without an answer, each with the reason why. A list of codes takes the reasons from the mapping's own.
type Reasons map[string]string

// UnmarshalYAML takes a list too.
func (m *Reasons) UnmarshalYAML(text []byte) error {
	var list []string
	if yaml.Unmarshal(text, &list) == nil {
		*m = Reasons{}
		for _, code := range list {
			(*m)[code] = ""
		}
		return nil
	}
	return yaml.UnmarshalWithOptions(text, (*map[string]string)(m), yaml.Strict())
}

func (s Source) given() bool { return s.Column != "" || s.Always != "" }

// MappingError says what is wrong with a mapping, each thing as people read it.
type MappingError struct{ Why []lang.Text }

func (e *MappingError) Error() string { return "the mapping: " + record.Together(e.Faults()).En }

// Tell is all of it, as people read it.
func (e *MappingError) Tell() lang.Text { return record.Together(e.Faults()) }

// Faults are the reasons, each about the mapping.
func (e *MappingError) Faults() []record.Fault {
	list := make([]record.Fault, len(e.Why))
	for i, why := range e.Why {
		list[i] = record.Fault{Field: "mapping", Text: why}
	}
	return list
}

// mappingFault is one thing that is wrong, by a phrase under case.mapping.
func mappingFault(key string, args map[string]any) *MappingError {
	return &MappingError{[]lang.Text{lang.Phrase("case.mapping."+key, args)}}
}

// ReadMapping reads a mapping and checks it against the pack. The error is a [MappingError].
func ReadMapping(text []byte, pack *pathway.Pack) (*Mapping, error) {
	return OpenMapping(text, func(string, string) *pathway.Pack { return pack })
}

// OpenMapping is ReadMapping where the pack has to be found first, by the pathway that the mapping names. The text is parsed once: what a parser makes of it takes four hundred times its bytes.
func OpenMapping(text []byte, find func(id, version string) *pathway.Pack) (*Mapping, error) {
	m := newMapping()
	if err := m.read(text); err != nil {
		return nil, err
	}
	pack := find(m.Pathway, "")
	if pack == nil {
		return nil, mappingFault("nopathway", map[string]any{"id": m.Pathway})
	}
	if faults := m.check(pack); len(faults) > 0 {
		return nil, &MappingError{faults}
	}
	return m, nil
}

// newMapping is what holds where a mapping does not say it.
func newMapping() *Mapping {
	return &Mapping{Dates: time.DateOnly, Urgency: "routine", Known: "refuse"}
}

// read reads YAML under its limits: a short file must not unfold into a long one.
func (m *Mapping) read(text []byte) error {
	document, err := pathway.Document(text, "mapping")
	if err == nil {
		err = fewEntries(document)
	}
	if err == nil {
		err = yaml.NodeToValue(document, m, yaml.Strict())
	}
	if err != nil {
		return mappingFault("yaml", map[string]any{"what": err.Error()})
	}
	return nil
}

// A row gives at most mostEntries entries, and so many faults of a mapping are told at once: a short file must not have a long answer.
const (
	mostEntries = 200
	mostFaults  = 50
)

// fewEntries counts the entries that a row gives, before they are made.
func fewEntries(document ast.Node) error {
	whole, ok := document.(*ast.MappingNode)
	if !ok {
		return nil // what it is instead is told by who reads it
	}
	for _, v := range whole.Values {
		if list, ok := v.Value.(*ast.SequenceNode); ok && len(list.Values) > mostEntries {
			return fmt.Errorf("%s: %d in a list, at most %d", v.Key.String(), len(list.Values), mostEntries)
		}
	}
	return nil
}

// mappingCheck gathers what is wrong with a mapping.
type mappingCheck []lang.Text

func (c *mappingCheck) need(ok bool, key string, args map[string]any) {
	if !ok && len(*c) < mostFaults {
		*c = append(*c, lang.Phrase("case.mapping."+key, args))
	}
}

func (c *mappingCheck) code(name, value string, codes ...string) {
	c.need(slices.Contains(codes, value), "code", map[string]any{"name": name, "value": value, "codes": strings.Join(codes, ", ")})
}

func (c *mappingCheck) reasons(m map[string]string, own bool) {
	for _, cell := range slices.Sorted(maps.Keys(m)) {
		if m[cell] == "" && own {
			continue // the reason stands at the mapping itself
		}
		c.code(`missing: "`+cell+`"`, m[cell], pathway.Unknown, pathway.NotDone, pathway.Refused, pathway.NotApplicable)
	}
}

func (m *Mapping) check(pack *pathway.Pack) []lang.Text {
	var c mappingCheck
	for _, f := range []struct{ name, text string }{{"number", m.Number}, {"title", m.Title}, {"source", m.Source}} {
		c.need(strings.TrimSpace(f.text) != "", "missing", map[string]any{"name": f.name})
	}
	c.code("urgency", m.Urgency, Urgencies...)
	c.need(utf8.RuneCountInString(m.Separator) <= 1, "separator", nil)
	c.reasons(m.Missing, false)
	c.reasons(m.Age.Missing, true)
	c.code("decimal", cmp.Or(m.Decimal, "."), ".", ",")
	c.code("corrections", m.Known, "refuse", "amend")
	if m.Encoding != "" {
		_, err := sheet.ByName(m.Encoding)
		c.need(err == nil, "code", map[string]any{"name": "encoding", "value": m.Encoding, "codes": strings.Join(sheet.Encodings, ", ")})
	}
	if pack == nil || m.Pathway != pack.ID {
		c.need(false, "nopathway", map[string]any{"id": m.Pathway})
		return c
	}
	for i, e := range m.Entries {
		for _, what := range e.check(pack) {
			c.need(false, "entry", map[string]any{"n": strconv.Itoa(i + 1), "kind": e.Kind, "what": what})
		}
	}
	return c
}

func (e EntrySource) check(pack *pathway.Pack) []lang.Text {
	var c mappingCheck
	c.code("kind", e.Kind, "finding", "operation", "followup", "complication")
	c.need(e.Date != "", "date", nil)
	c.code("undated", cmp.Or(e.Undated, "refuse"), "refuse", "leave-out")
	c.need(e.Kind != "followup" || pack.FollowUp(e.Schedule) != nil, "followup", map[string]any{"id": e.Schedule})
	c.need(e.Kind != "complication" || pack.Complication(e.Code) != nil, "complication", map[string]any{"id": e.Code})
	form := pack.Form(e.Form)
	c.need(len(e.Values) == 0 || form != nil, "form", map[string]any{"id": e.Form})
	if form == nil {
		return c
	}
	for _, id := range slices.Sorted(maps.Keys(e.Values)) {
		s := e.Values[id]
		c.need(slices.ContainsFunc(form.AllFields(), func(f pathway.Field) bool { return f.ID == id }), "field", map[string]any{"form": e.Form, "id": id})
		c.need(s.given(), "from", map[string]any{"id": id})
		c.reasons(s.Missing, true)
	}
	return c
}

// wanted are the columns that the mapping names.
func (m *Mapping) wanted() []string {
	list := []string{m.Number, m.Name, m.Latin, m.Birth, m.Age.Column, m.Sex.Column, m.Side.Column}
	for _, e := range m.Entries {
		list = append(list, e.Date, e.When.Column, e.Procedure.Column, e.Guidance.Column, e.Lost, e.Grade.Column)
		for _, s := range e.Values {
			list = append(list, s.Column)
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
}
