package lang

import (
	"math"
	"time"
)

// Date writes the day of t, in t's own zone: "Nov 21, 2026", "2026年11月21日".
func Date(l Language, t time.Time) string {
	if l == Chinese {
		return t.Format("2006年1月2日")
	}
	return t.Format("Jan 2, 2006")
}

// ShortDate writes the day of t without its year where it is the year of now: "Nov 21", "11月21日".
func ShortDate(l Language, t, now time.Time) string {
	switch {
	case t.Year() != now.In(t.Location()).Year():
		return Date(l, t)
	case l == Chinese:
		return t.Format("1月2日")
	default:
		return t.Format("Jan 2")
	}
}

// Clock writes the time of day of t, in t's own zone: "14:05".
func Clock(_ Language, t time.Time) string { return t.Format("15:04") }

// DateTime writes day and time of t, in t's own zone: "Nov 21, 2026, 14:05", "2026年11月21日 14:05".
func DateTime(l Language, t time.Time) string {
	if l == Chinese {
		return t.Format("2006年1月2日 15:04")
	}
	return t.Format("Jan 2, 2006, 15:04")
}

// Weekday names the day of the week of t: "Sat", "周六".
func Weekday(l Language, t time.Time) string {
	if l == Chinese {
		return "周" + string([]rune("日一二三四五六")[t.Weekday()])
	}
	return t.Format("Mon")
}

// PartialDate writes an event's date as precisely as it is known. It takes the stored text: a year ("2026"), a month
// ("2026-11"), a day ("2026-11-21"), or a minute with its offset ("2026-11-21T14:05+08:00"), whose offset is written
// too: the reader may be elsewhere. Any other text is returned as it is, for a date on a record is never hidden.
func PartialDate(l Language, stored string) string {
	for _, form := range partialForms {
		t, err := time.Parse(form.stored, stored)
		if err != nil {
			continue
		}
		if l == Chinese {
			return t.Format(form.zh)
		}
		return t.Format(form.en)
	}
	return stored
}

var partialForms = []struct{ stored, en, zh string }{
	{"2006", "2006", "2006年"},
	{"2006-01", "Jan 2006", "2006年1月"},
	{"2006-01-02", "Jan 2, 2006", "2006年1月2日"},
	{"2006-01-02T15:04Z07:00", "Jan 2, 2006, 15:04 (UTC-07:00)", "2006年1月2日 15:04 (UTC-07:00)"},
}

// Day writes the day of t as seen from now, in the zone of now: "yesterday", "today", "tomorrow", "in 3 days",
// "5 days ago" within two weeks, else the date.
func Day(l Language, t, now time.Time) string {
	n := daysBetween(now, t.In(now.Location()))
	switch {
	case n == 0:
		return P(l, "lang.day.today", nil)
	case n == 1:
		return P(l, "lang.day.tomorrow", nil)
	case n == -1:
		return P(l, "lang.day.yesterday", nil)
	case n > 0 && n <= 14:
		return P(l, "lang.in.days", map[string]any{"count": n})
	case n < 0 && n >= -14:
		return P(l, "lang.ago.days", map[string]any{"count": -n})
	default:
		return ShortDate(l, t.In(now.Location()), now)
	}
}

// daysBetween counts the midnights from one time to the other, each in its own zone. Noon keeps it clear of
// the hour that a change of the clocks adds or takes.
func daysBetween(from, to time.Time) int {
	noon := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC) }
	return int(noon(to).Sub(noon(from)) / (24 * time.Hour))
}

// Relative writes when t is, seen from now, in its greatest unit: "just now", "in 5 minutes", "in 3 days",
// "2 years ago". What is left of the unit is dropped.
func Relative(l Language, t, now time.Time) string {
	d := t.Sub(now)
	side := "in."
	if d < 0 {
		side, d = "ago.", -d
	}
	if d < time.Minute {
		return P(l, "lang.now", nil)
	}
	unit, count := greatestUnit(d)
	return P(l, "lang."+side+unit, map[string]any{"count": count})
}

const day = 24 * time.Hour

func greatestUnit(d time.Duration) (unit string, count int) {
	switch {
	case d < time.Hour:
		return "minutes", int(d / time.Minute)
	case d < day:
		return "hours", int(d / time.Hour)
	case d < 60*day:
		return "days", int(d / day)
	case d < 365*day:
		return "months", int(d / (30 * day))
	default:
		return "years", int(d / (365 * day))
	}
}

// Duration writes a length of time with its two greatest units: "45 s", "12 min", "3 h 20 min", "2 d 4 h",
// in Chinese "45秒", "12分钟", "3小时20分钟", "2天4小时". A negative length is written without its sign.
func Duration(l Language, d time.Duration) string {
	if d == math.MinInt64 {
		d++ // has no positive twin
	}
	d = d.Abs()
	space := " "
	if l == Chinese {
		space = ""
	}
	for i, u := range units {
		if d < u.size && i < len(units)-1 {
			continue
		}
		text := Number(l, int64(d/u.size)) + u.name.In(l)
		if i == len(units)-1 {
			return text
		}
		if next := units[i+1]; d%u.size >= next.size {
			text += space + Number(l, int64(d%u.size/next.size)) + next.name.In(l)
		}
		return text
	}
	return ""
}

var units = []struct {
	size time.Duration
	name Text
}{
	{day, Text{" d", "天"}},
	{time.Hour, Text{" h", "小时"}},
	{time.Minute, Text{" min", "分钟"}},
	{time.Second, Text{" s", "秒"}},
}
