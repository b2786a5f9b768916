package meta

import (
	"fmt"
	"math"

	"consilium/stats"
)

// Transform is the scale on which proportions are pooled.
type Transform string

// The scales. Variances follow Schwarzer, Chemaitelly, Abu-Raddad and Rücker (2019, Res Synth Methods 10:476).
const (
	Logit         Transform = "logit"          // log(x/(n−x)), variance 1/x+1/(n−x)
	Log           Transform = "log"            // log(x/n), variance 1/x−1/n
	Raw           Transform = "raw"            // x/n, variance p(1−p)/n
	Arcsine       Transform = "arcsine"        // asin√(x/n), variance 1/(4n)
	DoubleArcsine Transform = "double arcsine" // (asin√(x/(n+1)) + asin√((x+1)/(n+1)))/2, variance 1/(4n+2): Freeman and Tukey 1950
)

// Proportions are x patients with the event among n, one element a study.
type Proportions struct{ X, N []float64 }

// Proportion puts each study's proportion on the scale. The correction is added to events and to non-events of the studies it is for (zero: x = 0 or x = n).
// The arcsine scales are finite without it: give them a correction that adds 0 unless one is asked for.
func Proportion(p Proportions, on Transform, c Correction) (Studies, error) {
	const method = "proportions"
	if err := p.check(method); err != nil {
		return Studies{}, err
	}
	transform, ok := proportionScales[on]
	if !ok {
		return Studies{}, &stats.Error{Method: method, Problem: stats.Unsupported, Variable: string(on), Detail: "there are logit, log, raw, arcsine and double arcsine"}
	}
	any := false
	for i, x := range p.X {
		any = any || x == 0 || x == p.N[i]
	}
	out := newStudies(len(p.X))
	for i, x := range p.X {
		n := p.N[i]
		add, err := c.for1(method, x == 0 || x == n, any)
		if err != nil {
			return Studies{}, err
		}
		x, n = x+add, n+2*add
		out.Effect[i], out.Variance[i] = transform(x, n)
	}
	return out, nil
}

var proportionScales = map[Transform]func(x, n float64) (y, v float64){
	Logit:   func(x, n float64) (float64, float64) { return math.Log(x / (n - x)), 1/x + 1/(n-x) },
	Log:     func(x, n float64) (float64, float64) { return math.Log(x / n), 1/x - 1/n },
	Raw:     func(x, n float64) (float64, float64) { return x / n, x * (n - x) / (n * n * n) },
	Arcsine: func(x, n float64) (float64, float64) { return math.Asin(math.Sqrt(x / n)), 1 / (4 * n) },
	DoubleArcsine: func(x, n float64) (float64, float64) {
		return (math.Asin(math.Sqrt(x/(n+1))) + math.Asin(math.Sqrt((x+1)/(n+1)))) / 2, 1 / (4*n + 2)
	},
}

func (p Proportions) check(method string) error {
	if len(p.X) != len(p.N) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d counts for %d groups", len(p.X), len(p.N))}
	}
	for i, x := range p.X {
		if n := p.N[i]; !(x >= 0 && x <= n && n > 0) || math.IsInf(n, 0) {
			problem := stats.Invalid
			if math.IsNaN(x) || math.IsNaN(n) {
				problem = stats.Missing
			}
			return &stats.Error{Method: method, Problem: problem, Variable: fmt.Sprintf("study %d", i+1), Detail: fmt.Sprintf("%g events among %g patients", x, n)}
		}
	}
	return nil
}

// Back is the proportion at y on the scale. The double arcsine needs the number of patients it stands for; give the harmonic mean of the studies' (Miller
// 1978, Am Stat 32:138), see [HarmonicMean]. Values beyond the ends of the scale give 0 or 1.
func (on Transform) Back(y, n float64) float64 {
	switch on {
	case Logit:
		return 1 / (1 + math.Exp(-y))
	case Log:
		return math.Exp(y)
	case Raw:
		return y
	case Arcsine:
		s := math.Sin(min(max(y, 0), math.Pi/2))
		return s * s
	case DoubleArcsine:
		return miller(y, n)
	}
	return math.NaN()
}

func miller(y, n float64) float64 {
	low := math.Asin(math.Sqrt(1/(n+1))) / 2
	high := (math.Asin(math.Sqrt(n/(n+1))) + math.Pi/2) / 2
	switch {
	case math.IsNaN(y):
		return y
	case y <= low:
		return 0
	case y >= high:
		return 1
	}
	s := math.Sin(2 * y)
	u := s + (s-1/s)/n
	return (1 - math.Copysign(1, math.Cos(2*y))*math.Sqrt(max(0, 1-u*u))) / 2
}

// HarmonicMean of group sizes; NaN of none.
func HarmonicMean(n []float64) float64 {
	var sum float64
	for _, v := range n {
		sum += 1 / v
	}
	return float64(len(n)) / sum
}
