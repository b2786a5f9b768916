package regress

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// study is a drawn data set in which every kind of model has a maximum.
type study struct {
	y, count, amount []float64
	columns          [][]float64
}

func drawStudy(t *rapid.T) study {
	rows := rapid.IntRange(40, 120).Draw(t, "rows")
	s := &stream{rapid.Uint64Range(1, 2147483646).Draw(t, "seed")}
	_, columns := s.grid(rows, 3)
	d := study{columns: columns, y: s.outcomes(0.2, []float64{0.8, -0.5, 0}, columns)}
	for i := range rows {
		d.count = append(d.count, math.Floor(-2*math.Log(s.next())*math.Exp(0.5*columns[0][i])))
		d.amount = append(d.amount, 10+3*columns[1][i]+4*s.next())
	}
	return d
}

func (d study) design() stats.Design {
	return stats.NewDesign([]string{"a", "b", "c"}, d.columns, len(d.y))
}

// kinds are the generalized models, with their outcome.
func (d study) kinds() map[string]func(x stats.Design, rows []int, o Options) (*Model, error) {
	some := func(y []float64, rows []int) []float64 {
		out := make([]float64, len(rows))
		for i, r := range rows {
			out[i] = y[r]
		}
		return out
	}
	return map[string]func(stats.Design, []int, Options) (*Model, error){
		"logistic": func(x stats.Design, rows []int, o Options) (*Model, error) {
			return Logistic(some(d.y, rows), x.Take(rows), o)
		},
		"poisson": func(x stats.Design, rows []int, o Options) (*Model, error) {
			return Poisson(some(d.count, rows), x.Take(rows), o)
		},
	}
}

func counting(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// each draws a study and hands over the model of each kind that exists.
func each(t *testing.T, law func(t *rapid.T, d study, plain *Model, again func(x stats.Design, rows []int, o Options) (*Model, error))) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawStudy(t)
		for _, kind := range d.kinds() {
			plain, err := kind(d.design(), counting(len(d.y)), Options{})
			if err != nil {
				continue // the draw is separated
			}
			law(t, d, plain, kind)
		}
	})
}

func must(t *rapid.T, m *Model, err error) *Model {
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func close(t *rapid.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > tolerance*(1+math.Abs(want[i])) {
			t.Fatalf("%s: %v, not %v", what, got, want)
		}
	}
}

func TestTheOrderOfRowsDoesNotMatter(t *testing.T) {
	each(t, func(t *rapid.T, d study, plain *Model, again func(stats.Design, []int, Options) (*Model, error)) {
		order := rapid.Permutation(counting(len(d.y))).Draw(t, "order")
		m, err := again(d.design(), order, Options{})
		m = must(t, m, err)
		close(t, "coef", m.Coef, plain.Coef, 1e-10)
		close(t, "se", m.SE(), plain.SE(), 1e-10)
		close(t, "HC3", SE(m.Robust(HC3)), SE(plain.Robust(HC3)), 1e-9)
	})
}

func TestScaleAndOriginOfAVariableMoveOnlyItsCoefficientAndTheIntercept(t *testing.T) {
	each(t, func(t *rapid.T, d study, plain *Model, again func(stats.Design, []int, Options) (*Model, error)) {
		scale, origin := rapid.Float64Range(1e-6, 1e6).Draw(t, "scale"), rapid.Float64Range(-1e4, 1e4).Draw(t, "origin")
		moved := make([]float64, len(d.y))
		for i, v := range d.columns[0] {
			moved[i] = scale * (v + origin)
		}
		x := stats.NewDesign([]string{"a", "b", "c"}, [][]float64{moved, d.columns[1], d.columns[2]}, len(moved))
		m, err := again(x, counting(len(d.y)), Options{})
		m = must(t, m, err)
		close(t, "deviance", []float64{m.Deviance}, []float64{plain.Deviance}, 1e-10)
		close(t, "coef", []float64{m.Coef[1] * scale, m.Coef[2], m.Coef[3]}, plain.Coef[1:], 1e-8)
		close(t, "se", []float64{m.SE()[1] * scale, m.SE()[2]}, plain.SE()[1:3], 1e-8)
		close(t, "robust", []float64{SE(m.Robust(HC0))[1] * scale}, SE(plain.Robust(HC0))[1:2], 1e-7)
		close(t, "fitted", m.Fitted, plain.Fitted, 1e-8)
	})
}

