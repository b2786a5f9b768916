package missing

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
	"consilium/stats/mixed"
)

// hospitals are count centers of size rows: x has a mean of its own in each, y goes with x and has an intercept of its own in each, and both are missing at random given z.
func hospitals(seed uint64, count, size int) *stats.Table {
	r := rand.New(rand.NewPCG(seed, 11))
	center, x, y, z, b := complete(r, count, size)
	for i := range x {
		p := 1 / (1 + math.Exp(0.8-z[i]))
		if r.Float64() < p {
			x[i] = math.NaN()
		}
		if r.Float64() < 0.15 {
			y[i] = math.NaN()
		}
		if r.Float64() < 0.2 {
			b[i] = math.NaN()
		}
	}
	return &stats.Table{Columns: []stats.Column{{Name: "center", Numbers: center}, {Name: "x", Numbers: x}, {Name: "y", Numbers: y}, {Name: "z", Numbers: z}, {Name: "b", Numbers: b}}}
}

func complete(r *rand.Rand, count, size int) (center, x, y, z, b []float64) {
	for g := range count {
		ux, uy := 0.7*r.NormFloat64(), 0.8*r.NormFloat64()
		for range size {
			v := r.NormFloat64()
			a := ux + 0.4*v + r.NormFloat64()
			level := 0.0
			if 0.6*a+uy+r.NormFloat64() > 0 {
				level = 1
			}
			center, z, x, y, b = append(center, float64(g)), append(z, v), append(x, a), append(y, 1+0.5*a+uy+r.NormFloat64()), append(b, level)
		}
	}
	return center, x, y, z, b
}

// The draws must have the variance within and between centers from which the data were made: x has 0.49 between and 1.16 within. Without centers, the imputed rows have nothing of the first.
func TestImputedRowsResembleTheirCenter(t *testing.T) {
	table := hospitals(3, 60, 20)
	for _, c := range []struct {
		center    string
		low, high float64
	}{{"center", 0.7, 1.4}, {"", -0.2, 0.55}} {
		im, err := Impute(table, Plan{Imputations: 4, Iterations: 5, Seed: 3, Center: c.center, Variables: []string{"x", "z", "b", "center"}, Methods: map[string]Method{"x": map[bool]Method{true: TwoLevel, false: Normal}[c.center != ""]}, Predictors: map[string][]string{"x": {"z", "b"}, "b": {"x", "z"}}})
		if err != nil {
			t.Fatal(err)
		}
		ratio := sharedVariance(im, table) / 0.49
		if ratio < c.low || ratio > c.high {
			t.Errorf("centers %q: %.2f of the variance between centers is in what was imputed", c.center, ratio)
		}
	}
}

// sharedVariance is the covariance, over centers, of the mean of what was imputed for x with the mean of what was observed: what rows of one center share.
func sharedVariance(im *Imputed, table *stats.Table) float64 {
	var sum float64
	for k := range im.M {
		completed := im.Table(k)
		center, x, full := table.Columns[0].Numbers, table.Columns[1].Numbers, completed.Columns[1].Numbers
		var mean [2]map[float64]float64
		var size [2]map[float64]float64
		for s := range mean {
			mean[s], size[s] = map[float64]float64{}, map[float64]float64{}
		}
		for i, g := range center {
			s := 0
			if math.IsNaN(x[i]) {
				s = 1
			}
			mean[s][g] += full[i] - 0.4*table.Columns[3].Numbers[i]
			size[s][g]++
		}
		var a, b, ab, n float64
		for g, c := range size[0] {
			if size[1][g] == 0 {
				continue
			}
			p, q := mean[0][g]/c, mean[1][g]/size[1][g]
			a, b, ab, n = a+p, b+q, ab+p*q, n+1
		}
		sum += (ab/n - a/n*b/n) / float64(im.M)
	}
	return sum
}

