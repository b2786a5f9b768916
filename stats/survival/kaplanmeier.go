package survival

import (
	"math"
	"sort"

	"consilium/stats"
	"consilium/stats/tail"
)

// Scale is the scale on which a confidence band of a survival curve is symmetric.
type Scale string

// The scales, by their names in the field. LogLog (log of minus log) keeps the band inside 0 and 1 and holds its level in small samples.
const (
	LogLog Scale = "log-log"
	Log    Scale = "log"
	Plain  Scale = "plain"
	Logit  Scale = "logit"
	Arcsin Scale = "arcsin"
)

// Curve is the share that is still without the event, for one group.
type Curve struct {
	Label    string
	Time     []float64 // times at which somebody left, upward
	AtRisk   []float64 // how many were watched just before each time
	Events   []float64
	Survival []float64 // from that time on
	SELog    []float64 // standard error of log survival (Greenwood's sum, its root; or robust, see [CountWeighted]); not finite once nobody is left
	Scale    Scale
	Level    float64 // of the confidence band
	Rows     float64
}

// Point is a curve at one time. SE is of the survival itself. Limits are NaN where the scale has none: at a survival of 0, and mostly at 1.
type Point struct {
	Time, AtRisk, Survival, SE, Lower, Upper float64
}

// KaplanMeier estimates one curve a group, in the order of the groups. A group without events has the curve 1; a group without rows has no point.
// level is the confidence, 0.95 mostly.
// It returns NoEvents if no group has an event, Unsupported for a scale that is none of the above and Invalid for a level outside of 0 and 1.
// Kaplan and Meier, JASA 53 (1958) 457-481; variance: Greenwood 1926; log-log limits: Kalbfleisch and Prentice 1980, section 1.3.
func KaplanMeier(c Counts, scale Scale, level float64) ([]Curve, error) {
	if err := checkBand(scale, level); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.events() == 0 {
		return nil, noEvents("Kaplan-Meier")
	}
	return curves(c, scale, level), nil
}

// KaplanMeierEach is [KaplanMeier] of groups that were counted each by itself ([CountEach]): it takes time and memory in proportion to rows, whatever the number
// of groups.
func KaplanMeierEach(groups []Counts, scale Scale, level float64) ([]Curve, error) {
	const method = "Kaplan-Meier"
	if err := checkBand(scale, level); err != nil {
		return nil, err
	}
	if err := checkEach(method, groups); err != nil {
		return nil, err
	}
	events := 0.0
	var out []Curve
	for _, c := range groups {
		events += c.events()
		out = append(out, curves(c, scale, level)...)
	}
	if events == 0 {
		return nil, noEvents(method)
	}
	return out, nil
}

func curves(c Counts, scale Scale, level float64) []Curve {
	out := make([]Curve, len(c.Labels))
	for g, label := range c.Labels {
		out[g] = kaplanMeier(c, g)
		out[g].Label, out[g].Scale, out[g].Level = label, scale, level
	}
	return out
}

func noEvents(method string) error {
	return &stats.Error{Method: method, Problem: stats.NoEvents, Variable: "status", Detail: "every row is censored", Advice: "Look at the coding of the status, or wait for events"}
}

func checkBand(scale Scale, level float64) error {
	switch scale {
	case LogLog, Log, Plain, Logit, Arcsin:
	default:
		return &stats.Error{Problem: stats.Unsupported, Variable: "conf", Detail: "there is no scale " + string(scale), Advice: "Take log-log, log, plain, logit or arcsin"}
	}
	if !(level > 0 && level < 1) {
		return &stats.Error{Problem: stats.Invalid, Variable: "level", Detail: "the confidence is not between 0 and 1"}
	}
	return nil
}

func kaplanMeier(c Counts, group int) Curve {
	points := 0
	for _, n := range c.Exits[group] {
		if n > 0 {
			points++
		}
	}
	lists := make([]float64, 5*points)
	list := func(i int) []float64 { return lists[i*points : i*points : (i+1)*points] }
	k := Curve{Time: list(0), AtRisk: list(1), Events: list(2), Survival: list(3), SELog: list(4), Rows: c.Rows[group]}
	risk := c.atRisk(group)
	survival, greenwood := 1.0, 0.0
	for i, t := range c.Times {
		if c.Exits[group][i] == 0 {
			continue
		}
		if d, n := c.Events[group][i], risk[i]; d > 0 {
			survival *= (n - d) / n
			greenwood += d / (n * (n - d))
		}
		k.Time, k.AtRisk, k.Events = append(k.Time, t), append(k.AtRisk, risk[i]), append(k.Events, c.Events[group][i])
		k.Survival, k.SELog = append(k.Survival, survival), append(k.SELog, math.Sqrt(greenwood))
	}
	if c.ExitSquares != nil {
		k.SELog = c.jackknife(group, risk)
	}
	return k
}

