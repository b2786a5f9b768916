package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"consilium/imaging/dicom"
)

// Search says what to look for.
type Search struct {
	Level Level
	Match []Match
	// Limit is the most answers, 0 for all; Offset how many are passed over before.
	Limit, Offset int
}

// Match is one key of a search and the values that fit. Values have the forms of PS3.4 section C.2.2.2: a single value, a text with * and ?, a range with
// a hyphen for dates and times, one of several UIDs. An empty value fits all.
type Match struct {
	Tag    dicom.Tag
	Values []string
}

// ErrKey: a key's value is not of the form that the key has.
var ErrKey = errors.New("this value does not fit the attribute")

// Found is one answer: the attributes of its level and those above it, with the counts and what is computed.
type Found struct {
	Level                Level
	Study, Series        string
	UID                  string // of the instance
	Transfer             string
	Modalities           []string // in the study
	SeriesCount          int      // of the study
	StudyInstances       int
	SeriesInstances      int
	PatientStudies       int
	study, series, image []byte
}

// Dataset is the answer as a data set: all attributes that are kept of its levels.
func (f *Found) Dataset() (*dicom.Dataset, error) {
	all, err := readAttributes(f.study)
	if err != nil {
		return nil, err
	}
	for _, part := range [][]byte{f.series, f.image} {
		d, err := readAttributes(part)
		if err != nil {
			return nil, err
		}
		for _, e := range d.Elements {
			all.Set(e)
		}
	}
	if f.Level == Patients {
		f.onlyPatient(all)
		return all, nil
	}
	all.SetString(ModalitiesInStudy, f.Modalities...)
	all.SetInt(NumberOfStudyRelatedSeries, f.SeriesCount)
	all.SetInt(NumberOfStudyRelatedInstance, f.StudyInstances)
	if f.Level >= Series {
		all.SetInt(NumberOfSeriesRelated, f.SeriesInstances)
	}
	if f.Level == Instances {
		all.SetString(AvailableTransferSyntaxUID, f.Transfer)
	}
	all.SetString(InstanceAvailability, "ONLINE")
	return all, nil
}

func (f *Found) onlyPatient(all *dicom.Dataset) {
	kept := map[dicom.Tag]bool{dicom.SpecificCharacterSet: true}
	for _, t := range patientTags {
		kept[t] = true
	}
	var others []dicom.Tag
	for _, e := range all.Elements {
		if !kept[e.Tag] {
			others = append(others, e.Tag)
		}
	}
	for _, t := range others {
		all.Delete(t)
	}
	all.SetInt(NumberOfPatientStudies, f.PatientStudies)
}

// tables of a search at each level, and what is read of them.
var (
	searchFrom = map[Level]string{
		Patients: `image_study s`,
		Studies:  `image_study s`,
		Series:   `image_series e JOIN image_study s ON s.study_uid = e.study_uid`,
		Instances: `image_instance i JOIN image_series e ON e.series_uid = i.series_uid
			JOIN image_study s ON s.study_uid = i.study_uid`,
	}
	searchColumns = map[Level]string{
		Patients:  `s.study_uid, s.modalities, s.series_count, s.instance_count, s.attributes`,
		Studies:   `s.study_uid, s.modalities, s.series_count, s.instance_count, s.attributes`,
		Series:    `s.study_uid, s.modalities, s.series_count, s.instance_count, s.attributes, e.series_uid, e.instance_count, e.attributes`,
		Instances: `s.study_uid, s.modalities, s.series_count, s.instance_count, s.attributes, e.series_uid, e.instance_count, e.attributes, i.sop_uid, i.transfer, i.attributes`,
	}
	searchOrder = map[Level]string{
		Patients:  `s.patient_id, s.study_uid`,
		Studies:   `s.study_date DESC, s.study_time DESC, s.study_uid DESC`,
		Series:    `s.study_date DESC, s.study_time DESC, s.study_uid DESC, e.series_uid`,
		Instances: `s.study_date DESC, s.study_time DESC, s.study_uid DESC, e.series_uid, i.position, i.sop_uid`,
	}
)

// Search calls yield with each answer in a fixed order, newest studies first, and stops with its error. Keys that are not compared here are told by
// [Searchable] and fit everything.
func (a *Archive) Search(ctx context.Context, q Search, yield func(*Found) error) error {
	w := where{}
	for _, m := range q.Match {
		if m, ok := q.compared(m); ok {
			if err := w.add(m); err != nil {
				return err
			}
		}
	}
	if q.Level == Patients {
		w.onePerPatient()
	}
	text := `SELECT ` + searchColumns[q.Level]
	if q.Level == Patients {
		text += `, (SELECT COUNT(*) FROM image_study o WHERE ` + samePatient + `)`
	}
	text += ` FROM ` + searchFrom[q.Level] + w.text() + ` ORDER BY ` + searchOrder[q.Level]
	if q.Limit > 0 {
		text += ` LIMIT ` + w.bind(q.Limit)
	} else if q.Offset > 0 {
		text += ` LIMIT 9000000000000000000`
	}
	if q.Offset > 0 {
		text += ` OFFSET ` + w.bind(q.Offset)
	}
	return a.Tables.View(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, text, w.args...)
		if err != nil {
			return fmt.Errorf("searching the images: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			f := &Found{Level: q.Level}
			if err := f.scan(rows); err != nil {
				return fmt.Errorf("searching the images: %w", err)
			}
			if err := yield(f); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func (f *Found) scan(rows *sql.Rows) error {
	var modalities string
	into := []any{&f.Study, &modalities, &f.SeriesCount, &f.StudyInstances, &f.study}
	switch f.Level {
	case Patients:
		into = append(into, &f.PatientStudies)
	case Series:
		into = append(into, &f.Series, &f.SeriesInstances, &f.series)
	case Instances:
		into = append(into, &f.Series, &f.SeriesInstances, &f.series, &f.UID, &f.Transfer, &f.image)
	}
	err := rows.Scan(into...)
	for m := range strings.SplitSeq(strings.Trim(modalities, "|"), "|") {
		f.Modalities = append(f.Modalities, m)
	}
	return err
}

// where gathers conditions and their arguments.
type where struct {
	conditions []string
	args       []any
}

// samePatient holds for studies of one patient: of one ID, and without an ID of one name and date of birth.
const samePatient = `o.patient_id = s.patient_id AND (s.patient_id <> '' OR o.patient_name = s.patient_name AND o.birth_date = s.birth_date)`

// onePerPatient has one study stand for each patient: the first of those that fit. A patient is found by what any study says, for studies of one patient may differ
// in the name, which was corrected, or is written in another script.
func (w *where) onePerPatient() {
	fits := samePatient
	for _, c := range w.conditions {
		fits += ` AND ` + strings.ReplaceAll(c, "s.", "o.")
	}
	w.conditions = []string{`s.study_uid = (SELECT MIN(o.study_uid) FROM image_study o WHERE ` + fits + `)`}
}

func (w *where) text() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(w.conditions, ` AND `)
}

// bind adds an argument and returns how the text names it.
func (w *where) bind(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}
