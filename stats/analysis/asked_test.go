package analysis

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"strings"
	"testing"

	"consilium/stats"
)

// of runs a method on a data set of the cases.
func of(t *testing.T, data, method string, spec Spec) (object, error) {
	t.Helper()
	folder := NewFolder(os.DirFS("../agree/testdata"))
	name := "data/" + data + ".csv"
	table, err := folder.Table(Case{Dataset: &name})
	if err != nil {
		t.Fatal(err)
	}
	result, err := Run(t.Context(), Case{Method: method, Spec: spec}, table, nil)
	out, _ := result.(object)
	return out, err
}

// TestWhatAFormulaAsksIsDoneOrRefused is about strata, clusters and centers: an analysis that passes over them in silence gives errors that are too small.
func TestWhatAFormulaAsksIsDoneOrRefused(t *testing.T) {
	for _, test := range []struct{ data, method, formula, refused string }{
		{"birthwt", "logistic", "low ~ age + strata(smoke)", "strata"},
		{"birthwt", "logistic", "low ~ age + (1 | smoke)", "group"},
		{"birthwt", "linear", "bwt ~ age + (1 | race)", "group"},
		{"birthwt", "poisson", "ftv ~ age + strata(race)", "strata"},
		{"birthwt", "firth_logistic", "low ~ age + cluster(race)", "cluster"},
		{"birthwt", "logistic_mixed", "low ~ age + cluster(ftv) + (1 | race)", "cluster"},
		{"birthwt", "linear_mixed", "bwt ~ age + strata(ftv) + (1 | race)", "strata"},
		{"birthwt", "gee", "low ~ age + cluster(race) + (1 | ftv)", "group"},
		{"birthwt", "penalized_logistic", "low ~ age + lwt + cluster(race)", "cluster"},
		{"birthwt", "validation", "low ~ age + offset(lwt)", "offset"},
		{"lung", "cox", "Surv(time, status) ~ age + (1 | inst)", "group"},
	} {
		_, err := of(t, test.data, test.method, Spec{"formula": test.formula})
		var e *stats.Error
		if !errors.As(err, &e) || e.Problem != stats.Unsupported || e.Variable != test.refused {
			t.Errorf("%s %s: %v", test.method, test.formula, err)
		}
	}
	for _, method := range []string{"federated_logistic", "federated_linear", "federated_poisson"} {
		spec := Spec{"outcome": "low", "predictors": []any{"age"}, "site": "race", "cluster": "ftv"}
		if _, err := of(t, "birthwt", method, spec); !errors.Is(err, stats.Unsupported) {
			t.Errorf("%s with clusters: %v", method, err)
		}
	}
	for _, method := range []string{"federated_km", "federated_logrank"} {
		spec := Spec{"time": "time", "status": "status", "group": "sex", "site": "inst", "weights": "ph.ecog"}
		if _, err := of(t, "lung", method, spec); !errors.Is(err, stats.Unsupported) {
			t.Errorf("%s with weights: %v", method, err)
		}
	}
}

// TestClustersHaveTestsAndLimitsOfTheirOwn, from t with one degree of freedom less than there are clusters.
func TestClustersHaveTestsAndLimitsOfTheirOwn(t *testing.T) {
	for method, outcome := range map[string]string{"logistic": "low", "linear": "bwt", "poisson": "ftv", "negative_binomial": "ftv"} {
		result, err := of(t, "birthwt", method, Spec{"outcome": outcome, "predictors": []any{"age"}, "cluster": "lwt"})
		if err != nil {
			t.Fatal(method, err)
		}
		parts := result
		if method != "linear" {
			parts = result["robust"].(object)
		}
		c := parts["cluster"].(object)
		if c["df"] != parts["clusters"].(int)-1 {
			t.Errorf("%s: %v degrees of freedom for %v clusters", method, c["df"], parts["clusters"])
		}
		coef, se := result["coef"].([]float64)[1], parts["se_cluster_CR1"].([]float64)[1]
		if lower, upper := c["lower"].([]float64)[1], c["upper"].([]float64)[1]; !(lower < coef-1.98*se && upper > coef+1.98*se && math.Abs(lower+upper-2*coef) < 1e-9) {
			t.Errorf("%s: limits %g and %g around %g ± %g", method, lower, upper, coef, se)
		}
	}
	without, err := of(t, "insurance", "poisson", Spec{"outcome": "claims", "predictors": []any{"d2", "d3", "d4"}, "offset": "log(holders)"})
	if err != nil {
		t.Fatal(err)
	}
	if without["robust"].(object)["cluster"] != nil {
		t.Error("tests by clusters that nobody asked for")
	}
}

