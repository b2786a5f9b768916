package missing

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/regress"
)

func TestImputedTablesKeepWhatWasObserved(t *testing.T) {
	table := birthwt(t)
	im, err := Impute(table, Plan{Imputations: 3, Iterations: 3, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(im.Variables, []string{"lwt", "race", "smoke"}) {
		t.Errorf("imputed %v", im.Variables)
	}
	for k := range im.M {
		completed := im.Table(k)
		for j, before := range table.Columns {
			after := completed.Columns[j]
			for i := range before.Len() {
				switch {
				case after.Missing(i):
					t.Fatalf("%s is still missing in row %d", after.Name, i+1)
				case before.Missing(i) && before.Texts == nil && !slices.Contains(before.Numbers, after.Numbers[i]):
					t.Fatalf("%s got %v, which nobody has", after.Name, after.Numbers[i])
				case before.Missing(i):
				case before.Texts != nil && before.Texts[i] != after.Texts[i], before.Texts == nil && before.Numbers[i] != after.Numbers[i]:
					t.Fatalf("%s of row %d was changed", after.Name, i+1)
				}
			}
		}
	}
}

// What is made up of others always agrees with them, and never predicts them.
func TestPassiveVariablesAgreeWithTheirParts(t *testing.T) {
	table := birthwt(t)
	im, err := Impute(table, Plan{Imputations: 3, Iterations: 4, Seed: 2, Passive: []Passive{{"ratio", "lwt / age"}, {"logratio", "log(ratio)"}}})
	if err != nil {
		t.Fatal(err)
	}
	for k := range im.M {
		completed := im.Table(k)
		part := func(name string) []float64 {
			values, err := completed.Numbers(name)
			if err != nil {
				t.Fatal(err)
			}
			return values
		}
		lwt, age, ratio, logratio := part("lwt"), part("age"), part("ratio"), part("logratio")
		for i := range ratio {
			if ratio[i] != lwt[i]/age[i] || math.Abs(logratio[i]-math.Log(ratio[i])) > 1e-15 {
				t.Fatalf("row %d: %g of %g and %g", i+1, ratio[i], lwt[i], age[i])
			}
		}
	}
	if _, err := Impute(table, Plan{Passive: []Passive{{"age", "lwt"}}}); !errors.Is(err, stats.Invalid) {
		t.Errorf("a name that is taken: %v", err)
	}
	if _, err := Impute(table, Plan{Variables: []string{"age", "smoke"}, Passive: []Passive{{"ratio", "lwt / age"}}}); !errors.Is(err, stats.Invalid) {
		t.Errorf("a part that is not imputed: %v", err)
	}
}

func TestDensitiesHoldAllValues(t *testing.T) {
	im, err := Impute(birthwt(t), Plan{Imputations: 2, Iterations: 2, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	observed, imputed, ok := im.Densities("lwt")
	if !ok || len(imputed) != 2 {
		t.Fatal(ok, len(imputed))
	}
	sum := 0.0
	for _, y := range observed.Y {
		sum += y * (observed.X[1] - observed.X[0])
	}
	if math.Abs(sum-1) > 0.01 {
		t.Errorf("the density covers %g", sum)
	}
	if _, _, ok := im.Densities("smoke"); ok {
		t.Error("categories have a density")
	}
}

func TestTheSeedAloneDecides(t *testing.T) {
	plan := Plan{Imputations: 4, Iterations: 2, Seed: 5}
	processors := runtime.GOMAXPROCS(1)
	one, err := Impute(birthwt(t), plan)
	runtime.GOMAXPROCS(max(processors, 4))
	four, errFour := Impute(birthwt(t), plan)
	runtime.GOMAXPROCS(processors)
	if err != nil || errFour != nil {
		t.Fatal(err, errFour)
	}
	if !reflect.DeepEqual(one.values, four.values) {
		t.Error("the values depend on the number of processors")
	}
	plan.Seed = 6
	other, err := Impute(birthwt(t), plan)
	if err != nil || reflect.DeepEqual(one.values, other.values) {
		t.Error("another seed gives the same values", err)
	}
	if reflect.DeepEqual(one.values[0], one.values[1]) {
		t.Error("two imputations are the same")
	}
}

func TestATableWithoutMissingValuesStaysAsItIs(t *testing.T) {
	table := &stats.Table{Columns: []stats.Column{{Name: "a", Numbers: []float64{1, 2, 3}}, {Name: "b", Texts: []string{"x", "y", "x"}}}}
	im, err := Impute(table, Plan{})
	if err != nil || len(im.Variables) != 0 || !reflect.DeepEqual(im.Table(4), table) {
		t.Errorf("%v, %v", im, err)
	}
}

func TestNormalDrawsHaveTheCovarianceAskedFor(t *testing.T) {
	s := matrix.NewSymmetric(3)
	copy(s.Data, []float64{4, 1, -1, 2, 0.5, 1})
	c := &chain{random: rand.New(rand.NewPCG(1, 1))}
	const n = 40000
	sums := matrix.NewSymmetric(3)
	for range n {
		x := c.normalVector([]float64{0, 0, 0}, s, 2)
		for i := range 3 {
			for j := i; j < 3; j++ {
				sums.Set(i, j, sums.At(i, j)+x[i]*x[j]/n/4)
			}
		}
	}
	for k, want := range s.Data {
		if math.Abs(sums.Data[k]-want) > 0.12 {
			t.Errorf("element %d is %.3f, not %.3f", k, sums.Data[k], want)
		}
	}
}

// A donor is one of the k nearest, each as often as the others.
func TestDonorsAreTheNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "n")
		k := rapid.IntRange(1, 8).Draw(t, "k")
		pool := make([]prediction, n)
		for i := range pool {
			pool[i] = prediction{float64(rapid.IntRange(0, 20).Draw(t, "mean")), float64(i)}
		}
		slices.SortFunc(pool, byMean)
		target := float64(rapid.IntRange(-5, 25).Draw(t, "target")) + 0.25
		distances := make([]float64, n)
		distance := make([]float64, n) // by value
		for i, p := range pool {
			distances[i] = math.Abs(p.mean - target)
			distance[int(p.value)] = distances[i]
		}
		slices.Sort(distances)
		c := &chain{random: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), donors: k}
		for range 20 {
			if chosen := c.donor(pool, target); distance[int(chosen)] > distances[min(k, n)-1] {
				t.Fatalf("donor at %v, where the %d nearest end at %v", distance[int(chosen)], k, distances[min(k, n)-1])
			}
		}
	})
}

func TestPoolingFollowsScaleAndForgetsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.IntRange(2, 8).Draw(t, "m")
		q, u := make([][]float64, m), make([][]float64, m)
		for i := range q {
			q[i], u[i] = []float64{rapid.Float64Range(-3, 3).Draw(t, "q")}, []float64{rapid.Float64Range(0.1, 2).Draw(t, "u")}
		}
		df := rapid.SampledFrom([]float64{3, 50, math.Inf(1)}).Draw(t, "df")
		one, err := Pool(q, u, df, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(q)
		slices.Reverse(u)
		for i := range q {
			q[i][0] *= -4
			u[i][0] *= 16
		}
		two, err := Pool(q, u, df, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		for name, pair := range map[string][2]float64{
			"estimate": {two.Estimate[0], -4 * one.Estimate[0]}, "se": {two.SE[0], 4 * one.SE[0]}, "df": {two.DF[0], one.DF[0]},
			"fmi": {two.FractionMissing[0], one.FractionMissing[0]}, "p": {two.P[0], one.P[0]}, "lower": {two.Lower[0], -4 * one.Upper[0]},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-9*(1+math.Abs(pair[1])) && !(math.IsInf(pair[0], 1) && math.IsInf(pair[1], 1)) {
				t.Fatalf("%s: %v, not %v", name, pair[0], pair[1])
			}
		}
		if !(one.DF[0] <= df) {
			t.Fatalf("%v degrees of freedom of %v", one.DF[0], df)
		}
	})
}

