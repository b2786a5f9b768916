package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/survival"
)

// groupNames are the variables whose values make the groups: the key "group", or what stands to the right in a formula.
func groupNames(s Spec) []string {
	if names := s.Texts("group"); names != nil {
		return names
	}
	return s.Texts("predictors")
}

// groupCounts reads the rows of two states, puts them into the groups that are asked for and counts each group at its
// event times. Rows that belong together in clusters have no estimator here, and are refused.
func groupCounts(in Input) (d survivalData, g survival.Groups, counts []survival.Counts, err error) {
	if err = without(in.Spec, "cluster"); err != nil {
		return d, g, nil, err
	}
	names, weights := groupNames(in.Spec), in.Spec.Texts("weights")
	if d, err = twoStateRows(in, slices.Concat(names, weights)...); err != nil {
		return d, g, nil, err
	}
	if g, err = survivalGroups(d.table, names, true); err != nil {
		return d, g, nil, err
	}
	counts, err = survivalCounts(d, g, in.Spec)
	return d, g, counts, err
}

func kaplanMeier(in Input) (any, error) {
	d, g, counts, err := groupCounts(in)
	if err != nil {
		return nil, err
	}
	out, err := kaplanMeierResult(in.Spec, counts)
	if err != nil {
		return nil, err
	}
	return out, compareCurves(in, d, g, counts, out)
}

// compareCurves adds the log-rank test and the hazard ratio of two groups, where they are asked for.
func compareCurves(in Input, d survivalData, g survival.Groups, counts []survival.Counts, out object) error {
	if len(counts) < 2 {
		return nil
	}
	if in.Spec.Truth("logrank") {
		test, err := rankOfCurves(in, d, counts)
		out["logrank"] = part(err, func() any { return test })
	}
	if !in.Spec.Truth("hr") {
		return nil
	}
	if len(counts) != 2 {
		return &stats.Error{Problem: stats.Unsupported, Variable: "hr", Detail: fmt.Sprintf("a hazard ratio compares two groups, and there are %d", len(counts)), Advice: "Fit a Cox model"}
	}
	ratio, err := curveRatio(in, d, g)
	out["hazard_ratio"] = part(err, func() any { // the curves stand where there is no ratio, as of a group without events
		return object{"versus": g.Labels[1] + " v " + g.Labels[0], "hr": math.Exp(ratio.coef), "se": ratio.SE[0], "p": ratio.P[0], "lower": math.Exp(ratio.Lower[0]), "upper": math.Exp(ratio.Upper[0])}
	})
	return nil
}

// rankOfCurves is the log-rank test of the rows as the curves weigh them: weights that are no counts call for the variance of the rows' own scores.
func rankOfCurves(in Input, d survivalData, counts []survival.Counts) (any, error) {
	_, robust, err := rowWeights(d.table, in.Spec)
	if err != nil {
		return nil, err
	}
	if robust {
		return weightedLogRank(in, groupNames(in.Spec), nil)
	}
	return logRankFields(0, counts)
}

// ratioOfCurves is the log hazard ratio of two groups.
type ratioOfCurves struct {
	coef float64
	survival.WaldTable
}

// curveRatio is that of the rows as the curves weigh them, with robust errors where the curves have them: a ratio of other patients does not stand beside them.
func curveRatio(in Input, d survivalData, g survival.Groups) (ratioOfCurves, error) {
	x, each := make([]float64, len(g.Of)), make([]int, len(g.Of))
	for i, k := range g.Of {
		x[i], each[i] = float64(k), i
	}
	w, robust, err := rowWeights(d.table, in.Spec)
	if err != nil {
		return ratioOfCurves{}, err
	}
	sets, err := survival.NewRiskSets(d.times, stats.Design{Terms: []string{"group"}, Columns: [][]float64{x}}, survival.CoxOptions{Weights: w})
	if err != nil {
		return ratioOfCurves{}, err
	}
	m, err := survival.Cox(sets, fit.Options{})
	if err != nil {
		return ratioOfCurves{}, err
	}
	covariance := m.Covariance
	if robust {
		if covariance, err = m.Clustered(each); err != nil {
			return ratioOfCurves{}, err
		}
	}
	return ratioOfCurves{m.Coef[0], survival.Wald(m.Coef, covariance, in.level())}, nil
}

