package predict

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"consilium/stats"
)

// birthwt reads columns of MASS::birthwt.
func birthwt(t testing.TB, names ...string) ([]float64, stats.Design) {
	f, err := os.Open("testdata/birthwt.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) []float64 {
		var out []float64
		j := slices.Index(rows[0], name)
		for _, r := range rows[1:] {
			v, err := strconv.ParseFloat(r[j], 64)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
		return out
	}
	var columns [][]float64
	for _, name := range names {
		columns = append(columns, column(name))
	}
	return column("low"), stats.NewDesign(names, columns, len(rows)-1)
}

var nine = []string{"age", "lwt", "race_black", "race_other", "smoke", "ptl", "ht", "ui", "ftv"}

func worst(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var most float64
	for i, w := range want {
		most = max(most, math.Abs(got[i]-w))
	}
	return most
}

// TestPathsAgreeWithGlmnet compares with glmnet and cv.glmnet 4.1-6, thresh 1e-14: testdata/glmnet.R.
func TestPathsAgreeWithGlmnet(t *testing.T) {
	var cases []struct {
		Alpha       float64
		Lambdas     int
		At, DF      []int
		Lambda, Dev []float64
		Coef        [][]float64
		CVM, CVSD   []float64
		Min, One    float64
	}
	raw, err := os.ReadFile("testdata/glmnet.json")
	if err == nil {
		err = json.Unmarshal(raw, &cases)
	}
	if err != nil {
		t.Fatal(err)
	}
	y, x := birthwt(t, nine...)
	folds := make([]int, len(y))
	for i := range folds {
		folds[i] = (i + 1) * 7 % 10
	}
	for _, c := range cases {
		p, err := CrossValidate(y, x, folds, Penalty{Alpha: c.Alpha})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Lambda) != c.Lambdas || math.Abs(p.Lambda[p.Min]/c.Min-1) > 1e-9 || math.Abs(p.Lambda[p.OneSE]/c.One-1) > 1e-9 {
			t.Errorf("alpha %g: %d penalties to %g, best %g and %g; glmnet %d, %g and %g", c.Alpha, len(p.Lambda), p.Lambda[len(p.Lambda)-1], p.Lambda[p.Min], p.Lambda[p.OneSE], c.Lambdas, c.Min, c.One)
			continue
		}
		for k, at := range c.At {
			t.Log(c.Alpha, at, worst(p.Coef[at], c.Coef[k]), p.Lambda[at]/c.Lambda[k]-1, p.DevianceRatio[at]-c.Dev[k], p.Mean[at]-c.CVM[k], p.SE[at]-c.CVSD[k], p.NonZero[at]-c.DF[k])
			if worst(p.Coef[at], c.Coef[k]) > 1e-6 || math.Abs(p.Lambda[at]/c.Lambda[k]-1) > 1e-9 || math.Abs(p.DevianceRatio[at]-c.Dev[k]) > 1e-8 || p.NonZero[at] != c.DF[k] {
				t.Errorf("alpha %g, penalty %d: %v, glmnet %v", c.Alpha, at, p.Coef[at], c.Coef[k])
			}
			if math.Abs(p.Mean[at]-c.CVM[k]) > 1e-7 || math.Abs(p.SE[at]-c.CVSD[k]) > 1e-7 {
				t.Errorf("alpha %g, penalty %d: deviance %g (%g), glmnet %g (%g)", c.Alpha, at, p.Mean[at], p.SE[at], c.CVM[k], c.CVSD[k])
			}
		}
	}
}
