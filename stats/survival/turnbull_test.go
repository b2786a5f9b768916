package survival

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
)

// cosmesis are months until the breast looked worse after radiotherapy without and with chemotherapy, of Finkelstein and Wolfe, Biometrics 41 (1985) 933–945; 0 as an upper end is none.
var cosmesis = [2][][2]float64{
	{{45, 0}, {6, 10}, {0, 7}, {46, 0}, {46, 0}, {7, 16}, {17, 0}, {7, 14}, {37, 44}, {0, 8}, {4, 11}, {15, 0}, {11, 15}, {22, 0}, {46, 0}, {46, 0}, {25, 37}, {46, 0}, {26, 40}, {46, 0}, {27, 34}, {36, 44}, {46, 0},
		{36, 48}, {37, 0}, {40, 0}, {17, 25}, {46, 0}, {11, 18}, {38, 0}, {5, 12}, {37, 0}, {0, 5}, {18, 0}, {24, 0}, {36, 0}, {5, 11}, {19, 35}, {17, 25}, {24, 0}, {32, 0}, {33, 0}, {19, 26}, {37, 0}, {34, 0}, {36, 0}},
	{{8, 12}, {0, 22}, {24, 31}, {17, 27}, {17, 23}, {24, 30}, {16, 24}, {13, 0}, {11, 13}, {16, 20}, {18, 25}, {17, 26}, {32, 0}, {23, 0}, {44, 48}, {14, 17}, {0, 5}, {5, 8}, {12, 20}, {11, 0}, {33, 40}, {31, 0}, {13, 39}, {19, 32},
		{34, 0}, {13, 0}, {16, 24}, {35, 0}, {15, 22}, {11, 17}, {22, 32}, {10, 35}, {30, 34}, {13, 0}, {10, 17}, {8, 21}, {4, 9}, {11, 0}, {14, 19}, {4, 8}, {34, 0}, {30, 36}, {18, 24}, {16, 60}, {35, 39}, {21, 0}, {11, 20}, {48, 0}},
}

func cosmesisIntervals(groups ...int) (times []Interval, of []int) {
	for _, g := range groups {
		for _, r := range cosmesis[g] {
			one := Interval{r[0], r[1]}
			if one.Upper == 0 {
				one.Upper = math.Inf(1)
			}
			times, of = append(times, one), append(of, g)
		}
	}
	return times, of
}

// The probabilities are those that Fay and Shaw print in Journal of Statistical Software 36/2 (2010), section 4, to four digits.
func TestTurnbullsCurveOfCosmesis(t *testing.T) {
	times, _ := cosmesisIntervals(0)
	c, err := Turnbull(times)
	if err != nil {
		t.Fatal(err)
	}
	want := [][3]float64{{4, 5, .0463}, {6, 7, .0334}, {7, 8, .0887}, {11, 12, .0708}, {24, 25, .0926}, {33, 34, .0818}, {38, 40, .1209}, {46, 48, .4656}}
	if len(c.Mass) != len(want) {
		t.Fatalf("%+v", c)
	}
	for j, w := range want {
		if c.Lower[j] != w[0] || c.Upper[j] != w[1] || math.Abs(c.Mass[j]-w[2]) > 6e-5 {
			t.Errorf("(%v, %v] %.5f, not (%v, %v] %v", c.Lower[j], c.Upper[j], c.Mass[j], w[0], w[1], w[2])
		}
	}
	if low, high := c.Survival(39); math.Abs(low-.4656) > 1e-4 || math.Abs(high-.5865) > 1e-4 {
		t.Errorf("at 39 months between %v and %v", low, high)
	}
	if from, to := c.Quantile(.5); from != 38 || to != 40 {
		t.Errorf("a median between %v and %v", from, to)
	}
}

// Fay and Shaw, section 4.1: Z = -2.6684, p = 0.007622.
func TestLogRankOfIntervals(t *testing.T) {
	times, of := cosmesisIntervals(0, 1)
	r, err := CompareIntervals(times, Groups{Labels: []string{"radiotherapy", "with chemotherapy"}, Of: of})
	if err != nil {
		t.Fatal(err)
	}
	if z := math.Sqrt(r.ChiSquare); math.Abs(z-2.6684) > 1e-4 || math.Abs(r.P-.007622) > 1e-6 || r.DF != 1 {
		t.Errorf("z %.5f, p %.6f", z, r.P)
	}
}

