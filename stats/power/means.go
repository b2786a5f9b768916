package power

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// TwoMeans is the number per group to find a difference of means, delta, between groups with the given standard deviation by a two-sided t test, solved from
// the noncentral t distribution as R's power.t.test does. Cohen, Statistical Power Analysis, 1988, chapter 2.
func TwoMeans(delta, sd, power, alpha float64) (float64, error) {
	const method = "sample size for two means"
	if err := checkMeans(method, delta, sd, power, alpha); err != nil {
		return math.NaN(), err
	}
	if delta == 0 {
		return math.NaN(), noDifference(method, "delta")
	}
	return sizeOf(method, math.Abs(delta)/sd, power, alpha/2)
}

// OfTwoMeans is the power of n per group for a difference of means in a two-sided t test; strict counts significance in the wrong direction too.
func OfTwoMeans(n, delta, sd, alpha float64, strict bool) (float64, error) {
	const method = "power of two means"
	if err := checkMeans(method, delta, sd, (1+alpha)/2, alpha); err != nil {
		return math.NaN(), err
	}
	if err := checkSize(method, n, 1.01); err != nil {
		return math.NaN(), err
	}
	power := tPower(n, math.Abs(delta)/sd, alpha/2)
	if strict {
		power += tPower(n, -math.Abs(delta)/sd, alpha/2)
	}
	return power, nil
}

// NonInferiorMeans is the number per group to show, one-sided at alpha by a t test, that a mean falls short of another by less than the margin, when it is
// truly larger by delta (0 if they are equal). Julious, Statistics in Medicine 23 (2004) 1921-1986.
func NonInferiorMeans(delta, margin, sd, power, alpha float64) (float64, error) {
	const method = "sample size for non-inferior means"
	if err := checkMeans(method, delta, sd, power, alpha); err != nil {
		return math.NaN(), err
	}
	room, err := room(method, margin, -delta)
	if err != nil {
		return math.NaN(), err
	}
	return sizeOf(method, room/sd, power, alpha)
}

func checkMeans(method string, delta, sd, power, alpha float64) error {
	if math.IsNaN(delta) || math.IsInf(delta, 0) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "delta", Detail: "it is not a finite number"}
	}
	if !(sd > 0) || math.IsInf(sd, 1) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "sd", Detail: "a standard deviation is greater than 0"}
	}
	return check(method, alpha, power)
}

// tPower is the power of n per group for a standardized difference, with probability tailAlpha in the one tail that counts.
func tPower(n, effect, tailAlpha float64) float64 {
	df := 2 * (n - 1)
	return tail.NoncentralTUpper(-tail.TQuantile(tailAlpha, df), df, math.Sqrt(n/2)*effect)
}

// sizeOf halves, on the scale of logarithms, between a group that is too small and one that is large enough.
func sizeOf(method string, effect, power, tailAlpha float64) (float64, error) {
	z := upper(tailAlpha) + upper(1-power)
	normal := 2 * z * z / (effect * effect) // the size if the standard deviation were known, which is too small
	if normal > 1e12 {
		return math.NaN(), &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: "delta", Detail: "the difference is so small that no study could find it"}
	}
	low, high := max(normal, 1.01), max(normal, 1.01)+10
	if tPower(low, effect, tailAlpha) >= power {
		return low, nil
	}
	for tPower(high, effect, tailAlpha) < power {
		high *= 2
	}
	for high-low > 1e-13*high {
		middle := (low + high) / 2
		if middle <= low || middle >= high {
			break
		}
		if tPower(middle, effect, tailAlpha) < power {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2, nil
}
