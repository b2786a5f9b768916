package report

import (
	"math"
	"strings"

	"consilium/figure"
	"consilium/stats/causal"
	"consilium/stats/tail"
	"consilium/study/protocol"
)

// measure is on which scale the effects of a method are read.
type measure struct {
	key   string // of its name
	ratio bool
	like  causal.Measure // for the E-value; "" where there is none
}

func measureOf(p *protocol.Protocol, a *protocol.Analysis) measure {
	if a.Model != nil {
		a = a.Model
	}
	switch a.Method {
	case protocol.Logistic, protocol.MixedLogistic:
		return measure{"odds-ratio", true, causal.OddsRatioCommon}
	case protocol.Poisson:
		return measure{"rate-ratio", true, causal.RiskRatio}
	case protocol.Cox:
		return measure{"hazard-ratio", true, causal.HazardRatioCommon}
	}
	if o := p.Outcome(a.Outcome); o != nil && o.Type == protocol.Binary && (a.Method == protocol.IPTW || a.Method == protocol.AIPW) {
		return measure{"risk-difference", false, ""}
	}
	return measure{"difference", false, ""}
}

func (m measure) null() float64 {
	if m.ratio {
		return 1
	}
	return 0
}

// model tells of the coefficients of a regression.
func (t *teller) model() {
	m := measureOf(t.p, t.a)
	name := t.w.say(m.key, nil)
	f := figure.Forest{Sheet: t.sheet(t.s.Title, ""), X: figure.Axis{Label: t.w.say("axis", map[string]any{"measure": name}), Log: m.ratio}, Null: m.null(), Names: t.w.say("term", nil),
		Effect: t.w.say("effect", map[string]any{"measure": name}), Cells: []string{"p"}}
	t.s.Table.Head = []string{t.w.say("term", nil), f.Effect, "p"}
	for _, e := range t.x.Estimates {
		if e.Name == "(Intercept)" || e.Name == "sd" {
			t.s.Table.Rows = append(t.s.Table.Rows, []string{t.term(e.Name), t.text(intervalOf(e.Value, e.SE, false)), ""})
			continue
		}
		i := intervalOf(e.Value, e.SE, m.ratio)
		t.s.Table.Rows = append(t.s.Table.Rows, []string{t.term(e.Name), t.text(i), pText(i.p)})
		f.Rows = append(f.Rows, figure.Effect{Name: t.term(e.Name), Cells: []string{pText(i.p)}, Value: i.value, Low: i.low, High: i.high, Text: t.text(i)})
		if t.isExposure(e.Name) && t.s.Says == "" {
			t.s.Says = t.sentence(m, e.Name, i)
			t.s.Footnote = t.confounding(m, i)
		}
	}
	f.Desc = t.s.Says
	t.draw("", f)
}

// isExposure tells whether a coefficient is that of what the question is about.
func (t *teller) isExposure(name string) bool {
	variable, _, _ := strings.Cut(name, "=")
	return variable == t.p.Exposure && !strings.Contains(name, ":")
}

// sentence says what an effect came to, and no more than its interval allows.
func (t *teller) sentence(m measure, name string, i interval) string {
	said := "more"
	switch {
	case i.open(m.null()):
		said = "open"
	case i.value < m.null():
		said = "less"
	}
	return t.w.say("says-"+said, map[string]any{"what": t.term(name), "measure": t.w.say(m.key, nil), "interval": t.text(i), "outcome": t.outcome()})
}

// confounding says how strong an unmeasured cause would have to be to explain the effect away.
func (t *teller) confounding(m measure, i interval) string {
	if m.like == "" || i.open(m.null()) {
		return "" // there is nothing to explain away
	}
	e, err := causal.EValue(m.like, i.value, i.low, i.high)
	if err != nil {
		return ""
	}
	return t.w.say("evalue", map[string]any{"estimate": number(e.Estimate), "limit": number(e.Limit)})
}

// difference tells of a weighted or doubly robust difference, and of the balance before and after weighting.
func (t *teller) difference() {
	m := measureOf(t.p, t.a)
	value, se, ok := t.estimate("difference")
	if !ok {
		return
	}
	i := intervalOf(value, se, false)
	t.s.Says = t.sentence(m, t.exposureTerm(), i)
	name := t.w.say(m.key, nil)
	t.s.Table = figure.Table{Head: []string{t.w.say("estimand", nil), t.w.say("effect", map[string]any{"measure": name}), "p"},
		Rows: [][]string{{t.estimand(), t.text(i), pText(i.p)}}}
	t.draw("", figure.Forest{Sheet: t.sheet(t.s.Title, t.s.Says), X: figure.Axis{Label: t.w.say("axis", map[string]any{"measure": name})}, Names: t.w.say("estimand", nil),
		Effect: t.w.say("effect", map[string]any{"measure": name}),
		Rows:   []figure.Effect{{Name: t.estimand(), Value: i.value, Low: i.low, High: i.high, Text: t.text(i)}}})
	t.balance()
}

