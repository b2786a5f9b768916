package draw

import (
	"errors"
	"strconv"
	"strings"

	"consilium/figure"
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
func incidenceCurves(o Order) (figure.Figure, error) { return o.curves("incidence", true) }

func (o Order) curves(key string, rising bool) (figure.Figure, error) {
	var r struct {
		Curves []curve `json:"whole"`
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
	if !rising {
		f.AtRisk = o.say("atrisk", nil)
	}
	return f, nil
}

// group names a curve: a word by itself, a number with its variable.
func (o Order) group(label string) string {
	_, value, found := strings.Cut(label, "=")
	if !found {
		value = label
	}
	if _, err := strconv.ParseFloat(value, 64); err == nil && o.Case.Spec.Text("group") != "" {
		return o.Case.Spec.Text("group") + " = " + value
	}
	return value
}

// label is the specification's own label of an axis, or the name of the variable.
func (o Order) label(key string) string {
	if label := o.Case.Spec.Text(key + "_label"); label != "" {
		return label
	}
	return o.Case.Spec.Text(key)
}
