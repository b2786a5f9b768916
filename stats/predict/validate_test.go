package predict

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"consilium/stats"
)

// parkMiller are the resamples of testdata/rms.R.
func parkMiller(n, samples int) [][]int {
	s := 11.0
	out := make([][]int, samples)
	for k := range out {
		for range n {
			s = math.Mod(16807*s, 2147483647)
			out[k] = append(out[k], int(float64(n)*s/2147483647))
		}
	}
	return out
}

type rmsResult struct {
	RMS []struct {
		Index     string  `json:"_row"`
		Apparent  float64 `json:"index.orig"`
		Training  float64 `json:"training"`
		Test      float64 `json:"test"`
		Corrected float64 `json:"index.corrected"`
	}
	Plain struct {
		Apparent, Training, Test struct{ Dxy, Intercept, Slope, Brier, R2 float64 }
	}
	Knots, Predicted, Observed, Lower, Upper, Threshold []float64
	NetBenefit                                          []float64 `json:"net_benefit"`
	ICI, E50, E90, Emax                                 float64
}

func readRMS(t *testing.T) (r rmsResult) {
	raw, err := os.ReadFile("testdata/rms.json")
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func six(t testing.TB) ([]float64, stats.Design) {
	return birthwt(t, "age", "lwt", "race_black", "race_other", "smoke", "ht")
}

// TestValidationAgreesWithR compares with the bootstrap written out over glm (testdata/rms.R), to rounding, and with rms::validate 6.5-0 on the same resamples:
// Dxy and the Brier score to where lrm stops iterating; its test slopes, intercepts and R² come from refits that stop at a deviance change of 0.025.
func TestValidationAgreesWithR(t *testing.T) {
	want := readRMS(t)
	y, x := six(t)
	got, err := Validate(y, x, Logistic, parkMiller(len(y), 40))
	if err != nil {
		t.Fatal(err)
	}
	list := func(p Performance) []float64 { return []float64{p.Dxy, p.Intercept, p.Slope, p.Brier, p.R2} }
	p := want.Plain
	for name, pair := range map[string][2][]float64{
		"apparent": {list(got.Apparent), {p.Apparent.Dxy, p.Apparent.Intercept, p.Apparent.Slope, p.Apparent.Brier, p.Apparent.R2}},
		"training": {list(got.Training), {p.Training.Dxy, p.Training.Intercept, p.Training.Slope, p.Training.Brier, p.Training.R2}},
		"test":     {list(got.Test), {p.Test.Dxy, p.Test.Intercept, p.Test.Slope, p.Test.Brier, p.Test.R2}},
	} {
		if d := worst(pair[0], pair[1]); d > 1e-9 {
			t.Errorf("%s: %v, R %v", name, pair[0], pair[1])
		}
	}
	for _, r := range want.RMS {
		ours, ok := map[string]float64{"Dxy": got.Corrected.Dxy, "B": got.Corrected.Brier}[r.Index]
		if ok && math.Abs(ours-r.Corrected) > 1e-6 {
			t.Errorf("%s corrected: %.9g, rms %.9g", r.Index, ours, r.Corrected)
		}
	}
	if got.Resamples != 40 || got.Failed != 0 || math.Abs(got.Corrected.C-(got.Corrected.Dxy+1)/2) > 1e-12 {
		t.Errorf("%+v", got)
	}
}

func TestSmoothCurveAndNetBenefitAgreeWithR(t *testing.T) {
	want := readRMS(t)
	y, x := six(t)
	predict, err := Logistic(y, x)
	if err != nil {
		t.Fatal(err)
	}
	risks, _ := predict(x)
	c, err := Smooth(y, risks, 4, 5, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2][]float64{
		"knots": {c.Knots, want.Knots}, "predicted": {c.Predicted, want.Predicted}, "observed": {c.Observed, want.Observed}, "lower": {c.Lower, want.Lower}, "upper": {c.Upper, want.Upper},
		"distances": {{c.ICI, c.E50, c.E90, c.Emax}, {want.ICI, want.E50, want.E90, want.Emax}},
	} {
		tolerance := 1e-9
		if name == "lower" || name == "upper" {
			tolerance = 5e-8 // vcov of glm is that of the weights before its last step
		}
		if d := worst(pair[0], pair[1]); d > tolerance {
			t.Errorf("%s: %v, R %v", name, pair[0], pair[1])
		}
	}
	curve, err := Decide(y, risks, want.Threshold)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range curve {
		if math.Abs(d.NetBenefit-want.NetBenefit[i]) > 1e-12 {
			t.Errorf("at %g: %g, R %g", d.Threshold, d.NetBenefit, want.NetBenefit[i])
		}
	}
}

// What the bootstrap leaves of the apparent performance is, on average, the performance on patients to come.
func TestCorrectedPerformanceIsThatOnNewPatients(t *testing.T) {
	const repeats = 30
	var apparent, corrected, fresh Performance
	newY, newX := signal(999, 20000, 8)
	for seed := range uint64(repeats) {
		y, x := signal(seed, 200, 8)
		v, err := Validate(y, x, Logistic, Resamples(len(y), 25, seed))
		if err != nil {
			t.Fatal(err)
		}
		_, onNew, err := measured(Logistic, y, x, newY, newX)
		if err != nil {
			t.Fatal(err)
		}
		apparent.add(v.Apparent, 1.0/repeats)
		corrected.add(v.Corrected, 1.0/repeats)
		fresh.add(onNew, 1.0/repeats)
	}
	if apparent.C-fresh.C < 0.015 || math.Abs(corrected.C-fresh.C) > 0.01 || math.Abs(corrected.Slope-fresh.Slope) > 0.05 || math.Abs(corrected.Brier-fresh.Brier) > 0.004 {
		t.Errorf("apparent %+v\ncorrected %+v\nfresh %+v", apparent, corrected, fresh)
	}
}

// At a threshold of the share with the event treating all gains as much as treating none; a perfect model gains that share.
func TestNetBenefitByHand(t *testing.T) {
	y := []float64{1, 0, 0, 0, 1, 0, 0, 0}
	curve, err := Decide(y, y, []float64{0.25, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	if d := curve[0]; d.NetBenefit != 0.25 || d.TreatAll != 0 || d.Standardized != 1 || d.Avoided != 75 {
		t.Errorf("%+v", d)
	}
	curve, err = Decide(y, []float64{.6, .6, .1, .1, .2, .1, .1, .5}, []float64{0.5}) // one of two found, two treated for nothing, at odds 1
	if err != nil || curve[0].NetBenefit != -0.125 || curve[0].TreatAll != -0.5 {
		t.Errorf("%+v %v", curve, err)
	}
}
