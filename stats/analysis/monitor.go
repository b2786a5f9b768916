package analysis

import (
	"math"
	"regexp"
	"strings"

	"consilium/stats"
	"consilium/stats/formula"
	"consilium/stats/monitor"
	"consilium/stats/regress"
	"consilium/stats/tail"
)

// monitorMethods follow quality over time and compare centers, of package monitor. Rows with a missing value are left out; patients are numbered from 1.
func monitorMethods() []Method {
	y := Parameter{Name: "y", Kind: Series, Example: "died", About: "the outcome of each operation in order, 0 or 1"}
	risk := []Parameter{y,
		{Name: "p", Kind: Series, Example: "risk", About: "the expected risk of each patient"},
		{Name: "expected", Kind: Text, Example: "died ~ age", About: "a column of risks, or the model that gives them"},
		{Name: "risk_model", Kind: Variables, Example: []any{"age"}, About: "predictors of the risk, if neither p nor expected is given"}}
	unit := Parameter{Name: "unit", Kind: Variable, Example: "hospital", Aliases: []string{"centre", "center"}, About: "the centers"}
	return []Method{
		{Name: "ra_cusum", About: "is quality changing: risk-adjusted CUSUM and VLAD", Result: object{}, compute: riskAdjustedCUSUM,
			Parameters: join(risk, []Parameter{
				{Name: "up_RA", Kind: Number, Default: 2.0, Example: 1.5, About: "odds ratio of worse results that is looked for"}, {Name: "h_up", Kind: Number, Positive: true, Example: 4.5, About: "signal of worse results; none if absent"},
				{Name: "down_RA", Kind: Number, Default: 0.5, Example: 0.7, About: "odds ratio of better results"}, {Name: "h_down", Kind: Number, Positive: true, Example: 4.0, About: "signal of better results; none if absent"},
				{Name: "R0", Kind: Number, Default: 1.0, Example: 1.0, About: "odds ratio of results as expected"}})},
		{Name: "ra_cusum_arl", About: "how long a CUSUM runs until a signal, by chance and under worse results", Result: []object{}, compute: runLengths,
			Parameters: []Parameter{{Name: "p", Kind: Series, Needed: true, Example: "risk", About: "risks that are drawn from"},
				{Name: "h", Kind: Numbers, Needed: true, Example: []any{2.0, 3.0}, About: "thresholds"}, {Name: "R", Kind: Numbers, Default: 1.0, Example: []any{1.0, 2.0}, About: "true odds ratios"},
				{Name: "RA", Kind: Number, Default: 2.0, Example: 1.5, About: "odds ratio that is looked for"},
				{Name: "reps", Kind: Whole, Positive: true, Default: 2000.0, Example: 500.0, About: "simulated charts"}, {Name: "cap", Kind: Whole, Positive: true, Default: 20000.0, Example: 5000.0, About: "longest run"},
				{Name: "seed", Kind: Whole, Default: 4711.0, Example: 7.0, About: "start of the random numbers"}, {Name: "sampling", Kind: Text, Example: "with replacement", About: "a remark"}}},
		{Name: "learning_curve", About: "has a technique been learned: cumulative failures, SPRT and LC-CUSUM", Result: object{}, compute: learningCurve,
			Parameters: []Parameter{y,
				{Name: "p0_acceptable", Kind: Number, Needed: true, Example: 0.1, Aliases: []string{"p0"}, About: "acceptable rate of failure"},
				{Name: "p1_unacceptable", Kind: Number, Needed: true, Example: 0.2, Aliases: []string{"p1"}, About: "unacceptable rate"},
				{Name: "alpha", Kind: Number, Positive: true, Default: 0.05, Example: 0.1, About: "chance to call an acceptable rate unacceptable"}, {Name: "beta", Kind: Number, Positive: true, Default: 0.1, Example: 0.2, About: "chance of the opposite"},
				{Name: "h", Kind: Number, Positive: true, Example: 1.25, Aliases: []string{"h_lc"}, About: "threshold of the LC-CUSUM, at which a technique counts as learned; none if absent"}}},
		{Name: "g_t_chart", About: "cases and days between rare events", Result: object{}, compute: betweenEvents,
			Parameters: []Parameter{y, {Name: "day", Kind: Series, Example: "day", About: "day of each operation"}}},
		{Name: "run_chart", About: "is a series shifting or trending", Parameters: []Parameter{{Name: "y", Kind: Series, Example: "minutes", About: "the series"}}, Result: object{}, compute: runChart},
		{Name: "funnel", About: "which centers differ from all by more than chance", Result: object{}, compute: funnel,
			Parameters: []Parameter{unit, level, y,
				{Name: "x", Kind: Series, Example: "events", About: "events of each center, if rows are centers"}, {Name: "n", Kind: Series, Example: "patients", About: "their patients"},
				{Name: "winsor", Kind: Number, Default: 0.1, Example: 0.05, About: "share at each end that is drawn in before overdispersion is estimated"}}},
		{Name: "observed_expected", About: "observed over expected events of each center, with limits", Result: []object{}, compute: observedExpected, Parameters: join(risk, []Parameter{unit, level})},
	}
}

