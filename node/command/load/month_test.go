package load

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

var small = Month{Seed: 7, Days: 30, Cases: 60, People: 10, Readings: 20, ImageMB: 1, Shared: 0.5}

func TestTheSameSeedDrawsTheSameMonth(t *testing.T) {
	one, two := planOf(small, 3), planOf(small, 3)
	if !reflect.DeepEqual(one, two) {
		t.Error("two draws of one month differ")
	}
	other := small
	other.Seed = 8
	if reflect.DeepEqual(one, planOf(other, 3)) {
		t.Error("another seed draws the same month")
	}
}

// TestAMonthIsAsPeopleWork looks at the properties of a plan: order, hours, days, sizes, and that nothing is done before what it rests on is planned.
func TestAMonthIsAsPeopleWork(t *testing.T) {
	p := planOf(small, 3)
	if !slices.IsSortedFunc(p.acts, func(a, b act) int { return int(a.due - b.due) }) {
		t.Error("acts are not in order")
	}
	opened, night, weekend := map[int]time.Duration{}, 0, 0
	for _, a := range p.acts {
		if a.due < 0 || a.due >= 30*24*time.Hour {
			t.Fatalf("%s at %s is outside the month", a.do, a.due)
		}
		if a.do == open {
			opened[a.of] = a.due
		} else if began, ok := opened[a.of]; a.of >= 0 && (!ok || a.due < began) {
			t.Fatalf("%s of case %d at %s, before it was opened", a.do, a.of, a.due)
		}
		if h := a.due % (24 * time.Hour) / time.Hour; h < 6 {
			night++
		}
		if int(a.due/(24*time.Hour))%7 >= 5 {
			weekend++
		}
	}
	if len(opened) != 3*60 {
		t.Errorf("%d cases are opened, want 180", len(opened))
	}
	if n := len(p.acts); night*20 > n || night == 0 {
		t.Errorf("%d of %d acts are at night", night, n)
	}
	if n := len(p.acts); weekend*8 > n || weekend == 0 {
		t.Errorf("%d of %d acts are on a weekend", weekend, n)
	}
}

func TestQuantilesAreOfTheTimes(t *testing.T) {
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(i+1)*time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 50, 0.95: 95, 0.99: 99, 1: 100} {
		if got := at(times, q); got != want {
			t.Errorf("quantile %g is %g ms, want %g", q, got, want)
		}
	}
	if at(nil, 0.5) != 0 {
		t.Error("no times have a quantile")
	}
}
