package causal

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

// table reads a data set of the reference cases, all numbers.
func table(t testing.TB, name string) map[string][]float64 {
	t.Helper()
	f, err := os.Open("../agree/testdata/data/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float64{}
	for j, column := range rows[0] {
		for _, row := range rows[1:] {
			v, err := strconv.ParseFloat(row[j], 64)
			if err != nil {
				v = math.NaN()
			}
			out[column] = append(out[column], v)
		}
	}
	return out
}

func design(data map[string][]float64, names ...string) stats.Design {
	columns := make([][]float64, len(names))
	for j, name := range names {
		columns[j] = data[name]
	}
	return stats.NewDesign(names, columns, len(columns[0]))
}

// lalonde is the job training study of LaLonde, with the eight covariates of the reference cases.
func lalonde(t testing.TB) (data map[string][]float64, a Arms, x stats.Design) {
	data = table(t, "lalonde")
	a, err := NewArms("treat", data["treat"])
	if err != nil {
		t.Fatal(err)
	}
	return data, a, design(data, "age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75")
}

// stacked is a result of testdata/reference.R.
type stacked struct {
	Target                                 string
	Mean1, Mean0, SE1, SE0, SE, SELogRatio float64
}

func (s *stacked) UnmarshalJSON(b []byte) error {
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	s.Target = m["target"].(string)
	for key, into := range map[string]*float64{"mean1": &s.Mean1, "mean0": &s.Mean0, "se1": &s.SE1, "se0": &s.SE0, "se": &s.SE, "se_log_ratio": &s.SELogRatio} {
		*into = m[key].(float64)
	}
	return nil
}

type fromR struct {
	StackedRe78  []stacked                    `json:"stacked_re78"`
	StackedEmp78 []stacked                    `json:"stacked_emp78"`
	AIPWPoisson  struct{ ATE, SE, G float64 } `json:"aipw_poisson"`
	Matching     []struct {
		Order            Order
		Caliper          float64
		Covariates       []string
		Treated, Control []int
	}
}

func reference(t testing.TB) fromR {
	t.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r fromR
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func near0(t testing.TB, what string, got, want, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= rel*math.Abs(want)+1e-12) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

func TestStackedErrorsAreThoseOfEstimatingEquationsSolvedNumerically(t *testing.T) {
	data, a, x := lalonde(t)
	s, err := Propensity(a, x)
	if err != nil {
		t.Fatal(err)
	}
	r := reference(t)
	for outcome, all := range map[string][]stacked{"re78": r.StackedRe78, "emp78": r.StackedEmp78} {
		for _, want := range all {
			got, err := Stacked(a, data[outcome], s, Target(want.Target))
			if err != nil {
				t.Fatal(err)
			}
			for what, pair := range map[string][2]float64{
				"mean1": {got.MeanTreated, want.Mean1}, "mean0": {got.MeanUntreated, want.Mean0}, "se1": {got.SETreated, want.SE1},
				"se0": {got.SEUntreated, want.SE0}, "se": {got.SE, want.SE}, "log ratio": {got.SELogRatio, want.SELogRatio},
			} {
				near0(t, outcome+" "+want.Target+" "+what, pair[0], pair[1], 1e-8)
			}
		}
	}
}

func TestStabilizedWeightsHaveTheStackedErrorOfATE(t *testing.T) {
	data, a, x := lalonde(t)
	s, err := Propensity(a, x)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Stacked(a, data["re78"], s, ATE)
	if err != nil {
		t.Fatal(err)
	}
	stable, err := Stacked(a, data["re78"], s, Stabilized)
	if err != nil {
		t.Fatal(err)
	}
	near0(t, "difference", stable.Difference, plain.Difference, 1e-12)
	near0(t, "se", stable.SE, plain.SE, 1e-12)
}

func TestCountsAreComparedDoublyRobustAsInR(t *testing.T) {
	data := table(t, "birthwt")
	a, err := NewArms("smoke", data["smoke"])
	if err != nil {
		t.Fatal(err)
	}
	s, err := Propensity(a, design(data, "age", "lwt"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := AIPW(a, data["ftv"], s.Probability, design(data, "age", "ht"), Poisson)
	if err != nil {
		t.Fatal(err)
	}
	want := reference(t).AIPWPoisson
	near0(t, "ate", got.Difference, want.ATE, 1e-8)
	near0(t, "se", got.SE, want.SE, 1e-9)
	near0(t, "g", got.GFormula, want.G, 1e-8)
}

func TestEveryOrderMatchesAsMatchItDoes(t *testing.T) {
	data, a, _ := lalonde(t)
	for _, want := range reference(t).Matching {
		s, err := Propensity(a, design(data, want.Covariates...))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Match(a, s.Probability, want.Caliper*SD(s.Probability), want.Order)
		if err != nil {
			t.Fatal(err)
		}
		var treated, control []int
		for _, p := range m.Pairs {
			treated, control = append(treated, int(data["id"][p.Treated])), append(control, int(data["id"][p.Untreated]))
		}
		if !slices.Equal(treated, want.Treated) || !slices.Equal(control, want.Control) {
			t.Errorf("%s, caliper %v: %d pairs, not the %d of MatchIt", want.Order, want.Caliper, len(treated), len(want.Treated))
		}
	}
}

func TestTwentyThousandRowsGiveThePairsOfMatchIt(t *testing.T) {
	a, x := twentyThousand()
	for caliper, want := range map[float64]int{0.2: 3849, math.Inf(1): 3863} {
		m, err := matchScored(a, x, caliper)
		if err != nil || len(m.Pairs) != want {
			t.Errorf("caliper %v: %d pairs of %d: %v", caliper, len(m.Pairs), want, err)
		}
	}
}
