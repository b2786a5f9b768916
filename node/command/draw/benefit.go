package draw

import (
	"errors"

	"consilium/figure"
)

// benefit shows what it is worth to act on a prediction.
func benefit(o Order) (figure.Figure, error) {
	var r struct {
		Curve []struct {
			Threshold number `json:"threshold"`
			Benefit   number `json:"net_benefit"`
			All       number `json:"treat_all"`
		} `json:"decision_curve"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if len(r.Curve) == 0 {
		return nil, errors.New("the answer holds no decision curve")
	}
	model, all, none := figure.Curve{Name: o.say("benefit.prediction", nil)}, figure.Curve{Name: o.say("benefit.all", nil)}, figure.Curve{Name: o.say("benefit.none", nil)}
	for _, at := range r.Curve {
		x := float64(at.Threshold)
		model.X, model.Y = append(model.X, x), append(model.Y, float64(at.Benefit))
		all.X, all.Y = append(all.X, x), append(all.Y, float64(at.All))
		none.X, none.Y = append(none.X, x), append(none.Y, 0)
	}
	return figure.Decision{Sheet: o.sheet("benefit"), X: figure.Axis{Label: o.say("benefit.x", nil)}, Y: figure.Axis{Label: o.say("benefit.y", nil)},
		Curves: []figure.Curve{model}, Reference: []figure.Curve{all, none}}, nil
}
