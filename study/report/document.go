package report

import (
	"consilium/figure"
)

// Cover is what a printed report says of its study besides what was computed.
type Cover struct {
	Title    string // of the study
	Version  int    // of the protocol
	Hash     string // of the protocol, short
	Result   string // of the result that is signed, short
	Unsigned bool   // by some hospital of the run
	Members  []Member

	Deviations figure.Table // from the protocol, as [Report.Deviations] has them
}

// Member is a hospital of a study, and what it said.
type Member struct {
	Name           string
	Said, Signed   string // of the protocol, of the result
	SaidBy, SignBy string
}

// Document is the whole report to be printed and kept.
func (r *Report) Document(c Cover, w Words) figure.Document {
	say := func(key string, args map[string]any) string { return w.phrase("study."+key, args) }
	d := figure.Document{Title: r.Question, Subject: c.Title, Foot: say("paper.foot", map[string]any{"title": c.Title, "hash": c.Hash}),
		Number: func(page, of int) string { return say("paper.number", map[string]any{"page": page, "of": of}) }}
	add := func(parts ...figure.Part) { d.Parts = append(d.Parts, parts...) }
	add(figure.Chapter{Level: 1, Text: r.Question}, figure.Paragraph{Text: c.Title, Quiet: true},
		figure.Paragraph{Text: say("paper.run", map[string]any{"version": c.Version, "hash": c.Hash, "result": c.Result}), Quiet: true})
	if c.Unsigned {
		add(figure.Paragraph{Text: say("paper.open", nil), Quiet: true})
	}
	add(r.lead()...)
	add(figure.Chapter{Level: 2, Text: say("page.limits", nil)}, figure.Items(r.Limits))
	add(figure.Chapter{Level: 2, Text: say("paper.flow", nil)}, figure.Paragraph{Text: say("paper.flowlead", nil), Quiet: true}, figure.Grid{Table: r.Flow})
	for i := range r.Sections {
		add(r.Sections[i].parts()...)
	}
	add(figure.Chapter{Level: 2, Text: say("page.methods", nil)})
	for _, m := range r.Methods {
		add(figure.Paragraph{Text: m})
	}
	add(figure.Chapter{Level: 2, Text: say("deviation.title", nil)}, figure.Paragraph{Text: say("deviation.lead", nil), Quiet: true},
		figure.Grid{Table: c.Deviations, Shares: []float64{0.12, 0.36, 0.2, 0.32}})
	add(c.members(w)...)
	add(figure.Chapter{Level: 2, Text: say("strobe.title", nil)}, figure.Paragraph{Text: say("strobe.lead", nil), Quiet: true},
		figure.Grid{Table: r.Strobe, Shares: []float64{0.08, 0.27, 0.65}}, figure.Paragraph{Text: say("paper.verify", nil), Quiet: true})
	return d
}

// lead is what the primary analysis came to.
func (r *Report) lead() []figure.Part {
	switch {
	case r.Lead == nil:
		return nil
	case r.Lead.Refused != "":
		return []figure.Part{figure.Paragraph{Text: r.Lead.Refused, Strong: true}}
	}
	parts := []figure.Part{figure.Paragraph{Text: r.Lead.Says, Strong: true}, figure.Paragraph{Text: r.Basis}}
	if r.Lead.Footnote != "" {
		parts = append(parts, figure.Paragraph{Text: r.Lead.Footnote, Quiet: true})
	}
	return parts
}

// parts are one analysis: its sentence, its figures, its numbers.
func (s *Section) parts() []figure.Part {
	parts := []figure.Part{figure.Chapter{Level: 2, Text: s.Title}}
	if s.Refused != "" {
		return append(parts, figure.Paragraph{Text: s.Refused})
	}
	if s.Says != "" {
		parts = append(parts, figure.Paragraph{Text: s.Says})
	}
	for _, f := range s.Figures {
		parts = append(parts, figure.Picture{Figure: f.Figure})
	}
	return append(parts, figure.Grid{Table: s.Table})
}

// members are the hospitals with what they said of the protocol and of the result.
func (c Cover) members(w Words) []figure.Part {
	say := func(key string) string { return w.phrase("study."+key, nil) }
	t := figure.Table{Head: []string{say("report.hospital"), say("paper.said"), say("paper.signed")}}
	for _, m := range c.Members {
		t.Rows = append(t.Rows, []string{m.Name, joined(m.Said, m.SaidBy), joined(m.Signed, m.SignBy)})
	}
	return []figure.Part{figure.Chapter{Level: 2, Text: say("paper.members")}, figure.Grid{Table: t}}
}
