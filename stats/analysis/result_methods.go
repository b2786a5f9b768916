package analysis

import "slices"

// resultFields are the fields of each method whose result is put together as an object, or that have some besides those of their type.
var resultFields = map[string][]Field{
	"aalen_johansen": slices.Concat([]Field{{"times", "list of number", "the times that were asked for"}},
		below("curves", []Field{{"", "list of object", "incidence of each cause in each group, at each time"}, {"group_cause", "text", "group and cause"}, {"est", "list of number", "share that has had the event"},
			{"var_aalen", "list of number", "its variance (delta method)"}, {"loglog_lower", "list of number", "limits at level"}, {"loglog_upper", "list of number", ""}}),
		below("gray", []Field{{"", "object", "Gray's test of the groups, for each cause"}, {"cause", "list of text", ""}, {"chisq", "list of number", ""}, {"df", "list of whole number", ""}, {"p", "list of number", ""}, {"problem", "text", ""}}),
		below("survfit", []Field{{"", "object", "probability of each state, as a multi-state curve has it"}, {"strata", "list of text", ""}, {"time", "list of number", ""},
			{"STATE", "list of number", "state0 without an event, state1 … with each cause; se0_ij … its error by the infinitesimal jackknife"}}),
		below("whole", wholeFields)),
	"adjust_p":        {{"p", "list of number", "as they were given"}, {"bonferroni", "list of number", ""}, {"holm", "list of number", ""}, {"hochberg", "list of number", ""}, {"bh", "list of number", "Benjamini-Hochberg"}, {"by", "list of number", "Benjamini-Yekutieli"}},
	"adjusted_curves": slices.Concat(balanceFields, positivityFields, adjustedFields, below("whole", wholeFields)),
	"aipw": slices.Concat([]Field{
		{"mu1", "number", "mean outcome if all were treated"}, {"mu1_se", "number", ""}, {"mu0", "number", "if none were"}, {"mu0_se", "number", ""},
		{"ate", "number", "mu1 − mu0"}, {"se_if", "number", "its error by the influence function"}, {"ci", "list of number", "its limits at level"},
		{"g_formula_ate", "number", "the outcome models alone"},
		{"separated1", "text", "terms that separate the treated, if any"}, {"separated0", "text", "or the others"}}, positivityFields),
	"chi_square": slices.Concat([]Field{{"table", "list of list of number", "counts of the 2×2 table"}, {"rxc_rows", "list of text", ""}, {"rxc_cols", "list of text", ""}, {"rxc_table", "list of list of number", ""}},
		below("pearson", testFields), below("yates", testFields), below("rxc", testFields), below("rxc_yates", testFields)),
	"cochran_mantel_haenszel": slices.Concat([]Field{{"strata", "whole number", "strata that say something"}},
		below("corrected", slices.Concat(testFields, oddsRatioFields)), below("uncorrected", slices.Concat(testFields, oddsRatioFields)), below("exact", exactFields),
		below("breslow_day", []Field{{"", "object", "is the odds ratio the same in all strata"}, {"bd", "number", "Breslow and Day's chi-square"}, {"bd_p", "number", ""}, {"tarone", "number", "with Tarone's correction"}, {"tarone_p", "number", ""}})),
	"complete_cases": slices.Concat([]Field{{"n", "whole number", "rows"}, {"complete", "whole number", "rows that miss nothing"}, {"dropped", "whole number", ""}},
		below("variables", []Field{{"", "list of object", ""}, {"variable", "text", ""}, {"missing", "whole number", "rows in which it is missing"}, {"alone", "whole number", "rows in which only it is missing"}}),
		below("patterns", []Field{{"", "list of object", "what is missing together, the most frequent first"}, {"missing", "list of text", ""}, {"n", "whole number", ""}})),
	"cox":              coxFields,
	"cox_prediction":   {{"time", "list of number", "of each point"}, {"strata", "list of text", ""}, {"surv", "list of number", "predicted share without the event"}, {"se", "list of number", ""}, {"lower", "list of number", "limits at level"}, {"upper", "list of number", ""}},
	"descriptive":      descriptiveFields,
	"e_value":          {{"type", "text", "of each input: the measure"}, {"est", "number", ""}, {"lower", "number", ""}, {"upper", "number", ""}, {"rr_scale", "number", "as a risk ratio"}, {"evalue_point", "number", "for the estimate"}, {"evalue_ci", "number", "for the limit nearer to no effect"}},
	"federated_km":     curveFields,
	"federated_linear": slices.Concat(linearFields, robustFields[:4], siteFields),
	"federated_logistic": slices.Concat(coefficientFields, oddsField, covarianceField, likelihoodFields, below("robust", robustFields[:4]),
		performanceFields[5:], siteFields),
	"federated_poisson":        slices.Concat(coefficientFields, rateField, covarianceField, likelihoodFields, below("robust", robustFields[:4]), siteFields),
	"federated_logrank":        slices.Concat(rankFields, below("pooled", rankFields), below("stratified", rankFields)),
	"federated_cox_stratified": slices.Concat(coxFields, siteFields),
	"federated_descriptive":    slices.Concat([]Field{{"n", "whole number", ""}, {"mean", "number", ""}, {"sd", "number", ""}}, siteFields),
	"fine_gray": slices.Concat(coefficientFields, covarianceField, effectFields, []Field{{"shr", "list of number", "subdistribution hazard ratios: exp of the coefficients"},
		{"loglik", "number", ""}, {"loglik_null", "number", ""}, {"converged", "truth", ""}, {"n", "whole number", ""}, {"events", "whole number", "of the cause in question"}}),
	"firth_logistic": slices.Concat(coefficientFields, oddsField, effectFields, profileFields, []Field{{"plr_p", "list of number", "penalized likelihood-ratio tests, with profile"}, {"penalised_loglik", "number", ""}, {"n", "whole number", ""}}),
	"fisher_exact": slices.Concat(below("ROWS", exactFields), []Field{{"ROWS_less", "number", "one-sided p"}, {"ROWS_greater", "number", ""},
		{"ROWS_rxc_p", "number", "two-sided p of a table of any size. Each is named after the variable in the rows of its table"}}),
	"funnel": funnelFields,
	"g_t_chart": slices.Concat(
		below("g", []Field{{"", "object", "g chart"}, {"counts", "list of number", "cases between events"}, {"centre", "number", "center line"}, {"ucl", "number", "limits of 3 standard deviations"}, {"lcl", "number", ""}, {"p_hat", "number", "share with the event"}, {"prob_ucl", "number", "upper limit by probability"}}),
		below("t", []Field{{"", "object", "t chart, where days are given"}, {"days_between", "list of number", ""}, {"transformed", "list of number", "to the power 1/3.6"}, {"centre", "number", ""}, {"sigma", "number", ""}, {"ucl_t", "number", ""}, {"lcl_t", "number", ""},
			{"ucl_days", "number", ""}, {"lcl_days", "number", ""}, {"centre_days", "number", ""}, {"problem", "text", ""}})),
	"gee": slices.Concat(coefficientFields, covarianceField, []Field{{"naive_se", "list of number", "errors of the working model"}, {"scale", "number", "dispersion"}, {"alpha", "number", "correlation within clusters"},
		{"admissible", "truth", "whether there can be such a correlation"}, {"clusters", "whole number", ""}, {"max_cluster", "whole number", "rows of the largest"}, {"n", "whole number", ""}}),
	"interval_censored": effectFields,
	"kaplan_meier": slices.Concat(curveFields, below("logrank", rankFields), below("hazard_ratio", []Field{{"", "object", "of two groups, if asked for"}, {"versus", "text", "which group over which"},
		{"hr", "number", ""}, {"se", "number", "of its logarithm"}, {"p", "number", ""}, {"lower", "number", ""}, {"upper", "number", ""}, {"problem", "text", "why it could not be had"}})),
	"kruskal_wallis": testFields[1:],
	"learning_curve": slices.Concat([]Field{{"cusum_observed_minus_expected", "list of number", "failures so far less p0 times cases so far"}},
		below("sprt", []Field{{"", "object", "Wald's sequential test"}, {"s", "number", "failures per case on the line between both rates"}, {"h1_upper", "number", "above: unacceptable"}, {"h0_lower", "number", "below: acceptable"}, {"path", "list of number", ""}, {"decided", "number", "the case, from 1, at which it decided; NA if not"}, {"acceptable", "truth", ""}}),
		below("lc_cusum", []Field{{"", "object", ""}, {"weight_failure", "number", ""}, {"weight_success", "number", ""}, {"path", "list of number", ""}, {"adequate", "number", "the case, from 1, at which it reached h; NA if not"}})),
	"linear":       slices.Concat(linearFields, robustFields),
	"linear_mixed": slices.Concat(below("reml", mixedFields), below("ml", mixedFields), below("satterthwaite", []Field{{"", "object", "t tests of the REML fit that know how few groups there are"}, {"df", "list of number", ""}, {"statistic", "list of number", ""}, {"p", "list of number", ""}, {"lower", "list of number", ""}, {"upper", "list of number", ""}, {"problem", "text", ""}})),
	"logistic":     slices.Concat(coefficientFields, oddsField, profileFields, covarianceField, effectFields, likelihoodFields, below("robust", robustFields), performanceFields),
	"logistic_mixed": slices.Concat(coefficientFields, oddsField, covarianceField, effectFields, []Field{{"sd", "number", "of the groups' intercepts"}, {"var", "number", "its square"},
		{"icc_latent", "number", "share of the variance that lies between groups, on the latent scale"}, {"mor", "number", "median odds ratio between two groups"}, {"minus2loglik", "number", ""}, {"loglik", "number", ""},
		{"n", "whole number", ""}, {"singular", "truth", "groups differ no more than chance"}, {"se_full_hessian", "list of number", "the errors, which are of the full Hessian"},
		{"groups", "whole number", "how many; with slopes their effects"}, {"ranef_first", "object", "the first six of ranef"}, {"ranef_first.group", "list of text", ""}, {"ranef_first.mode", "list of number", ""},
		{"ranef", "object", "intercepts of the groups, shrunken toward 0"}, {"ranef.group", "list of text", ""}, {"ranef.mode", "list of number", ""}}, randomFields),
	"logrank": slices.Concat(rankFields, []Field{{"groups", "list of text", "with weights or clusters"}, {"robust", "truth", "the variance is of the rows' own scores"}},
		below("logrank", rankFields), below("peto_peto_rho1", rankFields), below("stratified", rankFields)),
	"matching":        matchingFields,
	"meta_generic":    slices.Concat(studiesFields, metaScaleFields, below("MEASURE", slices.Concat(studiesFields, metaScaleFields))),
	"meta_proportion": slices.Concat(studiesFields, below("back", []Field{{"", "object", "the pooled shares on their own scale"}, {"WAY.p", "number", ""}, {"WAY.lower", "number", ""}, {"WAY.upper", "number", ""}})),
	"meta_regression": slices.Concat(below("z", regressionFields), below("hksj", regressionFields)),
	"meta_sparse": slices.Concat([]Field{{"escalc_or_add_half_only0.yi", "list of number", "log odds ratio of each study, ½ added where a cell is 0"}, {"escalc_or_add_half_only0.vi", "list of number", ""}},
		below("measure_MEASURE", slices.Concat([]Field{{"", "object", "Mantel-Haenszel: OR, RR (logarithms) and RD"}}, mantelFields, []Field{{"cmh_chisq_corrected", "number", ""}, {"cmh_p", "number", ""}, {"breslow_day", "number", ""}, {"breslow_day_p", "number", ""}, {"tarone", "number", ""}, {"tarone_p", "number", ""}})),
		below("peto", mantelFields), below("dl_or_add_half_only0", pooledFieldList)),
	"mice": slices.Concat([]Field{{"terms", "list of text", "the terms of the model"}}, below("pooled", slices.Concat([]Field{{"", "object", "Rubin's rules"}}, rubinFields)),
		[]Field{{"mc_se_of_estimate", "list of number", "how much the estimates would vary with another seed"}, {"rhat.VARIABLE", "number", "did the chains settle: near 1, below about 1.1"},
			{"imputed_VARIABLE_mean", "number", "mean of the imputed values"}, {"imputed_VARIABLE_share", "number", "the same of a variable that is imputed by logreg: share of the later value"},
			{"complete_case.coef", "list of number", "the model of the complete rows, for comparison"}, {"complete_case.se", "list of number", ""}, {"complete_case.n", "whole number", ""},
			{"full_data.coef", "list of number", "the model of columns NAME_full, where the data have them (simulations)"}, {"full_data.se", "list of number", ""}, {"full_data.n", "whole number", ""}},
		below("chains", []Field{{"", "list of object", "with whole"}, {"variable", "text", ""}, {"mean", "list of list of number", ""}, {"sd", "list of list of number", ""}}),
		below("densities", []Field{{"", "list of object", "with whole"}, {"variable", "text", ""}, {"x", "list of number", ""}, {"observed", "list of number", ""}, {"imputed", "list of list of number", ""}})),
	"negative_binomial": slices.Concat(coefficientFields, rateField, effectFields, likelihoodFields, []Field{{"theta", "number", "the variance is μ + μ²/θ"}, {"se_theta", "number", ""}, {"twologlik", "number", ""}}, below("robust", robustFields)),
	"observed_expected": {{"centre", "text", "of each center: its name"}, {"n", "whole number", "patients"}, {"O", "number", "observed events"}, {"E", "number", "expected events"}, {"smr", "number", "O/E"}, {"exact_poisson_ci", "list of number", "its exact limits"},
		{"byar_ci", "list of number", "its limits after Byar"}, {"risk_adjusted_rate", "number", "O/E times the rate of all"}},
	"penalized_logistic": {{"terms", "list of text", ""}, {"alpha", "number", ""}, {"lambda", "list of number", "penalties of the path"}, {"coef", "list of list of number", "coefficients at each"}, {"dev_ratio", "list of number", "share of the deviance explained"},
		{"df", "list of whole number", "terms that are not 0"}, {"null_deviance", "number", ""}, {"n", "whole number", ""}, {"cvm", "list of number", "deviance on rows left out"}, {"cvsd", "list of number", "its error"}, {"folds", "whole number", ""},
		{"lambda_min", "number", "penalty of least deviance"}, {"lambda_1se", "number", "largest within one error of it"}, {"coef_min", "list of number", ""}, {"coef_1se", "list of number", ""}},
	"poisson":              slices.Concat(coefficientFields, rateField, profileFields, covarianceField, effectFields, likelihoodFields, below("robust", robustFields), []Field{{"pearson_dispersion", "number", "about 1 if counts vary as Poisson's"}}),
	"power":                {{"power", "number", "of each design, significance in the wrong direction not counted"}, {"strict", "number", "the same, counted"}},
	"propensity_several":   slices.Concat(positivityFields, balanceFields),
	"propensity_weighting": weightingFields,
	"proportion":           {{"x", "whole number", "of each pair: events"}, {"n", "whole number", "patients"}, {"clopper_pearson", "list of number", "exact limits"}, {"wilson", "list of number", "Wilson's limits"}, {"binom_p_half", "number", "exact p against ½"}, {"binom_p_0.2", "number", "exact p against 0.2"}},
	"ra_cusum": slices.Concat([]Field{{"vlad", "list of number", "expected less observed events so far"}}, below("upper", cusumFields), []Field{{"upper.S", "list of number", "the chart for worse results"}},
		below("lower", cusumFields), []Field{{"lower.S_plotted_negative", "list of number", "the chart for better results, drawn downward"}}),
	"ra_cusum_arl": {{"R", "number", "of each pair: true odds ratio"}, {"h", "number", "threshold"}, {"reps", "whole number", ""}, {"mean", "number", "simulated patients until a signal"}, {"mc_se", "number", "its Monte-Carlo error"}, {"capped", "whole number", "runs that did not end"}, {"markov_mean", "number", "the same without simulation"}},
	"rmst": {{"tau", "number", ""}, {"groups", "list of text", "rmst0 is of the first, rmst1 of the second"}, {"beyond_last_time", "truth", "a curve was carried on flat, up to tau"}, {"warning", "text", "and that nothing supports it"}, {"rmst", "number", "of a single group"}, {"se", "number", ""}, {"rmtl", "number", "tau less rmst: time lost"},
		{"rmst1", "number", "of the second group"}, {"se1", "number", ""}, {"rmst0", "number", "of the first"}, {"se0", "number", ""}, {"rmtl1", "number", ""}, {"rmtl0", "number", ""}, {"diff", "number", "rmst1 − rmst0"}, {"diff_se", "number", ""},
		{"diff_ci", "list of number", "limits at level"}, {"diff_p", "number", ""}, {"ratio", "number", "rmst1/rmst0"}, {"ratio_ci", "list of number", ""}},
	"rubin": slices.Concat(rubinFields, below("barnard_rubin", slices.Concat([]Field{{"", "object", "the same again"}}, rubinFields)), below("dfcom_infinite", slices.Concat([]Field{{"", "object", "with Rubin's degrees of freedom of 1987"}}, rubinFields))),
	"run_chart": {{"median", "number", ""}, {"useful", "whole number", "points off the median"}, {"runs", "whole number", ""}, {"longest_run", "whole number", ""}, {"crossings", "whole number", ""}, {"longest_trend", "whole number", ""}, {"fewest_runs", "whole number", "fewer are too few"}, {"most_runs", "whole number", ""},
		{"shift", "truth", "six or more points on one side"}, {"trend", "truth", "five or more rising or falling"}, {"too_few_runs", "truth", ""}, {"too_many_runs", "truth", ""}, {"longest_allowed", "whole number", "by chance, for so many points"}, {"crossings_allowed", "whole number", ""}, {"unusually_long", "truth", ""}, {"unusually_few", "truth", ""}},
	"sample_size": {{"n_power_prop_test", "number", "of two shares, for each arm: as R's power.prop.test, with the pooled variance"}, {"n_closed_form", "number", "the same"}, {"n_fleiss_continuity", "number", "with continuity correction"}, {"n_unpooled", "number", "with both variances"},
		{"events", "number", "of hazards: events needed"}, {"n_total", "number", "patients of both arms together"}, {"n_per_group", "number", "of non-inferiority. Of two means the answer is the number itself, for each arm"}},
	"t_test":          slices.Concat([]Field{{"groups", "list of text", "the first and the second, in the order of their values"}}, below("welch", tFields), below("pooled", tFields)),
	"two_proportions": {{"p1", "number", "of each table: share of the one group"}, {"p0", "number", "of the other"}, {"rd", "number", "p1 − p0"}, {"rd_wald", "list of number", ""}, {"rd_newcombe", "list of number", "the better limits"}, {"rr", "number", "p1/p0"}, {"rr_ci", "list of number", "Katz"}, {"or", "number", ""}, {"or_woolf", "list of number", ""}},
	"validation":      validationFields,
	"wilcoxon_rank_sum": slices.Concat([]Field{{"groups", "list of text", "the first and the second, in the order of their values"}}, below("continuity", testFields[:3]), below("no_continuity", testFields[:3]), []Field{{"exact", "object", "without ties: Wilcoxon's exact test"}, {"exact.statistic", "number", ""}, {"exact.p", "number", ""},
		{"exact_conditional", "object", "exact, given the ties"}, {"exact_conditional.W_midrank_sum", "number", "rank sum of the first group"}, {"exact_conditional.p_two_sided", "number", ""}, {"exact_conditional.p_less", "number", ""}, {"exact_conditional.p_greater", "number", ""},
		{"hodges_lehmann", "object", "shift, first less second group"}, {"hodges_lehmann.median_of_differences", "number", ""}, {"hodges_lehmann.estimate_uniroot", "number", "by inversion of the test"}, {"hodges_lehmann.ci_uniroot", "list of number", "limits at level"}}),
}

