package protocol

// This file is the shape of the file: which keys stand where. What they mean together is in check.go.

const wholeProtocol = "the protocol"

func (r *reader) protocol(p *Protocol, n node) {
	p.Missing = Missing{Method: "complete"}
	p.Privacy = Privacy{MinPatients: DefaultMinPatients, MinRatio: DefaultMinRatio, MaxFigures: DefaultMaxFigures, MaxOpen: DefaultMaxOpen}
	n.read(wholeProtocol, keys{
		"format":    func(v node) { p.Format = v.integer("format") },
		"id":        func(v node) { p.ID = v.text("id") },
		"title":     func(v node) { p.Title = v.text("title") },
		"question":  func(v node) { p.Question = v.text("question") },
		"pathway":   func(v node) { p.Pathway = v.text("pathway") },
		"cohort":    func(v node) { p.Cohort = v.expression("cohort") },
		"exposure":  func(v node) { p.Exposure = v.text("exposure") },
		"prose":     func(v node) { r.prose(&p.Prose, v) },
		"variables": func(v node) { r.variables(p, v) },
		"outcomes":  func(v node) { r.outcomes(p, v) },
		"analyses": func(v node) {
			v.list("analyses", func(item node) { p.Analyses = append(p.Analyses, r.analysis(item)) })
		},
		"missing": func(v node) { r.missing(&p.Missing, v) },
		"privacy": func(v node) { r.privacy(&p.Privacy, v) },
	})
	if p.Format != 1 && len(r.list) == 0 {
		r.say(r.line("format"), "format must be 1: this release reads no other")
	}
}

func (r *reader) prose(p *Prose, n node) {
	into := func(to *string, key string) func(node) {
		return func(v node) { *to = v.text(key) }
	}
	n.read("prose", keys{
		"rationale": into(&p.Rationale, "rationale"), "setting": into(&p.Setting, "setting"), "participants": into(&p.Participants, "participants"),
		"bias": into(&p.Bias, "bias"), "sample_size": into(&p.SampleSize, "sample_size"), "limits": into(&p.Limits, "limits"),
		"ethics": into(&p.Ethics, "ethics"), "funding": into(&p.Funding, "funding"), "registration": into(&p.Registration, "registration"),
	})
}

func (r *reader) variables(p *Protocol, n node) {
	n.each("variables", func(name string, at int, value node) {
		v := Variable{Name: name, Line: at, Scale: 1}
		what := "variable " + name
		value.read(what, keys{
			"type":   func(n node) { v.Type = code(n, "the type of "+name, Number, Bool, Category) },
			"label":  func(n node) { v.Label = n.text("label") },
			"unit":   func(n node) { v.Unit = n.text("unit") },
			"levels": func(n node) { v.Levels = n.texts("the levels of " + name) },
			"center": func(n node) { v.Center = n.number("center") },
			"scale":  func(n node) { v.Scale = n.number("scale") },
			"value":  func(n node) { v.Value = n.expression("value") },
		})
		p.Variables = append(p.Variables, v)
	})
}

func (r *reader) outcomes(p *Protocol, n node) {
	n.each("outcomes", func(name string, at int, value node) {
		o := Outcome{Name: name, Line: at}
		value.read("outcome "+name, keys{
			"type":   func(n node) { o.Type = code(n, "the type of "+name, Binary, Continuous, Count, Survival) },
			"label":  func(n node) { o.Label = n.text("label") },
			"value":  func(n node) { o.Value = n.text("value") },
			"time":   func(n node) { o.Time = n.text("time") },
			"event":  func(n node) { o.Event = n.text("event") },
			"offset": func(n node) { o.Offset = n.text("offset") },
			"bin":    func(n node) { o.Bin = n.number("bin") },
			"grid": func(n node) {
				n.list("the grid of "+name, func(item node) { o.Grid = append(o.Grid, item.number("a time of the grid")) })
			},
		})
		p.Outcomes = append(p.Outcomes, o)
	})
}

func (r *reader) analysis(n node) Analysis {
	a := Analysis{Line: n.line()}
	known := r.model(&a)
	known["id"] = func(v node) { a.ID = v.text("id") }
	known["label"] = func(v node) { a.Label = v.text("label") }
	known["role"] = func(v node) { a.Role = code(v, "role", "primary", "secondary", "sensitivity", "subgroup") }
	known["by"] = func(v node) { a.By = v.text("by") }
	known["exposure"] = func(v node) { a.Exposure = v.text("exposure") }
	known["propensity"] = func(v node) { a.Propensity = v.texts("propensity") }
	known["estimand"] = func(v node) { a.Estimand = code(v, "estimand", ATE, ATT, ATO) }
	known["where"] = func(v node) { a.Where = v.expression("where") }
	known["effect"] = func(v node) { a.Effect = v.text("effect") }
	known["pool"] = func(v node) { a.Pool = code(v, "pool", "REML", "DL") }
	known["of"] = func(v node) { r.of(&a, v) }
	n.read("the analysis", known)
	return a
}

// model has the keys of a regression, which a meta-analysis uses too.
func (r *reader) model(a *Analysis) keys {
	return keys{
		"method": func(v node) {
			a.Method = code(v, "method", Describe, Logistic, Linear, Poisson, Cox, KaplanMeier, LogRank, IPTW, AIPW, MixedLogistic, Meta, MissingValues)
		},
		"outcome": func(v node) { a.Outcome = v.text("outcome") },
		"terms":   func(v node) { a.Terms = v.texts("terms") },
		"center":  func(v node) { a.Center = code(v, "center", CenterNone, CenterFixed, CenterStrata, CenterRandom) },
		"ties":    func(v node) { a.Ties = code(v, "ties", "efron", "breslow") },
	}
}

// of is a list of variables to describe, or the model of a meta-analysis.
func (r *reader) of(a *Analysis, n node) {
	if n.Type().String() == "Sequence" {
		a.Of = n.texts("of")
		return
	}
	m := &Analysis{Line: n.line()}
	n.read("the model of the meta-analysis", r.model(m))
	a.Model = m
}

func (r *reader) missing(m *Missing, n node) {
	n.read("missing", keys{
		"method":      func(v node) { m.Method = code(v, "the method for missing values", "complete", "impute") },
		"imputations": func(v node) { m.Imputations = v.integer("imputations") },
		"seed":        func(v node) { m.Seed = int64(v.integer("seed")) },
	})
}

func (r *reader) privacy(p *Privacy, n node) {
	n.read("privacy", keys{
		"min_patients":           func(v node) { p.MinPatients = v.integer("min_patients") },
		"patients_per_parameter": func(v node) { p.MinRatio = v.number("patients_per_parameter") },
		"figures_per_patient":    func(v node) { p.MaxFigures = v.number("figures_per_patient") },
		"open_per_patient":       func(v node) { p.MaxOpen = v.number("open_per_patient") },
	})
}
