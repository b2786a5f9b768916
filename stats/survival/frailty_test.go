package survival

import (
	"errors"
	"math"
	"slices"
	"testing"

	"consilium/stats"
	"consilium/stats/fit"

	"pgregory.net/rapid"
)

// drawFrail is a data set without weights, and groups of its rows of which each has some.
func drawFrail(t *rapid.T) (draws, []int) {
	d := drawCox(t)
	d.o = CoxOptions{Strata: d.o.Strata}
	d.times.Event[0], d.times.Event[len(d.times.Event)-1] = 1, 1
	group := make([]int, len(d.times.Stop))
	for i := range group {
		group[i] = i % 4
	}
	return d, group
}

// At each variance, the derivative of the integrated likelihood is that of its values, and the frailties have the mean 1.
func TestTheDerivativeOfTheFrailtyLikelihood(t *testing.T) {
	tried := 0
	rapid.Check(t, func(t *rapid.T) {
		d, group := drawFrail(t)
		plain, err := NewRiskSets(d.times, d.x, d.o)
		if err != nil {
			return
		}
		if _, err := Cox(plain, fit.Options{}); err != nil {
			return // nothing to estimate
		}
		f, err := newFrailty(d.times, d.x, group, 4, d.o)
		if err != nil {
			t.Fatal(err)
		}
		nu := rapid.Float64Range(0.5, 30).Draw(t, "precision")
		_, slope, err := f.at(nu)
		if err != nil {
			return
		}
		tried++
		sum := 0.0
		for _, b := range f.beta[f.p:] {
			sum += math.Exp(b)
		}
		h := 1e-4 * nu
		up, _, _ := f.at(nu + h)
		down, _, _ := f.at(nu - h)
		if want := (up - down) / (2 * h); math.Abs(slope-want) > 1e-5*(1+math.Abs(want)) || math.Abs(sum-4) > 1e-6 {
			t.Errorf("derivative %g, by differences %g; frailties add up to %g", slope, want, sum)
		}
	})
	if tried < 20 {
		t.Errorf("only %d data sets could be tried", tried)
	}
}

// Names of groups mean nothing, and groups that differ by chance alone have no frailty.
func TestNamesOfGroupsMeanNothingToFrailties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, group := drawFrail(t)
		a, err := Frailty(d.times, d.x, group, d.o)
		if err != nil {
			return
		}
		other := slices.Clone(group)
		for i, g := range group {
			other[i] = 3 - g
		}
		b, err := Frailty(d.times, d.x, other, d.o)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "variance", []float64{b.Variance, b.LogLik}, []float64{a.Variance, a.LogLik}, 1e-5)
		agree(t, "coefficients", b.Coef, a.Coef, 1e-5)
		if a.LogLik < a.LogLikPlain-1e-9 {
			t.Errorf("the likelihood %g lies below %g, that without frailties", a.LogLik, a.LogLikPlain)
		}
	})
}

// Without ties the exact likelihood is Cox's, whatever else there is.
func TestWithoutTiesTheExactLikelihoodIsCoxs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawCox(t)
		d.o.Weights = nil
		for i := range d.times.Stop {
			d.times.Stop[i] += float64(i) * 1e-4
		}
		s, err := NewRiskSets(d.times, d.x, d.o)
		if err != nil {
			t.Fatal(err)
		}
		beta := []float64{rapid.Float64Range(-2, 2).Draw(t, "a"), rapid.Float64Range(-2, 2).Draw(t, "b")}
		want, got := sumsOf(t, s, beta), s.exactSums(beta)
		agree(t, "score", got.Score, want.Score, 1e-8)
		agree(t, "information", got.Information.Data, want.Information.Data, 1e-8)
	})
}

// With ties, score and information are the derivatives of the likelihood, and this counts all sets: at no effect, one of "n choose d".
func TestTheExactLikelihoodCountsSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawCox(t)
		d.o.Weights, d.o.Offset = nil, nil
		s, err := NewRiskSets(d.times, d.x, d.o)
		if err != nil {
			t.Fatal(err)
		}
		chances := 0.0
		for _, st := range s.strata {
			for e := st.slotLo + 1; e < st.slotHi; e++ {
				n := float64(st.hi - s.at[e] - s.lateFor(e))
				a, _ := math.Lgamma(n + 1)
				b, _ := math.Lgamma(float64(s.deaths[e]) + 1)
				c, _ := math.Lgamma(n - float64(s.deaths[e]) + 1)
				chances += b + c - a
			}
		}
		agree(t, "chances", []float64{s.exactSums([]float64{0, 0}).LogLik}, []float64{chances}, 1e-8)
		const h = 1e-5
		at := []float64{0.4, -0.7}
		here := s.exactSums(at)
		for j := range at {
			up, down := slices.Clone(at), slices.Clone(at)
			up[j] += h
			down[j] -= h
			a, b := s.exactSums(up), s.exactSums(down)
			agree(t, "score", here.Score[j:j+1], []float64{(a.LogLik - b.LogLik) / (2 * h)}, 1e-5)
			for k := range at {
				agree(t, "information", []float64{here.Information.At(j, k)}, []float64{(b.Score[k] - a.Score[k]) / (2 * h)}, 1e-5)
			}
		}
	})
}

// Two strata with the same rows say twice what one says.
func TestTwoEqualStrataOfFineGray(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawCox(t)
		n := len(d.times.Stop)
		d.times.Start = nil
		for i := range n {
			d.times.Event[i] = i % 3
		}
		once, err := FineGray(d.times, d.x, 1, FineGrayOptions{})
		if err != nil {
			return
		}
		rows := slices.Concat(numbers(n), numbers(n))
		strata := Groups{Labels: []string{"a", "b"}, Of: make([]int, 2*n)}
		for i := range n {
			strata.Of[n+i] = 1
		}
		twice, err := FineGray(d.times.take(rows), d.x.Take(rows), 1, FineGrayOptions{Strata: strata})
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "coefficients", twice.Coef, once.Coef, 1e-6)
		for k, v := range twice.Covariance.Data {
			agree(t, "covariance", []float64{2 * v}, []float64{once.Covariance.Data[k]}, 1e-6)
		}
	})
}

func TestFrailtiesAndExactTiesRefuse(t *testing.T) {
	times, err := NewTimes(nil, []float64{1, 2, 3, 4}, []float64{1, 0, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	x := design([]float64{0.1, 1, 0.4, 0.2}, []float64{1, 0, 0, 1})
	for name, one := range map[string]struct {
		run  func() error
		want stats.Problem
	}{
		"one group":      {func() error { _, err := Frailty(times, x, []int{0, 0, 0, 0}, CoxOptions{}); return err }, stats.OneLevel},
		"a group of -1":  {func() error { _, err := Frailty(times, x, []int{0, -1, 0, 0}, CoxOptions{}); return err }, stats.Invalid},
		"too few groups": {func() error { _, err := Frailty(times, x, []int{0, 1}, CoxOptions{}); return err }, stats.Invalid},
		"weights":        {func() error { _, err := CoxExact(times, x, CoxOptions{Weights: []float64{1, 1, 1, 1}}); return err }, stats.Unsupported},
	} {
		if err := one.run(); !errors.Is(err, one.want) {
			t.Errorf("%s: %v, not %q", name, err, one.want)
		}
	}
}
