package draw

import (
	"errors"
	"fmt"
	"math"

	"consilium/figure"
)

// centerRanks shows each center's effect with its interval, and its rank.
func centerRanks(o Order) (figure.Figure, error) {
	var r struct {
		Centers []struct {
			Center   string `json:"center"`
			N        int    `json:"n"`
			Estimate number `json:"estimate"`
			Lower    number `json:"lower"`
			Upper    number `json:"upper"`
			Rank     number `json:"rank"`
			Low      int    `json:"rank_lower"`
			High     int    `json:"rank_upper"`
		} `json:"centers"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if len(r.Centers) == 0 {
		return nil, errors.New("the answer holds no centers")
	}
	kind, linear := "or", o.Case.Spec.Text("family") == "gaussian"
	switch o.Case.Spec.Text("family") {
	case "poisson":
		kind = "rr"
	case "gaussian":
		kind = "md"
	}
	effect := o.say(kind+"long", nil)
	f := figure.Forest{Sheet: o.sheet("ranks"), Names: o.say("ranks.name", nil), Cells: []string{"n"}, Effect: o.interval(effect), Weight: o.say("ranks.rank", nil), X: figure.Axis{Log: !linear, Label: effect}}
	if !linear {
		f.Null = 1
	}
	for _, c := range r.Centers {
		x, low, high := float64(c.Estimate), float64(c.Lower), float64(c.Upper)
		if !linear {
			x, low, high = math.Exp(x), math.Exp(low), math.Exp(high)
		}
		f.Rows = append(f.Rows, figure.Effect{Kind: figure.Study, Name: o.valueOf(o.Case.Spec.Text("group"), c.Center), Value: x, Low: low, High: high, Weight: 1, Cells: []string{fmt.Sprint(c.N)},
			Text: interval(x, low, high), WeightText: fmt.Sprintf("%.1f (%d–%d)", float64(c.Rank), c.Low, c.High)})
	}
	return f, nil
}
