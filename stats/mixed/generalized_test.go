package mixed

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
)

// The derivatives of each density are those of its values, by central differences.
func TestDerivativesOfDensities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eta := rapid.Float64Range(-4, 4).Draw(t, "eta")
		count := float64(rapid.IntRange(0, 900).Draw(t, "count"))
		cuts := []float64{-2, rapid.Float64Range(-1.5, 1.5).Draw(t, "cut"), 2.5}
		for _, one := range []struct {
			d   density
			y   float64
			own []float64
		}{
			{bernoulli{}, math.Mod(count, 2), nil},
			{poissonCount{}, math.Mod(count, 30), nil},
			{negativeBinomial{}, count, []float64{rapid.Float64Range(-2, 4).Draw(t, "log size")}},
			{cumulative{}, math.Mod(count, 4), cuts},
		} {
			d, ok := one.d.with(one.own)
			if !ok {
				t.Fatal("no density")
			}
			const h = 1e-5
			up, here, down := d.at(one.y, eta+h), d.at(one.y, eta), d.at(one.y, eta-h)
			for k := range 3 {
				slopeIs(t, one.d, here[k+1], (up[k]-down[k])/(2*h), up[k])
			}
			for k := range one.own {
				more, fewer := slices.Clone(one.own), slices.Clone(one.own)
				more[k] += h
				fewer[k] -= h
				a, _ := one.d.with(more)
				b, _ := one.d.with(fewer)
				by := d.byOwn(one.y, eta, k)
				for j := range 3 {
					high, low := a.at(one.y, eta)[j], b.at(one.y, eta)[j]
					slopeIs(t, one.d, by[j], (high-low)/(2*h), high)
				}
			}
		}
	})
}

func slopeIs(t *rapid.T, d density, got, want, size float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*(1+math.Abs(want))+1e-10*math.Abs(size)/1e-5 {
		t.Errorf("%T: %g, by differences %g", d, got, want)
	}
}

// The gradient of the marginal likelihood, in which the modes move, is that of its values.
func TestGradientOfTheMarginalLikelihood(t *testing.T) {
	d := simulate(3, 12, 9, 0.8)
	z := stats.NewDesign([]string{"a"}, d.x.Columns[1:2], len(d.y))
	for name, one := range map[string]struct {
		density density
		y       []float64
		own     []float64
	}{"bernoulli": {bernoulli{}, d.y, nil}, "poisson": {poissonCount{}, d.count, nil}, "negative binomial": {negativeBinomial{}, d.count, []float64{0.4}}} {
		m := newMarginal(one.y, d.x, z, d.group, nil)
		m.density, m.own = one.density, len(one.own)
		at := append([]float64{-0.4, 0.5, -0.3, 0.7, 0.2, 0.4}, one.own...)
		_, got := m.at(at)
		want := gradientOf(func(par []float64) float64 { v, _ := m.at(par); return v }, at)
		if !near(got, want, 1e-8) {
			t.Errorf("%s: %v, by differences %v", name, got, want)
		}
	}
}

// Without slopes, the models are those of a random intercept that other code fits.
func TestRandomInterceptsAgreeWithTheOtherFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := sample(t)
		e := Effects{Group: d.group}
		g, err := Generalized(d.y, d.x, e, GeneralizedOptions{Family: Binomial})
		if err != nil {
			t.Fatal(err)
		}
		l, err := Logistic(d.y, d.x, d.group, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !near(append(g.Coef, g.LogLik, math.Sqrt(g.Random.At(0, 0))), append(l.Coef, l.LogLik, l.SD), 1e-6) || !near(g.SE(), l.SE(), 1e-6) {
			t.Errorf("logistic: %v %v, not %v %v", g.Coef, g.SE(), l.Coef, l.SE())
		}
		for _, ml := range []bool{false, true} {
			s, err := Slopes(d.measured, d.x, e, ml, nil)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Linear(d.measured, d.x, d.group, LinearOptions{ML: ml})
			if err != nil {
				t.Fatal(err)
			}
			if !near(append(s.Coef, s.Criterion, s.Random.At(0, 0), s.VarResidual), append(m.Coef, m.Criterion, m.VarGroup, m.VarResidual), 1e-7) || !near(s.SE(), m.SE(), 1e-7) {
				t.Errorf("linear: %v, not %v", s.Coef, m.Coef)
			}
		}
	})
}

