package causal

import (
	"errors"
	"math"
	"testing"

	"consilium/stats"
)

func TestWhatPreventsAComparisonIsNamed(t *testing.T) {
	ok := Arms{Name: "treat", Treated: []bool{true, true, true, false, false, false}}
	e := []float64{0.5, 0.6, 0.7, 0.3, 0.55, 0.65}
	y := []float64{1, 0, 1, 0, 1, 0}
	ones := []float64{1, 1, 1, 1, 1, 1}
	inf, nan := math.Inf(1), math.NaN()
	one := func(name string, c ...float64) stats.Design {
		return stats.NewDesign([]string{name}, [][]float64{c}, len(c))
	}
	arms := func(v ...float64) error { _, err := NewArms("treat", v); return err }
	propensity := func(x stats.Design) error { _, err := Propensity(ok, x); return err }
	weights := func(target Target, e ...float64) error { _, err := Weights(ok, e, target); return err }
	compare := func(y, w []float64) error { _, err := Compare(ok, y, w); return err }
	balance := func(x stats.Design, w []float64) error { _, err := Balance(ok, x, w); return err }
	match := func(caliper float64, order Order, d ...float64) error {
		_, err := Match(ok, d, caliper, order)
		return err
	}
	aipw := func(y, e []float64, family Family) error {
		_, err := AIPW(ok, y, e, one("x", 1, 2, 4, 1, 3, 4), family)
		return err
	}
	for name, test := range map[string]struct {
		err      error
		problem  stats.Problem
		variable string
	}{
		"an arm without rows":                     {arms(1, 1, 1), stats.OneLevel, "treat"},
		"no rows":                                 {arms(), stats.OneLevel, "treat"},
		"a treatment of 2":                        {arms(0, 1, 2), stats.Invalid, "treat"},
		"a treatment that is missing":             {arms(0, 1, nan), stats.Invalid, "treat"},
		"a covariate that separates":              {propensity(one("clinic", 1, 2, 3, 4, 5, 6)), stats.Infinite, "clinic"},
		"a missing covariate":                     {propensity(one("age", 1, 2, 3, nan, 5, 6)), stats.Missing, "age"},
		"an infinite covariate":                   {propensity(one("age", 1, 2, 3, inf, 5, 6)), stats.Missing, "age"},
		"a constant covariate":                    {propensity(one("sex", 1, 1, 1, 1, 1, 1)), stats.Collinear, "sex"},
		"covariates of other rows":                {propensity(one("age", 1, 2, 3)), stats.Invalid, ""},
		"a propensity of 1":                       {weights(ATE, 0.5, 0.6, 0.7, 1, 0.55, 0.65), stats.Infinite, "treat"},
		"a propensity of 0":                       {weights(ATC, 0.5, 0, 0.7, 0.2, 0.55, 0.65), stats.Infinite, "treat"},
		"a missing propensity":                    {weights(ATE, 0.5, nan, 0.7, 0.3, 0.55, 0.65), stats.Missing, "propensity"},
		"arms without overlap":                    {weights(ATE, 0.8, 0.7, 0.9, 0.3, 0.2, 0.1), stats.NotEstimable, "treat"},
		"an unknown target":                       {weights("ATX", e...), stats.Unsupported, ""},
		"too few propensities":                    {weights(ATE, 0.5), stats.Invalid, "propensity"},
		"a missing outcome":                       {compare([]float64{1, nan, 1, 0, 1, 0}, ones), stats.Missing, "outcome"},
		"a negative weight":                       {compare(y, []float64{1, 1, 1, 1, 1, -1}), stats.Invalid, "weights"},
		"an arm without weight":                   {compare(y, []float64{1, 1, 1, 0, 0, 0}), stats.EmptyStratum, "treat"},
		"two weighted rows":                       {compare(y, []float64{1, 0, 0, 1, 0, 0}), stats.TooFewRows, "treat"},
		"balance of a missing covariate":          {balance(one("age", 1, nan, 1, 1, 1, 1), ones), stats.Missing, "age"},
		"balance with an infinite weight":         {balance(one("age", 1, 2, 1, 1, 1, 1), []float64{1, 1, inf, 1, 1, 1}), stats.Missing, "weights"},
		"no match within the caliper":             {match(0.1, Largest, 5, 6, 7, 1, 2, 3), stats.NotEstimable, "treat"},
		"a negative caliper":                      {match(-1, Largest, 5, 6, 7, 1, 2, 3), stats.Invalid, "caliper"},
		"a caliper that is no number":             {match(nan, Largest, 5, 6, 7, 1, 2, 3), stats.Invalid, "caliper"},
		"an unknown order":                        {match(1, "random", 5, 6, 7, 1, 2, 3), stats.Unsupported, ""},
		"an infinite distance":                    {match(1, Largest, 5, 6, inf, 1, 2, 3), stats.Missing, "distance"},
		"covariates of other rows, doubly robust": {func() error { _, err := AIPW(ok, y, e, one("x", 1, 2), Gaussian); return err }(), stats.Invalid, ""},
		"a score of other rows":                   {func() error { _, err := Stacked(ok, y, &Score{Probability: e}, ATE); return err }(), stats.Invalid, "treat"},
		"no score":                                {func() error { _, err := Stacked(ok, y, nil, ATE); return err }(), stats.Invalid, "treat"},
		"covariates without names":                {balance(stats.Design{Columns: [][]float64{y}}, ones), stats.Invalid, ""},
		"an unknown family":                       {aipw(y, e, "gamma"), stats.Unsupported, ""},
		"a propensity of 1, doubly robust":        {aipw(y, []float64{0.5, 0.6, 0.7, 1, 0.55, 0.65}, Gaussian), stats.Infinite, "treat"},
		"an arm with one outcome":                 {aipw([]float64{1, 1, 1, 0, 1, 0}, e, Binomial), stats.OneLevel, "outcome"},
		"no events in an arm":                     {aipw([]float64{0, 0, 0, 2, 1, 0}, e, Poisson), stats.NoEvents, "outcome"},
		"an arm with too few rows for terms":      {aipw(y[:2], e, Gaussian), stats.Invalid, "outcome"},
	} {
		t.Run(name, func(t *testing.T) {
			var e *stats.Error
			if !errors.As(test.err, &e) {
				t.Fatalf("got %v", test.err)
			}
			if e.Problem != test.problem || test.variable != "" && e.Variable != test.variable {
				t.Errorf("got %v", e)
			}
		})
	}
}

