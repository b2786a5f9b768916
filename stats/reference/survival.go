package reference

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/formula"
	"consilium/stats/matrix"
	"consilium/stats/survival"
)

// survivalMethods are those of times to an event.
var survivalMethods = map[string]method{
	"cox":            coxModel,
	"cox_prediction": coxPrediction,
	"kaplan_meier":   kaplanMeier,
	"logrank":        logRank,
	"rmst":           restrictedMeans,
	"aalen_johansen": competingIncidence,
	"fine_gray":      fineGray,
}

// survivalData is the complete rows of an analysis of times.
type survivalData struct {
	table *stats.Table
	times survival.Times
}

// survivalRows takes the times ("time" or "start" and "stop", "status") of the rows in which they and the other named variables are known.
func survivalRows(in Input, also ...string) (survivalData, error) {
	if in.Table == nil {
		return survivalData{}, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	start, stop := in.Spec.Text("start"), in.Spec.Text("stop")
	if stop == "" {
		stop = in.Spec.Text("time")
	}
	names := append([]string{stop, in.Spec.Text("status")}, also...)
	if start != "" {
		names = append(names, start)
	}
	t, err := in.Table.Complete(names...)
	if err != nil {
		return survivalData{}, err
	}
	stops, err := t.Numbers(stop)
	if err != nil {
		return survivalData{}, err
	}
	status, err := t.Numbers(in.Spec.Text("status"))
	if err != nil {
		return survivalData{}, err
	}
	var starts []float64
	if start != "" {
		if starts, err = t.Numbers(start); err != nil {
			return survivalData{}, err
		}
	}
	times, err := survival.NewTimes(starts, stops, status)
	return survivalData{t, times}, err
}

// twoStates reads a status of 1 and 2 as 0 and 1, as R does.
func twoStates(in Input) Input {
	if in.Table == nil {
		return in
	}
	name := in.Spec.Text("status")
	status, err := in.Table.Numbers(name)
	if err != nil {
		return in // survivalRows will say so
	}
	known := slices.DeleteFunc(slices.Clone(status), math.IsNaN)
	if len(known) == 0 || slices.Min(known) < 1 || slices.Max(known) != 2 {
		return in
	}
	less := make([]float64, len(status))
	for i, v := range status {
		less[i] = v - 1
	}
	in.Table = &stats.Table{Columns: slices.Clone(in.Table.Columns)}
	for j, c := range in.Table.Columns {
		if c.Name == name {
			in.Table.Columns[j].Numbers = less
		}
	}
	return in
}

// survivalGroups puts rows into groups by one variable or by several together, in their natural order. With prefix, labels are written "name=value".
func survivalGroups(t *stats.Table, names []string, prefix bool) (survival.Groups, error) {
	if len(names) == 0 {
		return survival.Groups{}, nil
	}
	codes := make([]int, t.Rows())
	labels := []string{""}
	for _, name := range names {
		c, err := t.Column(name)
		if err != nil {
			return survival.Groups{}, err
		}
		values, own := columnGroups(c)
		var joined []string
		for _, before := range labels {
			for _, v := range values {
				if prefix {
					v = name + "=" + v
				}
				if before != "" {
					v = before + ", " + v
				}
				joined = append(joined, v)
			}
		}
		for i := range codes {
			codes[i] = codes[i]*len(values) + own[i]
		}
		labels = joined
	}
	return usedGroups(labels, codes), nil
}

// columnGroups are the values of a column as words, in natural order, and the value of each row.
func columnGroups(c stats.Column) (values []string, codes []int) {
	if c.Texts != nil {
		return stats.Groups(c.Texts)
	}
	numbers, codes := stats.Groups(c.Numbers)
	for _, v := range numbers {
		values = append(values, strconv.FormatFloat(v, 'g', 15, 64))
	}
	return values, codes
}

// usedGroups leaves out combinations that no row has.
func usedGroups(labels []string, codes []int) survival.Groups {
	used := slices.Clone(codes)
	slices.Sort(used)
	used = slices.Compact(used)
	g := survival.Groups{Of: make([]int, len(codes))}
	for _, k := range used {
		g.Labels = append(g.Labels, labels[k])
	}
	for i, k := range codes {
		g.Of[i], _ = slices.BinarySearch(used, k)
	}
	return g
}

// coxCase is a Cox model as a case describes it, and its rows.
type coxCase struct {
	data    survivalData
	sets    *survival.RiskSets
	cluster []int // nil: none
}

func readCox(in Input) (*coxCase, error) {
	names := in.Spec.Texts("predictors")
	strata, cluster := in.Spec.Texts("strata"), in.Spec.Text("cluster")
	also := slices.Concat(names, strata)
	if cluster != "" {
		also = append(also, cluster)
	}
	weights := in.Spec.Text("weights")
	if weights != "" {
		also = append(also, weights)
	}
	d, err := survivalRows(twoStates(in), also...)
	if err != nil {
		return nil, err
	}
	o := survival.CoxOptions{Ties: survival.Ties(in.Spec.Text("ties"))}
	if o.Strata, err = survivalGroups(d.table, strata, true); err != nil {
		return nil, err
	}
	if weights != "" {
		if o.Weights, err = d.table.Numbers(weights); err != nil {
			return nil, err
		}
	}
	if offset := in.Spec.Text("offset"); offset != "" {
		c, err := formula.Column(offset, d.table)
		if err != nil {
			return nil, err
		}
		o.Offset = c.Numbers
	}
	x, err := predictors(d.table, names)
	if err != nil {
		return nil, err
	}
	x = stats.Design{Terms: x.Terms[1:], Columns: x.Columns[1:]} // a Cox model has no intercept
	c := &coxCase{data: d}
	if c.sets, err = survival.NewRiskSets(d.times, x, o); err != nil {
		return nil, err
	}
	c.cluster, err = coxClusters(in.Spec, d.table, o.Weights)
	return c, err
}

// coxClusters numbers the clusters. Weights that are not whole call for robust errors of single rows, as in R.
func coxClusters(s Spec, t *stats.Table, weights []float64) ([]int, error) {
	if name := s.Text("cluster"); name != "" {
		g, err := survivalGroups(t, []string{name}, false)
		return g.Of, err
	}
	broken := slices.ContainsFunc(weights, func(w float64) bool { return w != math.Floor(w) })
	if robust, _ := s["robust"].(bool); !robust && !broken {
		return nil, nil
	}
	each := make([]int, t.Rows())
	for i := range each {
		each[i] = i
	}
	return each, nil
}

func coxModel(in Input) (any, error) {
	c, err := readCox(in)
	if err != nil {
		return nil, err
	}
	m, err := survival.Cox(c.sets, fit.Options{})
	if err != nil {
		return nil, err
	}
	var robust *matrix.Symmetric
	if c.cluster != nil {
		v, err := m.Clustered(c.cluster)
		if err != nil {
			return nil, err
		}
		robust = &v
	}
	result := coxResult(&m.Fit, robust, m.Rows, m.Events, m.Pairs())
	clocks := []survival.Transform{survival.ByKM, survival.ByIdentity, survival.ByRank}
	if in.Spec.Text("start") != "" { // where rows enter late, the curve of all rows is a poor clock
		clocks = []survival.Transform{survival.ByIdentity, survival.ByKM, survival.ByRank}
	}
	if asked := in.Spec.Texts("transform"); asked != nil {
		clocks = nil
		for _, by := range asked {
			clocks = append(clocks, survival.Transform(by))
		}
	}
	result["zph"] = drifts(m, clocks)
	return result, nil
}

// coxResult is shared by one table and several hospitals.
func coxResult(f *fit.Fit, robust *matrix.Symmetric, rows, events int, pairs survival.Pairs) object {
	covariance := f.Covariance
	if robust != nil {
		covariance = *robust
	}
	out := waldFields(f.Terms, f.Coef, covariance)
	if robust != nil {
		out["naive_se"], out["robust_se"] = f.SE(), out["se"]
	}
	ratio, score := survival.CoxTests(f)
	maps.Copy(out, object{
		"hr": exponentialsOf(f.Coef), "loglik_null": f.Start.LogLik, "loglik": f.Sums.LogLik,
		"lr_chisq": ratio.Statistic, "score_chisq": score.Statistic,
		"wald_chisq": math.Round(100*survival.WaldTest(f.Coef, covariance).Statistic) / 100, // R's summary rounds it
		"n":          rows, "events": events, "concordance": pairs.Concordance(), "vcov": covariance.Rows(),
	})
	return out
}

// waldFields are the columns of a table of coefficients.
func waldFields(terms []string, coef []float64, covariance matrix.Symmetric) object {
	w := survival.Wald(coef, covariance, 0.95)
	return object{"terms": terms, "coef": coef, "se": w.SE, "statistic": w.Z, "p": w.P, "wald_lower": w.Lower, "wald_upper": w.Upper}
}

func exponentialsOf(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = math.Exp(v)
	}
	return out
}

