package monitor

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
	"consilium/stats/tail"
)

// series is drawn risks and outcomes.
func series(t *rapid.T) (y, p []float64) {
	n := rapid.IntRange(1, 60).Draw(t, "n")
	for range n {
		p = append(p, rapid.Float64Range(0.01, 0.95).Draw(t, "p"))
		y = append(y, float64(rapid.IntRange(0, 1).Draw(t, "y")))
	}
	return y, p
}

func TestAChartOfSuccessesIsTheChartOfFailuresMirrored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, p := series(t)
		ra := rapid.Float64Range(1.1, 5).Draw(t, "RA")
		worse, err := Chart{RA: ra, H: 2}.Run(y, p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range y {
			y[i], p[i] = 1-y[i], 1-p[i]
		}
		mirrored, err := Chart{RA: 1 / ra, H: 2}.Run(y, p)
		if err != nil || !near(worse.S, mirrored.S, 1e-12) {
			t.Fatal(err, worse.S, mirrored.S)
		}
	})
}

func TestAChartStartsAgainAfterASignalAndOnlyThen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, p := series(t)
		c, err := Chart{RA: 2, H: rapid.Float64Range(0.2, 2).Draw(t, "H")}.Run(y, p)
		if err != nil {
			t.Fatal(err)
		}
		if c.First >= 0 && (len(c.Signals) == 0 || c.Signals[0] != c.First) || c.First < 0 && len(c.Signals) > 0 {
			t.Fatal("the first signal differs", c.First, c.Signals)
		}
		until := len(y)
		if c.First >= 0 {
			until = c.First + 1
		}
		if !slices.Equal(c.S[:until], c.Reset[:until]) || c.Max != slices.Max(c.S) {
			t.Fatal("the courses differ before a signal")
		}
	})
}

func TestTheDisplayEndsAtExpectedMinusObserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, p := series(t)
		v, err := VLAD(y, p)
		if err != nil || math.Abs(v[len(v)-1]-float64(len(y))*(mean(p)-mean(y))) > 1e-9 {
			t.Fatal(v, err)
		}
	})
}

func near(a, b []float64, tolerance float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= tolerance*(1+math.Abs(y)) })
}

// risks from 0.12 to 0.79.
func risks() []float64 {
	var p []float64
	for i := range 70 {
		p = append(p, 1/(1+math.Exp(2-0.05*float64(i))))
	}
	return p
}

func TestTheMarkovChainAgreesWithSimulation(t *testing.T) {
	for _, c := range []struct{ ra, h, r float64 }{{2, 2, 1}, {2, 1, 2}, {0.5, 2, 1}, {4, 3, 2}} {
		chart := Chart{RA: c.ra, H: c.h}
		exact, err := RunLength(risks(), chart, c.r)
		if err != nil {
			t.Fatal(err)
		}
		s, err := SimulateRunLength(risks(), chart, c.r, Simulation{Reps: 8000, Cap: 1e5, Uniform: PCG(11)})
		if err != nil || s.Capped > 0 || math.Abs(s.Mean-exact) > 4*s.SE+2e-3*exact {
			t.Errorf("%+v: simulated %+v, exact %v, %v", c, s, exact, err)
		}
	}
}

func TestAThresholdKeepsWhatItPromises(t *testing.T) {
	p := risks()
	chart := Chart{RA: 2}
	for _, wanted := range []float64{0.01, 0.05, 0.2} {
		h, err := ThresholdForFalseAlarm(p, chart, 100, wanted, Simulation{Reps: 4000, Uniform: PCG(3)})
		if err != nil || h.Reached > wanted {
			t.Fatal(h, err)
		}
		exact, err := FalseAlarm(p, Chart{RA: 2, H: h.H}, 1, 100)
		if err != nil || math.Abs(exact-wanted) > 4*h.SE+0.003 {
			t.Errorf("wanted %v, reached %+v, by the chain %v, %v", wanted, h, exact, err)
		}
	}
	for _, wanted := range []float64{30, 300} {
		h, err := ThresholdForRunLength(p, chart, wanted, Simulation{Reps: 2000, Uniform: PCG(4)})
		if err != nil || math.Abs(h.Reached-wanted) > 0.02*wanted {
			t.Fatal(h, err)
		}
		exact, err := RunLength(p, Chart{RA: 2, H: h.H}, 1)
		if err != nil || math.Abs(exact-wanted) > 4*h.SE+0.02*wanted {
			t.Errorf("wanted %v, reached %+v, by the chain %v, %v", wanted, h, exact, err)
		}
	}
}

