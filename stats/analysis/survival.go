package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/formula"
	"consilium/stats/matrix"
	"consilium/stats/survival"
)

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
	t, err := in.complete(in.Table, names...)
	if err == nil {
		t, err = weighted(t, in.Spec.Text("weights"))
		in.used(t)
	}
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

// weighted leaves out the rows of weight 0, which stand for nobody: those that a matching left unmatched.
func weighted(t *stats.Table, name string) (*stats.Table, error) {
	if name == "" {
		return t, nil
	}
	w, err := t.Numbers(name)
	if err != nil || !slices.Contains(w, 0) {
		return t, err
	}
	return t.Keep(func(i int) bool { return w[i] != 0 }), nil
}

// oneAndTwo says whether a status is coded 1 for none and 2 for the event, as some of R's data have it.
func oneAndTwo(s Spec, t *stats.Table) bool {
	two := false
	for _, v := range statusOf(s, t) {
		if v < 1 || v > 2 {
			return false
		}
		two = two || v == 2
	}
	return two
}

// statusOf are the values of the status that a specification names, by its key or within Surv(); nil if it names none. What is wrong with it will be said where it is used.
func statusOf(s Spec, t *stats.Table) []float64 {
	if name := s.Text("status"); name != "" {
		values, _ := t.Numbers(name)
		return values
	}
	f, err := formula.Parse(s.Text("formula"))
	if err != nil || len(f.Survival) == 0 {
		return nil
	}
	values, _ := formula.Evaluate(f.Survival[len(f.Survival)-1], t)
	return values
}

// twoStates reads a status of 1 and 2 as 0 and 1, as R does.
func twoStates(in Input) Input {
	if in.Table == nil || !in.oneTwo {
		return in
	}
	name := in.Spec.Text("status")
	status, err := in.Table.Numbers(name)
	if err != nil {
		return in // survivalRows will say so
	}
	less := make([]float64, len(status))
	for i, v := range status {
		less[i] = v - 1
	}
	in.Table = in.Table.With(slices.Clone(in.Table.Columns))
	for j, c := range in.Table.Columns {
		if c.Name == name {
			in.Table.Columns[j] = stats.Column{Name: name, Numbers: less}
		}
	}
	in.oneTwo = false
	return in
}

// twoStateRows are the rows of a method that knows one kind of event.
func twoStateRows(in Input, also ...string) (survivalData, error) {
	d, err := survivalRows(twoStates(in), also...)
	if err != nil {
		return d, err
	}
	return d, oneEvent(d.times)
}

// oneEvent refuses a status that tells of several kinds of events where a method would take each of them for the one.
func oneEvent(t survival.Times) error {
	for i, e := range t.Event {
		if e > 1 {
			return &stats.Error{Problem: stats.Invalid, Variable: "status", Detail: fmt.Sprintf("row %d is %d, not 0 or 1", i+1, e),
				Advice: `Of competing events count one ("derived": {"recurred": "event == 1"}), or take aalen_johansen, cause_specific or fine_gray`}
		}
	}
	return nil
}

// survivalGroups puts rows into groups by one variable or by several together, in their natural order. With prefix, labels are written "name=value".
func survivalGroups(t *stats.Table, names []string, prefix bool) (survival.Groups, error) {
	if len(names) == 0 {
		return survival.Groups{}, nil
	}
	var g survival.Groups
	for k, name := range names {
		c, err := t.Column(name)
		if err != nil {
			return survival.Groups{}, err
		}
		values, codes := columnGroups(c)
		for i, v := range values {
			if prefix {
				values[i] = name + "=" + v
			}
		}
		if k == 0 {
			g = survival.Groups{Labels: values, Of: codes}
		} else {
			g = crossed(g, values, codes)
		}
	}
	return g, nil
}

// crossed divides groups further, by the values of another variable. Combinations that no row has are left out.
func crossed(g survival.Groups, values []string, codes []int) survival.Groups {
	both := make([]int, len(codes))
	for i, k := range codes {
		both[i] = g.Of[i]*len(values) + k
	}
	used, of := stats.Groups(both)
	out := survival.Groups{Of: of}
	for _, k := range used {
		out.Labels = append(out.Labels, g.Labels[k/len(values)]+", "+values[k%len(values)])
	}
	return out
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

// coxCase is a Cox model as a case describes it, and its rows.
type coxCase struct {
	data    survivalData
	sets    *survival.RiskSets
	cluster []int // nil: none
	x       stats.Design
}

// eventsOf is 1 for the rows that had a cause.
func eventsOf(events []int, cause int) []float64 {
	out := make([]float64, len(events))
	for i, e := range events {
		if e == cause {
			out[i] = 1
		}
	}
	return out
}

func readCox(in Input) (*coxCase, error) {
	if err := without(in.Spec, "group"); err != nil {
		return nil, err
	}
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
	d, err := twoStateRows(in, also...)
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
	c := &coxCase{data: d, x: x}
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
	if in.Spec.Text("ties") == "exact" {
		return coxExact(in)
	}
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
	result := coxResult(&m.Fit, robust, m.Rows, m.Events, m.Pairs(), in.level())
	covariance := m.Covariance
	if robust != nil {
		covariance = *robust
	}
	result["effects"] = fitted{terms: m.Terms, coef: m.Coef, covariance: covariance, df: math.Inf(1), level: in.level(), x: c.x, events: eventsOf(c.data.times.Event, 1)}.effects(in.Spec)
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
func coxResult(f *fit.Fit, robust *matrix.Symmetric, rows, events int, pairs survival.Pairs, level float64) object {
	covariance := f.Covariance
	if robust != nil {
		covariance = *robust
	}
	out := waldFields(f.Terms, f.Coef, covariance, level)
	if robust != nil {
		out["naive_se"], out["robust_se"] = f.SE(), out["se"]
	}
	ratio, score := survival.CoxTests(f)
	maps.Copy(out, object{
		"hr": exponentialsOf(f.Coef), "loglik_null": f.Start.LogLik, "loglik": f.Sums.LogLik,
		"lr_chisq": ratio.Statistic, "score_chisq": score.Statistic,
		"wald_chisq": survival.WaldTest(f.Coef, covariance).Statistic,
		"n":          rows, "events": events, "concordance": pairs.Concordance(), "vcov": covariance.Rows(),
	})
	return out
}

// waldFields are the columns of a table of coefficients.
func waldFields(terms []string, coef []float64, covariance matrix.Symmetric, level float64) object {
	w := survival.Wald(coef, covariance, level)
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

// confScale is the scale of the limits: log-log unless the specification says otherwise.
func confScale(s Spec) survival.Scale {
	switch conf := s.Text("conf_type"); conf {
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
