package draw

import (
	"errors"
	"fmt"
	"math"

	"consilium/figure"
)

// network shows each treatment against the reference under random effects, with its P-score.
func network(o Order) (figure.Figure, error) {
	type table struct {
		Difference [][]number `json:"difference"`
		Lower      [][]number `json:"lower"`
		Upper      [][]number `json:"upper"`
		PScore     []number   `json:"p_score"`
	}
	var r struct {
		Measure    string   `json:"measure"`
		Log        bool     `json:"log"`
		Treatments []string `json:"treatments"`
		Random     table    `json:"random"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if n := len(r.Treatments); n < 2 || len(r.Random.Difference) != n || len(r.Random.Lower) != n || len(r.Random.Upper) != n || len(r.Random.PScore) != n {
		return nil, errors.New("the answer holds no treatments")
	}
	label := o.say(map[string]string{"OR": "or", "RR": "riskratio", "MD": "md"}[r.Measure]+"long", nil)
	f := figure.Forest{Sheet: o.sheet("network"), Names: o.say("network.name", nil), Effect: o.interval(label), Weight: o.say("network.score", nil), X: figure.Axis{Log: r.Log, Label: label}}
	if r.Log {
		f.Null = 1
	}
	variable := o.Case.Spec.Text("treatment")
	for k, name := range r.Treatments {
		score := fmt.Sprintf("%.2f", float64(r.Random.PScore[k]))
		if k == 0 {
			f.Rows = append(f.Rows, figure.Effect{Name: o.valueOf(variable, name), Value: f.Null, Low: math.NaN(), High: math.NaN(), Weight: 1, Text: o.say("reference", nil), WeightText: score})
			continue
		}
		x, low, high := float64(r.Random.Difference[k][0]), float64(r.Random.Lower[k][0]), float64(r.Random.Upper[k][0])
		if r.Log {
			x, low, high = math.Exp(x), math.Exp(low), math.Exp(high)
		}
		f.Rows = append(f.Rows, figure.Effect{Kind: figure.Study, Name: o.valueOf(variable, name), Value: x, Low: low, High: high, Weight: 1, Text: interval(x, low, high), WeightText: score})
	}
	return f, nil
}
