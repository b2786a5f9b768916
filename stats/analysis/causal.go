package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/causal"
	"consilium/stats/formula"
	"consilium/stats/tail"
)

// causalMethods are those of section 5. Each names the treatment, written 0 and 1, and numeric covariates; rows that miss any of them, or the outcome, are left out.
func causalMethods() []Method {
	arms := []Parameter{
		{Name: "treatment", Kind: Variable, Needed: true, Example: "endoscopic", About: "1 for the treatment, 0 for the other"},
		{Name: "outcome", Kind: Variable, Needed: true, Example: "relief", About: "what is compared: 0 and 1, or a number"},
		level,
		{Name: "trim", Kind: Number, Example: 0.05, About: "leave out rows whose propensity is below this or above 1 less this, and fit the score again"},
	}
	covariates := Parameter{Name: "covariates", Kind: Variables, Needed: true, Example: []any{"age", "female"}, About: "what the propensity depends on: variables, or terms of a formula such as factor(race) and rcs(age, 4)"}
	return []Method{
		{Name: "propensity_weighting", About: "what would the other technique have done: weights by the propensity to get it", Parameters: join(arms, []Parameter{covariates, {Name: "row_weights", Kind: Truth, Default: false, Example: true, About: "also the weight of each complete row under each target"}}), Result: object{}, compute: propensityWeighting},
		{Name: "propensity_several", About: "what would each of several techniques have done: weights by the propensities to get them", Result: SeveralTreatments{}, compute: severalTreatments, Parameters: severalKeys},
		{Name: "matching", About: "patients matched to like ones: pairs, several to one, or all of them in sets (full)", Parameters: join(arms, []Parameter{covariates}, matchingKeys), Result: object{}, compute: matching},
		{Name: "aipw", About: "weighting and outcome models together, right if either is", Result: object{}, compute: doublyRobust,
			Parameters: join(arms, []Parameter{
				{Name: "ps", Kind: Variables, Needed: true, Example: []any{"age", "female"}, Aliases: []string{"covariates"}, About: "covariates of the propensity"},
				{Name: "outcome_model", Kind: Variables, Example: []any{"age", "female"}, About: "covariates of the outcome in each arm"},
				{Name: "family", Kind: Choice, Choices: []string{"binomial", "gaussian"}, Default: "binomial", Example: "gaussian", About: "distribution of the outcome"}})},
		{Name: "e_value", About: "how strong an unmeasured confounder would have to be to explain an association", Result: []object{}, compute: eValues,
			Parameters: []Parameter{{Name: "inputs", Kind: Any, Needed: true, Example: []any{[]any{"RR", 3.9, 1.8, 8.7}}, About: "a measure, an estimate and its two limits, for each"}}},
	}
}

var matchingKeys = []Parameter{
	{Name: "distance", Kind: Choice, Choices: []string{"probability", "logit", "linear predictor", "linear predictor (logit)", "linear.logit", "mahalanobis"}, Default: "probability", Example: "linear predictor", About: "what is matched on"},
	{Name: "caliper_sd", Kind: Any, Default: 0.2, If: "not full and not distance=mahalanobis", Example: 0.1, About: "largest difference within a pair, in standard deviations of the distance; \"none\" for no limit"},
	{Name: "order", Kind: Choice, Choices: []string{"largest", "smallest", "data"}, Default: "largest", If: "not full and not distance=mahalanobis", Example: "smallest", About: "whom to match first"},
	{Name: "ratio", Kind: Whole, Positive: true, Default: 1.0, If: "not full", Example: 2.0, About: "how many controls for each treated patient"},
	{Name: "replace", Kind: Truth, Default: false, Example: true, About: "a control may serve several times"},
	{Name: "exact", Kind: Variables, Example: "hospital", About: "only rows with the same values of these are matched"},
	{Name: "full", Kind: Truth, Default: false, Example: true, About: "full matching: all rows are divided into sets of one treated patient with controls or one control with treated patients, so that the sum of distances is the least possible; without a caliper unless one is given"},
	{Name: "target", Kind: Choice, Choices: []string{"att", "atc", "ate"}, Default: "att", If: "full", Example: "ate", About: "of full matching: toward whom its weights lead, the treated, the others, or all"},
	{Name: "min_controls", Kind: Number, Example: 0.5, About: "of full matching: controls for each treated patient of a set, at least; 0.5 is one control for two treated patients"},
	{Name: "max_controls", Kind: Number, Example: 3.0, About: "of full matching: controls for each treated patient of a set, at most"},
	{Name: "row_weights", Kind: Truth, Default: false, Example: true, About: "also the weight of each complete row, 0 for those who were not matched"},
	{Name: "id", Kind: Variable, Example: "patient", About: "the variable by which pairs are named"},
}