var testFields = []Field{{"", "object", "a test"}, {"statistic", "number", ""}, {"p", "number", ""}, {"df", "number", ""}}

var oddsRatioFields = []Field{{"ci", "list of number", "limits of the odds ratio at level"}, {"estimate", "list of number", "odds ratio"}}

var exactFields = []Field{{"", "object", "the exact conditional analysis"}, {"statistic", "number", "the count that is tested, of several strata"}, {"p", "number", "two-sided"}, {"p_less", "number", ""}, {"p_greater", "number", ""},
	{"estimate", "list of number", "conditional odds ratio"}, {"ci", "list of number", "its exact limits at level"},
	{"estimate_as_r_prints", "list of number", "where R's search stops: up to a third of a percent off"}, {"ci_as_r_prints", "list of number", ""}, {"problem", "text", ""}}

var tFields = []Field{{"", "object", ""}, {"statistic", "number", "t"}, {"p", "number", ""}, {"df", "number", ""}, {"ci", "list of number", "limits of the difference, first less second group"}, {"estimate", "list of number", "both means"}}

var siteFields = below("sites.SITE", []Field{{"", "object", "what a hospital adds"}, {"n", "whole number", ""}, {"events", "number", ""}, {"mean", "number", ""}, {"sd", "number", ""}})

