package deid

import (
	"strings"
	"time"

	"consilium/imaging/dicom"
)

// moveDates moves dates by the patient's days. Times of day stay: moved by whole days, they are what they were. What is no date is emptied.
func (s *subject) moveDates(e *dicom.Element, path string) {
	if e.VR == dicom.TM || e.Empty() {
		return
	}
	values := strings.Split(strings.TrimRight(string(e.Value), "\x00 "), `\`)
	for i, v := range values {
		values[i] = moved(strings.Trim(v, " "), s.days)
	}
	text := strings.Join(values, `\`)
	if strings.Trim(text, `\`) == "" {
		s.empty(e, path)
		return
	}
	e.Value = padded(text, ' ')
	s.report.did(path, Clean)
}

// moved gives the date of a DA or DT moved, "" where it has none. A year, or a year and a month, moves from its first day.
func moved(v string, days int) string {
	old := strings.ReplaceAll(v, ".", "") // 1999.12.31, before 1993
	if len(v) == 10 && len(old) == 8 {
		v = old
	}
	layout := "20060102"
	n := 0
	for n < len(v) && n < 8 && v[n] >= '0' && v[n] <= '9' {
		n++
	}
	if n != 4 && n != 6 && n != 8 || n < 8 && len(v) > n && v[n] != '+' && v[n] != '-' {
		return ""
	}
	t, err := time.Parse(layout[:n], v[:n])
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, days).Format(layout[:n]) + timeOnly(v[n:])
}

// timeOnly lets the time of a DT pass if it is one: digits, a fraction and a zone.
func timeOnly(s string) string {
	if strings.Trim(s, "0123456789.+-") != "" {
		return ""
	}
	return s
}
