package casebook

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms"
)

// record turns one row into drafts.
func (m *Mapping) record(r row, pack *pathway.Pack, now time.Time) (Record, error) {
	rec := Record{Row: r.line, Patient: Patient{Name: r.cell(m.Name), Latin: r.cell(m.Latin), LocalNumber: r.cell(m.Number), Series: m.Series}}
	if rec.Patient.LocalNumber == "" {
		return rec, r.fault(m.Number, "nonumber", nil)
	}
	var err error
	if rec.Patient.BirthDate, err = m.birthDate(r); err != nil {
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
		} else if what := m.untold(r, e); what != "" && e.Undated == leaveOut {
			rec.LeftOut = append(rec.LeftOut, &RowError{Row: r.line, Column: e.Date, Why: lang.Phrase("case.row.leftout", map[string]any{"column": what})})
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

// draft turns a row into one entry, where the row gives one.
func (m *Mapping) draft(r row, e EntrySource, pack *pathway.Pack) (d ledger.Draft, given bool, err error) {
	if e.When.given() {
		if code, err := m.code(r, e.When); err != nil || code == "" {
			return d, false, err
		}
	}
	date, err := m.date(r, e.Date)
	lost := r.cell(e.Lost)
	if err != nil {
		return d, false, err
	}
	if date == "" && lost == "" {
		if what := m.untold(r, e); what != "" && e.Undated != leaveOut {
			return d, false, r.fault(e.Date, "nodate", map[string]any{"column": what})
		}
		return d, false, nil
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

// leaveOut is what [EntrySource.Undated] says where an entry without its date is left out of the row.
const leaveOut = "leave-out"

// untold is the column in which a row tells of an entry although the column of its date is empty: "" where it tells of none. What would be left out
// without a word is a missing operation in every statistic.
func (m *Mapping) untold(r row, e EntrySource) string {
	if date, err := m.date(r, e.Date); err != nil || date != "" || r.cell(e.Lost) != "" {
		return ""
	}
	list := []Source{e.When, e.Procedure, e.Guidance, e.Grade}
	for _, id := range slices.Sorted(maps.Keys(e.Values)) {
		list = append(list, e.Values[id])
	}
	for _, s := range list {
		if cell := r.cell(s.Column); s.Column != "" && s.Column != e.Date && cell != "" && m.missing(s, cell) == "" {
			if code, named := s.Codes[cell]; !named || code != "" {
				return s.Column
			}
		}
	}
	return ""
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
