package analysis

import "slices"

// Most results are objects that a method puts together by what was asked, of which no Go type tells the fields. Here they are told. A name in capitals stands for
// any name there, as of a variable or of a target; a list has an element for each term, group, study or row, in the order of the list that names them.
// The test of the reference cases looks that each field of theirs is told.

var coefficientFields = []Field{
	{"terms", "list of text", "the terms of the model; the lists below have a number for each"},
	{"coef", "list of number", "coefficients, on the scale of the model (log odds, log rate, log hazard, difference)"},
	{"se", "list of number", "standard errors"},
	{"statistic", "list of number", "coefficient over standard error"},
	{"p", "list of number", "two-sided, of no effect"},
	{"wald_lower", "list of number", "limits at level: coefficient ∓ z·se"},
	{"wald_upper", "list of number", ""},
}

var covarianceField = []Field{{"vcov", "list of list of number", "covariance of the coefficients"}}

// effectFields are those of what each variable does, as forest plots have it.
var effectFields = below("effects", []Field{
	{"", "list of object", "what each variable does, as a forest plot shows it"},
	{"variable", "text", ""},
	{"level", "text", "of a factor"},
	{"reference", "text", "what the level is compared with; the reference itself has estimate 0"},
	{"from", "number", "of a spline: the lower quartile"},
	{"to", "number", "and the upper one"},
	{"estimate", "number", "on the scale of the coefficients"},
	{"se", "number", ""}, {"lower", "number", "limits at level"}, {"upper", "number", ""}, {"p", "number", ""},
	{"n", "number", "rows of the level, or with the value 1"},
	{"events", "number", "events among them"},
})

// likelihoodFields are those of a model fitted by maximum likelihood.
var likelihoodFields = []Field{
	{"n", "whole number", "rows that miss nothing"},
	{"df_residual", "whole number", "rows less coefficients"},
	{"loglik", "number", "log-likelihood"},
	{"deviance", "number", ""}, {"null_deviance", "number", "of the model with an intercept only"},
	{"aic", "number", ""}, {"bic", "number", ""},
}

var profileFields = []Field{{"profile_lower", "list of number", "limits by profile likelihood, if asked for"}, {"profile_upper", "list of number", ""}}

// robustFields are heteroskedasticity-robust errors, and those of clusters where these are named.
var robustFields = []Field{
	{"se_HC0", "list of number", "robust standard errors (White)"},
	{"se_HC1", "list of number", "the same times √(n/(n−k))"},
	{"se_HC2", "list of number", "by leverage"},
	{"se_HC3", "list of number", "by leverage, careful in small samples"},
	{"se_cluster_CR0", "list of number", "errors that allow for clusters"},
	{"se_cluster_G", "list of number", "the same times √(G/(G−1)), of G clusters"},
	{"se_cluster_CR1", "list of number", "the same times √(G/(G−1)·(n−1)/(n−k))"},
	{"clusters", "whole number", "how many there are"},
	{"cluster", "object", "tests and limits by CR1 and t with G − 1 degrees of freedom: se, t, df, p, lower, upper"},
	{"cluster.se", "list of number", ""}, {"cluster.t", "list of number", ""}, {"cluster.df", "whole number", ""}, {"cluster.p", "list of number", ""},
	{"cluster.lower", "list of number", ""}, {"cluster.upper", "list of number", ""},
}

// performanceFields tell how well a logistic model fits.
var performanceFields = []Field{
	{"c", "number", "c-statistic: area under the ROC curve"},
	{"c_delong_se", "number", "its error (DeLong)"}, {"c_delong_ci", "list of number", "its limits"},
	{"brier", "number", "mean squared difference of outcome and probability"},
	{"nagelkerke_r2", "number", ""},
	{"hosmer_lemeshow", "object", "test of fit by groups of predicted risk"},
	{"hosmer_lemeshow.groups", "whole number", ""}, {"hosmer_lemeshow.n", "list of number", "rows of each group"},
	{"hosmer_lemeshow.observed", "list of number", "events of each group"}, {"hosmer_lemeshow.expected", "list of number", "those that the model expects"},
	{"hosmer_lemeshow.chisq", "number", ""}, {"hosmer_lemeshow.df", "whole number", ""}, {"hosmer_lemeshow.p", "number", ""},
}

var oddsField = []Field{{"or", "list of number", "odds ratios: exp of the coefficients"}}

var rateField = []Field{{"rate_ratio", "list of number", "rate ratios: exp of the coefficients"}}

