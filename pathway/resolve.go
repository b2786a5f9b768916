package pathway

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"consilium/lang"

	"cel.dev/cel-go/cel"
)

// Variables of each plan step, after "step_" and the step's name.
const (
	suffixDone        = "_done"
	suffixEntrustment = "_entrustment"
)

// finish turns a merged pack into one that can be used: scales and steps become variables, fields are resolved,
// expressions compiled, and everything is checked.
func (p *Pack) finish(r *report) {
	p.expandScales(r)
	p.expandSteps()
	p.variable = make(map[string]*Variable, len(p.Variables))
	for _, v := range p.Variables {
		if p.variable[v.ID] != nil {
			r.add(v.Pos, "variable %q is declared twice", v.ID)
		}
		p.variable[v.ID] = v
	}
	p.resolveChoices(r)
	p.checkVariables(r)
	if len(r.issues) > 0 {
		return // expressions about broken variables would only repeat the complaint
	}
	env, err := newEnvironment(p.Variables)
	if err != nil {
		r.add(p.Pos, "%v", err)
		return
	}
	p.env = env
	p.compileAll(r)
	p.resolveForms(r)
	p.checkAll(r)
	p.checkCycles(r)
}

func (p *Pack) expandScales(r *report) {
	for _, s := range p.Scales {
		s.pack = p
		s.Items = copies(s.Items)
		for i := 1; i <= s.Repeat.Count && i <= 100; i++ {
			label := s.Repeat.Label
			label.En += " " + strconv.Itoa(i)
			if label.Zh != "" {
				label.Zh += " " + strconv.Itoa(i)
			}
			s.Items = append(s.Items, &Variable{Pos: s.Pos, ID: s.Repeat.Prefix + "_" + strconv.Itoa(i), Label: label,
				Min: s.Repeat.Min, Max: s.Repeat.Max, Choices: s.Repeat.Choices})
		}
		s.Repeat.Count = 0 // the questions stand in Items from here on
		for _, item := range s.Items {
			item.Type = cmp.Or(item.Type, KindInteger)
			item.Licensed = cmp.Or(item.Licensed, s.Licensed)
		}
		s.Type = cmp.Or(s.Type, gradeKind(s.Grades))
		total := p.findVariable(s.ID)
		if total == nil {
			total = &Variable{Pos: s.Pos, ID: s.ID, Label: s.Name, Help: s.Help, Type: s.Type, Choices: s.Grades, Unit: s.Unit,
				Min: s.Min, Max: s.Max, Digits: s.Digits, Codes: s.Codes, Source: s.Source, Licensed: s.Licensed}
			p.Variables = append(p.Variables, total)
		}
		total.scale = s
		p.Variables = append(p.Variables, s.Items...)
	}
}

// gradeKind is integer where every grade is a number, so that grades can be compared; code otherwise.
func gradeKind(grades []Choice) Kind {
	for _, g := range grades {
		if _, err := strconv.Atoi(g.Code); err != nil {
			return KindCode
		}
	}
	return KindInteger
}

func (p *Pack) findVariable(id string) *Variable {
	if i := slices.IndexFunc(p.Variables, func(v *Variable) bool { return v.ID == id }); i >= 0 {
		return p.Variables[i]
	}
	return nil
}

// Entrustment are the five answers of the O-SCORE, used for each step of an operation.
var Entrustment = sync.OnceValue(func() []Choice { return named("pathway.entrustment", "1", "2", "3", "4", "5") })

func (p *Pack) expandSteps() {
	for _, s := range p.Plan.Steps {
		p.Variables = append(p.Variables,
			&Variable{Pos: s.Pos, ID: "step_" + s.ID + suffixDone, Label: s.Name, Help: s.Help, Type: KindCode, Visible: s.When, Choices: named("pathway.step", "planned", "modified", "not_done")},
			&Variable{Pos: s.Pos, ID: "step_" + s.ID + suffixEntrustment,
				Label: phrase("pathway.step.entrustment", map[string]any{"step": lang.Text(s.Name)}),
				Type:  KindInteger, Choices: Entrustment(), Visible: s.When,
				Help: phrase("pathway.step.no-trainee", nil)})
	}
}

// ownLists are made from the pack itself.
var ownLists = []string{"complications", "procedures", "schedule", "steps"}

