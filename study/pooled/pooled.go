// Package pooled computes the analyses of a protocol from all rows together, by package stats: what a study of one file gives, and what the federated result of the
// same rows is held against. It shares nothing with the federated arithmetic but the definitions.
package pooled

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"consilium/stats"
	"consilium/stats/causal"
	"consilium/stats/describe"
	"consilium/stats/fit"
	"consilium/stats/meta"
	"consilium/stats/mixed"
	"consilium/stats/regress"
	"consilium/stats/survival"
	"consilium/study/method"
	"consilium/study/protocol"
	"consilium/study/rows"
)

var none = math.NaN()

// Analyze computes one analysis from the complete cases of the hospitals that contribute to it; the table has a column of centers.
func Analyze(t *rows.Table, a *protocol.Analysis) ([]method.Estimate, error) {
	switch a.Method {
	case protocol.Describe:
		return table1(t, a), nil
	case protocol.Logistic, protocol.Linear, protocol.Poisson:
		return regression(t, a)
	case protocol.Cox:
		return cox(t, a)
	case protocol.KaplanMeier:
		return curves(t, a)
	case protocol.LogRank:
		return logRank(t, a)
	case protocol.IPTW:
		return weighting(t, a)
	case protocol.AIPW:
		return doublyRobust(t, a)
	case protocol.MixedLogistic:
		return mixedLogistic(t, a)
	case protocol.Meta:
		return metaAnalysis(t, a)
	}
	return nil, fmt.Errorf("this release has no method %q", a.Method)
}

func values(t *rows.Table, name string) []float64 { return t.Variables[name].X }

// centers numbers the hospitals of the rows, from 0.
func centers(t *rows.Table) (names []string, of []int) {
	return stats.Groups(t.Center)
}

// design is the model matrix of terms: with an intercept, or with one for each hospital before the terms.
func design(t *rows.Table, terms []string, center protocol.Center) (x stats.Design, own int) {
	c := t.Design(terms)
	if center != protocol.CenterFixed {
		return stats.NewDesign(c.Names, c.X, t.Rows), 1
	}
	names, of := centers(t)
	dummies := make([][]float64, len(names))
	for k := range names {
		dummies[k] = make([]float64, t.Rows)
		for i, g := range of {
			if g == k {
				dummies[k][i] = 1
			}
		}
	}
	// The intercept and all hospitals but the first span the same as all hospitals; methods ask for an intercept first.
	x = stats.NewDesign(slices.Concat(names[1:], c.Names), slices.Concat(dummies[1:], c.X), t.Rows)
	return x, len(names)
}

// estimates are the coefficients, without the intercepts of hospitals.
func estimates(x stats.Design, own int, center protocol.Center, coef, se []float64) (list []method.Estimate) {
	for j, name := range x.Terms {
		if center == protocol.CenterFixed && j < own {
			continue
		}
		list = append(list, method.Estimate{Name: name, Value: coef[j], SE: se[j]})
	}
	return list
}

func regression(t *rows.Table, a *protocol.Analysis) ([]method.Estimate, error) {
	o := t.Protocol.Outcome(a.Outcome)
	x, own := design(t, a.Terms, a.Center)
	y, options := values(t, o.Value), regress.Options{}
	if o.Offset != "" {
		options.Offset = values(t, o.Offset)
	}
	switch a.Method {
	case protocol.Linear:
		m, err := regress.Linear(y, x, options)
		if err != nil {
			return nil, err
		}
		return estimates(x, own, a.Center, m.Coef, m.SE()), nil
	case protocol.Poisson:
		m, err := regress.Poisson(y, x, options)
		if err != nil {
			return nil, err
		}
		return estimates(x, own, a.Center, m.Coef, m.SE()), nil
	}
	m, err := regress.Logistic(y, x, options)
	if err != nil {
		return nil, err
	}
	return estimates(x, own, a.Center, m.Coef, m.SE()), nil
}

func times(t *rows.Table, o *protocol.Outcome) (survival.Times, error) {
	stop := make([]float64, t.Rows)
	for i, v := range values(t, o.Time) {
		stop[i] = math.Ceil(v/o.Bin) * o.Bin
	}
	return survival.NewTimes(nil, stop, values(t, o.Event))
}

func cox(t *rows.Table, a *protocol.Analysis) ([]method.Estimate, error) {
	w, err := times(t, t.Protocol.Outcome(a.Outcome))
	if err != nil {
		return nil, err
	}
	names, of := centers(t)
	c := t.Design(a.Terms)
	x := stats.Design{Terms: c.Names, Columns: c.X}
	sets, err := survival.NewRiskSets(w, x, survival.CoxOptions{Ties: survival.Ties(a.Ties), Strata: survival.Groups{Labels: names, Of: of}})
	if err != nil {
		return nil, err
	}
	m, err := survival.Cox(sets, fit.Options{})
	if err != nil {
		return nil, err
	}
	return estimates(x, 0, a.Center, m.Coef, m.SE()), nil
}

