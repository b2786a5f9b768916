package registry

import (
	"testing"
	"time"
)

// TestADayIsTheHospitalsOwn: at seven in the morning in China an operation of today was "later than today", for in Greenwich it was still yesterday.
func TestADayIsTheHospitalsOwn(t *testing.T) {
	today, ok := numberOfDay("2026-12-01")
	if now := time.Date(2026, 12, 1, 7, 0, 0, 0, time.FixedZone("", 8*3600)); !ok || dayNumber(now) != today {
		t.Errorf("seven in the morning of 1 December is day %d, want %d", dayNumber(now), today)
	}
	if now := time.Date(2026, 12, 1, 23, 30, 0, 0, time.FixedZone("", -8*3600)); dayNumber(now) != today {
		t.Errorf("the late evening of 1 December is day %d, want %d", dayNumber(now), today)
	}
}
