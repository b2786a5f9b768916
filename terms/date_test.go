package terms

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var beijing = time.FixedZone("", 8*3600)

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
		if d := date(t, text); d.Precision() != want || d.String() != text {
			t.Errorf("%s: %s, precision %d", text, d, d.Precision())
		}
	}
	if got := date(t, "2026-11-21T14:05+00:00").String(); got != "2026-11-21T14:05Z" {
		t.Errorf("Greenwich is written %s", got)
	}
	for _, bad := range []string{"", "26", "2026-13", "2026-00", "2026-1", "2025-02-29", "2026-11-31", "2026-11-21T14:05", "2026-11-21 14:05Z",
		"2026-11-21T24:00Z", "2026-11-21T14:60Z", "2026-11-21T14:05:00Z", "2026-11-21T14:05+15:00", "2026-11-21T14:05-00:00", "0000", "-026", "２０２６", "2026-11-21T14:05+8:00", " 2026"} {
		if d, err := ParsePartialDate(bad); !errors.Is(err, ErrDate) {
			t.Errorf("%q: %s, %v", bad, d, err)
		}
	}
}

func TestPartialDateOrder(t *testing.T) {
	sorted := []string{"2025", "2026", "2026-01", "2026-01-01", "2026-11", "2026-11-20T23:59Z", "2026-11-21T08:00+08:00", "2026-11-21T14:05+08:00", "2026-11-22"}
	for i := range sorted {
		for j := range sorted {
			got, want := date(t, sorted[i]).Compare(date(t, sorted[j]), time.UTC), i-j
			if got > 0 != (want > 0) || got < 0 != (want < 0) {
				t.Errorf("%s against %s: %d", sorted[i], sorted[j], got)
			}
		}
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"2025", "2026", true}, {"2026", "2026-11", false}, {"2026-10", "2026-11-01", true}, {"2026-11", "2026-11-21", false},
		{"2026-11-20", "2026-11-21T00:00+08:00", true}, {"2026-11-21T14:05+08:00", "2026-11-21T06:05Z", false}, {"2026-11-21T14:05+08:00", "2026-11-21T06:06Z", true},
	} {
		if got := date(t, c.a).Before(date(t, c.b), beijing); got != c.want {
			t.Errorf("%s before %s: %v", c.a, c.b, got)
		}
	}
	var none PartialDate
	if none.Compare(date(t, "2026"), time.UTC) >= 0 || none.Before(date(t, "2026"), time.UTC) || none.String() != "" || none.Compare(none, time.UTC) != 0 {
		t.Error("no date is not in its place")
	}
	now := time.Date(2026, 11, 21, 14, 5, 30, 0, beijing)
	for text, want := range map[string]bool{"2026": false, "2026-11-21": false, "2026-11-22": true, "2026-11-21T14:05+08:00": false, "2026-11-21T14:06+08:00": true, "2027": true} {
		if date(t, text).InFuture(now, beijing) != want {
			t.Errorf("%s in the future: %v", text, !want)
		}
	}
}

func TestPartialDateJSON(t *testing.T) {
	var v struct{ Onset, Op PartialDate }
	text := `{"Onset":"2026-11","Op":""}`
	if err := json.Unmarshal([]byte(text), &v); err != nil || !v.Op.IsZero() || v.Onset.Precision() != Month {
		t.Fatalf("%+v %v", v, err)
	}
	if out, err := json.Marshal(v); err != nil || string(out) != text {
		t.Errorf("%s %v", out, err)
	}
}

func drawDate(t *rapid.T, name string) PartialDate {
	at := time.Unix(rapid.Int64Range(-5e9, 2e10).Draw(t, name), 0).In(time.FixedZone("", rapid.IntRange(-48, 56).Draw(t, name+" quarter hours")*900))
	return fromTime(at, Precision(rapid.IntRange(1, 4).Draw(t, name+" precision")))
}

func TestPartialDateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawDate(t, "a"), drawDate(t, "b"), drawDate(t, "c")
		if back, err := ParsePartialDate(a.String()); err != nil || back != a {
			t.Fatalf("%+v is written %s and read %+v, %v", a, a, back, err)
		}
		if !a.Start(beijing).Before(a.End(beijing)) {
			t.Fatalf("%s ends before it starts", a)
		}
		if a.Before(b, beijing) && (b.Before(a, beijing) || a.Compare(b, beijing) >= 0) {
			t.Fatalf("%s and %s are before each other", a, b)
		}
		if a.Compare(b, beijing) <= 0 && b.Compare(c, beijing) <= 0 && a.Compare(c, beijing) > 0 {
			t.Fatalf("%s ≤ %s ≤ %s does not hold together", a, b, c)
		}
	})
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
		if got := d.String(); got != s && got != strings.Replace(s, "+00:00", "Z", 1) {
			t.Errorf("%q is written back as %q", s, got)
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
