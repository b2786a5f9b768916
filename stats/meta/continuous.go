package meta

import (
	"fmt"
	"math"

	"consilium/stats"
)

// Arms are means of two groups, one element a trial: N patients, their mean and standard deviation.
type Arms struct {
	Mean1, SD1, N1 []float64
	Mean2, SD2, N2 []float64
}

// arm is one trial of Arms.
type arm struct{ m1, s1, n1, m2, s2, n2 float64 }

// MeanDifference is mean 1 minus mean 2, in the units of the measurement, with variance s1²/n1+s2²/n2 (the two standard deviations are not assumed equal).
func MeanDifference(a Arms) (Studies, error) {
	return eachArm("mean differences", a, 1, func(t arm) (float64, float64) {
		return t.m1 - t.m2, t.s1*t.s1/t.n1 + t.s2*t.s2/t.n2
	})
}

// StandardizedMeanDifference is Hedges' g: the difference of means in pooled standard deviations, times J = Γ(m/2)/(√(m/2)·Γ((m−1)/2)) with m = n1+n2−2,
// which makes it unbiased (Hedges 1981, J Educ Stat 6:107). Its variance is 1/n1+1/n2+g²/(2(n1+n2)).
func StandardizedMeanDifference(a Arms) (Studies, error) {
	return eachArm("standardized mean differences", a, 2, func(t arm) (float64, float64) {
		m := t.n1 + t.n2 - 2
		pooled := math.Sqrt(((t.n1-1)*t.s1*t.s1 + (t.n2-1)*t.s2*t.s2) / m)
		g := hedges(m) * (t.m1 - t.m2) / pooled
		return g, 1/t.n1 + 1/t.n2 + g*g/(2*(t.n1+t.n2))
	})
}

// hedges is J for m degrees of freedom. From 50 on, where the difference of two log-gammas would lose digits, Γ(x+½)/Γ(x) is taken from its expansion
// in 1/x (Tricomi and Erdélyi 1951, Pac J Math 1:133), which there is exact to rounding.
func hedges(m float64) float64 {
	if m < 50 {
		a, _ := math.Lgamma(m / 2)
		b, _ := math.Lgamma((m - 1) / 2)
		return math.Exp(a-b) / math.Sqrt(m/2)
	}
	x := 2 / (m - 1)
	series := 1 + x*(-1./8+x*(1./128+x*(5./1024+x*(-21./32768+x*(-399./262144+x*(869./4194304+x*39325./33554432))))))
	return math.Sqrt((m-1)/m) * series
}

func eachArm(method string, a Arms, least float64, effect func(arm) (y, v float64)) (Studies, error) {
	k := len(a.Mean1)
	for _, list := range [][]float64{a.SD1, a.N1, a.Mean2, a.SD2, a.N2} {
		if len(list) != k {
			return Studies{}, &stats.Error{Method: method, Problem: stats.Invalid, Detail: "lists of unequal length"}
		}
	}
	out := newStudies(k)
	for i := range k {
		t := arm{a.Mean1[i], a.SD1[i], a.N1[i], a.Mean2[i], a.SD2[i], a.N2[i]}
		if err := t.check(method, i, least); err != nil {
			return Studies{}, err
		}
		out.Effect[i], out.Variance[i] = effect(t)
	}
	return out, nil
}

func (t arm) check(method string, i int, least float64) error {
	trial := fmt.Sprintf("trial %d", i+1)
	for _, v := range [...]float64{t.m1, t.s1, t.n1, t.m2, t.s2, t.n2} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return &stats.Error{Method: method, Problem: stats.Missing, Variable: trial, Detail: "a mean, standard deviation or number of patients is missing", Advice: "Leave the trial out, or derive the standard deviation from the standard error or interval it prints"}
		}
	}
	if t.s1 < 0 || t.s2 < 0 {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: trial, Detail: "a standard deviation is negative"}
	}
	if t.s1 == 0 && t.s2 == 0 {
		return &stats.Error{Method: method, Problem: stats.Infinite, Variable: trial, Detail: "both standard deviations are 0", Advice: "Look for values that were not reported and entered as 0"}
	}
	if t.n1 < least || t.n2 < least {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Variable: trial, Detail: fmt.Sprintf("groups of %g and %g patients", t.n1, t.n2)}
	}
	return nil
}
