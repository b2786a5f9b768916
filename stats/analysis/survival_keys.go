package analysis

// survivalMethods are those of times to an event.
func survivalMethods() []Method {
	return []Method{
		{Name: "cox", About: "what goes with the time until an event: hazard ratios, test of proportional hazards", Parameters: join(timeKeys, entryKeys, coxKeys), Result: object{}, compute: coxModel},
		{Name: "cox_prediction", About: "survival curves that a Cox model predicts for given patients", Parameters: join(timeKeys, entryKeys, coxKeys, predictionKeys), Result: object{}, compute: coxPrediction},
		{Name: "kaplan_meier", About: "how many are still without the event at each time, by group", Parameters: join(timeKeys, entryKeys, groupKeys, curveKeys, compareKeys, []Parameter{weightsAreKey}), Result: object{}, compute: kaplanMeier},
		{Name: "logrank", About: "do the curves of groups differ", Parameters: except(join(timeKeys, entryKeys, groupKeys, rankKeys, rankWeightKey, clusterKey), level.Name), Result: object{}, compute: logRank},
		{Name: "rmst", About: "mean time without the event up to a limit, and its difference between two groups", Parameters: join(timeKeys, entryKeys, groupKeys, tauKeys, []Parameter{weightKey, weightsAreKey}), Result: object{}, compute: restrictedMeans},
	}
}

// timeKeys say when and whether the event happened.
var timeKeys = []Parameter{
	{Name: "formula", Kind: Formula, Example: "Surv(months, recurred) ~ technique", About: "the model; it stands for time, status, predictors or group, strata and cluster"},
	{Name: "time", Kind: Variable, Example: "months", About: "time until the event or the end of observation"},
	{Name: "status", Kind: Variable, Example: "recurred", About: "1 for the event, 0 for none; competing events have numbers of their own"},
	landmarkKey, level,
}

var entryKeys = []Parameter{
	{Name: "start", Kind: Variable, Example: "entry", About: "time from which the row was observed, if not from 0"},
	{Name: "stop", Kind: Variable, Example: "exit", About: "another name of time, where rows have a start"},
}

var groupKeys = []Parameter{
	{Name: "group", Kind: Variables, Example: "technique", About: "the groups that are compared, by one variable or by several together"},
	{Name: "predictors", Kind: Variables, Example: "technique", About: "the same, as a formula gives it"},
}

var curveKeys = []Parameter{
	{Name: "times", Kind: Numbers, Example: []any{12.0, 24.0}, About: "when the curve is read off; without times, only counts and medians are told (and the whole curve with whole)"},
	{Name: "conf_type", Kind: Choice, Choices: []string{"log-log", "log", "plain", "arcsin", "loglog", "log-minus-log", "cloglog", "logit"}, Default: "log-log", Example: "plain", About: "the scale on which limits are taken"},
	{Name: "weights", Kind: Variable, Example: "w", About: "weight of each row; whole numbers count equal rows, others call for robust errors"},
	{Name: "whole", Kind: Truth, Default: false, Example: true, About: "the curve at each of its times, for drawing"},
	{Name: "time_label", Kind: Text, Example: "Months since operation", About: "how the axis of time is written"},
}

var compareKeys = []Parameter{
	{Name: "logrank", Kind: Truth, Default: false, Example: true, About: "also the log-rank test of the groups"},
	{Name: "hr", Kind: Truth, Default: false, Example: true, About: "also the hazard ratio of two groups, for the figure"},
}

var rankKeys = []Parameter{
	{Name: "strata", Kind: Variables, Example: "hospital", About: "compare within each value of these"},
	{Name: "rho", Kind: Number, Default: 0.0, Example: 1.0, About: "weight of early events (Fleming and Harrington): 0 is the log-rank test"},
}

var rankWeightKey = []Parameter{{Name: "weights", Kind: Variable, Example: "w", About: "weight of each row, such as one of treatment received; the variance is that of the rows' own scores, also where weights are whole (rows are not repeated)"}}

var tauKeys = []Parameter{{Name: "tau", Kind: Number, Positive: true, Needed: true, Example: 24.0, About: "the time up to which the mean is taken"}}

var coxKeys = []Parameter{
	{Name: "predictors", Kind: Variables, Example: []any{"age", "endoscopic"}, About: "what explains the time, if there is no formula; they enter linearly"},
	{Name: "strata", Kind: Variables, Example: "hospital", About: "each value has a baseline of its own"},
	{Name: "cluster", Kind: Variable, Example: "patient", About: "rows of one value may resemble each other: robust errors"},
	{Name: "weights", Kind: Variable, Example: "w", About: "weight of each row; errors are robust unless all are whole"},
	{Name: "offset", Kind: Expression, Example: "log(dose)", About: "a term with the coefficient 1"},
	{Name: "ties", Kind: Choice, Choices: []string{"efron", "breslow", "exact"}, Default: "efron", Example: "breslow", About: "how events at one time are treated; exact is for times on a coarse scale, and with strata of matched patients is conditional logistic regression"},
	{Name: "robust", Kind: Truth, Default: false, Example: true, About: "robust errors of single rows"},
	{Name: "transform", Kind: Texts, Default: []any{"km", "identity", "rank"}, Example: []any{"km", "log"}, About: "clocks of the test of proportional hazards: km, identity, rank, log"},
}

var predictionKeys = []Parameter{
	{Name: "newdata", Kind: Any, Needed: true, Example: map[string]any{"age": 60.0, "endoscopic": 1.0}, About: "for whom: the value of each variable of the model (of a factor its level, as a word), one patient or several"},
	{Name: "times", Kind: Numbers, Needed: true, Example: []any{12.0, 24.0}, About: "when the curve is read off"},
	{Name: "model", Kind: Text, Example: "cox-recurrence", About: "the case whose model predicts; without it the specification's own"},
	{Name: "conf_type", Kind: Choice, Choices: []string{"log-log", "log", "plain", "arcsin", "loglog", "log-minus-log", "cloglog", "logit"}, Default: "log-log", Example: "log", About: "the scale on which limits are taken"},
}