// linearFields are those of least squares.
var linearFields = slices.Concat(coefficientFields[:3], []Field{
	{"t", "list of number", "coefficient over standard error"}, {"p", "list of number", "two-sided, by t with df_residual degrees of freedom"},
	{"lower", "list of number", "limits at level"}, {"upper", "list of number", ""},
	{"n", "whole number", "rows that miss nothing"}, {"df_residual", "whole number", "rows less coefficients"},
	{"sigma", "number", "residual standard deviation"}, {"r2", "number", ""}, {"adj_r2", "number", ""},
	{"f", "number", "of all terms together"}, {"f_p", "number", ""},
	{"loglik", "number", ""}, {"aic", "number", ""}, {"bic", "number", ""},
})

// balanceFields compare the arms in each covariate.
var balanceFields = below("balance", []Field{
	{"", "list of object", "of each covariate"},
	{"covariate", "text", ""},
	{"smd_unweighted", "number", "standardized mean difference, treated less others, before"},
	{"smd_weighted", "number", "and after weighting or matching, over the same spread"},
})

var positivityFields = below("positivity", []Field{
	{"", "object", "how near propensities come to 0 and 1"},
	{"least", "number", "least propensity"}, {"most", "number", "largest propensity"},
	{"beyond_0.01_0.99", "whole number", "rows outside of 0.01 to 0.99"},
	{"trimmed", "whole number", "rows that trim left out"},
	{"extreme_rows", "list of whole number", "rows within 1e-6 of 0 or 1, counted from 1"},
	{"advice", "text", ""},
})

// pooledFieldList is one way of pooling studies.
var pooledFieldList = []Field{
	{"k", "whole number", "studies"},
	{"estimate", "number", "on the scale of the effects: the logarithm of a ratio"}, {"se", "number", ""}, {"statistic", "number", ""}, {"p", "number", ""},
	{"lower", "number", "limits at level"}, {"upper", "number", ""},
	{"tau2", "number", "variance between studies"}, {"se_tau2", "number", ""},
	{"Q", "number", "Cochran's"}, {"Qdf", "whole number", ""}, {"Qp", "number", ""}, {"I2", "number", "percent"}, {"H2", "number", ""},
	{"pi_metafor", "list of number", "prediction interval by the normal distribution (t under HKSJ), as R's metafor has it"},
	{"pi_t_km2", "list of number", "prediction interval by t with k − 2 degrees of freedom"},
	{"problem", "text", "why it could not be had"},
}

// studiesFields are what is told of a set of effects.
var studiesFields = slices.Concat(
	[]Field{{"yi", "list of number", "effect of each study"}, {"vi", "list of number", "its variance"}},
	below("WAY", slices.Concat([]Field{{"", "object", "fixed, DL, REML, PM: common effect, and random effects by three estimators of τ²; with _HKSJ the limits of Hartung and Knapp"}}, pooledFieldList)),
	[]Field{
		{"tau2_qprofile", "object", "limits of heterogeneity"}, {"tau2_qprofile.tau2", "list of number", ""}, {"tau2_qprofile.I2", "list of number", ""}, {"tau2_qprofile.problem", "text", ""},
		{"leave_one_out", "object", "pooled without each study in turn, by method"}, {"leave_one_out.method", "text", ""},
	},
	below("leave_one_out", []Field{{"estimate", "list of number", ""}, {"se", "list of number", ""}, {"lower", "list of number", ""}, {"upper", "list of number", ""}, {"Q", "list of number", ""},
		{"tau2", "list of number", ""}, {"I2", "list of number", ""}, {"problem", "text", ""}}),
	[]Field{
		{"egger", "object", "tests of funnel asymmetry"}, {"egger.note", "text", ""},
		{"egger.regtest_lm", "object", "Egger's test as R's regtest writes it: t, p, df, limit_estimate (effect of a study of infinite size)"},
		{"egger.regtest_lm.t", "number", ""}, {"egger.regtest_lm.p", "number", ""}, {"egger.regtest_lm.df", "whole number", ""}, {"egger.regtest_lm.limit_estimate", "number", ""}, {"egger.regtest_lm.problem", "text", ""},
		{"egger.classical_regression", "object", "Egger's regression: its intercept is the asymmetry"},
		{"egger.classical_regression.intercept", "number", ""}, {"egger.classical_regression.se", "number", ""}, {"egger.classical_regression.t", "number", ""},
		{"egger.classical_regression.p", "number", ""}, {"egger.classical_regression.slope", "number", ""}, {"egger.classical_regression.problem", "text", ""},
		{"egger.begg_kendall", "object", "Begg and Mazumdar's rank correlation"}, {"egger.begg_kendall.tau", "number", ""}, {"egger.begg_kendall.p", "number", ""}, {"egger.begg_kendall.z", "number", ""}, {"egger.begg_kendall.problem", "text", ""},
	})

