package monitor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"consilium/stats"
)

// Uniform gives numbers between 0 and 1 (1 excluded), one a call.
type Uniform func() float64

// PCG is the generator of math/rand/v2 from a seed.
func PCG(seed uint64) Uniform { return rand.New(rand.NewPCG(seed, 0)).Float64 }

// ParkMiller is the minimal standard generator, s ← 16807·s mod 2³¹−1 (Park and Miller 1988, Comm ACM 31:1192). It is poor; it is here because published
// simulations can be repeated with it to the digit.
func ParkMiller(seed uint64) Uniform {
	const m = 1<<31 - 1
	s := max(1, seed%m)
	return func() float64 {
		s = 16807 * s % m
		return float64(s) / m
	}
}

// Simulation is how much to simulate.
type Simulation struct {
	Reps    int // runs; 0 is 2000
	Cap     int // patients after which a run ends without a signal; 0 is 20000
	Uniform Uniform
}

func (s Simulation) defaults(method string) (Simulation, error) {
	if s.Reps == 0 {
		s.Reps = 2000
	}
	if s.Cap == 0 {
		s.Cap = 20000
	}
	if s.Reps < 2 || s.Cap < 1 || s.Uniform == nil {
		return s, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d runs of at most %d patients cannot be simulated, or there is no generator", s.Reps, s.Cap)}
	}
	return s, nil
}

// SimulatedRunLength is an average run length from simulation.
type SimulatedRunLength struct {
	Mean, SE float64 // SE is the Monte Carlo error of Mean
	Reps     int
	Capped   int // runs that ended without a signal: if there are any, Mean is too small
}

// SimulateRunLength draws patients at random from the risks p, their outcomes with odds r times those expected, until the chart signals, many times. For each
// patient two numbers are drawn, one for who it is and one for the outcome. [RunLength] gives the same average without chance.
func SimulateRunLength(p []float64, c Chart, r float64, s Simulation) (*SimulatedRunLength, error) {
	const method = "simulated run length"
	if err := c.checkRisks(method, p, r); err != nil {
		return nil, err
	}
	s, err := s.defaults(method)
	if err != nil {
		return nil, err
	}
	draw := newPatients(p, c, r)
	lengths := make([]float64, s.Reps)
	out := &SimulatedRunLength{Reps: s.Reps}
	for i := range lengths {
		sum, k := 0.0, 0
		for sum < c.H && k < s.Cap {
			sum = max(0, sum+draw.weight(s.Uniform))
			k++
		}
		if sum < c.H {
			out.Capped++
		}
		lengths[i] = float64(k)
	}
	out.Mean = mean(lengths)
	var squares float64
	for _, l := range lengths {
		squares += (l - out.Mean) * (l - out.Mean)
	}
	out.SE = math.Sqrt(squares / float64(s.Reps-1) / float64(s.Reps))
	return out, nil
}

// patients are who may come next: risk under the true odds, and the weights of both outcomes.
type patients struct{ risk, event, none []float64 }

func newPatients(p []float64, c Chart, r float64) patients {
	n := len(p)
	out := patients{make([]float64, n), make([]float64, n), make([]float64, n)}
	for i, risk := range p {
		out.risk[i] = r * risk / (1 - risk + r*risk)
		out.event[i], out.none[i] = c.weights(risk)
	}
	return out
}

func (d patients) weight(u Uniform) float64 {
	i := min(len(d.risk)-1, int(float64(len(d.risk))*u()))
	if u() < d.risk[i] {
		return d.event[i]
	}
	return d.none[i]
}

// Threshold is an H that was found by simulation.
type Threshold struct {
	H       float64
	Reached float64 // the probability or run length that it has in the simulation
	SE      float64 // its Monte Carlo error
}