func TestTheSameSeedGivesTheSameRuns(t *testing.T) {
	run := func() SimulatedRunLength {
		l, err := SimulateRunLength(risks(), Chart{RA: 2, H: 2}, 1, Simulation{Reps: 50, Uniform: PCG(9)})
		if err != nil {
			t.Fatal(err)
		}
		return *l
	}
	if a, b := run(), run(); a != b {
		t.Error(a, b)
	}
}

func TestTheMinimalStandardGeneratorIsParkAndMillers(t *testing.T) {
	u := ParkMiller(1)
	var last float64
	for range 10000 {
		last = u()
	}
	if math.Round(last*(1<<31-1)) != 1043618065 { // their check, Comm ACM 31:1195
		t.Error(last * (1<<31 - 1))
	}
}

func TestRunsThatAreCutOffAreCounted(t *testing.T) {
	l, err := SimulateRunLength([]float64{0.1}, Chart{RA: 2, H: 8}, 1, Simulation{Reps: 20, Cap: 30, Uniform: PCG(1)})
	if err != nil || l.Capped != 20 || l.Mean != 30 {
		t.Error(l, err)
	}
}

func TestALearnersCurveIsDecidedWhereItCrossesALine(t *testing.T) {
	good := make([]float64, 60)
	l, err := Learn(good, Rates{Acceptable: 0.1, Unacceptable: 0.3, H: 2})
	if err != nil || !l.SPRT.Acceptable || l.SPRT.Path[l.SPRT.Decided] > l.SPRT.Lower || l.SPRT.Path[l.SPRT.Decided-1] <= l.SPRT.Lower {
		t.Fatal(l.SPRT, err)
	}
	if want := int(math.Ceil(2/l.LC.Success)) - 1; l.LC.Adequate != want {
		t.Error(l.LC.Adequate, want)
	}
	bad := slices.Repeat([]float64{1}, 20)
	if l, err = Learn(bad, Rates{Acceptable: 0.1, Unacceptable: 0.3, H: 2}); err != nil || l.SPRT.Acceptable || l.SPRT.Decided < 0 || l.LC.Adequate != -1 {
		t.Error(l.SPRT, l.LC.Adequate, err)
	}
}

// Wald's bounds promise errors of about alpha and beta; overshoot makes them smaller.
func TestTheSequentialTestErrsAsSeldomAsItSays(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	wrong := func(rate float64, acceptable bool) float64 {
		count := 0
		y := make([]float64, 400)
		for range 1500 {
			for i := range y {
				y[i] = 0
				if r.Float64() < rate {
					y[i] = 1
				}
			}
			l, err := Learn(y, Rates{Acceptable: 0.1, Unacceptable: 0.25})
			if err != nil {
				t.Fatal(err)
			}
			if l.SPRT.Decided >= 0 && l.SPRT.Acceptable != acceptable {
				count++
			}
		}
		return float64(count) / 1500
	}
	if alpha, beta := wrong(0.1, true), wrong(0.25, false); alpha > 0.065 || beta > 0.115 || alpha < 0.02 || beta < 0.05 {
		t.Error(alpha, beta)
	}
}

func TestEachSurgeonIsJudgedOnTheirOwnCases(t *testing.T) {
	y := []float64{0, 1, 0, 0, 1, 0}
	surgeon := []int{0, 2, 0, 2, 0, 2}
	curves, cases, err := Surgeons(y, surgeon, Rates{Acceptable: 0.1, Unacceptable: 0.3})
	if err != nil || len(curves) != 3 || curves[1] != nil {
		t.Fatal(curves, err)
	}
	alone, err := Learn([]float64{0, 0, 1}, Rates{Acceptable: 0.1, Unacceptable: 0.3})
	if err != nil || !slices.Equal(curves[0].LC.Path, alone.LC.Path) || !slices.Equal(cases[2], []int{1, 3, 5}) {
		t.Error(curves[0].LC.Path, cases, err)
	}
	if got := Experience(surgeon); !slices.Equal(got, []int{0, 0, 1, 1, 2, 2}) {
		t.Error(got)
	}
	courses, _, err := SurgeonsAdjusted(y, slices.Repeat([]float64{0.2}, 6), surgeon, Chart{RA: 2, H: 3})
	if err != nil || len(courses[2].S) != 3 {
		t.Error(courses, err)
	}
}

