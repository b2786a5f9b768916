package outreach

import (
	"time"

	"consilium/terms"
)

// day reads a whole date, as midnight in Greenwich; zero where there is none.
func day(s string) time.Time {
	t, _ := terms.ParseDay(s, time.UTC)
	return t
}

// instant reads a date with time and offset; zero where there is none.
func instant(s string) time.Time {
	t, _ := terms.ParseMoment(s)
	return t
}

// dayOf reads a date with or without a time.
func dayOf(s string) time.Time {
	if t := instant(s); !t.IsZero() {
		return t
	}
	return day(s)
}

// startOf is the first moment of a day at a place.
func startOf(date string, at *time.Location) time.Time {
	t, _ := terms.ParseDay(date, at)
	return t
}

// endOf is the first moment after a day at a place.
func endOf(date string, at *time.Location) time.Time {
	t := startOf(date, at)
	if t.IsZero() {
		return t
	}
	return t.AddDate(0, 0, 1)
}

// afterWorkingDays is the end of the nth working day after a day. Working days are Monday to Friday; public holidays are not known here, so that
// what is due may be shown as due too early, never too late.
func afterWorkingDays(end time.Time, n int) time.Time {
	for n > 0 {
		if w := end.Weekday(); w != time.Saturday && w != time.Sunday {
			n--
		}
		end = end.AddDate(0, 0, 1)
	}
	return end
}