func someIntervals(t *rapid.T, n int) []Interval {
	out := make([]Interval, n)
	for i := range out {
		low := float64(rapid.IntRange(0, 12).Draw(t, "low"))
		up := low + float64(rapid.IntRange(0, 6).Draw(t, "width"))
		switch {
		case i > 0 && rapid.IntRange(0, 2).Draw(t, "censored") == 0:
			up = math.Inf(1)
		case up == 0:
			up = 1
		}
		out[i] = Interval{low, up}
	}
	return out
}

// At a maximum, no other distribution of the masses is likelier: rows expected in an interval per probability are nowhere more than the rows, and as many where there is mass.
func TestTurnbullsCurveIsTheLikeliest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := someIntervals(t, rapid.IntRange(2, 40).Draw(t, "n"))
		c, err := Turnbull(times)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, m := range c.Mass {
			sum += m
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("the masses add up to %v", sum)
		}
		for j, m := range c.Mass {
			slope := 0.0
			for _, one := range times {
				p, has := 0.0, false
				for k, mass := range c.Mass {
					if inside(one, c.Lower[k], c.Upper[k]) {
						p += mass
						has = has || k == j
					}
				}
				if has {
					slope += 1 / p
				}
			}
			if m > 1e-6 && math.Abs(slope-float64(len(times))) > 1e-4*float64(len(times)) {
				t.Fatalf("%v rows per probability in (%v, %v], which has %v of it, of %d rows", slope, c.Lower[j], c.Upper[j], m, len(times))
			}
		}
	})
}

func inside(one Interval, lower, upper float64) bool {
	if lower == upper { // an exact time
		return one.Lower < lower && lower <= one.Upper || one.Lower == lower && one.Upper == lower
	}
	return one.Lower <= lower && upper <= one.Upper
}

func TestTurnbullsCurveOfExactTimesIsKaplanAndMeiers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "n")
		times, stop, event := make([]Interval, n), make([]float64, n), make([]float64, n)
		for i := range times {
			stop[i] = float64(rapid.IntRange(1, 15).Draw(t, "time"))
			event[i] = float64(rapid.IntRange(0, 1).Draw(t, "event"))
			if i == 0 {
				event[i] = 1
			}
			times[i] = Interval{stop[i], stop[i]}
			if event[i] == 0 {
				times[i].Upper = math.Inf(1)
			}
		}
		c, err := Turnbull(times)
		if err != nil {
			t.Fatal(err)
		}
		all, err := NewTimes(nil, stop, event)
		if err != nil {
			t.Fatal(err)
		}
		counts, err := CountEach(all, Groups{}, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		curves, err := KaplanMeierEach(counts, Log, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		last := 0.0
		for _, s := range stop {
			last = max(last, s)
		}
		for at := 0.5; at <= last; at++ {
			if low, high := c.Survival(at); math.Abs(low-curves[0].At(at).Survival) > 1e-8 || math.Abs(high-low) > 1e-8 {
				t.Fatalf("at %v between %v and %v, Kaplan-Meier %v", at, low, high, curves[0].At(at).Survival)
			}
		}
	})
}

func TestWhatHasNoTurnbullCurve(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		times []Interval
		want  stats.Problem
	}{
		{[]Interval{{1, inf}, {2, inf}}, stats.NoEvents},
		{nil, stats.NoEvents},
		{[]Interval{{3, 2}}, stats.Invalid},
		{[]Interval{{math.NaN(), 2}}, stats.Invalid},
	} {
		if _, err := Turnbull(c.times); !errors.Is(err, c.want) {
			t.Errorf("%v: %v, not %v", c.times, err, c.want)
		}
	}
	if _, err := CompareIntervals([]Interval{{0, 1}, {1, 2}}, Groups{}); !errors.Is(err, stats.OneLevel) {
		t.Error(err)
	}
}