func TestTheAdjustedLearningCurveIsThePlainOneIfAllRisksAreEqual(t *testing.T) {
	y := []float64{0, 1, 0, 0, 0, 1, 0, 0}
	plain, err := Learn(y, Rates{Acceptable: 0.2, Unacceptable: 1.0 / 3}) // odds 1/4 and 1/2
	if err != nil {
		t.Fatal(err)
	}
	adjusted, err := LearnAdjusted(y, slices.Repeat([]float64{0.2}, len(y)), 2, math.Inf(1))
	if err != nil || !near(plain.LC.Path, adjusted.S, 1e-12) {
		t.Error(plain.LC.Path, adjusted.S, err)
	}
}

func TestARunChartIsReadByItsRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   Runs
	}{
		{"a shift of six", []float64{1, 2, 1, 2, 1, 2, 8, 9, 8, 9, 8, 9}, Runs{Useful: 12, Runs: 2, Longest: 6, Trend: 4, Shift: true, TooFewRuns: true, UnusuallyFew: true}},
		{"up and down", []float64{1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9}, Runs{Useful: 12, Runs: 12, Longest: 1, Trend: 2, TooManyRuns: true}},
		{"a trend with a pause", []float64{5, 1, 2, 2, 3, 4, 6, 2, 7}, Runs{Useful: 8, Runs: 5, Longest: 3, Trend: 5, Trending: true}},
		{"points on the median", []float64{5, 5, 5, 1, 9, 1, 9}, Runs{Useful: 4, Runs: 4, Longest: 1, Trend: 2}},
	} {
		got, err := RunChart(c.values)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if got.Useful != c.want.Useful || got.Runs != c.want.Runs || got.Longest != c.want.Longest || got.Trend != c.want.Trend || got.Shift != c.want.Shift ||
			got.Trending != c.want.Trending || got.TooFewRuns != c.want.TooFewRuns || got.TooManyRuns != c.want.TooManyRuns || got.UnusuallyFew != c.want.UnusuallyFew {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// Swed and Eisenhart 1943, table II, at 2.5 % in each tail: with 10 and 10 points, 6 runs or fewer and 16 or more are significant; with 5 and 5, 2 and 10; with 8 and 12, 6 and 16.
func TestLimitsOfRunsAreThoseOfTheTable(t *testing.T) {
	for _, c := range [][4]int{{10, 10, 6, 16}, {5, 5, 2, 10}, {8, 12, 6, 16}, {20, 20, 14, 28}} {
		fewest, most := runLimits(c[0], c[1])
		if fewest != c[2]+1 || most != c[3]-1 {
			t.Errorf("%v: %d to %d", c, fewest, most)
		}
		total := 0.0
		for r := 2; r <= c[0]+c[1]; r++ {
			total += runsMass(r, c[0], c[1])
		}
		if math.Abs(total-1) > 1e-12 {
			t.Error("probabilities add up to", total)
		}
	}
}

func TestChanceBreaksARunChartsRulesSeldom(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	few, many, anhoej := 0, 0, 0
	for range 2000 {
		values := make([]float64, 24)
		for i := range values {
			values[i] = r.NormFloat64()
		}
		c, err := RunChart(values)
		if err != nil {
			t.Fatal(err)
		}
		few += count(c.TooFewRuns)
		many += count(c.TooManyRuns)
		anhoej += count(c.UnusuallyFew || c.UnusuallyLong)
	}
	if few > 75 || many > 75 || anhoej > 200 { // 2.5 % with three Monte Carlo errors; Anhøj's about 5 %
		t.Error(few, many, anhoej)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestAFunnelsExactLimitsHoldTheirProbability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 400).Draw(t, "n")
		target := rapid.Float64Range(0.02, 0.98).Draw(t, "target")
		p := rapid.Float64Range(0.001, 0.999).Draw(t, "p")
		limit := binomialLimit(float64(n), target, p) * float64(n)
		r := int(math.Ceil(limit - 1e-9))
		if r < 0 || r > n || tail.BinomialLower(r, n, target) < p-1e-9 || r > 0 && tail.BinomialLower(r-1, n, target) > p+1e-9 {
			t.Fatal(limit, r)
		}
	})
}

