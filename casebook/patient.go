package casebook

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
)

// maxName bounds each thing that is known of who a patient is, in characters.
const maxName = 200

// Check says what cannot be kept of who a patient is, as a [people.ErrInvalid]. It is asked before a case is opened: afterwards there would be a case of nobody.
func (p Patient) Check() error {
	if strings.TrimSpace(p.Name+p.LocalNumber) == "" {
		return people.ErrInvalid{Field: "name", Text: lang.Phrase("case.patient.unnamed", nil)}
	}
	for _, f := range []struct{ field, text string }{{"name", p.Name}, {"latin", p.Latin}, {"local_number", p.LocalNumber}, {"telephone", p.Telephone}} {
		if c, found := ledger.Control(f.text); found || !utf8.ValidString(f.text) {
			return people.ErrInvalid{Field: f.field, Text: lang.Phrase("case.patient.control", map[string]any{"code": fmt.Sprintf("U+%04X", c)})}
		}
		if utf8.RuneCountInString(f.text) > maxName {
			return people.ErrInvalid{Field: f.field, Text: lang.Phrase("case.patient.long", map[string]any{"max": maxName})}
		}
	}
	if checkDate(p.BirthDate) != nil {
		return people.ErrInvalid{Field: "birth_date", Text: lang.Phrase("case.patient.birth-date", nil)}
	}
	return nil
}