func TestAWeightOfTwoIsTheRowTwice(t *testing.T) {
	each(t, func(t *rapid.T, d study, plain *Model, again func(stats.Design, []int, Options) (*Model, error)) {
		weights, rows := make([]float64, len(d.y)), []int{}
		for i := range weights {
			weights[i] = float64(rapid.IntRange(1, 3).Draw(t, "weight"))
			for range int(weights[i]) {
				rows = append(rows, i)
			}
		}
		weighted, err := again(d.design(), counting(len(d.y)), Options{Weights: weights})
		weighted = must(t, weighted, err)
		repeated, err := again(d.design(), rows, Options{})
		repeated = must(t, repeated, err)
		close(t, "coef", weighted.Coef, repeated.Coef, 1e-9)
		close(t, "se", weighted.SE(), repeated.SE(), 1e-9)
		close(t, "deviance", []float64{weighted.Deviance, weighted.NullDeviance, weighted.LogLik}, []float64{repeated.Deviance, repeated.NullDeviance, repeated.LogLik}, 1e-10)
	})
}

func TestOtherReferenceLevelsFitTheSame(t *testing.T) {
	each(t, func(t *rapid.T, d study, _ *Model, again func(stats.Design, []int, Options) (*Model, error)) {
		level := make([][]float64, 3)
		for k := range level {
			level[k] = make([]float64, len(d.y))
			for i := range level[k] {
				if i%3 == k {
					level[k][i] = 1
				}
			}
		}
		first, err := again(stats.NewDesign([]string{"l2", "l3"}, level[1:], len(d.y)), counting(len(d.y)), Options{})
		if err != nil {
			return // the draw is separated
		}
		last, err := again(stats.NewDesign([]string{"l1", "l2"}, level[:2], len(d.y)), counting(len(d.y)), Options{})
		last = must(t, last, err)
		close(t, "fitted", last.Fitted, first.Fitted, 1e-9)
		close(t, "contrast", []float64{last.Coef[2] - last.Coef[1]}, first.Coef[1:2], 1e-8)
	})
}

func TestExchangingEventAndNoEventOnlyChangesSigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawStudy(t)
		not := make([]float64, len(d.y))
		for i, v := range d.y {
			not[i] = 1 - v
		}
		a, err := Logistic(d.y, d.design(), Options{})
		if err != nil {
			return // the draw is separated
		}
		b, err := Logistic(not, d.design(), Options{})
		b = must(t, b, err)
		for j := range a.Coef {
			close(t, "coef", []float64{-b.Coef[j]}, a.Coef[j:j+1], 1e-10)
		}
		f, err := Firth(d.y, d.design(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		g, err := Firth(not, d.design(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for j := range f.Coef {
			close(t, "Firth", []float64{-g.Coef[j]}, f.Coef[j:j+1], 1e-9)
		}
	})
}

func TestSumsOfHospitalsGiveThePooledFit(t *testing.T) {
	each(t, func(t *rapid.T, d study, plain *Model, _ func(stats.Design, []int, Options) (*Model, error)) {
		y, sums, totals := d.y, LogisticSums, LogisticTotals
		if plain.method == "Poisson regression" {
			y, sums, totals = d.count, PoissonSums, PoissonTotals
		}
		parts := drawParts(t, len(y))
		e, at, err := Pool(plain.Terms, asking(d, y, parts, sums, totals), fit.Options{})
		if err != nil {
			t.Fatal(err)
		}
		close(t, "coef", e.Coef, plain.Coef, 1e-10)
		close(t, "covariance", e.Covariance.Data, plain.Covariance.Data, 1e-9)
		close(t, "totals", []float64{e.LogLik, e.Deviance, e.NullDeviance, e.AIC(), e.BIC()}, []float64{plain.LogLik, plain.Deviance, plain.NullDeviance, plain.AIC(), plain.BIC()}, 1e-9)
		for _, kind := range []HC{HC0, HC1, HC2, HC3} {
			close(t, "robust", SE(at.Robust(kind, e.Covariance, len(e.Coef))), SE(plain.Robust(kind)), 1e-8)
		}
	})
}

func TestSumsOfHospitalsGiveThePooledLinearFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawStudy(t)
		plain, err := Linear(d.amount, d.design(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		e, at, err := PoolLinear(plain.Terms, asking(d, d.amount, drawParts(t, len(d.y)), LinearSums, LinearTotals))
		if err != nil {
			t.Fatal(err)
		}
		close(t, "coef", e.Coef, plain.Coef, 1e-10)
		close(t, "se", e.SE(), plain.SE(), 1e-10)
		close(t, "totals", []float64{e.RSS, e.TSS, e.LogLik}, []float64{plain.RSS, plain.TSS, plain.LogLik}, 1e-10)
		close(t, "HC3", SE(at.Robust(HC3, e.Unscaled, len(e.Coef))), plain.RobustErrors()[HC3], 1e-9)
	})
}

