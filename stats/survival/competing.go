package survival

import (
	"fmt"
	"math"
	"sort"

	"consilium/stats"
	"consilium/stats/tail"
)

// Competing is counts by cause: the k-th counts the events of cause k+1, all with the same times, groups and exits. It is additive, as [Counts] is.
type Competing []Counts

// CountCauses counts events of each cause from 1 to the highest that is there.
// It returns what [Count] returns, NoEvents if all rows are censored, and Unsupported for entry times.
func CountCauses(t Times, g Groups) (Competing, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	causes, err := causesOf(t)
	if err != nil {
		return nil, err
	}
	return countCauses(t, g, causes, nil, false)
}

// causesOf is the highest cause that anybody had.
func causesOf(t Times) (int, error) {
	if t.Start != nil {
		return 0, &stats.Error{Problem: stats.Unsupported, Variable: "start", Detail: "competing causes are counted from time 0 only"}
	}
	causes := 0
	for _, e := range t.Event {
		causes = max(causes, e)
	}
	if causes == 0 {
		return 0, noEvents("cumulative incidence")
	}
	if causes > 100 {
		return 0, &stats.Error{Problem: stats.Invalid, Variable: "status", Detail: fmt.Sprintf("there is a cause %d", causes), Advice: "Number the causes from 1"}
	}
	return causes, nil
}

func countCauses(t Times, g Groups, causes int, weights []float64, robust bool) (Competing, error) {
	out := make(Competing, causes)
	for k := range out {
		only := Times{Stop: t.Stop, Event: make([]int, len(t.Event))}
		for i, e := range t.Event {
			if e == k+1 {
				only.Event[i] = 1
			}
		}
		var err error
		if weights == nil {
			out[k], err = Count(only, g)
		} else {
			out[k], err = CountWeighted(only, g, weights, robust)
		}
		if err != nil {
			return nil, err
		}
		out[k].Times, out[k].Exits = out[0].Times, out[0].Exits // which do not depend on the cause, and are held once
	}
	return out, nil
}

// check refuses causes whose counts are not of the same rows.
func (c Competing) check() error {
	if len(c) == 0 {
		return &stats.Error{Problem: stats.TooFewRows, Detail: "there are no counts"}
	}
	for _, counts := range c {
		if err := counts.check(); err != nil {
			return err
		}
		if len(counts.Labels) != len(c[0].Labels) || len(counts.Times) != len(c[0].Times) || counts.Enter != nil {
			return &stats.Error{Problem: stats.Invalid, Detail: "counts of the causes do not fit together"}
		}
	}
	return nil
}

// Events is how many had a cause (from 1).
func (c Competing) Events(cause int) float64 { return c[cause-1].events() }

// all is the events of any cause at time i in group g.
func (c Competing) all(g, i int) float64 {
	sum := 0.0
	for _, counts := range c {
		sum += counts.Events[g][i]
	}
	return sum
}

// Incidence is the cumulative incidence of one cause in one group: the probability of having had it by each time, when the others can come first.
type Incidence struct {
	Label     string
	Cause     int
	Time      []float64 // times at which somebody of the group left
	Incidence []float64
	Variance  []float64
}

// CumulativeIncidence is the Aalen-Johansen estimate for each cause, and within it for each group. The variance is that of the delta method for counting processes
// (Aalen 1978; Gray, Annals of Statistics 16 (1988) 1141-1154; Marubini and Valsecchi 1995, section 10.3): each hazard increment varies by itself, with a
// hypergeometric variance where there are ties. For another, robust one see [StateCurves].
func CumulativeIncidence(c Competing) ([]Incidence, error) {
	if err := c.check(); err != nil {
		return nil, stats.In("cumulative incidence", err)
	}
	var out []Incidence
	for cause := range c {
		for g, label := range c[0].Labels {
			curve := c.incidence(cause, g)
			if c[cause].ExitSquares != nil { // weights of single rows: the delta method counts rows, the jackknife weighs them
				_, _, se := c.jackknife(cause, g)
				for i, v := range se {
					curve.Variance[i] = v * v
				}
			}
			curve.Label, curve.Cause = label, cause+1
			out = append(out, curve)
		}
	}
	return out, nil
}