// mantelFields are one effect of sparse tables.
var mantelFields = slices.Concat(pooledFieldList[:7], pooledFieldList[9:14], pooledFieldList[16:])

// rubinFields are what imputations say together, of each term.
var rubinFields = []Field{
	{"m", "whole number", "imputations"}, {"dfcom", "number", "degrees of freedom if nothing were missing"},
	{"estimate", "list of number", "mean of the estimates"}, {"ubar", "list of number", "variance within imputations"}, {"b", "list of number", "variance between them"},
	{"t", "list of number", "total variance"}, {"se", "list of number", ""}, {"df", "list of number", "of t (Barnard and Rubin)"},
	{"riv", "list of number", "relative increase of the variance by what is missing"}, {"lambda", "list of number", "share of the variance that is due to it"}, {"fmi", "list of number", "fraction of missing information"},
	{"statistic", "list of number", ""}, {"p", "list of number", ""}, {"lower", "list of number", "limits at level"}, {"upper", "list of number", ""},
}

// rankFields are a log-rank test.
var rankFields = []Field{
	{"n", "list of number", "rows of each group"}, {"observed", "list of number", "events"}, {"expected", "list of number", "events, if the curves were one"},
	{"variance", "list of list of number", "of observed less expected"}, {"chisq", "number", ""}, {"df", "whole number", ""}, {"p", "number", ""},
	{"problem", "text", "why it could not be had"},
}

// curveFields are Kaplan-Meier curves read off at times.
var curveFields = slices.Concat([]Field{
	{"times", "list of number", "the times that were asked for"},
	{"strata", "list of text", "the group of each point below; of one group \"all\""},
	{"time", "list of number", "of each point"}, {"n_risk", "list of number", "at risk just before"}, {"surv", "list of number", "share without the event"}, {"se", "list of number", "its standard error (Greenwood)"},
	{"lower", "list of number", "limits at level"}, {"upper", "list of number", ""},
	{"carried_on", "list of truth", "true where nobody was watched so long: the last value of the curve stands there, and says nothing of that time"},
	{"records", "list of number", "rows of each group"}, {"events", "list of number", "events of each group"},
	{"median", "list of number", "of each group; NA if it is not reached"}, {"median_lower", "list of number", ""}, {"median_upper", "list of number", ""},
}, below("whole", wholeFields))

var wholeFields = []Field{
	{"", "list of object", "each curve at each of its times, for drawing"},
	{"group", "text", ""}, {"cause", "text", ""}, {"time", "list of number", ""}, {"value", "list of number", ""}, {"lower", "list of number", ""}, {"upper", "list of number", ""},
	{"at_risk", "list of number", ""}, {"censored", "list of number", ""},
}

// coxFields are a Cox model.
var coxFields = slices.Concat(coefficientFields, covarianceField, effectFields, []Field{
	{"hr", "list of number", "hazard ratios: exp of the coefficients"},
	{"naive_se", "list of number", "errors of the model, where robust ones stand under se"}, {"robust_se", "list of number", "the robust errors again"},
	{"n", "whole number", "rows that miss nothing"}, {"events", "whole number", ""},
	{"loglik_null", "number", ""}, {"loglik", "number", "partial log-likelihood"},
	{"lr_chisq", "number", "likelihood-ratio test of all terms"}, {"score_chisq", "number", "score test"}, {"wald_chisq", "number", "Wald test"},
	{"concordance", "number", "Harrell's: share of pairs that are ordered rightly"},
}, below("zph", []Field{
	{"", "list of object", "tests of proportional hazards, one for each clock; a small p speaks against them"},
	{"transform", "text", "the clock"}, {"terms", "list of text", "the terms, and GLOBAL for all together"}, {"chisq", "list of number", ""}, {"df", "list of whole number", ""}, {"p", "list of number", ""},
}))

// below puts fields under an object; the one without a name is the object itself.
func below(name string, fields []Field) []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		if f.Name == "" {
			f.Name = name
		} else {
			f.Name = name + "." + f.Name
		}
		out[i] = f
	}
	return out
}
