package analysis

import (
	"maps"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/survival"
)

// federatedSurvivalMethods are those to which each site, named by a column of the data, gives only sums or counts.
func federatedSurvivalMethods() []Method {
	site := []Parameter{siteKey}
	return []Method{
		{Name: "federated_cox_stratified", About: "Cox regression with each hospital as a stratum, which gives sums only", Parameters: join(timeKeys, entryKeys, coxKeys, site), Result: object{}, compute: federatedCox},
		{Name: "federated_km", About: "Kaplan-Meier curves over hospitals that give counts only", Parameters: except(join(timeKeys, entryKeys, groupKeys, curveKeys, site), "weights"), Result: object{}, compute: federatedKaplanMeier},
		{Name: "federated_logrank", About: "log-rank tests over hospitals that give counts only", Parameters: except(join(timeKeys, entryKeys, groupKeys, rankKeys, site), level.Name), Result: object{}, compute: federatedLogRank},
	}
}

// siteTables are the rows of each site, which sees no others.
func siteTables(in Input, also ...string) ([]*stats.Table, error) {
	name := in.Spec.Text("site")
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	t, err := in.complete(in.Table, append(also, name)...)
	if err != nil {
		return nil, err
	}
	g, err := survivalGroups(t, []string{name}, false)
	if err != nil {
		return nil, err
	}
	out := make([]*stats.Table, len(g.Labels))
	for k := range out {
		out[k] = t.Keep(func(row int) bool { return g.Of[row] == k })
	}
	return out, nil
}

// federatedCox fits one model of which each site is a stratum, and may have strata of its own.
func federatedCox(in Input) (any, error) {
	tables, err := siteTables(twoStates(in))
	if err != nil {
		return nil, err
	}
	cases := make([]*coxCase, len(tables))
	for i, t := range tables {
		if cases[i], err = readCox(Input{Spec: in.Spec, Table: t, Other: in.Other}); err != nil {
			return nil, err
		}
	}
	ownClusters(cases)
	f, err := coxOfSites(cases)
	if err != nil {
		return nil, err
	}
	var pairs survival.Pairs
	var robust *matrix.Symmetric
	rows, events := 0, 0
	meat := matrix.NewSymmetric(len(f.Coef))
	for _, c := range cases {
		ranked, err := c.sets.Pairs(f.Coef)
		if err != nil {
			return nil, err
		}
		pairs.Add(ranked)
		rows, events = rows+c.sets.Rows(), events+c.sets.Events()
		if c.cluster == nil {
			continue
		}
		own, err := c.sets.Meat(f.Coef, c.cluster)
		if err != nil {
			return nil, err
		}
		for i, v := range own.Data {
			meat.Data[i] += v
		}
		v := matrix.Sandwich(f.Covariance, meat)
		robust = &v
	}
	return coxResult(f, robust, rows, events, pairs, in.level()), nil
}

// ownClusters makes each row a cluster at sites whose weights are whole, if errors must be robust because those of another site are not.
func ownClusters(cases []*coxCase) {
	if !slices.ContainsFunc(cases, func(c *coxCase) bool { return c.cluster != nil }) {
		return
	}
	for _, c := range cases {
		for i := len(c.cluster); i < c.sets.Rows(); i++ {
			c.cluster = append(c.cluster, i)
		}
	}
}

// coxOfSites asks all sites for their sums at the same coefficients, and adds them, until the maximum is reached.
func coxOfSites(cases []*coxCase) (*fit.Fit, error) {
	if len(cases) == 0 || !slices.ContainsFunc(cases, func(c *coxCase) bool { return c.sets.Informative() }) {
		return nil, &stats.Error{Problem: stats.EmptyStratum, Variable: "site", Detail: "at no site an event happened while somebody else was at risk"}
	}
	terms := cases[0].sets.Terms()
	return survival.MaximizeCox(terms, func(beta []float64) (fit.Sums, error) {
		sum := fit.NewSums(len(terms))
		for _, c := range cases {
			own, err := c.sets.Sums(beta)
			if err != nil {
				return fit.Sums{}, err
			}
			sum.Add(own)
		}
		return sum, nil
	}, fit.Options{})
}

// siteCounts are the counts at each time of each site. The names of the groups are agreed beforehand; everything else stays at the site.
func siteCounts(in Input) ([]survival.Counts, error) {
	if err := without(in.Spec, "weights", "cluster"); err != nil {
		return nil, err
	}
	in = twoStates(in)
	groups := in.Spec.Texts("group")
	whole, err := twoStateRows(in, append(groups, in.Spec.Text("site"))...)
	if err != nil {
		return nil, err
	}
	agreed, err := survivalGroups(whole.table, groups, true)
	if err != nil {
		return nil, err
	}
	tables, err := siteTables(Input{Spec: in.Spec, Table: whole.table})
	if err != nil {
		return nil, err
	}
	counts := make([]survival.Counts, len(tables))
	for i, t := range tables {
		d, err := survivalRows(Input{Spec: in.Spec, Table: t})
		if err != nil {
			return nil, err
		}
		own, err := survivalGroups(t, groups, true)
		if err != nil {
			return nil, err
		}
		if counts[i], err = survival.Count(d.times, renumbered(own, agreed.Labels)); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// renumbered are a site's groups with the numbers that all sites use.
func renumbered(own survival.Groups, labels []string) survival.Groups {
	if own.Of == nil {
		return own
	}
	out := survival.Groups{Labels: labels, Of: make([]int, len(own.Of))}
	for i, k := range own.Of {
		out.Of[i] = slices.Index(labels, own.Labels[k])
	}
	return out
}

func federatedKaplanMeier(in Input) (any, error) {
	counts, err := siteCounts(in)
	if err != nil {
		return nil, err
	}
	pooled, err := survival.Merge(counts...)
	if err != nil {
		return nil, err
	}
	return kaplanMeierResult(in.Spec, pooled.Each())
}

// federatedLogRank compares groups over the rows of all sites together, and with each site as a stratum.
func federatedLogRank(in Input) (any, error) {
	counts, err := siteCounts(in)
	if err != nil {
		return nil, err
	}
	pooled, err := survival.Merge(counts...)
	if err != nil {
		return nil, err
	}
	rho := in.Spec.Number("rho", 0)
	all, err := logRankFields(rho, pooled.Each())
	if err != nil {
		return nil, err
	}
	sites := make([][]survival.Counts, len(counts))
	for i, c := range counts {
		sites[i] = c.Each()
	}
	stratified, err := logRankFields(rho, sites...)
	if err != nil {
		return nil, err
	}
	out := object{"pooled": all, "stratified": stratified}
	if in.Spec.Has("strata") {
		maps.Copy(out, stratified)
	} else {
		maps.Copy(out, all)
	}
	return out, nil
}