func riskAdjustedCUSUM(in Input) (any, error) {
	y, p, _, err := risksOf(in)
	if err != nil {
		return nil, err
	}
	chart := func(ra, h string, usual float64) (object, *monitor.CUSUM, error) {
		c := monitor.Chart{RA: in.Spec.Number(ra, usual), R0: in.Spec.Number("R0", 1), H: in.Spec.Number(h, math.Inf(1))}
		course, err := c.Run(y, p)
		if err != nil {
			return nil, nil, err
		}
		return object{"RA": c.RA, "weight": course.Weight, "first_crossing": number1(course.First), "h": c.H, "max": course.Max,
			"reset": object{"index_1based": numbered(course.Signals), "path_with_reset": course.Reset}}, course, nil
	}
	upper, up, err := chart("up_RA", "h_up", 2)
	if err != nil {
		return nil, err
	}
	lower, down, err := chart("down_RA", "h_down", 0.5)
	if err != nil {
		return nil, err
	}
	vlad, err := monitor.VLAD(y, p)
	if err != nil {
		return nil, err
	}
	upper["S"], lower["S_plotted_negative"] = up.S, negative(down.S)
	return object{"upper": upper, "lower": lower, "vlad": vlad}, nil
}

// number1 is an index written from 1, or not a number if there is none.
func number1(index int) float64 {
	if index < 0 {
		return math.NaN()
	}
	return float64(index + 1)
}

func numbered(indices []int) []int {
	out := make([]int, len(indices))
	for i, v := range indices {
		out[i] = v + 1
	}
	return out
}

func negative(list []float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = 0 - v // not -0
	}
	return out
}

// runLengths simulates each pair of a threshold h and true odds R with the stated generator, and adds the average of the Markov chain.
func runLengths(in Input) (any, error) {
	columns, _, err := columnsOf(in, "p")
	if err != nil {
		return nil, err
	}
	spec := in.Spec
	var out []object
	for _, pair := range pairsOf(spec.Numbers("h"), spec.Numbers("R")) {
		if err := in.stopped(); err != nil {
			return nil, err
		}
		chart := monitor.Chart{RA: spec.Number("RA", 2), H: pair.h}
		s := monitor.Simulation{Reps: int(spec.Number("reps", 2000)), Cap: int(spec.Number("cap", 20000)), Uniform: monitor.ParkMiller(uint64(spec.Number("seed", 4711)))}
		l, err := monitor.SimulateRunLength(columns[0], chart, pair.r, s)
		if err != nil {
			return nil, err
		}
		one := object{"R": pair.r, "h": pair.h, "reps": l.Reps, "mean": l.Mean, "mc_se": l.SE, "capped": l.Capped}
		if exact, err := monitor.RunLength(columns[0], chart, pair.r); err == nil {
			one["markov_mean"] = exact
		}
		out = append(out, one)
	}
	if out == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "h", Detail: "no threshold is given"}
	}
	return out, nil
}

type hr struct{ h, r float64 }