func curves(t *rows.Table, a *protocol.Analysis) (list []method.Estimate, err error) {
	o := t.Protocol.Outcome(a.Outcome)
	w, err := times(t, o)
	if err != nil {
		return nil, err
	}
	names, of := t.Groups(a.By)
	counts, err := survival.Count(w, survival.Groups{Labels: names, Of: of})
	if err != nil {
		return nil, err
	}
	found, err := survival.KaplanMeier(counts, survival.Plain, 0.95)
	if errors.Is(err, stats.NoEvents) {
		return flat(o, names, counts), nil
	}
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		if c.Rows == 0 {
			continue // a group without anybody has no curve, rather than one that stays at 1
		}
		for _, g := range o.Grid {
			p := c.At(g)
			list = append(list, method.Estimate{Name: c.Label + "@" + strconv.FormatFloat(g, 'f', -1, 64), Value: p.Survival, SE: p.SE})
		}
	}
	return list, nil
}

// flat are the curves where nobody had the event: they stay at 1, as R's do.
func flat(o *protocol.Outcome, names []string, counts survival.Counts) (list []method.Estimate) {
	for g, name := range names {
		if counts.Rows[g] == 0 {
			continue
		}
		for _, at := range o.Grid {
			list = append(list, method.Estimate{Name: name + "@" + strconv.FormatFloat(at, 'f', -1, 64), Value: 1})
		}
	}
	return list
}

func logRank(t *rows.Table, a *protocol.Analysis) ([]method.Estimate, error) {
	w, err := times(t, t.Protocol.Outcome(a.Outcome))
	if err != nil {
		return nil, err
	}
	names, of := t.Groups(a.By)
	hospitals, strata := centers(t)
	counts, err := survival.CountStrata(w, survival.Groups{Labels: names, Of: of}, survival.Groups{Labels: hospitals, Of: strata})
	if err != nil {
		return nil, err
	}
	var some []survival.Counts // a stratum that has one group, or no event, says nothing
	for _, c := range counts {
		if _, err := survival.LogRank(0, c); err == nil {
			some = append(some, c)
		}
	}
	test, err := survival.LogRank(0, some...)
	if err != nil {
		return nil, err
	}
	return []method.Estimate{{Name: "chisq", Value: test.ChiSquare, SE: none}, {Name: "df", Value: float64(test.DF), SE: none}}, nil
}

func mixedLogistic(t *rows.Table, a *protocol.Analysis) ([]method.Estimate, error) {
	x, _ := design(t, a.Terms, protocol.CenterNone)
	_, of := centers(t)
	m, err := mixed.Logistic(values(t, t.Protocol.Outcome(a.Outcome).Value), x, of, mixed.Options{})
	if err != nil {
		return nil, err
	}
	last := len(m.Coef)
	list := estimates(x, 0, protocol.CenterRandom, m.Coef, m.SE())
	sd := method.Estimate{Name: mixed.SD, Value: m.SD, SE: none}
	if m.Full.N > last {
		sd.SE = math.Sqrt(m.Full.At(last, last))
	}
	return append(list, sd), nil
}

func metaAnalysis(t *rows.Table, a *protocol.Analysis) ([]method.Estimate, error) {
	var s meta.Studies
	_, tables := t.ByCenter()
	for _, own := range tables {
		effect, variance, err := method.OwnEffect(own, a)
		var failed *stats.Error
		if errors.As(err, &failed) {
			continue
		}
		if err != nil {
			return nil, err
		}
		s.Effect, s.Variance = append(s.Effect, effect), append(s.Variance, variance)
	}
	by := meta.RestrictedML
	if a.Pool == "DL" {
		by = meta.DerSimonianLaird
	}
	p, err := meta.Pool(s, meta.Options{Method: by})
	if err != nil {
		return nil, err
	}
	return []method.Estimate{{Name: "pooled", Value: p.Estimate, SE: p.SE}, {Name: "tau2", Value: p.Tau2, SE: none}}, nil
}

func arms(t *rows.Table, a *protocol.Analysis) (causal.Arms, error) {
	return causal.NewArms(a.Exposure, values(t, a.Exposure))
}