// drifts are the tests of proportional hazards by several clocks; those that cannot be done are left out.
func drifts(m *survival.CoxModel, clocks []survival.Transform) []any {
	var out []any
	for _, by := range clocks {
		d, err := m.Proportional(by)
		if err != nil {
			continue
		}
		var chisq, p []float64
		var df []int
		for _, test := range append(d.Terms, d.Global) {
			chisq, df, p = append(chisq, test.Statistic), append(df, test.DF), append(p, test.P)
		}
		out = append(out, object{"transform": string(by), "terms": append(slices.Clone(m.Terms), "GLOBAL"), "chisq": chisq, "df": df, "p": p})
	}
	return out
}

// coxPrediction predicts from the model of another case, or of its own specification.
func coxPrediction(in Input) (any, error) {
	model := in
	if id := in.Spec.Text("model"); id != "" {
		c, t, err := in.Other(id)
		if err != nil {
			return nil, err
		}
		if t == nil {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: id, Detail: "the model's case has no data set"}
		}
		if t, err = c.Spec.rows(t); err != nil {
			return nil, err
		}
		model = Input{Other: in.Other}
		if model.Spec, model.Table, err = c.Spec.written(t); err != nil {
			return nil, err
		}
	}
	c, err := readCox(model)
	if err != nil {
		return nil, err
	}
	m, err := survival.Cox(c.sets, fit.Options{})
	if err != nil {
		return nil, err
	}
	var robust [][]float64
	if c.cluster != nil {
		v, err := m.Clustered(c.cluster)
		if err != nil {
			return nil, err
		}
		robust = v.Rows()
	}
	people, err := newPeople(in.Spec["newdata"])
	if err != nil {
		return nil, err
	}
	out := predictedFields{}
	for _, person := range people {
		if err := out.add(m, person, in.Spec, model.Spec.Texts("strata"), robust); err != nil {
			return nil, err
		}
	}
	return object{"surv": out.survival, "se": out.se, "lower": out.lower, "upper": out.upper, "time": out.time, "strata": out.strata}, nil
}