var descriptiveFields = slices.Concat(below("all.VARIABLE", summaryFields), below("by_group.GROUP.VARIABLE", summaryFields), []Field{
	{"smd.VARIABLE", "number", "standardized difference of the two groups"},
	{"counts.VARIABLE", "object", "of a variable of two values"}, {"counts.VARIABLE.g0", "number", "with it, in the first group"}, {"counts.VARIABLE.n0", "number", "patients with a value"}, {"counts.VARIABLE.g1", "number", "in the second"}, {"counts.VARIABLE.n1", "number", ""}})

var summaryFields = []Field{{"", "object", "g0 is the first group in the order of its values, g1 the second"}, {"n", "whole number", ""}, {"missing", "whole number", ""}, {"mean", "number", ""}, {"sd", "number", ""}, {"se", "number", ""}, {"min", "number", ""}, {"max", "number", ""}, {"median", "number", ""},
	{"qQUANTILE", "number", "q25_type7, q75_type2 …: quantiles as R (7) and SAS (2) have them"}}

var funnelFields = slices.Concat([]Field{{"id", "list of text", "the centers"}, {"n", "list of number", "patients"}, {"x", "list of number", "events"}, {"target", "number", "share of all"}, {"proportion", "list of number", "share of each"}, {"z", "list of number", "its distance from the target"},
	{"phi", "number", "overdispersion: about 1 if centers differ by chance only"}, {"wilson", "list of list of number", "limits of each share"}},
	[]Field{{"exact.LIMIT", "list of number", "exact limits by size: lower_0.001, lower_0.025, upper_0.975, upper_0.999"}, {"normal.LIMIT", "list of number", "normal limits"},
		{"winsor.q", "number", ""}, {"winsor.limits", "list of number", ""}, {"winsor.z", "list of number", "z with its tails drawn in"},
		{"multiplicative.z", "list of number", "with overdispersion as a factor"}, {"multiplicative.LIMIT", "list of number", ""},
		{"additive.tau2", "number", "variance between centers"}, {"additive.z", "list of number", "with it"}, {"additive.LIMIT", "list of number", ""}})

