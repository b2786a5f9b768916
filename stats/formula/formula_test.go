package formula_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"consilium/stats"
	"consilium/stats/formula"

	"pgregory.net/rapid"
)

func table() *stats.Table {
	nan := math.NaN()
	return &stats.Table{Columns: []stats.Column{
		{Name: "y", Numbers: []float64{1, 0, 1, 0, 1, 0}},
		{Name: "a", Texts: []string{"x", "y", "z", "x", "y", "z"}},
		{Name: "b", Numbers: []float64{1, 2, 3, 4, 5, 7}},
		{Name: "c", Texts: []string{"p", "q", "q", "p", "p", "q"}},
		{Name: "gap", Numbers: []float64{1, nan, 3, 4, 5, 6}},
		{Name: "side effect", Numbers: []float64{0, 1, 0, 1, 0, 1}},
		{Name: "hole", Texts: []string{"u", "", "v", "u", "v", ""}},
	}}
}

func TestExpressionsGiveWhatRGives(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		expression string
		want       []float64
	}{
		{"b", []float64{1, 2, 3, 4, 5, 7}},
		{"log(b) / log(2)", []float64{0, 1, math.Log2(3), 2, math.Log2(5), math.Log2(7)}},
		{"log(b, 2)", []float64{0, 1, math.Log2(3), 2, math.Log2(5), math.Log2(7)}},
		{"-b^2 + 1", []float64{0, -3, -8, -15, -24, -48}},
		{"2^3^0", []float64{2, 2, 2, 2, 2, 2}},
		{"b % 4 == 0", []float64{0, 0, 0, 1, 0, 0}},
		{"b %% 3", []float64{1, 2, 0, 1, 2, 1}},
		{"-b %% 3", []float64{2, 1, 0, 2, 1, 2}},
		{"b %/% 3", []float64{0, 0, 1, 1, 1, 2}},
		{"y == 1 or b % 4 == 0", []float64{1, 0, 1, 1, 1, 0}},
		{"y == 1 & !(b > 2)", []float64{1, 0, 0, 0, 0, 0}},
		{"not y == 1 && b >= 4", []float64{0, 0, 0, 1, 0, 1}},
		{"gap > 3", []float64{0, nan, 0, 1, 1, 1}},
		{"gap > 3 | b == 2", []float64{0, 1, 0, 1, 1, 1}},
		{"gap > 3 & b == 9", []float64{0, 0, 0, 0, 0, 0}},
		{"is.na(gap)", []float64{0, 1, 0, 0, 0, 0}},
		{"is.na(hole)", []float64{0, 1, 0, 0, 0, 1}},
		{`a == "x"`, []float64{1, 0, 0, 1, 0, 0}},
		{`hole != 'u'`, []float64{0, nan, 1, 0, 1, nan}},
		{`a %in% c("x", "z")`, []float64{1, 0, 1, 1, 0, 1}},
		{`b in c(1, 7)`, []float64{1, 0, 0, 0, 0, 1}},
		{"`side effect` + 1", []float64{1, 2, 1, 2, 1, 2}},
		{"pmax(b, 3, y)", []float64{3, 3, 3, 4, 5, 7}},
		{"ifelse(gap > 3, 1, 2)", []float64{2, nan, 2, 1, 1, 1}},
		{"1.5e1 - .5", []float64{14.5, 14.5, 14.5, 14.5, 14.5, 14.5}},
	} {
		got, err := formula.Evaluate(test.expression, table())
		if err != nil {
			t.Errorf("%s: %v", test.expression, err)
			continue
		}
		for i := range got {
			if math.Abs(got[i]-test.want[i]) > 1e-14 || math.IsNaN(got[i]) != math.IsNaN(test.want[i]) {
				t.Errorf("%s: row %d is %v, not %v", test.expression, i+1, got[i], test.want[i])
			}
		}
	}
}

func TestAWrongExpressionSaysWhere(t *testing.T) {
	for expression, want := range map[string]string{
		"log(b": "closing parenthesis", "b +": "the end", "nosuch": "no such variable", "a + 1": "words", "f(b)": "no such function",
		"b $ 2": "no meaning", `a == "x`: "not closed", "": "the end", "b ~ y": "not part of an expression", strings.Repeat("(", 500): "nested", "a": "words, not numbers",
	} {
		_, err := formula.Evaluate(expression, table())
		if !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v", expression, err)
		}
	}
}