// newPeople are the rows of new data: one object, a list of them, or an object of lists.
func newPeople(v any) ([]map[string]any, error) {
	switch v := v.(type) {
	case map[string]any:
		return spread(v), nil
	case []any:
		var out []map[string]any
		for _, one := range v {
			person, ok := one.(map[string]any)
			if !ok {
				return nil, &stats.Error{Problem: stats.Invalid, Variable: "newdata", Detail: "it is not a list of objects"}
			}
			out = append(out, person)
		}
		return out, nil
	}
	return nil, &stats.Error{Problem: stats.Invalid, Variable: "newdata", Detail: "there are no values to predict for"}
}

func spread(columns map[string]any) []map[string]any {
	rows := 1
	for _, v := range columns {
		if list, ok := v.([]any); ok {
			rows = max(rows, len(list))
		}
	}
	out := make([]map[string]any, rows)
	for i := range out {
		out[i] = map[string]any{}
		for name, v := range columns {
			if list, ok := v.([]any); ok && len(list) > 0 {
				v = list[i%len(list)]
			}
			out[i][name] = v
		}
	}
	return out
}

// predictedFields are the points of all curves, one after the other.
type predictedFields struct {
	time, survival, se, lower, upper []float64
	strata                           []string
}

func (f *predictedFields) add(m *survival.CoxModel, person map[string]any, s Spec, strata []string, robust [][]float64) error {
	x := make([]float64, len(m.Terms))
	for j, term := range m.Terms {
		v, ok := person[term].(float64)
		if !ok {
			return &stats.Error{Problem: stats.Missing, Variable: term, Detail: "the new data have no value for it"}
		}
		x[j] = v
	}
	curves, err := m.Predict(x, confScale(s), s.Number("level", 0.95), robust)
	if err != nil {
		return err
	}
	wanted, given := stratumOf(person, strata)
	times := slices.Sorted(slices.Values(s.Numbers("times")))
	for _, c := range curves {
		if given && c.Stratum != wanted {
			continue
		}
		for _, t := range times {
			if p, ok := c.At(t); ok {
				f.time, f.survival, f.se = append(f.time, t), append(f.survival, p.Survival), append(f.se, p.SE)
				f.lower, f.upper = append(f.lower, p.Lower), append(f.upper, p.Upper)
				f.strata = append(f.strata, c.Stratum)
			}
		}
	}
	return nil
}