// drawParts shares the rows among hospitals, some of which may have none.
func drawParts(t *rapid.T, rows int) [][]int {
	parts := make([][]int, rapid.IntRange(1, 5).Draw(t, "hospitals"))
	for i := range rows {
		k := rapid.IntRange(0, len(parts)-1).Draw(t, "hospital")
		parts[k] = append(parts[k], i)
	}
	return slices.DeleteFunc(parts, func(p []int) bool { return len(p) == 0 })
}

func asking(d study, y []float64, parts [][]int, sums func([]float64, []float64, stats.Design, Options) (fit.Sums, error), totals func([]float64, matrix.Symmetric, []float64, stats.Design, Options) (Totals, error)) Asking {
	own := func(rows []int) ([]float64, stats.Design) {
		mine := make([]float64, len(rows))
		for i, r := range rows {
			mine[i] = y[r]
		}
		return mine, d.design().Take(rows)
	}
	return Asking{
		Sums: func(beta []float64) (fit.Sums, error) {
			all := fit.NewSums(len(beta))
			for _, p := range parts {
				y, x := own(p)
				s, err := sums(beta, y, x, Options{})
				if err != nil {
					return all, err
				}
				all.Add(s)
			}
			return all, nil
		},
		Totals: func(beta []float64, bread matrix.Symmetric) (all Totals, err error) {
			for k, p := range parts {
				y, x := own(p)
				s, err := totals(beta, bread, y, x, Options{})
				if err != nil {
					return all, err
				}
				if k == 0 {
					all = s
				} else {
					all.Add(s)
				}
			}
			return all, nil
		},
	}
}

func TestAResampleOfAllRowsOnceIsTheFitItself(t *testing.T) {
	each(t, func(t *rapid.T, d study, plain *Model, again func(stats.Design, []int, Options) (*Model, error)) {
		draw := rapid.SliceOfN(rapid.IntRange(0, len(d.y)-1), len(d.y), len(d.y)).Draw(t, "draw")
		coefs, err := plain.Bootstrap(2, func(k int) []int { return [][]int{counting(len(d.y)), draw}[k] })
		if err != nil {
			t.Fatal(err)
		}
		close(t, "all rows once", coefs[0], plain.Coef, 1e-9)
		m, err := again(d.design(), draw, Options{})
		if err != nil {
			if !math.IsNaN(coefs[1][0]) {
				t.Fatalf("%v, but the resample gave %v", err, coefs[1])
			}
			return
		}
		close(t, "resample", coefs[1], m.Coef, 1e-8)
	})
}

func TestTheTestOfFitOfHospitalsIsThatOfAllRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "rows")
		s := &stream{rapid.Uint64Range(1, 2147483646).Draw(t, "seed")}
		y, p := make([]float64, n), make([]float64, n)
		for i := range p {
			p[i], y[i] = math.Floor(s.next()*20)/20+0.01, math.Round(s.next())
		}
		whole, err := GoodnessOfFit(y, p, 10)
		ask := AskingFit{
			UpTo: func(thresholds []float64) ([]int, error) {
				out := CountUpTo(p[:n/3], thresholds)
				for k, c := range CountUpTo(p[n/3:], thresholds) {
					out[k] += c
				}
				return out, nil
			},
			Groups: func(cuts []float64) (HosmerLemeshow, error) {
				h, err := GroupSums(y[:n/3], p[:n/3], cuts)
				if err != nil {
					return h, err
				}
				other, err := GroupSums(y[n/3:], p[n/3:], cuts)
				h.Add(other)
				return h, err
			},
		}
		pooled, pooledErr := PoolGoodnessOfFit(ask, 10)
		if (err == nil) != (pooledErr == nil) {
			t.Fatalf("%v and %v", err, pooledErr)
		}
		if !slices.Equal(pooled.Cuts, whole.Cuts) || !slices.Equal(pooled.N, whole.N) || !slices.Equal(pooled.Observed, whole.Observed) {
			t.Fatalf("%+v, not %+v", pooled, whole)
		}
		close(t, "expected", pooled.Expected, whole.Expected, 1e-12)
	})
}
