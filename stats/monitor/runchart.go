package monitor

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/describe"
	"consilium/stats/tail"
)

// Runs is a run chart read by rules: points in order of time around their median, without any assumption on how they are distributed.
type Runs struct {
	Median     float64
	Useful     int // points that do not lie on the median
	Runs       int // stretches of useful points on one side of the median
	Longest    int // points in the longest of them
	Crossings  int // Runs − 1
	Trend      int // points in the longest stretch that only rises or only falls
	FewestRuns int // fewer runs than this are too few, more than MostRuns too many: each by chance in at most 2.5 % of charts
	MostRuns   int

	// Perla, Provost and Murray 2011, BMJ Qual Saf 20:46.
	Shift       bool // six useful points or more on one side
	Trending    bool // five points or more all rising or all falling
	TooFewRuns  bool
	TooManyRuns bool

	// Anhøj and Olesen 2014, PLoS One 9:e113825: limits that grow with the number of points.
	LongestAllowed   int // log2(useful)+3, rounded
	CrossingsAllowed int // the lower 5 % point of a binomial count of useful−1 throws of a coin
	UnusuallyLong    bool
	UnusuallyFew     bool
}

// RunChart reads a series of measurements (a rate each month, a time each case). Points on the median neither make nor end a run; a value that repeats the
// one before neither makes nor ends a trend. It takes ten useful points for its rules to have power, and two to be computed. Its rules suppose that a point is as
// likely above the median as below: a series whose useful points all lie on one side (monthly counts of rare events, mostly 0) is a OneLevel error.
func RunChart(values []float64) (*Runs, error) {
	const method = "run chart"
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &stats.Error{Method: method, Problem: stats.Missing, Detail: fmt.Sprintf("point %d is not a finite number", i+1), Advice: "Leave the point out"}
		}
	}
	if len(values) == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "there are no points"}
	}
	out := &Runs{Median: describe.Quantile7(slices.Sorted(slices.Values(values)), 0.5), Trend: longestTrend(values)}
	above := out.sides(values)
	if out.Useful < 2 {
		return nil, &stats.Error{Method: method, Problem: stats.OneLevel, Detail: "all points but one, or all, lie on the median"}
	}
	if above == 0 || above == out.Useful {
		return nil, &stats.Error{Method: method, Problem: stats.OneLevel, Detail: fmt.Sprintf("half of the points or more lie on the median, and the other %d on one side of it", out.Useful),
			Advice: "Count the cases or the days between events instead (g-chart, t-chart)"}
	}
	out.Crossings = out.Runs - 1
	out.FewestRuns, out.MostRuns = runLimits(above, out.Useful-above)
	out.Shift, out.Trending = out.Longest >= 6, out.Trend >= 5
	out.TooFewRuns, out.TooManyRuns = out.Runs < out.FewestRuns, out.Runs > out.MostRuns
	out.LongestAllowed = int(math.RoundToEven(math.Log2(float64(out.Useful)) + 3))
	out.CrossingsAllowed = tail.BinomialQuantile(0.05, out.Useful-1, 0.5)
	out.UnusuallyLong, out.UnusuallyFew = out.Longest > out.LongestAllowed, out.Crossings < out.CrossingsAllowed
	return out, nil
}

// sides counts runs around the median, and the useful points above it.
func (r *Runs) sides(values []float64) (above int) {
	side, length := 0, 0
	for _, v := range values {
		now := 0
		switch {
		case v > r.Median:
			now = 1
			above++
		case v < r.Median:
			now = -1
		default:
			continue
		}
		r.Useful++
		if now != side {
			r.Runs++
			side, length = now, 0
		}
		length++
		r.Longest = max(r.Longest, length)
	}
	return above
}

func longestTrend(values []float64) int {
	longest, length := 1, 1
	rising, started := false, false
	for i, v := range values[1:] {
		switch before := values[i]; {
		case v == before:
			continue
		case started && (v > before) == rising:
			length++
		default:
			length = 2
		}
		rising, started = v > values[i], true
		longest = max(longest, length)
	}
	return longest
}

// runLimits are the fewest and the most runs of a above and b below that chance gives outside of its two tails of at most 2.5 % (Swed and Eisenhart 1943, Ann
// Math Stat 14:66).
func runLimits(a, b int) (fewest, most int) {
	total := 0.0
	fewest = 2
	for r := 2; r <= a+b; r++ {
		if total += runsMass(r, a, b); total > 0.025 {
			fewest = r
			break
		}
	}
	total, most = 0, a+b
	for r := a + b; r >= 2; r-- {
		if total += runsMass(r, a, b); total > 0.025 {
			most = r
			break
		}
	}
	return fewest, most
}

// runsMass is the probability of r runs in a random order of a points above and b below (Wald and Wolfowitz 1940, Ann Math Stat 11:147).
func runsMass(r, a, b int) float64 {
	ways := func(x, y int) float64 { return math.Exp(logChoose(a-1, x-1) + logChoose(b-1, y-1) - logChoose(a+b, a)) }
	if r%2 == 0 {
		return 2 * ways(r/2, r/2)
	}
	return ways(r/2, r/2+1) + ways(r/2+1, r/2)
}

func logChoose(n, k int) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