func (t *teller) estimand() string {
	if t.a.Estimand == "" {
		return string(protocol.ATE)
	}
	return t.w.say("estimand-"+strings.ToLower(string(t.a.Estimand)), nil)
}

// exposureTerm is the name of the exposure's coefficient, as models have it.
func (t *teller) exposureTerm() string {
	v := t.p.Variable(t.a.Exposure)
	if v == nil || v.Type != protocol.Category || len(v.Levels) < 2 {
		return t.a.Exposure
	}
	return v.Name + "=" + v.Levels[1]
}

// alike is the standardized difference below which groups count as alike (Austin, Statistics in Medicine 28 (2009) 3083).
const alike = 0.1

// balance draws how alike the groups were, before and after weighting.
func (t *teller) balance() {
	b := figure.Balance{Sheet: t.sheet(t.w.say("balance", nil), ""), X: figure.Axis{Label: t.w.say("smd", nil)}, Names: t.w.say("covariate", nil),
		Series: []string{t.w.say("before", nil), t.w.say("after", nil)}, Threshold: alike}
	b.ID += "-balance"
	for _, e := range t.x.Estimates {
		name, ok := strings.CutPrefix(e.Name, "balance:")
		if !ok {
			continue
		}
		before, _, there := t.estimate("unweighted:" + name)
		if !there {
			before = math.NaN()
		}
		b.Rows = append(b.Rows, figure.Covariate{Name: t.term(name), Values: []float64{math.Abs(before), math.Abs(e.Value)}})
	}
	if len(b.Rows) > 0 {
		t.draw("balance", b)
	}
}

// pooled tells of a meta-analysis: what each hospital found, and what they say together.
func (t *teller) pooled() {
	m := measureOf(t.p, t.a)
	value, se, ok := t.estimate("pooled")
	if !ok {
		return
	}
	tau2, _, _ := t.estimate("tau2")
	i := intervalOf(value, se, m.ratio)
	name, effect := t.w.say(m.key, nil), t.p.EffectName(t.a.Effect)
	t.s.Says = t.sentence(m, effect, i)
	f := figure.Forest{Sheet: t.sheet(t.s.Title, t.s.Says), X: figure.Axis{Label: t.w.say("axis", map[string]any{"measure": name}), Log: m.ratio}, Null: m.null(), Names: t.w.say("hospital", nil),
		Cells: []string{"n"}, Effect: t.w.say("effect", map[string]any{"measure": name}), Weight: t.w.say("weight", nil)}
	t.s.Table.Head = []string{f.Names, "n", f.Effect, f.Weight}
	total, n := 0.0, 0
	for _, site := range t.x.Sites {
		total += 1 / (site.SE*site.SE + tau2)
	}
	for _, site := range t.x.Sites {
		own, weight := intervalOf(site.Value, site.SE, m.ratio), 1/(site.SE*site.SE+tau2)/total
		n += site.N
		row := figure.Effect{Name: t.w.Name(site.Hospital), Cells: []string{number0(site.N)}, Value: own.value, Low: own.low, High: own.high, Text: t.text(own), Weight: weight, WeightText: percent(weight)}
		f.Rows = append(f.Rows, row)
		t.s.Table.Rows = append(t.s.Table.Rows, []string{row.Name, row.Cells[0], row.Text, row.WeightText})
	}
	f.Rows = append(f.Rows, figure.Effect{Kind: figure.Pooled, Name: t.w.say("all-hospitals", nil), Cells: []string{number0(n)}, Value: i.value, Low: i.low, High: i.high, Text: t.text(i)})
	t.s.Table.Rows = append(t.s.Table.Rows, []string{t.w.say("all-hospitals", nil), number0(n), t.text(i), percent(1)})
	f.Notes = []string{t.w.say("tau2", map[string]any{"tau2": number(tau2)})}
	t.draw("", f)
}

// logRank tells of a test of curves.
func (t *teller) logRank() {
	chi, _, ok := t.estimate("chisq")
	df, _, _ := t.estimate("df")
	if !ok {
		return
	}
	p := tail.ChiSquareUpper(chi, df)
	t.s.Table = figure.Table{Head: []string{"χ²", t.w.say("df", nil), "p"}, Rows: [][]string{{number(chi), number(df), pText(p)}}}
	key := "curves-open"
	if p < 0.05 {
		key = "curves-apart"
	}
	t.s.Says = t.w.say(key, map[string]any{"by": t.group(), "p": pText(p)})
}