// The names are those of colnames(model.matrix(formula, d)) of R 4.2.2.
func TestTermsAreCodedAsInR(t *testing.T) {
	for source, want := range map[string]string{
		"y ~ a*c":               "(Intercept) ay az cq ay:cq az:cq",
		"~ a:b":                 "(Intercept) ax:b ay:b az:b",
		"~ b + a:c":             "(Intercept) b ax:cp ay:cp az:cp ax:cq ay:cq az:cq",
		"~ a - 1":               "ax ay az",
		"~ 0 + a + c":           "ax ay az cq",
		"~ a/b":                 "(Intercept) ay az ax:b ay:b az:b",
		"~ (a+b+c)^2":           "(Intercept) ay az b cq ay:b az:b ay:cq az:cq b:cq",
		"~ (a+b+c)^2 - a:b":     "(Intercept) ay az b cq ay:cq az:cq b:cq",
		"~ a + a:c":             "(Intercept) ay az ax:cq ay:cq az:cq",
		"~ 1":                   "(Intercept)",
		"~ b + I(b^2) + log(b)": "(Intercept) b I(b^2) log(b)",
		"~ -1 + b":              "b",
		"y ~ b + offset(log(b)) + strata(c) + cluster(a) + (1 | c)": "(Intercept) b",
		`~ factor(a, ref = "y")`:                                    `(Intercept) factor(a, ref = "y")x factor(a, ref = "y")z`,
		"~ factor(b > 2)":                                           "(Intercept) factor(b > 2)1",
		"~ rcs(b, c(1, 3, 4, 7))":                                   "(Intercept) b b' b''",
	} {
		f, err := formula.Parse(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		d, err := f.Design(table(), formula.Options{})
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := strings.Join(d.X.Terms, " "); got != want {
			t.Errorf("%s gives %s, not %s", source, got, want)
		}
	}
}

func TestADesignSaysWhichRowsItDroppedAndWhy(t *testing.T) {
	f, err := formula.Parse("y ~ gap + hole")
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Design(table(), formula.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Rows, []int{0, 2, 3, 4}) || !slices.Equal(d.Y, []float64{1, 1, 0, 1}) {
		t.Errorf("rows %v, outcome %v", d.Rows, d.Y)
	}
	if want := []formula.Dropped{{Variable: "gap", Rows: 1}, {Variable: "hole", Rows: 2}}; !slices.Equal(d.Dropped, want) {
		t.Errorf("dropped %v", d.Dropped)
	}
}

func TestTheDotIsEveryOtherVariable(t *testing.T) {
	f, err := formula.Parse("y ~ . - a")
	if err == nil {
		var d *formula.Data
		d, err = f.Design(&stats.Table{Columns: table().Columns[:4]}, formula.Options{})
		if err == nil && strings.Join(d.X.Terms, " ") != "(Intercept) b cq" {
			t.Errorf("terms %v", d.X.Terms)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestLevelsGivenBeforehandMakeTheSameColumnsEverywhere(t *testing.T) {
	f, err := formula.Parse("y ~ a")
	if err != nil {
		t.Fatal(err)
	}
	o := formula.Options{Levels: map[string][]string{"a": {"z", "x", "y", "never seen here"}}}
	d, err := f.Design(table(), o)
	if err != nil || strings.Join(d.X.Terms, " ") != "(Intercept) ax ay anever seen here" {
		t.Errorf("terms %v, %v", d, err)
	}
	o.Levels["a"] = []string{"x", "y"}
	if _, err := f.Design(table(), o); !errors.Is(err, stats.Invalid) {
		t.Errorf("a level that was not foreseen: %v", err)
	}
}

func TestAFormulaThatMeansNothingIsRefused(t *testing.T) {
	for _, source := range []string{"y ~ ", "y ~ (b | a)", "y ~ b^2.5", "y ~ b > 2", "y ~ (a+b+c)^9", "~ 0", "Surv(y) ~ b", "y ~ rcs(b, 2)", "y ~ rcs(b, c(3,1,2))", "y ~ rcs(b, c(1,2,2,3))", "y ~ factor(a, ref = \"w\")", "y ~ nosuch", `y ~ "b"`} {
		f, err := formula.Parse(source)
		if err == nil {
			_, err = f.Design(table(), formula.Options{})
		}
		if !errors.Is(err, stats.Invalid) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// The values are those of rcspline.eval(x, knots = c(2, 5, 9, 12), inclx = TRUE) of Hmisc.
func TestASplineIsHarrells(t *testing.T) {
	basis, err := formula.Spline([]float64{4.5, 1.5, 6, 7.5}, []float64{2, 5, 9, 12})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float64{{4.5, 1.5, 6, 7.5}, {0.15625, 0, 0.64, 1.66375}, {0, 0, 0.01, 0.15625}}
	for j := range want {
		for i := range want[j] {
			if math.Abs(basis[j][i]-want[j][i]) > 1e-14 {
				t.Errorf("column %d, row %d: %v, not %v", j, i, basis[j][i], want[j][i])
			}
		}
	}
}

// The values are those of attr(rms::rcs((1:150)^1.3, k), "parms").
func TestKnotsStandWhereHarrellPutsThem(t *testing.T) {
	x := make([]float64, 150)
	for i := range x {
		x[i] = math.Pow(float64(i+1), 1.3)
	}
	for k, want := range map[int][]float64{
		3: {36.4625276951786, 276.2706511656193, 588.6435243820389}, 4: {16.0400776074975, 175.0483655752884, 387.0171483579820, 631.1875439513140},
		6: {16.0400776074975, 102.7165620860818, 214.2544996054265, 341.6934648187373, 481.3721789589758, 631.1875439513140},
		7: {7.5421683861727, 77.2107111864403, 169.7504119632123, 276.2706511656193, 393.4132563782146, 519.3049423995820, 652.7124962408614},
	} {
		got, err := formula.Knots(x, k)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-9 {
				t.Errorf("%d knots: %v, not %v", k, got, want)
				break
			}
		}
	}
}

func TestASplineIsLinearBeyondItsKnots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		knots := []float64{rapid.Float64Range(-5, -3).Draw(t, "first"), rapid.Float64Range(-2, 0).Draw(t, "second"), rapid.Float64Range(1, 2).Draw(t, "third"), rapid.Float64Range(3, 9).Draw(t, "last")}
		from, step := rapid.Float64Range(9, 50).Draw(t, "from"), rapid.Float64Range(0.1, 10).Draw(t, "step")
		for _, x := range [][]float64{{from, from + step, from + 2*step}, {-from, -from - step, -from - 2*step}} {
			basis, err := formula.Spline(x, knots)
			if err != nil {
				t.Fatal(err)
			}
			for _, column := range basis {
				if bend := column[0] - 2*column[1] + column[2]; math.Abs(bend) > 1e-7*(1+math.Abs(column[2])) {
					t.Fatalf("it bends by %v", bend)
				}
			}
		}
	})
}

func FuzzFormula(f *testing.F) {
	for _, seed := range []string{"y ~ a*c + rcs(b, 3)", "Surv(b, y) ~ a + strata(c)", `a %in% c("x", "y")`, "~ (a+b+c)^2 - a:b", "y ~ . - 1", "ifelse(b > 2, log(b), NA)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		_, _ = formula.Column(source, table())
		m, err := formula.Parse(source)
		if err != nil {
			return
		}
		d, err := m.Design(table(), formula.Options{})
		if err == nil && (d.X.Rows() != len(d.Rows) || len(d.X.Terms) != len(d.X.Columns)) {
			t.Errorf("%d rows for %d, %d names for %d columns", d.X.Rows(), len(d.Rows), len(d.X.Terms), len(d.X.Columns))
		}
	})
}

func TestRandomSlopes(t *testing.T) {
	for text, want := range map[string][]string{"y ~ x + (1 | g)": nil, "y ~ x + (1 + x | g)": {"x"}, "y ~ x + (x + log(z) + 1 | g)": {"x", "log(z)"}} {
		f, err := formula.Parse(text)
		if err != nil || !slices.Equal(f.Slopes, want) || !slices.Equal(f.Groups, []string{"g"}) {
			t.Errorf("%s: slopes %v of %v, %v", text, f.Slopes, f.Groups, err)
		}
	}
	for _, text := range []string{"y ~ (0 + x | g)", "y ~ (x | g)", "y ~ (1 + x:z | g)", "y ~ (1 - x | g)"} {
		if _, err := formula.Parse(text); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}
