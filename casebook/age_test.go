package casebook

import (
	"testing"
	"time"
)

func TestTheAgeOfASmallChildIsToldInMonthsAndDays(t *testing.T) {
	for typed, want := range map[string]string{"47": "47", "0": "0", "5 mo": "5 mo", "5个月": "5 mo", "12 d": "12 d", "12天": "12 d", "30 months": "2", "90 d": "2 mo", "3岁": "3"} {
		var o Opened
		if !o.SetAge(typed) || o.AgeText() != want {
			t.Errorf("%q is %q, want %q", typed, o.AgeText(), want)
		}
		o.Pathway, o.Title, o.Urgency = "hfs-mvd", "A child", "routine"
		if err := o.Check(); err != nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range []string{"", "old", "5 weeks long", "200", "-3", "mo"} {
		if o := (Opened{}); o.SetAge(typed) {
			t.Errorf("%q is taken for the age %q", typed, o.AgeText())
		}
	}
}

func TestTheAgeComesFromTheBirthDate(t *testing.T) {
	on := time.Date(2026, 12, 1, 9, 0, 0, 0, start.Location())
	for birth, want := range map[string]string{"1990-05-06": "36", "2026-11-20": "11 d", "2026-05-02": "6 mo", "2025-01-01": "23 mo", "2024-11-30": "2", "1990": "", "1990-13-40": ""} {
		var o Opened
		if o.AgeFrom(birth, on); o.AgeText() != want {
			t.Errorf("born %s the patient is %q, want %q", birth, o.AgeText(), want)
		}
	}
}
