// Package beside shows the case beside a form: indication, findings, images, advice, plan, consent. Who writes or signs sees on what it rests.
package beside

import (
	"slices"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/pathway"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// View is the case beside the form.
type View struct {
	Title  string
	Column bool // beside the form, where there is room; else folded above it
	Parts  []part
}

// part is one thing that is known, with what is too long to read at once folded.
type part struct {
	Title  string
	Facts  []ui.Fact
	List   []ui.ListItem
	Fold   string // what the folded facts are behind
	Folded []ui.Fact
}

// gathering is a case being told for a form of some kind.
type gathering struct {
	Q    *face.Request
	V    *face.Case
	kind string
}

// Of gathers what is known of a case for a form of some kind; nil where it is nothing yet. Long instruments leave no room for it, which a side would narrow: there it is folded.
func Of(v *face.Case, kind *record.Kind) *View {
	e := gathering{v.Q, v, kind.Name}
	b := &View{Title: e.Q.P("case.beside.title", nil), Column: kind.Beside}
	asked, values := e.askedPart()
	for _, p := range []part{asked, e.knownPart(values), e.imagesPart(), e.advicePart(), e.planPart(), e.donePart(), e.consentPart()} {
		if len(p.Facts)+len(p.List)+len(p.Folded) > 0 {
			b.Parts = append(b.Parts, p)
		}
	}
	if len(b.Parts) == 0 {
		return nil
	}
	return b
}

// askedPart is what the newest referral asks, with all that it answered.
func (e gathering) askedPart() (p part, told pathway.Values) {
	v := e.V
	p.Title = e.Q.P("case.beside.asked", nil)
	if v.Summary != "" {
		p.Facts = append(p.Facts, ui.Fact{Label: e.Q.P("case.field.summary", nil), Value: v.Summary})
	}
	if len(v.Referrals) == 0 {
		return p, nil
	}
	r := v.Referrals[len(v.Referrals)-1]
	by := ""
	if r.Says.NeededBy != "" {
		by = e.Q.P("case.by", map[string]any{"when": lang.PartialDate(e.Q.Lang, r.Says.NeededBy)})
	}
	p.Facts = append(p.Facts, ui.Fact{Label: e.Q.P("case.field.question", nil), Value: r.Says.Question + "\n— " + face.JoinDots(v.By(r.By), by)})
	_, answers := v.FormAnswers(r.Says.Form, r.Says.Values)
	p.Facts = append(p.Facts, slices.DeleteFunc(answers, func(f ui.Fact) bool { return f.Value == r.Says.Question })...)
	return p, r.Says.Values
}

// knownPart is what else was found, the newest answer to each question.
func (e gathering) knownPart(told pathway.Values) (p part) {
	p.Title, p.Folded = e.Q.P("case.beside.known", nil), e.V.Known(told)
	p.Fold = e.Q.P("case.answers", map[string]any{"count": len(p.Folded)})
	return p
}

func (e gathering) imagesPart() (p part) {
	p.Title = e.Q.P("case.beside.images", nil)
	for _, i := range slices.Backward(e.V.Imaging) {
		p.List = append(p.List, ui.ListItem{Icon: "image", Text: e.Q.ChoiceName("modality", i.Says.Modality), Note: i.Says.Description, URL: e.V.Path() + "#e-" + i.Hash.Short(), End: lang.PartialDate(e.Q.Lang, i.Says.Date)})
	}
	return p
}

// advicePart is what was advised, and what became of each recommendation.
func (e gathering) advicePart() (p part) {
	v := e.V
	p.Title = e.Q.P("case.beside.advice", nil)
	for _, o := range slices.Backward(v.Opinions) {
		p.Facts = append(p.Facts, ui.Fact{Label: e.Q.P("case.print.opinion", map[string]any{"n": strconv.FormatInt(o.Says.Round, 10)}), Value: o.Says.Text + "\n— " + face.JoinDots(v.By(o.By), lang.PartialDate(e.Q.Lang, face.DayOf(o.When)))})
	}
	for _, r := range v.Recommendations {
		item := ui.ListItem{Icon: "clock", Text: r.Text, Note: face.JoinDots(v.OwnerName(r.Owner), lang.PartialDate(e.Q.Lang, r.Due)), End: e.Q.P("case.print.open", nil)}
		if r.Outcome != nil {
			item.Icon, item.End = "check", e.Q.ChoiceName("advice", r.Outcome.Says.Status)
		}
		p.List = append(p.List, item)
	}
	return p
}

// planPart is the version that stands; a form about the plan itself begins with it.
func (e gathering) planPart() (p part) {
	v := e.V
	plan := v.Plan()
	if plan == nil || e.kind == casebook.KindPlan {
		return p
	}
	p.Title = e.Q.P("case.plan.version", map[string]any{"n": strconv.FormatInt(plan.Says.Version, 10)})
	state := "case.beside.unsigned"
	if plan.Signed() {
		state = "case.plan.signed"
	}
	p.List = []ui.ListItem{{Icon: "document", Text: plan.Says.Title, Note: face.JoinDots(e.Q.P(state, nil), v.OwnerName(plan.Says.Operator)), URL: v.Path("plan", plan.Hash.Short())}}
	_, p.Folded = v.FormAnswers(plan.Says.Form, plan.Says.Values)
	p.Fold = e.Q.P("case.answers", map[string]any{"count": len(p.Folded)})
	return p
}

// donePart is what was operated, and what went wrong.
func (e gathering) donePart() (p part) {
	v := e.V
	p.Title = e.Q.P("case.beside.done", nil)
	for _, o := range slices.Backward(v.Operations) {
		p.List = append(p.List, ui.ListItem{Icon: "check", Text: e.Q.P("case.kind.operation", nil), Note: v.OwnerName(o.Says.Operator), URL: v.Path() + "#e-" + o.Hash.Short(), End: lang.PartialDate(e.Q.Lang, o.Says.Date)})
	}
	for _, k := range v.Complications {
		name := k.Says.Code
		if v.Pack != nil && v.Pack.Complication(name) != nil {
			name = e.Q.PackText(v.Pack.Complication(name).Name)
		}
		p.List = append(p.List, ui.ListItem{Icon: "alert", Text: name, Note: k.Says.Grade, End: lang.PartialDate(e.Q.Lang, k.Says.Date)})
	}
	return p
}

// consentPart is what the patient agreed to.
func (e gathering) consentPart() (p part) {
	p.Title = e.Q.P("case.consent.title", nil)
	for _, s := range e.V.Consent.All() {
		if s.Answer != access.Unasked {
			p.Facts = append(p.Facts, ui.Fact{Label: e.Q.Text(s.Scope.Name()), Value: e.Q.Text(s.Answer.Name())})
		}
	}
	return p
}
