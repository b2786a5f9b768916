package meta

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/tail"
)

// Asymmetry is Egger's regression: whether small studies show another effect than large ones.
//
// The standardized effect y/s is regressed on the precision 1/s. An intercept other than 0 is asymmetry; the slope is the effect of a study of infinite size.
// A regression of y on s with weights 1/s² is the same fit: its slope is this intercept, with the same t.
type Asymmetry struct {
	Intercept, SE, T, P float64
	DF                  float64
	Slope               float64
}

// Egger tests for funnel asymmetry (Egger, Davey Smith, Schneider and Minder 1997, BMJ 315:629). It takes three studies whose standard errors differ; below
// ten it has little power.
func Egger(s Studies) (*Asymmetry, error) {
	const method = "Egger's regression"
	if err := s.check(method, 3); err != nil {
		return nil, err
	}
	k := float64(s.Len())
	x, z := make([]float64, s.Len()), make([]float64, s.Len())
	for i, v := range s.Variance {
		x[i], z[i] = 1/math.Sqrt(v), s.Effect[i]/math.Sqrt(v)
	}
	mx, mz := mean(x), mean(z)
	var sxx, sxz, scale float64
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxz += (x[i] - mx) * (z[i] - mz)
		scale += x[i] * x[i]
	}
	if sxx <= 1e-14*scale {
		return nil, &stats.Error{Method: method, Problem: stats.OneLevel, Variable: "standard error", Detail: "all studies have the same", Advice: "Asymmetry cannot be seen among studies of one size"}
	}
	a := &Asymmetry{DF: k - 2, Slope: sxz / sxx}
	a.Intercept = mz - a.Slope*mx
	var rss, size float64
	for i := range x {
		e := z[i] - a.Intercept - a.Slope*x[i]
		rss += e * e
		size += z[i] * z[i]
	}
	if rss <= 1e-28*size || rss == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Detail: "the studies lie on a line, so nothing is left to judge it by"}
	}
	a.SE = math.Sqrt(rss / a.DF * scale / (k * sxx))
	if a.T = a.Intercept / a.SE; math.IsNaN(a.T) || math.IsInf(a.T, 0) {
		return nil, &stats.Error{Method: method, Problem: stats.NotConverged, Detail: "sums over the studies are not finite"}
	}
	a.P = tail.TwoSidedT(a.T, a.DF)
	return a, nil
}

func mean(list []float64) float64 {
	var sum float64
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// RankCorrelation is Begg and Mazumdar's test for funnel asymmetry.
type RankCorrelation struct {
	Tau float64 // Kendall's tau-b
	Z   float64
	P   float64 // normal approximation with the variance for ties, without continuity correction
}

// Begg is the rank correlation of (y−μ)/√(v−1/Σw) with v, μ the fixed-effect estimate (Begg and Mazumdar 1994, Biometrics 50:1088). It takes three studies
// whose effects and variances are not all equal. Pairs are compared one by one, so its time grows with the square of their number.
func Begg(s Studies) (*RankCorrelation, error) {
	const method = "Begg's rank correlation"
	if err := s.check(method, 3); err != nil {
		return nil, err
	}
	if slices.Min(s.Effect) == slices.Max(s.Effect) || slices.Min(s.Variance) == slices.Max(s.Variance) {
		return nil, &stats.Error{Method: method, Problem: stats.OneLevel, Detail: "all studies have the same effect, or the same variance"}
	}
	z := make([]float64, s.Len())
	for i := range z {
		if z[i] = s.deviate(i); math.IsNaN(z[i]) {
			return nil, &stats.Error{Method: method, Problem: stats.NotConverged, Detail: "sums over the studies are not finite"}
		}
	}
	return kendall(z, s.Variance), nil
}

// deviate is (y−μ)/√(v−1/Σw) of study i, from sums over the other studies, so that one that has nearly all of the weight loses no digits:
// y−μ = Σw'(y−y')/Σw, and v−1/Σw = v·Σw'/Σw. Weights are in units of the study's own.
func (s Studies) deviate(i int) float64 {
	var others, distance float64
	for j, y := range s.Effect {
		if j != i {
			w := s.Variance[i] / s.Variance[j]
			others += w
			distance += w * (s.Effect[i] - y)
		}
	}
	return distance / math.Sqrt(s.Variance[i]*others*(1+others))
}

// kendall is tau-b of two lists and its normal test, with the variance for ties of Kendall (1970, Rank Correlation Methods, 4th ed., chapter 4).
func kendall(x, y []float64) *RankCorrelation {
	var s float64
	for i := range x {
		for j := range i {
			s += sign(x[i]-x[j]) * sign(y[i]-y[j])
		}
	}
	n := float64(len(x))
	t, u := tiesOf(x), tiesOf(y)
	pairs := n * (n - 1) / 2
	tau := s / (math.Sqrt(pairs-t.pairs/2) * math.Sqrt(pairs-u.pairs/2))
	variance := (n*(n-1)*(2*n+5)-t.fives-u.fives)/18 + t.pairs*u.pairs/(2*n*(n-1)) + t.triples*u.triples/(9*n*(n-1)*(n-2))
	z := s / math.Sqrt(variance)
	return &RankCorrelation{tau, z, tail.TwoSidedNormal(z)}
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// ties are sums over runs of t equal values: t(t−1), t(t−1)(t−2) and t(t−1)(2t+5).
type ties struct{ pairs, triples, fives float64 }

func tiesOf(list []float64) ties {
	sorted := slices.Sorted(slices.Values(list))
	var out ties
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		t := float64(j - i)
		out.pairs += t * (t - 1)
		out.triples += t * (t - 1) * (t - 2)
		out.fives += t * (t - 1) * (2*t + 5)
		i = j
	}
	return out
}
