package draw

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"consilium/figure"
	"consilium/lang"
)

// curve is one group's curve as the answer holds it when the specification asks for the "whole".
type curve struct {
	Group    string   `json:"group"`
	Cause    string   `json:"cause"`
	Time     []number `json:"time"`
	Value    []number `json:"value"`
	Lower    []number `json:"lower"`
	Upper    []number `json:"upper"`
	AtRisk   []number `json:"at_risk"`
	Censored []number `json:"censored"`
}

func survivalCurves(o Order) (figure.Figure, error)  { return o.curves("survival", false) }
func betweenCurves(o Order) (figure.Figure, error)   { return o.curves("turnbull", false) }
func incidenceCurves(o Order) (figure.Figure, error) { return o.curves("incidence", true) }

// adjustedCurves fall with one kind of event, and rise where events compete.
func adjustedCurves(o Order) (figure.Figure, error) {
	var r struct {
		Curves []curve `json:"whole"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if len(r.Curves) > 0 && r.Curves[0].Cause != "" {
		return o.curves("adjustedincidence", true)
	}
	return o.curves("adjusted", false)
}

func (o Order) curves(key string, rising bool) (figure.Figure, error) {
	var r struct {
		Curves  []curve `json:"whole"`
		LogRank *struct {
			P *number `json:"p"`
		} `json:"logrank"`
		Target      string `json:"target"`
		HazardRatio *struct {
			Versus   string  `json:"versus"`
			Estimate *number `json:"hr"`
			Lower    number  `json:"lower"`
			Upper    number  `json:"upper"`
		} `json:"hazard_ratio"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if len(r.Curves) == 0 {
		return nil, errors.New(`the answer holds no curves; write "whole": true into its specification`)
	}
	f := figure.Survival{Sheet: o.sheet(key), Incidence: rising,
		X: figure.Axis{Label: o.label("time")}, Y: figure.Axis{Label: o.say(key+".y", nil)}}
	for _, c := range r.Curves {
		name := o.group(c.Group)
		if c.Cause != "" {
			name += " · " + o.say("cause", map[string]any{"cause": c.Cause})
		}
		f.Curves = append(f.Curves, figure.SurvivalCurve{Name: name, Time: floats(c.Time), Value: floats(c.Value), Low: floats(c.Lower), High: floats(c.Upper),
			AtRisk: floats(c.AtRisk), Censored: floats(c.Censored)})
	}
	if r.LogRank != nil && r.LogRank.P.known() {
		f.Notes = append(f.Notes, o.say("logrank", map[string]any{"p": pValue(r.LogRank.P)}))
	}
	if h := r.HazardRatio; h != nil && h.Estimate.known() {
		ratio := "hr"
		if rising {
			ratio = "shr"
		}
		f.Notes = append(f.Notes, o.interval(o.say(ratio, nil))+" "+interval(float64(*h.Estimate), float64(h.Lower), float64(h.Upper))+o.versus(h.Versus))
	}
	if key := "target." + strings.ToLower(r.Target); r.Target != "" && lang.Has("stats."+key) {
		f.Notes = append(f.Notes, o.say(key, nil))
	}
	switch weighted := r.Target != "" || o.Case.Spec.Has("weights"); {
	case len(f.Curves[0].AtRisk) == 0:
	case weighted:
		f.AtRisk = o.say("atriskweighted", nil)
	default:
		f.AtRisk = o.say("atrisk", nil)
	}
	return f, nil
}

// group names a curve: by the specification's label, or a word by itself, or a number with its variable.
func (o Order) group(label string) string {
	var names []string
	for _, one := range strings.Split(label, ", ") {
		variable, value, found := strings.Cut(one, "=")
		if !found {
			variable, value = o.Case.Spec.Text("group"), one
		}
		name := o.valueOf(variable, value)
		if _, err := strconv.ParseFloat(name, 64); err == nil && variable != "" {
			name = o.named(variable) + " = " + name
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// survivalTime is the variable of time within a formula.
var survivalTime = regexp.MustCompile(`Surv\(\s*([\w.]+)\s*(?:,\s*([\w.]+)\s*,)?`)

// label is the specification's own label of an axis, or the name of the variable.
func (o Order) label(key string) string {
	if label := o.Case.Spec.Text(key + "_label"); label != "" {
		return label
	}
	name := o.Case.Spec.Text(key)
	if found := survivalTime.FindStringSubmatch(o.Case.Spec.Text("formula")); name == "" && found != nil {
		name = found[1]
		if found[2] != "" { // start, stop
			name = found[2]
		}
	}
	if name == "" {
		name = o.Case.Spec.Text("stop")
	}
	if name == "" { // the ends of an interval have two names, and neither is that of the time
		return o.say("time", nil)
	}
	return o.named(name)
}

// versus is what a hazard ratio compares, behind a comma; "" if the curves say it.
func (o Order) versus(groups string) string {
	value, reference, found := strings.Cut(groups, " v ")
	if !found {
		return ""
	}
	return ", " + o.say("pair", map[string]any{"value": o.group(value), "reference": o.group(reference)})
}
