package terms

import (
	"errors"
	"fmt"
	"time"
)

// ErrDate says that some text is not a date in its written form, or names a day that the calendar does not have.
var ErrDate = errors.New("not a date such as 2026, 2026-11, 2026-11-21 or 2026-11-21T14:05+08:00")

// Precision is how precisely a date is known.
type Precision uint8

// The precisions, the coarsest first.
const (
	Year Precision = iota + 1
	Month
	Day
	Minute
)

const minuteLayout = "2006-01-02T15:04Z07:00"

var layouts = map[Precision]string{Year: "2006", Month: "2006-01", Day: time.DateOnly, Minute: minuteLayout}

// byLength finds the precision from the length of the text; a minute has an offset or Z.
var byLength = map[int]Precision{4: Year, 7: Month, 10: Day, 17: Minute, 22: Minute}

// PartialDate is when something happened, as precisely as it is known: a year, a month, a day, or a minute with the
// offset of the place. The zero value is no date. Two that are == were written alike.
type PartialDate struct {
	precision                   Precision
	year, month, day, hour, min int16
	offset                      int16 // minutes east of Greenwich
}

// ParsePartialDate reads a date as it stands in entries. It returns ErrDate for anything else.
func ParsePartialDate(s string) (PartialDate, error) {
	precision := byLength[len(s)]
	t, err := time.Parse(layouts[precision], s)
	if precision == 0 || err != nil || t.Year() < 1 {
		return PartialDate{}, fmt.Errorf("%.40q: %w", s, ErrDate)
	}
	d := fromTime(t, precision)
	if d.offset < -12*60 || d.offset > 14*60 || len(s) == 22 && s[16:] == "-00:00" {
		return PartialDate{}, fmt.Errorf("%.40q has an offset that no place has: %w", s, ErrDate)
	}
	return d, nil
}

// ParseDay reads a whole day, 2026-11-21, as its first moment in zone. It returns ErrDate for anything else, a day that is known to the month only as well.
func ParseDay(s string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil || t.Year() < 1 {
		return time.Time{}, fmt.Errorf("%.40q is no whole day: %w", s, ErrDate)
	}
	return t, nil
}

// ParseMoment reads a day with a time and an offset, to the minute or to the second: entries of other programs have seconds. It returns ErrDate for anything else.
func ParseMoment(s string) (time.Time, error) {
	for _, layout := range []string{minuteLayout, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q has no time of day with its offset: %w", s, ErrDate)
}

// ParseClock reads a day with a time as people type it ([Typed]) as a moment in zone. It returns ErrDate for anything else.
func ParseClock(s string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(typedLayouts[5], Typed(s), zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is no day with a time: %w", s, ErrDate)
	}
	return t, nil
}

// WriteMoment writes a moment as entries have it, to the minute and with its offset.
func WriteMoment(t time.Time) string { return t.Format(minuteLayout) }

// Midday is the moment that a written date stands for where one is needed: noon of its first day, in Greenwich, if it has no time of day, so that
// it is the same day in nearly every zone. Zero for what is no date.
func Midday(s string) time.Time {
	d, err := ParsePartialDate(s)
	if err != nil {
		return time.Time{}
	}
	t := d.Start(time.UTC)
	if d.precision < Minute {
		t = t.Add(12 * time.Hour)
	}
	return t.UTC()
}

func fromTime(t time.Time, precision Precision) PartialDate {
	d := PartialDate{precision: precision, year: int16(t.Year())}
	if precision >= Month {
		d.month = int16(t.Month())
	}
	if precision >= Day {
		d.day = int16(t.Day())
	}
	if precision == Minute {
		_, offset := t.Zone()
		d.hour, d.min, d.offset = int16(t.Hour()), int16(t.Minute()), int16(offset/60)
	}
	return d
}

// Precision says how precisely the date is known; 0 for no date.
func (d PartialDate) Precision() Precision { return d.precision }

// Start is the first moment that the date may mean. A date without an offset is read in zone.
func (d PartialDate) Start(zone *time.Location) time.Time {
	if d.precision == Minute {
		zone = time.FixedZone("", int(d.offset)*60)
	}
	return time.Date(int(d.year), time.Month(max(d.month, 1)), int(max(d.day, 1)), int(d.hour), int(d.min), 0, 0, zone)
}
