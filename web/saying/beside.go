package saying

import (
	"slices"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/pathway"
	"consilium/web/face"
	"consilium/web/ui"
)

// besideView is the case beside the form: who writes or signs sees on what it rests.
type besideView struct {
	Title  string
	Column bool // beside the form, where there is room; else folded above it
	Parts  []besidePart
}

// besidePart is one thing that is known, with what is too long to read at once folded.
type besidePart struct {
	Title  string
	Facts  []ui.Fact
	List   []ui.ListItem
	Fold   string // what the folded facts are behind
	Folded []ui.Fact
}

// inColumn are the kinds whose form leaves room for the case beside it. The others are long instruments, which a side would narrow.
var inColumn = []string{casebook.KindAccepted, casebook.KindDeclined, casebook.KindOpinion, casebook.KindPlan, casebook.KindPlanSigned, casebook.KindScheduled, casebook.KindHandOver,
	casebook.KindAdvice, casebook.KindQuestion, casebook.KindAnswer}

// beside gathers indication, findings, images, advice, plan and consent; nil where the case knows none of it yet.
func (e *Form) beside() *besideView {
	v := e.V
	if v == nil {
		return nil
	}
	b := &besideView{Title: e.Q.P("case.beside.title", nil), Column: slices.Contains(inColumn, e.Kind.Name)}
	asked := e.askedPart()
	for _, p := range []besidePart{asked.part, e.knownPart(asked.values), e.imagesPart(), e.advicePart(), e.planPart(), e.donePart(), e.consentPart()} {
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
func (e *Form) askedPart() (asked struct {
	part   besidePart
	values pathway.Values
}) {
	v := e.V
	asked.part.Title = e.Q.P("case.beside.asked", nil)
	if v.Summary != "" {
		asked.part.Facts = append(asked.part.Facts, ui.Fact{Label: e.Q.P("case.field.summary", nil), Value: v.Summary})
	}
	if len(v.Referrals) == 0 {
		return asked
	}
	r := v.Referrals[len(v.Referrals)-1]
	asked.values = r.Says.Values
	by := ""
	if r.Says.NeededBy != "" {
		by = e.Q.P("case.by", map[string]any{"when": lang.PartialDate(e.Q.Lang, r.Says.NeededBy)})
	}
	asked.part.Facts = append(asked.part.Facts, ui.Fact{Label: e.Q.P("case.field.question", nil), Value: r.Says.Question + "\n— " + face.JoinDots(v.By(r.By), by)})
	_, answers := v.FormAnswers(r.Says.Form, r.Says.Values)
	asked.part.Facts = append(asked.part.Facts, slices.DeleteFunc(answers, func(f ui.Fact) bool { return f.Value == r.Says.Question })...)
	return asked
}

// knownPart is what else was found, the newest answer to each question.
func (e *Form) knownPart(told pathway.Values) (p besidePart) {
	p.Title, p.Folded = e.Q.P("case.beside.known", nil), e.V.Known(told)
	p.Fold = e.Q.P("case.answers", map[string]any{"count": len(p.Folded)})
	return p
}

func (e *Form) imagesPart() (p besidePart) {
	p.Title = e.Q.P("case.beside.images", nil)
	for _, i := range slices.Backward(e.V.Imaging) {
		p.List = append(p.List, ui.ListItem{Icon: "image", Text: e.Q.ChoiceName("modality", i.Says.Modality), Note: i.Says.Description, URL: e.V.Path() + "#e-" + i.Hash.Short(), End: lang.PartialDate(e.Q.Lang, i.Says.Date)})
	}
	return p
}

// advicePart is what was advised, and what became of each recommendation.
func (e *Form) advicePart() (p besidePart) {
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
func (e *Form) planPart() (p besidePart) {
	v := e.V
	plan := v.Plan()
	if plan == nil || e.Kind.Name == casebook.KindPlan {
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
func (e *Form) donePart() (p besidePart) {
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
func (e *Form) consentPart() (p besidePart) {
	p.Title = e.Q.P("case.consent.title", nil)
	for _, s := range e.V.Consent.All() {
		if s.Answer != access.Unasked {
			p.Facts = append(p.Facts, ui.Fact{Label: e.Q.Text(s.Scope.Name()), Value: e.Q.Text(s.Answer.Name())})
		}
	}
	return p
}
