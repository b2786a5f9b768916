package tail

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var functions = map[string]func(a []float64) float64{
	"NormalLower":            func(a []float64) float64 { return NormalLower(a[0]) },
	"NormalUpper":            func(a []float64) float64 { return NormalUpper(a[0]) },
	"NormalQuantile":         func(a []float64) float64 { return NormalQuantile(a[0]) },
	"ChiSquareLower":         func(a []float64) float64 { return ChiSquareLower(a[0], a[1]) },
	"ChiSquareUpper":         func(a []float64) float64 { return ChiSquareUpper(a[0], a[1]) },
	"ChiSquareQuantile":      func(a []float64) float64 { return ChiSquareQuantile(a[0], a[1]) },
	"ChiSquareQuantileUpper": func(a []float64) float64 { return ChiSquareQuantileUpper(a[0], a[1]) },
	"TwoSidedT":              func(a []float64) float64 { return TwoSidedT(a[0], a[1]) },
	"TQuantile":              func(a []float64) float64 { return TQuantile(a[0], a[1]) },
	"NoncentralTUpper":       func(a []float64) float64 { return NoncentralTUpper(a[0], a[1], a[2]) },
	"FLower":                 func(a []float64) float64 { return FLower(a[0], a[1], a[2]) },
	"FUpper":                 func(a []float64) float64 { return FUpper(a[0], a[1], a[2]) },
	"FQuantile":              func(a []float64) float64 { return FQuantile(a[0], a[1], a[2]) },
	"BetaLower":              func(a []float64) float64 { return BetaLower(a[0], a[1], a[2]) },
	"BetaUpper":              func(a []float64) float64 { return BetaUpper(a[0], a[1], a[2]) },
	"BetaQuantile":           func(a []float64) float64 { return BetaQuantile(a[0], a[1], a[2]) },
	"BinomialMass":           func(a []float64) float64 { return BinomialMass(int(a[0]), int(a[1]), a[2]) },
	"BinomialLower":          func(a []float64) float64 { return BinomialLower(int(a[0]), int(a[1]), a[2]) },
	"BinomialAtLeast":        func(a []float64) float64 { return BinomialAtLeast(int(a[0]), int(a[1]), a[2]) },
	"BinomialQuantile":       func(a []float64) float64 { return float64(BinomialQuantile(a[0], int(a[1]), a[2])) },
	"PoissonMass":            func(a []float64) float64 { return PoissonMass(int(a[0]), a[1]) },
	"PoissonLower":           func(a []float64) float64 { return PoissonLower(int(a[0]), a[1]) },
	"PoissonAtLeast":         func(a []float64) float64 { return PoissonAtLeast(int(a[0]), a[1]) },
	"PoissonQuantile":        func(a []float64) float64 { return float64(PoissonQuantile(a[0], a[1])) },
}

func TestTailsAgreeToTwelveDigits(t *testing.T) {
	file, err := os.Open("testdata/tails.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	checked := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		fields := strings.Fields(lines.Text())
		var numbers []float64
		for _, f := range fields[1 : len(fields)-1] {
			v, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, v)
		}
		want := numbers[len(numbers)-1]
		got := functions[fields[0]](numbers)
		if !(math.Abs(got-want) <= 2e-12*math.Abs(want)+1e-300) {
			t.Errorf("%s: got %.17g", lines.Text(), got)
		}
		checked++
	}
	if checked < 700 {
		t.Errorf("only %d values were checked", checked)
	}
}

func near(got, want, rel float64) bool { return math.Abs(got-want) <= rel*math.Abs(want) }

func TestAQuantileHasItsProbabilityBelowIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := math.Pow(10, -rapid.Float64Range(0.31, 60).Draw(t, "digits"))
		a := math.Exp(rapid.Float64Range(-2, 11).Draw(t, "log a"))
		b := math.Exp(rapid.Float64Range(-2, 11).Draw(t, "log b"))
		for name, back := range map[string]float64{
			"normal":      NormalLower(NormalQuantile(p)),
			"chi-square":  ChiSquareLower(ChiSquareQuantile(p, a), a),
			"upper":       ChiSquareUpper(ChiSquareQuantileUpper(p, a), a),
			"t":           TLower(TQuantile(p, a), a),
			"F":           FLower(FQuantile(p, a, b), a, b),
			"gamma":       GammaLower(a, GammaQuantile(p, a)),
			"complement":  1 - NormalUpper(NormalQuantile(p)),
			"t, at last":  TLower(TQuantile(p, 1e13), 1e13),
			"F without b": FLower(FQuantile(p, a, math.Inf(1)), a, math.Inf(1)),
		} {
			// A step of the last bit of the quantile moves a log tail by up to a (or b) bits.
			if name == "complement" {
				if math.Abs(back-p) > 1e-15 {
					t.Fatalf("%s: %g came back as %g", name, p, back)
				}
			} else if back > 0 && !near(back, p, 1e-11) {
				t.Fatalf("%s, a = %g, b = %g: %g came back as %g", name, a, b, p, back)
			}
		}
	})
}