func TestEstimatesThatAgreeLoseNothingToImputation(t *testing.T) {
	p, err := Pool([][]float64{{1}, {1}, {1}}, [][]float64{{4}, {4}, {4}}, math.Inf(1), 0.95)
	if err != nil || p.SE[0] != 2 || !math.IsInf(p.DF[0], 1) || p.FractionMissing[0] != 0 || math.Abs(p.Upper[0]-(1+2*1.959963984540054)) > 1e-12 {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = Pool([][]float64{{1}, {1}}, [][]float64{{4}, {4}}, 10, 0.95)
	if err != nil || math.Abs(p.DF[0]-10*11.0/13) > 1e-12 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestCompleteCasesSayWhoIsLostAndWhy(t *testing.T) {
	nan := math.NaN()
	table := &stats.Table{Columns: []stats.Column{
		{Name: "age", Numbers: []float64{50, nan, 61, nan, 47, 70}},
		{Name: "stage", Texts: []string{"I", "", "II", "I", "", "III"}},
		{Name: "dead", Numbers: []float64{0, 1, 0, 0, 1, 1}},
	}}
	c, err := CompleteCases(table)
	if err != nil {
		t.Fatal(err)
	}
	want := &Completeness{Rows: 6, Complete: []int{0, 2, 5}, Dropped: []int{1, 3, 4},
		Variables: []Absent{{"age", 2, 1}, {"stage", 2, 1}, {"dead", 0, 0}},
		Patterns:  []Pattern{{[]string{"age"}, 1}, {[]string{"age", "stage"}, 1}, {[]string{"stage"}, 1}}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v", c)
	}
	if c, err := CompleteCases(table, "dead"); err != nil || len(c.Dropped) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := CompleteCases(table, "height"); !errors.Is(err, stats.Invalid) {
		t.Error(err)
	}
}

func TestTheMultinomialFitSplitsIntoSumsOfRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const n = 200
	y, column, w := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range y {
		y[i], column[i], w[i] = float64(r.IntN(3)), r.NormFloat64(), 1
	}
	x := stats.NewDesign([]string{"x"}, [][]float64{column}, n)
	beta := []float64{0.1, -0.2, 0.3, 0.4}
	all := multinomialSums(y, 3, x, w, beta, 2)
	var first, second []int
	for i := range n {
		if i%3 == 0 {
			first = append(first, i)
		} else {
			second = append(second, i)
		}
	}
	part := func(rows []int) (out []float64) {
		for _, i := range rows {
			out = append(out, y[i])
		}
		return out
	}
	sum := multinomialSums(part(first), 3, x.Take(first), w[:len(first)], beta, 2)
	sum.Add(multinomialSums(part(second), 3, x.Take(second), w[:len(second)], beta, 2))
	if math.Abs(sum.LogLik-all.LogLik) > 1e-10 {
		t.Error("log-likelihood")
	}
	for k, v := range all.Information.Data {
		if math.Abs(v-sum.Information.Data[k]) > 1e-10 {
			t.Errorf("information %d", k)
		}
	}
}

// With two levels the multinomial fit is the logistic one.
func TestTheMultinomialFitOfTwoLevelsIsLogistic(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	const n = 300
	y, column := make([]float64, n), make([]float64, n)
	for i := range y {
		column[i] = r.NormFloat64()
		if r.Float64() < 1/(1+math.Exp(-column[i])) {
			y[i] = 1
		}
	}
	x := stats.NewDesign([]string{"x"}, [][]float64{column}, n)
	f, err := fit.Maximize(multinomialTerms(2, x), []float64{0, 0}, multinomial(y, 2, x, nil), coarse)
	if err != nil {
		t.Fatal(err)
	}
	m, err := regress.Logistic(y, x, regress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for j := range m.Coef {
		if math.Abs(f.Coef[j]-m.Coef[j]) > 2e-3*m.SE()[j] {
			t.Errorf("%v, not %v", f.Coef, m.Coef)
		}
	}
}

// Of 200 trials in which a third of x is missing at random given y, 95 % intervals of both coefficients cover in 190; 180 to 199 are within
// about three Monte-Carlo standard errors.
func TestPooledIntervalsCoverAsOftenAsTheySay(t *testing.T) {
	const trials, n = 200, 150
	for _, method := range []Method{Normal, PMM} {
		covered := [2]int{}
		for seed := range uint64(trials) {
			r := rand.New(rand.NewPCG(seed, 7))
			x, z, y := make([]float64, n), make([]float64, n), make([]float64, n)
			for i := range x {
				z[i] = r.NormFloat64()
				x[i] = 0.5*z[i] + r.NormFloat64()
				y[i] = 1 + 0.5*x[i] + 0.3*z[i] + r.NormFloat64()
				if r.Float64() < 1/(1+math.Exp(0.7-0.5*(y[i]-1))) {
					x[i] = math.NaN()
				}
			}
			table := &stats.Table{Columns: []stats.Column{{Name: "x", Numbers: x}, {Name: "z", Numbers: z}, {Name: "y", Numbers: y}}}
			im, err := Impute(table, Plan{Imputations: 10, Iterations: 1, Seed: seed, Methods: map[string]Method{"x": method}})
			if err != nil {
				t.Fatal(err)
			}
			p, err := im.Pool(func(t *stats.Table) (Estimate, error) {
				m, err := regress.Linear(t.Columns[2].Numbers, stats.NewDesign([]string{"x", "z"}, [][]float64{t.Columns[0].Numbers, t.Columns[1].Numbers}, n), regress.Options{})
				if err != nil {
					return Estimate{}, err
				}
				return NewEstimate(m.Terms, m.Coef, m.SE(), m.DFResidual), nil
			}, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			for j, truth := range []float64{0.5, 0.3} {
				if p.Lower[j+1] <= truth && truth <= p.Upper[j+1] {
					covered[j]++
				}
			}
		}
		for _, c := range covered {
			if c < 180 || c > 199 {
				t.Errorf("%s: %v of %d intervals cover", method, covered, trials)
			}
		}
	}
}

func TestWhatCannotBeImputedIsNamed(t *testing.T) {
	nan := math.NaN()
	ok := stats.Column{Name: "age", Numbers: []float64{50, 61, nan, 47, 70, 66, 52, 59, 48, 63}}
	ten := func(name string, v ...float64) stats.Column {
		c := stats.Column{Name: name, Numbers: make([]float64, 10)}
		for i := range c.Numbers {
			c.Numbers[i] = v[i%len(v)]
		}
		return c
	}
	words := stats.Column{Name: "site", Texts: []string{"a", "b", "", "c", "a", "b", "c", "a", "b", "c"}}
	only := stats.Column{Name: "rare", Texts: []string{"a", "a", "b", "a", "a", "a", "a", "a", "a", "a"}}
	x := stats.Column{Name: "x", Numbers: []float64{1, 2, 3, 5, 4, 7, 1, 2, 9, 4}}
	double := stats.Column{Name: "twice", Numbers: []float64{2, 4, 6, 10, 8, 14, 2, 4, 18, 8}}
	for name, test := range map[string]struct {
		columns  []stats.Column
		plan     Plan
		problem  stats.Problem
		variable string
	}{
		"a variable without a value":      {[]stats.Column{ok, ten("lost", nan)}, Plan{}, stats.Missing, "lost"},
		"words without a value":           {[]stats.Column{ok, {Name: "lost", Texts: make([]string, 10)}}, Plan{}, stats.Missing, "lost"},
		"a constant predictor":            {[]stats.Column{ok, ten("sex", 1)}, Plan{}, stats.OneLevel, "sex"},
		"a constant variable to impute":   {[]stats.Column{x, {Name: "same", Numbers: []float64{1, 1, nan, 1, 1, 1, 1, 1, 1, 1}}}, Plan{}, stats.OneLevel, "same"},
		"an infinite value":               {[]stats.Column{ok, ten("t", 1, math.Inf(1))}, Plan{}, stats.Invalid, "t"},
		"a predictor that another is":     {[]stats.Column{ok, x, double}, Plan{}, stats.Collinear, "twice"},
		"a level never seen":              {[]stats.Column{ok, only}, Plan{}, stats.OneLevel, "rare"},
		"fewer rows than terms":           {[]stats.Column{{Name: "few", Numbers: []float64{1, 2, 4, nan, nan, nan, nan, nan, nan, nan}}, x, ten("u", 1, 2, 3)}, Plan{}, stats.TooFewRows, "few"},
		"logreg of three levels":          {[]stats.Column{words, x}, Plan{Methods: map[string]Method{"site": Logistic}}, stats.Invalid, "site"},
		"pmm of words":                    {[]stats.Column{words, x}, Plan{Methods: map[string]Method{"site": PMM}}, stats.Unsupported, "site"},
		"an unknown method":               {[]stats.Column{ok, x}, Plan{Methods: map[string]Method{"age": "cart"}}, stats.Unsupported, "age"},
		"a method for no variable":        {[]stats.Column{ok, x}, Plan{Methods: map[string]Method{"height": PMM}}, stats.Invalid, "height"},
		"an unknown variable":             {[]stats.Column{ok, x}, Plan{Variables: []string{"height"}}, stats.Invalid, "height"},
		"an unknown predictor":            {[]stats.Column{ok, x}, Plan{Predictors: map[string][]string{"age": {"height"}}}, stats.Invalid, "age"},
		"a variable that predicts itself": {[]stats.Column{ok, x}, Plan{Predictors: map[string][]string{"age": {"age"}}}, stats.Invalid, "age"},
		"a column of other length":        {[]stats.Column{ok, {Name: "short", Numbers: []float64{1, 2}}}, Plan{}, stats.Invalid, "short"},
		"a variable named twice":          {[]stats.Column{ok, x}, Plan{Variables: []string{"x", "age", "x"}}, stats.Invalid, "x"},
		"no rows":                         {[]stats.Column{{Name: "x"}}, Plan{}, stats.Missing, "x"},
		"fewer than no imputations":       {[]stats.Column{ok, x}, Plan{Imputations: -1}, stats.Invalid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Impute(&stats.Table{Columns: test.columns}, test.plan)
			var e *stats.Error
			if !errors.As(err, &e) || e.Problem != test.problem || e.Variable != test.variable {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Whatever the table, imputation completes it or says with a typed error why it cannot.
func TestAnyTableIsCompletedOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(0, 25).Draw(t, "rows")
		table := &stats.Table{}
		for j := range rapid.IntRange(1, 4).Draw(t, "columns") {
			c := stats.Column{Name: string(rune('a' + j))}
			words := rapid.Bool().Draw(t, "words")
			levels := rapid.IntRange(1, 5).Draw(t, "levels")
			for range rows {
				level := rapid.IntRange(-1, levels).Draw(t, "level")
				switch {
				case words && level < 0:
					c.Texts = append(c.Texts, "")
				case words:
					c.Texts = append(c.Texts, string(rune('p'+level)))
				case level < 0:
					c.Numbers = append(c.Numbers, math.NaN())
				default:
					c.Numbers = append(c.Numbers, float64(level)*rapid.SampledFrom([]float64{1, 1e8, 1e-8}).Draw(t, "scale"))
				}
			}
			table.Columns = append(table.Columns, c)
		}
		im, err := Impute(table, Plan{Imputations: 2, Iterations: 2, Seed: 1})
		if err != nil {
			var e *stats.Error
			if !errors.As(err, &e) || e.Problem == stats.NotConverged {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, c := range im.Table(1).Columns {
			for i := range rows {
				if c.Missing(i) {
					t.Fatalf("%s, row %d is still missing", c.Name, i+1)
				}
			}
		}
	})
}

// Light rows keep coefficients finite where a predictor tells the levels apart, and where nearly each row is a level of its own.
func TestPerfectPredictionIsImputedAllTheSame(t *testing.T) {
	nan := math.NaN()
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for name, c := range map[string]stats.Column{
		"two levels":  {Name: "y", Numbers: []float64{0, 0, 0, 0, nan, nan, 1, 1, 1, 1}},
		"many levels": {Name: "y", Texts: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", ""}},
	} {
		im, err := Impute(&stats.Table{Columns: []stats.Column{c, {Name: "x", Numbers: x}}}, Plan{Seed: 1})
		if err != nil || len(im.Variables) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRubinsRulesRefuseWhatIsNoSample(t *testing.T) {
	for name, test := range map[string]struct {
		q, u    [][]float64
		df      float64
		problem stats.Problem
	}{
		"nothing":               {nil, nil, 10, stats.TooFewRows},
		"one imputation":        {[][]float64{{1}}, [][]float64{{1}}, 10, stats.TooFewRows},
		"a variance of 0":       {[][]float64{{1}, {2}}, [][]float64{{1}, {0}}, 10, stats.Invalid},
		"a missing estimate":    {[][]float64{{1}, {math.NaN()}}, [][]float64{{1}, {1}}, 10, stats.Invalid},
		"lengths that differ":   {[][]float64{{1}, {1, 2}}, [][]float64{{1}, {1, 2}}, 10, stats.Invalid},
		"no terms":              {[][]float64{{}, {}}, [][]float64{{}, {}}, 10, stats.Invalid},
		"no degrees of freedom": {[][]float64{{1}, {2}}, [][]float64{{1}, {1}}, 0, stats.Invalid},
	} {
		if _, err := Pool(test.q, test.u, test.df, 0.95); !errors.Is(err, test.problem) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
