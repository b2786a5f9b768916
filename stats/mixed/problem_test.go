package mixed

import (
	"errors"
	"math"
	"testing"

	"consilium/stats"
)

func TestWhatCannotBeFittedIsSaidWithItsName(t *testing.T) {
	d := simulate(5, 10, 8, 1)
	n := len(d.y)
	list := func(f func(i int) float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = f(i)
		}
		return out
	}
	with := func(name string, column []float64) stats.Design {
		return stats.NewDesign([]string{"a", name}, [][]float64{d.x.Columns[1], column}, n)
	}
	one, own := make([]int, n), make([]int, n)
	for i := range own {
		own[i] = i
	}
	gap := append([]int(nil), d.group...)
	for i := range gap {
		gap[i] *= 2
	}
	logistic := func(y []float64, x stats.Design, group []int, points int) error {
		_, err := Logistic(y, x, group, Options{Points: points})
		return err
	}
	linear := func(y []float64, x stats.Design, group []int) error {
		_, err := Linear(y, x, group, LinearOptions{})
		return err
	}
	gee := func(y []float64, x stats.Design, group []int, family Family, correlation Correlation) error {
		_, err := GEE(y, x, group, GEEOptions{Family: family, Correlation: correlation})
		return err
	}
	separating := with("treated", d.y)
	copied := with("copy", d.x.Columns[1])
	byGroup := list(func(i int) float64 { return float64(d.group[i] % 2) })
	for name, test := range map[string]struct {
		err      error
		problem  stats.Problem
		variable string
	}{
		"logistic, empty":                {logistic(nil, stats.Design{}, nil, 1), stats.TooFewRows, ""},
		"logistic, lengths":              {logistic(d.y[1:], d.x, d.group, 1), stats.Invalid, ""},
		"logistic, groups' length":       {logistic(d.y, d.x, d.group[1:], 1), stats.Invalid, "group"},
		"logistic, one group":            {logistic(d.y, d.x, one, 1), stats.OneLevel, "group"},
		"logistic, groups of one":        {logistic(d.y, d.x, own, 1), stats.NotEstimable, "group"},
		"logistic, a group without rows": {logistic(d.y, d.x, gap, 1), stats.Invalid, "group"},
		"logistic, a negative group":     {logistic(d.y, d.x, append([]int{-1}, d.group[1:]...), 1), stats.Invalid, "group"},
		"logistic, no events":            {logistic(make([]float64, n), d.x, d.group, 1), stats.OneLevel, ""},
		"logistic, a proportion":         {logistic(list(func(i int) float64 { return d.y[i] / 2 }), d.x, d.group, 1), stats.Invalid, ""},
		"logistic, missing":              {logistic(d.y, with("b", list(func(int) float64 { return math.NaN() })), d.group, 1), stats.Missing, "b"},
		"logistic, infinite":             {logistic(d.y, with("b", list(func(int) float64 { return math.Inf(1) })), d.group, 1), stats.Missing, "b"},
		"logistic, collinear":            {logistic(d.y, copied, d.group, 1), stats.Collinear, "copy"},
		"logistic, separated":            {logistic(d.y, separating, d.group, 1), stats.Separation, ""},
		"logistic, alike within groups":  {logistic(byGroup, d.x, d.group, 9), stats.Separation, "group"},
		"logistic, points":               {logistic(d.y, d.x, d.group, 101), stats.Unsupported, "nAGQ"},
		"logistic, negative points":      {logistic(d.y, d.x, d.group, -1), stats.Unsupported, "nAGQ"},
		"linear, empty":                  {linear(nil, stats.Design{}, nil), stats.TooFewRows, ""},
		"linear, one group":              {linear(d.measured, d.x, one), stats.OneLevel, "group"},
		"linear, groups of one":          {linear(d.measured, d.x, own), stats.NotEstimable, "group"},
		"linear, collinear":              {linear(d.measured, copied, d.group), stats.Collinear, "copy"},
		"linear, constant":               {linear(make([]float64, n), d.x, d.group), stats.NotEstimable, ""},
		"linear, alike within groups":    {linear(byGroup, stats.NewDesign(nil, nil, n), d.group), stats.NotEstimable, ""},
		"linear, fitted by the terms":    {linear(d.x.Columns[1], d.x, d.group), stats.NotEstimable, ""},
		"linear, missing":                {linear(list(func(int) float64 { return math.NaN() }), d.x, d.group), stats.Missing, ""},
		"equations, family":              {gee(d.y, d.x, d.group, "gamma", Independence), stats.Unsupported, "family"},
		"equations, correlation":         {gee(d.y, d.x, d.group, Binomial, "ar1"), stats.Unsupported, "corstr"},
		"equations, separated":           {gee(d.y, separating, d.group, Binomial, Exchangeable), stats.Separation, ""},
		"equations, no events":           {gee(make([]float64, n), d.x, d.group, Poisson, Exchangeable), stats.NoEvents, ""},
		"equations, one cluster":         {gee(d.y, d.x, one, Binomial, Exchangeable), stats.OneLevel, "group"},
		"equations, collinear":           {gee(d.measured, copied, d.group, Gaussian, Exchangeable), stats.Collinear, "copy"},
		"equations, no residual":         {gee(make([]float64, n), d.x, d.group, Gaussian, Exchangeable), stats.NotEstimable, "alpha"},
		"equations, empty":               {gee(nil, stats.Design{}, nil, Gaussian, Exchangeable), stats.TooFewRows, ""},
	} {
		var e *stats.Error
		if !errors.As(test.err, &e) || e.Problem != test.problem || test.variable != "" && e.Variable != test.variable || e.Method == "" {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	if err := gee(d.y, d.x, own, Binomial, Independence); err != nil {
		t.Errorf("independent rows: %v", err)
	}
}

func TestOffsetsMoveTheInterceptAlone(t *testing.T) {
	d := simulate(8, 20, 10, 1)
	offset := make([]float64, len(d.y))
	for i := range offset {
		offset[i] = 2
	}
	a, err := Logistic(d.y, d.x, d.group, Options{Points: 3})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Logistic(d.y, d.x, d.group, Options{Points: 3, Offset: offset})
	if err != nil || math.Abs(a.Coef[0]-2-b.Coef[0]) > 1e-8 || math.Abs(a.SD-b.SD) > 1e-8 {
		t.Errorf("%v %v %v", a, b, err)
	}
}
