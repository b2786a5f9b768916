package analysis

import (
	"maps"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/formula"
	"consilium/stats/survival"
)

// frailtyMethods are Cox models of patients within centers, and of several causes.
func frailtyMethods() []Method {
	return []Method{
		{Name: "cox_frailty", About: "time until an event of patients within centers that have a risk of their own: shared gamma frailty", Result: CoxFrailty{}, compute: coxFrailty, memory: frailtyMemory,
			Parameters: join(timeKeys, entryKeys, coxKeys[:2], []Parameter{
				{Name: "group", Kind: Variable, Example: "hospital", About: "the centers, or the patients with several events; (1 | hospital) in a formula"}, coxKeys[5]})},
		{Name: "cause_specific", About: "what goes with the hazard of each of several competing causes: a Cox model for each", Result: CauseSpecific{}, compute: causeSpecific,
			Parameters: join(timeKeys, entryKeys, coxKeys[:4], []Parameter{coxKeys[5], coxKeys[6], censoredKey})},
	}
}

// CoxFrailty is a Cox model with a frailty for each group; hazard ratios are those within a group.
type CoxFrailty struct {
	Coefficients
	HR       []float64      `json:"hr" about:"exp of the coefficients"`
	Variance float64        `json:"variance" about:"of the frailties, whose mean is 1; 0: groups differ no more than chance"`
	Test     Chi            `json:"test" about:"likelihood-ratio test that the variance is 0; p is half that of a chi-square"`
	LogLik   float64        `json:"loglik" about:"integrated over the frailties"`
	Plain    float64        `json:"loglik_plain" about:"without frailties"`
	Groups   []GroupFrailty `json:"groups"`
	N        int            `json:"n"`
	Events   int            `json:"events"`
	Effects  []Effect       `json:"effects"`
	Warning  string         `json:"warning,omitempty"`
}

// GroupFrailty is the risk of one group against the average one.
type GroupFrailty struct {
	Group   string  `json:"group"`
	N       int     `json:"n"`
	Events  int     `json:"events"`
	Frailty float64 `json:"frailty" about:"its mean given the data"`
	LogSE   float64 `json:"log_se" about:"of its logarithm, at the estimated variance"`
}

// frailtyMemory counts a column for each group, twice, and the information, of which a few copies are held.
func frailtyMemory(in Input) int64 {
	need := copies * in.cells() * 8
	if in.Table == nil {
		return need
	}
	c, err := in.Table.Column(in.Spec.Text("group"))
	if err != nil {
		return need // the method will say so
	}
	labels, _ := columnGroups(c)
	groups := int64(min(len(labels), survival.MostFrailties+1))
	return need + 2*groups*int64(in.Table.Rows())*8 + 4*groups*groups*8
}

func coxFrailty(in Input) (any, error) {
	if err := without(in.Spec, "cluster", "weights", "offset"); err != nil {
		return nil, err
	}
	names, strata, group := in.Spec.Texts("predictors"), in.Spec.Texts("strata"), in.Spec.Text("group")
	if group == "" || in.Spec.Has("slopes") {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "group", Detail: "one group has a frailty", Advice: "Write (1 | hospital) into the formula"}
	}
	d, err := twoStateRows(in, slices.Concat(names, strata, []string{group})...)
	if err != nil {
		return nil, err
	}
	o := survival.CoxOptions{Ties: survival.Ties(in.Spec.Text("ties"))}
	if o.Strata, err = survivalGroups(d.table, strata, true); err != nil {
		return nil, err
	}
	g, err := survivalGroups(d.table, []string{group}, false)
	if err != nil {
		return nil, err
	}
	x, err := predictors(d.table, names)
	if err != nil {
		return nil, err
	}
	x = stats.Design{Terms: x.Terms[1:], Columns: x.Columns[1:]}
	m, err := survival.Frailty(d.times, x, g.Of, o)
	if err != nil {
		return nil, err
	}
	r := CoxFrailty{Coefficients: newCoefficients(m.Terms, m.Coef, m.Fit.SE(), in.level()), Variance: m.Variance, Test: Chi{m.Statistic, 1, m.P, ""}, LogLik: m.LogLik, Plain: m.LogLikPlain, N: m.Rows, Events: m.Events}
	r.HR, r.OR = r.OR, nil
	r.Effects = fitted{terms: m.Terms, coef: m.Coef, covariance: m.Covariance, df: math.Inf(1), level: in.level(), x: x, events: eventsOf(d.times.Event, 1)}.effects(in.Spec)
	if m.LikelihoodAtEnd {
		r.Warning = "the variance is as large as any that is looked at: the groups differ almost without end, and stratifying by them is better"
	}
	for k, label := range g.Labels {
		r.Groups = append(r.Groups, GroupFrailty{Group: label, Frailty: math.Exp(m.LogFrailty[k]), LogSE: m.SE[k]})
	}
	for i, k := range g.Of {
		r.Groups[k].N++
		r.Groups[k].Events += min(d.times.Event[i], 1)
	}
	return r, nil
}

