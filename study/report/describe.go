package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"consilium/figure"
	"consilium/study/protocol"
	"consilium/study/rows"
)

func number0(n int) string { return strconv.Itoa(n) }

// describe tells who the patients were: Table 1, with what differs most named.
func (t *teller) describe() {
	groups := rows.GroupNames(t.p, t.a.By)
	compared := len(groups) == 2
	t.s.Table.Head = []string{""}
	for _, g := range groups {
		t.s.Table.Head = append(t.s.Table.Head, t.w.called(t.a.By, g))
	}
	if compared {
		t.s.Table.Head = append(t.s.Table.Head, t.w.say("smd", nil))
	}
	worst, by := 0.0, ""
	for _, name := range t.a.Of {
		v := t.p.Variable(name)
		d, _, known := t.estimate(name + ":smd")
		if known && math.Abs(d) > worst {
			worst, by = math.Abs(d), t.w.called(name, "")
		}
		apart := ""
		if known {
			apart = number(d)
		}
		t.rowsOf(v, groups, compared, apart)
	}
	if compared && worst >= alike {
		t.s.Says = t.w.say("differ", map[string]any{"variable": by, "smd": number(worst)})
	} else if compared {
		t.s.Says = t.w.say("alike", nil)
	}
}

// rowsOf are the rows of one variable: one, or one for each level below a head.
func (t *teller) rowsOf(v *protocol.Variable, groups []string, compared bool, apart string) {
	add := func(name string, cell func(group string) string, last string) {
		row := []string{name}
		for _, g := range groups {
			row = append(row, cell(g))
		}
		if compared {
			row = append(row, last)
		}
		t.s.Table.Rows = append(t.s.Table.Rows, row)
	}
	name := t.w.called(v.Name, "")
	switch v.Type {
	case protocol.Number:
		if v.Unit != "" {
			name += ", " + v.Unit
		}
		add(t.w.say("mean", map[string]any{"variable": name}), func(g string) string { return t.mean(v.Name + "|" + g) }, apart)
	case protocol.Category:
		add(t.w.say("share", map[string]any{"variable": name}), func(string) string { return "" }, apart)
		for _, level := range v.Levels {
			add("  "+t.w.called(v.Name, level), func(g string) string { return t.share(v.Name + "=" + level + "|" + g) }, "")
		}
	default:
		add(t.w.say("share", map[string]any{"variable": name}), func(g string) string { return t.share(v.Name + "|" + g) }, apart)
	}
}

func (t *teller) mean(of string) string {
	mean, _, ok := t.estimate(of + ":mean")
	sd, _, both := t.estimate(of + ":sd")
	switch {
	case !ok:
		return "–"
	case !both:
		return number(mean)
	}
	return number(mean) + " (" + number(sd) + ")"
}

func (t *teller) share(of string) string {
	n, _, ok := t.estimate(of + ":n")
	share, _, both := t.estimate(of + ":share")
	switch {
	case !ok:
		return "–"
	case !both:
		return number0(int(n))
	}
	return number0(int(n)) + " (" + percent(share) + ")"
}

// curves tells how many were free of the event as time went by, on the grid of times that the protocol has.
func (t *teller) curves() {
	o := t.p.Outcome(t.a.Outcome)
	unit := ""
	if v := t.p.Variable(o.Time); v != nil {
		unit = v.Unit
	}
	f := figure.Survival{Sheet: t.sheet(t.s.Title, ""), X: figure.Axis{Label: t.w.say("time", map[string]any{"unit": unit}), Ticks: figure.StepTicks(0, last(o.Grid), step(o.Grid))},
		Y: figure.Axis{Label: t.w.say("free", map[string]any{"outcome": t.outcome()})}, AtRisk: t.w.say("at-risk", nil)}
	t.s.Table.Head = []string{t.w.say("group", nil)}
	for _, at := range o.Grid {
		t.s.Table.Head = append(t.s.Table.Head, t.w.say("at", map[string]any{"time": number(at), "unit": unit}))
	}
	for _, c := range t.x.Curves {
		f.Curves = append(f.Curves, t.curve(c.Group))
		row := []string{t.w.called(t.a.By, c.Group)}
		for _, at := range o.Grid {
			share, se, ok := t.estimate(c.Group + "@" + strconv.FormatFloat(at, 'g', -1, 64))
			if !ok {
				share, se = math.NaN(), math.NaN()
			}
			row = append(row, t.text(bounded(intervalOf(share, se, false))))
		}
		t.s.Table.Rows = append(t.s.Table.Rows, row)
	}
	t.draw("", f)
}

