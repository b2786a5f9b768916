package record

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/terms"
)

// maxWords bounds one text in bytes, below what an entry can hold.
const maxWords = 100_000

// Unfit says what is wrong with a body by itself, without the rest of the thread.
type Unfit struct{ faults []Fault }

func (u *Unfit) Error() string { return u.Tell().En }

// Tell is what is not in form, field by field, as people read it.
func (u *Unfit) Tell() lang.Text {
	list := slices.Clone(u.faults)
	for i, f := range list {
		list[i].Text = lang.Text{En: f.Field + ": " + f.Text.En, Zh: f.Field + "：" + f.Text.Zh}
	}
	return Together(list)
}

// Faults are the fields that are not in form.
func (u *Unfit) Faults() []Fault { return u.faults }

// Checks gathers what is wrong with a body, field by field: what a body's Check method is written with. Fields are called as in its JSON. The zero
// Checks has found nothing.
type Checks struct{ faults []Fault }

// Err is an [*Unfit] with all that was found, or nil.
func (c *Checks) Err() error {
	if len(c.faults) == 0 {
		return nil
	}
	return &Unfit{c.faults}
}

// Need wants something of a field; otherwise the phrase says what. Of each field the first fault is kept.
func (c *Checks) Need(ok bool, field, phrase string) { c.need(ok, field, phrase, nil) }

func (c *Checks) need(ok bool, field, phrase string, args map[string]any) {
	if ok || slices.ContainsFunc(c.faults, func(f Fault) bool { return f.Field == field }) {
		return
	}
	c.faults = append(c.faults, Fault{field, lang.Phrase(phrase, args)})
}

// Text wants words, perhaps, and not too many.
func (c *Checks) Text(field, s string, wanted bool) {
	c.Need(!wanted || strings.TrimSpace(s) != "", field, "record.unfit.missing")
	c.Short(field, s, maxWords)
}

// Short wants a text of at most so many bytes.
func (c *Checks) Short(field, s string, most int) {
	c.need(len(s) <= most, field, "record.unfit.long", map[string]any{"most": most})
}

// Code wants one of the codes.
func (c *Checks) Code(field, s string, codes ...string) {
	c.need(slices.Contains(codes, s), field, "record.unfit.code", map[string]any{"codes": strings.Join(codes, ", ")})
}

// MayCode is Code, where an empty text is an answer too.
func (c *Checks) MayCode(field, s string, codes ...string) {
	if s != "" {
		c.Code(field, s, codes...)
	}
}

// Date wants a date, perhaps partial, where one is given or wanted.
func (c *Checks) Date(field, s string, wanted bool) {
	if s == "" {
		c.Need(!wanted, field, "record.unfit.missing")
		return
	}
	_, err := terms.ParsePartialDate(s)
	c.Need(err == nil, field, "record.unfit.date")
}

// Hospital wants one.
func (c *Checks) Hospital(field string, h ledger.HospitalID) {
	c.Need(!h.IsZero(), field, "record.unfit.missing")
}
