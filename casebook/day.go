package casebook

import (
	"strconv"
	"strings"
	"time"
)

// The ways of writing dates that are no layouts: the serial numbers of Excel, which counts days from the end of 1899 or, on old Macintosh computers, from 1904.
const (
	datesExcel     = "excel"
	datesExcel1904 = "excel1904"
)

// excelDays are the day that each kind of serial number counts from. Excel takes 1900 for a leap year, so that its day 1 lies before 1 March 1900 and after is one further.
var excelDays = map[string]time.Time{
	datesExcel:     time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC),
	datesExcel1904: time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC),
}

// Bounds on the serial numbers that are taken for dates: 1 March 1900, and the end of the year 2199.
const (
	firstSerial = 61
	lastSerial  = 109_574
)

// earliest is the first year that an event of a living patient's record may lie in.
const earliest = 1880

// date reads when an entry was.
func (m *Mapping) date(r row, column string) (string, error) {
	cell := r.cell(column)
	if column == "" || cell == "" || m.missing(Source{}, cell) != "" {
		return "", nil
	}
	return m.readDate(r, column, cell)
}

// birthDate reads when the patient was born: of old records often the year alone.
func (m *Mapping) birthDate(r row) (string, error) {
	cell := r.cell(m.Birth)
	if year, err := strconv.Atoi(cell); err == nil && len(cell) == 4 && year >= earliest && m.missing(Source{}, cell) == "" {
		return cell, nil
	}
	return m.date(r, m.Birth)
}

// readDate takes the table's own way of writing dates, and ours. A bare number is a year only where the table writes years: otherwise it is a count of days, or Excel's.
func (m *Mapping) readDate(r row, column, cell string) (string, error) {
	if day, ok := m.day(cell); ok {
		if year := day.Year(); year < earliest {
			return "", r.fault(column, "early", map[string]any{"cell": cell, "year": strconv.Itoa(year)})
		}
		if m.Dates == "2006" || m.Dates == "2006-01" {
			return day.Format(m.Dates), nil
		}
		return day.Format(time.DateOnly), nil
	}
	n, err := strconv.ParseFloat(cell, 64)
	switch {
	case err == nil && n >= 20_000 && n < 60_000:
		like := excelDays[datesExcel].AddDate(0, 0, int(n)).Format(time.DateOnly)
		return "", r.fault(column, "serial", map[string]any{"cell": cell, "date": like})
	case err == nil:
		return "", r.fault(column, "days", map[string]any{"cell": cell})
	case checkDate(cell) == nil:
		return cell, nil
	}
	return "", r.fault(column, "date", map[string]any{"cell": cell, "layout": m.Dates})
}

// day reads a cell as the mapping says that dates are written. Databases write midnight behind a day.
func (m *Mapping) day(cell string) (time.Time, bool) {
	if from, serial := excelDays[m.Dates]; serial {
		n, err := strconv.ParseFloat(cell, 64)
		if err != nil || n < firstSerial || n > lastSerial {
			return time.Time{}, false
		}
		return from.AddDate(0, 0, int(n)), true
	}
	for _, midnight := range []string{" 00:00:00", " 00:00:00.000", " 0:00:00", " 0:00", " 00:00", "T00:00:00"} {
		cell = strings.TrimSuffix(cell, midnight)
	}
	t, err := time.Parse(m.Dates, cell)
	return t, err == nil
}
