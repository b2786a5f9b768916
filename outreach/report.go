package outreach

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// Report goes to the medical office at home within two working days, and from the host back to the guest.
type Report struct {
	Seen     int64             `json:"seen"`     // patients
	Operated int64             `json:"operated"` // patients
	Taught   int64             `json:"taught"`   // people
	Cases    []ledger.ThreadID `json:"cases,omitempty"`
	Adverse  string            `json:"adverse,omitempty"` // events and disputes
	Text     string            `json:"text"`
}

// Check is the form of the body.
func (r *Report) Check() error {
	var c record.Checks
	c.Need(r.Seen >= 0, "seen", "visits.unfit.count")
	c.Need(r.Operated >= 0, "operated", "visits.unfit.count")
	c.Need(r.Taught >= 0, "taught", "visits.unfit.count")
	c.Text("text", r.Text, true)
	return c.Err()
}

var reportEntry = record.Declare(KindReport, record.Meaning[*Visit, Report]{
	Doc:     "By the guest, to its own medical office, within two working days; and by the host, back to the guest.",
	Example: `{"seen":12,"operated":2,"taught":18,"cases":["019aa5f0-1c00-7000-8000-000000000001"],"text":"Both operations as planned, no complication."}`,
	Roles:   desk, AfterClosing: true,
	Rule: func(v *Visit, a record.Said[Report]) []record.Mark { return v.during(a.Entry) },
	Fold: func(v *Visit, a record.Said[Report]) { v.Reports = append(v.Reports, a) },
	List: record.Elsewhere, Views: []record.View{record.Shows("reports", func(v *Visit) []Report { return bodies(v.Reports) })},
	Words: func(a record.Said[Report]) record.Words {
		r := a.Says
		counts := lang.Phrase("visits.line.counts", map[string]any{"seen": r.Seen, "operated": r.Operated, "taught": r.Taught})
		return told(KindReport, slices.Concat([]lang.Text{counts}, record.Written(r.Text), record.Labeled("visits.line.adverse", r.Adverse))...)
	},

	Verb: "visit",
	Form: record.Form[*Visit]{Finish: func(v *Visit, _ *record.Asking, says record.Body) { says["cases"] = v.Cases() }, Asks: []record.Ask[*Visit]{
		{Name: "seen", Sort: record.Integer, Needed: true},
		{Name: "operated", Sort: record.Integer, Needed: true},
		{Name: "taught", Sort: record.Integer, Needed: true},
		{Name: "text", Sort: record.Long, Needed: true},
		{Name: "adverse", Sort: record.Long},
	}},
	Offer: func(v *Visit, a *record.Asking) ([]ledger.Hash, bool) {
		return nil, (v.State == Agreed || v.State == Done) && v.party(a.Here)
	},
})

// ReportOf gives a hospital's report, or nil.
func (v *Visit) ReportOf(h ledger.HospitalID) *record.Said[Report] {
	return record.SaidBy(v.Reports, h)
}

// Closed ends the visit, and with it every privilege.
type Closed struct {
	Outcome string `json:"outcome"` // one of Outcomes
	Reason  string `json:"reason,omitempty"`
}

// Outcomes are the ways in which a visit ends.
var Outcomes = []string{string(Done), string(Cancelled)}

// Check is the form of the body.
func (o *Closed) Check() error {
	var c record.Checks
	c.Code("outcome", o.Outcome, Outcomes...)
	c.Need(o.Outcome != string(Cancelled) || strings.TrimSpace(o.Reason) != "", "reason", "visits.unfit.cancelled")
	return c.Err()
}

// A closing narrows: it ends the visit also where its words are erased or its key is doubted.
var closedEntry = record.Declare(KindClosed, record.Meaning[*Visit, Closed]{
	Doc:     "By the host. `outcome`: `done` (the guest has reported) or `cancelled` (with a reason). Ends every privilege.",
	Example: `{"outcome":"done"}`,
	Roles:   desk, AfterClosing: true, ByHeader: true, Narrows: true,
	Rule: func(v *Visit, a record.Said[Closed]) []record.Mark {
		return record.All(record.When(a.By.Hospital != v.Host, "not-host"), record.When(v.Closing != nil, "closed-twice"),
			record.When(a.Says.Outcome == string(Done) && v.ReportOf(v.Guest) == nil, "no-report"))
	},
	Fold: func(v *Visit, a record.Said[Closed]) {
		if a.By.Hospital != v.Host || v.Closing != nil {
			return
		}
		if !a.Read {
			a.Says.Outcome = string(Cancelled)
		}
		v.Closing = &a
	},
	Words: func(a record.Said[Closed]) record.Words {
		return told(KindClosed, append([]lang.Text{State(a.Says.Outcome).Name()}, record.Written(a.Says.Reason)...)...)
	},

	Verb: "visit",
	Form: record.Form[*Visit]{Asks: []record.Ask[*Visit]{
		{Name: "outcome", Sort: record.Code, Needed: true, Codes: Outcomes, List: "visits.state"},
		{Name: "reason", Sort: record.Long},
	}},
	Offer: func(v *Visit, a *record.Asking) ([]ledger.Hash, bool) {
		return nil, v.Host == a.Here && v.Closing == nil && v.State != Empty
	},
})
