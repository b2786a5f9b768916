package page

import (
	"slices"
	"strconv"

	"consilium/casebook"
	"consilium/lang"
	"consilium/web/ui"
)

// printView is a case for the paper folder: what was asked, advised, planned, done, and how the patient is.
type printView struct {
	Head   ui.HeadView
	Facts  []ui.Fact
	Plan   *ui.PlanView
	Advice []ui.ListItem
	Trend  *trendView
	Next   []ui.ListItem
	Table  ui.TableView
	Foot   string
	q      *request
}

func printPage(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	p := printView{q: q, Head: v.head(), Facts: v.printFacts(), Trend: v.trend(1100, 240), Table: v.printTable(),
		Foot: q.p("case.print.foot", map[string]any{"when": q.moment(q.now()), "who": q.caller.Name, "hospital": q.s.Name, "count": len(v.log.Said), "digest": v.log.Digest().Short()})}
	p.Head.Back = ui.Link{Label: q.p("case.back", nil), URL: v.path()}
	if n := len(v.PlanHeads); n > 0 {
		plan := v.planDocument(v.PlanHeads[n-1], nil, nil)
		p.Plan = &plan
	}
	for _, r := range v.Recommendations {
		state := q.p("case.print.open", nil)
		if r.Outcome != nil {
			state = joinDots(q.choiceName("advice", r.Outcome.Says.Status), r.Outcome.Says.Why)
		}
		p.Advice = append(p.Advice, ui.ListItem{Text: r.Text, Note: joinDots(r.By.Name, v.name(r.By.Hospital), v.ownerName(r.Owner), lang.PartialDate(q.lang, r.Due)), End: state})
	}
	_, then := v.next(false)
	if n, _ := v.next(false); n != nil {
		p.Next = append(p.Next, ui.ListItem{Text: n.Title, Note: n.Meta})
	}
	p.Next = append(p.Next, then...)
	return q.show(q.data(q.p("case.print.title", map[string]any{"id": shortID(v.Thread)}), "cases"), printContent(p))
}

// printFacts are what stands at the head of the paper.
func (v *caseView) printFacts() (facts []ui.Fact) {
	q := v.q
	if v.patient != nil {
		facts = v.identityFacts()
	}
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, ui.Fact{Label: label, Value: value})
		}
	}
	add(q.p("case.field.summary", nil), v.Summary)
	for i := len(v.Referrals) - 1; i >= 0; i-- {
		r := v.Referrals[i]
		add(q.p("case.field.question", nil), joinDots(r.Says.Question, v.name(r.Says.To)))
	}
	for _, o := range v.Opinions {
		add(q.p("case.print.opinion", map[string]any{"n": strconv.FormatInt(o.Says.Round, 10)}), o.Says.Text+"\n— "+joinDots(v.by(o.By), lang.PartialDate(q.lang, dayOf(o.When))))
	}
	for _, o := range v.Operations {
		_, answers := v.answers(o.Says.Form, o.Says.Values)
		add(q.p("case.kind.operation", nil), joinDots(lang.PartialDate(q.lang, o.Says.Date), v.ownerName(o.Says.Operator), abandonedWords(q, o)))
		facts = append(facts, answers...)
	}
	for _, k := range v.Complications {
		name := k.Says.Code
		if v.pack != nil && v.pack.Complication(name) != nil {
			name = q.pt(v.pack.Complication(name).Name)
		}
		add(q.p("case.kind.complication", nil), joinDots(name, k.Says.Grade, lang.PartialDate(q.lang, k.Says.Date)))
	}
	return facts
}

func abandonedWords(q *request, o casebook.Operated) string {
	if o.Says.Abandoned {
		return q.p("case.abandoned", nil) + ": " + o.Says.AbandonReason
	}
	return ""
}

// printTable is everything that was said, the oldest first, each line with who said it, and the start of its hash.
func (v *caseView) printTable() ui.TableView {
	q := v.q
	t := ui.TableView{Caption: q.p("case.print.said", nil), Titled: true, Columns: []ui.Column{{Label: q.p("case.print.date", nil)}, {Label: q.p("case.print.what", nil)},
		{Label: q.p("case.print.by", nil)}, {Label: q.p("case.print.short", nil)}}}
	for _, item := range v.Timeline {
		words := v.words(item.Lines)
		if item.Erased {
			words = ""
		}
		what := ui.Cell{Text: v.entryTitle(item), Note: words}
		for _, m := range v.marks(item) {
			what.Chips = append(what.Chips, ui.ChipView{Text: m, Sort: ui.Warn})
		}
		if item.Retracted {
			what.Chips = append(what.Chips, ui.ChipView{Text: q.p("case.retracted", nil), Sort: ui.Bad})
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: lang.PartialDate(q.lang, dayOf(item.When))}, what, {Text: v.by(item.By)}, {Text: item.Hash.Short()}}})
	}
	t.Rows = slices.Clip(t.Rows)
	return t
}