func TestWithoutOverDispersionAFunnelIsNotWidened(t *testing.T) {
	f, err := NewFunnel([]int{10, 20, 31, 40}, []int{100, 200, 300, 400}, 0.1)
	if err != nil || f.Multiplicative() != 1 || f.Tau2 != 0 || f.Additive(f.S0[0]) != f.S0[0] {
		t.Fatal(f, err)
	}
	g, err := RatioFunnel([]int{10, 20, 31, 40}, []float64{10, 20, 31, 40}, 0)
	if err != nil || g.Target != 1 || math.Abs(slices.Max(g.Z)) > 1e-12 {
		t.Fatal(g, err)
	}
	if low, high := g.Exact(20, 0.025), g.Exact(20, 0.975); low > 0.65 || high < 1.35 || low < 0.5 || high > 1.6 {
		t.Error(low, high)
	}
}

func TestExactLimitsOfARatioHoldTheirProbability(t *testing.T) {
	got, err := Compare([]float64{1, 1, 1, 0, 1, 0}, []float64{0.5, 0.4, 0.3, 0.2, 0.4, 0.3}, []int{0, 0, 0, 1, 1, 1}, 0)
	if err != nil || len(got) != 2 || got[0].Observed != 3 || math.Abs(got[0].Expected-1.2) > 1e-12 {
		t.Fatal(got, err)
	}
	c := got[0]
	if below, above := tail.PoissonAtLeast(3, c.Exact[0]*c.Expected), tail.PoissonLower(3, c.Exact[1]*c.Expected); math.Abs(below-0.025) > 1e-10 || math.Abs(above-0.025) > 1e-10 {
		t.Error(below, above)
	}
	if math.Abs(c.AdjustedRate-c.Ratio*4/6) > 1e-12 {
		t.Error(c.AdjustedRate)
	}
}