// incidence of one cause in one group. The estimate F moves by S(s-)·dN/Y at s, and what is done to the hazard of the cause at s changes F(t) by
// S(s-)·(1 - (F(t)-F(s))/S(s)), to that of the others by S(s-)·(F(t)-F(s))/S(s). Both are of the form α - F(t)·β, so that three running sums give all variances.
func (c Competing) incidence(cause, g int) Incidence {
	size := len(c[cause].Times)
	out := Incidence{Time: make([]float64, 0, size), Incidence: make([]float64, 0, size), Variance: make([]float64, 0, size)}
	risk := c[cause].atRisk(g)
	survival, f := 1.0, 0.0
	var aa, ab, bb float64
	for i, t := range c[cause].Times {
		if c[cause].Exits[g][i] == 0 {
			continue
		}
		y, d := risk[i], c[cause].Events[g][i]
		others := c.all(g, i) - d
		before := survival
		survival *= 1 - (d+others)/y
		f += before * d / y
		beta := 0.0
		if y > d+others {
			beta = 1 / survival
		} else {
			survival = 0
		}
		for _, part := range [2]struct{ events, alpha float64 }{{d, 1 + f*beta}, {others, f * beta}} {
			w := before * before * hypergeometric(part.events, y)
			aa, ab, bb = aa+w*part.alpha*part.alpha, ab+w*part.alpha*beta, bb+w*beta*beta
		}
		out.Time = append(out.Time, t)
		out.Incidence = append(out.Incidence, f)
		out.Variance = append(out.Variance, max(0, aa-2*f*ab+f*f*bb))
	}
	return out
}

// hypergeometric is the variance of a hazard increment of d events among y.
func hypergeometric(d, y float64) float64 {
	v := d / (y * y)
	if d > 1 {
		v *= (y - d) / (y - 1)
	}
	return v
}

// At is the incidence and its variance at time t: 0 before the first time, NaN after the last at which somebody of the group was watched.
func (c Incidence) At(t float64) (incidence, variance float64) {
	i := sort.Search(len(c.Time), func(i int) bool { return c.Time[i] > t }) - 1
	switch {
	case len(c.Time) == 0 || t > c.Time[len(c.Time)-1]:
		return math.NaN(), math.NaN()
	case i < 0:
		return 0, 0
	}
	return c.Incidence[i], c.Variance[i]
}

// Limits are the log-log limits of an incidence: F^exp(±z·se/(F·log F)); NaN at an incidence of 0.
func Limits(incidence, variance, level float64) (lower, upper float64) {
	if incidence == 1 {
		return 1, 1
	}
	half := tail.NormalCritical(level) * math.Sqrt(variance) / (incidence * math.Log(incidence))
	return math.Pow(incidence, math.Exp(-half)), math.Pow(incidence, math.Exp(half))
}

// StateCurve is the probabilities of being in each state, in one group: state 0 is without event, state k has had cause k.
type StateCurve struct {
	Label string
	Time  []float64
	P     [][]float64 // [state][time]
	SE    [][]float64 // infinitesimal jackknife
}

// StateCurves is the Aalen-Johansen estimate with standard errors by the infinitesimal jackknife: the root of the sum over rows of the squares of what each
// adds to the estimate. It does not lean on the rows' being independent in their hazards, and is what multi-state programs give.
// Aalen and Johansen, Scand J Statist 5 (1978) 141-150; Therneau and Grambsch 2000, appendix; all times in linear time.
func StateCurves(c Competing) ([]StateCurve, error) {
	if err := c.check(); err != nil {
		return nil, stats.In("state curves", err)
	}
	out := make([]StateCurve, len(c[0].Labels))
	for g, label := range c[0].Labels {
		out[g] = StateCurve{Label: label, P: make([][]float64, len(c)+1), SE: make([][]float64, len(c)+1)}
		for cause := -1; cause < len(c); cause++ {
			out[g].Time, out[g].P[cause+1], out[g].SE[cause+1] = c.jackknife(cause, g)
		}
	}
	return out, nil
}

