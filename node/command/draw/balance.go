package draw

import (
	"errors"
	"math"
	"slices"
	"strings"

	"consilium/figure"
)

// imbalance is a covariate's standardized difference before and after.
type imbalance struct {
	Covariate string `json:"covariate"`
	Before    number `json:"smd_unweighted"`
	After     number `json:"smd_weighted"`
}

// adjustedBalance is that of the weights behind adjusted curves.
func adjustedBalance(o Order) (figure.Figure, error) {
	var r struct {
		Balance []imbalance `json:"balance"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	return o.love([]string{"weightedto"}, [][]imbalance{r.Balance})
}

func matchedBalance(o Order) (figure.Figure, error) {
	var r struct {
		Balance []imbalance `json:"balance"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	return o.love([]string{"matched"}, [][]imbalance{r.Balance})
}

// weightedBalance shows the three targets that a study chooses among.
func weightedBalance(o Order) (figure.Figure, error) {
	var r struct {
		Weights map[string]struct {
			Balance []imbalance `json:"balance"`
		} `json:"weights"`
	}
	if err := o.decode(&r); err != nil {
		return nil, err
	}
	var ways []string
	var after [][]imbalance
	for _, way := range []string{"ate", "att", "overlap"} {
		if w, ok := r.Weights[way]; ok {
			ways, after = append(ways, way), append(after, w.Balance)
		}
	}
	return o.love(ways, after)
}

func (o Order) love(ways []string, after [][]imbalance) (figure.Figure, error) {
	if len(after) == 0 || len(after[0]) == 0 {
		return nil, errors.New("the answer holds no table of balance")
	}
	f := figure.Balance{Sheet: o.sheet("balance"), X: figure.Axis{Label: o.say("smd", nil)}, Names: o.say("covariate", nil), Series: []string{o.say("before", nil)}, Threshold: 0.1}
	for _, way := range ways {
		f.Series = append(f.Series, o.say(way, nil))
	}
	for i, first := range after[0] {
		row := figure.Covariate{Name: o.covariate(first.Covariate), Values: []float64{math.Abs(float64(first.Before))}}
		for _, way := range after {
			row.Values = append(row.Values, math.Abs(float64(way[i].After)))
		}
		f.Rows = append(f.Rows, row)
	}
	return f, nil
}

// covariate is a column of the design, "sexmale", as a reader knows it: the variable that the specification names, with its label, and the level of it.
func (o Order) covariate(column string) string {
	for _, variable := range o.Case.Spec.Texts("covariates") {
		level, found := strings.CutPrefix(column, variable)
		if found && level != "" && o.levelOf(variable, level) {
			return o.named(variable) + ": " + o.valueOf(variable, level)
		}
	}
	return o.named(column)
}

// levelOf tells whether the variable has the level; of a table that is not at hand it is believed.
func (o Order) levelOf(variable, level string) bool {
	if o.Table == nil {
		return true
	}
	c, err := o.Table.Column(variable)
	return err == nil && slices.Contains(c.Texts, level)
}