func TestASinglePairHasNoStandardError(t *testing.T) {
	a, err := NewArms("treat", []float64{1, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Match(a, []float64{1, 2, 3}, 1, Largest)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Compare([]float64{1, 2, 3}); !errors.Is(err, stats.TooFewRows) {
		t.Error(err)
	}
	if _, err := m.Compare([]float64{1, 2}); !errors.Is(err, stats.Invalid) {
		t.Error(err)
	}
}

func TestEValuesRefuseWhatIsNoInterval(t *testing.T) {
	for name, test := range map[string]struct {
		measure              Measure
		estimate, low, upper float64
		problem              stats.Problem
	}{
		"a ratio of 0":         {RiskRatio, 0, 0.5, 2, stats.Invalid},
		"a negative limit":     {HazardRatioCommon, 1, -0.5, 2, stats.Invalid},
		"limits that exchange": {OddsRatioRare, 2, 3, 1, stats.Invalid},
		"an estimate outside":  {RiskRatio, 0.8, 1.2, 2, stats.Invalid},
		"no number":            {MeanDifference, math.NaN(), -1, 1, stats.Invalid},
		"an unknown measure":   {"RD", 0.1, 0, 0.2, stats.Unsupported},
	} {
		if _, err := EValue(test.measure, test.estimate, test.low, test.upper); !errors.Is(err, test.problem) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// VanderWeele and Ding 2017 give 7.26 for a risk ratio of 3.9 and 3.0 for its limit 1.8; an interval that holds 1 needs no confounder.
func TestEValuesOfThePaper(t *testing.T) {
	e, err := EValue(RiskRatio, 3.9, 1.8, 8.7)
	if err != nil || math.Abs(e.Estimate-7.26) > 0.005 || e.Limit != 3 {
		t.Errorf("%+v, %v", e, err)
	}
	e, err = EValue(RiskRatio, 1, 0.8, 1.2)
	if err != nil || e.Estimate != 1 || e.Limit != 1 {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestAnOddsRatioThatIsInfiniteIsNotGiven(t *testing.T) {
	a := Arms{Name: "treat", Treated: []bool{true, true, false, false}}
	c, err := Compare(a, []float64{1, 1, 0, 1}, []float64{1, 1, 1, 1})
	if err != nil || !c.Binary || !math.IsNaN(c.LogOR) || !math.IsNaN(c.SELogOR) {
		t.Errorf("%+v, %v", c, err)
	}
}
