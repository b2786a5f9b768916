package meta

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
)

// studies draws effects that may agree or differ a lot.
func studies(t *rapid.T, least int) Studies {
	k := rapid.IntRange(least, 12).Draw(t, "k")
	spread := rapid.SampledFrom([]float64{0.01, 1, 30}).Draw(t, "spread")
	s := newStudies(k)
	for i := range k {
		s.Effect[i] = spread * rapid.Float64Range(-1, 1).Draw(t, "y")
		s.Variance[i] = rapid.Float64Range(0.01, 2).Draw(t, "v")
	}
	return s
}

var methods = []Method{Fixed, DerSimonianLaird, RestrictedML, PauleMandel}

func TestOrderUnitAndOriginOfEffectsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := studies(t, 3)
		by := rapid.SampledFrom(methods).Draw(t, "method")
		scale := rapid.Float64Range(0.1, 50).Draw(t, "scale")
		origin := rapid.Float64Range(-5, 5).Draw(t, "origin")
		other := newStudies(s.Len())
		for to, from := range rapid.Permutation(indices(s.Len())).Draw(t, "order") {
			other.Effect[to], other.Variance[to] = origin+scale*s.Effect[from], scale*scale*s.Variance[from]
		}
		a, err := Pool(s, Options{Method: by})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Pool(other, Options{Method: by})
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]float64{{origin + scale*a.Estimate, b.Estimate}, {scale * a.SE, b.SE}, {scale * scale * a.Tau2, b.Tau2}, {a.Q, b.Q}, {a.I2, b.I2}} {
			if math.Abs(pair[0]-pair[1]) > 1e-6*(scale+math.Abs(pair[1])) {
				t.Fatal(by, a, b)
			}
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// The slope of the restricted likelihood is 0 at an estimate above 0, and no value on a fine grid is higher.
func TestRestrictedLikelihoodIsHighestAtItsEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := studies(t, 2)
		m, err := newModel("", s, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		tau2, _, err := m.tau2(RestrictedML)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := m.fitAt(tau2)
		for x := 1e-5; x < 1e4; x *= 1.3 {
			if f, _ := m.fitAt(x); f.restricted() > at.restricted()+1e-9 {
				t.Fatalf("τ² = %g gives %g, the estimate %g gives %g", x, f.restricted(), tau2, at.restricted())
			}
		}
	})
}

func TestPauleAndMandelMakeQItsExpectation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := studies(t, 2)
		p, err := Pool(s, Options{Method: PauleMandel})
		if err != nil {
			t.Fatal(err)
		}
		m, _ := newModel("", s, nil, Options{})
		if f, _ := m.fitAt(p.Tau2); p.Tau2 > 0 && math.Abs(f.q-p.QDF) > 1e-9*p.QDF || p.Tau2 == 0 && f.q > p.QDF+1e-9 {
			t.Fatal(p.Tau2, f.q)
		}
		l, err := ProfileTau2(s, 0)
		if err != nil || l.Tau2.Lower > p.Tau2 || l.Tau2.Upper < p.Tau2 {
			t.Fatal(l, p.Tau2, err)
		}
	})
}

func TestAModeratorsUnitAndOriginDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		by := rapid.SampledFrom(methods).Draw(t, "method")
		scale, origin := rapid.Float64Range(0.1, 50).Draw(t, "scale"), rapid.Float64Range(-3000, 3000).Draw(t, "origin")
		other := stats.Design{Terms: moderator.Terms, Columns: [][]float64{make([]float64, 7), moderator.Columns[1]}}
		for i, x := range moderator.Columns[0] {
			other.Columns[0][i] = origin + scale*x
		}
		a, err := Regress(seven, moderator, Options{Method: by})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Regress(seven, other, Options{Method: by})
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]float64{{a.Coef[1], b.Coef[1] * scale}, {a.Coef[0], b.Coef[0] + b.Coef[1]*origin}, {a.SE[1], b.SE[1] * scale}, {a.SE[2], b.SE[2]}, {a.Tau2, b.Tau2}, {a.QM, b.QM}} {
			if math.Abs(pair[0]-pair[1]) > 1e-8*(1+math.Abs(pair[1])) {
				t.Fatal(by, pair)
			}
		}
	})
}

func TestARegressionWithoutModeratorsIsPooling(t *testing.T) {
	for _, by := range methods {
		for _, hksj := range []bool{false, true} {
			o := Options{Method: by, HKSJ: hksj}
			p, err := Pool(seven, o)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Regress(seven, stats.Design{}, o)
			if err != nil || r.Coef[0] != p.Estimate || r.SE[0] != p.SE || r.Lower[0] != p.Lower || !math.IsNaN(r.QM) {
				t.Fatal(r, p, err)
			}
		}
	}
}

