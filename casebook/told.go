package casebook

import (
	"cmp"
	"strings"

	"consilium/lang"
	"consilium/record"
)

// How the page of a case tells entries of which it knows more than they say: what the pack calls a code, what became of a recommendation, who stood at the table.

// dots is what stands side by side in one line.
func dots(parts ...string) string {
	var list []string
	for _, p := range parts {
		if strings.TrimSpace(p) != "" {
			list = append(list, p)
		}
	}
	return strings.Join(list, " · ")
}

// titled is a title with the name that the pack has for a code; none where it has none.
func titled(phrase string, name lang.Text) (t record.Telling) {
	if !name.Empty() {
		t.Title = lang.Phrase(phrase, map[string]any{"name": name})
	}
	return t
}

func complicationTold(_ *folding, a record.Said[Complication], ask *record.Asking) record.Telling {
	pack := packOf(ask)
	if pack == nil {
		return record.Telling{}
	}
	if c := pack.Complication(a.Says.Code); c != nil {
		return titled("case.title.complication", lang.Text(c.Name))
	}
	return record.Telling{}
}

func followUpTold(_ *folding, a record.Said[FollowUp], ask *record.Asking) record.Telling {
	pack := packOf(ask)
	if pack == nil {
		return record.Telling{}
	}
	f := pack.FollowUp(a.Says.Schedule)
	switch {
	case strings.HasPrefix(a.Says.Schedule, unscheduled):
		return titled("case.title.followup", lang.Phrase("case.title.unscheduled", nil))
	case f == nil:
		return record.Telling{}
	case a.Says.Lost != "":
		return titled("case.title.lost", lang.Text(f.Name))
	}
	return titled("case.title.followup", lang.Text(f.Name))
}

func findingTold(_ *folding, a record.Said[Finding], ask *record.Asking) (t record.Telling) {
	if form := formOf(ask, a.Says.Form); a.Says.Form != "" && form != nil {
		t.Title = lang.Text(form.Name)
	}
	return t
}

// referredTold says to whom, by when, and whether the packet was whole.
func referredTold(_ *folding, a record.Said[Referred], ask *record.Asking) record.Telling {
	r, to := a.Says, ""
	if !r.To.IsZero() {
		to = ask.Name(r.To)
	}
	whom := dots(ask.Specialty(r.SubSpecialty), r.PersonName, to, r.Outside)
	under := []lang.Text{lang.Phrase("case.referred.to", map[string]any{"whom": whom})}
	if r.NeededBy != "" {
		under = append(under, lang.Phrase("case.by", map[string]any{"when": dated(r.NeededBy)}))
	}
	if len(r.Gaps) == 0 {
		return record.Telling{Under: append(under, lang.Phrase("case.packet.whole", nil))}
	}
	return record.Telling{Under: append(under, lang.Phrase("case.packet.gaps", map[string]any{"count": len(r.Gaps)}))}
}

// dated is a date as it is written in each language.
func dated(stored string) lang.Text {
	return lang.Text{En: lang.PartialDate(lang.English, stored), Zh: lang.PartialDate(lang.Chinese, stored)}
}

// opinionTold lists the recommendations below the opinion, each with what became of it.
func opinionTold(f *folding, a record.Said[Opinion], ask *record.Asking) (t record.Telling) {
	if len(a.Says.Recommendations) == 0 {
		return t
	}
	t.Lines = []lang.Text{lang.Same(a.Says.Text)}
	done := 0
	for _, r := range a.Says.Recommendations {
		line := adviceTold(r, ask)
		if known := f.recommendation(a.Hash, r.ID); known != nil && known.Outcome != nil {
			done++
			became := lang.Named("case.advice", known.Outcome.Says.Status)
			line.En, line.Zh = line.En+" — "+became.En, line.Zh+" — "+became.Zh
			if why := known.Outcome.Says.Why; why != "" {
				line.En, line.Zh = line.En+": "+why, line.Zh+": "+why
			}
		}
		t.Lines = append(t.Lines, line)
	}
	t.Under = []lang.Text{lang.Phrase("case.rec.count", map[string]any{"count": len(a.Says.Recommendations), "done": done})}
	return t
}

func adviceTold(r Recommendation, ask *record.Asking) lang.Text {
	owner, due := ask.Person(r.Owner.called(ask)), dated(r.Due)
	return lang.Text{En: "→ " + r.Text + " (" + dots(owner, due.En) + ")", Zh: "→ " + r.Text + " (" + dots(owner, due.Zh) + ")"}
}

// called is who is meant, as the reader calls them: a person, or else somebody of a hospital.
func (o Owner) called(ask *record.Asking) string {
	if o.Hospital.IsZero() {
		return ""
	}
	return cmp.Or(o.Name, dots(ask.Role(o.Role), ask.Name(o.Hospital)))
}

// operationTold says who stood at the table.
func operationTold(_ *folding, a record.Said[Operation], ask *record.Asking) (t record.Telling) {
	o := a.Says
	var names []string
	for _, a := range o.Assistants {
		name := ask.Person(a.called(ask))
		if a.Hospital != o.Operator.Hospital && !a.Hospital.IsZero() && a.Name != "" {
			name = dots(name, ask.Name(a.Hospital))
		}
		names = append(names, name)
	}
	if name := o.Operator.called(ask); name != "" {
		t.Under = append(t.Under, lang.Phrase("case.table.operator", map[string]any{"name": ask.Person(name)}))
	}
	if len(names) > 0 {
		list := lang.Text{En: lang.List(lang.English, names), Zh: lang.List(lang.Chinese, names)}
		t.Under = append(t.Under, lang.Phrase("case.table.assistants", map[string]any{"names": list}))
	}
	return t
}

// handOverTold says to whom.
func handOverTold(_ *folding, a record.Said[HandOver], ask *record.Asking) record.Telling {
	to := a.Says.To
	whom := ask.Person(to.called(ask))
	if to.Name != "" {
		whom = dots(whom, ask.Name(to.Hospital))
	}
	return record.Telling{Title: lang.Phrase("case.title.hand-over", map[string]any{"whom": whom})}
}
