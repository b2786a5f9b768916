package pathway

import (
	"regexp"
	"slices"
	"strings"
)

var (
	identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	versions   = regexp.MustCompile(`^\d{1,4}\.\d{1,4}\.\d{1,4}(-[a-z0-9.]{1,20})?$`)
	ucum       = regexp.MustCompile(`^[A-Za-z0-9%/.\[\]{}()*'+-]{1,30}$`)
)

// reserved are words of CEL and of our expressions that cannot name a variable.
var reserved = strings.Fields(`true false null in as break const continue else for function if import let loop package
	namespace return var void while has missing items facts dec round abs sum days years size int string bool bytes list map
	type dyn double uint duration timestamp matches all exists exists_one filter steps`)

var systems = []string{"ICD-10", "ICD-10-CM", "ICD-9-CM-3", "LOINC", "SNOMED"}

func (p *Pack) checkVariables(r *report) {
	for _, v := range p.Variables {
		if !identifier.MatchString(v.ID) || slices.Contains(reserved, v.ID) || strings.Contains(v.ID, "__") {
			r.add(v.Pos, "%q cannot name a variable: use lower-case letters, digits and single underscores, and no word of CEL", v.ID)
		}
		if v.Label.En == "" {
			r.add(v.Pos, "%s has no label", v.ID)
		}
		v.checkType(r)
		checkCodes(v.Codes, v.Pos, r)
	}
}

func (v *Variable) checkType(r *report) {
	coded := v.Type == KindCode || v.Type == KindCodes
	switch v.Type {
	case KindText, KindBool, KindDate, KindDateTime, KindMedia:
		if v.Unit != "" || v.Min+v.Max+v.UsualMin+v.UsualMax != "" {
			r.add(v.Pos, "%s is of type %s, which has no unit or range", v.ID, v.Type)
		}
	case KindCode, KindCodes:
		if len(v.Choices) == 0 {
			r.add(v.Pos, "%s needs choices or a list", v.ID)
		}
	case KindInteger, KindDecimal:
		v.checkRange(r)
	case "":
		r.add(v.Pos, "%s has no type", v.ID)
	default:
		r.add(v.Pos, "%s has the unknown type %q", v.ID, v.Type)
	}
	if len(v.Choices) > 0 && !coded && v.Type != KindInteger {
		r.add(v.Pos, "%s has choices but is of type %s", v.ID, v.Type)
	}
	for _, c := range v.Choices {
		if c.Label.En == "" {
			r.add(c.Pos, "choice %s of %s has no label", c.Code, v.ID)
		}
		if v.Type == KindInteger && !integers.MatchString(c.Code) {
			r.add(c.Pos, "choice %q of %s is not a whole number", c.Code, v.ID)
		}
		checkCodes(c.Codes, c.Pos, r)
	}
}

func (v *Variable) checkRange(r *report) {
	for _, bound := range []string{v.Min, v.Max, v.UsualMin, v.UsualMax} {
		if bound != "" && (!validDecimal(bound) || v.Type == KindInteger && strings.Contains(bound, ".")) {
			r.add(v.Pos, "%s has the limit %q, which is not a number of its type", v.ID, bound)
			return
		}
	}
	if v.Min != "" && v.Max != "" && decimalLess(v.Max, v.Min) {
		r.add(v.Pos, "%s has its greatest value below its least", v.ID)
	}
	for _, usual := range []string{v.UsualMin, v.UsualMax} {
		if usual != "" && (v.Min != "" && decimalLess(usual, v.Min) || v.Max != "" && decimalLess(v.Max, usual)) {
			r.add(v.Pos, "%s calls %s usual, which its range does not allow", v.ID, usual)
		}
	}
	if v.Unit != "" && !ucum.MatchString(v.Unit) {
		r.add(v.Pos, "%s has the unit %q, which is not UCUM", v.ID, v.Unit)
	}
	if v.Digits < 0 || v.Digits > 9 {
		r.add(v.Pos, "%s may have 0 to 9 digits after the point", v.ID)
	}
}

