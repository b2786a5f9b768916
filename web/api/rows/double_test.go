package rows

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"consilium/registry"
	"consilium/stats/describe"
)

// TestAgreementIsToldFromFiveFormsOn: of fewer, and where both always said one and the same, there is no number, and the answer is JSON all the same.
func TestAgreementIsToldFromFiveFormsOn(t *testing.T) {
	for _, c := range []struct {
		name          string
		is            registry.Concordance
		kappa, limits bool
	}{
		{"five choices", registry.Concordance{Kappa: &describe.Kappa{N: 5, Value: 0.6, SE: 0.2}}, true, false},
		{"four choices", registry.Concordance{Kappa: &describe.Kappa{N: 4, Value: 0.6, SE: 0.2}}, false, false},
		{"always one choice", registry.Concordance{Kappa: &describe.Kappa{N: 9, Value: math.NaN(), SE: math.NaN()}}, false, false},
		{"five numbers", registry.Concordance{Limits: &describe.Limits{N: 5, Mean: 1, SD: 2}}, false, true},
		{"four numbers", registry.Concordance{Limits: &describe.Limits{N: 4}}, false, false},
	} {
		v := concordanceOf(c.is)
		if (v.Kappa != nil) != c.kappa || (v.Limits != nil) != c.limits {
			t.Errorf("%s: kappa %v, limits %v", c.name, v.Kappa, v.Limits)
		}
		if raw, err := json.Marshal(v); err != nil || !strings.Contains(string(raw), `"open":[]`) {
			t.Errorf("%s: %s %v", c.name, raw, err)
		}
	}
}

func TestADisagreementTellsValueOrReason(t *testing.T) {
	v := disagreementOf(registry.Disagreement{Operation: 2, Answers: [2]registry.Cell{{Value: "60"}, {Why: registry.NotRecorded}}})
	if v.Says != [2]string{"=60", "!not_recorded"} || v.Operation != 2 {
		t.Errorf("%+v", v)
	}
}
