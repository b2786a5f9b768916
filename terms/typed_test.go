package terms

import "testing"

// TestDatesAreReadAsPeopleTypeThem: in the forms of charts, of keyboards without signs, and of Chinese with full-width digits; and what is no date stays as it was typed.
func TestDatesAreReadAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"2026": "2026", "2026-11": "2026-11", "2026-11-21": "2026-11-21", "2026-11-21T14:05": "2026-11-21 14:05", "2026-11-21 8:05": "2026-11-21 08:05",
		"20261121": "2026-11-21", "202611": "2026-11", "202611210830": "2026-11-21 08:30", "2026/1/2": "2026-01-02", "2026.1.2": "2026-01-02", " 2026-1-2 ": "2026-01-02",
		"2026年11月21日": "2026-11-21", "2026年11月": "2026-11", "2026年": "2026", "２０２６－１１－２１": "2026-11-21", "2026年1月2日 8时30分": "2026-01-02 08:30",
		"2026-02-30": "2026-02-30", "2026-13": "2026-13", "21.11.2026": "21.11.2026", "tomorrow": "tomorrow", "": "", "2026-11-21 25:00": "2026-11-21 25:00", "202613": "202613",
	} {
		if got := Typed(typed); got != want {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
}

// FuzzTyped: reading twice is reading once, so that a form which comes back keeps its words.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{"2026年11月21日", "20261121", "x", "2026-11-21T14:05"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := Typed(s); Typed(once) != once {
			t.Errorf("%q, then %q, then %q", s, once, Typed(once))
		}
	})
}