func decimalLess(a, b string) bool {
	x, err1 := parseDecimal(a)
	y, err2 := parseDecimal(b)
	return err1 == nil && err2 == nil && x.Cmp(y.Rat) < 0
}

func checkCodes(codes []Code, at Pos, r *report) {
	for _, c := range codes {
		if !slices.Contains(systems, c.System) {
			r.add(at, "code system %q is not known (%s)", c.System, strings.Join(systems, ", "))
		}
		if c.Code == "" {
			r.add(at, "a code of %s is empty", c.System)
		}
	}
}

func (p *Pack) checkAll(r *report) {
	p.checkHead(r)
	p.checkStages(r)
	p.checkForms(r)
	p.checkScales(r)
	p.checkPacket(r)
	p.checkPlan(r)
	p.checkSchedule(r)
	p.checkOutcomes(r)
	p.checkRouting(r)
	p.checkChecks(r)
	p.checkSources(r)
	p.checkChanges(r)
}

func (p *Pack) checkHead(r *report) {
	at := func(key string) Pos { return Pos{p.File, lineOf(p.source, key)} }
	if p.Format != 1 {
		r.add(at("format"), "format must be 1")
	}
	if !versions.MatchString(p.Version) {
		r.add(at("version"), "version %q must look like 1.0.0", p.Version)
	}
	if p.Name.En == "" {
		r.add(at("name"), "the pack has no name")
	}
	checkCodes(p.Codes, at("codes"), r)
	for _, s := range p.SubSpecialties {
		if s.Name.En == "" {
			r.add(s.Pos, "sub-specialty %s has no name", s.ID)
		}
	}
	if p.Abstract {
		return
	}
	if p.Level < 1 || p.Level > 4 {
		r.add(at("level"), "level must be 1 to 4")
	}
	if entry(p.SubSpecialties, p.SubSpecialty) == nil {
		r.add(at("subspecialty"), "sub-specialty %q is not among the sub-specialties", p.SubSpecialty)
	}
	for _, o := range p.Procedures {
		checkCodes(o.Codes, o.Pos, r)
		if o.Name.En == "" || o.Level < 1 || o.Level > 4 {
			r.add(o.Pos, "procedure %s needs a name and a level from 1 to 4", o.ID)
		}
		p.cite(o.Source, o.Pos, "procedure "+o.ID, r)
	}
}

func (p *Pack) checkStages(r *report) {
	last := -1
	for _, s := range p.Stages {
		i := slices.Index(Verbs, s.ID)
		if i < 0 {
			r.add(s.Pos, "%q is not one of the verbs %s", s.ID, strings.Join(Verbs, ", "))
			continue
		}
		if i <= last {
			r.add(s.Pos, "stage %s stands out of order", s.ID)
		}
		last = i
		for _, need := range s.Needs {
			if j := slices.Index(Verbs, need); j < 0 || j >= i || p.Stage(need) == nil {
				r.add(s.Pos, "stage %s needs %q, which is not an earlier stage", s.ID, need)
			}
		}
	}
	if len(p.Stages) == 0 {
		r.add(p.Pos, "the pack has no stages; extend core")
	}
}

func (p *Pack) checkForms(r *report) {
	for _, f := range p.Forms {
		if p.Stage(f.Stage) == nil {
			r.add(f.Pos, "form %s belongs to the stage %q, which does not exist", f.ID, f.Stage)
		}
		if f.Name.En == "" {
			r.add(f.Pos, "form %s has no name", f.ID)
		}
		for _, s := range f.Sections {
			if s.Name.En == "" {
				r.add(s.Pos, "section %s of form %s has no name", s.ID, f.ID)
			}
		}
	}
}

func (p *Pack) checkScales(r *report) {
	for _, s := range p.Scales {
		p.cite(s.Source, s.Pos, "scale "+s.ID, r)
		if s.Name.En == "" {
			r.add(s.Pos, "scale %s has no name", s.ID)
		}
		for _, id := range s.Uses {
			if p.variable[id] == nil {
				r.add(s.Pos, "scale %s uses %q, and there is no such variable", s.ID, id)
			}
		}
		if len(s.Grades) == 0 && !s.scored() && s.Min == "" {
			r.add(s.Pos, "scale %s has no grades, no questions, no score and no range", s.ID)
		}
		if s.Better != "" && s.Better != "low" && s.Better != "high" {
			r.add(s.Pos, "scale %s: better must be low or high", s.ID)
		}
		s.checkBands(r)
	}
}