// ThresholdForFalseAlarm is the lowest H at which at most the given share of series of n patients signal although results are as expected. Runs are of n
// patients: Cap is not used.
func ThresholdForFalseAlarm(p []float64, c Chart, n int, probability float64, s Simulation) (*Threshold, error) {
	const method = "CUSUM threshold"
	c.H = 1 // any: the sums do not depend on it
	if err := c.checkRisks(method, p, c.null()); err != nil {
		return nil, err
	}
	if err := between0and1(method, "probability", probability); err != nil {
		return nil, err
	}
	s, err := s.defaults(method)
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Variable: "n", Detail: fmt.Sprintf("%d patients", n)}
	}
	draw := newPatients(p, c, c.null())
	highest := make([]float64, s.Reps)
	for i := range highest {
		sum := 0.0
		for range n {
			sum = max(0, sum+draw.weight(s.Uniform))
			highest[i] = max(highest[i], sum)
		}
	}
	slices.Sort(highest)
	may := int(probability * float64(s.Reps))
	if may < 1 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Variable: "reps", Detail: fmt.Sprintf("%d runs cannot tell a probability of %g", s.Reps, probability), Advice: "Simulate more runs"}
	}
	h := math.Nextafter(highest[s.Reps-may-1], math.Inf(1))
	reached := float64(s.Reps-sort.SearchFloat64s(highest, h)) / float64(s.Reps)
	return &Threshold{h, reached, math.Sqrt(reached * (1 - reached) / float64(s.Reps))}, nil
}

// ThresholdForRunLength is the H at which the average time to a false alarm is the given number of patients. Each run is kept as the heights that it reaches
// for the first time, so all thresholds are tried on the same runs; a run ends after 50 times the wanted length: Cap is not used.
func ThresholdForRunLength(p []float64, c Chart, length float64, s Simulation) (*Threshold, error) {
	const method = "CUSUM threshold"
	if !(length > 1 && length < 1e6) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "length", Detail: fmt.Sprintf("%g patients", length)}
	}
	s, err := s.defaults(method)
	if err != nil {
		return nil, err
	}
	top, err := aboveRunLength(p, c, length)
	if err != nil {
		return nil, err
	}
	c.H = top
	draw := newPatients(p, c, c.null())
	runs := make([][]height, s.Reps)
	for i := range runs {
		runs[i] = draw.heights(s.Uniform, top, int(50*length))
	}
	const steps = 1 << 20
	step := func(i int) float64 { return top * float64(i+1) / steps }
	out := averageLength(runs, step(sort.Search(steps-1, func(i int) bool { return averageLength(runs, step(i)).Reached >= length })))
	if out.Reached < length {
		return nil, &stats.Error{Method: method, Problem: stats.NotConverged, Variable: "h", Detail: fmt.Sprintf("runs of %g patients were not reached", length)}
	}
	return &out, nil
}

// aboveRunLength is a threshold safely above the wanted one: 1.25 times that of a coarse Markov chain.
func aboveRunLength(p []float64, c Chart, length float64) (float64, error) {
	const method, steps = "CUSUM threshold", 100
	c.H = 1
	if err := c.checkRisks(method, p, c.null()); err != nil {
		return 0, err
	}
	short := func(h float64) bool {
		c.H = h
		l, err := runLength(method, p, c, c.null(), steps)
		return err == nil && l < length // a run too long to be timed is long enough
	}
	low, high := 0.0, 1.0
	for short(high) {
		low, high = high, 2*high
	}
	for range 6 {
		if middle := (low + high) / 2; short(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return 1.25*high + 0.1, nil
}

// height is a height that a run reached for the first time with its patient-th patient.
type height struct {
	s       float64
	patient int
}

func (d patients) heights(u Uniform, top float64, most int) []height {
	var out []height
	sum, highest := 0.0, 0.0
	for k := 1; k <= most && highest < top; k++ {
		if sum = max(0, sum+d.weight(u)); sum > highest {
			highest = sum
			out = append(out, height{sum, k})
		}
	}
	return append(out, height{math.Inf(1), most})
}

func averageLength(runs [][]height, h float64) Threshold {
	var sum, squares float64
	for _, run := range runs {
		l := float64(run[sort.Search(len(run)-1, func(i int) bool { return run[i].s >= h })].patient)
		sum += l
		squares += l * l
	}
	n := float64(len(runs))
	m := sum / n
	return Threshold{h, m, math.Sqrt(max(0, squares/n-m*m) / (n - 1))}
}
