package lang

import (
	"math"
	"testing"
	"time"
)

var beijing = time.FixedZone("", 8*3600)

func TestDates(t *testing.T) {
	at := time.Date(2026, 11, 21, 14, 5, 0, 0, beijing)
	for _, c := range []struct{ got, want string }{
		{Date(English, at), "Nov 21, 2026"},
		{Date(Chinese, at), "2026年11月21日"},
		{DateTime(English, at), "Nov 21, 2026, 14:05"},
		{DateTime(Chinese, at), "2026年11月21日 14:05"},
		{ShortDate(English, at, at), "Nov 21"},
		{ShortDate(Chinese, at, at), "11月21日"},
		{ShortDate(English, at, at.AddDate(1, 0, 0)), "Nov 21, 2026"},
		{Clock(English, at), "14:05"},
		{Weekday(English, at), "Sat"},
		{Weekday(Chinese, at), "周六"},
		{PartialDate(English, "2026"), "2026"},
		{PartialDate(Chinese, "2026"), "2026年"},
		{PartialDate(English, "2026-11"), "Nov 2026"},
		{PartialDate(Chinese, "2026-11"), "2026年11月"},
		{PartialDate(English, "2026-11-02"), "Nov 2, 2026"},
		{PartialDate(Chinese, "2026-11-02"), "2026年11月2日"},
		{PartialDate(English, "2026-11-21T14:05+08:00"), "Nov 21, 2026, 14:05 (UTC+08:00)"},
		{PartialDate(Chinese, "2026-11-21T14:05+08:00"), "2026年11月21日 14:05 (UTC+08:00)"},
		{PartialDate(English, "2026-11-21T14:05Z"), "Nov 21, 2026, 14:05 (UTC+00:00)"},
		{PartialDate(English, "2026-13"), "2026-13"},
		{PartialDate(English, "last spring"), "last spring"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestDay(t *testing.T) {
	now := time.Date(2026, 11, 21, 23, 30, 0, 0, beijing)
	for _, c := range []struct {
		t      time.Time
		en, zh string
	}{
		{now, "today", "今天"},
		{now.Add(time.Hour), "tomorrow", "明天"},
		{now.Add(time.Hour).UTC(), "tomorrow", "明天"}, // judged in the zone of now
		{now.Add(-24 * time.Hour), "yesterday", "昨天"},
		{now.AddDate(0, 0, 3), "in 3 days", "3 天后"},
		{now.AddDate(0, 0, -3), "3 days ago", "3 天前"},
		{now.AddDate(0, 0, 15), "Dec 6", "12月6日"},
		{now.AddDate(-1, 0, 0), "Nov 21, 2025", "2025年11月21日"},
	} {
		if got := Day(English, c.t, now); got != c.en {
			t.Errorf("Day(en, %s) = %q, want %q", c.t, got, c.en)
		}
		if got := Day(Chinese, c.t, now); got != c.zh {
			t.Errorf("Day(zh, %s) = %q, want %q", c.t, got, c.zh)
		}
	}
}

func TestRelativeAndDuration(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{Relative(English, now.Add(-20*time.Second), now), "just now"},
		{Relative(English, now.Add(5*time.Minute), now), "in 5 minutes"},
		{Relative(English, now.Add(-time.Hour), now), "1 hour ago"},
		{Relative(Chinese, now.Add(-time.Hour), now), "1 小时前"},
		{Relative(English, now.Add(72*time.Hour), now), "in 3 days"},
		{Relative(Chinese, now.Add(72*time.Hour), now), "3 天后"},
		{Relative(English, now.Add(-90*24*time.Hour), now), "3 months ago"},
		{Relative(English, now.Add(-800*24*time.Hour), now), "2 years ago"},
		{Duration(English, 0), "0 s"},
		{Duration(English, 45*time.Second), "45 s"},
		{Duration(English, 200*time.Minute), "3 h 20 min"},
		{Duration(Chinese, 200*time.Minute), "3小时20分钟"},
		{Duration(English, 3*time.Hour), "3 h"},
		{Duration(English, 52*time.Hour+5*time.Second), "2 d 4 h"},
		{Duration(English, -time.Minute), "1 min"},
		{Duration(English, math.MinInt64), "106,751 d 23 h"},
		{Number(English, -1234567), "-1,234,567"},
		{Number(Chinese, 999), "999"},
		{Number(English, math.MinInt64), "-9,223,372,036,854,775,808"},
		{Decimal(English, "12345.60"), "12,345.60"},
		{Decimal(English, "-0.5"), "-0.5"},
		{Decimal(English, "abc"), "abc"},
		{Decimal(English, "1."), "1."},
		{Percent(English, 0.2564, 1), "25.6%"},
		{Size(English, 512), "512 B"},
		{Size(English, 12_345_678), "12.3 MB"},
		{Size(English, 999_999), "1.0 MB"},
		{List(English, []string{"A", "B", "C"}), "A, B and C"},
		{List(Chinese, []string{"A", "B", "C"}), "A、B和C"},
		{List(English, []string{"A"}), "A"},
		{List(English, nil), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
