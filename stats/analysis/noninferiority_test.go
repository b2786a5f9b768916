package analysis

import "testing"

// TestAMarginIsWrittenAsItWasGiven: a ratio that went through its logarithm and back came out as 1.2999999999999998.
func TestAMarginIsWrittenAsItWasGiven(t *testing.T) {
	for _, test := range []struct {
		measure, higher string
		given, want     float64
	}{
		{"risk_ratio", "worse", 1.3, 1.3},
		{"odds_ratio", "worse", 0.8, 1.25}, // the other side of 1 is meant
		{"hazard_ratio", "better", 0.7, 0.7},
		{"hazard_ratio", "better", 1.25, 0.8},
		{"risk_difference", "better", 0.1, -0.1},
		{"mean_difference", "worse", -2.3, 2.3},
	} {
		r := NonInferiority{Measure: test.measure, HigherIs: test.higher}
		if err := r.limit(test.given); err != nil || r.Margin != test.want {
			t.Errorf("%s of %v, higher is %s: %v, %v", test.measure, test.given, test.higher, r.Margin, err)
		}
	}
}