// randomFields are random effects with slopes.
var randomFields = []Field{{"random", "object", "what varies between groups"}, {"random.names", "list of text", ""}, {"random.sd", "list of number", ""}, {"random.covariance", "list of list of number", ""}, {"random.correlation", "list of list of number", ""},
	{"groups.group", "list of text", ""}, {"groups.effect", "list of list of number", "of each group, shrunken toward 0"}, {"groups.se", "list of list of number", ""}}

var mixedFields = slices.Concat([]Field{{"", "object", "reml: by restricted maximum likelihood, ml: by maximum likelihood; tests are normal"}}, coefficientFields, covarianceField, []Field{
	{"var_group", "number", "variance between groups"}, {"var_residual", "number", "within them"}, {"icc", "number", "share between them"}, {"criterion", "number", "REML criterion, or −2 log-likelihood"},
	{"n", "whole number", ""}, {"groups", "whole number", "how many; with slopes their effects"}, {"singular", "truth", "groups differ no more than chance"},
	{"blup_first", "object", "the first six of blup"}, {"blup_first.group", "list of text", ""}, {"blup_first.value", "list of number", ""},
	{"blup", "object", "intercepts of the groups, shrunken toward 0"}, {"blup.group", "list of text", ""}, {"blup.value", "list of number", ""}}, randomFields)