// pairsOf lists all thresholds under the first odds (results as expected), then the last threshold under each further one, then what remains. Lists that
// repeat a value are pairs already.
func pairsOf(h, r []float64) []hr {
	if len(r) == 0 {
		r = []float64{1}
	}
	var out []hr
	if len(h) == len(r) && (repeats(h) || repeats(r)) {
		for i := range h {
			out = append(out, hr{h[i], r[i]})
		}
		return out
	}
	for _, v := range h {
		out = append(out, hr{v, r[0]})
	}
	for back := 1; back <= len(h); back++ {
		for _, v := range r[1:] {
			out = append(out, hr{h[len(h)-back], v})
		}
	}
	return out
}

func repeats(list []float64) bool {
	seen := map[float64]bool{}
	for _, v := range list {
		if seen[v] {
			return true
		}
		seen[v] = true
	}
	return false
}

func learningCurve(in Input) (any, error) {
	columns, _, err := columnsOf(in, "y")
	if err != nil {
		return nil, err
	}
	first := func(names ...string) float64 {
		for _, name := range names {
			if in.Spec.Has(name) {
				return in.Spec.Number(name, 0)
			}
		}
		return 0
	}
	l, err := monitor.Learn(columns[0], monitor.Rates{Acceptable: first("p0_acceptable", "p0"), Unacceptable: first("p1_unacceptable", "p1"),
		Alpha: first("alpha"), Beta: first("beta"), H: first("h", "h_lc")})
	if err != nil {
		return nil, err
	}
	return object{"cusum_observed_minus_expected": l.Observed,
		"sprt":     object{"s": l.SPRT.S, "h1_upper": l.SPRT.Upper, "h0_lower": l.SPRT.Lower, "path": l.SPRT.Path, "decided": number1(l.SPRT.Decided), "acceptable": l.SPRT.Acceptable},
		"lc_cusum": object{"weight_failure": l.LC.Failure, "weight_success": l.LC.Success, "path": l.LC.Path, "adequate": number1(l.LC.Adequate)}}, nil
}

func betweenEvents(in Input) (any, error) {
	keys := []string{"y"}
	if in.holds("day") {
		keys = append(keys, "day")
	}
	columns, _, err := columnsOf(in, keys...)
	if err != nil {
		return nil, err
	}
	g, err := monitor.EventsApart(columns[0])
	if err != nil {
		return nil, err
	}
	out := object{"g": object{"counts": g.Counts, "centre": g.Center, "ucl": g.Upper, "lcl": g.Lower, "p_hat": g.P, "prob_ucl": g.ProbUpper}}
	if len(columns) > 1 {
		t, err := monitor.DaysApart(columns[0], columns[1])
		out["t"] = part(err, func() any {
			return object{"days_between": t.Days, "transformed": t.Transformed, "centre": t.Center, "sigma": t.Sigma, "ucl_t": t.Upper, "lcl_t": t.Lower,
				"ucl_days": monitor.InDays(t.Upper), "lcl_days": monitor.InDays(t.Lower), "centre_days": monitor.InDays(t.Center)}
		})
	}
	return out, nil
}

func runChart(in Input) (any, error) {
	columns, _, err := columnsOf(in, "y")
	if err != nil {
		return nil, err
	}
	r, err := monitor.RunChart(columns[0])
	if err != nil {
		return nil, err
	}
	return object{"median": r.Median, "useful": r.Useful, "runs": r.Runs, "longest_run": r.Longest, "crossings": r.Crossings, "longest_trend": r.Trend,
		"fewest_runs": r.FewestRuns, "most_runs": r.MostRuns, "shift": r.Shift, "trend": r.Trending, "too_few_runs": r.TooFewRuns, "too_many_runs": r.TooManyRuns,
		"longest_allowed": r.LongestAllowed, "crossings_allowed": r.CrossingsAllowed, "unusually_long": r.UnusuallyLong, "unusually_few": r.UnusuallyFew}, nil
}