// jackknife is the probability of one cause (-1: of none) and its standard error, in one group.
//
// A row that left at s adds to F(t), t ≥ s, the amount a - F(t)·b, and one that is still there what the same sums over the hazards up to t give:
// F(t) moves with the cause's hazard at s by S(s-), and with every hazard by -(F(t)-F(s))/(1-dΛ(s)).
func (c Competing) jackknife(cause, g int) (times, p, se []float64) {
	if cause < 0 {
		return c.without(g)
	}
	size := len(c[0].Times)
	times, p, se = make([]float64, 0, size), make([]float64, 0, size), make([]float64, 0, size)
	risk := c[0].atRisk(g)
	survival, f := 1.0, 0.0
	still := c.squares(g)
	var held, pulled float64 // what the hazards so far add to a and b of those still at risk
	var aa, ab, bb float64   // over those who left
	for i, t := range c[0].Times {
		if c[0].Exits[g][i] == 0 {
			continue
		}
		y, all, d := risk[i], c.all(g, i), c[cause].Events[g][i]
		before := survival
		f += before * d / y
		survival *= 1 - all/y
		inverse := 0.0
		if y > all {
			inverse = y / (y - all)
		} else {
			survival = 0
		}
		held -= before*d/(y*y) + f*inverse*all/(y*y)
		pulled -= inverse * all / (y * y)
		left := func(squares, a, b float64) {
			aa, ab, bb = aa+squares*a*a, ab+squares*a*b, bb+squares*b*b
		}
		exits, events, own := c.squaresAt(cause, g, i)
		left(own, held+before/y+f*inverse/y, pulled+inverse/y)
		left(events-own, held+f*inverse/y, pulled+inverse/y)
		left(exits-events, held, pulled)
		still = max(0, still-exits)
		rest := held - f*pulled
		variance := aa - 2*f*ab + f*f*bb + still*rest*rest
		times, p, se = append(times, t), append(p, f), append(se, math.Sqrt(max(0, variance)))
	}
	return times, p, se
}

// squares is the sum of the squares of the weights of all rows of a group: their number, unless rows have weights of their own.
func (c Competing) squares(g int) (sum float64) {
	for i := range c[0].Times {
		exits, _, _ := c.squaresAt(-1, g, i)
		sum += exits
	}
	return sum
}

// squaresAt are such sums over those who left at a time, over those who had any event then, and over those who had the cause (from 0; -1: none).
func (c Competing) squaresAt(cause, g, i int) (exits, events, own float64) {
	if c[0].ExitSquares == nil {
		exits, events = c[0].Exits[g][i], c.all(g, i)
		if cause >= 0 {
			own = c[cause].Events[g][i]
		}
		return exits, events, own
	}
	for k, counts := range c {
		events += counts.EventSquares[g][i]
		if k == cause {
			own = counts.EventSquares[g][i]
		}
	}
	return c[0].ExitSquares[g][i], events, own
}

// without is the probability of no event so far: a Kaplan-Meier curve, whose infinitesimal jackknife is Greenwood's formula.
func (c Competing) without(g int) (times, p, se []float64) {
	size := len(c[0].Times)
	times, p, se = make([]float64, 0, size), make([]float64, 0, size), make([]float64, 0, size)
	risk := c[0].atRisk(g)
	survival, still := 1.0, c.squares(g)
	var held, aa float64
	for i := range c[0].Times {
		if c[0].Exits[g][i] == 0 {
			continue
		}
		y, all := risk[i], c.all(g, i)
		inverse := 0.0
		if y > all {
			inverse = y / (y - all)
		}
		survival *= 1 - all/y
		held -= inverse * all / (y * y)
		exits, events, _ := c.squaresAt(-1, g, i)
		aa += events*(held+inverse/y)*(held+inverse/y) + (exits-events)*held*held
		still = max(0, still-exits)
		times, p, se = append(times, c[0].Times[i]), append(p, survival), append(se, survival*math.Sqrt(aa+still*held*held))
	}
	return times, p, se
}

// At is the probability of a state and its standard error at time t; after the last time the curve goes on.
func (c StateCurve) At(state int, t float64) (p, se float64) {
	i := sort.Search(len(c.Time), func(i int) bool { return c.Time[i] > t }) - 1
	if i < 0 {
		if state == 0 {
			return 1, 0
		}
		return 0, 0
	}
	return c.P[state][i], c.SE[state][i]
}

// CountCausesStrata counts each stratum by itself, all with the same groups and causes, for a stratified test.
func CountCausesStrata(t Times, g, strata Groups) ([]Competing, error) {
	whole, err := CountCauses(t, g)
	if err != nil {
		return nil, err
	}
	if strata.count() == 1 {
		return []Competing{whole}, nil
	}
	var out []Competing
	for k := range whole {
		only := Times{Stop: t.Stop, Event: make([]int, len(t.Event))}
		for i, e := range t.Event {
			if e == k+1 {
				only.Event[i] = 1
			}
		}
		counts, err := CountStrata(only, g, strata)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = make([]Competing, len(counts))
		}
		for i, c := range counts {
			out[i] = append(out[i], c)
		}
	}
	return out, nil
}