// TestWeightsLeaveNoMeasuresOfSingleRows: a c-statistic of rows is not one of the patients that they stand for.
func TestWeightsLeaveNoMeasuresOfSingleRows(t *testing.T) {
	result, err := of(t, "birthwt", "logistic", Spec{"outcome": "low", "predictors": []any{"age"}, "weights": "lwt"})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"c", "brier", "hosmer_lemeshow"} {
		if result[key] != nil {
			t.Errorf("%s is %v", key, result[key])
		}
	}
}

// TestWhatLiesBeyondTheFollowUpIsSaid: a curve carried on flat gave means of thousands of days, with a p value.
func TestWhatLiesBeyondTheFollowUpIsSaid(t *testing.T) {
	for tau, beyond := range map[float64]bool{365: false, 5000: true} {
		result, err := of(t, "lung", "rmst", Spec{"time": "time", "status": "status", "tau": tau})
		if err != nil {
			t.Fatal(err)
		}
		warning, _ := result["warning"].(string)
		if result["beyond_last_time"] != beyond || strings.Contains(warning, "up to 1022 only") != beyond {
			t.Errorf("at %g: %v, %q", tau, result["beyond_last_time"], warning)
		}
	}
	result, err := of(t, "lung", "kaplan_meier", Spec{"time": "time", "status": "status", "times": []any{365.0, 5000.0}})
	if err != nil {
		t.Fatal(err)
	}
	if carried := result["carried_on"].([]bool); carried[0] || !carried[1] {
		t.Error(carried)
	}
}

// TestGradesOfWordsNeedTheirOrder: none, mild, severe were put in the order of the alphabet, in which mild is the lowest.
func TestGradesOfWordsNeedTheirOrder(t *testing.T) {
	data := "grade,late,x,center\n"
	for i := range 60 {
		data += fmt.Sprintf("%s,%s,%d,%d\n", []string{"none", "mild", "severe"}[(i+i/7)%3], []string{"no", "yes"}[(i/3)%2], i%5, i%4)
	}
	for method, more := range map[string]string{"ordinal": "", "ordinal_mixed": " + (1 | center)"} {
		if _, err := Run(t.Context(), Case{Method: method, Spec: Spec{"formula": "grade ~ x" + more}}, read(t, data), nil); !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), "mild, none, severe") {
			t.Errorf("%s: %v", method, err)
		}
		for outcome, order := range map[string]any{"grade": []any{"none", "mild", "severe"}, "late": nil} {
			spec := Spec{"formula": outcome + " ~ x" + more}
			if order != nil {
				spec["order"] = order
			}
			if _, err := Run(t.Context(), Case{Method: method, Spec: spec}, read(t, data), nil); err != nil {
				t.Errorf("%s of %s: %v", method, outcome, err)
			}
		}
	}
}

// TestADateInAModelIsDays, also one of few values, which was a factor; factor() makes it one.
func TestADateInAModelIsDays(t *testing.T) {
	data := "score,seen\n"
	for i := range 40 {
		data += fmt.Sprintf("%d,2026-03-%02d\n", i%7+i, i%20+1)
	}
	for formula, terms := range map[string]int{"score ~ seen": 2, "score ~ factor(seen)": 20} {
		result, err := Run(t.Context(), Case{Method: "linear", Spec: Spec{"formula": formula}}, read(t, data), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := result.(object)["terms"].([]string); len(got) != terms {
			t.Errorf("%s: %v", formula, got)
		}
	}
}

// TestWhatWeightsAreCanBeSaid: those of a matching with replacement are whole by chance, and counted as patients they made the errors too small.
func TestWhatWeightsAreCanBeSaid(t *testing.T) {
	data := "months,died,w,half\n"
	for i := range 30 {
		data += fmt.Sprintf("%d,%d,%d,1.5\n", i+1, i%2, i%3+1)
	}
	se := func(weights, are string) (float64, error) {
		spec := Spec{"time": "months", "status": "died", "weights": weights, "times": 15.0}
		if are != "" {
			spec["weights_are"] = are
		}
		result, err := Run(t.Context(), Case{Method: "kaplan_meier", Spec: spec}, read(t, data), nil)
		if err != nil {
			return 0, err
		}
		return result.(object)["se"].([]float64)[0], nil
	}
	asIs, _ := se("w", "")
	counts, _ := se("w", "counts")
	shares, err := se("w", "shares")
	if err != nil || asIs != counts || !(shares > 1.2*counts) {
		t.Errorf("%v by values, %v as counts, %v as shares: %v", asIs, counts, shares, err)
	}
	if _, err := se("half", "counts"); !errors.Is(err, stats.Invalid) {
		t.Error(err)
	}
}

// TestADateIsNoCategoryOfATable: Table 1 had a row for each day.
func TestADateIsNoCategoryOfATable(t *testing.T) {
	data := "seen,side\n"
	for i := range 150 {
		data += fmt.Sprintf("2026-%02d-%02d,%s\n", 1+i/28, 1+i%28, []string{"left", "right"}[i%2])
	}
	_, err := Run(t.Context(), Case{Method: "table_one", Spec: Spec{"variables": []any{"side", "seen"}}}, read(t, data), nil)
	if !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), "its 150 values are dates, which are no categories. A date") {
		t.Error(err)
	}
	if _, err := Run(t.Context(), Case{Method: "table_one", Spec: Spec{"variables": "side"}}, read(t, data), nil); err != nil {
		t.Error(err)
	}
}