func (s *Scale) checkBands(r *report) {
	last := ""
	for _, b := range s.Bands {
		if !validDecimal(b.From) || !validDecimal(b.To) || decimalLess(b.To, b.From) {
			r.add(b.Pos, "band %s of %s needs from and to, in order", b.ID, s.ID)
			continue
		}
		if last != "" && !decimalLess(last, b.From) {
			r.add(b.Pos, "band %s of %s overlaps the one before", b.ID, s.ID)
		}
		if s.Max != "" && decimalLess(s.Max, b.To) || s.Min != "" && decimalLess(b.From, s.Min) {
			r.add(b.Pos, "band %s of %s lies outside the range of the scale", b.ID, s.ID)
		}
		last = b.To
	}
}

func (p *Pack) checkPacket(r *report) {
	for _, item := range p.Packet {
		p.cite(item.Source, item.Pos, "packet item "+item.ID, r)
		name, known := item.of(), true
		switch item.Kind {
		case "variable":
			known = p.variable[name] != nil
		case "scale":
			known = p.Scale(name) != nil
		case "form":
			known = p.Form(name) != nil
		case "attachment":
		default:
			r.add(item.Pos, "packet item %s has the kind %q: variable, form, scale or attachment", item.ID, item.Kind)
		}
		for _, id := range append(slices.Clone(item.With), item.Or...) {
			known = known && p.variable[id] != nil
		}
		if !known {
			r.add(item.Pos, "packet item %s asks for the %s %q, which does not exist", item.ID, item.Kind, name)
		}
		if item.Label.En == "" {
			r.add(item.Pos, "packet item %s has no label", item.ID)
		}
	}
}

func (p *Pack) checkPlan(r *report) {
	for _, id := range slices.Concat(p.Plan.Fields, p.Plan.Compare) {
		if p.variable[id] == nil {
			r.add(Pos{p.File, lineOf(p.source, "plan")}, "the plan names %q, and there is no such variable", id)
		}
	}
	for _, v := range p.Privileges {
		p.cite(v.Source, v.Pos, "privilege "+v.ID, r)
		for _, role := range v.Roles {
			if !slices.Contains([]string{"advise", "assist", "operate"}, role) {
				r.add(v.Pos, "privilege %s has the role %q: advise, assist or operate", v.ID, role)
			}
		}
		for _, id := range v.Procedures {
			if p.Procedure(id) == nil {
				r.add(v.Pos, "privilege %s covers %q, and there is no such procedure", v.ID, id)
			}
		}
	}
}

func (p *Pack) checkOutcomes(r *report) {
	for _, c := range p.Complications {
		p.cite(c.Source, c.Pos, "complication "+c.ID, r)
		checkCodes(c.Codes, c.Pos, r)
	}
	for _, i := range p.Indicators {
		p.cite(i.Source, i.Pos, "indicator "+i.ID, r)
		p.checkIndicator(i, r)
	}
	for _, c := range p.Comparators {
		p.cite(c.Source, c.Pos, "comparator "+c.ID, r)
		v := p.variable[c.Variable]
		if v == nil {
			r.add(c.Pos, "comparator %s compares %q, and there is no such variable", c.ID, c.Variable)
			continue
		}
		for _, arm := range c.Arms {
			if len(v.Choices) > 0 && !v.allows(arm) {
				r.add(c.Pos, "comparator %s has the arm %q, which %s does not have", c.ID, arm, v.ID)
			}
		}
		for _, id := range c.Strata {
			if p.variable[id] == nil {
				r.add(c.Pos, "comparator %s has the stratum %q, and there is no such variable", c.ID, id)
			}
		}
	}
	for _, e := range p.Evidence {
		p.cite(e.Source, e.Pos, "evidence "+e.ID, r)
		if e.Text.En == "" || !slices.Contains([]string{"for", "against", "neutral", "caution"}, e.Kind) {
			r.add(e.Pos, "evidence %s needs a text and a kind: for, against, neutral or caution", e.ID)
		}
	}
}

