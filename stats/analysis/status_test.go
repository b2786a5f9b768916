package analysis

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"consilium/stats"
)

// causes is times that end by recurrence (1), by death (2), or censored (0), of two treatments.
const causes = "months,event,group,lower,upper,x\n1,1,0,0,1,3\n2,2,1,0,2,1\n3,0,0,3,,4\n4,1,1,3,4,1\n5,2,0,4,5,5\n6,1,1,5,6,9\n7,0,0,7,,2\n8,2,1,6,8,6\n9,1,0,8,9,5\n10,1,1,9,10,3\n11,0,0,11,,5\n12,2,1,11,12,8\n"

// TestCompetingEventsAreNotTakenForOne: methods that know one kind of event refuse a status of several, whatever rows are left.
func TestCompetingEventsAreNotTakenForOne(t *testing.T) {
	for method, more := range map[string]Spec{
		"kaplan_meier": {}, "logrank": {}, "rmst": {"tau": 6.0}, "cox": {"predictors": "group"}, "cox_prediction": {"predictors": "group", "times": 3.0, "newdata": map[string]any{"group": 1.0}},
		"federated_km": {"site": "x"}, "federated_logrank": {"site": "x"}, "cox_frailty": {"predictors": "x", "group": "group"}, "noninferiority": {"measure": "hazard_ratio", "margin": 1.3, "higher_is": "worse", "treatment": "group"},
		"target_trial": {"treated": "lower", "grace": 2.0, "covariates": "x", "bootstrap": 0.0},
	} {
		spec := Spec{"time": "months", "status": "event", "group": "group"}
		if _, known := mustFind(t, method).parameter("group"); !known {
			delete(spec, "group")
		}
		for key, v := range more {
			spec[key] = v
		}
		for _, rows := range []string{"", "event > 0", "months > 2"} {
			if rows != "" {
				spec["rows"] = rows // a filter that leaves no censored row does not turn causes 1 and 2 into R's codes of none and the event
			}
			_, err := Run(t.Context(), Case{Method: method, Spec: spec}, read(t, causes), nil)
			if !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), "is 2, not 0 or 1") {
				t.Errorf("%s, rows %q: %v", method, rows, err)
			}
		}
	}
}

func mustFind(t *testing.T, name string) Method {
	t.Helper()
	m, found := Find(name)
	if !found {
		t.Fatal(name)
	}
	return m
}

// TestAStatusOfOneAndTwoIsRs, also where a filter leaves only one of them, and with a word about it.
func TestAStatusOfOneAndTwoIsRs(t *testing.T) {
	data := strings.NewReplacer(",0,", ",1,").Replace("months,event,id\n1,2,a\n2,1,b\n3,2,c\n4,2,d\n5,1,e\n")
	for rows, events := range map[string]float64{"months > 0": 3, "event == 2": 3, "months > 3": 1} {
		c := Case{Method: "kaplan_meier", Spec: Spec{"formula": "Surv(months, event) ~ 1", "rows": rows}}
		result, err := Run(t.Context(), c, read(t, data), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := result.(object)["events"].([]float64)[0]; got != events {
			t.Errorf("%s: %v events, not %v", rows, got, events)
		}
		if w := Warnings(c, read(t, data)); len(w) != 1 || !strings.Contains(w[0].Detail, "2 is taken for the event") {
			t.Error(w)
		}
	}
}

func TestACauseThatNobodyHadIsRefused(t *testing.T) {
	for _, code := range []float64{0, 3, -1} {
		spec := Spec{"time": "months", "status": "event", "treatment": "group", "covariates": "x", "failcode": code, "times": 5.0}
		if _, err := Run(t.Context(), Case{Method: "adjusted_curves", Spec: spec}, read(t, causes), nil); !errors.Is(err, stats.NoEvents) {
			t.Errorf("failcode %v: %v", code, err)
		}
	}
}

// TestRowsThatSayNothing are left out where a method would stumble over them: an event that may lie anywhere, and weight 0.
func TestRowsThatSayNothing(t *testing.T) {
	data := causes + "1,0,1,,,1\n1,0,1,0,,1\n"
	result, err := Run(t.Context(), Case{Method: "interval_censored", Spec: Spec{"lower": "lower", "upper": "upper", "predictors": "group"}}, read(t, data), nil)
	if r, ok := result.(IntervalCensored); err != nil || !ok || r.N != 12 || r.Unseen != 1 {
		t.Errorf("%+v, %v", result, err)
	}
	spec := Spec{"time": "months", "status": "died", "weights": "w", "derived": map[string]any{"died": "event == 2", "w": "ifelse(months > 4, 1, 0)"}}
	whole, err := Run(t.Context(), Case{Method: "kaplan_meier", Spec: spec}, read(t, causes), nil)
	if err != nil || whole.(object)["records"].([]float64)[0] != 8 {
		t.Errorf("%+v, %v", whole, err)
	}
	spec["derived"] = map[string]any{"died": "event == 2", "w": "months - 3"}
	if _, err := Run(t.Context(), Case{Method: "kaplan_meier", Spec: spec}, read(t, causes), nil); !errors.Is(err, stats.Invalid) {
		t.Errorf("a weight below 0: %v", err)
	}
}

// TestAnOptionOfNothingIsNoDefault: 0 imputations were 5, and 0 controls for each patient were 1.
func TestAnOptionOfNothingIsNoDefault(t *testing.T) {
	for _, test := range []struct{ method, key string }{{"mice", "m"}, {"mice", "maxit"}, {"matching", "ratio"}, {"rmst", "tau"}, {"validation", "resamples"}, {"penalized_logistic", "nlambda"}, {"learning_curve", "alpha"}} {
		m := mustFind(t, test.method)
		spec := Spec{test.key: 0.0}
		for _, p := range m.Parameters {
			if p.Needed && p.Name != test.key {
				spec[p.Name] = p.Example
			}
		}
		if _, err := m.checked(spec); !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), test.key) {
			t.Errorf("%s: %s of 0: %v", test.method, test.key, err)
		}
	}
}