var matchingFields = slices.Concat([]Field{
	{"difference", "number", "mean outcome of the treated less the matched"}, {"se", "number", "allowing for the sets"}, {"ci", "list of number", "limits at level"}, {"p", "number", ""},
	{"distance", "text", "what was matched on"}, {"caliper_sd", "number", ""}, {"caliper_abs", "number", "the caliper on the scale of the distance"}, {"sd_distance", "number", ""},
	{"treated", "whole number", "treated patients"}, {"controls", "whole number", "the others"}, {"pairs_n", "whole number", "pairs"}, {"matched_treated", "whole number", ""}, {"matched_controls", "whole number", ""},
	{"pairs", "object", "who was matched with whom"}, {"pairs.treated_id", "list", ""}, {"pairs.control_id", "list", ""},
	{"sets", "list of object", "sets, where there are several to one or in full matching"}, {"sets.treated_id", "any", ""}, {"sets.treated_ids", "list", ""}, {"sets.control_ids", "list", ""}, {"sets_n", "whole number", ""},
	{"se_cluster_pair_HC1", "number", "error of the difference that allows for the pairs"}, {"paired", "object", "the difference of pairs"}, {"paired.mean_diff", "number", ""}, {"paired.se", "number", ""},
	{"paired.discordant_10", "whole number", "pairs in which only the treated had it"}, {"paired.discordant_01", "whole number", "or only the other"},
	{"target", "text", "of full matching"}, {"total_distance", "number", ""}, {"ess_treated", "number", "effective number of rows"}, {"ess_control", "number", ""}, {"mean1", "number", ""}, {"mean0", "number", ""},
	{"row_weights", "list of number", "of each complete row, if asked for"}}, balanceFields)

