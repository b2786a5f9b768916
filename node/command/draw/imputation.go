package draw

import (
	"errors"
	"fmt"
	"slices"

	"consilium/figure"
)

// chosen is the part of a list about the variable that the specification wants to see, or the first.
func chosen[T any](o Order, list []T, name func(T) string) (T, error) {
	var none T
	if len(list) == 0 {
		return none, errors.New(`the answer holds no chains of imputations; write "whole": true into its specification`)
	}
	wanted := o.Case.Spec.Text("show")
	if wanted == "" {
		return list[0], nil
	}
	i := slices.IndexFunc(list, func(e T) bool { return name(e) == wanted })
	if i < 0 {
		return none, fmt.Errorf("nothing like this was imputed for %q", wanted)
	}
	return list[i], nil
}

type chain struct {
	Variable string     `json:"variable"`
	Mean     [][]number `json:"mean"`
}

// traces shows the mean of what was imputed for a variable, by iteration.
func traces(o Order) (figure.Figure, error) {
	var r struct {
		Chains []chain `json:"chains"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	one, err := chosen(o, r.Chains, func(c chain) string { return c.Variable })
	if err != nil {
		return nil, err
	}
	f := figure.Trend{Sheet: o.sheet("trace"), X: figure.Axis{Label: o.say("trace.x", nil)}, Y: figure.Axis{Label: o.say("trace.y", nil) + ": " + o.named(one.Variable)}}
	for _, mean := range one.Mean {
		c := figure.Curve{Y: floats(mean)}
		for i := range mean {
			c.X = append(c.X, float64(i+1))
		}
		f.Curves = append(f.Curves, c)
	}
	return f, nil
}

type spreadOf struct {
	Variable string     `json:"variable"`
	X        []number   `json:"x"`
	Observed []number   `json:"observed"`
	Imputed  [][]number `json:"imputed"`
}

// densities shows how imputed values are spread beside observed ones.
func densities(o Order) (figure.Figure, error) {
	var r struct {
		Densities []spreadOf `json:"densities"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	one, err := chosen(o, r.Densities, func(s spreadOf) string { return s.Variable })
	if err != nil {
		return nil, err
	}
	f := figure.Trend{Sheet: o.sheet("density"), X: figure.Axis{Label: o.named(one.Variable)}, Y: figure.Axis{Label: o.say("density.y", nil)},
		Curves: []figure.Curve{{Name: o.say("density.observed", nil), X: floats(one.X), Y: floats(one.Observed)}}}
	for _, y := range one.Imputed {
		f.Reference = append(f.Reference, figure.Curve{Name: o.say("density.imputed", nil), X: floats(one.X), Y: floats(y)})
	}
	return f, nil
}
