package terms

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func date(t testing.TB, s string) PartialDate {
	t.Helper()
	d, err := ParsePartialDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPartialDateForms(t *testing.T) {
	for text, want := range map[string]Precision{"2026": Year, "2026-11": Month, "2024-02-29": Day, "2026-11-21T14:05+08:00": Minute,
		"2026-11-21T00:00Z": Minute, "0001": Year, "2026-11-21T14:05-11:30": Minute} {
		if d := date(t, text); d.Precision() != want {
			t.Errorf("%s: precision %d", text, d.Precision())
		}
	}
	for _, bad := range []string{"", "26", "2026-13", "2026-00", "2026-1", "2025-02-29", "2026-11-31", "2026-11-21T14:05", "2026-11-21 14:05Z",
		"2026-11-21T24:00Z", "2026-11-21T14:60Z", "2026-11-21T14:05:00Z", "2026-11-21T14:05+15:00", "2026-11-21T14:05-00:00", "0000", "-026", "２０２６", "2026-11-21T14:05+8:00", " 2026"} {
		if d, err := ParsePartialDate(bad); !errors.Is(err, ErrDate) {
			t.Errorf("%q: %v, %v", bad, d, err)
		}
	}
}

func FuzzParsePartialDate(f *testing.F) {
	for _, s := range []string{"2026", "2026-11", "2026-11-21", "2026-11-21T14:05+08:00", "2026-11-21T14:05Z", "", "9999-99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParsePartialDate(s)
		if err != nil {
			return
		}
		if begins := d.Start(time.UTC); !strings.HasPrefix(begins.Format("2006"), s[:4]) || d.Precision() < Year || d.Precision() > Minute {
			t.Errorf("%q begins at %s, precision %d", s, begins, d.Precision())
		}
	})
}

func TestMidday(t *testing.T) {
	for text, want := range map[string]string{"2026": "2026-01-01T12:00:00Z", "2026-11": "2026-11-01T12:00:00Z", "2026-11-21": "2026-11-21T12:00:00Z",
		"2026-11-21T14:05+08:00": "2026-11-21T06:05:00Z", "2026-11-21T14:05Z": "2026-11-21T14:05:00Z"} {
		if got := Midday(text).Format(time.RFC3339); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "soon", "2026-13", "2026-11-21 14:05"} {
		if !Midday(text).IsZero() {
			t.Errorf("%q is a moment", text)
		}
	}
}

func TestDaysAndMomentsAreReadInOneWay(t *testing.T) {
	shanghai := time.FixedZone("", 8*3600)
	if d, err := ParseDay("2026-11-21", shanghai); err != nil || d.Format(time.RFC3339) != "2026-11-21T00:00:00+08:00" {
		t.Error(d, err)
	}
	if c, err := ParseClock("2026-11-21T14:05", shanghai); err != nil || WriteMoment(c) != "2026-11-21T14:05+08:00" {
		t.Error(c, err)
	}
	for _, text := range []string{"2026-11-21T14:05+08:00", "2026-11-21T14:05:59+08:00"} {
		if m, err := ParseMoment(text); err != nil || WriteMoment(m) != "2026-11-21T14:05+08:00" {
			t.Errorf("%s: %v, %v", text, m, err)
		}
	}
	for _, text := range []string{"", "2026-11", "2026-11-31", "0000-01-01", "2026-11-21 ", "21.11.2026"} {
		if _, err := ParseDay(text, time.UTC); !errors.Is(err, ErrDate) {
			t.Errorf("%q is a day: %v", text, err)
		}
		if _, err := ParseMoment(text); !errors.Is(err, ErrDate) {
			t.Errorf("%q is a moment: %v", text, err)
		}
		if _, err := ParseClock(text, time.UTC); !errors.Is(err, ErrDate) {
			t.Errorf("%q is a clock: %v", text, err)
		}
	}
}
