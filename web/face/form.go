package face

import (
	"net/url"

	"consilium/lang"
	"consilium/people"
	"consilium/terms"
	"consilium/web/ui"
)

// Field makes an error about one field of a form.
func (q *Request) Field(name, key string) people.ErrInvalid {
	return people.ErrInvalid{Field: name, Text: lang.Phrase(key, nil)}
}

// DayTyped is the date of a posted field, in the one form that dates are kept in: see [terms.Typed].
func (q *Request) DayTyped(name string) string { return terms.Typed(q.PostForm.Get(name)) }

// PasswordHelp says how long a password has to be.
func (q *Request) PasswordHelp() string {
	return q.P("page.password.help", map[string]any{"min": people.MinPassword})
}

// Filled puts what was typed back into fields, and says next to one of them what is wrong with it.
func Filled(q *Request, fields []ui.FieldView, form url.Values, wrong people.ErrInvalid) []ui.FieldView {
	for i := range fields {
		f := &fields[i]
		switch {
		case form == nil: // nothing was typed: what is known stands
		case f.Type == ui.FieldCodes:
			f.Values = form[f.Name]
		case form.Get(f.Name) != "":
			f.Value = form.Get(f.Name)
		}
		if f.Name == wrong.Field {
			f.Error = wrong.Text.In(q.Lang)
		}
	}
	return fields
}

// OptionIs finds the option of a value.
func OptionIs(value string) func(ui.Option) bool {
	return func(o ui.Option) bool { return o.Value == value }
}
