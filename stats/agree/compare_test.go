package agree

import (
	"encoding/json"
	"math"
	"testing"

	"consilium/stats/analysis"
)

// TestCompareFindsWhatDiffers: a comparison that cannot fail proves nothing.
func TestCompareFindsWhatDiffers(t *testing.T) {
	for _, test := range []struct {
		name, method, reference string
		ours                    any
		differences             int
	}{
		{"the same", "cox", `{"coef":[1,2]}`, object{"coef": []float64{1, 2}}, 0},
		{"within the tolerance", "cox", `{"coef":[1]}`, object{"coef": []float64{1 + 9e-7}}, 0},
		{"beyond it", "cox", `{"coef":[1,2]}`, object{"coef": []float64{1 + 2e-6, 2}}, 1},
		{"a field is absent", "cox", `{"coef":[1],"se":[2]}`, object{"coef": []float64{1}}, 1},
		{"we have more", "cox", `{"coef":[1]}`, object{"coef": []float64{1}, "se": 2.0}, 0},
		{"a list is shorter", "cox", `{"coef":[1,2]}`, object{"coef": []float64{1}}, 1},
		{"one as its element", "cox", `{"coef":[1]}`, object{"coef": 1.0}, 0},
		{"not estimable", "kaplan_meier", `{"median":["NA"]}`, object{"median": []float64{math.NaN()}}, 0},
		{"not estimable here only", "kaplan_meier", `{"median":[310]}`, object{"median": []float64{math.NaN()}}, 1},
		{"not estimable there only", "kaplan_meier", `{"median":["NA"]}`, object{"median": []float64{310}}, 1},
		{"infinite", "proportion", `{"x":"Inf"}`, object{"x": math.Inf(1)}, 0},
		{"the wrong infinity", "proportion", `{"x":"Inf"}`, object{"x": math.Inf(-1)}, 1},
		{"a small probability, in proportion", "cox", `{"p":[1e-20]}`, object{"p": []float64{3e-13}}, 0},
		{"a probability that is off", "cox", `{"p":[0.01]}`, object{"p": []float64{0.0100002}}, 1},
		{"words", "cox", `{"terms":["a"]}`, object{"terms": []string{"b"}}, 1},
		{"tests found by their transform", "cox", `{"zph":[{"transform":"km","chisq":[2]}]}`, object{"zph": []any{object{"transform": "rank", "chisq": 1.0}, object{"transform": "km", "chisq": 2.0}}}, 0},
		{"an interpolated limit", "logistic", `{"profile_lower":[1]}`, object{"profile_lower": []float64{1.00009}}, 0},
		{"a limit that is off", "logistic", `{"profile_lower":[1]}`, object{"profile_lower": []float64{1.0002}}, 1},
		{"a number in place of an object", "aipw", `{"a":{"b":1}}`, object{"a": 1.0}, 1},
		{"by chance, near", "mice", `{"pooled":{"estimate":[1],"b":[0.01],"se":[1]}}`, object{"pooled": object{"estimate": 1.05, "b": 0.02, "se": 1.1}}, 0},
		{"by chance, far", "mice", `{"pooled":{"estimate":[1],"b":[0.01],"se":[1]}}`, object{"pooled": object{"estimate": 1.06, "b": 0.01, "se": 1.2}}, 2},
		{"simulated, near", "ra_cusum_arl", `[{"R":1,"h":2,"mean":100,"mc_se":2}]`, []any{object{"R": 1.0, "h": 2.0, "mean": 111.0, "mc_se": 3.0}}, 0},
		{"simulated, far", "ra_cusum_arl", `[{"R":1,"h":2,"mean":100,"mc_se":2}]`, []any{object{"R": 1.0, "h": 2.0, "mean": 112.0, "mc_se": 3.0}}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			written, err := analysis.Write(test.ours)
			if err != nil {
				t.Fatal(err)
			}
			found, err := Compare(Case{Case: analysis.Case{Method: test.method}, Result: json.RawMessage(test.reference)}, written)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != test.differences {
				t.Errorf("%d differences, not %d: %+v", len(found), test.differences, found)
			}
		})
	}
}
