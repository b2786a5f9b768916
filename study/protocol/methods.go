package protocol

import (
	"slices"
	"strings"
)

// needs is what a method takes: which outcomes, which ways of taking account of hospitals, and which keys beside them.
type needs struct {
	outcomes []OutcomeType
	centers  []Center // none: the key does not belong there
	keys     []string
}

var methods = map[Method]needs{
	Describe:      {keys: []string{"of", "by?"}},
	Logistic:      {[]OutcomeType{Binary}, []Center{CenterNone, CenterFixed}, []string{"terms"}},
	Linear:        {[]OutcomeType{Continuous}, []Center{CenterNone, CenterFixed}, []string{"terms"}},
	Poisson:       {[]OutcomeType{Count}, []Center{CenterNone, CenterFixed}, []string{"terms"}},
	Cox:           {[]OutcomeType{Survival}, []Center{CenterStrata}, []string{"terms", "ties?"}},
	KaplanMeier:   {[]OutcomeType{Survival}, nil, []string{"by?"}},
	LogRank:       {[]OutcomeType{Survival}, []Center{CenterStrata}, []string{"by"}},
	IPTW:          {[]OutcomeType{Binary, Continuous}, []Center{CenterNone, CenterFixed}, []string{"exposure", "propensity", "estimand?"}},
	AIPW:          {[]OutcomeType{Binary, Continuous}, []Center{CenterNone, CenterFixed}, []string{"exposure", "propensity", "terms"}},
	MixedLogistic: {[]OutcomeType{Binary}, []Center{CenterRandom}, []string{"terms"}},
	Meta:          {keys: []string{"model", "effect", "pool?"}},
	MissingValues: {keys: []string{"of"}},
}

// analysis checks one analysis against what its method needs, and fills in what has a default.
func (c *checker) analysis(a *Analysis, what string) {
	if a.Method == "" {
		c.r.say(a.Line, "%s has no method", what)
		return
	}
	n := methods[a.Method]
	c.given(a, n, what)
	c.outcomeOf(a, n, what)
	c.center(a, n, what)
	c.groups(a, what)
	c.terms(a.Line, what+", terms", a.Terms, a.Outcome, a.Exposure)
	c.terms(a.Line, what+", propensity", a.Propensity, a.Outcome, a.Exposure)
	if a.Ties == "" && a.Method == Cox {
		a.Ties = "efron"
	}
	if a.Estimand == "" && a.Method == IPTW {
		a.Estimand = ATE
	}
	if a.Method == Meta {
		c.meta(a, what)
	}
}

// given tells of keys that are missing and of keys that do not belong.
func (c *checker) given(a *Analysis, n needs, what string) {
	has := map[string]bool{"of": len(a.Of) > 0, "by": a.By != "", "terms": len(a.Terms) > 0, "exposure": a.Exposure != "", "propensity": len(a.Propensity) > 0,
		"estimand": a.Estimand != "", "ties": a.Ties != "", "model": a.Model != nil, "effect": a.Effect != "", "pool": a.Pool != ""}
	for _, key := range []string{"of", "by", "terms", "exposure", "propensity", "estimand", "ties", "model", "effect", "pool"} {
		name := key
		if key == "model" {
			name = "of: {method: …}"
		}
		switch {
		case slices.Contains(n.keys, key) && !has[key]:
			c.r.say(a.Line, "%s: %s needs %s", what, a.Method, name)
		case has[key] && !slices.Contains(n.keys, key) && !slices.Contains(n.keys, key+"?"):
			c.r.say(a.Line, "%s: %s does not belong to %s", what, name, a.Method)
		}
	}
}

func (c *checker) outcomeOf(a *Analysis, n needs, what string) {
	o := c.p.Outcome(a.Outcome)
	switch {
	case len(n.outcomes) == 0 && a.Outcome != "":
		c.r.say(a.Line, "%s: %s has no outcome", what, a.Method)
	case len(n.outcomes) == 0:
	case a.Outcome == "":
		c.r.say(a.Line, "%s: %s needs an outcome", what, a.Method)
	case o == nil:
		c.r.say(a.Line, "%s: there is no outcome %q", what, a.Outcome)
	case o.Type != "" && !slices.Contains(n.outcomes, o.Type):
		c.r.say(a.Line, "%s: %s does not go with the outcome %s, which is %s", what, a.Method, a.Outcome, o.Type)
	}
}

func (c *checker) center(a *Analysis, n needs, what string) {
	switch {
	case len(n.centers) == 0:
		if a.Center != "" {
			c.r.say(a.Line, "%s: center does not belong to %s", what, a.Method)
		}
	case a.Center == "" && len(n.centers) == 1:
		a.Center = n.centers[0]
	case a.Center == "":
		c.r.say(a.Line, "%s: say how the hospitals stand in it: center: %s", what, centerList(n.centers))
	case !slices.Contains(n.centers, a.Center):
		c.r.say(a.Line, "%s: center %s does not go with %s; it is %s", what, a.Center, a.Method, centerList(n.centers))
	}
}

