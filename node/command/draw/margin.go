package draw

import (
	"errors"
	"strings"

	"consilium/figure"
)

// margin shows the intervals of a comparison beside the margin of non-inferiority: the treatment is not inferior if the interval that decides ends before the line.
func margin(o Order) (figure.Figure, error) {
	var r struct {
		Measure   string  `json:"measure"`
		Margin    number  `json:"margin"`
		N1        *number `json:"n1"`
		N0        *number `json:"n0"`
		HigherIs  string  `json:"higher_is"`
		Estimate  number  `json:"estimate"`
		Intervals map[string]struct {
			Lower number `json:"lower"`
			Upper number `json:"upper"`
		} `json:"intervals"`
		By          string  `json:"decision_by"`
		P           *number `json:"p"`
		NotInferior bool    `json:"noninferior"`
		Superior    *bool   `json:"superior"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	i, ok := r.Intervals[r.By]
	if !ok {
		return nil, errors.New("the answer holds no interval to compare with a margin")
	}
	key := map[string]string{"risk_difference": "rdlong", "risk_ratio": "riskratiolong", "odds_ratio": "orlong", "hazard_ratio": "hrlong", "mean_difference": "mdlong"}[r.Measure]
	label := o.say(key, nil)
	ratio := strings.HasSuffix(r.Measure, "ratio")
	x, low, high := float64(r.Estimate), float64(i.Lower), float64(i.Upper)
	f := figure.Forest{Sheet: o.sheet("margin"), Names: "", Effect: o.interval(label), X: figure.Axis{Log: ratio, Label: label}, Margin: float64(r.Margin),
		Rows: []figure.Effect{{Name: o.named(o.treatment()), Value: x, Low: low, High: high, Text: evenly(x, low, high), Weight: 1}}}
	f.Favors = [2]string{o.say("margin.better", nil), o.say("margin.worse", nil)}
	if r.HigherIs == "better" {
		f.Favors = [2]string{f.Favors[1], f.Favors[0]}
	}
	verdict := "margin.no"
	switch {
	case r.NotInferior && r.Superior != nil && *r.Superior:
		verdict = "margin.superior"
	case r.NotInferior:
		verdict = "margin.yes"
	}
	if r.N1.known() && r.N0.known() {
		f.Notes = append(f.Notes, o.say("margin.patients", map[string]any{"n1": int(*r.N1), "n0": int(*r.N0)}))
	}
	f.Notes = append(f.Notes, o.say(verdict, map[string]any{"margin": short(float64(r.Margin)), "p": pValue(r.P)}))
	return f, nil
}

func (o Order) treatment() string {
	if name := o.Case.Spec.Text("treatment"); name != "" {
		return name
	}
	return o.say("margin.new", nil)
}
