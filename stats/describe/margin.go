package describe

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// MarginTest compares two proportions against a difference or a ratio that is not none, as a test of non-inferiority does.
type MarginTest struct {
	Z            float64
	Less, More   float64 // one-sided p values: that the true difference (ratio) is below, above the margin
	Held1, Held2 float64 // the two proportions where they are held at the margin
}

// DifferenceScore is the score test of p1 − p2 against delta, with both proportions estimated under p1 − p2 = delta for the variance.
// x1 of n1 and x2 of n2 had the event. It returns Invalid for counts that are none and a delta outside of (−1, 1).
// Farrington and Manning, Statistics in Medicine 9 (1990) 1447-1454; Miettinen and Nurminen, Statistics in Medicine 4 (1985) 213-226.
func DifferenceScore(x1, n1, x2, n2 int, delta float64) (MarginTest, error) {
	p1, p2, err := sharesOf(x1, n1, x2, n2)
	if err != nil {
		return MarginTest{}, err
	}
	if !(delta > -1 && delta < 1) {
		return MarginTest{}, marginError(delta, "a difference of proportions lies between −1 and 1")
	}
	theta := float64(n2) / float64(n1)
	a := 1 + theta
	b := -(1 + theta + p1 + theta*p2 + delta*(theta+2))
	c := delta*delta + delta*(2*p1+theta+1) + p1 + theta*p2
	d := -p1 * delta * (1 + delta)
	v := b*b*b/(27*a*a*a) - b*c/(6*a*a) + d/(2*a)
	u := math.Copysign(math.Sqrt(max(0, b*b/(9*a*a)-c/(3*a))), v)
	w := math.Pi / 3
	if u != 0 {
		w = (math.Pi + math.Acos(min(1, max(-1, v/(u*u*u))))) / 3
	}
	held1 := min(1, max(0, 2*u*math.Cos(w)-b/(3*a)))
	held2 := min(1, max(0, held1-delta))
	return margin(p1-p2-delta, held1*(1-held1)/float64(n1)+held2*(1-held2)/float64(n2), held1, held2), nil
}

// RatioScore is the score test of p1/p2 against rho, with both proportions estimated under p1 = rho·p2 for the variance. See [DifferenceScore].
func RatioScore(x1, n1, x2, n2 int, rho float64) (MarginTest, error) {
	p1, p2, err := sharesOf(x1, n1, x2, n2)
	if err != nil {
		return MarginTest{}, err
	}
	if !(rho > 0) || math.IsInf(rho, 0) {
		return MarginTest{}, marginError(rho, "a ratio is above 0")
	}
	theta := float64(n2) / float64(n1)
	a, b, c := 1+theta, -(rho*(1+theta*p2) + theta + p1), rho*(p1+theta*p2)
	held1 := min(1, max(0, (-b-math.Sqrt(max(0, b*b-4*a*c)))/(2*a)))
	held2 := min(1, held1/rho)
	return margin(p1-rho*p2, held1*(1-held1)/float64(n1)+rho*rho*held2*(1-held2)/float64(n2), held1, held2), nil
}

func margin(distance, variance, held1, held2 float64) MarginTest {
	z := distance / math.Sqrt(variance)
	return MarginTest{Z: z, Less: tail.NormalUpper(-z), More: tail.NormalUpper(z), Held1: held1, Held2: held2}
}

func sharesOf(x1, n1, x2, n2 int) (p1, p2 float64, err error) {
	for _, pair := range [2][2]int{{x1, n1}, {x2, n2}} {
		if err := checkProportion("test against a margin", pair[0], pair[1], 0.95); err != nil {
			return 0, 0, err
		}
	}
	return float64(x1) / float64(n1), float64(x2) / float64(n2), nil
}

func marginError(v float64, detail string) error {
	return &stats.Error{Method: "test against a margin", Problem: stats.Invalid, Variable: "margin", Detail: fmt.Sprintf("%g: %s", v, detail)}
}
