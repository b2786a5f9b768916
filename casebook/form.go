package casebook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/ledger"
	"consilium/terms"
)

// maxWords bounds one text in bytes, below what an entry can hold.
const maxWords = 100_000

// checks gathers what is wrong with a body, and reports the first.
type checks struct{ err error }

func (c *checks) need(ok bool, format string, a ...any) {
	if c.err == nil && !ok {
		c.err = fmt.Errorf(format, a...)
	}
}

func (c *checks) text(name, s string, wanted bool) {
	c.need(!wanted || strings.TrimSpace(s) != "", "%s is missing", name)
	c.need(len(s) <= maxWords, "%s is longer than %d bytes", name, maxWords)
}

func (c *checks) code(name, s string, codes ...string) {
	c.need(slices.Contains(codes, s), "%s is %q and should be one of %s", name, s, strings.Join(codes, ", "))
}

// mayCode is code, where an empty text is an answer too.
func (c *checks) mayCode(name, s string, codes ...string) {
	if s != "" {
		c.code(name, s, codes...)
	}
}

func (c *checks) date(name, s string, wanted bool) {
	c.need(!wanted || s != "", "%s is missing", name)
	if c.err == nil {
		c.err = checkDate(name, s)
	}
}

func checkDate(name, s string) error {
	if s == "" {
		return nil
	}
	if _, err := terms.ParsePartialDate(s); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (c *checks) hospital(name string, h ledger.HospitalID) {
	c.need(!h.IsZero(), "%s is missing", name)
}

// dateForms are the written forms of dates in entries, by the length of the text.
var dateForms = map[int]string{4: "2006", 7: "2006-01", 10: "2006-01-02", 17: minuteForm, 22: minuteForm}

const minuteForm = "2006-01-02T15:04Z07:00"

// instant is the moment that a written date stands for where one is needed: noon of its first day, in Greenwich, if it has no
// time of day. Zero for no date.
func instant(s string) time.Time {
	form := dateForms[len(s)]
	if form == "" {
		return time.Time{}
	}
	t, err := time.Parse(form, s)
	if err != nil {
		return time.Time{}
	}
	if len(s) <= 10 {
		t = t.Add(12 * time.Hour)
	}
	return t.UTC()
}