// survivalCounts counts rows, or their weights, of each group. As in R, weights that are whole numbers count equal rows, and others call for robust errors.
func survivalCounts(d survivalData, g survival.Groups, s Spec) ([]survival.Counts, error) {
	w, robust, err := rowWeights(d.table, s)
	if err != nil {
		return nil, err
	}
	return survival.CountEach(d.times, g, w, robust)
}

func kaplanMeierResult(s Spec, counts []survival.Counts) (object, error) {
	curves, err := survival.KaplanMeierEach(counts, confScale(s), s.Number(level.Name, 0.95))
	if err != nil {
		return nil, err
	}
	var time, risk, surv, se, lower, upper, records, events, median, low, high []float64
	var strata []string
	var carried []bool // nobody was watched so long: the last value was carried on, as R's summary with extend does
	for _, k := range curves {
		for _, t := range slices.Sorted(slices.Values(s.Numbers("times"))) {
			p := k.At(t)
			n := len(k.Time)
			carried = append(carried, n > 0 && t > k.Time[n-1] && p.Survival > 0)
			time, risk, surv, se = append(time, t), append(risk, p.AtRisk), append(surv, p.Survival), append(se, p.SE)
			lower, upper = append(lower, p.Lower), append(upper, p.Upper)
			if len(curves) > 1 {
				strata = append(strata, k.Label)
			}
		}
		m, l, u := k.Quantile(0.5)
		median, low, high = append(median, m), append(low, l), append(high, u)
		records, events = append(records, k.Rows), append(events, k.EventCount())
	}
	if len(curves) == 1 {
		strata = []string{"all"}
	}
	out := object{"times": s.Numbers("times"), "strata": strata, "time": time, "n_risk": risk, "surv": surv, "se": se, "lower": lower, "upper": upper,
		"records": records, "events": events, "median": median, "median_lower": low, "median_upper": high}
	if slices.Contains(carried, true) {
		out["carried_on"] = carried
	}
	if s["whole"] == true {
		out["whole"] = wholeCurves(curves)
	}
	return out, nil
}

// logRank writes the test of the specification (with its strata and rho), and beside it the three usual forms by name. Each takes the rows in which its own
// variables are known: a row without a stratum counts where there are none.
func logRank(in Input) (any, error) {
	names, strata := groupNames(in.Spec), in.Spec.Texts("strata")
	if in.Spec.Has("weights") || in.Spec.Has("cluster") {
		return weightedLogRank(in, names, strata)
	}
	pooled, err := logRankCounts(in, names, nil)
	if err != nil {
		return nil, err
	}
	stratified := pooled
	if len(strata) > 0 {
		if stratified, err = logRankCounts(in, names, strata); err != nil {
			return nil, err
		}
	}
	out, err := logRankFields(in.Spec.Number("rho", 0), stratified...)
	var last error // each part stands by itself: one that cannot be had does not take the others along
	computed := 0
	for _, part := range []struct {
		name   string
		rho    float64
		counts [][]survival.Counts
	}{{"logrank", 0, pooled}, {"peto_peto_rho1", 1, pooled}, {"stratified", 0, stratified}} {
		fields, err := logRankFields(part.rho, part.counts...)
		if fields == nil {
			fields = object{}
		}
		if err != nil {
			fields["problem"], last = err.Error(), err
		} else {
			computed++
		}
		if out == nil {
			out = object{}
		}
		out[part.name] = fields
	}
	if computed == 0 {
		return nil, last
	}
	if err != nil {
		out["problem"] = err.Error()
	}
	return out, nil
}

