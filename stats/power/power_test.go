package power

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
	"consilium/stats/tail"
)

// reference is testdata/r.json, which testdata/make.R wrote with R 4.2.2.
type reference struct {
	Means []struct {
		Delta, SD, Power, Alpha, N float64
		OneSided                   float64 `json:"one_sided"`
		K                          float64
		AtK                        float64 `json:"at_k"`
		StrictAtK                  float64 `json:"strict_at_k"`
	}
	Proportions []struct {
		P1, P2, Power, Alpha, N, K float64
		AtK                        float64 `json:"at_k"`
		StrictAtK                  float64 `json:"strict_at_k"`
	}
}

func near(got, want, rel float64) bool { return math.Abs(got-want) <= rel*math.Abs(want) }

func TestSizesAndPowersAgreeWithR(t *testing.T) {
	raw, err := os.ReadFile("testdata/r.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil || len(r.Means) < 30 || len(r.Proportions) < 30 {
		t.Fatal("the reference is incomplete", err)
	}
	// R's pt is good to about 1e-9 for a noncentral t.
	check := func(what string, row int, want, rel float64, f func() (float64, error)) {
		t.Helper()
		if got, err := f(); err != nil || !near(got, want, rel) {
			t.Errorf("%s %d: %.12g, %v; R has %.12g", what, row, got, err, want)
		}
	}
	for i, c := range r.Means {
		check("means", i, c.N, 1e-8, func() (float64, error) { return TwoMeans(c.Delta, c.SD, c.Power, c.Alpha) })
		check("non-inferior means, equal", i, c.OneSided, 1e-8, func() (float64, error) { return NonInferiorMeans(0, c.Delta, c.SD, c.Power, c.Alpha) })
		check("power of means", i, c.AtK, 1e-8, func() (float64, error) { return OfTwoMeans(c.K, c.Delta, c.SD, c.Alpha, false) })
		check("strict power of means", i, c.StrictAtK, 1e-8, func() (float64, error) { return OfTwoMeans(c.K, c.Delta, c.SD, c.Alpha, true) })
	}
	for i, c := range r.Proportions {
		check("proportions", i, c.N, 1e-9, func() (float64, error) { s, err := TwoProportions(c.P1, c.P2, c.Power, c.Alpha); return s.Pooled, err })
		check("power of proportions", i, c.AtK, 1e-10, func() (float64, error) { return OfTwoProportions(c.K, c.P1, c.P2, c.Alpha, false) })
		check("strict power of proportions", i, c.StrictAtK, 1e-10, func() (float64, error) { return OfTwoProportions(c.K, c.P1, c.P2, c.Alpha, true) })
	}
}

func TestASizeHasThePowerItWasAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alpha := rapid.Float64Range(0.001, 0.2).Draw(t, "alpha")
		power := rapid.Float64Range(0.5, 0.99).Draw(t, "power")
		d := rapid.Float64Range(0.02, 1.2).Draw(t, "d")
		n, err := TwoMeans(d, 1, power, alpha)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := OfTwoMeans(n, d, 1, alpha, false); err != nil || !near(got, power, 1e-9) {
			t.Fatalf("means: %g per group have %g, %v", n, got, err)
		}
		p1, p2 := rapid.Float64Range(0.01, 0.4).Draw(t, "p1"), rapid.Float64Range(0.45, 0.99).Draw(t, "p2")
		s, err := TwoProportions(p1, p2, power, alpha)
		if err != nil || s.Continuity <= s.Pooled {
			t.Fatalf("proportions: %+v, %v", s, err)
		}
		if got, err := OfTwoProportions(s.Pooled, p1, p2, alpha, false); err != nil || !near(got, power, 1e-9) {
			t.Fatalf("proportions: %g per group have %g, %v", s.Pooled, got, err)
		}
		hr, q := rapid.Float64Range(0.2, 0.95).Draw(t, "hr"), rapid.Float64Range(0.1, 0.9).Draw(t, "q")
		l, err := LogRank(hr, q, power, alpha, 0.4)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := OfLogRank(1/hr, 1-q, l.Events, alpha); err != nil || !near(got, power, 1e-9) {
			t.Fatalf("log-rank: %g events have %g, %v", l.Events, got, err)
		}
	})
}

