package causal

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"consilium/stats"
	"consilium/stats/regress"
)

// separatedInPart is an arm of 80 rows in which everybody at sites b and c (coded as a covariate s = b + c hidden in two indicators) had the event.
func separatedInPart() (y []float64, x stats.Design, elsewhere []int) {
	r := rand.New(rand.NewPCG(11, 1))
	const n = 80
	age, b, c := make([]float64, n), make([]float64, n), make([]float64, n)
	y = make([]float64, n)
	for i := range n {
		age[i] = 60 + 10*r.NormFloat64()
		switch i % 4 {
		case 0:
			b[i], y[i] = 1, 1
		case 1:
			c[i], y[i] = 1, 1
		default:
			elsewhere = append(elsewhere, i)
			if r.Float64() < 1/(1+math.Exp(-(age[i]-60)/10)) {
				y[i] = 1
			}
		}
	}
	return y, stats.NewDesign([]string{"age", "b", "c"}, [][]float64{age, b, c}, n), elsewhere
}

func TestMeansOfAModelSeparatedInPartAreThoseOfTheRestAndOfCertainty(t *testing.T) {
	y, x, elsewhere := separatedInPart()
	a := Arms{Name: "treat", Treated: make([]bool, len(y))}
	for i := range a.Treated {
		a.Treated[i] = true
	}
	for name, design := range map[string]stats.Design{
		"each term":      x,
		"terms together": {Terms: []string{stats.Intercept, "age", "b", "not here"}, Columns: [][]float64{x.Columns[0], x.Columns[1], x.Columns[2], others(x)}},
		"of other scale": {Terms: x.Terms, Columns: [][]float64{x.Columns[0], scaled(x.Columns[1], 1e-3), scaled(x.Columns[2], 50), x.Columns[3]}},
	} {
		mean, separated, err := predict(a, true, y, design, Binomial)
		if err != nil || separated == "" {
			t.Fatalf("%s: %q, %v", name, separated, err)
		}
		var part []float64
		for _, i := range elsewhere {
			part = append(part, y[i])
		}
		m, err := regress.Logistic(part, stats.NewDesign([]string{"age"}, [][]float64{x.Columns[1]}, len(y)).Take(elsewhere), regress.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range mean {
			want := 1.0
			if k := slices.Index(elsewhere, i); k >= 0 {
				want = m.Fitted[k]
			}
			if math.Abs(got-want) > 1e-8 {
				t.Errorf("%s, row %d: %.12g, not %.12g", name, i, got, want)
			}
		}
	}
}

func others(x stats.Design) []float64 {
	out := make([]float64, x.Rows())
	for i := range out {
		out[i] = 1 - x.Columns[2][i] - x.Columns[3][i]
	}
	return out
}

func scaled(x []float64, by float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v * by
	}
	return out
}

func TestAModelSeparatedThroughoutHasNoMeans(t *testing.T) {
	a := Arms{Name: "treat", Treated: []bool{true, true, true, true, true, true}}
	x := stats.NewDesign([]string{"x"}, [][]float64{{1, 2, 3, 4, 5, 6}}, 6)
	if _, _, err := predict(a, true, []float64{0, 0, 0, 1, 1, 1}, x, Binomial); !errors.Is(err, stats.Separation) {
		t.Error(err)
	}
}