func TestWhatCentersCannotImputeIsNamed(t *testing.T) {
	table := hospitals(1, 12, 8)
	lost := &stats.Table{Columns: append([]stats.Column(nil), table.Columns...)}
	lost.Columns[0] = stats.Column{Name: "center", Numbers: append([]float64(nil), table.Columns[0].Numbers...)}
	lost.Columns[0].Numbers[4] = math.NaN()
	two := hospitals(1, 2, 30)
	for _, c := range []struct {
		table *stats.Table
		plan  Plan
		want  stats.Problem
	}{
		{lost, Plan{Center: "center"}, stats.Missing},
		{table, Plan{Methods: map[string]Method{"x": TwoLevel}}, stats.Invalid},
		{table, Plan{Center: "center", Methods: map[string]Method{"x": TwoLevelBinary}}, stats.Invalid},
		{two, Plan{Center: "center"}, stats.TooFewRows},
		{table, Plan{Center: "nowhere"}, stats.Invalid},
	} {
		c.plan.Imputations, c.plan.Iterations = 1, 1
		if _, err := Impute(c.table, c.plan); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, not %v", c.plan, err, c.want)
		}
	}
}

// Levels that a predictor tells apart without fault, and centers without an observed row, are imputed all the same.
func TestCentersWithoutRowsAndLevelsToldApart(t *testing.T) {
	table := hospitals(5, 15, 10)
	x, b := table.Columns[1].Numbers, table.Columns[4].Numbers
	for i := range x {
		if table.Columns[0].Numbers[i] == 2 {
			x[i], b[i] = math.NaN(), math.NaN()
		} else if !math.IsNaN(b[i]) {
			b[i] = 0
			if table.Columns[3].Numbers[i] > 0 {
				b[i] = 1
			}
		}
	}
	im, err := Impute(table, Plan{Center: "center", Imputations: 2, Iterations: 3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for k := range im.M {
		for _, c := range im.Table(k).Columns {
			for i, v := range c.Numbers {
				if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e3 {
					t.Fatalf("%s of row %d is %v", c.Name, i+1, v)
				}
			}
		}
	}
}

// A model with random intercepts, of data in which x is missing where y is high: pooled intervals hold their level, and the estimate is not drawn toward that of complete rows.
func TestPooledIntervalsOfCentersCoverAsOftenAsTheySay(t *testing.T) {
	const trials, truth = 120, 0.5
	covered, sum, squares, naive := 0, 0.0, 0.0, 0.0
	for seed := range uint64(trials) {
		r := rand.New(rand.NewPCG(seed, 12))
		center, x, y, _, _ := complete(r, 25, 10)
		for i := range x {
			if r.Float64() < 1/(1+math.Exp(1-1.5*(y[i]-1))) {
				x[i] = math.NaN()
			}
		}
		table := &stats.Table{Columns: []stats.Column{{Name: "center", Numbers: center}, {Name: "x", Numbers: x}, {Name: "y", Numbers: y}}}
		im, err := Impute(table, Plan{Imputations: 8, Iterations: 1, Seed: seed, Center: "center"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := im.Pool(intercepts, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if p.Lower[1] <= truth && truth <= p.Upper[1] {
			covered++
		}
		kept, err := table.Complete("x", "y")
		if err != nil {
			t.Fatal(err)
		}
		e, err := intercepts(kept)
		if err != nil {
			t.Fatal(err)
		}
		sum, squares, naive = sum+p.Estimate[1]/trials, squares+p.Estimate[1]*p.Estimate[1]/trials, naive+e.Coef[1]/trials
	}
	if covered < 104 || covered > 120 {
		t.Errorf("%d of %d intervals cover", covered, trials)
	}
	if bound := 4 * math.Sqrt((squares-sum*sum)/trials); math.Abs(sum-truth) > bound || math.Abs(naive-truth) < bound {
		t.Errorf("%.4f on average, of complete rows %.4f, not %v within %.4f", sum, naive, truth, bound)
	}
}

// intercepts is the regression of y on x with an intercept for each center.
func intercepts(t *stats.Table) (Estimate, error) {
	_, group := stats.Groups(t.Columns[0].Numbers)
	m, err := mixed.Linear(t.Columns[2].Numbers, stats.NewDesign([]string{"x"}, [][]float64{t.Columns[1].Numbers}, t.Rows()), group, mixed.LinearOptions{})
	if err != nil {
		return Estimate{}, err
	}
	e := NewEstimate(m.Terms, m.Coef, m.SE(), 0)
	e.DFResidual = math.Inf(1)
	return e, nil
}
