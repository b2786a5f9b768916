package analysis

import (
	"errors"
	"math"
	"os"
	"testing"

	"consilium/stats"
)

// birthwt runs a specification on the birth weights of MASS.
func birthwt(t *testing.T, method string, spec Spec) (object, error) {
	t.Helper()
	f, err := os.Open("../agree/testdata/data/birthwt.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := ReadTable(f, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := Run(t.Context(), Case{Method: method, Spec: spec}, table, nil)
	if err != nil {
		return nil, err
	}
	if _, err := Write(result); err != nil {
		t.Fatal(err)
	}
	return result.(object), nil
}

// glmnet(X, low, "binomial", lambda = 0.05, thresh = 1e-14), glmnet 4.1-6.
func TestPenalizedLogisticIsWrittenAsASpecification(t *testing.T) {
	result, err := birthwt(t, "penalized_logistic", Spec{"outcome": "low", "predictors": []any{"age", "lwt", "smoke", "ht"}, "lambda": 0.05, "folds": 0.0})
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{-0.211956202005, 0, -0.00543790112471, 0.218267395689, 0.529574762802}
	for j, v := range result["coef"].([][]float64)[0] {
		if math.Abs(v-want[j]) > 1e-6 {
			t.Errorf("term %d: %.9g, glmnet %.9g", j, v, want[j])
		}
	}
	result, err = birthwt(t, "penalized_logistic", Spec{"outcome": "low", "predictors": []any{"age", "lwt", "smoke", "ht"}, "alpha": 0.5, "folds": "ftv"})
	if err != nil || result["folds"] != 6 || result["lambda_1se"].(float64) < result["lambda_min"].(float64) {
		t.Errorf("%v, %v", result, err)
	}
}

func TestValidationIsWrittenAsASpecification(t *testing.T) {
	result, err := birthwt(t, "validation", Spec{"outcome": "low", "predictors": []any{"age", "lwt", "smoke", "ht"}, "resamples": 20.0})
	if err != nil || result["corrected"].(object)["c"].(float64) >= result["apparent"].(object)["c"].(float64) || len(result["decision_curve"].([]object)) != 19 {
		t.Errorf("%v, %v", result, err)
	}
}

func TestUnknownOptionsOfCentersAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		method  string
		spec    Spec
		problem stats.Problem
	}{
		"points":      {"logistic_mixed", Spec{"outcome": "low", "predictors": "age", "group": "race", "nAGQ": 0.0}, stats.Unsupported},
		"half points": {"logistic_mixed", Spec{"outcome": "low", "predictors": "age", "group": "race", "nAGQ": 1.5}, stats.Invalid},
		"correlation": {"gee", Spec{"outcome": "low", "predictors": "age", "id": "race", "family": "binomial", "corstr": "ar1"}, stats.Invalid},
		"family":      {"gee", Spec{"outcome": "low", "predictors": "age", "id": "race", "family": "Gamma"}, stats.Invalid},
		"group":       {"linear_mixed", Spec{"outcome": "low", "predictors": "age", "group": "nowhere"}, stats.Invalid},
		"words":       {"linear_mixed", Spec{"outcome": "low", "predictors": "race", "group": "smoke"}, stats.Invalid},
		"outcome":     {"validation", Spec{"outcome": "bwt", "predictors": "age"}, stats.Invalid},
	} {
		if _, err := birthwt(t, test.method, test.spec); !errors.Is(err, test.problem) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