func TestExchangingGroupsTurnsTheSign(t *testing.T) {
	turned := Tables{A: odd.C, N1: odd.N2, C: odd.A, N2: odd.N1}
	for _, measure := range []Measure{OddsRatio, RiskRatio, RiskDiff, "peto"} {
		pool := func(t Tables) (*Combined, error) {
			if measure == "peto" {
				return Peto(t, 0)
			}
			return MantelHaenszel(t, measure, 0)
		}
		a, errA := pool(odd)
		b, errB := pool(turned)
		if errA != nil || errB != nil || math.Abs(a.Estimate+b.Estimate) > 1e-12 || math.Abs(a.SE-b.SE) > 1e-12 || math.Abs(a.Q-b.Q) > 1e-9 {
			t.Error(measure, a, b, errA, errB)
		}
	}
}

// One event among 200 controls says nothing about the one patient who was treated: O − E is −0.005, and a correction by one half must not go beyond 0.
func TestACorrectionForContinuityTakesNoMoreThanThereIs(t *testing.T) {
	c, err := CochranMantelHaenszel(Tables{[]float64{0}, []float64{1}, []float64{1}, []float64{200}}, Half)
	if err != nil || c.Statistic != 0 || c.P != 1 {
		t.Errorf("%+v %v", c, err)
	}
}

func TestTablesWithoutEventsSayNothingAboutRatios(t *testing.T) {
	with := Tables{append([]float64{0}, hine.A...), append([]float64{50}, hine.N1...), append([]float64{0}, hine.C...), append([]float64{70}, hine.N2...)}
	for _, measure := range []Measure{OddsRatio, RiskRatio} {
		a, errA := MantelHaenszel(hine, measure, 0)
		b, errB := MantelHaenszel(with, measure, 0)
		if errA != nil || errB != nil || a.Estimate != b.Estimate || math.Abs(a.SE-b.SE) > 1e-15 || a.Q != b.Q || b.K != 7 || b.Used != 6 {
			t.Error(measure, a, b, errA, errB)
		}
	}
	a, _ := MantelHaenszel(hine, RiskDiff, 0)
	b, _ := MantelHaenszel(with, RiskDiff, 0)
	if math.Abs(b.Estimate) >= math.Abs(a.Estimate) {
		t.Error("a risk difference counts them", a.Estimate, b.Estimate)
	}
}

func TestProportionsComeBackFromEachScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := float64(rapid.IntRange(1, 500).Draw(t, "n"))
		x := float64(rapid.IntRange(0, int(n)).Draw(t, "x"))
		for _, scale := range []Transform{Logit, Log, Raw, Arcsine, DoubleArcsine} {
			s, err := Proportion(Proportions{[]float64{x}, []float64{n}}, scale, Correction{Add: 0})
			if err != nil {
				t.Fatal(err)
			}
			if got := scale.Back(s.Effect[0], n); math.Abs(got-x/n) > 1e-9 {
				t.Fatal(scale, x, n, got)
			}
		}
	})
}

// simulated draws k studies of the true effect 0.3 with the given τ², many times.
func simulated(k int, tau2 float64, reps int, seed uint64, see func(Studies)) {
	r := rand.New(rand.NewPCG(seed, 7))
	for range reps {
		s := newStudies(k)
		for i := range k {
			s.Variance[i] = math.Exp(r.NormFloat64()*0.7 - 2)
			s.Effect[i] = 0.3 + r.NormFloat64()*math.Sqrt(s.Variance[i]+tau2)
		}
		see(s)
	}
}

