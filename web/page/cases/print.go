package cases

import (
	"slices"
	"strconv"

	"consilium/casebook"
	"consilium/lang"
	"consilium/web/face"
	"consilium/web/face/course"
	"consilium/web/saying"
	"consilium/web/ui"
)

// printView is a case for the paper folder: what was asked, advised, planned, done, and how the patient is.
type printView struct {
	Strip  face.StripView
	Head   ui.HeadView
	Facts  []ui.Fact
	Plan   *ui.PlanView
	Advice []ui.ListItem
	Trend  *course.View
	Next   []ui.ListItem
	Table  ui.TableView
	Foot   string
	Papers []ui.ListItem
	q      *face.Request
}

func printPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	p := printView{q: q, Strip: v.Strip(), Head: head(v), Facts: printFacts(v), Trend: course.Of(v, 1100, 240), Table: printTable(v), Papers: paperLinks(v),
		Foot: q.P("case.print.foot", map[string]any{"when": q.Moment(q.Now()), "who": q.Caller.Name, "hospital": q.Desk.Name, "count": len(v.Log.Said), "digest": v.Log.Digest().Short()})}
	p.Head.Back = ui.Link{Label: q.P("case.back", nil), URL: v.Path()}
	if n := len(v.PlanHeads); n > 0 {
		plan := planDocument(v, v.PlanHeads[n-1], nil, nil)
		p.Plan = &plan
	}
	for _, r := range v.Recommendations {
		state := q.P("case.print.open", nil)
		if r.Outcome != nil {
			state = face.JoinDots(q.ChoiceName("advice", r.Outcome.Says.Status), r.Outcome.Says.Why)
		}
		p.Advice = append(p.Advice, ui.ListItem{Text: r.Text, Note: face.JoinDots(r.By.Name, v.Name(r.By.Hospital), v.OwnerName(r.Owner), lang.PartialDate(q.Lang, r.Due)), End: state})
	}
	_, then := next(v, false)
	if n, _ := next(v, false); n != nil {
		p.Next = append(p.Next, ui.ListItem{Text: n.Title, Note: n.Meta})
	}
	p.Next = append(p.Next, then...)
	return q.Show(q.Data(q.P("case.print.title", map[string]any{"id": face.ShortID(v.Thread)}), "cases"), printContent(p))
}

// printFacts are what stands at the head of the paper.
func printFacts(v *face.Case) (facts []ui.Fact) {
	q := v.Q
	if v.Patient != nil {
		facts = v.IdentityFacts()
	}
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, ui.Fact{Label: label, Value: value})
		}
	}
	add(q.P("case.field.summary", nil), v.Summary)
	for i := len(v.Referrals) - 1; i >= 0; i-- {
		r := v.Referrals[i]
		add(q.P("case.field.question", nil), face.JoinDots(r.Says.Question, v.Name(r.Says.To)))
	}
	for _, o := range v.Opinions {
		add(q.P("case.print.opinion", map[string]any{"n": strconv.FormatInt(o.Says.Round, 10)}), o.Says.Text+"\n— "+face.JoinDots(by(v, o.By), lang.PartialDate(q.Lang, face.DayOf(o.When))))
	}
	for _, o := range v.Operations {
		_, answers := v.FormAnswers(o.Says.Form, o.Says.Values)
		add(q.P("case.kind.operation", nil), face.JoinDots(lang.PartialDate(q.Lang, o.Says.Date), v.OwnerName(o.Says.Operator), abandonedWords(q, o)))
		facts = append(facts, answers...)
	}
	for _, k := range v.Complications {
		add(q.P("case.kind.complication", nil), complicationWords(v, k.Says))
	}
	if n := len(v.FollowUps); n > 0 {
		u := v.FollowUps[n-1]
		_, answers := v.FormAnswers(u.Says.Form, u.Says.Values)
		add(q.P("case.kind.followup", nil), lang.PartialDate(q.Lang, face.DayOf(u.When)))
		facts = append(facts, answers...)
	}
	return facts
}

func abandonedWords(q *face.Request, o casebook.Operated) string {
	if o.Says.Abandoned {
		return q.P("case.abandoned", nil) + ": " + o.Says.AbandonReason
	}
	return ""
}

// printTable is everything that was said, the oldest first, each line with who said it, and the start of its hash.
func printTable(v *face.Case) ui.TableView {
	q := v.Q
	t := ui.TableView{Caption: q.P("case.print.said", nil), Titled: true, Columns: []ui.Column{{Label: q.P("case.print.date", nil)}, {Label: q.P("case.print.what", nil)},
		{Label: q.P("case.print.by", nil)}, {Label: q.P("case.print.short", nil)}}}
	ask := saying.Asked(v)
	for _, item := range v.Timeline {
		if isSystem(item) {
			continue // bookkeeping is proved on its page, and nobody reads it on paper
		}
		words := words(v, item.Lines)
		if item.Erased {
			words = ""
		}
		what := ui.Cell{Text: title(v, item, told(v, item, ask)), Note: words}
		for _, m := range marks(v, item) {
			what.Chips = append(what.Chips, ui.ChipView{Text: m, Sort: ui.Warn})
		}
		if item.Retracted {
			what.Chips = append(what.Chips, ui.ChipView{Text: q.P("case.retracted", nil), Sort: ui.Bad})
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: lang.PartialDate(q.Lang, face.DayOf(item.When))}, what, {Text: by(v, item.By)}, {Text: item.Hash.Short()}}})
	}
	t.Rows = slices.Clip(t.Rows)
	return t
}
