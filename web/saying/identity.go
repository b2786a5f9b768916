package saying

import (
	"errors"
	"net/url"

	"consilium/casebook"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

// PatientFault says next to its field what cannot be kept of who a patient is.
func PatientFault(q *face.Request, p casebook.Patient, faults map[string]string) {
	var wrong people.ErrInvalid
	if !errors.As(p.Check(), &wrong) {
		return
	}
	field := wrong.Field
	if field == "name" || field == "latin" {
		field = "patient_" + field
	}
	faults[field] = q.Text(wrong.Text)
}

// IdentityFields ask who the patient is.
func IdentityFields(q *face.Request, in url.Values, faults map[string]string) (list []ui.FieldView) {
	for _, f := range []struct {
		name string
		sort ui.FieldType
	}{{"patient_name", ui.FieldText}, {"patient_latin", ui.FieldText}, {"local_number", ui.FieldText}, {"birth_date", ui.FieldDate}, {"telephone", ui.FieldText}} {
		list = append(list, ui.FieldView{Name: f.name, Type: f.sort, Label: q.P("case.field."+face.Dashed(f.name), nil), Value: in.Get(f.name), Error: faults[f.name], Autocomplete: "off"})
	}
	return list
}
