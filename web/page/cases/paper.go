package cases

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"consilium/casebook"
	"consilium/desk"
	"consilium/figure"
	"consilium/lang"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

// paper is what one of the documents for the paper folder says. A document of which there is nothing to say yet is not here.
type paper struct {
	kind  string // of the phrases: "hand-over", "referral", "plan", "case"
	title string
	id    string // of what it shows: the start of the entry's hash
	parts []figure.Part
}

// papers are the documents by the last part of their address.
var papers = map[string]func(*face.Case) (paper, bool){"hand-over": handOverPaper, "referral": referralPaper, "plan": planPaper, "case": casePaper}

// paperKinds are the documents in the order in which they are offered.
var paperKinds = []string{"hand-over", "referral", "plan", "case"}

// paperFile answers with a document as PDF, in the reader's language or the one that the address names: the patient's strip on each page, with the name only where the
// reader may see it, and which page of how many.
func paperFile(q *face.Request) error {
	compose, ok := papers[strings.TrimSuffix(q.PathValue("paper"), ".pdf")]
	if !ok || !strings.HasSuffix(q.PathValue("paper"), ".pdf") {
		return desk.ErrNotHere
	}
	if l := lang.Language(q.FormValue("lang")); slices.Contains(lang.Languages, l) {
		q.Lang = l
	}
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	p, ok := compose(v)
	if !ok {
		return desk.ErrNotHere
	}
	foot := face.JoinDots(v.Q.P("case.print.title", map[string]any{"id": face.ShortID(v.Thread)}), p.id,
		q.P("case.paper.foot", map[string]any{"when": q.Moment(q.Now()), "who": q.Person(q.Caller.Name), "hospital": ui.NameIn(q.Lang, q.Desk.Name)}))
	d := figure.Document{Title: p.title, Subject: v.Heading(), Strip: paperStrip(v), Foot: foot, Number: func(page, of int) string {
		return q.P("case.paper.page", map[string]any{"page": page, "of": of})
	}}
	d.Parts = append([]figure.Part{figure.Chapter{Level: 1, Text: p.title}, figure.Paragraph{Quiet: true, Text: face.JoinDots(v.Heading(), ui.NameIn(q.Lang, v.Name(v.Home)))}}, p.parts...)
	h := q.W.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="`+p.kind+"-"+face.ShortID(v.Thread)+`.pdf"`)
	q.W.WriteHeader(http.StatusOK)
	_, err = q.W.Write(d.PDF())
	return err
}

// paperStrip is the safety strip on paper.
func paperStrip(v *face.Case) []figure.StripCell {
	s := v.Strip()
	cells := []figure.StripCell{{Label: s.PatientIs, Text: s.Patient}}
	if v.Patient != nil && v.Patient.BirthDate != "" {
		cells[0].Text = face.JoinDots(cells[0].Text, lang.PartialDate(v.Q.Lang, v.Patient.BirthDate))
	}
	cells = append(cells, figure.StripCell{Label: v.Q.P("case.field.side", nil), Text: s.Side, Strong: !s.Disputed, Alarm: s.Disputed}, figure.StripCell{Label: s.ProcedureIs, Text: s.Procedure})
	for _, r := range s.Risks {
		cells = append(cells, figure.StripCell{Label: r.Label, Text: r.Text, Alarm: r.Sort == ui.Bad || r.Sort == ui.Warn})
	}
	return cells
}

// chapter is a heading with what stands below it, or nothing where that is empty.
func chapter(title string, list figure.Pairs) []figure.Part {
	list = slices.DeleteFunc(list, func(p figure.Pair) bool { return p.Text == "" })
	if len(list) == 0 {
		return nil
	}
	return []figure.Part{figure.Chapter{Level: 3, Text: title}, list}
}

func pairsOf(facts []ui.Fact) (list figure.Pairs) {
	for _, f := range facts {
		list = append(list, figure.Pair{Label: f.Label, Text: f.Value})
	}
	return list
}

// handOverPaper is the newest hand-over with what the next team must see beside it, made to fit one page.
func handOverPaper(v *face.Case) (p paper, ok bool) {
	q := v.Q
	if len(v.HandOvers) == 0 {
		return p, false
	}
	h := v.HandOvers[len(v.HandOvers)-1]
	say := func(field string) string { return q.P("case.field."+field, nil) }
	p = paper{kind: "hand-over", title: q.P("case.kind.hand-over", nil), id: h.Hash.Short()}
	p.parts = append(p.parts, figure.Pairs{{Label: say("hand-over-to"), Text: face.JoinDots(v.OwnerName(h.Says.To), ownHospital(v, h.Says.To))},
		{Label: q.P("case.print.by", nil), Text: face.JoinDots(v.By(h.By), q.Moment(h.Written))}})
	p.parts = append(p.parts, figure.Paragraph{Strong: true, Text: h.Says.Situation})
	for _, part := range []struct {
		field string
		lines []string
	}{{"background", []string{h.Says.Background}}, {"done", []string{h.Says.Done}}, {"risks", h.Says.Risks}, {"drugs", []string{h.Says.Drugs}}, {"to_do", h.Says.ToDo}, {"contact", []string{h.Says.Contact}}} {
		list := figure.Pairs{}
		for _, l := range part.lines {
			list = append(list, figure.Pair{Label: "", Text: l})
		}
		if list = slices.DeleteFunc(list, func(p figure.Pair) bool { return p.Text == "" }); len(list) > 0 {
			list[0].Label = say(face.Dashed(part.field))
			p.parts = append(p.parts, list)
		}
	}
	var open figure.Pairs
	for _, k := range v.Complications {
		open = append(open, figure.Pair{Label: q.P("case.kind.complication", nil), Text: complicationWords(v, k.Says)})
	}
	for _, t := range nextLines(v) {
		open = append(open, figure.Pair{Label: q.P("case.print.next", nil), Text: t})
	}
	p.parts = append(p.parts, chapter(q.P("case.paper.open", nil), open)...)
	p.parts = append(p.parts, figure.Signed{q.P("case.paper.received", nil)})
	return p, true
}

// ownHospital is the hospital of a person whose name alone is written.
func ownHospital(v *face.Case, o casebook.Owner) string {
	if o.Name == "" {
		return ""
	}
	return v.Name(o.Hospital)
}

// nextLines are the next steps as a page lists them, each on a line.
func nextLines(v *face.Case) (lines []string) {
	now, then := next(v, false)
	if now != nil {
		lines = append(lines, face.JoinDots(now.Title, now.Meta))
	}
	for _, t := range then[:min(len(then), maxThen)] {
		lines = append(lines, face.JoinDots(t.Text, t.Note, t.End))
	}
	return lines
}

func complicationWords(v *face.Case, k casebook.Complication) string {
	name := k.Code
	if v.Pack != nil && v.Pack.Complication(name) != nil {
		name = v.Q.PackText(v.Pack.Complication(name).Name)
	}
	return face.JoinDots(name, k.Grade, lang.PartialDate(v.Q.Lang, k.Date))
}

// referralPaper is the newest referral as a letter.
func referralPaper(v *face.Case) (p paper, ok bool) {
	q := v.Q
	if len(v.Referrals) == 0 {
		return p, false
	}
	r := v.Referrals[len(v.Referrals)-1]
	say := func(field string) string { return q.P("case.field."+field, nil) }
	p = paper{kind: "referral", title: q.P("case.paper.referral", nil), id: r.Hash.Short()}
	to := r.Says.Outside
	if !r.Says.To.IsZero() {
		to = v.Name(r.Says.To)
	}
	head := figure.Pairs{{Label: say("to"), Text: face.JoinDots(to, q.SubSpecialtyName(r.Says.SubSpecialty), q.Person(r.Says.PersonName))}, {Label: q.P("case.paper.from", nil), Text: face.JoinDots(v.By(r.By), q.Moment(r.Written))},
		{Label: say("urgency"), Text: q.ChoiceName("urgency", r.Says.Urgency)}, {Label: say("needed-by"), Text: lang.PartialDate(q.Lang, r.Says.NeededBy)}}
	p.parts = append(p.parts, slices.DeleteFunc(head, func(p figure.Pair) bool { return p.Text == "" }), figure.Paragraph{Strong: true, Text: r.Says.Question})
	if v.Summary != "" {
		p.parts = append(p.parts, figure.Paragraph{Text: v.Summary})
	}
	_, answers := v.FormAnswers(r.Says.Form, r.Says.Values)
	p.parts = append(p.parts, chapter(q.P("case.beside.asked", nil), pairsOf(slices.DeleteFunc(answers, func(f ui.Fact) bool { return f.Value == r.Says.Question })))...)
	var images figure.Pairs
	for _, i := range v.Imaging {
		images = append(images, figure.Pair{Label: lang.PartialDate(q.Lang, i.Says.Date), Text: face.JoinDots(q.ChoiceName("modality", i.Says.Modality), i.Says.Description)})
	}
	p.parts = append(p.parts, chapter(q.P("case.beside.images", nil), images)...)
	if r.Says.GapReason != "" {
		p.parts = append(p.parts, figure.Paragraph{Quiet: true, Text: q.P("case.line.gaps", map[string]any{"said": r.Says.GapReason})})
	}
	p.parts = append(p.parts, figure.Signed{q.P("case.paper.signature", map[string]any{"name": v.By(r.By)})})
	return p, true
}

// planPaper is the plan that stands, with its signatures.
func planPaper(v *face.Case) (p paper, ok bool) {
	q := v.Q
	if len(v.PlanHeads) == 0 {
		return p, false
	}
	i := v.PlanHeads[len(v.PlanHeads)-1]
	plan := v.Plans[i]
	p = paper{kind: "plan", title: q.P("case.plan.version", map[string]any{"n": strconv.FormatInt(plan.Says.Version, 10)}), id: plan.Hash.Short()}
	p.parts = append(p.parts, figure.Paragraph{Strong: true, Text: plan.Says.Title}, figure.Paragraph{Quiet: true, Text: face.JoinDots(v.By(plan.By), q.Moment(plan.Written))})
	if !plan.Signed() || plan.Changed {
		p.parts = append(p.parts, figure.Paragraph{Strong: true, Text: q.P("case.paper.unsigned", nil)})
	}
	var lines figure.Pairs
	for _, l := range planLines(v, plan.Says, nil) {
		text := ""
		for _, piece := range l.Pieces {
			text += piece.Text
		}
		lines = append(lines, figure.Pair{Label: l.Label, Text: text})
	}
	p.parts = append(p.parts, lines)
	g := figure.Grid{Table: figure.Table{Head: []string{q.P("case.paper.hospital", nil), q.P("case.paper.signed", nil), q.P("case.paper.state", nil)}}, Shares: []float64{.3, .3, .4}}
	for _, s := range signatures(v, plan) {
		state := q.P("case.paper.waits", nil)
		switch s.State {
		case ui.SignatureSigned:
			state = s.Note
		case ui.SignatureOutdated:
			state = q.P("case.plan.changed", nil)
		}
		who := s.Who
		if s.State == ui.SignatureWaiting {
			who = "–"
		}
		g.Rows = append(g.Rows, []string{s.Hospital.Name, who, state})
	}
	p.parts = append(p.parts, figure.Chapter{Level: 3, Text: q.P("case.paper.signatures", nil)}, g)
	return p, true
}

// casePaper is the case for the folder: what is known, advised, planned, done and next, and every entry with who said it.
func casePaper(v *face.Case) (p paper, ok bool) {
	q := v.Q
	p = paper{kind: "case", title: q.P("case.print.title", map[string]any{"id": face.ShortID(v.Thread)}), id: v.Log.Digest().Short()}
	facts := pairsOf(printFacts(v))
	if len(facts) > 0 {
		p.parts = append(p.parts, slices.DeleteFunc(facts, func(p figure.Pair) bool { return p.Text == "" }))
	}
	if plan, has := planPaper(v); has {
		p.parts = append(p.parts, figure.Chapter{Level: 2, Text: plan.title})
		p.parts = append(p.parts, plan.parts...)
	}
	var steps figure.Pairs
	for n, t := range nextLines(v) {
		steps = append(steps, figure.Pair{Label: strconv.Itoa(n + 1), Text: t})
	}
	p.parts = append(p.parts, chapter(q.P("case.print.next", nil), steps)...)
	g := figure.Grid{Table: figure.Table{Head: []string{q.P("case.print.date", nil), q.P("case.print.what", nil), q.P("case.print.by", nil), q.P("case.print.short", nil)}}, Shares: []float64{.15, .47, .26, .12}}
	asked := saying.Asked(v)
	for _, item := range v.Timeline {
		if isSystem(item) {
			continue // bookkeeping is proved on its page, and nobody reads it on paper
		}
		what := title(v, item, told(v, item, asked))
		if !item.Erased {
			what = face.Joined("\n", what, words(v, item.Lines))
		}
		for _, m := range marks(v, item) {
			what = face.Joined("\n", what, "! "+m)
		}
		g.Rows = append(g.Rows, []string{lang.PartialDate(q.Lang, face.DayOf(item.When)), what, v.By(item.By), item.Hash.Short()})
	}
	p.parts = append(p.parts, figure.Chapter{Level: 2, Text: q.P("case.print.said", nil)}, g)
	return p, true
}

// paperLinks are the documents that there are, each in both languages.
func paperLinks(v *face.Case) (list []ui.ListItem) {
	for _, kind := range paperKinds {
		p, ok := papers[kind](v)
		if !ok {
			continue
		}
		list = append(list, ui.ListItem{Icon: "document", Text: p.title, Note: v.Q.P("case.paper.is-"+kind, nil), Act: paperLanguages(v.Path("print", kind+".pdf"))})
	}
	return list
}