func centerList(list []Center) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = string(v)
	}
	return strings.Join(words, " or ")
}

func (c *checker) groups(a *Analysis, what string) {
	if a.By != "" {
		c.names(a.Line, what+", by", a.By, Bool, Category)
	}
	for _, name := range a.Of {
		c.names(a.Line, what+", of", name, Number, Bool, Category)
	}
	if a.Exposure == "" {
		return
	}
	c.names(a.Line, what+", exposure", a.Exposure, Bool, Category)
	if v := c.p.Variable(a.Exposure); v != nil && v.Type == Category && len(v.Levels) != 2 {
		c.r.say(a.Line, "%s: the exposure %s has %d levels; two techniques are compared at a time", what, a.Exposure, len(v.Levels))
	}
}

// terms checks the terms of a model: names of variables, or products of two.
func (c *checker) terms(line int, what string, terms []string, outcome, exposure string) {
	if len(terms) > maxTerms {
		c.r.say(line, "%s: %d terms; %d is the most", what, len(terms), maxTerms)
	}
	for i, t := range terms {
		if slices.Contains(terms[:i], t) {
			c.r.say(line, "%s: %s stands twice", what, t)
		}
		parts := strings.Split(t, ":")
		if len(parts) > 2 || len(parts) == 2 && parts[0] == parts[1] {
			c.r.say(line, "%s: %q is neither a variable nor a product of two", what, t)
			continue
		}
		for _, name := range parts {
			c.names(line, what, name, Number, Bool, Category)
			if o := c.p.Outcome(outcome); o != nil && name != "" && (name == o.Value || name == o.Time || name == o.Event || name == o.Offset) {
				c.r.say(line, "%s: %s is the outcome, so it explains nothing", what, name)
			}
			if name != "" && name == exposure {
				c.r.say(line, "%s: %s is the exposure, which stands apart", what, name)
			}
		}
	}
}

// meta checks a meta-analysis: what each hospital fits has no center in it.
func (c *checker) meta(a *Analysis, what string) {
	m := a.Model
	if m == nil {
		return
	}
	if a.Pool == "" {
		a.Pool = "REML"
	}
	if !slices.Contains([]Method{Logistic, Linear, Poisson, Cox}, m.Method) {
		c.r.say(m.Line, "%s: each hospital fits logistic, linear, poisson or cox", what)
		return
	}
	if m.Center != "" {
		c.r.say(m.Line, "%s: each hospital fits its own rows, so there is no center in the model", what)
	}
	own := methods[m.Method]
	own.centers = []Center{CenterNone}
	c.given(m, own, what)
	c.outcomeOf(m, own, what)
	c.terms(m.Line, what+", terms", m.Terms, m.Outcome, "")
	m.Center, m.ID = CenterNone, a.ID
	if m.Ties == "" && m.Method == Cox {
		m.Ties = "efron"
	}
	if a.Effect != "" && len(c.r.list) == 0 && !slices.Contains(c.p.Estimates(m), c.p.EffectName(a.Effect)) {
		c.r.say(a.Line, "%s: the model has no estimate %q; it has %s", what, a.Effect, strings.Join(c.p.Estimates(m), ", "))
	}
}

// EffectName is the estimate that the effect of a meta-analysis means: a category of two levels means its second.
func (p *Protocol) EffectName(effect string) string {
	if v := p.Variable(effect); v != nil && v.Type == Category && len(v.Levels) == 2 {
		return effect + "=" + v.Levels[1]
	}
	return effect
}

// Estimates names the coefficients of an analysis's terms, without intercept: a dummy for each level of a category but the first, and products of those.
func (p *Protocol) Estimates(a *Analysis) []string { return p.Columns(a.Terms) }

// Columns names the columns of a design that terms make.
func (p *Protocol) Columns(terms []string) (list []string) {
	for _, t := range terms {
		first, second, product := strings.Cut(t, ":")
		if !product {
			list = append(list, p.dummies(first)...)
			continue
		}
		for _, b := range p.dummies(second) {
			for _, a := range p.dummies(first) {
				list = append(list, a+":"+b)
			}
		}
	}
	return list
}

func (p *Protocol) dummies(name string) []string {
	v := p.Variable(name)
	if v == nil || v.Type != Category {
		return []string{name}
	}
	var list []string
	for _, l := range v.Levels[1:] {
		list = append(list, name+"="+l)
	}
	return list
}