// Where a slope's variable has its zero and its unit means nothing to the likelihood, nor to a slope in the old unit.
func TestRandomSlopesDoNotDependOnUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := simulate(rapid.Uint64Range(0, 60).Draw(t, "seed"), 16, 12, 1)
		for i, g := range d.group { // slopes that do vary
			d.measured[i] += math.Sin(float64(g)) * d.x.Columns[1][i]
		}
		shift, unit := rapid.Float64Range(-20, 20).Draw(t, "shift"), rapid.Float64Range(0.02, 50).Draw(t, "unit")
		moved := make([]float64, len(d.y))
		for i, v := range d.x.Columns[1] {
			moved[i] = (v + shift) * unit
		}
		other := stats.NewDesign(d.x.Terms[1:], [][]float64{moved, d.x.Columns[2]}, len(d.y))
		a, err := Slopes(d.measured, d.x, Effects{d.group, stats.Design{Terms: []string{"a"}, Columns: d.x.Columns[1:2]}}, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Slopes(d.measured, other, Effects{d.group, stats.Design{Terms: []string{"a"}, Columns: [][]float64{moved}}}, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := []float64{a.Coef[1], a.SE()[1], a.DF[1], a.Criterion, a.Random.At(1, 1), a.BLUP[3][1]}
		if got := []float64{b.Coef[1] * unit, b.SE()[1] * unit, b.DF[1], b.Criterion, b.Random.At(1, 1) * unit * unit, b.BLUP[3][1] * unit}; !near(got, want, 1e-5) {
			t.Errorf("%v, not %v", got, want)
		}
	})
}

// Ranks are shared out: they add up, the smallest of well-separated effects is first, and moving or stretching all effects changes nothing.
func TestRanksAreSharedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "groups")
		mean, sd := make([]float64, n), make([]float64, n)
		for g := range n {
			mean[g], sd[g] = rapid.Float64Range(-2, 2).Draw(t, "mean"), rapid.Float64Range(0.2, 0.8).Draw(t, "sd")
		}
		ranks, err := Ranks(mean, sd, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		var expected, first, last float64
		for _, r := range ranks {
			expected, first, last = expected+r.Expected, first+r.First, last+r.Last
			if r.Lower > r.Upper || r.Lower < 1 || r.Upper > n {
				t.Errorf("%+v", r)
			}
		}
		if !near([]float64{expected, first, last}, []float64{float64(n*(n+1)) / 2, 1, 1}, 1e-7) {
			t.Errorf("the ranks add up to %g, first places to %g, last to %g", expected, first, last)
		}
		for g := range n {
			mean[g], sd[g] = 5+3*mean[g], 3*sd[g]
		}
		if moved, _ := Ranks(mean, sd, 0.9); math.Abs(moved[0].Expected-ranks[0].Expected) > 1e-9 {
			t.Error("a change of units changes ranks")
		}
	})
}

func TestModelsOfSeveralEffectsRefuse(t *testing.T) {
	d := simulate(1, 10, 8, 1)
	slope := func(column []float64) Effects {
		return Effects{d.group, stats.Design{Terms: []string{"a"}, Columns: [][]float64{column}}}
	}
	flat := make([]float64, len(d.y))
	grades := slices.Repeat([]float64{0, 2}, len(d.y)/2)
	for name, one := range map[string]struct {
		run  func() error
		want stats.Problem
	}{
		"a slope of a constant": {func() error { _, err := Slopes(d.measured, d.x, slope(flat), false, nil); return err }, stats.OneLevel},
		"an empty grade": {func() error {
			_, err := Generalized(grades, stats.Design{Terms: d.x.Terms[1:], Columns: d.x.Columns[1:]}, Effects{Group: d.group}, GeneralizedOptions{Family: Ordinal})
			return err
		}, stats.EmptyStratum},
		"no such family": {func() error {
			_, err := Generalized(d.y, d.x, Effects{Group: d.group}, GeneralizedOptions{Family: "gamma"})
			return err
		}, stats.Unsupported},
		"not yes or no": {func() error {
			_, err := Generalized(d.measured, d.x, Effects{Group: d.group}, GeneralizedOptions{Family: Binomial})
			return err
		}, stats.Invalid},
		"a collinear one": {func() error {
			_, err := Slopes(d.measured, stats.NewDesign([]string{"a", "b"}, [][]float64{d.x.Columns[1], d.x.Columns[1]}, len(d.y)), Effects{Group: d.group}, false, nil)
			return err
		}, stats.Collinear},
		"one rank":     {func() error { _, err := Ranks([]float64{1}, []float64{1}, 0.95); return err }, stats.TooFewRows},
		"groups alike": {func() error { _, err := Ranks([]float64{0, 0}, []float64{0, 0}, 0.95); return err }, stats.NotEstimable},
	} {
		if err := one.run(); !errors.Is(err, one.want) {
			t.Errorf("%s: %v, not %q", name, err, one.want)
		}
	}
}
