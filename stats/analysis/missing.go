package analysis

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"consilium/stats"
	"consilium/stats/formula"
	"consilium/stats/missing"
)

// missingMethods are those of section 6.
func missingMethods() []Method {
	return []Method{
		{Name: "rubin", About: "one estimate from those of several imputations", Result: object{}, compute: rubin,
			Parameters: []Parameter{level,
				{Name: "estimates", Kind: Rows, Needed: true, Example: []any{[]any{0.41}, []any{0.52}}, About: "estimates, one list for each imputation"},
				{Name: "variances", Kind: Rows, Needed: true, Example: []any{[]any{0.021}, []any{0.019}}, About: "their squared standard errors"},
				{Name: "dfcom", Kind: Number, Example: 93.0, About: "degrees of freedom if nothing were missing; infinite if absent"},
				{Name: "terms", Kind: Texts, Example: []any{"age"}, About: "names of the estimates"}}},
		{Name: "mice", About: "multiple imputation by chained equations, and a model pooled over it", Result: object{}, compute: mice,
			Parameters: []Parameter{level,
				{Name: "model", Kind: Text, Needed: true, Example: "relief ~ age + female (logistic)", About: "the model, and its family in parentheses: logistic, linear, poisson, cox (with Surv(time, status)) or ordinal; linear and logistic ones may have (1 | center)"},
				{Name: "family", Kind: Choice, Choices: families, Example: "logistic", About: "family of the model, if it does not name it"},
				{Name: "impute", Kind: Words, Example: map[string]any{"age": "pmm (5 donors)", "female": "logreg"}, About: "how each incomplete variable is imputed; each has a method that suits it if absent"},
				{Name: "also", Kind: Variables, Example: []any{"weight", "height"}, About: "variables that help to impute and are not in the model"},
				{Name: "center", Kind: Variable, Example: "hospital", About: "centers whose patients resemble each other: numbers and outcomes of yes or no are imputed with a random intercept for each (2l.pan, 2l.bin), unless impute names another method; that of (1 | center) in the model if absent"},
				{Name: "center_means", Kind: Truth, Default: true, If: "center", Example: false, About: "with centers: each center's mean of a predictor predicts too"},
				{Name: "passive", Kind: Words, Example: map[string]any{"bmi": "weight / height^2"}, About: "variables made up of others, computed anew from what was imputed for these; the model may have them"},
				orderKey, {Name: "whole", Kind: Truth, Default: false, Example: true, About: "also the chains and the densities, for drawing"},
				{Name: "show", Kind: Variable, Example: "age", About: "the variable that the figures show; the first imputed one if absent"},
				{Name: "m", Kind: Whole, Positive: true, Default: 5.0, Example: 50.0, About: "how many imputations"},
				{Name: "maxit", Kind: Whole, Positive: true, Default: 5.0, Example: 10.0, About: "iterations of each chain"},
				{Name: "seed", Kind: Whole, Default: float64(imputationSeed), Example: 7.0, About: "start of the random numbers"},
				{Name: "predictors_of_imputation", Kind: Text, Example: "all other analysis columns", About: "a remark: each variable is imputed from all others of the model"}}},
		{Name: "complete_cases", About: "how many rows an analysis would lose, and by which variables", Result: object{}, compute: completeCases,
			Parameters: []Parameter{{Name: "variables", Kind: Variables, Example: []any{"age", "relief"}, About: "the variables of the analysis; all if absent"}}},
	}
}

// rubin pools spec.estimates and spec.variances, one row an imputation. The result has the fields themselves, and both kinds of degrees of freedom by name.
func rubin(in Input) (any, error) {
	var estimates, variances [][]float64
	for key, into := range map[string]*[][]float64{"estimates": &estimates, "variances": &variances} {
		if err := in.Spec.Decode(key, into); err != nil {
			return nil, err
		}
	}
	dfcom := in.Spec.Number("dfcom", math.Inf(1))
	pooled, err := missing.Pool(estimates, variances, dfcom, in.level())
	if err != nil {
		return nil, err
	}
	large, err := missing.Pool(estimates, variances, math.Inf(1), in.level())
	if err != nil {
		return nil, err
	}
	out := pooledFields(pooled)
	out["barnard_rubin"], out["dfcom_infinite"] = pooledFields(pooled), pooledFields(large)
	return out, nil
}

func pooledFields(p *missing.Pooled) object {
	return object{"m": p.M, "dfcom": p.DFComplete, "estimate": p.Estimate, "ubar": p.Within, "b": p.Between, "t": p.Total, "se": p.SE, "df": p.DF,
		"riv": p.RelativeIncrease, "lambda": p.Lambda, "fmi": p.FractionMissing, "statistic": p.Statistic, "p": p.P, "lower": p.Lower, "upper": p.Upper}
}

// imputationSeed is the seed of cases that name none: their results are compared in distribution.
const imputationSeed = 6

