package missing

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"consilium/stats"
	"consilium/stats/formula"
	"consilium/stats/regress"
)

// fromR is a result of testdata/reference.R.
type fromR struct {
	PMM, Norm miceResult
	Rubin     struct {
		Estimates, Variances [][]float64
		DFCom                float64
		Pooled               []map[string]float64
	}
}

type miceResult struct {
	Method                   Method `json:"lwt"`
	M                        float64
	Terms                    []string
	Estimate, SE, B, DF, FMI []float64
	LwtMean                  float64 `json:"lwt_mean"`
	LwtSD                    float64 `json:"lwt_sd"`
	Other, White, Smoke      float64
}

func reference(t testing.TB) (r fromR) {
	t.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// birthwt is birth weights with values taken away: numbers, words (race), and 0/1 (smoke).
func birthwt(t testing.TB) *stats.Table {
	t.Helper()
	raw, err := os.ReadFile("testdata/birthwt.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	out := &stats.Table{}
	for j, name := range strings.Split(lines[0], ",") {
		c := stats.Column{Name: name}
		for _, line := range lines[1:] {
			field := strings.Split(line, ",")[j]
			if name == "race" {
				c.Texts = append(c.Texts, field)
				continue
			}
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				v = math.NaN()
			}
			c.Numbers = append(c.Numbers, v)
		}
		out.Columns = append(out.Columns, c)
	}
	return out
}

// weight regresses birth weight on what reference.R regresses it on.
func weight(t *stats.Table) (Estimate, error) {
	f, err := formula.Parse("bwt ~ lwt + race + smoke + age")
	if err != nil {
		return Estimate{}, err
	}
	d, err := f.Design(t, formula.Options{})
	if err != nil {
		return Estimate{}, err
	}
	m, err := regress.Linear(d.Y, d.X, regress.Options{})
	if err != nil {
		return Estimate{}, err
	}
	return NewEstimate(m.Terms, m.Coef, m.SE(), m.DFResidual), nil
}

// The bounds are four Monte-Carlo standard errors; of standard errors, the ratio that 200 imputations leave uncertain.
func TestPooledResultsAreThoseOfMice(t *testing.T) {
	const m = 200
	r := reference(t)
	for _, want := range []miceResult{r.PMM, r.Norm} {
		im, err := Impute(birthwt(t), Plan{Imputations: m, Iterations: 10, Seed: 8, Methods: map[string]Method{"lwt": want.Method}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := im.Pool(weight, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		for j, term := range want.Terms {
			if bound := 4 * math.Sqrt(want.B[j]*(1/want.M+1.0/m)); math.Abs(got.Estimate[j]-want.Estimate[j]) > bound {
				t.Errorf("%s, %s: %.4g is more than %.2g from %.4g", want.Method, term, got.Estimate[j], bound, want.Estimate[j])
			}
			if ratio := got.SE[j] / want.SE[j]; ratio < 0.93 || ratio > 1.07 {
				t.Errorf("%s, %s: standard error %.4g, not %.4g", want.Method, term, got.SE[j], want.SE[j])
			}
			low, high := 0.7, 1.4
			if strings.HasPrefix(term, "race") { // mice draws no coefficients for polyreg, as its manual says; we do, which adds to this variance
				low, high = 1, 2
			}
			if ratio := got.Between[j] / want.B[j]; ratio < low || ratio > high {
				t.Errorf("%s, %s: variance between imputations %.4g, not %.4g", want.Method, term, got.Between[j], want.B[j])
			}
		}
		smoke, err := im.Mean("smoke")
		if err != nil || math.Abs(smoke-want.Smoke) > 0.03 {
			t.Errorf("%s: share of smokers imputed %.3f, not %.3f: %v", want.Method, smoke, want.Smoke, err)
		}
		if lwt, err := im.Mean("lwt"); err != nil || math.Abs(lwt-want.LwtMean) > 1.5 {
			t.Errorf("%s: mean weight imputed %.2f, not %.2f: %v", want.Method, lwt, want.LwtMean, err)
		}
		if sd := spread(im, "lwt"); math.Abs(sd-want.LwtSD) > 1.5 {
			t.Errorf("%s: standard deviation of weights imputed %.2f, not %.2f", want.Method, sd, want.LwtSD)
		}
		for level, share := range map[string]float64{"other": want.Other, "white": want.White} {
			if ours := levelShare(im, "race", level); math.Abs(ours-share) > 0.03 {
				t.Errorf("%s: share of %s imputed %.3f, not %.3f", want.Method, level, ours, share)
			}
		}
	}
}

// spread is the mean standard deviation of the values imputed, from the traces' last iteration.
func spread(im *Imputed, name string) float64 {
	var sum float64
	at := slices.IndexFunc(im.Traces, func(t Trace) bool { return t.Variable == name })
	for _, chain := range im.Traces[at].SD {
		sum += chain[len(chain)-1] / float64(im.M)
	}
	return sum
}

// levelShare is the share of a level among the values imputed.
func levelShare(im *Imputed, name, level string) float64 {
	var n, all float64
	original, _ := im.table.Column(name)
	for k := range im.M {
		c, _ := im.Table(k).Column(name)
		for i := range c.Texts {
			if original.Missing(i) {
				all++
				if c.Texts[i] == level {
					n++
				}
			}
		}
	}
	return n / all
}

func TestRubinsRulesAreThoseOfPoolScalar(t *testing.T) {
	r := reference(t).Rubin
	p, err := Pool(r.Estimates, r.Variances, r.DFCom, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range r.Pooled {
		for name, got := range map[string]float64{"qbar": p.Estimate[j], "ubar": p.Within[j], "b": p.Between[j], "t": p.Total[j], "df": p.DF[j], "r": p.RelativeIncrease[j], "fmi": p.FractionMissing[j]} {
			if math.Abs(got-want[name]) > 1e-12*math.Abs(want[name]) {
				t.Errorf("term %d, %s: %.15g, not %.15g", j, name, got, want[name])
			}
		}
	}
}

// The bounds are two standard errors: R's own estimate, of five imputations, is uncertain too.
func TestTwentyThousandRowsArePooledAsByMice(t *testing.T) {
	im, err := Impute(incomplete(20000), Plan{Imputations: 5, Iterations: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	p, err := im.Pool(fModel, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range rEstimate {
		if math.Abs(p.Estimate[j]-want) > 2*rSE[j] || p.SE[j]/rSE[j] < 0.6 || p.SE[j]/rSE[j] > 1.6 {
			t.Errorf("%s: %.4f (%.4f), not %.4f (%.4f)", p.Terms[j], p.Estimate[j], p.SE[j], want, rSE[j])
		}
	}
}
