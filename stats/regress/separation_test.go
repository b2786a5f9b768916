package regress

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"consilium/stats"
	"consilium/stats/fit"
)

// columns of a small study, by their names.
func design(rows int, named ...any) stats.Design {
	var names []string
	var columns [][]float64
	for i := 0; i < len(named); i += 2 {
		names, columns = append(names, named[i].(string)), append(columns, named[i+1].([]float64))
	}
	return stats.NewDesign(names, columns, rows)
}

func TestSeparationIsProvenAndNamed(t *testing.T) {
	age := []float64{50, 61, 47, 72, 66, 58, 80, 55, 49, 70, 63, 68}
	rows := len(age)
	for _, c := range []struct {
		name     string
		y        []float64
		x        stats.Design
		variable string // "" if the data overlap
	}{
		{"every exposed has the event",
			[]float64{0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0},
			design(rows, "age", age, "ht", []float64{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0}), "ht"},
		{"no exposed has the event",
			[]float64{0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1},
			design(rows, "ht", []float64{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0}, "age", age), "ht"},
		{"a threshold divides all",
			[]float64{0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1},
			design(rows, "age", age), "age"},
		{"a threshold with both outcomes on it",
			[]float64{0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1},
			design(rows, "score", []float64{1, 2, 1, 3, 3, 2, 3, 1, 1, 3, 2, 3}), "score"},
		{"two together",
			[]float64{1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1},
			design(rows, "a", []float64{1, 3, 1, 3, 5, 2, 7, 0, 4, 2, 6, 9}, "b", []float64{0, 1, 2, 5, 2, 3, 4, 4, 6, 1, 9, 5}), "a, b"},
		{"one of three levels",
			[]float64{0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1},
			design(rows, "age", age, "grade2", []float64{0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0}, "grade3", []float64{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}), "grade3"},
		{"they overlap in one row",
			[]float64{0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1},
			design(rows, "age", age), ""},
		{"a value far out, fitted as 1 to the last digit, separates nothing",
			[]float64{0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1},
			design(rows, "marker", []float64{1, 2, 2, 3, 3, 2, 4, 1, 1, 2, 3, 5000}), ""},
		{"one with the event and one without in a rare level",
			[]float64{0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1},
			design(rows, "rare", []float64{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0}, "age", age), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Logistic(c.y, c.x, Options{})
			expectSeparation(t, m, err, c.variable)
		})
	}
}

func expectSeparation(t *testing.T, m *Model, err error, variable string) {
	t.Helper()
	if variable == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	var e *stats.Error
	if !errors.As(err, &e) || e.Problem != stats.Separation || e.Variable != variable || e.Advice == "" || m != nil {
		t.Errorf("got %v (%+v), want separation by %s", err, m, variable)
	}
}

func TestALevelWithoutEventsIsNamed(t *testing.T) {
	days := []float64{10, 20, 30, 40, 50, 60, 70, 80}
	for _, c := range []struct {
		name     string
		y        []float64
		x        stats.Design
		variable string
	}{
		{"center without events", []float64{0, 2, 1, 3, 0, 0, 0, 1}, design(8, "days", days, "north", []float64{0, 0, 0, 0, 1, 1, 1, 0}), "north"},
		{"center with one event", []float64{0, 2, 1, 3, 0, 1, 0, 1}, design(8, "days", days, "north", []float64{0, 0, 0, 0, 1, 1, 1, 0}), ""},
		{"only the reference has events", []float64{1, 2, 1, 3, 0, 0, 0, 0}, design(8, "grade", []float64{1, 1, 1, 1, 2, 2, 3, 4}), "grade"},
		{"events over the range of a score", []float64{1, 0, 0, 0, 0, 0, 0, 2}, design(8, "score", days), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Poisson(c.y, c.x, Options{})
			expectSeparation(t, m, err, c.variable)
			_, err = NegativeBinomial(c.y, c.x, Options{})
			if c.variable != "" && !errors.Is(err, stats.Separation) {
				t.Errorf("negative binomial: %v", err)
			}
		})
	}
}

