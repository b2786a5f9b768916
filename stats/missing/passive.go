package missing

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/formula"
)

// Passive is a variable that others make up: {"bmi", "weight / height^2"}. Where one of them is missing it is computed anew from what was imputed for them, in each iteration, so that it
// always agrees with them and helps to impute the rest. It does not predict what it is made of.
// Source: van Buuren and Groothuis-Oudshoorn, Journal of Statistical Software 45/3 (2011), section 3.4.
type Passive struct{ Name, Expression string }

// withPassive is the table with the passive variables as columns, missing where what they are made of is.
func withPassive(t *stats.Table, all []Passive) (*stats.Table, error) {
	out := &stats.Table{Columns: slices.Clone(t.Columns)}
	for _, p := range all {
		if _, err := t.Column(p.Name); err == nil {
			return nil, &stats.Error{Method: imputation, Problem: stats.Invalid, Variable: p.Name, Detail: "the data have a variable of this name already"}
		}
		values, err := formula.Evaluate(p.Expression, out)
		if err != nil {
			return nil, stats.In(imputation, err)
		}
		out.Columns = append(out.Columns, stats.Column{Name: p.Name, Numbers: values})
	}
	return out, nil
}

// preparePassive reads a passive variable and what it is made of.
func preparePassive(t *stats.Table, p Passive) (*variable, error) {
	c, err := t.Column(p.Name)
	if err != nil {
		return nil, err
	}
	v, err := prepare(c, PMM, false)
	if err != nil {
		return nil, err
	}
	f, err := formula.Parse("~ I(" + p.Expression + ")")
	if err != nil {
		return nil, stats.In(imputation, err)
	}
	v.expression = p.Expression
	v.parts, err = f.Variables(t)
	return v, err
}

// compute makes up variable j, where it is missing, from the present values of its parts.
func (c *chain) compute(j int) error {
	v := c.plan[j]
	t := &stats.Table{}
	for k, part := range c.plan {
		if !slices.Contains(v.parts, part.name) {
			continue
		}
		imputed := make([]float64, len(part.missing))
		for n, i := range part.missing {
			imputed[n] = c.values[k][i]
		}
		t.Columns = append(t.Columns, part.complete(imputed))
	}
	if len(t.Columns) != len(v.parts) {
		return v.wrong(stats.Invalid, fmt.Sprintf("it is made of %v, and not all of these are imputed from", v.parts), "Name them among the variables of the model")
	}
	values, err := formula.Evaluate(v.expression, t.Take(v.missing))
	if err != nil {
		return imputing(v, err)
	}
	for n, i := range v.missing {
		if math.IsNaN(values[n]) || math.IsInf(values[n], 0) {
			return v.wrong(stats.NotEstimable, fmt.Sprintf("of imputed values it is %g", values[n]), "Impute what it is made of by pmm, which takes values that were observed")
		}
		c.values[j][i] = values[n]
	}
	return nil
}