// jackknife is the standard error of log survival by the infinitesimal jackknife: the root of the sum of the squares of what each row, with its weight, adds to it.
// A row that dies among y adds 1/(y-d) then, and each row at risk takes d/(y(y-d)) away.
func (c Counts) jackknife(group int, risk []float64) []float64 {
	var out []float64
	var held, left float64 // what a row still at risk has; the squares of those who left
	still := 0.0           // squares of the weights of those at risk
	for _, w := range c.ExitSquares[group] {
		still += w
	}
	for i, exits := range c.ExitSquares[group] {
		if c.Exits[group][i] == 0 {
			continue
		}
		d, y, died := c.Events[group][i], risk[i], c.EventSquares[group][i]
		own := 0.0
		if d > 0 {
			own = 1 / (y - d)
			held -= d / y * own
		}
		still = max(0, still-exits)
		left += (exits - died) * held * held
		if died > 0 {
			left += died * (held + own) * (held + own)
		}
		out = append(out, math.Sqrt(left+still*held*held))
	}
	return out
}

// At is the curve at time t. After the last time the curve goes on at its last value, with nobody at risk.
func (k Curve) At(t float64) Point {
	next := sort.SearchFloat64s(k.Time, t) // first time that is not before t
	p := Point{Time: t, Survival: 1, Lower: 1, Upper: 1}
	if next < len(k.Time) {
		p.AtRisk = k.AtRisk[next]
	}
	if next == len(k.Time) || k.Time[next] > t {
		next--
	}
	if next >= 0 {
		p.Survival, p.SE = k.Survival[next], k.Survival[next]*k.SELog[next] // 0·∞, after the last one died, is NaN
		p.Lower, p.Upper = k.limits(next)
	}
	return p
}

// limits are those at the curve's i-th time.
func (k Curve) limits(i int) (lower, upper float64) {
	return k.Scale.limits(k.Survival[i], k.SELog[i], tail.NormalCritical(k.Level))
}

// Band is the confidence band at each of the curve's times.
func (k Curve) Band() (lower, upper []float64) {
	lower, upper = make([]float64, len(k.Time)), make([]float64, len(k.Time))
	z := tail.NormalCritical(k.Level)
	for i, s := range k.Survival {
		if i > 0 && k.Events[i] == 0 {
			lower[i], upper[i] = lower[i-1], upper[i-1]
			continue
		}
		lower[i], upper[i] = k.Scale.limits(s, k.SELog[i], z)
	}
	return lower, upper
}

// limits of a survival s whose logarithm has standard error se.
func (scale Scale) limits(s, se, z float64) (lower, upper float64) {
	if s == 0 || math.IsNaN(s) {
		return math.NaN(), math.NaN()
	}
	switch scale {
	case Plain:
		return max(0, s-z*s*se), min(1, s+z*s*se)
	case Log:
		return s * math.Exp(-z*se), min(1, s*math.Exp(z*se))
	}
	if s == 1 {
		return math.NaN(), math.NaN()
	}
	switch scale {
	case LogLog:
		half := z * se / math.Log(s) // negative
		return math.Exp(math.Log(s) * math.Exp(-half)), math.Exp(math.Log(s) * math.Exp(half))
	case Logit:
		odds, half := math.Log(s/(1-s)), z*se/(1-s)
		return 1 / (1 + math.Exp(half-odds)), 1 / (1 + math.Exp(-half-odds))
	}
	angle, half := math.Asin(math.Sqrt(s)), z*se*math.Sqrt(s/(1-s))/2
	return math.Pow(math.Sin(max(0, angle-half)), 2), math.Pow(math.Sin(min(math.Pi/2, angle+half)), 2)
}

// Quantile is the time by which a share p has had the event (0.5: the median), and its limits, read off the confidence band in the same way: Brookmeyer and
// Crowley, Biometrics 38 (1982) 29-41. Where the curve stays exactly at 1-p for a while the middle of that while is taken. What is not reached is NaN.
func (k Curve) Quantile(p float64) (t, lower, upper float64) {
	low, high := k.Band()
	return crossing(k.Time, k.Survival, 1-p), crossing(k.Time, low, 1-p), crossing(k.Time, high, 1-p)
}

// crossing is the first time at which a falling curve is at or below a level.
func crossing(times, curve []float64, level float64) float64 {
	const within = nearness
	for i, v := range curve {
		if !(v < level+within) { // NaN is no crossing
			continue
		}
		if math.Abs(v-level) >= within {
			return times[i]
		}
		for j := i; j < len(curve); j++ {
			if curve[j] < v {
				return (times[i] + times[j]) / 2
			}
		}
		return times[i]
	}
	return math.NaN()
}

// EventCount is the number of events.
func (k Curve) EventCount() float64 {
	var sum float64
	for _, d := range k.Events {
		sum += d
	}
	return sum
}