// comparison is what the methods with a propensity score have in common.
type comparison struct {
	table      *stats.Table // complete rows
	arms       causal.Arms
	covariates stats.Design
	score      *causal.Score
	outcome    []float64
	rowWeights bool // the weight of each row is asked for
	trimmed    int  // rows left out because their propensity was too near 0 or 1
}

// compared reads the treatment, the outcome and the covariates of the score, and fits the score. also are further variables that must be there.
func compared(in Input, covariates []string, also ...string) (*comparison, error) {
	treatment, outcome := in.Spec.Text("treatment"), in.Spec.Text("outcome")
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: treatment, Detail: "there is no data set"}
	}
	model, err := covariateModel(in.Table, treatment, covariates)
	if err != nil {
		return nil, err
	}
	names := covariates
	if model != nil {
		if names, err = model.Variables(in.Table); err != nil {
			return nil, err
		}
	}
	t, err := in.complete(in.Table, slices.Concat([]string{treatment, outcome}, names, also)...)
	if err != nil {
		return nil, err
	}
	c := &comparison{table: t, rowWeights: in.Spec.Truth("row_weights")}
	values, err := t.Numbers(treatment)
	if err != nil {
		return nil, err
	}
	if c.arms, err = causal.NewArms(treatment, values); err != nil {
		return nil, err
	}
	if c.outcome, err = t.Numbers(outcome); err != nil {
		return nil, err
	}
	if model != nil {
		d, err := model.Design(t, formula.Options{})
		if err != nil {
			return nil, err
		}
		c.covariates = d.X
	} else if c.covariates, err = predictors(t, covariates); err != nil {
		return nil, err
	}
	if c.score, err = causal.Propensity(c.arms, c.covariates); err != nil {
		return c, err
	}
	if trim := in.Spec.Number("trim", 0); trim != 0 && c.trimmed == 0 {
		return c.trim(in, trim, covariates, also)
	}
	return c, nil
}

// covariateModel reads covariates that are words or terms of a formula, such as "factor(race)", "rcs(age, 4)" or "age*female"; nil if all are plain numbers.
func covariateModel(t *stats.Table, treatment string, covariates []string) (*formula.Formula, error) {
	plain := !slices.ContainsFunc(covariates, func(name string) bool {
		_, err := t.Numbers(name)
		return err != nil
	})
	if plain || len(covariates) == 0 {
		return nil, nil
	}
	return formula.Parse(treatment + " ~ " + strings.Join(covariates, " + "))
}

// trim leaves out the rows whose propensity is below trim or above 1 − trim, and fits the score again to those that are left (Crump, Hotz, Imbens and Mitnik,
// Biometrika 96 (2009) 187–199).
func (c *comparison) trim(in Input, trim float64, covariates, also []string) (*comparison, error) {
	if !(trim > 0 && trim < 0.5) {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "trim", Detail: fmt.Sprintf("%g is not between 0 and 0.5", trim), Advice: "0.05 or 0.1 is usual"}
	}
	e := c.score.Probability
	in.Table = c.table.Keep(func(i int) bool { return e[i] >= trim && e[i] <= 1-trim })
	in.Spec = maps.Clone(in.Spec)
	delete(in.Spec, "trim")
	left, err := compared(in, covariates, also...)
	if err != nil {
		return nil, err
	}
	left.trimmed = c.table.Rows() - left.table.Rows()
	return left, nil
}

func propensityWeighting(in Input) (any, error) {
	c, err := compared(in, in.Spec.Texts("covariates"))
	if err != nil {
		return nil, err
	}
	trimmed, err := causal.Trim(c.score.Probability, 0.01, 0.99)
	if err != nil {
		return nil, err
	}
	weightings, computed := object{}, 0
	var last error
	for name, w := range map[string]struct {
		e      []float64
		target causal.Target
	}{
		"ate":            {c.score.Probability, causal.ATE},
		"att":            {c.score.Probability, causal.ATT},
		"atc":            {c.score.Probability, causal.ATC},
		"overlap":        {c.score.Probability, causal.Overlap},
		"ate_stabilised": {c.score.Probability, causal.Stabilized},
		"ate_trim_1_99":  {trimmed, causal.ATE},
	} {
		weighted, err := c.weighted(w.e, w.target)
		weightings[name] = part(err, func() any { return weighted }) // a target that the data cannot tell of does not take the others along
		if err == nil {
			computed++
		} else {
			last = err
		}
	}
	if computed == 0 {
		return nil, last
	}
	out := object{"ps": c.propensity(), "weights": weightings, "positivity": c.positivity()}
	for name, target := range map[string]causal.Target{"ate": causal.ATE, "att": causal.ATT, "atc": causal.ATC, "overlap": causal.Overlap} {
		out[name+"_stacked_se"] = math.NaN()
		if stacked, err := causal.Stacked(c.arms, c.outcome, c.score, target); err == nil {
			out[name+"_stacked_se"], out[name+"_stacked_ci"] = stacked.SE, stacked.Interval(in.level())
		}
	}
	return out, nil
}