var metaScaleFields = []Field{{"measure", "text", "of what the effects are"}, {"log", "truth", "they are logarithms"}, {"correlation", "object", "of Fisher's z: pooled correlations"},
	{"correlation.WAY.estimate", "number", ""}, {"correlation.WAY.lower", "number", ""}, {"correlation.WAY.upper", "number", ""}}

var regressionFields = slices.Concat([]Field{{"", "object", "z: normal tests, hksj: those of Knapp and Hartung"}}, coefficientFields[:5], []Field{{"lower", "list of number", ""}, {"upper", "list of number", ""}, {"k", "whole number", "studies"}, {"tau2", "number", "what is left between studies"}, {"se_tau2", "number", ""},
	{"QM", "number", "test of all moderators"}, {"QMp", "number", ""}, {"QMdf", "number", ""}, {"QE", "number", "test of what is left"}, {"QEp", "number", ""}, {"QEdf", "whole number", ""}, {"R2", "number", "percent of τ² explained"}, {"I2", "number", "percent"}, {"H2", "number", ""}})

var cusumFields = []Field{{"", "object", ""}, {"RA", "number", "odds ratio that is looked for"}, {"weight", "list of number", "score of each patient"}, {"first_crossing", "number", "the patient, from 1, at which it signalled; NA if not"}, {"h", "number", "threshold"}, {"max", "number", "highest point"},
	{"reset.index_1based", "list of whole number", "signals, if it begins anew after each"}, {"reset.path_with_reset", "list of number", ""}}

