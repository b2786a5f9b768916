package archive

import (
	"fmt"
	"strings"

	"consilium/imaging/dicom"
)

// form is how a key's value is compared.
type form int

const (
	text form = iota // single value or wildcards
	uids             // one of several
	date             // single value or range
	clock
	name
	number
	among // one of several that stand between bars
)

// key is an attribute that searches compare.
type key struct {
	level  Level
	column string
	form   form
}

// keys are all that are compared. The table is the conformance statement's too (docs/imaging.md).
var keys = map[dicom.Tag]key{
	dicom.PatientName:          {Studies, "s.patient_name", name},
	dicom.PatientID:            {Studies, "s.patient_id", text},
	dicom.PatientBirthDate:     {Studies, "s.birth_date", date},
	dicom.PatientSex:           {Studies, "s.sex", text},
	dicom.StudyInstanceUID:     {Studies, "s.study_uid", uids},
	dicom.StudyDate:            {Studies, "s.study_date", date},
	dicom.StudyTime:            {Studies, "s.study_time", clock},
	dicom.AccessionNumber:      {Studies, "s.accession", text},
	dicom.StudyID:              {Studies, "s.study_id", text},
	dicom.StudyDescription:     {Studies, "s.description", text},
	ReferringPhysicianName:     {Studies, "s.referring", name},
	ModalitiesInStudy:          {Studies, "s.modalities", among},
	dicom.SeriesInstanceUID:    {Series, "e.series_uid", uids},
	dicom.Modality:             {Series, "e.modality", text},
	dicom.SeriesNumber:         {Series, "e.number", number},
	dicom.SeriesDescription:    {Series, "e.description", text},
	dicom.BodyPartExamined:     {Series, "e.body_part", text},
	PerformedProcedureStepDate: {Series, "e.performed_date", date},
	PerformedProcedureStepTime: {Series, "e.performed_time", clock},
	dicom.SOPInstanceUID:       {Instances, "i.sop_uid", uids},
	dicom.SOPClassUID:          {Instances, "i.sop_class", uids},
	dicom.InstanceNumber:       {Instances, "i.number", number},
}

// Searchable reports whether a search at a level compares the attribute.
func Searchable(level Level, tag dicom.Tag) bool {
	k, ok := keys[tag]
	if tag == dicom.Modality { // asked of studies, many clients mean that of their series
		return true
	}
	return ok && k.level <= max(level, Studies)
}

// add adds the condition of one key.
func (w *where) add(m Match) error {
	k, ok := keys[m.Tag]
	if !ok {
		return nil
	}
	values := m.Values[:0:0]
	for _, v := range m.Values {
		if v != "" && v != "*" {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return nil
	}
	var either []string
	for _, v := range values {
		one, err := w.condition(k, v)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Tag.Keyword(), err)
		}
		either = append(either, one)
	}
	w.conditions = append(w.conditions, "("+strings.Join(either, " OR ")+")")
	return nil
}

// compared gives a key as this search compares it, and false for one that it does not.
func (q Search) compared(m Match) (Match, bool) {
	if q.Level <= Studies && m.Tag == dicom.Modality {
		m.Tag = ModalitiesInStudy
	}
	return m, Searchable(q.Level, m.Tag)
}

func (w *where) condition(k key, v string) (string, error) {
	switch k.form {
	case uids:
		return k.column + " = " + w.bind(v), nil
	case date:
		return w.between(k.column, v, plainDate, func(p string) string { return p })
	case clock:
		return w.between(k.column, v, plainTime, lastOf)
	case name:
		return k.column + " LIKE " + w.bind("%"+pattern(foldName(v))+"%") + " ESCAPE '!'", nil
	case among:
		return k.column + " LIKE " + w.bind("%|"+pattern(v)+"|%") + " ESCAPE '!'", nil
	case number:
		return k.column + " = " + w.bind(strings.TrimSpace(v)), nil
	}
	if !strings.ContainsAny(v, "*?") {
		return k.column + " = " + w.bind(v), nil
	}
	return "LOWER(" + k.column + ") LIKE LOWER(" + w.bind(pattern(v)) + ") ESCAPE '!'", nil
}

// pattern turns the wildcards of DICOM into those of SQL.
var patterns = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_", "*", "%", "?", "_")

func pattern(v string) string { return patterns.Replace(v) }

// lastOf is the last moment that a time stands for: 1030 is all of that minute.
func lastOf(p string) string {
	if len(p) > 6 {
		return p
	}
	return p + "999999"[len(p):] + ".999999"
}

// between compares with a single value or a range, open on either side. What was not given is in no range. last is the greatest value that the end of
// a range stands for, or a single value that leaves digits out.
func (w *where) between(column, v string, plain, last func(string) string) (string, error) {
	from, to, isRange := strings.Cut(v, "-")
	if !isRange {
		to = from
	}
	condition := column + " <> ''"
	if from != "" {
		p := plain(from)
		if p == "" {
			return "", ErrKey
		}
		condition += " AND " + column + " >= " + w.bind(p)
	}
	if to != "" {
		p := plain(to)
		if p == "" {
			return "", ErrKey
		}
		condition += " AND " + column + " <= " + w.bind(last(p))
	}
	return condition, nil
}
