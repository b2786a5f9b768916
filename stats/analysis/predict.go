package analysis

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/predict"
	"consilium/stats/regress"
)

// predictMethods are those of section 10, for which R's results stand in the tests of package predict. Rows that miss a variable are left out.
//
// penalized_logistic takes outcome, predictors, alpha (1, the lasso, if absent), and optionally lambda (penalties), nlambda and lambda_min_ratio (of the
// path), folds (their number, 10 if absent, 0 for none; or a variable that numbers them) and seed (of the random folds).
//
// validation takes outcome and predictors, of a logistic model whose optimism it estimates from resamples (200 if absent, drawn from seed); or outcome and
// probability, a variable with the predictions of a model that was made elsewhere. Optional are thresholds of the decision curve (0.05, 0.10 … 0.95), groups
// of the binned calibration curve (10), knots (4) and points (21) of the smooth one, and conf.
func predictMethods() []Method {
	seed := Parameter{Name: "seed", Kind: Whole, Default: 1.0, Example: 7.0, About: "start of the random numbers"}
	return []Method{
		{Name: "penalized_logistic", About: "a model of many terms and few patients: lasso, ridge and between, cross-validated", Result: object{}, compute: penalizedLogistic,
			Parameters: join(outcomeKeys, []Parameter{seed,
				{Name: "alpha", Kind: Number, Default: 1.0, Example: 0.5, About: "1 is the lasso, 0 ridge regression"},
				{Name: "lambda", Kind: Numbers, Example: []any{0.05}, About: "penalties; a path if absent"},
				{Name: "nlambda", Kind: Whole, Positive: true, Default: 100.0, Example: 50.0, About: "penalties of the path"},
				{Name: "lambda_min_ratio", Kind: Number, Positive: true, Example: 0.001, About: "the least penalty of the path, as a share of the largest; 0.0001 if absent, or 0.01 with fewer rows than terms"},
				{Name: "folds", Kind: Any, Default: 10.0, Example: 5.0, About: "folds of cross-validation, 0 for none; or a variable that numbers them"}})},
		{Name: "validation", About: "how well would a model predict other patients: optimism, calibration, decision curve", Result: object{}, compute: validation,
			Parameters: join(outcomeKeys, []Parameter{seed, level,
				{Name: "probability", Kind: Variable, Example: "risk", About: "predictions of a model that was made elsewhere"},
				{Name: "resamples", Kind: Whole, Positive: true, Default: 200.0, Example: 500.0, About: "bootstrap samples"},
				{Name: "groups", Kind: Whole, Positive: true, Default: 10.0, Example: 5.0, About: "groups of the binned calibration curve"},
				{Name: "knots", Kind: Whole, Positive: true, Default: 4.0, Example: 3.0, About: "knots of the smooth calibration curve"},
				{Name: "points", Kind: Whole, Positive: true, Default: 21.0, Example: 51.0, About: "points of the smooth calibration curve"},
				{Name: "thresholds", Kind: Numbers, Example: []any{0.1, 0.2}, About: "thresholds of the decision curve; 0.05, 0.10 … 0.95 if absent"}})},
	}
}

// modeled reads the outcome and the design, and further variables, of complete rows.
func modeled(in Input, predictorNames []string, also ...string) ([]float64, stats.Design, *stats.Table, error) {
	outcome := in.Spec.Text("outcome")
	if in.Table == nil {
		return nil, stats.Design{}, nil, &stats.Error{Problem: stats.Invalid, Variable: outcome, Detail: "there is no data set"}
	}
	if err := without(in.Spec, "weights", "offset", "strata", "cluster", "group"); err != nil {
		return nil, stats.Design{}, nil, err
	}
	t, err := in.complete(in.Table, slices.Concat([]string{outcome}, predictorNames, also)...)
	if err != nil {
		return nil, stats.Design{}, nil, err
	}
	y, err := t.Numbers(outcome)
	if err != nil {
		return nil, stats.Design{}, nil, err
	}
	x, err := predictors(t, predictorNames)
	return y, x, t, err
}

func penalizedLogistic(in Input) (any, error) {
	var variable []string
	if name := in.Spec.Text("folds"); name != "" {
		variable = []string{name}
	}
	y, x, t, err := modeled(in, in.Spec.Texts("predictors"), variable...)
	if err != nil {
		return nil, err
	}
	o := predict.Penalty{Alpha: in.Spec.Number("alpha", 1), Lambda: in.Spec.Numbers("lambda"), MinRatio: in.Spec.Number("lambda_min_ratio", 0)}
	if o.Lambdas, err = in.wholeNumber("nlambda", 0); err != nil {
		return nil, err
	}
	folds, err := foldsOf(in, t, variable)
	if err != nil {
		return nil, err
	}
	if folds == nil {
		p, err := predict.Penalized(y, x, o)
		if err != nil {
			return nil, err
		}
		return pathObject(p), nil
	}
	c, err := predict.CrossValidate(y, x, folds, o)
	if err != nil {
		return nil, err
	}
	result := pathObject(c.Path)
	result["cvm"], result["cvsd"], result["folds"] = c.Mean, c.SE, c.Folds
	result["lambda_min"], result["lambda_1se"] = c.Lambda[c.Min], c.Lambda[c.OneSE]
	result["coef_min"], result["coef_1se"] = c.Coef[c.Min], c.Coef[c.OneSE]
	return result, nil
}