var weightingFields = slices.Concat(positivityFields,
	below("ps", []Field{{"", "object", "the propensity"}, {"terms", "list of text", ""}, {"coef", "list of number", ""}, {"se", "list of number", ""}, {"first10", "list of number", "propensity of the first ten complete rows"}, {"min", "number", ""}, {"max", "number", ""}, {"c", "number", "c-statistic"}}),
	below("weights.TARGET", slices.Concat([]Field{{"", "object", "ate, att, atc, overlap, ate_stabilised, ate_trim_1_99"},
		{"difference", "number", "mean1 − mean0"}, {"se_HC0", "number", "error that takes the weights as given"}, {"se_HC1", "number", ""}, {"mean1", "number", "weighted mean of the treated"}, {"mean0", "number", "of the others"},
		{"log_or", "number", "of an outcome of 0 and 1"}, {"log_or_se_sandwich", "number", ""}, {"sum_w_treated", "number", ""}, {"sum_w_control", "number", ""}, {"ess_treated", "number", "effective number of rows"}, {"ess_control", "number", ""},
		{"first5", "list of number", "weights of the first five complete rows"}, {"row_weights", "list of number", "of each complete row, if asked for"}, {"problem", "text", "why it could not be had"}}, balanceFields)),
	[]Field{{"TARGET_stacked_se", "number", "error of the difference that knows the propensity to be estimated: prefer it"}, {"TARGET_stacked_ci", "list of number", "its limits at level"}})