// CauseSpecific has a Cox model for each cause: what the others had ends their observation. A hazard ratio of one cause says nothing of its share of all patients, which fine_gray does.
type CauseSpecific struct {
	Causes []CauseModel `json:"causes"`
}

// CauseModel is the model of one cause.
type CauseModel struct {
	Cause   int       `json:"cause"`
	Events  int       `json:"events"`
	Terms   []string  `json:"terms"`
	Coef    []float64 `json:"coef"`
	SE      []float64 `json:"se"`
	HR      []float64 `json:"hr"`
	P       []float64 `json:"p"`
	Lower   []float64 `json:"wald_lower"`
	Upper   []float64 `json:"wald_upper"`
	Problem string    `json:"problem,omitempty"`
}

func causeSpecific(in Input) (any, error) {
	d, err := survivalRows(in)
	if err != nil {
		return nil, err
	}
	name := in.Spec.Text("status")
	whole, err := in.Table.Numbers(name)
	if err != nil {
		return nil, err
	}
	none := int(in.Spec.Number("cencode", 0))
	var r CauseSpecific
	causes := slices.Compact(slices.Sorted(slices.Values(d.times.Event)))
	for _, cause := range slices.DeleteFunc(causes, func(c int) bool { return c == none }) {
		own := make([]float64, len(whole))
		for i, v := range whole {
			switch {
			case math.IsNaN(v):
				own[i] = v
			case v == float64(cause):
				own[i] = 1
			}
		}
		r.Causes = append(r.Causes, causeModel(in, name, own, cause))
	}
	if r.Causes == nil {
		return nil, &stats.Error{Problem: stats.NoEvents, Variable: name, Detail: "all rows are censored"}
	}
	return r, nil
}

// causeModel is the Cox model of one cause; its problem, if it cannot be fitted, stands beside the models of the others.
func causeModel(in Input, status string, own []float64, cause int) CauseModel {
	in.Table = in.Table.With(slices.Clone(in.Table.Columns))
	for j, c := range in.Table.Columns {
		if c.Name == status {
			in.Table.Columns[j] = stats.Column{Name: status, Numbers: own}
		}
	}
	m := CauseModel{Cause: cause}
	for _, v := range own {
		if v == 1 {
			m.Events++
		}
	}
	fields, err := coxModel(in)
	if err != nil {
		m.Problem = err.Error()
		return m
	}
	of := fields.(object)
	for key, into := range map[string]*[]float64{"coef": &m.Coef, "se": &m.SE, "hr": &m.HR, "p": &m.P, "wald_lower": &m.Lower, "wald_upper": &m.Upper} {
		*into, _ = of[key].([]float64)
	}
	m.Terms, _ = of["terms"].([]string)
	m.Events, _ = of["events"].(int)
	return m
}

// coxExact is the model by the exact likelihood of ties.
func coxExact(in Input) (any, error) {
	if err := without(in.Spec, "group", "cluster", "weights", "robust", "transform"); err != nil {
		return nil, err
	}
	names, strata := in.Spec.Texts("predictors"), in.Spec.Texts("strata")
	d, err := twoStateRows(in, slices.Concat(names, strata)...)
	if err != nil {
		return nil, err
	}
	var o survival.CoxOptions
	if o.Strata, err = survivalGroups(d.table, strata, true); err != nil {
		return nil, err
	}
	if offset := in.Spec.Text("offset"); offset != "" {
		if o.Offset, err = formula.Evaluate(offset, d.table); err != nil {
			return nil, err
		}
	}
	x, err := predictors(d.table, names)
	if err != nil {
		return nil, err
	}
	x = stats.Design{Terms: x.Terms[1:], Columns: x.Columns[1:]}
	f, err := survival.CoxExact(d.times, x, o)
	if err != nil {
		return nil, err
	}
	out := waldFields(f.Terms, f.Coef, f.Covariance, in.level())
	ratio, score := survival.CoxTests(f)
	events := eventsOf(d.times.Event, 1)
	maps.Copy(out, object{"hr": exponentialsOf(f.Coef), "loglik_null": f.Start.LogLik, "loglik": f.Sums.LogLik, "lr_chisq": ratio.Statistic, "score_chisq": score.Statistic,
		"wald_chisq": survival.WaldTest(f.Coef, f.Covariance).Statistic, "n": len(events), "vcov": f.Covariance.Rows(),
		"effects": fitted{terms: f.Terms, coef: f.Coef, covariance: f.Covariance, df: math.Inf(1), level: in.level(), x: x, events: events}.effects(in.Spec)})
	return out, nil
}
