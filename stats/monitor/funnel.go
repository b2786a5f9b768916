package monitor

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/describe"
	"consilium/stats/tail"
)

// Funnel compares centers of unequal size with one target (Spiegelhalter 2005, Stat Med 24:1185). Lists have one element a center.
type Funnel struct {
	Target     float64   // all events over all patients, or over all expected
	Rate       []float64 // x/n, or observed/expected
	Size       []float64 // n, or expected
	Z          []float64 // (rate − target)/s0
	S0         []float64 // standard deviation of the rate under the target
	Winsorized []float64 // Z with its tails pulled in
	Tails      [2]float64
	Phi        float64 // over-dispersion: mean of the squared winsorized Z
	Tau2       float64 // variance between centers that over-dispersion amounts to, added to s0²
	limit      func(size, target, p float64) float64
}

// NewFunnel makes a funnel of x events among n patients. Tails of z are pulled in at the type-7 quantiles winsor and 1−winsor before Phi is taken, so that
// outliers do not excuse themselves; 0 leaves them. NoEvents if nobody or everybody had the event: no limits can be drawn then.
func NewFunnel(x, n []int, winsor float64) (*Funnel, error) {
	const method = "funnel plot"
	if len(x) != len(n) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d counts for %d centers", len(x), len(n))}
	}
	size, events := make([]float64, len(n)), make([]float64, len(n))
	for i := range n {
		if n[i] < 1 {
			return nil, &stats.Error{Method: method, Problem: stats.EmptyStratum, Variable: fmt.Sprintf("center %d", i+1), Detail: "it has no patients", Advice: "Leave the center out"}
		}
		if x[i] < 0 || x[i] > n[i] {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: fmt.Sprintf("center %d", i+1), Detail: fmt.Sprintf("%d events among %d patients", x[i], n[i])}
		}
		size[i], events[i] = float64(n[i]), float64(x[i])
	}
	return newFunnel(method, events, size, winsor, binomialLimit, func(target, n float64) float64 { return math.Sqrt(target * (1 - target) / n) })
}

// Counts are events and patients of each center. center[i] numbers the center of patient i from 0; y is 0 or 1.
func Counts(y []float64, center []int) (x, n []int, err error) {
	const method = "funnel plot"
	if err := checkSeries(method, y, nil); err != nil {
		return nil, nil, err
	}
	cases, err := casesOf(method, y, center)
	if err != nil {
		return nil, nil, err
	}
	x, n = make([]int, len(cases)), make([]int, len(cases))
	for i, c := range center {
		x[c] += int(y[i])
		n[c]++
	}
	return x, n, nil
}

// RatioFunnel makes a funnel of observed over expected events, against Poisson limits. NoEvents if there are none.
func RatioFunnel(observed []int, expected []float64, winsor float64) (*Funnel, error) {
	const method = "funnel plot of observed over expected"
	if len(observed) != len(expected) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d observed for %d expected", len(observed), len(expected))}
	}
	events := make([]float64, len(observed))
	for i, e := range expected {
		if !(e > 0) || math.IsInf(e, 0) {
			return nil, &stats.Error{Method: method, Problem: stats.EmptyStratum, Variable: fmt.Sprintf("center %d", i+1), Detail: fmt.Sprintf("it expects %g events", e), Advice: "Leave the center out"}
		}
		if observed[i] < 0 {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: fmt.Sprintf("center %d", i+1), Detail: "it has fewer than no events"}
		}
		events[i] = float64(observed[i])
	}
	return newFunnel(method, events, expected, winsor, poissonLimit, func(target, e float64) float64 { return math.Sqrt(target / e) })
}

func newFunnel(method string, events, size []float64, winsor float64, limit func(size, target, p float64) float64, s0 func(target, size float64) float64) (*Funnel, error) {
	if len(size) == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "there are no centers"}
	}
	if !(winsor >= 0 && winsor < 0.5) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "winsor", Detail: fmt.Sprintf("%g is not a share below one half", winsor)}
	}
	f := &Funnel{Size: size, limit: limit}
	var all, patients float64
	for i, x := range events {
		all += x
		patients += size[i]
	}
	f.Target = all / patients
	if s := s0(f.Target, 1); !(s > 0) {
		return nil, &stats.Error{Method: method, Problem: stats.NoEvents, Variable: "outcome", Detail: "nobody, or everybody, had the event", Advice: "Give exact limits of each center's rate"}
	}
	for i, x := range events {
		s := s0(f.Target, size[i])
		f.Rate, f.S0 = append(f.Rate, x/size[i]), append(f.S0, s)
		f.Z = append(f.Z, (x/size[i]-f.Target)/s)
	}
	f.disperse(winsor)
	return f, nil
}

// disperse estimates over-dispersion: Phi, and by the method of moments Tau2 = max(0, (I·φ−(I−1))/(Σw−Σw²/Σw)), w = 1/s0².
func (f *Funnel) disperse(winsor float64) {
	sorted := slices.Sorted(slices.Values(f.Z))
	f.Tails = [2]float64{describe.Quantile7(sorted, winsor), describe.Quantile7(sorted, 1-winsor)}
	var squares, w1, w2 float64
	for i, z := range f.Z {
		zw := min(max(z, f.Tails[0]), f.Tails[1])
		f.Winsorized = append(f.Winsorized, zw)
		squares += zw * zw
		w := 1 / (f.S0[i] * f.S0[i])
		w1 += w
		w2 += w * w
	}
	n := float64(len(f.Z))
	f.Phi = squares / n
	if n > 1 {
		f.Tau2 = max(0, (n*f.Phi-(n-1))/(w1-w2/w1))
	}
}

// Exact is the limit of a center's rate below which it lies with probability p under the target, interpolated between the possible counts; it may lie a little below 0.
func (f *Funnel) Exact(size, p float64) float64 { return f.limit(size, f.Target, p) }

// Normal is the same limit from a normal distribution with the standard deviation s0 of a center.
func (f *Funnel) Normal(s0, p float64) float64 { return f.Target + tail.NormalQuantile(p)*s0 }

// Multiplicative is what s0 is multiplied by, and z divided by, for over-dispersion as one factor: √max(1, Phi).
func (f *Funnel) Multiplicative() float64 { return math.Sqrt(max(1, f.Phi)) }

// Additive is the standard deviation of a center with the variance between centers: √(s0²+Tau2).
func (f *Funnel) Additive(s0 float64) float64 { return math.Sqrt(s0*s0 + f.Tau2) }

// binomialLimit is (r−a)/n, r the smallest count with P(R ≤ r) ≥ p and a = (P(R ≤ r) − p)/P(R = r): Spiegelhalter 2005, appendix A.1.1.
func binomialLimit(n, target, p float64) float64 {
	r := tail.BinomialQuantile(p, int(n), target)
	return (float64(r) - (tail.BinomialLower(r, int(n), target)-p)/tail.BinomialMass(r, int(n), target)) / n
}

func poissonLimit(expected, target, p float64) float64 {
	m := expected * target
	r := tail.PoissonQuantile(p, m)
	return (float64(r) - (tail.PoissonLower(r, m)-p)/tail.PoissonMass(r, m)) / expected
}