// stratumOf is the label of a person's stratum, if the new data state it.
func stratumOf(person map[string]any, strata []string) (label string, given bool) {
	var parts []string
	for _, name := range strata {
		v, ok := person[name]
		if !ok {
			return "", false
		}
		if number, ok := v.(float64); ok {
			v = strconv.FormatFloat(number, 'g', 15, 64)
		}
		parts = append(parts, fmt.Sprintf("%s=%v", name, v))
	}
	return strings.Join(parts, ", "), len(parts) > 0
}

// confScale is the scale of the limits: log-log unless the specification says otherwise.
func confScale(s Spec) survival.Scale {
	switch conf := s.Text("conf"); conf {
	case "", "loglog", "log-minus-log", "cloglog":
		return survival.LogLog
	default:
		return survival.Scale(conf)
	}
}

// without refuses options that the method does not have, rather than pass over them.
func without(s Spec, keys ...string) error {
	for _, key := range keys {
		if s.Has(key) {
			return &stats.Error{Problem: stats.Unsupported, Variable: key, Detail: "this method has no such option"}
		}
	}
	return nil
}

func kaplanMeier(in Input) (any, error) {
	if err := without(in.Spec, "weights", "cluster"); err != nil {
		return nil, err
	}
	names := in.Spec.Texts("group")
	d, err := survivalRows(twoStates(in), names...)
	if err != nil {
		return nil, err
	}
	g, err := survivalGroups(d.table, names, true)
	if err != nil {
		return nil, err
	}
	counts, err := survival.Count(d.times, g)
	if err != nil {
		return nil, err
	}
	return kaplanMeierResult(counts, in.Spec)
}