func funnel(in Input) (any, error) {
	labels, x, n, err := countsOf(in)
	if err != nil {
		return nil, err
	}
	q := in.Spec.Number("winsor", 0.1)
	f, err := monitor.NewFunnel(x, n, q)
	if err != nil {
		return nil, err
	}
	each := func(of func(i int) float64) []float64 {
		out := make([]float64, len(n))
		for i := range out {
			out[i] = of(i)
		}
		return out
	}
	exact := func(p float64) []float64 { return each(func(i int) float64 { return f.Exact(f.Size[i], p) }) }
	times := f.Multiplicative()
	normal := func(p, factor float64) []float64 {
		return each(func(i int) float64 { return f.Normal(f.S0[i]*factor, p) })
	}
	additive := func(p float64) []float64 {
		return each(func(i int) float64 { return f.Normal(f.Additive(f.S0[i]), p) })
	}
	wilson := make([][]float64, len(n))
	for i := range n {
		lower, upper := tail.WilsonLimits(float64(x[i]), f.Size[i], in.level())
		wilson[i] = []float64{lower, upper}
	}
	return object{"id": labels, "n": n, "x": x, "target": f.Target, "proportion": f.Rate, "z": f.Z,
		"exact":  object{"lower_0.001": exact(0.001), "lower_0.025": exact(0.025), "upper_0.975": exact(0.975), "upper_0.999": exact(0.999)},
		"normal": object{"lower_0.025": normal(0.025, 1), "upper_0.975": normal(0.975, 1)},
		"winsor": object{"q": q, "limits": f.Tails[:], "z": f.Winsorized}, "phi": f.Phi,
		"multiplicative": object{"z": each(func(i int) float64 { return f.Z[i] / times }), "lower_0.025": normal(0.025, times), "upper_0.975": normal(0.975, times)},
		"additive": object{"tau2": f.Tau2, "z": each(func(i int) float64 { return (f.Rate[i] - f.Target) / f.Additive(f.S0[i]) }),
			"lower_0.001": additive(0.001), "upper_0.999": additive(0.999)},
		"wilson": wilson}, nil
}

// countsOf are events and patients of each unit: of a row each, under "x" and "n", or added up over the patients of a unit.
func countsOf(in Input) (labels any, x, n []int, err error) {
	if in.Spec.Has("x") && in.Spec.Has("n") {
		columns, _, err := columnsOf(in, "x", "n")
		if err != nil {
			return nil, nil, nil, err
		}
		numbers := make([]int, len(columns[0]))
		for i := range numbers {
			numbers[i], x, n = i+1, append(x, int(columns[0][i])), append(n, int(columns[1][i]))
		}
		return numbers, x, n, nil
	}
	unit := firstText(in.Spec, "unit", "centre", "center")
	t, err := tableOf(in, unit, in.Spec.Text("y"))
	if err != nil {
		return nil, nil, nil, err
	}
	labels, codes, err := unitsOf(t, unit)
	if err != nil {
		return nil, nil, nil, err
	}
	y, err := t.Numbers(in.Spec.Text("y"))
	if err != nil {
		return nil, nil, nil, err
	}
	x, n, err = monitor.Counts(y, codes)
	return labels, x, n, err
}

func firstText(spec Spec, keys ...string) string {
	for _, key := range keys {
		if text := spec.Text(key); text != "" {
			return text
		}
	}
	return ""
}

// tableOf is the rows in which none of the variables is missing.
func tableOf(in Input, names ...string) (*stats.Table, error) {
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	return in.complete(in.Table, names...)
}

// unitsOf numbers the values of a variable in their order.
func unitsOf(t *stats.Table, name string) (labels any, codes []int, err error) {
	c, err := t.Column(name)
	if err != nil {
		return nil, nil, err
	}
	if c.Texts != nil {
		labels, codes := stats.Groups(c.Texts)
		return labels, codes, nil
	}
	numbers, codes := stats.Groups(c.Numbers)
	return numbers, codes, nil
}

func observedExpected(in Input) (any, error) {
	unit := firstText(in.Spec, "centre", "center", "unit")
	complete, err := tableOf(in, unit, in.Spec.Text("y"))
	if err != nil {
		return nil, err
	}
	in.Table = complete
	y, expected, rows, err := risksOf(in)
	if err != nil {
		return nil, err
	}
	labels, codes, err := unitsOf(complete.Take(rows), unit)
	if err != nil {
		return nil, err
	}
	centers, err := monitor.Compare(y, expected, codes, in.level())
	if err != nil {
		return nil, err
	}
	out := make([]object, len(centers))
	for i, c := range centers {
		var label any
		switch labels := labels.(type) {
		case []string:
			label = labels[i]
		case []float64:
			label = labels[i]
		}
		out[i] = object{"centre": label, "n": c.N, "O": c.Observed, "E": c.Expected, "smr": c.Ratio, "exact_poisson_ci": c.Exact[:], "byar_ci": c.Byar[:], "risk_adjusted_rate": c.AdjustedRate}
	}
	return out, nil
}