// TestAKeyThatIsNeededIsAskedFor by its name.
func TestAKeyThatIsNeededIsAskedFor(t *testing.T) {
	_, err := Run(t.Context(), Case{Method: "t_test", Spec: Spec{"y": "x"}}, read(t, causes), nil)
	var e *stats.Error
	if !errors.As(err, &e) || e.Variable != "group" || !strings.Contains(e.Detail, "missing") {
		t.Error(err)
	}
	_, err = Run(t.Context(), Case{Method: "t_test", Spec: Spec{"y": "moths", "group": "group"}}, read(t, causes), nil)
	if !errors.As(err, &e) || e.Advice != "Did you mean months?" {
		t.Error(err)
	}
	if _, err = Run(t.Context(), Case{Method: "logistik"}, nil, nil); err == nil || !strings.Contains(err.Error(), "Did you mean logistic?") {
		t.Error(err)
	}
}

// TestASecondRandomTermIsRefused: patients within hospitals were taken for one center each, and the effect of a treatment doubled.
func TestASecondRandomTermIsRefused(t *testing.T) {
	for _, c := range []Case{
		{Method: "linear_mixed", Spec: Spec{"formula": "months ~ x + (1 | group) + (1 | event)"}},
		{Method: "logistic_mixed", Spec: Spec{"formula": "group ~ x + (1 | event) + (1 + x | months)"}},
		{Method: "mice", Spec: Spec{"model": "months ~ x + (1 | group) + (1 | event) (linear)"}},
		{Method: "linear", Spec: Spec{"formula": "months ~ x + cluster(group) + cluster(event)"}},
	} {
		if _, err := Run(t.Context(), c, read(t, causes), nil); !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), "second") {
			t.Errorf("%s: %v", c.Method, err)
		}
	}
}

// TestAComparisonIsNotUnadjustedInSilence: without covariates the adjusted curve was the crude one.
func TestAComparisonIsNotUnadjustedInSilence(t *testing.T) {
	for _, method := range []string{"adjusted_curves", "matching", "propensity_weighting", "target_trial"} {
		for _, covariates := range []any{nil, []any{}} {
			spec := Spec{"time": "months", "status": "died", "treatment": "group", "outcome": "x", "treated": "lower", "grace": 2.0, "covariates": covariates, "derived": map[string]any{"died": "event == 2"}}
			_, err := Run(t.Context(), Case{Method: method, Spec: spec}, read(t, causes), nil)
			var e *stats.Error
			if !errors.As(err, &e) || e.Variable != "covariates" {
				t.Errorf("%s with covariates %v: %v", method, covariates, err)
			}
		}
	}
}

// TestWhatIsNoModelIsRefused: a model that names nothing was a panic of mice, and a factor may have as many levels as there are rows.
func TestWhatIsNoModelIsRefused(t *testing.T) {
	for _, model := range []string{"(logistic)", "NA", "x", "~", "x ~"} {
		if _, err := Run(t.Context(), Case{Method: "mice", Spec: Spec{"model": model}}, read(t, causes), nil); !errors.Is(err, stats.Invalid) {
			t.Errorf("%q: %v", model, err)
		}
	}
	dates := "y,seen\n"
	for i := range 150 {
		dates += fmt.Sprintf("%d,2026-%02d-%02d\n", i*i%7, 1+i/28, 1+i%28)
	}
	if _, err := Run(t.Context(), Case{Method: "linear", Spec: Spec{"formula": "y ~ factor(seen)"}}, read(t, dates), nil); err == nil || !strings.Contains(err.Error(), "which are no groups") {
		t.Error(err)
	}
	if _, err := Run(t.Context(), Case{Method: "linear", Spec: Spec{"formula": "y ~ day", "derived": map[string]any{"day": "seen + 0"}}}, read(t, dates), nil); err != nil {
		t.Error(err)
	}
	if _, err := Run(t.Context(), Case{Method: "table_one", Spec: Spec{"variables": "x", "median": "agee"}}, read(t, causes), nil); !errors.Is(err, stats.Invalid) {
		t.Errorf("a misspelled variable: %v", err)
	}
}