// TestTheRatioBesideWeightedCurvesIsWeighted, with the errors of the Cox model of the same weights: beside weighted curves stood the ratio without them.
func TestTheRatioBesideWeightedCurvesIsWeighted(t *testing.T) {
	data := "months,died,arm,w\n"
	for i := range 60 {
		data += fmt.Sprintf("%d,%d,%d,%.2f\n", (i*37)%59+1, (i/2)%2, i%2, 0.4+float64(i*7%11)/5)
	}
	spec := Spec{"time": "months", "status": "died", "group": "arm", "hr": true, "weights": "w"}
	curves, err := Run(t.Context(), Case{Method: "kaplan_meier", Spec: spec}, read(t, data), nil)
	if err != nil {
		t.Fatal(err)
	}
	model, err := Run(t.Context(), Case{Method: "cox", Spec: Spec{"formula": "Surv(months, died) ~ arm", "weights": "w"}}, read(t, data), nil)
	if err != nil {
		t.Fatal(err)
	}
	ratio, cox := curves.(object)["hazard_ratio"].(object), model.(object)
	for key, want := range map[string]float64{"hr": cox["hr"].([]float64)[0], "se": cox["robust_se"].([]float64)[0], "lower": math.Exp(cox["wald_lower"].([]float64)[0])} {
		if got := ratio[key].(float64); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, not %v", key, got, want)
		}
	}
}

// TestADefaultIsOfTheFormThatUsesIt: full matching has no ratio, and without a bootstrap nothing is drawn.
func TestADefaultIsOfTheFormThatUsesIt(t *testing.T) {
	for _, test := range []struct {
		method, key string
		spec        Spec
		uses        bool
	}{
		{"matching", "caliper_sd", Spec{}, true},
		{"matching", "caliper_sd", Spec{"full": true}, false},
		{"matching", "caliper_sd", Spec{"distance": "mahalanobis"}, false},
		{"matching", "ratio", Spec{"full": true}, false},
		{"matching", "ratio", Spec{"full": false}, true},
		{"matching", "order", Spec{"full": true}, false},
		{"matching", "target", Spec{}, false},
		{"matching", "target", Spec{"full": true}, true},
		{"adjusted_curves", "seed", Spec{"bootstrap": 0.0}, false},
		{"adjusted_curves", "seed", Spec{"bootstrap": 200.0}, true},
		{"target_trial", "seed", Spec{}, true},
		{"target_trial", "seed", Spec{"bootstrap": 0.0}, false},
		{"standardization", "resamples", Spec{"errors": "robust"}, false},
		{"standardization", "resamples", Spec{"errors": "bootstrap"}, true},
		{"cox", "level", Spec{"conf": 0.9}, false},
	} {
		m, _ := Find(test.method)
		if p, known := m.parameter(test.key); !known || p.UsesDefault(test.spec) != test.uses {
			t.Errorf("%s of %s with %v: %v", test.key, test.method, test.spec, !test.uses)
		}
	}
	for _, m := range Methods() { // a condition names keys of its own method
		for _, p := range m.Parameters {
			for _, condition := range strings.Split(p.If, " and ") {
				key, _, _ := strings.Cut(strings.TrimPrefix(condition, "not "), "=")
				if _, known := m.parameter(key); condition != "" && !known {
					t.Errorf("%s has no key %q, of which the default of %s depends", m.Name, key, p.Name)
				}
			}
		}
	}
}