// propensity is the score's model.
func (c *comparison) propensity() object {
	m, e := c.score.Model, c.score.Probability
	return object{
		"terms": m.Terms, "coef": m.Coef, "se": m.SE(),
		"first10": e[:min(10, len(e))], "min": slices.Min(e), "max": slices.Max(e), "c": c.score.C(c.arms),
	}
}

// positivity tells how far the arms overlap, names the rows that hardly anybody in the other arm is like, and says what may be done.
func (c *comparison) positivity() object {
	p := c.score.Positivity()
	out := object{"least": p.Least, "most": p.Most, "beyond_0.01_0.99": p.Outside, "trimmed": c.trimmed}
	if len(p.Extreme) > 0 {
		rows := make([]int, len(p.Extreme))
		for k, i := range p.Extreme {
			rows[k] = i + 1
		}
		out["extreme_rows"] = rows[:min(20, len(rows))]
		out["advice"] = "These rows have a propensity within 1e-6 of 0 or 1: leave out who could not have had the other treatment (\"trim\": 0.05), or take overlap weights"
	}
	return out
}

func (c *comparison) weighted(e []float64, target causal.Target) (object, error) {
	w, err := causal.Weights(c.arms, e, target)
	if err != nil {
		return nil, err
	}
	r, err := causal.Compare(c.arms, c.outcome, w)
	if err != nil {
		return nil, err
	}
	balance, err := c.balance(w)
	if err != nil {
		return nil, err
	}
	out := object{
		"sum_w_treated": r.SumTreated, "sum_w_control": r.SumUntreated, "ess_treated": r.ESSTreated, "ess_control": r.ESSUntreated,
		"first5": w[:min(5, len(w))], "mean1": r.MeanTreated, "mean0": r.MeanUntreated,
		"difference": r.Difference, "se_HC0": r.SEHC0, "se_HC1": r.SEHC1, "balance": balance,
	}
	if c.rowWeights {
		out["row_weights"] = w
	}
	if r.Binary {
		out["log_or"], out["log_or_se_sandwich"] = r.LogOR, r.SELogOR
	}
	return out, nil
}

func (c *comparison) balance(w []float64) ([]object, error) {
	rows, err := causal.Balance(c.arms, c.covariates, w)
	out := make([]object, len(rows))
	for i, r := range rows {
		out[i] = object{"covariate": r.Covariate, "smd_unweighted": r.Unweighted, "smd_weighted": r.Weighted}
	}
	return out, err
}

// distances are the words for what is matched on, and how a result writes it.
var distances = map[string]string{
	"": "probability", "probability": "probability", "logit": "probability",
	"linear predictor": "linear predictor (logit)", "linear predictor (logit)": "linear predictor (logit)", "linear.logit": "linear predictor (logit)",
}

func matching(in Input) (any, error) {
	spec := in.Spec
	mahalanobis := spec.Text("distance") == "mahalanobis"
	kind, known := distances[spec.Text("distance")]
	if !known && !mahalanobis {
		return nil, &stats.Error{Problem: stats.Unsupported, Variable: "distance", Detail: fmt.Sprintf("there is no distance %q", spec.Text("distance"))}
	}
	c, err := compared(in, spec.Texts("covariates"), spec.Texts("exact")...)
	if err != nil {
		return nil, err
	}
	distance := c.score.Probability
	if kind != "probability" && !mahalanobis {
		distance = c.score.Linear
	}
	sd := causal.SD(distance)
	caliperSD, err := caliper(spec)
	if err != nil {
		return nil, err
	}
	order := causal.Order(spec.Text("order"))
	if order == "" {
		order = causal.Largest
		if mahalanobis {
			order = causal.ByRow
		}
	}
	ratio, err := in.wholeNumber("ratio", 1)
	if err != nil {
		return nil, err
	}
	near, err := c.nearness(in, distance, caliperSD*sd, mahalanobis)
	if err != nil {
		return nil, err
	}
	if spec.Truth("full") {
		return c.matchedFully(in, near)
	}
	if err := beside(spec, "it is an option of full matching", "target", "min_controls", "max_controls"); err != nil {
		return nil, err
	}
	if mahalanobis || ratio != 1 || spec.Truth("replace") || spec.Has("exact") {
		return c.matchedSets(in, causal.SetOptions{Nearness: near, Ratio: ratio, Replace: spec.Truth("replace"), Order: order})
	}
	m, err := causal.Match(c.arms, distance, caliperSD*sd, order)
	if err != nil {
		return nil, err
	}
	out := object{"distance": kind, "caliper_sd": "none", "caliper_abs": "none", "sd_distance": sd,
		"treated": len(m.Pairs) + len(m.Unmatched), "pairs_n": len(m.Pairs)}
	if !math.IsInf(caliperSD, 1) {
		out["caliper_sd"], out["caliper_abs"] = caliperSD, caliperSD*sd
	}
	return out, c.matched(out, m, spec.Text("id"), in.level())
}