func TestWhatCannotBeChartedSaysWhy(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	u := Simulation{Uniform: PCG(1)}
	for _, c := range []struct {
		name string
		err  error
		want stats.Problem
	}{
		{"no patients", second(Chart{RA: 2, H: 1}.Run(nil, nil)), stats.TooFewRows},
		{"no risks", second(Chart{RA: 2, H: 1}.Run([]float64{1}, nil)), stats.Invalid},
		{"unequal lists", second(Chart{RA: 2, H: 1}.Run([]float64{1}, []float64{0.1, 0.2})), stats.Invalid},
		{"a missing outcome", second(Chart{RA: 2, H: 1}.Run([]float64{nan}, []float64{0.1})), stats.Missing},
		{"a missing risk", second(Chart{RA: 2, H: 1}.Run([]float64{1}, []float64{nan})), stats.Missing},
		{"a risk above 1", second(Chart{RA: 2, H: 1}.Run([]float64{1}, []float64{1.2})), stats.Invalid},
		{"an outcome of 2", second(Chart{RA: 2, H: 1}.Run([]float64{2}, []float64{0.1})), stats.Invalid},
		{"nothing to detect", second(Chart{RA: 1, H: 1}.Run([]float64{1}, []float64{0.1})), stats.Invalid},
		{"a threshold of 0", second(Chart{RA: 2}.Run([]float64{1}, []float64{0.1})), stats.Invalid},
		{"an infinite odds ratio", second(Chart{RA: inf, H: 1}.Run([]float64{1}, []float64{0.1})), stats.Invalid},
		{"VLAD without risks", second(VLAD([]float64{1}, nil)), stats.Invalid},
		{"run length without chance", second(RunLength([]float64{0, 1}, Chart{RA: 2, H: 1}, 1)), stats.NoEvents},
		{"run length without threshold", second(RunLength([]float64{0.1}, Chart{RA: 2, H: inf}, 1)), stats.NotEstimable},
		{"run length without risks", second(RunLength(nil, Chart{RA: 2, H: 1}, 1)), stats.TooFewRows},
		{"no generator", second(SimulateRunLength([]float64{0.1}, Chart{RA: 2, H: 1}, 1, Simulation{})), stats.Invalid},
		{"a probability of 0", second(ThresholdForFalseAlarm([]float64{0.1}, Chart{RA: 2}, 10, 0, u)), stats.Invalid},
		{"too few runs", second(ThresholdForFalseAlarm([]float64{0.1}, Chart{RA: 2}, 10, 1e-5, u)), stats.TooFewRows},
		{"a run length of 1", second(ThresholdForRunLength([]float64{0.1}, Chart{RA: 2}, 1, u)), stats.Invalid},
		{"rates the wrong way round", second(Learn([]float64{1}, Rates{Acceptable: 0.3, Unacceptable: 0.1})), stats.Invalid},
		{"a rate of 0", second(Learn([]float64{1}, Rates{Unacceptable: 0.1})), stats.Invalid},
		{"risks of error of 1", second(Learn([]float64{1}, Rates{Acceptable: 0.1, Unacceptable: 0.3, Alpha: 0.6, Beta: 0.5})), stats.Invalid},
		{"a better odds ratio for learners", second(LearnAdjusted([]float64{1}, []float64{0.1}, 0.5, 1)), stats.Invalid},
		{"no events", second(EventsApart([]float64{0, 0})), stats.NoEvents},
		{"two events", second(DaysApart([]float64{1, 1}, []float64{1, 3})), stats.NoEvents},
		{"events on one day", second(DaysApart([]float64{1, 1, 1}, []float64{1, 1, 1})), stats.NoEvents},
		{"days that fall", second(DaysApart([]float64{1, 1, 1}, []float64{1, 9, 3})), stats.Invalid},
		{"an unknown day", second(DaysApart([]float64{1}, []float64{nan})), stats.Missing},
		{"an empty run chart", second(RunChart(nil)), stats.TooFewRows},
		{"a flat run chart", second(RunChart([]float64{2, 2, 2})), stats.OneLevel},
		{"a run chart of which half lies on its median and all else above", second(RunChart([]float64{0, 0, 1, 0, 2, 0, 0, 1, 0, 1, 3, 0, 0, 1})), stats.OneLevel},
		{"a run chart with a gap", second(RunChart([]float64{2, nan})), stats.Missing},
		{"no centers", second(NewFunnel(nil, nil, 0.1)), stats.TooFewRows},
		{"an empty center", second(NewFunnel([]int{0}, []int{0}, 0.1)), stats.EmptyStratum},
		{"more events than patients", second(NewFunnel([]int{3}, []int{2}, 0.1)), stats.Invalid},
		{"a funnel without events", second(NewFunnel([]int{0, 0}, []int{5, 9}, 0.1)), stats.NoEvents},
		{"a funnel of events only", second(NewFunnel([]int{5}, []int{5}, 0.1)), stats.NoEvents},
		{"winsorizing all", second(NewFunnel([]int{1, 2}, []int{5, 9}, 0.5)), stats.Invalid},
		{"nothing expected in a funnel", second(RatioFunnel([]int{1}, []float64{0}, 0)), stats.EmptyStratum},
		{"nothing expected", second(Compare([]float64{1}, []float64{0}, []int{0}, 0)), stats.EmptyStratum},
		{"half an event", second(Compare([]float64{0.5}, []float64{1}, []int{0}, 0)), stats.Invalid},
		{"a center below 0", second(Compare([]float64{1}, []float64{1}, []int{-1}, 0)), stats.Invalid},
	} {
		var e *stats.Error
		if !errors.Is(c.err, c.want) || !errors.As(c.err, &e) || e.Method == "" {
			t.Errorf("%s: %v, not %s", c.name, c.err, c.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestNoInputMakesAChartPanic(t *testing.T) {
	odd := rapid.SliceOfN(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, math.NaN(), math.Inf(1), math.Inf(-1), 0.5, -1})), 0, 6)
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, 2, math.NaN(), math.Inf(1), -1}))
	rapid.Check(t, func(t *rapid.T) {
		y, p := odd.Draw(t, "y"), odd.Draw(t, "p")
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		_, _ = Chart{RA: a, R0: b, H: number.Draw(t, "h")}.Run(y, p)
		_, _ = VLAD(y, p)
		_, _ = Learn(y, Rates{Acceptable: a, Unacceptable: b, H: number.Draw(t, "H")})
		_, _ = LearnAdjusted(y, p, a, b)
		_, _ = EventsApart(y)
		_, _ = DaysApart(y, p)
		_, _ = RunChart(y)
		_, _ = RatioFunnel(rapid.SliceOfN(rapid.IntRange(-2, 9), 0, 6).Draw(t, "x"), p, a)
		_, _ = Compare(y, p, rapid.SliceOfN(rapid.IntRange(-2, 9), 0, 6).Draw(t, "center"), b)
		_, _ = SimulateRunLength(p, Chart{RA: a, H: b}, 1, Simulation{Reps: 2, Cap: 10, Uniform: PCG(1)})
	})
}
