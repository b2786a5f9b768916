package casebook

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/terms"
)

// Mapping says which column of a hospital's table is which answer of the pathway. It is written in YAML:
//
//	pathway: hfs-mvd
//	source: hospital database 2019–2025
//	dates: 2006/1/2                       # how dates are written: this day, as the table writes it
//	missing: {"": unknown, "9": refused}  # cells without an answer, in any column
//	number: case_no                       # the hospital's own number: a row with a known one is skipped
//	name: name
//	title: Hemifacial spasm
//	urgency: routine
//	age: age
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
	Separator string            `yaml:"separator"` // of the table's cells; a comma where it is not given
	Dates     string            `yaml:"dates"`     // Go's layout of the table's dates; 2006-01-02 where it is not given
	Missing   map[string]string `yaml:"missing"`
	Number    string            `yaml:"number"`
	Name      string            `yaml:"name"`
	Latin     string            `yaml:"latin"`
	Birth     string            `yaml:"birth"`
	Title     string            `yaml:"title"` // words, not a column
	Urgency   string            `yaml:"urgency"`
	Age       string            `yaml:"age"`
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
	Lost      string            `yaml:"lost"` // column that says why nobody knows
	Code      string            `yaml:"code"` // of the complication
	Grade     Source            `yaml:"grade"`
	Values    map[string]Source `yaml:"values"`
}