// resolveChoices copies named lists into the variables that use them.
func (p *Pack) resolveChoices(r *report) {
	lists := map[string][]Choice{}
	for _, l := range p.Lists {
		lists[l.ID] = l.Choices
	}
	for _, c := range p.Complications {
		lists["complications"] = append(lists["complications"], Choice{Code: c.ID, Label: c.Name, Codes: c.Codes})
	}
	for _, o := range p.Procedures {
		lists["procedures"] = append(lists["procedures"], Choice{Code: o.ID, Label: o.Name, Codes: o.Codes})
	}
	for _, f := range p.Schedule {
		lists["schedule"] = append(lists["schedule"], Choice{Code: f.ID, Label: f.Name})
	}
	for _, s := range p.Plan.Steps {
		lists["steps"] = append(lists["steps"], Choice{Code: s.ID, Label: s.Name})
	}
	for _, v := range p.Variables {
		if v.List == "" {
			continue
		}
		choices, ok := lists[v.List]
		if !ok && slices.Contains(ownLists, v.List) {
			// A pack without, say, procedures still has forms that ask for one.
			choices, ok = named("pathway.answer", "other"), true
		}
		if !ok {
			r.add(v.Pos, "%s uses the list %q, which does not exist", v.ID, v.List)
			continue
		}
		v.Choices = choices
	}
}

func (p *Pack) compileAll(r *report) {
	for _, v := range p.Variables {
		p.env.compile(&v.Visible, cel.BoolType, r)
		p.env.compile(&v.Computed, celType(v.Type), r)
	}
	for _, s := range p.Scales {
		p.env.compile(&s.Scoring, celType(s.Type), r)
		p.env.compile(&s.Fallback, celType(s.Type), r)
	}
	for i := range p.Packet {
		p.env.compile(&p.Packet[i].When, cel.BoolType, r)
	}
	for i := range p.Plan.Steps {
		p.env.compile(&p.Plan.Steps[i].When, cel.BoolType, r)
	}
	for i := range p.Indicators {
		p.env.compile(&p.Indicators[i].Denominator, cel.BoolType, r)
		p.env.compile(&p.Indicators[i].Numerator, cel.BoolType, r)
	}
	for i := range p.Routing {
		p.env.compile(&p.Routing[i].When, cel.BoolType, r)
	}
	for i := range p.Checks {
		p.env.compile(&p.Checks[i].When, cel.BoolType, r)
	}
}

func (p *Pack) resolveForms(r *report) {
	for _, f := range p.Forms {
		seen := map[string]bool{}
		f.Sections, f.fields = slices.Clone(f.Sections), nil
		for i := range f.Sections {
			s := &f.Sections[i]
			s.Fields = nil
			for _, item := range s.Items {
				for _, field := range p.resolveItem(item, r) {
					if seen[field.ID] {
						r.add(item.Pos, "form %s shows %q twice", f.ID, field.ID)
						continue
					}
					seen[field.ID] = true
					field.Section = s.ID
					s.Fields = append(s.Fields, field)
				}
			}
			f.fields = append(f.fields, s.Fields...)
		}
	}
}

func (p *Pack) resolveItem(item Item, r *report) []Field {
	switch {
	case item.Steps:
		var out []Field
		for _, s := range p.Plan.Steps {
			for _, suffix := range []string{suffixDone, suffixEntrustment} {
				f := p.field(p.variable["step_"+s.ID+suffix])
				f.Step = s.ID
				out = append(out, f)
			}
		}
		return out
	case item.Scale:
		s := p.Scale(item.Name)
		if s == nil {
			r.add(item.Pos, "there is no scale %q", item.Name)
			return nil
		}
		var out []Field
		for _, q := range s.Items {
			f := p.field(q)
			f.Scale = s.ID
			out = append(out, f)
		}
		for _, id := range s.Uses {
			if v := p.variable[id]; v != nil {
				f := p.field(v)
				f.Scale = s.ID
				out = append(out, f)
			}
		}
		total := p.field(p.variable[s.ID])
		total.Scale, total.Required = s.ID, item.Required
		return append(out, total)
	}
	v := p.variable[item.Name]
	if v == nil {
		r.add(item.Pos, "there is no variable %q", item.Name)
		return nil
	}
	f := p.field(v)
	f.Required = item.Required
	return []Field{f}
}

func (p *Pack) field(v *Variable) Field {
	f := Field{ID: v.ID, Label: v.Label, Help: v.Help, Type: v.Type, Choices: v.Choices, Unit: v.Unit, Min: v.Min, Max: v.Max,
		Digits: v.Digits, Long: v.Long, Licensed: v.Licensed, Computed: v.isComputed(), variable: v}
	if f.Help.IsZero() {
		f.Help = v.Definition
	}
	if v.scale != nil {
		f.Scale = v.scale.ID
	}
	return f
}