// A direction that separates is found by trying many: if any of them does, the fit must refuse, and else it must not.
func TestSeparationIsFoundExactlyWhereADirectionSeparates(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	separated, overlapping := 0, 0
	for range 3000 {
		rows := 6 + random.IntN(8)
		a, b, y := make([]float64, rows), make([]float64, rows), make([]float64, rows)
		for i := range y {
			a[i], b[i], y[i] = float64(random.IntN(4)), float64(random.IntN(3)), float64(random.IntN(2))
		}
		_, err := Logistic(y, design(rows, "a", a, "b", b), Options{})
		if errors.Is(err, stats.OneLevel) || errors.Is(err, stats.Collinear) {
			continue
		}
		want := separates(y, a, b)
		if want {
			separated++
		} else {
			overlapping++
		}
		if errors.Is(err, stats.Separation) != want || err != nil && !want {
			t.Fatalf("separated %v, but %v: y %v, a %v, b %v", want, err, y, a, b)
		}
	}
	if separated < 300 || overlapping < 300 {
		t.Errorf("only %d separated and %d overlapping", separated, overlapping)
	}
}

// separates tries every direction in the plane that a separating line between small whole numbers can have, and every threshold.
func separates(y, a, b []float64) bool {
	for u := -3.0; u <= 3; u++ {
		for v := -3.0; v <= 3; v++ {
			if u == 0 && v == 0 {
				continue
			}
			low, high := math.Inf(1), math.Inf(-1) // lowest with the event, highest without
			for i := range y {
				if s := u*a[i] + v*b[i]; y[i] == 1 {
					low = min(low, s)
				} else {
					high = max(high, s)
				}
			}
			if high <= low {
				return true
			}
		}
	}
	return false
}

func TestSeparationOfManyRowsIsFoundToo(t *testing.T) {
	s := &stream{5}
	_, columns := s.grid(120_000, 2)
	y := s.outcomes(-1, []float64{0.5, -0.5}, columns)
	rare := make([]float64, len(y))
	for i := range rare {
		if i%9001 == 17 {
			rare[i], y[i] = 1, 1
		}
	}
	_, err := Logistic(y, design(len(y), "a", columns[0], "rare", rare, "b", columns[1]), Options{})
	var e *stats.Error
	if !errors.As(err, &e) || e.Problem != stats.Separation || e.Variable != "rare" {
		t.Errorf("got %v", err)
	}
}

func TestFirthEstimatesWhereMaximumLikelihoodCannot(t *testing.T) {
	y := []float64{0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0}
	x := design(12, "ht", []float64{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0})
	_, err := Logistic(y, x, Options{})
	if !errors.Is(err, stats.Separation) || !strings.Contains(err.Error(), "Firth") {
		t.Errorf("the error does not advise Firth: %v", err)
	}
	m, err := Firth(y, x, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Of a saturated 2×2 table Firth's estimate adds ½ to each cell (Heinze and Schemper 2002, section 2): by hand.
	near(t, "coef", m.Coef, []float64{math.Log(4.5 / 6.5), math.Log(2.5/0.5) - math.Log(4.5/6.5)}, 1e-10)
}

func TestHospitalsTogetherNoticeSeparationToo(t *testing.T) {
	s := &stream{9}
	_, columns := s.grid(90, 3)
	d := study{columns: columns, y: s.outcomes(0, []float64{1, 0, 0}, columns), count: make([]float64, 90)}
	for i := range d.y {
		columns[1][i], d.count[i] = float64(i%7/6), math.Floor(3*s.next())
		if columns[1][i] == 1 {
			d.y[i], d.count[i] = 1, 0
		}
	}
	parts := [][]int{counting(90)[:20], counting(90)[20:]}
	terms := d.design().Terms
	for name, ask := range map[string]Asking{
		"logistic": asking(d, d.y, parts, LogisticSums, LogisticTotals),
		"Poisson":  asking(d, d.count, parts, PoissonSums, PoissonTotals),
	} {
		e, _, err := Pool(terms, ask, fit.Options{})
		var refusal *stats.Error
		if e != nil || !errors.As(err, &refusal) || refusal.Problem != stats.Separation || refusal.Variable != "b" {
			t.Errorf("%s: got %v, %v", name, e, err)
		}
	}
}
