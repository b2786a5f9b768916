package registry

import (
	"consilium/figure"
	"consilium/lang"
	"consilium/pathway"
	"consilium/registry"
	"consilium/stats/describe"
	"consilium/stats/tail"
	"consilium/web/face"
	"consilium/web/ui"
)

// plot is a figure of a page with its numbers.
type plot struct {
	Drawn   figure.Figure
	Numbers ui.TableView
}

// plotOf draws the differences of two people who entered a number, from as many pairs on as their agreement is told of.
func plotOf(q *face.Request, f pathway.Field, c *registry.Concordance) (plot, bool) {
	l := c.Limits
	if l == nil || l.N < registry.LeastDoubles || c.Kind == registry.Date {
		return plot{}, false
	}
	label := q.PackText(f.Label)
	title := q.P("registry.double.plotof", map[string]any{"variable": label, "count": lang.Number(q.Lang, int64(l.N))})
	unit := face.UnitName(q.Lang, f.Unit)
	a := figure.Agreement{Sheet: figure.Sheet{ID: "agreement-" + c.Variable, Title: title, Desc: q.P("registry.double.plotslead", nil)}, X: figure.Axis{Label: withUnit(q.P("registry.double.meanof", nil), unit)},
		Y: figure.Axis{Label: withUnit(q.P("registry.double.lessof", nil), unit)}, Levels: levelsOf(q, l, f.Digits+1), Count: q.P("registry.double.at", nil)}
	for i, first := range c.Pairs[0] {
		second := c.Pairs[1][i]
		mean, less := (first+second)/2, first-second
		a.Pairs = append(a.Pairs, figure.Point{X: mean, Y: less, XText: decimal(mean, f.Digits+1), YText: decimal(less, f.Digits)})
	}
	return plot{Drawn: a, Numbers: face.FigureTable(title, a.Table(), false)}, true
}

// levelsOf are the mean difference and both limits with 95 % intervals.
func levelsOf(q *face.Request, l *describe.Limits, digits int) []figure.Level {
	z := tail.NormalCritical(0.95)
	level := func(name string, value, se float64) figure.Level {
		low, high := value-z*se, value+z*se
		return figure.Level{Name: q.P(name, nil), Value: value, Low: low, High: high, Text: decimal(value, digits) + " (" + decimal(low, digits) + " – " + decimal(high, digits) + ")"}
	}
	return []figure.Level{level("registry.double.difference", l.Mean, l.MeanSE), level("registry.double.limits", l.Low, l.LimitSE), level("registry.double.limits", l.High, l.LimitSE)}
}

func withUnit(label, unit string) string {
	if unit == "" {
		return label
	}
	return label + " (" + unit + ")"
}