// isComputed says that the value is worked out: by an expression, or as the score of a scale that has questions.
func (v *Variable) isComputed() bool {
	return !v.Computed.IsZero() || v.scale != nil && v.scale.scored()
}

func (s *Scale) scored() bool { return len(s.Items) > 0 || !s.Scoring.IsZero() || !s.Fallback.IsZero() }

// reads lists what the value of v is worked out from.
func (v *Variable) reads() []string {
	var deps []string
	for _, e := range []Expr{v.Computed, v.scaleExpr(func(s *Scale) Expr { return s.Scoring }), v.scaleExpr(func(s *Scale) Expr { return s.Fallback })} {
		if e.compiled != nil {
			deps = append(deps, e.compiled.deps...)
		}
	}
	if v.scale != nil {
		for _, item := range v.scale.Items {
			deps = append(deps, item.ID)
		}
		deps = append(deps, v.scale.Uses...)
	}
	return deps
}

func (v *Variable) scaleExpr(which func(*Scale) Expr) Expr {
	if v.scale == nil {
		return Expr{}
	}
	return which(v.scale)
}

// checkCycles refuses computed values and visibility that lead back to themselves, and orders the computed ones.
func (p *Pack) checkCycles(r *report) {
	p.order = nil
	sorted := p.walk("computed value", (*Variable).reads, r)
	for _, v := range sorted {
		if v.isComputed() {
			p.order = append(p.order, v)
		}
	}
	p.walk("visibility", func(v *Variable) []string {
		if v.Visible.compiled == nil {
			return nil
		}
		return v.Visible.compiled.deps
	}, r)
}

// walk visits the variables so that each comes after those it depends on, and reports a cycle where it starts.
func (p *Pack) walk(what string, deps func(*Variable) []string, r *report) []*Variable {
	const visiting, done = 1, 2
	state := map[string]int{}
	var sorted []*Variable
	var path []string
	var visit func(v *Variable)
	visit = func(v *Variable) {
		switch state[v.ID] {
		case done:
			return
		case visiting:
			from := slices.Index(path, v.ID)
			r.add(v.Pos, "cycle of %s: %s", what, strings.Join(append(slices.Clone(path[from:]), v.ID), " → "))
			return
		}
		state[v.ID] = visiting
		path = append(path, v.ID)
		for _, id := range deps(v) {
			if next := p.variable[id]; next != nil {
				visit(next)
			}
		}
		path = path[:len(path)-1]
		state[v.ID] = done
		sorted = append(sorted, v)
	}
	for _, v := range p.Variables {
		visit(v)
	}
	return sorted
}

// Form gives a form by its name, or nil.
func (p *Pack) Form(id string) *Form { return byID(p.Forms, id) }

// Scale gives a scale by its name, or nil.
func (p *Pack) Scale(id string) *Scale { return byID(p.Scales, id) }

// Variable gives a variable by its name, or nil.
func (p *Pack) Variable(id string) *Variable { return p.variable[id] }

// Complication gives a complication by its name, or nil.
func (p *Pack) Complication(id string) *Complication { return entry(p.Complications, id) }

// FollowUp gives an appointment of the schedule by its name, or nil.
func (p *Pack) FollowUp(id string) *FollowUp { return entry(p.Schedule, id) }

// Indicator gives an indicator by its name, or nil.
func (p *Pack) Indicator(id string) *Indicator { return entry(p.Indicators, id) }

// Procedure gives an operation by its name, or nil.
func (p *Pack) Procedure(id string) *Procedure { return entry(p.Procedures, id) }

// Stage gives a stage by its verb, or nil.
func (p *Pack) Stage(verb string) *Stage { return entry(p.Stages, verb) }

// Step gives a step of the plan by its name, or nil.
func (p *Pack) Step(id string) *Step { return entry(p.Plan.Steps, id) }

// SourceOf gives a source by its name, or nil.
func (p *Pack) SourceOf(id string) *Source { return entry(p.Sources, id) }

// SubSpecialtyName is the name of a sub-specialty that the pack knows.
func (p *Pack) SubSpecialtyName(id string) Text {
	if s := entry(p.SubSpecialties, id); s != nil {
		return s.Name
	}
	return Text{En: id}
}

func byID[T any](list []*T, id string) *T {
	for _, item := range list {
		if idOf(item) == id {
			return item
		}
	}
	return nil
}

func entry[T any](list []T, id string) *T {
	for i := range list {
		if idOf(&list[i]) == id {
			return &list[i]
		}
	}
	return nil
}

// String names the pack for errors and lists.
func (p *Pack) String() string { return fmt.Sprintf("%s %s", p.ID, p.Version) }