// mice imputes the variables of a model from each other, pools the model, and fits it besides to the complete rows and, where columns
// NAME_full hold what was taken away, to the full data.
func mice(in Input) (any, error) {
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	model, err := analysisOf(in.Spec, in.Table)
	if err != nil {
		return nil, err
	}
	if in.Table, err = model.withHazard(in.Table); err != nil {
		return nil, err
	}
	plan, err := imputationPlan(in.Spec)
	if err != nil {
		return nil, err
	}
	plan.Variables, plan.Stop, plan.Passive = variablesOf(model, in), in.stopped, passives(in.Spec)
	if plan.Center == "" {
		plan.Center = model.center()
	}
	imputed, err := missing.Impute(in.Table, plan)
	if err != nil {
		return nil, err
	}
	pooled, err := imputed.Pool(model.fit, in.level())
	if err != nil {
		return nil, err
	}
	out := object{"terms": pooled.Terms, "pooled": pooledFields(pooled), "mc_se_of_estimate": pooled.MonteCarlo}
	settled := object{} // whether the iterations were enough: near 1, below about 1.1
	for _, trace := range imputed.Traces {
		settled[trace.Variable] = trace.PotentialScale()
	}
	out["rhat"] = settled
	if in.Spec.Truth("whole") {
		diagnose(out, imputed)
	}
	for _, name := range imputed.Variables {
		if err := describeImputed(out, imputed, plan, in.Table, name); err != nil {
			return nil, err
		}
	}
	known, err := Spec{"derived": in.Spec["passive"]}.derive(in.Table)
	if err != nil {
		return nil, err
	}
	if out["complete_case"], err = model.complete(known); err != nil {
		return nil, err
	}
	if full := withFullColumns(known); full != nil {
		out["full_data"], err = model.complete(full)
	}
	return out, err
}

// variablesOf are those that are imputed from: of the model, those that help, and what passive variables are made of.
func variablesOf(a *analysis, in Input) []string {
	out := slices.Clone(a.impute)
	add := func(names []string) {
		for _, name := range names {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	add(in.Spec.Texts("also"))
	for _, p := range passives(in.Spec) {
		if f, err := formula.Parse("~ I(" + p.Expression + ")"); err == nil {
			if parts, err := f.Variables(in.Table); err == nil {
				add(parts)
			}
		}
	}
	return out
}

// imputationPlan reads {"impute": {"age": "pmm (5 donors)"}, "m": …, "maxit": …}.
func imputationPlan(spec Spec) (missing.Plan, error) {
	plan := missing.Plan{Imputations: int(spec.Number("m", 5)), Iterations: int(spec.Number("maxit", 5)), Seed: uint64(spec.Number("seed", imputationSeed)), Methods: map[string]missing.Method{},
		Center: spec.Text("center"), NoMeans: spec["center_means"] == false}
	methods, _ := spec["impute"].(map[string]any)
	for name, how := range methods {
		text, _ := how.(string)
		words := strings.Fields(strings.NewReplacer("(", " ", ")", " ", ",", " ").Replace(text))
		if len(words) == 0 {
			continue
		}
		plan.Methods[name] = missing.Method(words[0])
		for i, word := range words[1:] {
			if donors, err := strconv.Atoi(word); err == nil && i+2 < len(words) && strings.HasPrefix(words[i+2], "donor") {
				plan.Donors = donors
			}
		}
	}
	return plan, nil
}

// withFullColumns is the table with NAME_full in place of NAME; nil if there is no such column.
func withFullColumns(t *stats.Table) *stats.Table {
	out := &stats.Table{Columns: slices.Clone(t.Columns)}
	found := false
	for i, c := range out.Columns {
		if full, err := t.Column(c.Name + "_full"); err == nil {
			full.Name = c.Name
			out.Columns[i], found = full, true
		}
	}
	if !found {
		return nil
	}
	return out
}

// describeImputed adds the mean of what was imputed, or the share of the second level, under the variable's name. More levels than two have neither.
func describeImputed(out object, imputed *missing.Imputed, plan missing.Plan, known *stats.Table, name string) error {
	if column, err := known.Column(name); err == nil {
		if labels, _ := knownLevels(column); column.Texts != nil && len(labels) > 2 {
			return nil
		}
	}
	mean, err := imputed.Mean(name)
	if err != nil {
		return err
	}
	kind := "mean"
	if plan.Methods[name] == missing.Logistic {
		kind = "share"
	}
	out["imputed_"+name+"_"+kind] = mean
	return nil
}

// zeroOne says whether all values that are there are 0 or 1.
func zeroOne(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != 0 && v != 1 && !math.IsNaN(v) })
}

// completeCases counts the rows that an analysis of spec.variables (all, if absent) would use and lose.
func completeCases(in Input) (any, error) {
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	c, err := missing.CompleteCases(in.Table, in.Spec.Texts("variables")...)
	if err != nil {
		return nil, err
	}
	variables := make([]object, len(c.Variables))
	for i, v := range c.Variables {
		variables[i] = object{"variable": v.Variable, "missing": v.Rows, "alone": v.Alone}
	}
	patterns := make([]object, len(c.Patterns))
	for i, p := range c.Patterns {
		patterns[i] = object{"missing": p.Missing, "n": p.Rows}
	}
	return object{"n": c.Rows, "complete": len(c.Complete), "dropped": len(c.Dropped), "variables": variables, "patterns": patterns}, nil
}
