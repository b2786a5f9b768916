package report

import (
	"strings"

	"consilium/figure"
	"consilium/lang"
	"consilium/ledger"
	"consilium/study/protocol"
	"consilium/study/run"
)

// Report is what a run came to.
type Report struct {
	Protocol *protocol.Protocol
	Question string   // in the reader's language
	Lead     *Section // the primary analysis; nil where the protocol has none
	Basis    string   // of how many patients and hospitals the lead is; empty without one
	Sections []Section
	Limits   []string     // what the study cannot tell, the most important first
	Methods  []string     // how it was computed, in sentences that cite
	Flow     figure.Table // of how many hospitals and patients each analysis is
	Strobe   figure.Table // where each item of the STROBE statement stands
}

// Section is one analysis.
type Section struct {
	ID       string
	Role     string // as the protocol has it
	Title    string // what it is about
	Says     string // what it came to, in one sentence; empty where a table says it
	N        int    // complete cases of all hospitals that took part
	Refused  string // why there is no result, in the reader's language
	LeftOut  []ledger.HospitalID
	Table    figure.Table
	Figures  []Drawn
	Footnote string
	analysis int // its place in the protocol
}

// Drawn is a figure with the name of its files.
type Drawn struct {
	Name string // "primary", "weighted-balance"
	figure.Figure
}

// Words is who reads.
type Words struct {
	Lang  lang.Language
	Name  func(ledger.HospitalID) string
	Label func(variable, level string) string // what people call a variable, or one of its levels; "" or nil: by its name
	Theme figure.Theme

	protocol *protocol.Protocol
}

// called is what people call a variable, or one of its levels.
func (w Words) called(variable, level string) string {
	if v := w.protocol.Variable(variable); v != nil && v.Label != "" && level == "" {
		return protocol.Both(v.Label).In(w.Lang)
	}
	if w.Label != nil {
		if name := w.Label(variable, level); name != "" {
			return name
		}
	}
	if level != "" {
		variable = level
	}
	switch variable {
	case "true", "false", "all":
		return w.say("level-"+variable, nil)
	}
	return strings.ReplaceAll(variable, "_", " ")
}

func (w Words) say(key string, args map[string]any) string {
	return w.phrase("study.report."+key, args)
}

func (w Words) phrase(key string, args map[string]any) string { return lang.P(w.Lang, key, args) }

// Of makes the report of a run that is done.
func Of(p *protocol.Protocol, results []run.Result, hospitals int, w Words) *Report {
	w.protocol = p
	r := &Report{Protocol: p, Question: protocol.Both(p.Question).In(w.Lang)}
	for _, x := range results {
		r.Sections = append(r.Sections, section(p, &p.Analyses[x.Analysis], x, w))
	}
	for i := range r.Sections {
		if r.Sections[i].Role == "primary" && r.Lead == nil {
			r.Lead = &r.Sections[i]
		}
	}
	r.Basis = basis(r, hospitals, w)
	r.Limits = limits(p, r, hospitals, w)
	r.Methods = methods(p, w)
	r.Flow, r.Strobe = flow(r, hospitals, w), strobe(r, w)
	return r
}

// basis says of whom the lead is, in one sentence: fewer than all who take part is the first thing to know of it.
func basis(r *Report, hospitals int, w Words) string {
	if r.Lead == nil || r.Lead.Refused != "" {
		return ""
	}
	says := w.say("basis", map[string]any{"count": r.Lead.N, "n": hospitals - len(r.Lead.LeftOut), "all": hospitals})
	if len(r.Lead.LeftOut) > 0 {
		says += " " + w.say("basis-others", nil)
	}
	return says
}

// section tells of one analysis.
func section(p *protocol.Protocol, a *protocol.Analysis, x run.Result, w Words) Section {
	s := Section{analysis: x.Analysis, ID: a.ID, Role: a.Role, N: x.N, LeftOut: x.LeftOut}
	t := teller{p: p, a: a, x: x, w: w, s: &s}
	s.Title = t.title()
	if x.Refused != nil {
		s.Refused = x.Refused.In(w.Lang, t.term)
		return s
	}
	switch a.Method {
	case protocol.Describe:
		t.describe()
	case protocol.MissingValues:
		t.gaps()
	case protocol.KaplanMeier:
		t.curves()
	case protocol.LogRank:
		t.logRank()
	case protocol.IPTW, protocol.AIPW:
		t.difference()
	case protocol.Meta:
		t.pooled()
	default:
		t.model()
	}
	return s
}

// teller tells of one analysis.
type teller struct {
	p *protocol.Protocol
	a *protocol.Analysis
	x run.Result
	w Words
	s *Section
}

func (t *teller) sheet(title, desc string) figure.Sheet {
	return figure.Sheet{ID: "study-" + t.a.ID, Title: title, Desc: desc, Width: 720, Theme: t.w.Theme}
}

// estimate finds an estimate by its name.
func (t *teller) estimate(name string) (value, se float64, ok bool) {
	for _, e := range t.x.Estimates {
		if e.Name == name {
			return e.Value, e.SE, true
		}
	}
	return 0, 0, false
}

// draw adds a figure.
func (t *teller) draw(suffix string, f figure.Figure) {
	name := t.a.ID
	if suffix != "" {
		name += "-" + suffix
	}
	t.s.Figures = append(t.s.Figures, Drawn{name, f})
}
