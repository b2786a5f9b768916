package analysis

import (
	"errors"
	"testing"

	"consilium/stats"
)

// TestAMarginIsWrittenAsItWasGiven: a ratio that went through its logarithm and back came out as 1.2999999999999998.
func TestAMarginIsWrittenAsItWasGiven(t *testing.T) {
	for _, test := range []struct {
		measure, higher string
		given, want     float64
	}{
		{"risk_ratio", "worse", 1.3, 1.3},
		{"hazard_ratio", "better", 0.7, 0.7},
		{"risk_difference", "better", 0.1, -0.1},
		{"mean_difference", "worse", 2.3, 2.3},
	} {
		r := NonInferiority{Measure: test.measure, HigherIs: test.higher}
		if err := r.limit(test.given); err != nil || r.Margin != test.want {
			t.Errorf("%s of %v, higher is %s: %v, %v", test.measure, test.given, test.higher, r.Margin, err)
		}
	}
}

// TestAMarginOnTheWrongSideIsRefused: to turn it round in silence would answer the opposite question.
func TestAMarginOnTheWrongSideIsRefused(t *testing.T) {
	for _, test := range []struct {
		measure, higher string
		margin          float64
	}{
		{"risk_ratio", "worse", 0.8}, {"hazard_ratio", "better", 1.25}, {"odds_ratio", "better", -1}, {"risk_difference", "worse", -0.1}, {"risk_difference", "better", 1}, {"mean_difference", "better", 0},
	} {
		r := NonInferiority{Measure: test.measure, HigherIs: test.higher}
		if err := r.limit(test.margin); !errors.Is(err, stats.Invalid) {
			t.Errorf("%s of %v, higher is %s: %v", test.measure, test.margin, test.higher, err)
		}
	}
	spec := Spec{"measure": "risk_difference", "margin": 0.1, "a_n1_c_n0": []any{0.0, 20.0, 0.0, 20.0}}
	if _, err := Run(t.Context(), Case{Method: "noninferiority", Spec: spec}, nil, nil); !errors.Is(err, stats.Invalid) {
		t.Errorf("without higher_is: %v", err)
	}
	spec["higher_is"] = "worse"
	result, err := Run(t.Context(), Case{Method: "noninferiority", Spec: spec}, nil, nil) // nobody had the event: the best that can happen
	if r, ok := result.(*NonInferiority); err != nil || !ok || r.NotInferior || !(r.Intervals["newcombe"].Upper > 0.1) {
		t.Errorf("0 of 20 against 0 of 20: %+v, %v", result, err)
	}
}