func kaplanMeierResult(counts survival.Counts, s Spec) (any, error) {
	curves, err := survival.KaplanMeier(counts, confScale(s), s.Number("level", 0.95))
	if err != nil {
		return nil, err
	}
	var time, risk, surv, se, lower, upper, records, events, median, low, high []float64
	var strata []string
	for _, k := range curves {
		for _, t := range slices.Sorted(slices.Values(s.Numbers("times"))) {
			p := k.At(t)
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
	return object{"times": s.Numbers("times"), "strata": strata, "time": time, "n_risk": risk, "surv": surv, "se": se, "lower": lower, "upper": upper,
		"records": records, "events": events, "median": median, "median_lower": low, "median_upper": high}, nil
}

// logRank writes the test of the specification (with its strata and rho), and beside it the three usual forms by name.
func logRank(in Input) (any, error) {
	if err := without(in.Spec, "weights", "cluster"); err != nil {
		return nil, err
	}
	names, strata := in.Spec.Texts("group"), in.Spec.Texts("strata")
	d, err := survivalRows(twoStates(in), slices.Concat(names, strata)...)
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
	pooled, err := survival.Count(d.times, g)
	if err != nil {
		return nil, err
	}
	counts := []survival.Counts{pooled}
	if len(strata) > 0 {
		if counts, err = survival.CountStrata(d.times, g, by); err != nil {
			return nil, err
		}
	}
	out, err := logRankFields(in.Spec.Number("rho", 0), counts...)
	if err != nil {
		return nil, err
	}
	if out["logrank"], err = logRankFields(0, pooled); err != nil {
		return nil, err
	}
	if out["peto_peto_rho1"], err = logRankFields(1, pooled); err != nil {
		return nil, err
	}
	out["stratified"], err = logRankFields(0, counts...)
	return out, err
}

func logRankFields(rho float64, counts ...survival.Counts) (object, error) {
	t, err := survival.LogRank(rho, counts...)
	if err != nil {
		return nil, err
	}
	return object{"n": t.N, "observed": t.Observed, "expected": t.Expected, "variance": t.Variance, "chisq": t.ChiSquare, "df": t.DF, "p": t.P}, nil
}

func restrictedMeans(in Input) (any, error) {
	if err := without(in.Spec, "weights", "cluster"); err != nil {
		return nil, err
	}
	names := in.Spec.Texts("group")
	d, err := survivalRows(twoStates(in), names...)
	if err != nil {
		return nil, err
	}
	g, err := survivalGroups(d.table, names, true)
	if err != nil {
		return nil, err
	}
	counts, err := survival.Count(d.times, g)
	if err != nil {
		return nil, err
	}
	tau := in.Spec.Number("tau", math.NaN())
	means, err := survival.RestrictedMean(counts, tau)
	if err != nil {
		return nil, err
	}
	switch len(means) {
	case 1:
		return object{"tau": tau, "rmst": means[0].Mean, "se": means[0].SE, "rmtl": means[0].Lost}, nil
	case 2:
		c := means[1].Contrast(means[0])
		return object{"tau": tau, "rmst1": means[1].Mean, "se1": means[1].SE, "rmst0": means[0].Mean, "se0": means[0].SE,
			"rmtl1": means[1].Lost, "rmtl0": means[0].Lost,
			"diff": c.Difference, "diff_se": c.SE, "diff_ci": []float64{c.Lower, c.Upper}, "diff_p": c.P,
			"ratio": c.Ratio, "ratio_ci": []float64{c.RatioLower, c.RatioUpper}}, nil
	}
	return nil, &stats.Error{Problem: stats.Unsupported, Variable: names[0], Detail: fmt.Sprintf("%d groups cannot be contrasted as one pair", len(means)), Advice: "Choose two groups"}
}

// competingIncidence is the cumulative incidence of each cause by group, their comparison, and the same from a multi-state curve.
func competingIncidence(in Input) (any, error) {
	if err := without(in.Spec, "weights", "cluster"); err != nil {
		return nil, err
	}
	names := in.Spec.Texts("group")
	d, err := survivalRows(in, slices.Concat(names, in.Spec.Texts("strata"))...)
	if err != nil {
		return nil, err
	}
	d.times.Event = recoded(d.times.Event, int(in.Spec.Number("cencode", 0)))
	g, err := survivalGroups(d.table, names, false)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		g.Labels = []string{"1"}
	}
	c, err := survival.CountCauses(d.times, g)
	if err != nil {
		return nil, err
	}
	out := object{"times": in.Spec.Numbers("times")}
	if out["curves"], err = incidenceFields(c, in.Spec); err != nil {
		return nil, err
	}
	if len(g.Labels) > 1 {
		if out["gray"], err = grayFields(d, g, in.Spec); err != nil {
			return nil, err
		}
	}
	out["survfit"], err = stateFields(c, in.Spec)
	return out, err
}

// recoded swaps the code for censored with 0.
func recoded(events []int, censored int) []int {
	if censored == 0 {
		return events
	}
	out := slices.Clone(events)
	for i, e := range events {
		switch e {
		case censored:
			out[i] = 0
		case 0:
			out[i] = censored
		}
	}
	return out
}

func incidenceFields(c survival.Competing, s Spec) ([]any, error) {
	curves, err := survival.CumulativeIncidence(c)
	if err != nil {
		return nil, err
	}
	times := slices.Compact(slices.Sorted(slices.Values(s.Numbers("times"))))
	var out []any
	for _, curve := range curves {
		if !slices.Contains(causesSeen(c), curve.Cause) {
			continue
		}
		var est, variance, lower, upper []float64
		for _, t := range times {
			e, v := curve.At(t)
			l, u := survival.Limits(e, v, 0.95)
			est, variance, lower, upper = append(est, e), append(variance, v), append(lower, l), append(upper, u)
		}
		out = append(out, object{"group_cause": fmt.Sprintf("%s %d", curve.Label, curve.Cause), "est": est, "var_aalen": variance, "loglog_lower": lower, "loglog_upper": upper})
	}
	return out, nil
}

func grayFields(d survivalData, g survival.Groups, s Spec) (object, error) {
	by, err := survivalGroups(d.table, s.Texts("strata"), true)
	if err != nil {
		return nil, err
	}
	strata, err := survival.CountCausesStrata(d.times, g, by)
	if err != nil {
		return nil, err
	}
	var cause []string
	var chisq, p []float64
	var df []int
	for _, k := range causesSeen(strata...) {
		test, err := survival.GrayTest(k, s.Number("rho", 0), strata...)
		if errors.Is(err, stats.NotEstimable) {
			test = survival.ChiSquare{Statistic: math.NaN(), DF: len(g.Labels) - 1, P: math.NaN()}
		} else if err != nil {
			return nil, err
		}
		cause, chisq, p, df = append(cause, strconv.Itoa(k)), append(chisq, test.Statistic), append(p, test.P), append(df, test.DF)
	}
	return object{"cause": cause, "chisq": chisq, "p": p, "df": df}, nil
}

// causesSeen are the causes that anybody had; a status may leave out numbers.
func causesSeen(strata ...survival.Competing) []int {
	var out []int
	for k := range strata[0] {
		if slices.ContainsFunc(strata, func(c survival.Competing) bool { return c.Events(k+1) > 0 }) {
			out = append(out, k+1)
		}
	}
	return out
}

func stateFields(c survival.Competing, s Spec) (object, error) {
	curves, err := survival.StateCurves(c)
	if err != nil {
		return nil, err
	}
	strata, time := []string{}, []float64{}
	states := max(3, len(c)+1) // two causes are written even if nobody had the second
	p, se := make([][]float64, states), make([][]float64, states)
	for _, curve := range curves {
		for _, t := range slices.Sorted(slices.Values(s.Numbers("times"))) {
			if len(curves) > 1 {
				strata = append(strata, "g="+curve.Label)
			}
			time = append(time, t)
			for state := range p {
				var v, e float64
				if state <= len(c) {
					v, e = curve.At(state, t)
				}
				p[state], se[state] = append(p[state], v), append(se[state], e)
			}
		}
	}
	out := object{"strata": strata, "time": time}
	for state := range p {
		out[fmt.Sprintf("state%d", state)], out[fmt.Sprintf("se%d_ij", state)] = p[state], se[state]
	}
	return out, nil
}

func fineGray(in Input) (any, error) {
	names := in.Spec.Texts("predictors")
	d, err := survivalRows(in, names...)
	if err != nil {
		return nil, err
	}
	if err := without(in.Spec, "cengroup", "weights", "strata", "cluster", "offset"); err != nil {
		return nil, err
	}
	x, err := predictors(d.table, names)
	if err != nil {
		return nil, err
	}
	times := d.times
	cencode := int(in.Spec.Number("cencode", 0))
	times.Event = recoded(times.Event, cencode)
	cause := int(in.Spec.Number("failcode", 1))
	if cause == 0 {
		cause = cencode // 0 was a cause, and now has the code that was censoring
	}
	m, err := survival.FineGray(times, stats.Design{Terms: x.Terms[1:], Columns: x.Columns[1:]}, cause, fit.Options{})
	if err != nil {
		return nil, err
	}
	out := waldFields(m.Terms, m.Coef, m.Covariance)
	maps.Copy(out, object{"shr": exponentialsOf(m.Coef), "loglik": m.Sums.LogLik, "loglik_null": m.Start.LogLik, "converged": true,
		"n": m.Rows, "events": m.Events, "vcov": m.Covariance.Rows()})
	return out, nil
}
