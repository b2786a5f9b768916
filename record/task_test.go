package record

import (
	"testing"
	"time"
)

// TestWhatIsDueTodayIsInTime: a visit that was to be answered today was overdue at once, and a follow-up from noon in Greenwich on.
func TestWhatIsDueTodayIsInTime(t *testing.T) {
	china := time.FixedZone("", 8*3600)
	for _, c := range []struct {
		by, now time.Time
		past    bool
	}{
		{time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 23, 50, 0, 0, china), false},
		{time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 12, 2, 0, 10, 0, 0, china), true},
		{time.Date(2026, 12, 1, 0, 0, 0, 0, china), time.Date(2026, 12, 1, 9, 0, 0, 0, china), false},
		{time.Time{}, time.Date(2026, 12, 1, 9, 0, 0, 0, china), false},
	} {
		if got := Past(c.by, c.now); got != c.past {
			t.Errorf("due %s is past at %s: %v", c.by, c.now, got)
		}
	}
}
