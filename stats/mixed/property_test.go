package mixed

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
	"consilium/stats/fit"
)

// answers fits all models to the data: coefficients, standard errors and variances, by model.
func answers(t interface{ Fatal(...any) }, d clustered) map[string][]float64 {
	out := map[string][]float64{}
	for name, points := range map[string]int{"Laplace": 1, "quadrature": 7} {
		m, err := Logistic(d.y, d.x, d.group, Options{Points: points})
		if err != nil {
			t.Fatal(name, err)
		}
		out[name] = append(append(m.SE(), m.SD, m.LogLik), m.Coef...)
	}
	for name, ml := range map[string]bool{"REML": false, "ML": true} {
		m, err := Linear(d.measured, d.x, d.group, LinearOptions{ML: ml})
		if err != nil {
			t.Fatal(name, err)
		}
		out[name] = append(append(m.SE(), m.VarGroup, m.VarResidual, m.Criterion), m.Coef...)
	}
	for family, y := range map[Family][]float64{Binomial: d.y, Poisson: d.count, Gaussian: d.measured} {
		for _, correlation := range []Correlation{Independence, Exchangeable} {
			m, err := GEE(y, d.x, d.group, GEEOptions{Family: family, Correlation: correlation})
			if err != nil {
				t.Fatal(family, correlation, err)
			}
			out[string(family)+" "+string(correlation)] = append(append(append(m.SE(), m.NaiveSE()...), m.Alpha, m.Scale), m.Coef...)
		}
	}
	return out
}

func sample(t *rapid.T) clustered {
	return simulate(rapid.Uint64Range(0, 400).Draw(t, "seed"), rapid.IntRange(12, 25).Draw(t, "groups"), rapid.IntRange(10, 14).Draw(t, "size"), 1)
}

func agree(t *rapid.T, got, want map[string][]float64) {
	for name, w := range want {
		if !near(got[name], w, 1e-7) {
			t.Errorf("%s: %v, not %v", name, got[name], w)
		}
	}
}

func TestOrderOfRowsAndNamesOfGroupsMeanNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := sample(t)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
		other := d.take(r.Perm(len(d.y)))
		name := r.Perm(len(sizes(d.group)))
		for i, g := range other.group {
			other.group[i] = name[g]
		}
		agree(t, answers(t, other), answers(t, d))
	})
}

func TestAnotherUnitRescalesItsCoefficientAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := sample(t)
		unit, shift := rapid.SampledFrom([]float64{1e-3, 0.5, 10, 1e4}).Draw(t, "unit"), rapid.SampledFrom([]float64{0, 1, -30, 1e6}).Draw(t, "shift")
		other := d
		scaled := make([]float64, len(d.y))
		for i, v := range d.x.Columns[1] {
			scaled[i] = unit * (v + shift)
		}
		other.x = stats.NewDesign([]string{"a", "b"}, [][]float64{scaled, d.x.Columns[2]}, len(d.y))
		for _, points := range []int{1, 5} {
			a, err := Logistic(d.y, d.x, d.group, Options{Points: points})
			if err != nil {
				t.Fatal(err)
			}
			b, err := Logistic(other.y, other.x, other.group, Options{Points: points})
			if err != nil {
				t.Fatal(err)
			}
			want := []float64{a.Coef[0] - shift*a.Coef[1], a.Coef[1], a.Coef[2], a.SD, a.LogLik, a.SE()[1]}
			if got := []float64{b.Coef[0], b.Coef[1] * unit, b.Coef[2], b.SD, b.LogLik, b.SE()[1] * unit}; !near(got, want, 1e-6) {
				t.Errorf("%d points: %v, not %v", points, got, want)
			}
		}
		a, err := Linear(d.measured, d.x, d.group, LinearOptions{ML: true})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Linear(d.measured, other.x, d.group, LinearOptions{ML: true})
		if err != nil {
			t.Fatal(err)
		}
		want := []float64{a.Coef[0] - shift*a.Coef[1], a.Coef[1], a.VarGroup, a.Criterion, a.SE()[1]}
		if got := []float64{b.Coef[0], b.Coef[1] * unit, b.VarGroup, b.Criterion, b.SE()[1] * unit}; !near(got, want, 1e-6) {
			t.Errorf("linear: %v, not %v", got, want)
		}
	})
}