// bounded keeps limits of a share where shares are.
func bounded(i interval) interval {
	i.low, i.high = max(i.low, 0), min(i.high, 1)
	return i
}

func last(grid []float64) float64 {
	if len(grid) == 0 {
		return 0
	}
	return grid[len(grid)-1]
}

func step(grid []float64) float64 {
	if len(grid) == 0 {
		return 1
	}
	return grid[0]
}

func (t *teller) curve(group string) figure.SurvivalCurve {
	c := figure.SurvivalCurve{Name: t.w.called(t.a.By, group)}
	for _, g := range t.x.Curves {
		if g.Group != group {
			continue
		}
		for _, s := range g.Steps {
			i := bounded(intervalOf(s.Survival, s.SE, false))
			c.Time, c.Value, c.AtRisk = append(c.Time, s.Time), append(c.Value, s.Survival), append(c.AtRisk, s.AtRisk)
			c.Low, c.High = append(c.Low, i.low), append(c.High, i.high)
		}
	}
	return c
}

// limits are what the study cannot tell.
func limits(p *protocol.Protocol, r *Report, hospitals int, w Words) (list []string) {
	if p.Prose.Limits != "" {
		list = append(list, protocol.Both(p.Prose.Limits).In(w.Lang))
	}
	list = append(list, w.say("limit-chosen", nil))
	if p.Missing.Method == "complete" || p.Missing.Method == "" {
		list = append(list, w.say("limit-complete", nil))
	} else {
		list = append(list, w.say("limit-imputed", map[string]any{"count": p.Missing.Imputations}))
	}
	if !counts(p) {
		list = append(list, w.say("limit-uncounted", nil))
	}
	if hospitals < 3 {
		list = append(list, w.say("limit-few", map[string]any{"count": hospitals}))
	}
	out := map[string]bool{}
	for _, s := range r.Sections {
		for _, h := range s.LeftOut {
			out[w.Name(h)] = true
		}
	}
	if len(out) > 0 {
		list = append(list, w.say("limit-left-out", map[string]any{"count": len(out)}))
	}
	return append(list, w.say("limit-many", map[string]any{"count": len(p.Analyses)}))
}

// gaps tells how many lack what. A variable of which no hospital may tell stands there without a number: a few lack it somewhere.
func (t *teller) gaps() {
	t.s.Table.Head = []string{t.w.say("variable", nil), t.w.say("lack", nil), t.w.say("looked", nil)}
	most, by := 0.0, ""
	for _, name := range t.a.Of {
		of, _, told := t.estimate(name + ":of")
		row := []string{t.w.called(name, ""), "–", "–"}
		if told {
			lack, _, _ := t.estimate(name + ":missing")
			row[1], row[2] = number0(int(lack))+" ("+percent(lack/of)+")", number0(int(of))
			if lack/of > most {
				most, by = lack/of, row[0]
			}
		}
		t.s.Table.Rows = append(t.s.Table.Rows, row)
	}
	t.s.Says = t.w.say("gaps-none", nil)
	if most > 0 {
		t.s.Says = t.w.say("gaps-most", map[string]any{"variable": by, "share": percent(most)})
	}
}

// counts tells whether a protocol asks how many lack what.
func counts(p *protocol.Protocol) bool {
	return slices.ContainsFunc(p.Analyses, func(a protocol.Analysis) bool { return a.Method == protocol.MissingValues })
}

// cited are the sentences on methods, in the order in which a report has them.
var cited = []protocol.Method{protocol.Describe, protocol.Logistic, protocol.Linear, protocol.Poisson, protocol.Cox, protocol.KaplanMeier, protocol.LogRank, protocol.IPTW, protocol.AIPW,
	protocol.MixedLogistic, protocol.Meta, protocol.MissingValues}

// methods says how it was computed.
func methods(p *protocol.Protocol, w Words) (list []string) {
	list = append(list, w.say("method-federated", nil))
	for _, m := range cited {
		for i := range p.Analyses {
			if p.Analyses[i].Method == m {
				list = append(list, w.say("method-"+strings.ReplaceAll(string(m), "_", "-"), nil))
				break
			}
		}
	}
	if p.Missing.Method == "impute" {
		list = append(list, w.say("method-impute", map[string]any{"count": p.Missing.Imputations}))
	}
	return list
}