func TestIntervalsCoverAsOftenAsTheySay(t *testing.T) {
	const reps, tau2 = 1500, 0.1
	var hksj, profile, fixed, prediction int
	r := rand.New(rand.NewPCG(2, 3))
	simulated(10, tau2, reps, 1, func(s Studies) {
		p, err := Pool(s, Options{HKSJ: true})
		if err != nil {
			t.Fatal(err)
		}
		hksj += covers(p.Lower, p.Upper, 0.3)
		l, err := ProfileTau2(s, 0)
		if err != nil {
			t.Fatal(err)
		}
		profile += covers(l.Tau2.Lower, l.Tau2.Upper, tau2)
	})
	simulated(40, 0.5, reps, 3, func(s Studies) { // with few studies it covers less than it says (Partlett and Riley 2017, Stat Med 36:301)
		p, err := Pool(s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		prediction += covers(p.PredictionT.Lower, p.PredictionT.Upper, 0.3+r.NormFloat64()*math.Sqrt(0.5))
	})
	simulated(10, 0, reps, 2, func(s Studies) {
		p, err := Pool(s, Options{Method: Fixed})
		if err != nil {
			t.Fatal(err)
		}
		fixed += covers(p.Lower, p.Upper, 0.3)
	})
	for name, n := range map[string]int{"HKSJ": hksj, "Q-profile": profile, "fixed": fixed, "prediction": prediction} {
		if share := float64(n) / reps; math.Abs(share-0.95) > 0.02 { // 3.5 Monte Carlo errors
			t.Errorf("%s covers %.3f", name, share)
		}
	}
}

func covers(lower, upper, truth float64) int {
	if lower <= truth && truth <= upper {
		return 1
	}
	return 0
}

func TestTestsOfAsymmetryAndHeterogeneityHoldTheirSize(t *testing.T) {
	const reps = 1500
	var egger, begg, q int
	simulated(12, 0, reps, 5, func(s Studies) {
		e, errE := Egger(s)
		b, errB := Begg(s)
		p, errP := Pool(s, Options{Method: Fixed})
		if err := errors.Join(errE, errB, errP); err != nil {
			t.Fatal(err)
		}
		egger += covers(0, 0.05, e.P)
		begg += covers(0, 0.05, b.P)
		q += covers(0, 0.05, p.QP)
	})
	for name, n := range map[string]int{"Egger": egger, "Begg": begg, "Q": q} {
		if share := float64(n) / reps; share > 0.07 || share < 0.025 {
			t.Errorf("%s rejects %.3f", name, share)
		}
	}
}

func TestWhatCannotBePooledSaysWhy(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	one := Studies{[]float64{1}, []float64{1}}
	equal := Studies{[]float64{1, 1, 1}, []float64{1, 2, 3}}
	none := Tables{[]float64{0, 0}, []float64{5, 9}, []float64{0, 0}, []float64{5, 9}}
	oneArm := Tables{[]float64{0, 0}, []float64{5, 9}, []float64{1, 2}, []float64{5, 9}}
	repeated := stats.Design{Terms: []string{"a", "b"}, Columns: [][]float64{moderator.Columns[0], moderator.Columns[0]}}
	for _, c := range []struct {
		name string
		err  error
		want stats.Problem
	}{
		{"effects beyond all measure", second(Pool(Studies{[]float64{1e200, -1e200}, []float64{1, 1}}, Options{})), stats.NotConverged},
		{"no studies", second(Pool(Studies{}, Options{Method: Fixed})), stats.TooFewRows},
		{"τ² of one study", second(Pool(one, Options{})), stats.TooFewRows},
		{"scatter of one study", second(Pool(one, Options{Method: Fixed, HKSJ: true})), stats.TooFewRows},
		{"unequal lists", second(Pool(Studies{[]float64{1, 2}, []float64{1}}, Options{})), stats.Invalid},
		{"a missing effect", second(Pool(Studies{[]float64{1, nan}, []float64{1, 1}}, Options{})), stats.Missing},
		{"an infinite effect", second(Pool(Studies{[]float64{1, inf}, []float64{1, 1}}, Options{})), stats.Missing},
		{"a variance of 0", second(Pool(Studies{[]float64{1, 2}, []float64{1, 0}}, Options{})), stats.Infinite},
		{"a negative variance", second(Pool(Studies{[]float64{1, 2}, []float64{1, -1}}, Options{})), stats.Invalid},
		{"an infinite variance", second(Pool(Studies{[]float64{1, 2}, []float64{1, inf}}, Options{})), stats.Missing},
		{"equal effects, HKSJ", second(Pool(equal, Options{HKSJ: true})), stats.NotEstimable},
		{"another estimator", second(Pool(equal, Options{Method: "SJ"})), stats.Unsupported},
		{"a level of 95", second(Pool(equal, Options{Level: 95})), stats.Invalid},
		{"Q-profile of one study", second(ProfileTau2(one, 0)), stats.TooFewRows},
		{"leaving one of two out", second(LeaveOneOut(Studies{[]float64{1, 2}, []float64{1, 1}}, Options{})), stats.TooFewRows},
		{"Egger of two", second(Egger(Studies{[]float64{1, 2}, []float64{1, 2}})), stats.TooFewRows},
		{"Egger of one size", second(Egger(Studies{[]float64{1, 2, 3}, []float64{1, 1, 1}})), stats.OneLevel},
		{"Begg of one size", second(Begg(Studies{[]float64{1, 2, 3}, []float64{1, 1, 1}})), stats.OneLevel},
		{"Begg of equal effects", second(Begg(equal)), stats.OneLevel},
		{"more moderators than studies", second(Regress(Studies{seven.Effect[:2], seven.Variance[:2]}, stats.Design{Terms: []string{"a"}, Columns: [][]float64{{1, 2}}}, Options{})), stats.TooFewRows},
		{"a moderator twice", second(Regress(seven, repeated, Options{})), stats.Collinear},
		{"a constant moderator", second(Regress(seven, stats.Design{Terms: []string{"a"}, Columns: [][]float64{make([]float64, 7)}}, Options{})), stats.Collinear},
		{"a moderator too short", second(Regress(seven, stats.Design{Terms: []string{"a"}, Columns: [][]float64{{1}}}, Options{})), stats.Invalid},
		{"no tables", second(LogOddsRatio(Tables{}, HalfToZero)), stats.TooFewRows},
		{"an empty group", second(LogOddsRatio(Tables{[]float64{0}, []float64{0}, []float64{1}, []float64{4}}, HalfToZero)), stats.EmptyStratum},
		{"more events than patients", second(RiskDifference(Tables{[]float64{5}, []float64{4}, []float64{1}, []float64{4}}, HalfToZero)), stats.Invalid},
		{"an unknown correction", second(LogOddsRatio(hine, Correction{0.5, "some"})), stats.Unsupported},
		{"a negative correction", second(LogOddsRatio(hine, Correction{-1, OnlyZero})), stats.Invalid},
		{"no events in any table", second(MantelHaenszel(none, OddsRatio, 0)), stats.NotEstimable},
		{"no events, RD", second(MantelHaenszel(none, RiskDiff, 0)), stats.NotEstimable},
		{"no events in one group", second(MantelHaenszel(oneArm, RiskRatio, 0)), stats.NotEstimable},
		{"no events, Peto", second(Peto(none, 0)), stats.NoEvents},
		{"no events, CMH", second(CochranMantelHaenszel(none, Half)), stats.NoEvents},
		{"no events in one group, Breslow-Day", second(BreslowDay(oneArm)), stats.NotEstimable},
		{"another measure", second(MantelHaenszel(hine, "HR", 0)), stats.Unsupported},
		{"no spread", second(MeanDifference(Arms{[]float64{1}, []float64{0}, []float64{5}, []float64{2}, []float64{0}, []float64{5}})), stats.Infinite},
		{"a group of one", second(StandardizedMeanDifference(Arms{[]float64{1}, []float64{1}, []float64{1}, []float64{2}, []float64{1}, []float64{5}})), stats.TooFewRows},
		{"another scale", second(Proportion(Proportions{[]float64{1}, []float64{2}}, "probit", HalfToZero)), stats.Unsupported},
		{"more events than there are", second(Proportion(Proportions{[]float64{3}, []float64{2}}, Logit, HalfToZero)), stats.Invalid},
	} {
		var e *stats.Error
		if !errors.Is(c.err, c.want) || !errors.As(c.err, &e) || e.Method == "" {
			t.Errorf("%s: %v, not %s", c.name, c.err, c.want)
		}
	}
	if p, err := Pool(one, Options{Method: Fixed}); err != nil || p.Estimate != 1 || p.SE != 1 || p.QP != 1 {
		t.Error("a fixed effect of one study is the study", p, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestNoInputMakesAMetaAnalysisPanic(t *testing.T) {
	odd := rapid.SliceOfN(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, math.NaN(), math.Inf(1), math.Inf(-1), 1e-300, 1e300, -1})), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c, d := odd.Draw(t, "a"), odd.Draw(t, "b"), odd.Draw(t, "c"), odd.Draw(t, "d")
		s := Studies{a, b}
		for _, by := range methods {
			_, _ = Pool(s, Options{Method: by})
			_, _ = Pool(s, Options{Method: by, HKSJ: true})
			_, _ = Regress(s, stats.Design{Terms: []string{"x"}, Columns: [][]float64{c}}, Options{Method: by})
		}
		_, _ = ProfileTau2(s, 0)
		_, _ = LeaveOneOut(s, Options{})
		_, _ = Egger(s)
		_, _ = Begg(s)
		tables := Tables{a, b, c, d}
		_, _ = LogOddsRatio(tables, HalfToZero)
		_, _ = MantelHaenszel(tables, OddsRatio, 0)
		_, _ = Peto(tables, 0)
		_, _ = BreslowDay(tables)
		_, _ = Proportion(Proportions{a, b}, DoubleArcsine, HalfToZero)
		_, _ = StandardizedMeanDifference(Arms{a, b, c, d, a, b})
	})
}
