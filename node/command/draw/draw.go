package draw

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"consilium/figure"
	"consilium/lang"
	"consilium/stats"
	"consilium/stats/analysis"
)

// Order is what is to be drawn, and how.
type Order struct {
	Case     analysis.Case
	Table    *stats.Table    // the case's data, for names of studies; may be nil
	Result   json.RawMessage // as analysis.Write encodes it
	Figure   string          // which of the method's figures; "": its first
	Title    string          // "": the figure's own
	Language lang.Language
	Theme    figure.Theme
	Width    float64 // CSS pixels; 0 for what suits
}

// kind is one figure of a method.
type kind struct {
	name string
	draw func(o Order) (figure.Figure, error)
}

var model = []kind{{"forest", ratios}}

// figures of each method, its first one first.
var figures = map[string][]kind{
	"kaplan_meier":         {{"survival", survivalCurves}},
	"aalen_johansen":       {{"incidence", incidenceCurves}},
	"adjusted_curves":      {{"survival", adjustedCurves}, {"balance", adjustedBalance}},
	"noninferiority":       {{"margin", margin}},
	"ordinal":              model,
	"logistic":             {{"forest", ratios}, {"calibration", calibration}},
	"firth_logistic":       model,
	"poisson":              model,
	"negative_binomial":    model,
	"cox":                  model,
	"cox_frailty":          model,
	"interval_censored":    model,
	"fine_gray":            model,
	"logistic_mixed":       model,
	"count_mixed":          model,
	"ordinal_mixed":        model,
	"center_ranks":         {{"ranks", centerRanks}},
	"validation":           {{"decision", benefit}},
	"mice":                 {{"trace", traces}, {"density", densities}},
	"propensity_weighting": {{"balance", weightedBalance}},
	"turnbull":             {{"survival", betweenCurves}},
	"target_trial":         {{"survival", adjustedCurves}},
	"propensity_several":   {{"balance", adjustedBalance}},
	"matching":             {{"balance", matchedBalance}},
	"network_meta":         {{"forest", network}},
	"meta_generic":         {{"forest", studies}, {"funnel", asymmetry}},
	"ra_cusum":             {{"cusum", cusum}, {"vlad", vlad}},
	"learning_curve":       {{"cusum", learning}},
	"g_t_chart":            {{"run", casesBetween}, {"time", daysBetween}},
	"funnel":               {{"funnel", centers}},
}

// Figures lists, for each method that can be drawn, the names of its figures.
func Figures() map[string][]string {
	out := map[string][]string{}
	for method, kinds := range figures {
		for _, k := range kinds {
			out[method] = append(out[method], k.name)
		}
	}
	return out
}

// Draw makes the figure.
func Draw(o Order) (figure.Figure, error) {
	kinds := figures[o.Case.Method]
	if kinds == nil {
		return nil, fmt.Errorf("there is no figure of %s; there are figures of %s", o.Case.Method, strings.Join(slices.Sorted(maps.Keys(figures)), ", "))
	}
	var names []string
	for _, k := range kinds {
		if k.name == o.Figure || o.Figure == "" {
			return k.draw(o)
		}
		names = append(names, k.name)
	}
	return nil, fmt.Errorf("%s has no figure called %q; it has %s", o.Case.Method, o.Figure, strings.Join(names, ", "))
}

// Whole is an analysis that asks for all that its figures show: curves at each of their times, where its method has them.
func Whole(c analysis.Case) analysis.Case {
	m, found := analysis.Find(c.Method)
	if !found || !slices.ContainsFunc(m.Parameters, func(p analysis.Parameter) bool { return p.Name == "whole" }) {
		return c
	}
	c.Spec = maps.Clone(c.Spec)
	if c.Spec == nil {
		c.Spec = analysis.Spec{}
	}
	c.Spec["whole"] = true
	if c.Method == "kaplan_meier" && c.Spec["weights"] == nil && c.Spec["logrank"] == nil {
		c.Spec["logrank"] = true
	}
	return c
}

