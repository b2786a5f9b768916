package casebook

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/lang"
	"consilium/terms"
)

// The age of a patient is told in years, of a child below two years in months, and of one below two months in days: a newborn and an eleven-month-old are not both
// nought years old.

// ageUnit is the unit that people of either language write behind an age: "years", "months" or "days"; the plain number is of years. Empty: none of them.
func ageUnit(written string) string {
	if written == "" {
		return "years"
	}
	for _, unit := range []string{"years", "months", "days"} {
		for _, l := range lang.Languages {
			if slices.Contains(strings.Split(lang.P(l, "case.age-units."+unit, nil), "|"), written) {
				return unit
			}
		}
	}
	return ""
}

// SetAge reads an age as people write it: "47", "5 mo", "12 d", or the same in Chinese. Not ok for what is none.
func (o *Opened) SetAge(text string) bool {
	text = strings.TrimSpace(text)
	digits := strings.IndexFunc(text+" ", func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.ParseInt(text[:digits], 10, 64)
	unit := ageUnit(strings.ToLower(strings.TrimSpace(text[min(digits, len(text)):])))
	if err != nil || unit == "" {
		return false
	}
	o.Age, o.AgeMonths, o.AgeDays = &n, nil, nil
	switch unit {
	case "months":
		o.months(n)
	case "days":
		o.days(n)
	}
	return o.Age != nil && *o.Age <= 120
}

func (o *Opened) months(n int64) {
	years := n / 12
	if o.Age = &years; n < 24 {
		o.AgeMonths = &n
	}
}

func (o *Opened) days(n int64) {
	if n >= 62 {
		o.months(n * 12 / 365)
		return
	}
	var years int64
	o.Age, o.AgeDays = &years, &n
}

// AgeText is an age as it is typed into a form; empty: not known.
func (o *Opened) AgeText() string {
	switch {
	case o.AgeDays != nil:
		return strconv.FormatInt(*o.AgeDays, 10) + " d"
	case o.AgeMonths != nil:
		return strconv.FormatInt(*o.AgeMonths, 10) + " mo"
	case o.Age != nil:
		return strconv.FormatInt(*o.Age, 10)
	}
	return ""
}

// AgeFrom works the age out from the birth date, where nobody said it and the date tells it.
func (o *Opened) AgeFrom(birth string, on time.Time) {
	least, most, ok := AgeAt(birth, on)
	if o.Age != nil || !ok || least != most {
		return
	}
	years := int64(most)
	o.Age = &years
	d, err := terms.ParsePartialDate(birth)
	if err != nil || d.Precision() < terms.Day || years >= 2 {
		return
	}
	born := d.Start(on.Location())
	months := int64(on.Year()-born.Year())*12 + int64(on.Month()-born.Month())
	if on.Day() < born.Day() {
		months--
	}
	if o.AgeMonths = &months; months < 2 {
		days := int64(on.Sub(born).Hours() / 24)
		o.AgeMonths, o.AgeDays = nil, &days
	}
}