// Each hospital computes the sums of its own center; their sum takes the steps of the pooled fit.
func TestSumsOfHospitalsGiveThePooledFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := sample(t)
		pooled, err := Logistic(d.y, d.x, d.group, Options{Points: 5})
		if err != nil {
			t.Fatal(err)
		}
		rule, _ := NewRule(5)
		hospitals := rowsOf(d.group)
		sums := func(par []float64) (fit.Sums, error) {
			total := fit.NewSums(len(par))
			for _, rows := range hospitals {
				own := d.take(rows)
				center := Centers(own.y, own.x, make([]int, len(rows)), nil)[0]
				total.Add(center.Sums(par[:3], par[3], rule))
			}
			return total, nil
		}
		start, err := fit.Maximize(d.x.Terms, make([]float64, 3), func(beta []float64) (fit.Sums, error) {
			s, err := sums(append(append([]float64(nil), beta...), 0)) // plain logistic regression is the bound sd = 0
			s.Score, s.Information = s.Score[:3], block(s.Information, 3)
			return s, err
		}, fit.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := MaximizeLogistic(d.x.Terms, start.Coef, sums, fit.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !near(append(m.Coef, m.SD, m.LogLik), append(pooled.Coef, pooled.SD, pooled.LogLik), 1e-8) || !near(m.SE(), pooled.SE(), 1e-8) {
			t.Errorf("%v %g, pooled %v %g", m.Coef, m.SD, pooled.Coef, pooled.SD)
		}
		federatedLinear(t, d, hospitals)
		federatedGEE(t, d, hospitals)
	})
}

func federatedLinear(t *rapid.T, d clustered, hospitals [][]int) {
	var groups []Summary
	for _, rows := range hospitals {
		own := d.take(rows)
		groups = append(groups, Summarize(own.measured, own.x, make([]int, len(rows)))...)
	}
	m, err := LinearOf(d.x.Terms, groups, LinearOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pooled, err := Linear(d.measured, d.x, d.group, LinearOptions{})
	if err != nil || !near(append(m.Coef, m.VarGroup, m.VarResidual), append(pooled.Coef, pooled.VarGroup, pooled.VarResidual), 1e-10) {
		t.Errorf("linear: %+v, pooled %+v, %v", m, pooled, err)
	}
}

func federatedGEE(t *rapid.T, d clustered, hospitals [][]int) {
	o := GEEOptions{Family: Poisson, Correlation: Exchangeable}
	m, err := SolveGEE(d.x.Terms, []float64{0, 0, 0}, func(beta []float64, alpha float64) (Estimating, error) {
		total := newEstimating(3)
		for _, rows := range hospitals {
			own := d.take(rows)
			total.Add(Centers(own.count, own.x, make([]int, len(rows)), nil)[0].Estimating(beta, alpha, Poisson))
		}
		return total, nil
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	pooled, err := GEE(d.count, d.x, d.group, o)
	if err != nil || !near(append(m.Coef, m.Alpha), append(pooled.Coef, pooled.Alpha), 1e-8) || !near(m.SE(), pooled.SE(), 1e-8) {
		t.Errorf("estimating equations: %+v, pooled %+v, %v", m, pooled, err)
	}
}

// Intervals hold the true coefficient in 95 of 100 samples, within three Monte-Carlo standard errors.
func TestIntervalsCoverTheTruth(t *testing.T) {
	const repeats = 250
	covered := map[string]int{}
	for seed := range uint64(repeats) {
		d := simulate(1000+seed, 40, 10, 0.8)
		m, err := Logistic(d.y, d.x, d.group, Options{Points: 5})
		if err != nil {
			t.Fatal(err)
		}
		count(covered, "logistic", m.Coef, m.SE(), 0.7)
		l, err := Linear(d.measured, d.x, d.group, LinearOptions{})
		if err != nil {
			t.Fatal(err)
		}
		count(covered, "linear", l.Coef, l.SE(), 0.7)
		g, err := GEE(d.count, d.x, d.group, GEEOptions{Family: Poisson, Correlation: Exchangeable})
		if err != nil {
			t.Fatal(err)
		}
		count(covered, "estimating equations", g.Coef, g.SE(), 0.35)
	}
	for name, n := range covered {
		share := float64(n) / repeats
		low := 0.95 - 3*math.Sqrt(0.95*0.05/repeats)
		if name == "estimating equations" {
			low -= 0.02 // the sandwich of 40 clusters is known to be a little short
		}
		if share < low || share > 0.995 {
			t.Errorf("%s: %.3f", name, share)
		}
	}
}

func count(covered map[string]int, name string, coef, se []float64, truth float64) {
	if math.Abs(coef[1]-truth) < 1.959964*se[1] {
		covered[name]++
	}
}