// say is a phrase in the reader's language.
func (o Order) say(key string, args map[string]any) string {
	return lang.P(o.Language, "stats."+key, args)
}

// sheet has the given title unless the order has one, and says in words what the figure is.
func (o Order) sheet(key string) figure.Sheet {
	title := o.Title
	if title == "" {
		title = o.say(key+".title", nil)
	}
	id := o.Case.ID
	if id == "" {
		id = o.Case.Method
	}
	return figure.Sheet{ID: id, Title: title, Desc: o.say(key+".desc", nil), Width: o.Width, Theme: o.Theme}
}

func (o Order) decode(into any) error {
	if err := json.Unmarshal(o.Result, into); err != nil {
		return fmt.Errorf("the answer does not hold what its figure shows: %w", err)
	}
	return nil
}

// number is a number of an answer, which writes what JSON has no number for as a word.
type number float64

// UnmarshalJSON reads "NA", "Inf" and "-Inf" too.
func (n *number) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case `"NA"`, `"NaN"`, "null":
		*n = number(math.NaN())
		return nil
	case `"Inf"`, `"-Inf"`:
		*n = number(math.Inf(1))
		if raw[1] == '-' {
			*n = number(math.Inf(-1))
		}
		return nil
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	*n = number(v)
	return err
}

// known tells whether an answer has the number at all. What it says nothing of is not 0: a probability that was not computed must not be drawn as the smallest of all.
func (n *number) known() bool { return n != nil && !math.IsNaN(float64(*n)) }

func floats(list []number) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = float64(v)
	}
	return out
}

// short writes an estimate as tables do: two decimals, or more where it is small, with a minus of its own and not a hyphen.
func short(x float64) string {
	text := strconv.FormatFloat(x, 'g', 2, 64)
	switch a := math.Abs(x); {
	case math.IsNaN(x):
		return "–"
	case math.IsInf(x, 0):
		text = strings.ReplaceAll(strconv.FormatFloat(x, 'g', -1, 64), "Inf", "∞")
		text = strings.TrimPrefix(text, "+")
	case a >= 100 || a == math.Trunc(a) && a >= 10:
		text = strconv.FormatFloat(x, 'f', 0, 64)
	case a >= 0.095 || a == 0:
		text = strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strings.ReplaceAll(text, "-", "−")
}

// interval is an estimate with its limits.
func interval(x, low, high float64) string {
	return fmt.Sprintf("%s (%s)", short(x), between(low, high))
}

// evenly is an estimate with its limits, all with as many decimals as the smallest of them needs but at most three: they are compared with each other and with a margin.
func evenly(x, low, high float64) string {
	decimals := 2
	for _, v := range []float64{x, low, high} {
		a := math.Abs(v)
		if math.IsNaN(v) || a >= 100 {
			return interval(x, low, high)
		}
		if a > 0 && a < 0.095 {
			decimals = 3
		}
	}
	text := func(v float64) string {
		return strings.ReplaceAll(strconv.FormatFloat(v, 'f', decimals, 64), "-", "−")
	}
	dash := "–"
	if low < 0 || high < 0 {
		dash = " – "
	}
	return fmt.Sprintf("%s (%s%s%s)", text(x), text(low), dash, text(high))
}

// between are two limits: with a dash, or apart where a minus would run into it.
func between(low, high float64) string {
	if low < 0 || high < 0 {
		return short(low) + " – " + short(high)
	}
	return short(low) + "–" + short(high)
}

// oneTo is 1, 2, …, n: the number of each case.
func oneTo(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i + 1)
	}
	return out
}

// level is a straight line at y from the first to the last case.
func level(name string, n int, y float64) figure.Curve {
	return figure.Curve{Name: name, X: []float64{1, float64(max(n, 2))}, Y: []float64{y, y}}
}
