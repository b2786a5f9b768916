package draw

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"consilium/figure"
	"consilium/stats/monitor"
)

// chart is one side of a risk-adjusted CUSUM.
type chart struct {
	RA    number   `json:"RA"`
	S     []number `json:"S"`
	Lower []number `json:"S_plotted_negative"`
	H     number   `json:"h"`
	Reset struct {
		At   []int    `json:"index_1based"`
		Path []number `json:"path_with_reset"`
	} `json:"reset"`
}

// path is the chart that starts anew after each signal; sign is -1 for the side of improvement.
func (c chart) path(name string, sign float64) (figure.Curve, []figure.Signal) {
	line := figure.Curve{Name: name, X: oneTo(len(c.Reset.Path)), Y: floats(c.Reset.Path)}
	for i := range line.Y {
		line.Y[i] = sign * math.Abs(line.Y[i])
	}
	var signals []figure.Signal
	for _, at := range c.Reset.At {
		if at >= 1 && at <= len(line.Y) {
			signals = append(signals, figure.Signal{X: float64(at), Y: line.Y[at-1]})
		}
	}
	return line, signals
}

func cusum(o Order) (figure.Figure, error) {
	var r struct {
		Upper chart `json:"upper"`
		Lower chart `json:"lower"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if len(r.Upper.Reset.Path) == 0 {
		return nil, errors.New("the answer holds no chart")
	}
	up, signals := r.Upper.path(o.say("cusum.worse", map[string]any{"ratio": short(float64(r.Upper.RA))}), 1)
	down, more := r.Lower.path(o.say("cusum.better", map[string]any{"ratio": short(float64(r.Lower.RA))}), -1)
	n := len(up.Y)
	limit := o.say("cusum.limit", nil)
	return figure.Cusum{Sheet: o.sheet("cusum"), X: figure.Axis{Label: o.say("operation", nil)}, Y: figure.Axis{Label: o.say("cusum.y", nil)}, Lines: []figure.Curve{up, down},
		Limits: []figure.Curve{level(limit, n, float64(r.Upper.H)), level(limit, n, -float64(r.Lower.H))}, Signals: append(signals, more...)}, nil
}

func vlad(o Order) (figure.Figure, error) {
	var r struct {
		Path []number `json:"vlad"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if len(r.Path) == 0 {
		return nil, errors.New("the answer holds no chart")
	}
	return figure.Cusum{Sheet: o.sheet("vlad"), X: figure.Axis{Label: o.say("operation", nil)}, Y: figure.Axis{Label: o.say("vlad.y", nil)},
		Lines: []figure.Curve{{Name: o.say("vlad.line", nil), X: oneTo(len(r.Path)), Y: floats(r.Path)}}}, nil
}

// learning is the sequential test of a new technique: the path leaves the band upward if the failure rate is unacceptable, downward if it is acceptable.
func learning(o Order) (figure.Figure, error) {
	var r struct {
		Test struct {
			Upper number   `json:"h1_upper"`
			Lower number   `json:"h0_lower"`
			Path  []number `json:"path"`
		} `json:"sprt"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	n := len(r.Test.Path)
	if n == 0 {
		return nil, errors.New("the answer holds no chart")
	}
	return figure.Cusum{Sheet: o.sheet("learning"), X: figure.Axis{Label: o.say("operation", nil)}, Y: figure.Axis{Label: o.say("learning.y", nil)},
		Lines:  []figure.Curve{{Name: o.say("learning.line", nil), X: oneTo(n), Y: floats(r.Test.Path)}},
		Limits: []figure.Curve{level(o.say("learning.bad", nil), n, float64(r.Test.Upper)), level(o.say("learning.good", nil), n, float64(r.Test.Lower))}}, nil
}

// casesBetween is the g-chart: operations without an event before each event.
func casesBetween(o Order) (figure.Figure, error) {
	var r struct {
		G struct {
			Counts []number `json:"counts"`
			Center number   `json:"centre"`
			Upper  number   `json:"ucl"`
			Lower  number   `json:"lcl"`
		} `json:"g"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	return o.between("between", r.G.Counts, r.G.Center, r.G.Lower, r.G.Upper)
}

// daysBetween is the t-chart.
func daysBetween(o Order) (figure.Figure, error) {
	var r struct {
		T struct {
			Days   []number `json:"days_between"`
			Center number   `json:"centre_days"`
			Upper  number   `json:"ucl_days"`
			Lower  number   `json:"lcl_days"`
		} `json:"t"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	return o.between("days", r.T.Days, r.T.Center, r.T.Lower, r.T.Upper)
}

func (o Order) between(key string, values []number, center, low, high number) (figure.Figure, error) {
	n := len(values)
	if n == 0 {
		return nil, errors.New("the answer holds no chart")
	}
	f := figure.RunChart{Sheet: o.sheet(key), X: figure.Axis{Label: o.say("event", nil)}, Y: figure.Axis{Label: o.say(key+".y", nil)},
		Center: []figure.Curve{level(o.say("center", nil), n, float64(center))},
		Limits: []figure.Curve{level(o.say("control", nil), n, float64(high)), level(o.say("control", nil), n, float64(low))}}
	for i, v := range values {
		f.Points = append(f.Points, figure.Point{X: float64(i + 1), Y: float64(v), Strong: v > high || v < low})
	}
	return f, nil
}

// centers is the funnel plot of units around their common rate, with exact limits at every volume.
func centers(o Order) (figure.Figure, error) {
	var r struct {
		IDs   []any    `json:"id"`
		N     []number `json:"n"`
		X     []number `json:"x"`
		Rate  []number `json:"proportion"`
		Exact struct {
			Low  []number `json:"lower_0.001"`
			High []number `json:"upper_0.999"`
		} `json:"exact"`
		Target number `json:"target"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if len(r.N) == 0 || len(r.Rate) != len(r.N) || len(r.IDs) != len(r.N) || len(r.Exact.High) != len(r.N) {
		return nil, errors.New("the answer holds no funnel")
	}
	f := figure.CenterFunnel{Sheet: o.sheet("centers"), X: figure.Axis{Label: o.say("volume", nil)}, Y: figure.Axis{Label: o.say("rate", nil)}, Target: float64(r.Target), Average: o.say("average", nil)}
	for i, n := range r.N {
		f.Centers = append(f.Centers, figure.Center{Name: fmt.Sprint(r.IDs[i]), Volume: float64(n), Value: float64(r.Rate[i]), Out: r.Rate[i] > r.Exact.High[i] || r.Rate[i] < r.Exact.Low[i]})
	}
	var err error
	f.Limits, err = o.limits(whole(r.X), whole(r.N))
	return f, err
}

// limits are the exact ones of 95 % and 99.8 %, from the smallest volume to the largest.
func (o Order) limits(x, n []int) ([]figure.Curve, error) {
	rule, err := monitor.NewFunnel(x, n, 0.1)
	if err != nil {
		return nil, err
	}
	var curves []figure.Curve
	for _, pair := range []struct {
		percent string
		tail    float64
	}{{"95", 0.025}, {"99.8", 0.001}} {
		for _, p := range []float64{pair.tail, 1 - pair.tail} {
			c := figure.Curve{Name: o.say("limit", map[string]any{"percent": pair.percent})}
			from, to := float64(slices.Min(n)), float64(slices.Max(n))
			for k := range 101 {
				size := math.Round(from + (to-from)*float64(k)/100)
				c.X, c.Y = append(c.X, size), append(c.Y, min(1, max(0, rule.Exact(size, p))))
			}
			curves = append(curves, c)
		}
	}
	return curves, nil
}

func whole(list []number) []int {
	out := make([]int, len(list))
	for i, v := range list {
		out[i] = int(v)
	}
	return out
}