// risksOf are outcome and risk of the rows that have both. The risk is a column ("p", or "expected" if that names one), or fitted: by the formula within the
// text of "expected", or else by logistic regression of the outcome on "risk_model".
func risksOf(in Input) (y, p []float64, rows []int, err error) {
	expected := in.Spec.Text("expected")
	switch {
	case strings.Contains(expected, "~"):
		return fittedBy(in, expected)
	case in.Spec.Has("p"):
		return givenRisks(in, "p")
	case expected != "" && in.Table != nil:
		if _, err := in.Table.Numbers(expected); err == nil {
			return givenRisks(in, "expected")
		}
	}
	if terms := in.Spec.Texts("risk_model"); len(terms) > 0 {
		return fittedBy(in, in.Spec.Text("y")+" ~ "+strings.Join(terms, " + "))
	}
	return givenRisks(in, "p")
}

func givenRisks(in Input, key string) (y, p []float64, rows []int, err error) {
	if in.Table == nil || in.Spec.Numbers(key) != nil {
		columns, _, err := columnsOf(in, "y", key)
		if err != nil {
			return nil, nil, nil, err
		}
		return columns[0], columns[1], nil, nil
	}
	outcome, risk := in.named("y"), in.named(key)
	if y, err = in.Table.Numbers(outcome); err != nil {
		return nil, nil, nil, err
	}
	if p, err = in.Table.Numbers(risk); err != nil {
		return nil, nil, nil, err
	}
	for i := range y {
		if !math.IsNaN(y[i]) && !math.IsNaN(p[i]) {
			rows = append(rows, i)
		}
	}
	kept := stats.Table{Columns: []stats.Column{{Name: "y", Numbers: y}, {Name: "p", Numbers: p}}}
	t := kept.Take(rows)
	return t.Columns[0].Numbers, t.Columns[1].Numbers, rows, nil
}

// named is the column that the specification names under a key, or the key.
func (in Input) named(key string) string {
	if name := in.Spec.Text(key); name != "" {
		return name
	}
	return key
}

// modelText is a formula within a sentence.
var modelText = regexp.MustCompile(`([\w.]*)\s*~\s*(.+)$`)

// plainTerms is the part of a formula that names variables, before words that follow it.
var plainTerms = regexp.MustCompile(`^[\w.]+(\s*[+*:]\s*[\w.]+)*`)

// fittedBy fits the model whose formula stands in the text: Poisson regression if the text says so, else logistic.
func fittedBy(in Input, text string) (y, p []float64, rows []int, err error) {
	if in.Table == nil {
		return nil, nil, nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set to fit the risks on"}
	}
	parts := modelText.FindStringSubmatch(text)
	if parts == nil {
		return nil, nil, nil, &stats.Error{Problem: stats.Invalid, Variable: "expected", Detail: "there is no formula in it"}
	}
	outcome, right := parts[1], strings.TrimRight(parts[2], " .;,")
	if _, err := in.Table.Column(outcome); err != nil {
		outcome = in.named("y")
	}
	f, err := formula.Parse(outcome + " ~ " + right)
	if err != nil {
		if f, err = formula.Parse(outcome + " ~ " + plainTerms.FindString(right)); err != nil {
			return nil, nil, nil, err
		}
	}
	d, err := f.Design(in.Table, formula.Options{})
	if err != nil {
		return nil, nil, nil, err
	}
	model := regress.Logistic
	if strings.Contains(strings.ToLower(text), "poisson") {
		model = regress.Poisson
	}
	m, err := model(d.Y, d.X, regress.Options{Offset: d.Offset})
	if err != nil {
		return nil, nil, nil, err
	}
	outcomes, err := in.Table.Take(d.Rows).Numbers(in.named("y"))
	return outcomes, m.Fitted, d.Rows, err
}