// weightedLogRank is the comparison of rows that have weights, or that resemble each other in clusters, by the variance of their own scores.
func weightedLogRank(in Input, names, strata []string) (any, error) {
	if err := without(in.Spec, "rho"); err != nil {
		return nil, err
	}
	also := slices.Concat(names, strata, in.Spec.Texts("weights"), in.Spec.Texts("cluster"))
	d, err := twoStateRows(in, also...)
	if err != nil {
		return nil, err
	}
	g, err := survivalGroups(d.table, names, true)
	if err != nil {
		return nil, err
	}
	by, err := survivalGroups(d.table, strata, true)
	if err != nil {
		return nil, err
	}
	var weights []float64
	var cluster []int
	if in.Spec.Has("weights") {
		if weights, err = d.table.Numbers(in.Spec.Text("weights")); err != nil {
			return nil, err
		}
	}
	if in.Spec.Has("cluster") {
		if cluster, err = codesOf(d.table, in.Spec.Text("cluster")); err != nil {
			return nil, err
		}
	}
	w, err := survival.WeightedLogRank(d.times, g, by, weights, cluster)
	if err != nil {
		return nil, err
	}
	return object{"groups": w.Labels, "observed": w.Observed, "expected": w.Expected, "chisq": w.Statistic, "df": w.DF, "p": w.P, "robust": true}, nil
}

// logRankCounts counts the groups in each stratum, or in all rows together.
func logRankCounts(in Input, names, strata []string) ([][]survival.Counts, error) {
	d, err := twoStateRows(in, slices.Concat(names, strata)...)
	if err != nil {
		return nil, err
	}
	g, err := survivalGroups(d.table, names, true)
	if err != nil {
		return nil, err
	}
	if len(strata) == 0 {
		c, err := survival.CountEach(d.times, g, nil, false)
		return [][]survival.Counts{c}, err
	}
	by, err := survivalGroups(d.table, strata, true)
	if err != nil {
		return nil, err
	}
	return survival.CountStrataEach(d.times, g, by)
}

// logRankFields is a test; without its chi-square if that cannot be had, with the error that says why.
func logRankFields(rho float64, strata ...[]survival.Counts) (object, error) {
	t, err := survival.LogRankEach(rho, strata...)
	if t == nil {
		return nil, err
	}
	return object{"n": t.N, "observed": t.Observed, "expected": t.Expected, "variance": t.Variance, "chisq": t.ChiSquare, "df": t.DF, "p": t.P}, err
}

func restrictedMeans(in Input) (any, error) {
	_, _, counts, err := groupCounts(in)
	if err != nil {
		return nil, err
	}
	tau := in.Spec.Number("tau", math.NaN())
	means, err := survival.RestrictedMeanEach(counts, tau)
	if err != nil {
		return nil, err
	}
	out := object{"tau": tau, "beyond_last_time": false}
	if warning := beyondFollowUp(means); warning != "" {
		out["beyond_last_time"], out["warning"] = true, warning
	}
	switch len(means) {
	case 1:
		maps.Copy(out, object{"rmst": means[0].Mean, "se": means[0].SE, "rmtl": means[0].Lost})
	case 2:
		c := means[1].Contrast(means[0], in.level())
		maps.Copy(out, object{"groups": []string{means[0].Label, means[1].Label}, "rmst1": means[1].Mean, "se1": means[1].SE, "rmst0": means[0].Mean, "se0": means[0].SE,
			"rmtl1": means[1].Lost, "rmtl0": means[0].Lost,
			"diff": c.Difference, "diff_se": c.SE, "diff_ci": []float64{c.Lower, c.Upper}, "diff_p": c.P,
			"ratio": c.Ratio, "ratio_ci": []float64{c.RatioLower, c.RatioUpper}})
	default:
		return nil, &stats.Error{Problem: stats.Unsupported, Variable: groupNames(in.Spec)[0], Detail: fmt.Sprintf("%d groups cannot be contrasted as one pair", len(means)), Advice: "Choose two groups"}
	}
	return out, nil
}

// beyondFollowUp is a warning of means up to a time at which a curve is not known, because nobody was watched so long while some were without the event: it is carried on
// at its last value, as R does, and what that adds is not known. "" if there is none.
func beyondFollowUp(means []survival.Mean) string {
	known := math.Inf(1)
	for _, m := range means {
		if m.Beyond {
			known = min(known, m.Seen)
		}
	}
	if math.IsInf(known, 1) {
		return ""
	}
	return fmt.Sprintf("the curves are known up to %g only, and tau is %g: beyond it the last value is carried on, which nothing supports. Take a tau within the follow-up of all groups", known, means[0].Tau)
}