// Source is where an answer comes from: a column with its codes and unit, or the same words in every row.
type Source struct {
	Column  string            `yaml:"column"`
	Always  string            `yaml:"always"`
	Codes   map[string]string `yaml:"codes"`   // the table's code to the pack's; a code that is not named is an error
	Unit    string            `yaml:"unit"`    // of the table, in UCUM, where it is not the pack's
	Missing map[string]string `yaml:"missing"` // cells without an answer, with the reason; before those of the mapping
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

// NoPathway says that the pathway which a mapping names is not here.
func NoPathway(id string) error { return mappingFault("nopathway", map[string]any{"id": id}) }

// ReadMapping reads a mapping and checks it against the pack. The error is a [MappingError].
func ReadMapping(text []byte, pack *pathway.Pack) (*Mapping, error) {
	m := &Mapping{Dates: time.DateOnly, Urgency: "routine"}
	document, err := pathway.Document(text, "mapping") // under its limits: a short file must not unfold into a long one
	if err != nil {
		return nil, mappingFault("yaml", map[string]any{"what": err.Error()})
	}
	if err := yaml.NodeToValue(document, m, yaml.Strict()); err != nil {
		return nil, mappingFault("yaml", map[string]any{"what": err.Error()})
	}
	if faults := m.check(pack); len(faults) > 0 {
		return nil, &MappingError{faults}
	}
	return m, nil
}

// mappingCheck gathers what is wrong with a mapping.
type mappingCheck []lang.Text

func (c *mappingCheck) need(ok bool, key string, args map[string]any) {
	if !ok {
		*c = append(*c, lang.Phrase("case.mapping."+key, args))
	}
}

func (c *mappingCheck) code(name, value string, codes ...string) {
	c.need(slices.Contains(codes, value), "code", map[string]any{"name": name, "value": value, "codes": strings.Join(codes, ", ")})
}

func (c *mappingCheck) reasons(m map[string]string) {
	for _, cell := range slices.Sorted(maps.Keys(m)) {
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
	c.reasons(m.Missing)
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
		c.reasons(s.Missing)
	}
	return c
}

// wanted are the columns that the mapping names.
func (m *Mapping) wanted() []string {
	list := []string{m.Number, m.Name, m.Latin, m.Birth, m.Age, m.Sex.Column, m.Side.Column}
	for _, e := range m.Entries {
		list = append(list, e.Date, e.When.Column, e.Procedure.Column, e.Guidance.Column, e.Lost, e.Grade.Column)
		for _, s := range e.Values {
			list = append(list, s.Column)
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
}

// record turns one row into drafts.
func (m *Mapping) record(r row, pack *pathway.Pack, now time.Time) (Record, error) {
	rec := Record{Row: r.line, Patient: Patient{Name: r.cell(m.Name), Latin: r.cell(m.Latin), LocalNumber: r.cell(m.Number)}}
	if rec.Patient.LocalNumber == "" {
		return rec, r.fault(m.Number, "nonumber", nil)
	}
	var err error
	if rec.Patient.BirthDate, err = m.date(r, m.Birth); err != nil {
		return rec, err
	}
	o := Opened{Pathway: m.Pathway, SubSpecialty: pack.SubSpecialty, Title: m.Title, Urgency: m.Urgency, History: m.Source, Demo: m.Demo}
	if o.Sex, err = m.code(r, m.Sex); err != nil {
		return rec, err
	}
	if o.Side, err = m.code(r, m.Side); err != nil {
		return rec, err
	}
	if o.Age, err = m.age(r); err != nil {
		return rec, err
	}
	if err := o.Check(); err != nil {
		return rec, &RowError{Row: r.line, Why: lang.Same(err.Error())}
	}
	rec.Opening = o
	for _, e := range m.Entries {
		d, given, err := m.draft(r, e, pack)
		if err != nil {
			return rec, err
		}
		if given {
			rec.Drafts = append(rec.Drafts, d)
		}
	}
	if ended(rec.Drafts, now) {
		rec.Drafts = append(rec.Drafts, ledger.Draft{Kind: KindClosed, Says: Closed{Outcome: "done", Note: m.Source}})
	}
	return rec, nil
}

// ended tells whether the last appointment after the operation is past: nobody waits for anything more of such a case.
func ended(drafts []ledger.Draft, now time.Time) bool {
	var last time.Time
	for _, d := range drafts {
		if o, ok := d.Says.(Operation); ok {
			for _, u := range o.FollowUps {
				if t := terms.Midday(u.Until); t.After(last) {
					last = t
				}
			}
		}
	}
	return !last.IsZero() && last.Before(now)
}

func (m *Mapping) age(r row) (*int64, error) {
	cell := r.cell(m.Age)
	if m.Age == "" || m.missing(Source{}, cell) != "" || cell == "" {
		return nil, nil
	}
	age, err := strconv.ParseInt(cell, 10, 64)
	if err != nil || age < 0 || age > 120 {
		return nil, r.cellFault(m.Age, "age", cell)
	}
	return &age, nil
}

// draft turns a row into one entry, where the row gives one.
func (m *Mapping) draft(r row, e EntrySource, pack *pathway.Pack) (d ledger.Draft, given bool, err error) {
	if e.When.given() {
		if code, err := m.code(r, e.When); err != nil || code == "" {
			return d, false, err
		}
	}
	date, err := m.date(r, e.Date)
	lost := r.cell(e.Lost)
	if err != nil || date == "" && lost == "" {
		return d, false, err
	}
	d = ledger.Draft{Kind: "case." + e.Kind, At: date, Pack: PackRef(pack)}
	var values pathway.Values
	if lost == "" {
		if values, err = m.values(r, e, pack); err != nil {
			return d, false, err
		}
	}
	d.Says, err = m.says(r, e, pack, date, lost, values)
	return d, err == nil, err
}

func (m *Mapping) says(r row, e EntrySource, pack *pathway.Pack, date, lost string, values pathway.Values) (any, error) {
	form := e.Form
	if len(values) == 0 {
		form = ""
	}
	switch e.Kind {
	case "operation":
		procedure, err1 := m.code(r, e.Procedure)
		guidance, err2 := m.code(r, e.Guidance)
		return Operation{Date: date, Procedure: procedure, Guidance: guidance, Form: form, Values: values, FollowUps: DueList(pack, date)}, cmp.Or(err1, err2)
	case "followup":
		note := ""
		if lost == "" && len(values) == 0 {
			note = "seen"
		}
		return FollowUp{Schedule: e.Schedule, Date: date, Lost: lost, Form: form, Values: values, Note: note}, nil
	case "complication":
		grade, err := m.code(r, e.Grade)
		return Complication{Code: e.Code, Grade: grade, Date: date, Form: form, Values: values}, err
	}
	return Finding{Form: form, Values: values}, nil
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

func (m *Mapping) missing(s Source, cell string) string {
	return cmp.Or(s.Missing[cell], m.Missing[cell])
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
		return quantity(r, s, f, cell)
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
func quantity(r row, s Source, f pathway.Field, cell string) (pathway.Value, error) {
	text := cell
	if s.Unit != "" && s.Unit != f.Unit {
		converted, err := terms.ConvertText(cell, s.Unit, f.Unit)
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

func (m *Mapping) date(r row, column string) (string, error) {
	cell := r.cell(column)
	if column == "" || cell == "" || m.Missing[cell] != "" {
		return "", nil
	}
	return m.readDate(r, column, cell)
}

// readDate takes the table's own way of writing dates, and ours.
func (m *Mapping) readDate(r row, column, cell string) (string, error) {
	if t, err := time.Parse(m.Dates, cell); err == nil {
		return t.Format(time.DateOnly), nil
	}
	if checkDate(cell) == nil {
		return cell, nil
	}
	return "", r.fault(column, "date", map[string]any{"cell": cell, "layout": m.Dates})
}

// MappingPathway gives the pathway that a mapping names, without checking the rest: the pack has to be found before it can be checked.
func MappingPathway(text []byte) string {
	var m struct {
		Pathway string `yaml:"pathway"`
	}
	document, err := pathway.Document(text, "mapping")
	if err != nil || yaml.NodeToValue(document, &m) != nil {
		return ""
	}
	return m.Pathway
}
