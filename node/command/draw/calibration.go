package draw

import (
	"errors"

	"consilium/figure"
	"consilium/stats/describe"
)

// calibration compares observed with predicted risks in the groups of the Hosmer-Lemeshow table, with Wilson's limits.
func calibration(o Order) (figure.Figure, error) {
	var r struct {
		C    number `json:"c"`
		Test struct {
			N        []number `json:"n"`
			Observed []number `json:"observed"`
			Expected []number `json:"expected"`
			P        *number  `json:"p"`
		} `json:"hosmer_lemeshow"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	if len(r.Test.N) == 0 || len(r.Test.Observed) != len(r.Test.N) || len(r.Test.Expected) != len(r.Test.N) {
		return nil, errors.New("the answer holds no groups of predicted risk")
	}
	f := figure.Calibration{Sheet: o.sheet("calibration"), X: figure.Axis{Label: o.say("predicted", nil)}, Y: figure.Axis{Label: o.say("observed", nil)}, Ideal: o.say("ideal", nil),
		Grouped: o.say("grouped", nil), Notes: []string{o.say("discrimination", map[string]any{"c": short(float64(r.C))}), o.say("fit", map[string]any{"p": pValue(r.Test.P)})}}
	for i, n := range r.Test.N {
		x := float64(r.Test.Observed[i])
		limits, err := describe.Wilson(int(x), int(n), 0.95)
		if err != nil {
			return nil, err
		}
		f.Groups = append(f.Groups, figure.Point{X: float64(r.Test.Expected[i]) / float64(n), Y: x / float64(n), Low: limits.Lower, High: limits.Upper, Strong: true})
	}
	return f, nil
}