func TestTailsAddUpToOneAndFall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(0.01, 0.99).Draw(t, "x")
		y := rapid.Float64Range(0, 1).Draw(t, "y")
		a := math.Exp(rapid.Float64Range(-3, 9).Draw(t, "log a"))
		b := math.Exp(rapid.Float64Range(-3, 9).Draw(t, "log b"))
		if s := BetaLower(x, a, b) + BetaUpper(x, a, b); math.Abs(s-1) > 1e-15 {
			t.Fatalf("tails of beta add up to %g", s)
		}
		if BetaLower(min(x, y), a, b) > BetaLower(max(x, y), a, b)+1e-14 {
			t.Fatal("the lower tail of beta falls")
		}
		if d := BetaLower(x, a, b) - BetaUpper(1-x, b, a); math.Abs(d) > 1e-11 {
			t.Fatalf("beta and its mirror differ by %g", d)
		}
		if NoncentralTUpper(10*x, a, 10*y) > NoncentralTUpper(10*x, a, 10*y+1)+1e-13 {
			t.Fatal("a larger noncentrality makes a large t less likely")
		}
	})
}

func TestLargeShapesContinueSmallOnes(t *testing.T) {
	for _, z := range []float64{-8, -5, -1, -1e-7, 0, 1e-7, 1, 5, 8} {
		below, above := 0.9999999*manyTerms, 1.0000001*manyTerms
		at := func(a float64) (float64, float64) { return gammaTails(a, a+z*math.Sqrt(a)) }
		lowerBelow, upperBelow := at(below)
		lowerAbove, upperAbove := at(above)
		if !near(lowerBelow, lowerAbove, 1e-9) || !near(upperBelow, upperAbove, 1e-9) {
			t.Errorf("z = %g: %g and %g become %g and %g", z, lowerBelow, upperBelow, lowerAbove, upperAbove)
		}
	}
}

func TestNoncentralTWithoutNoncentralityIsT(t *testing.T) {
	for _, df := range []float64{0.5, 1, 2, 3.7, 40, 1e5} {
		for _, x := range []float64{-30, -2, -0.1, 0, 0.3, 1, 5, 30} {
			if got, want := NoncentralTUpper(x, df, 0), TUpper(x, df); !near(got, want, 5e-13) {
				t.Errorf("t = %g, df = %g: %g instead of %g", x, df, got, want)
			}
		}
	}
}

func TestExactLimitsOfCounts(t *testing.T) {
	for _, c := range []struct {
		k, n         int
		lower, upper float64 // R: binom.test(k, n)$conf.int
	}{{0, 20, 0, 0.16843347098308536}, {1, 35, 0.00072310437633809464, 0.14917207965643239}, {23, 23, 0.85181487108477571, 1}} {
		if lower, upper := BinomialLimits(c.k, c.n, 0.95); math.Abs(lower-c.lower) > 1e-13 || math.Abs(upper-c.upper) > 1e-13 {
			t.Errorf("%d of %d: %g to %g", c.k, c.n, lower, upper)
		}
	}
	// R: poisson.test(10)$conf.int, and 3.6888794541139363 = -log(0.025)
	if lower, upper := PoissonLimits(10, 0.95); !near(lower, 4.7953886961324343, 1e-12) || !near(upper, 18.3903560420177783, 1e-12) {
		t.Errorf("count of 10: %.16g to %.16g", lower, upper)
	}
	if lower, upper := PoissonLimits(0, 0.95); lower != 0 || !near(upper, 3.6888794541139363, 1e-14) {
		t.Errorf("count of 0: %g to %.16g", lower, upper)
	}
}

func TestParametersWithoutADistributionGiveNaN(t *testing.T) {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 0, 1, 2, 1e308, 1e-308}
	for name, f := range functions {
		for _, a := range odd {
			for _, b := range odd {
				for _, c := range odd {
					if name == "BinomialMass" || name == "BinomialLower" || name == "BinomialAtLeast" || name == "BinomialQuantile" {
						a, b = float64(int8(a)), float64(int8(b))
					}
					if got := f([]float64{a, b, c}); math.IsNaN(a) && !math.IsNaN(got) && name[:2] != "Bi" && name[:2] != "Po" {
						t.Errorf("%s of NaN is %g", name, got)
					}
				}
			}
		}
	}
	for _, got := range []float64{NormalQuantile(-0.1), NormalQuantile(1.1), TwoSidedT(1, 0), TQuantile(0.3, -1), ChiSquareUpper(1, 0), FUpper(1, 0, 3), BinomialMass(1, 2, 1.5), PoissonLower(1, -1)} {
		if !math.IsNaN(got) {
			t.Errorf("got %g", got)
		}
	}
}

// TestWilsonsLimitsSolveTheScoreTest: at a limit π the distance of x/n from it is z·√(π(1-π)/n).
func TestWilsonsLimitsSolveTheScoreTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := float64(rapid.IntRange(1, 5000).Draw(t, "n"))
		x := float64(rapid.IntRange(0, int(n)).Draw(t, "x"))
		level := rapid.Float64Range(0.5, 0.999).Draw(t, "level")
		z := NormalCritical(level)
		lower, upper := WilsonLimits(x, n, level)
		for _, limit := range []float64{lower, upper} {
			if d := math.Abs(x/n-limit) - z*math.Sqrt(limit*(1-limit)/n); math.Abs(d) > 1e-9 {
				t.Errorf("%g of %g at %g: %g is off by %g", x, n, level, limit, d)
			}
		}
	})
	for _, c := range [][3]float64{{1, 0, 0.95}, {-1, 5, 0.95}, {6, 5, 0.95}, {1, 5, 2}, {math.NaN(), 5, 0.95}, {1, math.Inf(1), 0.95}} {
		if lower, upper := WilsonLimits(c[0], c[1], c[2]); !math.IsNaN(lower) || !math.IsNaN(upper) {
			t.Errorf("%v: %g, %g", c, lower, upper)
		}
	}
}