// TestAdjustedIncidenceHasNumbersAtRisk: the sums of weights of those who had no event yet. They were not told.
func TestAdjustedIncidenceHasNumbersAtRisk(t *testing.T) {
	data := "months,status,arm,age\n"
	for i := range 80 {
		data += fmt.Sprintf("%d,%d,%d,%d\n", (i*37)%79+1, i%3, (i/2)%2, 40+i*7%30)
	}
	spec := Spec{"time": "months", "status": "status", "treatment": "arm", "covariates": "age", "failcode": 1.0, "times": []any{0.5, 20.0, 200.0}, "whole": true}
	result, err := Run(t.Context(), Case{Method: "adjusted_curves", Spec: spec}, read(t, data), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := result.(*AdjustedCurves)
	for k, arm := range r.Arms {
		if at := arm.AtRisk; math.Abs(at[0]-arm.Sum) > 1e-9 || !(at[1] < at[0] && at[1] > 0) || at[2] != 0 {
			t.Errorf("%s: %v of %g", arm.Label, at, arm.Sum)
		}
		if risk := r.Whole[k].(object)["at_risk"].([]float64); !(risk[0] > risk[len(risk)-1]) {
			t.Error(risk)
		}
	}
	if r.Cause != 1 {
		t.Error("the event in question is not told")
	}
}

// TestANegativeWeightIsCalledSo; it was called infinite.
func TestANegativeWeightIsCalledSo(t *testing.T) {
	data := "months,died,w\n1,1,1\n2,0,-1\n3,1,1\n4,1,2\n"
	for method, more := range map[string]Spec{"kaplan_meier": {"time": "months", "status": "died"}, "cox": {"formula": "Surv(months, died) ~ w"}} {
		more["weights"] = "w"
		if _, err := Run(t.Context(), Case{Method: method, Spec: more}, read(t, data), nil); !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), "negative") {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// TestWhoIsComparedIsAsked: patients of no group, one group only, a number as a group.
func TestWhoIsComparedIsAsked(t *testing.T) {
	data := "months,died,arm,one,age\n"
	for i := range 60 {
		data += fmt.Sprintf("%d,%d,%s,%s,%d\n", i+1, i%2, []string{"a", "b", ""}[i%3], "x", i+20)
	}
	for group, want := range map[string]string{"arm": "20 rows have no value", "one": "nothing to compare"} {
		got := Warnings(Case{Method: "table_one", Spec: Spec{"group": group, "variables": "age"}}, read(t, data))
		if len(got) != 1 || !strings.Contains(got[0].String(), want) {
			t.Errorf("%s: %v", group, got)
		}
	}
	for group, want := range map[string]string{"age": "each of which is a group", "arm": "20 rows have no value of it, and are left out"} {
		if got := Warnings(Case{Method: "logrank", Spec: Spec{"time": "months", "status": "died", "group": group}}, read(t, data)); len(got) != 1 || !strings.Contains(got[0].String(), want) {
			t.Errorf("%s: %v", group, got)
		}
	}
}

// TestTheTestOfWeightedCurvesIsTheirs: weighted curves were refused the log-rank test that the method of that name makes of the same rows.
func TestTheTestOfWeightedCurvesIsTheirs(t *testing.T) {
	data := "t,d,g,w\n"
	for i := range 40 {
		data += fmt.Sprintf("%d,%d,%s,%.1f\n", 1+i*7%23, i*5%3%2, []string{"a", "b"}[i%2], 0.5+float64(i%5)/2)
	}
	table := read(t, data)
	run := func(method string, more Spec) object {
		t.Helper()
		spec := Spec{"time": "t", "status": "d", "group": "g", "weights": "w"}
		maps.Copy(spec, more)
		got, err := Run(t.Context(), Case{Method: method, Spec: spec}, table, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.(object)
	}
	beside := run("kaplan_meier", Spec{"logrank": true})["logrank"].(object)
	if alone := run("logrank", nil); beside["chisq"] != alone["chisq"] || beside["p"] != alone["p"] {
		t.Errorf("%v beside the curves, %v alone", beside, alone)
	}
}

// TestOfTwoWordsOneIsNamedAsYes: who has a treatment of two words is told how to go on.
func TestOfTwoWordsOneIsNamedAsYes(t *testing.T) {
	data := "technique,age\n"
	for i := range 20 {
		data += []string{"endoscopic", "microscopic"}[i%2] + fmt.Sprintf(",%d\n", 40+i*7%31)
	}
	_, err := Run(t.Context(), Case{Method: "matching", Spec: Spec{"treatment": "technique", "covariates": "age", "outcome": "age"}}, read(t, data), nil)
	if want := `"derived": {"technique_yes": "technique == \"microscopic\""}, and use technique_yes`; err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}