func (p *Pack) checkIndicator(i Indicator, r *report) {
	switch {
	case !slices.Contains([]string{"share", "mean", "median", "count"}, i.Measure):
		r.add(i.Pos, "indicator %s has the measure %q: share, mean, median or count", i.ID, i.Measure)
	case i.Fact != "":
	case i.Measure == "share" && i.Numerator.IsZero():
		r.add(i.Pos, "indicator %s is a share and needs 'where'", i.ID)
	case (i.Measure == "mean" || i.Measure == "median") && p.variable[i.Value] == nil:
		r.add(i.Pos, "indicator %s averages %q, and there is no such variable", i.ID, i.Value)
	}
	if i.At != "" && p.FollowUp(i.At) == nil {
		r.add(i.Pos, "indicator %s looks at the follow-up %q, which is not in the schedule", i.ID, i.At)
	}
}

func (p *Pack) checkRouting(r *report) {
	for _, rule := range p.Routing {
		p.cite(rule.Source, rule.Pos, "routing rule "+rule.ID, r)
		if entry(p.SubSpecialties, rule.SubSpecialty) == nil {
			r.add(rule.Pos, "routing rule %s leads to %q, which is not among the sub-specialties", rule.ID, rule.SubSpecialty)
		}
		if rule.When.IsZero() || rule.Reason.En == "" {
			r.add(rule.Pos, "routing rule %s needs 'when' and a reason", rule.ID)
		}
		if rule.Privilege != "" && entry(p.Privileges, rule.Privilege) == nil {
			r.add(rule.Pos, "routing rule %s asks for the privilege %q, which does not exist", rule.ID, rule.Privilege)
		}
	}
}

func (p *Pack) checkChecks(r *report) {
	for _, c := range p.Checks {
		p.cite(c.Source, c.Pos, "check "+c.ID, r)
		if c.When.IsZero() || c.Text.En == "" {
			r.add(c.Pos, "check %s needs 'when' and a text", c.ID)
		}
		if p.variable[c.Field] == nil {
			r.add(c.Pos, "check %s is said at %q, which is no variable", c.ID, c.Field)
		}
	}
}

func (p *Pack) cite(source string, at Pos, what string, r *report) {
	switch {
	case source == "":
		r.add(at, "%s names no source", what)
	case p.SourceOf(source) == nil:
		r.add(at, "%s names the source %q, which is not among the sources", what, source)
	}
}

func (p *Pack) checkSources(r *report) {
	for _, s := range p.Sources {
		if s.Text == "" {
			r.add(s.Pos, "source %s has no text", s.ID)
		}
		if !validDate(s.Date) {
			r.add(s.Pos, "source %s needs a date such as 2014, 2014-11 or 2014-11-21", s.ID)
		}
	}
}

func (p *Pack) checkChanges(r *report) {
	for i := range p.Changes.Variables {
		c := &p.Changes.Variables[i]
		if p.variable[c.ID] == nil {
			r.add(c.Pos, "changes speak of %q, and there is no such variable", c.ID)
		}
		switch c.Kind {
		case "same", "missing_before":
		case "renamed":
			if c.From == "" {
				r.add(c.Pos, "%s was renamed, but 'from' does not say what it was", c.ID)
			}
		case "mapped":
			// Its variables belong to the earlier version, so types are checked when that is at hand.
			if c.Map.IsZero() {
				r.add(c.Pos, "%s is mapped, but there is no map", c.ID)
			} else if _, issues := p.env.env.Parse(c.Map.Text); issues.Err() != nil {
				r.add(c.Map.Pos, "expression: %s", issues.Errors()[0].Message)
			}
		default:
			r.add(c.Pos, "the change of %s has the kind %q: same, renamed, mapped or missing_before", c.ID, c.Kind)
		}
	}
	if len(p.Changes.Variables)+len(p.Changes.Removed) > 0 && !versions.MatchString(p.Changes.Since) {
		r.add(p.Changes.Pos, "changes must say since which version")
	}
}
