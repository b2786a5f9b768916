package casebook

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"consilium/pathway"
)

// Change is one field that two versions of a plan, or a plan and its operation, say differently. A page renders the values of
// "value.ID" by the pack's labels.
type Change struct {
	Field string // "title", "text", "guidance", "operator", "procedure", "signers", "value.ID", "step.ID", "rest.SORT"
	Old   string
	New   string
	OldIs pathway.Value // of a "value." field
	NewIs pathway.Value
}

// DiffPlans lists what the version b changes in the version a: the fields of the plan first, then answers by name, then steps in order.
func DiffPlans(a, b Plan) []Change {
	var list changes
	list.text("title", a.Title, b.Title)
	list.text("text", a.Text, b.Text)
	list.text("guidance", a.Guidance, b.Guidance)
	list.text("operator", ownerText(a.Operator), ownerText(b.Operator))
	list.text("signers", signerText(a), signerText(b))
	list.values(a.Values, b.Values, func(x, y pathway.Value) bool { return true })
	old, now := stepTexts(a.Steps), stepTexts(b.Steps)
	for _, s := range a.Steps {
		list.text("step."+s.Step, old[s.Step], now[s.Step])
	}
	for _, s := range b.Steps {
		if _, known := old[s.Step]; !known {
			list.text("step."+s.Step, "", now[s.Step])
		}
	}
	rested, rests := restTexts(a), restTexts(b)
	for _, r := range a.Rests {
		list.text(r.Field(), rested[r.Field()], rests[r.Field()])
	}
	for _, r := range b.Rests {
		if _, known := rested[r.Field()]; !known {
			list.text(r.Field(), "", rests[r.Field()])
		}
	}
	return list
}

// Deviation lists how an operation differs from its plan: guidance, operator, procedure, the answers that both give, and the steps that were
// changed or left out. What only one of them speaks of is no deviation.
func Deviation(p Plan, o Operation) []Change {
	var list changes
	if o.Guidance != "" && p.Guidance != "" {
		list.text("guidance", p.Guidance, o.Guidance)
	}
	if !o.Operator.Hospital.IsZero() && !p.Operator.Hospital.IsZero() {
		list.text("operator", ownerText(p.Operator), ownerText(o.Operator))
	}
	if planned, _ := p.Values["procedure"].AsString(); planned != "" && o.Procedure != "" && o.Values["procedure"].IsZero() {
		list.text("procedure", planned, o.Procedure)
	}
	list.values(p.Values, o.Values, func(x, y pathway.Value) bool { return x.Given() && y.Given() })
	texts := stepTexts(p.Steps)
	for _, s := range StepsOf(o) {
		planned, inPlan := texts[s.Step]
		switch {
		case s.Done == "modified" || s.Done == "not_done":
			list.add(Change{Field: "step." + s.Step, Old: cmp.Or(planned, "planned"), New: s.Done})
		case !inPlan && len(p.Steps) > 0:
			list.add(Change{Field: "step." + s.Step, New: s.Done})
		}
	}
	return list
}

// StepsOf are the steps of an operation: those that it lists, and those that the answers of its form tell.
func StepsOf(o Operation) []StepDone {
	list := slices.Clone(o.Steps)
	listed := map[string]bool{}
	for _, s := range o.Steps {
		listed[s.Step] = true
	}
	var ids []string
	for id := range o.Values {
		if step, ok := strings.CutPrefix(id, "step_"); ok {
			if step, ok = strings.CutSuffix(step, "_done"); ok && !listed[step] {
				ids = append(ids, step)
			}
		}
	}
	slices.Sort(ids)
	for _, step := range ids {
		done, _ := o.Values["step_"+step+"_done"].AsString()
		level, _ := o.Values["step_"+step+"_entrustment"].AsInt()
		list = append(list, StepDone{Step: step, Done: done, Entrustment: level})
	}
	return list
}

type changes []Change

func (l *changes) add(c Change) { *l = append(*l, c) }

func (l *changes) text(field, old, now string) {
	if old != now {
		l.add(Change{Field: field, Old: old, New: now})
	}
}

func (l *changes) values(a, b pathway.Values, counts func(x, y pathway.Value) bool) {
	var ids []string
	for id := range a {
		ids = append(ids, id)
	}
	for id := range b {
		if _, both := a[id]; !both {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		x, y := a[id], b[id]
		if !sameAnswer(x, y) && counts(x, y) {
			l.add(Change{Field: "value." + id, Old: x.String(), New: y.String(), OldIs: x, NewIs: y})
		}
	}
}

// sameAnswer takes 7.4 and 7.40 for one answer.
func sameAnswer(x, y pathway.Value) bool {
	if x.Equal(y) {
		return true
	}
	a, ok1 := number(x)
	b, ok2 := number(y)
	if !ok1 || !ok2 {
		return false
	}
	p, ok1 := new(big.Rat).SetString(a)
	q, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && p.Cmp(q) == 0
}

func ownerText(o Owner) string {
	if o.Hospital.IsZero() {
		return ""
	}
	return cmp.Or(o.Name, string(o.Person), o.Role, "-") + " @ " + o.Hospital.String()
}

func signerText(p Plan) string {
	var ids []string
	for _, s := range p.Signers {
		ids = append(ids, s.String())
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func stepTexts(steps []PlannedStep) map[string]string {
	m := map[string]string{}
	for _, s := range steps {
		m[s.Step] = cmp.Or(s.Text, "planned")
	}
	return m
}
