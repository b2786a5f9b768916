package report

import (
	"strconv"
	"strings"

	"consilium/figure"
	"consilium/study/protocol"
)

// strobeItems is how many items the STROBE statement has (von Elm et al., Lancet 2007;370:1453).
const strobeItems = 22

// strobe tells for each item of the STROBE statement where it stands, or that nobody has stated it.
func strobe(r *Report, w Words) figure.Table {
	s := placer{r: r, w: w}
	t := figure.Table{Head: []string{s.say("item", nil), s.say("asks", nil), s.say("where", nil)}}
	for item := range strobeItems {
		n := strconv.Itoa(item + 1)
		t.Rows = append(t.Rows, []string{n, s.say(n, nil), s.where(item + 1)})
	}
	return t
}

// placer finds where an item stands.
type placer struct {
	r *Report
	w Words
}

func (s placer) say(key string, args map[string]any) string {
	return s.w.phrase("study.strobe."+key, args)
}

func (s placer) where(item int) string {
	p := s.r.Protocol
	switch item {
	case 1, 18:
		return s.say("head", nil)
	case 2:
		return s.stated(s.text(p.Prose.Rationale))
	case 3:
		return s.stated(s.r.Question)
	case 4:
		return s.say("design", nil)
	case 5, 21:
		return s.stated(s.text(p.Prose.Setting))
	case 6:
		return s.stated(joined(s.text(p.Prose.Participants), p.Cohort.Text))
	case 7:
		return s.stated(names(p, s.w))
	case 8:
		return s.sources()
	case 9:
		return s.stated(s.text(p.Prose.Bias))
	case 10:
		return s.stated(s.text(p.Prose.SampleSize))
	case 11:
		return s.say("scales", nil)
	case 20:
		return s.say("signers", nil)
	case 22:
		return s.stated(s.text(p.Prose.Funding))
	}
	return s.section(item)
}

// section finds a part of the report itself.
func (s placer) section(item int) string {
	switch item {
	case 12:
		return s.in(s.w.phrase("study.page.methods", nil))
	case 13:
		return s.in(s.w.phrase("study.paper.flow", nil))
	case 19:
		return s.in(s.w.phrase("study.page.limits", nil))
	}
	var titles []string
	for i := range s.r.Sections {
		x := &s.r.Sections[i]
		if meant(item, s.r.Protocol.Analyses[x.analysis].Method, x.Role) {
			titles = append(titles, x.Title)
		}
	}
	if len(titles) == 0 {
		return s.say("undeclared", nil)
	}
	return s.in(strings.Join(titles, " · "))
}

// meant tells whether an analysis is what an item asks for: who they were (14), what happened to them (15), the main result (16), others (17).
func meant(item int, m protocol.Method, role string) bool {
	describes := m == protocol.Describe || m == protocol.MissingValues
	switch item {
	case 14:
		return describes
	case 15:
		return m == protocol.KaplanMeier
	case 16:
		return role == "primary"
	}
	return !describes && m != protocol.KaplanMeier && role != "primary"
}

func (s placer) in(section string) string {
	return s.say("section", map[string]any{"section": section})
}

// text is what the protocol says, in the reader's language.
func (s placer) text(said string) string { return protocol.Both(said).In(s.w.Lang) }

func (s placer) stated(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return s.say("unstated", nil)
	}
	return s.say("protocol", map[string]any{"text": text})
}

func (s placer) sources() string {
	if s.r.Protocol.Pathway == "" {
		return s.say("file", nil)
	}
	return s.say("sources", map[string]any{"pathway": s.r.Protocol.Pathway})
}

func joined(texts ...string) string {
	var list []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			list = append(list, t)
		}
	}
	return strings.Join(list, " · ")
}

// names are the variables of a protocol, outcomes among them.
func names(p *protocol.Protocol, w Words) string {
	var list []string
	for i := range p.Variables {
		list = append(list, w.called(p.Variables[i].Name, ""))
	}
	return strings.Join(list, ", ")
}

// flow is of how many hospitals and patients each analysis is.
func flow(r *Report, hospitals int, w Words) figure.Table {
	say := func(key string, args map[string]any) string { return w.phrase("study.paper."+key, args) }
	t := figure.Table{Head: []string{say("analysis", nil), say("hospitals", nil), say("patients", nil)}}
	for _, s := range r.Sections {
		patients := "–"
		if s.Refused == "" {
			patients = strconv.Itoa(s.N)
		}
		t.Rows = append(t.Rows, []string{s.Title, w.phrase("study.page.of", map[string]any{"n": hospitals - len(s.LeftOut), "all": hospitals}), patients})
	}
	return t
}