func pathObject(p *predict.Path) object {
	return object{"terms": p.Terms, "alpha": p.Alpha, "lambda": p.Lambda, "coef": p.Coef, "dev_ratio": p.DevianceRatio, "df": p.NonZero, "null_deviance": p.NullDeviance, "n": p.Rows}
}

// foldsOf are the folds that a variable numbers, or random ones; nil for none.
func foldsOf(in Input, t *stats.Table, variable []string) ([]int, error) {
	if variable != nil {
		c, err := t.Column(variable[0])
		if err != nil {
			return nil, err
		}
		_, codes := groupsOf(c)
		return codes, nil
	}
	k, err := in.wholeNumber("folds", 10)
	if err != nil || k == 0 {
		return nil, err
	}
	if k < 2 || k > t.Rows() {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "folds", Detail: "there are from 2 to as many as there are rows"}
	}
	seed, err := in.wholeNumber("seed", 1)
	return predict.Folds(t.Rows(), k, uint64(seed)), err
}

func validation(in Input) (any, error) {
	probability := in.Spec.Text("probability")
	var also []string
	if probability != "" {
		also = []string{probability}
	}
	y, x, t, err := modeled(in, in.Spec.Texts("predictors"), also...)
	if err != nil {
		return nil, err
	}
	result := object{"n": len(y)}
	var risks []float64
	if probability != "" {
		if risks, err = t.Numbers(probability); err != nil {
			return nil, err
		}
		p, err := predict.Measure(y, risks)
		if err != nil {
			return nil, err
		}
		result["apparent"] = performanceObject(p)
	} else if risks, err = bootstrapped(in, y, x, result); err != nil {
		return nil, err
	}
	return result, curves(in, y, risks, result)
}

// bootstrapped validates a logistic model and gives its predictions.
func bootstrapped(in Input, y []float64, x stats.Design, result object) ([]float64, error) {
	samples, err := in.wholeNumber("resamples", 200)
	if err != nil {
		return nil, err
	}
	seed, err := in.wholeNumber("seed", 1)
	if err != nil {
		return nil, err
	}
	if samples < 1 || samples > 1e6 {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "resamples", Detail: "there are from 1 to a million"}
	}
	model, err := predict.Logistic(y, x)
	if err != nil {
		return nil, err
	}
	refit := func(y []float64, x stats.Design) (func(stats.Design) ([]float64, error), error) {
		if err := in.stopped(); err != nil {
			return nil, err
		}
		return predict.Logistic(y, x)
	}
	v, err := predict.Validate(y, x, refit, predict.Resamples(len(y), samples, uint64(seed)))
	if err != nil {
		return nil, err
	}
	for name, p := range map[string]predict.Performance{"apparent": v.Apparent, "training": v.Training, "test": v.Test, "optimism": v.Optimism, "corrected": v.Corrected} {
		result[name] = performanceObject(p)
	}
	result["resamples"], result["failed"] = v.Resamples, v.Failed
	return model(x)
}

func performanceObject(p predict.Performance) object {
	return object{"c": p.C, "dxy": p.Dxy, "r2": p.R2, "intercept": p.Intercept, "slope": p.Slope, "in_the_large": p.InTheLarge, "brier": p.Brier}
}

// curves adds the calibration and decision curves.
func curves(in Input, y, risks []float64, result object) error {
	level := in.level()
	var whole [3]int
	for i, w := range []struct {
		key    string
		absent int
	}{{"groups", 10}, {"knots", 4}, {"points", 21}} {
		var err error
		if whole[i], err = in.wholeNumber(w.key, w.absent); err != nil {
			return err
		}
	}
	binned, err := regress.CalibrationCurve(y, risks, whole[0], level)
	if err != nil {
		return err
	}
	smooth, err := predict.Smooth(y, risks, whole[1], whole[2], level)
	if err != nil {
		return err
	}
	thresholds := in.Spec.Numbers("thresholds")
	if thresholds == nil {
		for k := 1; k < 20; k++ {
			thresholds = append(thresholds, math.Round(5*float64(k))/100)
		}
	}
	decisions, err := predict.Decide(y, risks, thresholds)
	if err != nil {
		return err
	}
	var groups, thresholded []object
	for _, b := range binned {
		groups = append(groups, object{"n": b.N, "predicted": b.Predicted, "observed": b.Observed, "lower": b.Lower, "upper": b.Upper})
	}
	for _, d := range decisions {
		thresholded = append(thresholded, object{"threshold": d.Threshold, "net_benefit": d.NetBenefit, "treat_all": d.TreatAll, "treat_none": 0, "standardized": d.Standardized, "avoided_per_100": d.Avoided})
	}
	result["calibration_binned"], result["decision_curve"] = groups, thresholded
	result["calibration_smooth"] = object{"method": "restricted cubic spline of logit(risk)", "knots": smooth.Knots, "predicted": smooth.Predicted, "observed": smooth.Observed,
		"lower": smooth.Lower, "upper": smooth.Upper, "ici": smooth.ICI, "e50": smooth.E50, "e90": smooth.E90, "emax": smooth.Emax}
	return nil
}
