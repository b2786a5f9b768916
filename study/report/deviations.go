package report

import (
	"cmp"

	"consilium/figure"
	"consilium/lang"
	"consilium/ledger"
	"consilium/study"
)

// Deviations is the table of what went otherwise than the protocol had it: versions, hospitals, runs, and analyses without a result or without a hospital. Where nothing did, it says so.
func (r *Report) Deviations(list []study.Deviation, w Words) figure.Table {
	w.protocol = r.Protocol
	say := func(key string, args map[string]any) string { return w.phrase("study.deviation."+key, args) }
	t := figure.Table{Head: []string{say("day", nil), say("what", nil), say("who", nil), say("why", nil)}}
	for _, d := range list {
		day, why := "", d.Said
		if !d.When.IsZero() {
			day = lang.Date(w.Lang, d.When)
		}
		args := map[string]any{"version": int(d.Version)}
		if d.Analysis >= 0 {
			args["analysis"], why = r.Sections[d.Analysis].Title, say("own", nil)
		}
		if d.Why != "" {
			why = w.phrase("study.halt."+lang.Key(d.Why), nil)
		}
		t.Rows = append(t.Rows, []string{day, say(d.What, args), w.names(d.Hospitals), cmp.Or(why, say("unsaid", nil))})
	}
	for _, s := range r.Sections {
		if s.Refused != "" {
			t.Rows = append(t.Rows, []string{"", say("refused", map[string]any{"analysis": s.Title}), "", s.Refused})
		}
	}
	if len(t.Rows) == 0 {
		t.Rows = [][]string{{"", say("none", nil), "", ""}}
	}
	return t
}

func (w Words) names(list []ledger.HospitalID) string {
	names := make([]string, len(list))
	for i, h := range list {
		names[i] = w.Name(h)
	}
	return lang.List(w.Lang, names)
}