func weighting(t *rows.Table, a *protocol.Analysis) ([]method.Estimate, error) {
	arm, err := arms(t, a)
	if err != nil {
		return nil, err
	}
	x, own := design(t, a.Propensity, a.Center)
	score, err := causal.Propensity(arm, x)
	if err != nil {
		return nil, err
	}
	target := map[protocol.Estimand]causal.Target{protocol.ATE: causal.ATE, protocol.ATT: causal.ATT, protocol.ATO: causal.Overlap}[a.Estimand]
	effect, err := causal.Stacked(arm, values(t, t.Protocol.Outcome(a.Outcome).Value), score, target)
	if err != nil {
		return nil, err
	}
	w, err := causal.Weights(arm, score.Probability, target)
	if err != nil {
		return nil, err
	}
	balance, err := causal.Balance(arm, stats.Design{Terms: x.Terms[own:], Columns: x.Columns[own:]}, w)
	if err != nil {
		return nil, err
	}
	list := []method.Estimate{{Name: "difference", Value: effect.Difference, SE: effect.SE}}
	for _, b := range balance {
		list = append(list, method.Estimate{Name: "balance:" + b.Covariate, Value: b.Weighted, SE: none}, method.Estimate{Name: "unweighted:" + b.Covariate, Value: b.Unweighted, SE: none})
	}
	return list, nil
}

func doublyRobust(t *rows.Table, a *protocol.Analysis) ([]method.Estimate, error) {
	arm, err := arms(t, a)
	if err != nil {
		return nil, err
	}
	propensity, _ := design(t, a.Propensity, a.Center)
	score, err := causal.Propensity(arm, propensity)
	if err != nil {
		return nil, err
	}
	x, _ := design(t, a.Terms, a.Center)
	family := causal.Binomial
	if t.Protocol.Outcome(a.Outcome).Type == protocol.Continuous {
		family = causal.Gaussian
	}
	m, err := causal.AIPW(arm, values(t, t.Protocol.Outcome(a.Outcome).Value), score.Probability, x, family)
	if err != nil {
		return nil, err
	}
	return []method.Estimate{{Name: "difference", Value: m.Difference, SE: m.SE}}, nil
}

// table1 describes each variable in each group; see method.describe for the names.
func table1(t *rows.Table, a *protocol.Analysis) (list []method.Estimate) {
	groups, of := t.Groups(a.By)
	parts := make([]*rows.Table, len(groups))
	for g := range groups {
		keep := make([]bool, t.Rows)
		for i := range keep {
			keep[i] = of[i] == g
		}
		parts[g] = t.Only(keep)
	}
	for _, name := range a.Of {
		list = append(list, variable(t.Protocol.Variable(name), groups, parts)...)
	}
	return list
}

func variable(v *protocol.Variable, groups []string, parts []*rows.Table) (list []method.Estimate) {
	add := func(name string, value float64) {
		list = append(list, method.Estimate{Name: name, Value: value, SE: none})
	}
	column := func(g int) []float64 { return values(parts[g], v.Name) }
	if v.Type == protocol.Number {
		for g, group := range groups {
			m := describe.MomentsOf(column(g))
			add(v.Name+"|"+group+":n", float64(len(column(g))))
			if len(column(g)) > 0 {
				add(v.Name+"|"+group+":mean", m.Mean)
			}
			if len(column(g)) > 1 {
				add(v.Name+"|"+group+":sd", m.SD())
			}
		}
		if len(groups) == 2 {
			add(v.Name+":smd", describe.DifferenceOfMeans(column(1), column(0)))
		}
		return list
	}
	level := func(k int, label string) {
		for g, group := range groups {
			n := 0
			for _, x := range column(g) {
				if int(x) == k {
					n++
				}
			}
			add(label+"|"+group+":n", float64(n))
			if len(column(g)) > 0 {
				add(label+"|"+group+":share", float64(n)/float64(len(column(g))))
			}
		}
	}
	if v.Type == protocol.Bool {
		level(1, v.Name)
	} else {
		for k, l := range v.Levels {
			level(k, v.Name+"="+l)
		}
	}
	if len(groups) == 2 && (v.Type == protocol.Bool || len(v.Levels) == 2) {
		share := func(g int) float64 { return describe.MomentsOf(column(g)).Mean }
		add(v.Name+":smd", describe.DifferenceOfProportions(share(1), share(0)))
	}
	return list
}

// Gaps counts the rows of all tables that lack each variable; of a variable of which a hospital's table does not tell, the rows of the others.
func Gaps(tables []*rows.Table, a *protocol.Analysis) (list []method.Estimate) {
	for _, name := range a.Of {
		of, lack := 0, 0
		for _, t := range tables {
			n, missing := method.Gap(t, name)
			of, lack = of+n, lack+missing
		}
		if of > 0 {
			list = append(list, method.Estimate{Name: name + ":of", Value: float64(of), SE: none}, method.Estimate{Name: name + ":missing", Value: float64(lack), SE: none})
		}
	}
	return list
}