// caliper is in standard deviations of the distance. A word, as "none", is no caliper; absent, it is MatchIt's habit of 0.2.
func caliper(spec Spec) (float64, error) {
	switch text := spec.Text("caliper_sd"); text {
	case "":
		if v, ok := spec["caliper_sd"]; ok && v == nil {
			return math.Inf(1), nil
		}
		return spec.Number("caliper_sd", 0.2), nil
	case "none", "Inf":
		return math.Inf(1), nil
	default:
		return 0, &stats.Error{Problem: stats.Unsupported, Variable: "caliper_sd", Detail: fmt.Sprintf("it is %q", text), Advice: "Give a number or none"}
	}
}

// matched adds what follows from the pairs.
func (c *comparison) matched(out object, m *causal.Matching, id string, level float64) error {
	name, err := c.names(id)
	if err != nil {
		return err
	}
	treated, untreated := make([]any, len(m.Pairs)), make([]any, len(m.Pairs))
	for k, p := range m.Pairs {
		treated[k], untreated[k] = name(p.Treated), name(p.Untreated)
	}
	out["pairs"] = object{"treated_id": treated, "control_id": untreated}
	if out["balance"], err = c.balance(m.Weights()); err != nil {
		return err
	}
	r, err := m.Compare(c.outcome)
	if err != nil {
		return err
	}
	out["difference"], out["se_cluster_pair_HC1"] = r.Difference, r.SECluster
	half := tail.NormalCritical(level) * r.SECluster
	out["ci"] = []float64{r.Difference - half, r.Difference + half}
	out["paired"] = object{"mean_diff": r.Difference, "se": r.SEPaired, "discordant_10": r.Discordant10, "discordant_01": r.Discordant01}
	return nil
}

// names tells rows by the variable id, or by the variable "id", or else by their number from 1.
func (c *comparison) names(id string) (func(row int) any, error) {
	if id == "" {
		id = "id"
		if _, err := c.table.Column(id); err != nil {
			return func(row int) any { return row + 1 }, nil
		}
	}
	column, err := c.table.Column(id)
	if err != nil {
		return nil, err
	}
	return func(row int) any {
		if column.Texts != nil {
			return column.Texts[row]
		}
		return column.Numbers[row]
	}, nil
}

func doublyRobust(in Input) (any, error) {
	spec := in.Spec
	outcomeModel := spec.Texts("outcome_model")
	c, err := compared(in, spec.Texts("ps"), outcomeModel...)
	if err != nil {
		return nil, err
	}
	x, err := predictors(c.table, outcomeModel)
	if err != nil {
		return nil, err
	}
	family := causal.Family(spec.Text("family"))
	if family == "" {
		family = causal.Binomial
	}
	r, err := causal.AIPW(c.arms, c.outcome, c.score.Probability, x, family)
	if err != nil {
		return nil, err
	}
	separated := func(terms string) any { // of an outcome model that predicts a part of its arm without fault
		if terms == "" {
			return nil
		}
		return terms
	}
	return object{"separated1": separated(r.SeparatedTreated), "separated0": separated(r.SeparatedUntreated), "mu1": r.MeanTreated, "mu0": r.MeanUntreated, "ate": r.Difference, "se_if": r.SE, "ci": r.Interval(in.level()), "g_formula_ate": r.GFormula,
		"mu1_se": r.SETreated, "mu0_se": r.SEUntreated, "positivity": c.positivity()}, nil
}

func eValues(in Input) (any, error) {
	var inputs [][]any
	if err := in.Spec.Decode("inputs", &inputs); err != nil {
		return nil, err
	}
	out := make([]object, len(inputs))
	for i, input := range inputs {
		var values [3]float64
		measure, ok := "", len(input) == 4
		if ok {
			measure, ok = input[0].(string)
		}
		for j := range values {
			if ok {
				values[j], ok = input[j+1].(float64)
			}
		}
		if !ok {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: "inputs", Detail: fmt.Sprintf("number %d is not a measure, an estimate and its two limits", i+1)}
		}
		e, err := causal.EValue(causal.Measure(measure), values[0], values[1], values[2])
		if err != nil {
			return nil, err
		}
		out[i] = object{"type": measure, "est": values[0], "lower": values[1], "upper": values[2],
			"rr_scale": e.RiskRatio, "evalue_point": e.Estimate, "evalue_ci": e.Limit}
	}
	return out, nil
}