var adjustedFields = []Field{{"logrank.chisq", "number", ""}, {"logrank.df", "whole number", ""}, {"logrank.p", "number", ""}, {"logrank.problem", "text", ""},
	{"hazard_ratio.hr", "number", "of the treated to the others"}, {"hazard_ratio.coef", "number", "its logarithm"}, {"hazard_ratio.se", "number", ""}, {"hazard_ratio.lower", "number", ""}, {"hazard_ratio.upper", "number", ""}, {"hazard_ratio.p", "number", ""}, {"hazard_ratio.problem", "text", "why it could not be had"},
	{"rmst.tau", "number", ""}, {"rmst.rmst1", "number", "of the treated"}, {"rmst.se1", "number", ""}, {"rmst.rmst0", "number", "of the others"}, {"rmst.se0", "number", ""}, {"rmst.difference", "number", ""}, {"rmst.se", "number", ""}, {"rmst.lower", "number", ""}, {"rmst.upper", "number", ""}, {"rmst.p", "number", ""}, {"rmst.warning", "text", "tau lies beyond the follow-up"}}

var performanceOf = []Field{{"", "object", "apparent: on its own data; training and test: means over resamples; optimism: their difference; corrected: apparent less optimism"}, {"c", "number", "c-statistic"}, {"dxy", "number", "2c − 1"}, {"r2", "number", ""}, {"intercept", "number", "of calibration"}, {"slope", "number", "of calibration"},
	{"in_the_large", "number", "calibration in the large"}, {"brier", "number", ""}}

var validationFields = slices.Concat([]Field{{"n", "whole number", ""}, {"resamples", "whole number", ""}, {"failed", "whole number", "resamples without a model"}}, below("WHERE", performanceOf),
	below("calibration_binned", []Field{{"", "list of object", "groups of predicted risk"}, {"n", "whole number", ""}, {"predicted", "number", ""}, {"observed", "number", ""}, {"lower", "number", ""}, {"upper", "number", ""}}),
	below("calibration_smooth", []Field{{"", "object", "a smooth curve"}, {"method", "text", ""}, {"knots", "list of number", ""}, {"predicted", "list of number", ""}, {"observed", "list of number", ""}, {"lower", "list of number", ""}, {"upper", "list of number", ""},
		{"ici", "number", "mean distance from the diagonal"}, {"e50", "number", "median"}, {"e90", "number", "90 % quantile"}, {"emax", "number", "largest"}}),
	below("decision_curve", []Field{{"", "list of object", "by threshold of risk"}, {"threshold", "number", ""}, {"net_benefit", "number", ""}, {"treat_all", "number", "of treating all"}, {"treat_none", "number", ""}, {"standardized", "number", ""}, {"avoided_per_100", "number", "treatments avoided without loss"}}))