func TestSizesComputedByHand(t *testing.T) {
	// Blackwelder's formula by hand: (1.6449 + 1.2816)²·2·0.1·0.9/0.1² = 154.15
	if n, err := NonInferiorProportions(0.1, 0.1, 0.1, 0.9, 0.05); err != nil || math.Abs(n-154.15) > 0.01 {
		t.Errorf("non-inferior proportions: %g, %v", n, err)
	}
	// By hand: (1.95996 + 0.84162)²/(0.25·log(1.3)²) = 456.1, all of them events
	if n, err := NonInferiorSurvival(1, 1.3, 0.5, 0.8, 0.025, 1); err != nil || math.Abs(n.Events-456.1) > 0.1 || n.Total != n.Events {
		t.Errorf("non-inferior survival: %+v, %v", n, err)
	}
}

func TestWhatNoStudyCanShowIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		call func() error
		want stats.Problem
	}{
		"no difference":         {func() error { _, err := TwoMeans(0, 1, 0.8, 0.05); return err }, stats.NotEstimable},
		"hardly any":            {func() error { _, err := TwoMeans(1e-9, 1, 0.8, 0.05); return err }, stats.NotEstimable},
		"equal proportions":     {func() error { _, err := TwoProportions(0.2, 0.2, 0.8, 0.05); return err }, stats.NotEstimable},
		"hazard ratio of 1":     {func() error { _, err := LogRank(1, 0.5, 0.8, 0.05, 0.5); return err }, stats.NotEstimable},
		"worse than the margin": {func() error { _, err := NonInferiorProportions(0.3, 0.1, 0.1, 0.8, 0.05); return err }, stats.NotEstimable},
		"no margin":             {func() error { _, err := NonInferiorMeans(0, 0, 1, 0.8, 0.05); return err }, stats.Invalid},
		"margin below 1":        {func() error { _, err := NonInferiorSurvival(0.7, 0.9, 0.5, 0.8, 0.05, 0.5); return err }, stats.Invalid},
		"margin of a ratio":     {func() error { _, err := NonInferiorSurvival(1, 1, 0.5, 0.8, 0.05, 0.5); return err }, stats.Invalid},
		"power below alpha":     {func() error { _, err := TwoMeans(1, 1, 0.01, 0.05); return err }, stats.Invalid},
		"alpha of 5":            {func() error { _, err := TwoMeans(1, 1, 0.8, 5); return err }, stats.Invalid},
		"proportion of 30":      {func() error { _, err := TwoProportions(30, 0.2, 0.8, 0.05); return err }, stats.Invalid},
		"no spread":             {func() error { _, err := TwoMeans(1, 0, 0.8, 0.05); return err }, stats.Invalid},
		"NaN":                   {func() error { _, err := TwoMeans(math.NaN(), 1, 0.8, 0.05); return err }, stats.Invalid},
		"negative hazard ratio": {func() error { _, err := LogRank(-1, 0.5, 0.8, 0.05, 0.5); return err }, stats.Invalid},
		"all in one group":      {func() error { _, err := LogRank(0.5, 1, 0.8, 0.05, 0.5); return err }, stats.Invalid},
		"events never":          {func() error { _, err := LogRank(0.5, 0.5, 0.8, 0.05, 0); return err }, stats.Invalid},
		"power of no events":    {func() error { _, err := OfLogRank(0.5, 0.5, 0, 0.05); return err }, stats.NoEvents},
		"power of one each":     {func() error { _, err := OfTwoMeans(1, 1, 1, 0.05, false); return err }, stats.TooFewRows},
		"power of nobody":       {func() error { _, err := OfTwoProportions(0, 0.1, 0.2, 0.05, false); return err }, stats.TooFewRows},
	} {
		if err := c.call(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStudiesOfThePlannedSizeFindTheDifference simulates 2,000 t tests: a power of 0.8 is then known to ±0.027 (three standard errors).
func TestStudiesOfThePlannedSizeFindTheDifference(t *testing.T) {
	n, err := TwoMeans(1, 1, 0.8, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	size := int(math.Ceil(n))
	want, _ := OfTwoMeans(float64(size), 1, 1, 0.05, true)
	r := rand.New(rand.NewPCG(8, 8))
	critical := -tail.TQuantile(0.025, float64(2*size-2))
	found := 0
	for range 2000 {
		var sum, squares [2]float64
		for g := range 2 {
			for range size {
				v := r.NormFloat64()
				sum[g] += v
				squares[g] += v * v
			}
			squares[g] -= sum[g] * sum[g] / float64(size)
			sum[g] = sum[g]/float64(size) + float64(g)
		}
		se := math.Sqrt((squares[0] + squares[1]) / float64(size-1) / float64(size))
		if math.Abs(sum[1]-sum[0]) > critical*se {
			found++
		}
	}
	if share := float64(found) / 2000; math.Abs(share-want) > 0.027 {
		t.Errorf("%.3f found it, not %.3f", share, want)
	}
}
