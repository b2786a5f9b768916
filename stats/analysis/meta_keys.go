package analysis

// metaMethods are meta-analyses, of package meta.
//
// Columns are named by the specification (ai, n1i or bi, ci, n2i or di; m1i, sd1i, n1i …; xi, ni; ri, ni; yi, vi or sei), or by these very names where it is silent, or are
// written in it as lists of numbers. "measure" may be any text that names log OR, log RR, RD, MD, SMD or ZCOR; if it names two, each has a result of its own.
// Rows with a missing value are left out. A part that cannot be computed says why under "problem".
func metaMethods() []Method {
	return []Method{
		{Name: "meta_generic", About: "one effect from many studies, by all usual estimators", Result: object{}, compute: metaGeneric,
			Parameters: join(tableKeys, meanKeys, effectKeys, correctionKeys, []Parameter{level,
				{Name: "leave_one_out", Kind: Choice, Choices: tau2Words, Default: "DL", Example: "REML", About: "estimator of the analyses that leave out one study each"}})},
		{Name: "meta_regression", About: "do studies differ by what is known of them", Result: object{}, compute: metaRegression,
			Parameters: join(tableKeys, meanKeys, effectKeys, correctionKeys, []Parameter{level,
				{Name: "moderator", Kind: Variables, Example: "year", Aliases: []string{"moderators"}, About: "what is known of them"},
				{Name: "method", Kind: Choice, Choices: tau2Words, Default: "REML", Example: "DL", About: "estimator of τ²"}})},
		{Name: "meta_proportion", About: "one share from many studies", Result: object{}, compute: metaProportion,
			Parameters: join(correctionKeys, []Parameter{level,
				{Name: "xi", Kind: Series, Example: "events", About: "events of each study"},
				{Name: "ni", Kind: Series, Example: "patients", About: "patients of each study"},
				{Name: "label", Kind: Variable, Example: "study", About: "names of the studies, for figures"},
				{Name: "transform", Kind: Choice, Choices: []string{"logit", "log", "raw", "arcsine", "double arcsine", "PLO", "PLN", "PR", "PAS", "PFT", "plo", "pln", "pr", "pas", "pft", "none", "identity", "double_arcsine", "freeman-tukey"}, Default: "logit", Example: "arcsine", About: "the scale on which shares are pooled"},
				{Name: "leave_one_out", Kind: Choice, Choices: tau2Words, Default: "DL", Example: "REML", About: "estimator of the analyses that leave out one study each"}})},
		{Name: "network_meta", About: "what do studies of several treatments say together: every treatment against every other, ranks, inconsistency", Result: NetworkMeta{}, compute: networkMeta, Parameters: networkKeys},
		{Name: "meta_sparse", About: "one odds ratio where events are rare: Mantel-Haenszel, Peto", Result: object{}, compute: metaSparse,
			Parameters: join(tableKeys, correctionKeys, []Parameter{level})},
	}
}

// tau2Words are the estimators of the variance between studies.
var tau2Words = []string{"DL", "REML", "PM", "FE", "EE", "CE", "fixed", "dl", "reml", "pm"}

var tableKeys = []Parameter{
	{Name: "ai", Kind: Series, Example: "events1", About: "events of the treated in each study"},
	{Name: "bi", Kind: Series, Example: "others1", About: "treated without the event, if n1i is not given"},
	{Name: "n1i", Kind: Series, Example: "treated", About: "treated patients"},
	{Name: "ci", Kind: Series, Example: "events2", About: "events of the others"},
	{Name: "di", Kind: Series, Example: "others2", About: "others without the event, if n2i is not given"},
	{Name: "n2i", Kind: Series, Example: "untreated", About: "other patients"},
}

var meanKeys = []Parameter{
	{Name: "m1i", Kind: Series, Example: "mean1", About: "mean of the treated"}, {Name: "sd1i", Kind: Series, Example: "sd1", About: "their standard deviation"},
	{Name: "m2i", Kind: Series, Example: "mean2", About: "mean of the others"}, {Name: "sd2i", Kind: Series, Example: "sd2", About: "their standard deviation"},
}

var effectKeys = []Parameter{
	{Name: "measure", Kind: Texts, Example: "log OR", About: "log OR, log RR, log HR given, RD, MD, SMD, ZCOR (Fisher's z of correlations), or 'given' effects; what the columns are of if absent"},
	{Name: "ri", Kind: Series, Example: "r", About: "correlation of each study"},
	{Name: "ni", Kind: Series, Example: "patients", About: "patients of each study, for correlations"},
	{Name: "yi", Kind: Series, Example: "effect", About: "effects, if they are given"},
	{Name: "vi", Kind: Series, Example: "variance", About: "their variances"},
	{Name: "sei", Kind: Series, Example: "se", About: "their standard errors, if variances are not given"},
	{Name: "label", Kind: Variable, Example: "study", About: "names of the studies, for figures"},
}

var correctionKeys = []Parameter{
	{Name: "add", Kind: Number, Default: 0.5, If: "not to=none", Example: 0.25, About: "what is added to counts where one is 0"},
	{Name: "to", Kind: Choice, Choices: []string{"only0", "all", "if0all", "none"}, Default: "only0", Example: "all", About: "to which studies"},
}
