package outreach

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// PatientCase is a patient whom the visit is for: the thread of the case, and when the patient was informed of the visit and agreed.
type PatientCase struct {
	Case     ledger.ThreadID `json:"case"`
	Informed string          `json:"informed,omitempty"` // a date
}

// Proposed is the invitation. One that refers to an earlier one takes its place, and is accepted anew.
type Proposed struct {
	Host       ledger.HospitalID `json:"host"`
	Guest      ledger.HospitalID `json:"guest"`
	Purpose    string            `json:"purpose"`
	Skill      string            `json:"skill"`                // the sub-specialty or skill wanted
	Procedures []string          `json:"procedures,omitempty"` // codes, as in the pathway packs
	Cases      []PatientCase     `json:"cases,omitempty"`
	From       string            `json:"from"`  // first day
	Until      string            `json:"until"` // last day
	Place      string            `json:"place,omitempty"`
	Fee        string            `json:"fee,omitempty"`
	Letter     ledger.Hash       `json:"letter,omitzero"`     // the stamped invitation, one of the attached files
	Conditions bool              `json:"conditions"`          // the host is licensed and equipped for what is asked
	Emergency  string            `json:"emergency,omitempty"` // asked by telephone: why there was no time; the letter follows
}

// Check is the form of the body.
func (p *Proposed) Check() error {
	var c record.Checks
	c.Hospital("host", p.Host)
	c.Hospital("guest", p.Guest)
	c.Need(p.Host != p.Guest, "guest", "visits.unfit.hospitals")
	c.Text("purpose", p.Purpose, true)
	c.Text("skill", p.Skill, true)
	from, until := day(p.From), day(p.Until)
	c.Need(!from.IsZero(), "from", "visits.unfit.day")
	c.Need(!until.IsZero() && !until.Before(from), "until", "visits.unfit.until")
	for _, a := range p.Cases {
		c.Need(!a.Case.IsZero(), "cases", "record.unfit.missing")
		c.Need(a.Informed == "" || !day(a.Informed).IsZero(), "informed", "visits.unfit.day")
	}
	return c.Err()
}

var proposedEntry = record.Declare(KindProposed, record.Meaning[*Visit, Proposed]{
	Doc:     "The invitation, by the host. The stamped letter is among the attached files and `letter` is its hash, or `emergency` says why there was only a call. `informed` is the day on which the patient of a case was told and agreed. `conditions`: the host is licensed and equipped for what it asks. A later one takes the place of an earlier one and is accepted anew.",
	Example: `{"host":"AEBA-GBAF-AYDQ-QCIK-BMGA-2DQP-CAIR-EEYU-FFTZ","guest":"FAUS-UKZM-FUXC-6MBR-GIZT-INJW-G44D-SOR3-2OPJ","purpose":"Two microvascular decompressions, teaching of the local team","skill":"skull base neurosurgery","procedures":["mvd"],"cases":[{"case":"019aa5f0-1c00-7000-8000-000000000001","informed":"2026-11-25"}],"from":"2026-12-01","until":"2026-12-03","place":"Department of neurosurgery","fee":"by agreement of 2026-11-20","letter":"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9","conditions":true}`,
	Roles:   desk,
	Rule: func(v *Visit, a record.Said[Proposed]) []record.Mark {
		p, called := a.Says, strings.TrimSpace(a.Says.Emergency) != ""
		attached := slices.ContainsFunc(a.Blobs, func(b ledger.BlobRef) bool { return b.Hash == p.Letter })
		uninformed := slices.ContainsFunc(p.Cases, func(c PatientCase) bool { return c.Informed == "" })
		return record.All(record.When(a.By.Hospital != v.Host || p.Host != v.Host, "not-host"),
			record.When((p.Letter.IsZero() || !attached) && !called, "no-letter", "letter"),
			record.When(!p.Conditions, "conditions", "conditions"),
			record.When(uninformed && !called, "not-informed", "informed"))
	},
	Fold: func(v *Visit, a record.Said[Proposed]) {
		if a.By.Hospital == v.Host && a.Says.Host == v.Host {
			v.Proposal, v.Guest, v.Declined = &a, a.Says.Guest, nil
		}
	},
	Words: func(a record.Said[Proposed]) record.Words {
		p := a.Says
		return told(KindProposed, append(record.Written(p.Purpose, p.Skill, p.From+" – "+p.Until, p.Place, p.Fee), record.Labeled("visits.line.emergency", p.Emergency)...)...)
	},

	Verb: "visit", Component: "invitation",
	Offer: func(v *Visit, a *record.Asking) ([]ledger.Hash, bool) {
		return v.theProposal(), v.Host == a.Here && v.State != Done && v.State != Cancelled
	},
})

// Approval is the leave that the guest's own medical office gives.
type Approval struct {
	Office string `json:"office"`           // who approved
	Number string `json:"number,omitempty"` // of the paper
	Date   string `json:"date"`
}

// Accepted takes on the invitation that it refers to.
type Accepted struct {
	Approval    *Approval `json:"approval,omitempty"`
	WithinScope bool      `json:"within_scope"`        // neither the guest nor its doctors go beyond what they are licensed for
	Emergency   string    `json:"emergency,omitempty"` // approved by telephone: why; an acceptance with the approval follows
	Note        string    `json:"note,omitempty"`
}

// Check is the form of the body.
func (a *Accepted) Check() error {
	var c record.Checks
	if a.Approval != nil {
		c.Text("approval.office", a.Approval.Office, true)
		c.Need(!day(a.Approval.Date).IsZero(), "approval.date", "visits.unfit.day")
	}
	return c.Err()
}

var acceptedEntry = record.Declare(KindAccepted, record.Meaning[*Visit, Accepted]{
	Doc:     "By the guest's medical office; refers to the invitation. `approval` may be missing only in an `emergency`, and follows in a second acceptance.",
	Example: `{"approval":{"office":"Medical office","number":"2026-118","date":"2026-11-26"},"within_scope":true}`,
	Roles:   office, Answers: true,
	Rule: func(v *Visit, a record.Said[Accepted]) []record.Mark {
		return record.All(v.answering(a.Entry),
			record.When(a.Says.Approval == nil && strings.TrimSpace(a.Says.Emergency) == "", "no-approval", "approval.office"),
			record.When(!a.Says.WithinScope, "beyond-scope", "within_scope"))
	},
	Fold: func(v *Visit, a record.Said[Accepted]) { v.Accepted, v.Declined = &a, nil },
	Words: func(a record.Said[Accepted]) record.Words {
		approval := ""
		if p := a.Says.Approval; p != nil {
			approval = strings.TrimSpace(p.Office + " " + p.Number + " " + p.Date)
		}
		return told(KindAccepted, slices.Concat(record.Labeled("visits.line.approved", approval), record.Labeled("visits.line.emergency", a.Says.Emergency), record.Written(a.Says.Note))...)
	},

	Verb: "visit",
	Form: record.Form[*Visit]{Asks: []record.Ask[*Visit]{
		{Name: "approval.office", Sort: record.Text},
		{Name: "approval.number", Sort: record.Text},
		{Name: "approval.date", Sort: record.Day},
		{Name: "within_scope", Sort: record.Tick},
		{Name: "emergency", Sort: record.Long},
		{Name: "note", Sort: record.Long},
	}},
	Offer: func(v *Visit, a *record.Asking) ([]ledger.Hash, bool) {
		return v.theProposal(), v.Guest == a.Here && (v.State == Asked || v.State == Agreed && v.Accepted.Says.Approval == nil)
	},
})

// Declined says no to the invitation that it refers to. It may come after an acceptance: people fall ill.
type Declined struct {
	Reason string `json:"reason"`
}

// Check is the form of the body.
func (d *Declined) Check() error {
	var c record.Checks
	c.Text("reason", d.Reason, true)
	return c.Err()
}

var declinedEntry = record.Declare(KindDeclined, record.Meaning[*Visit, Declined]{
	Doc:     "By the guest; refers to the invitation. May come after an acceptance.",
	Example: `{"reason":"The team is not free in that week."}`,
	Roles:   office, Answers: true, Narrows: true,
	Rule: func(v *Visit, a record.Said[Declined]) []record.Mark { return v.answering(a.Entry) },
	Fold: func(v *Visit, a record.Said[Declined]) { v.Declined = &a },
	Words: func(a record.Said[Declined]) record.Words {
		return told(KindDeclined, record.Written(a.Says.Reason)...)
	},

	Verb: "visit",
	Form: record.Form[*Visit]{Asks: []record.Ask[*Visit]{{Name: "reason", Sort: record.Long, Needed: true}}},
	Offer: func(v *Visit, a *record.Asking) ([]ledger.Hash, bool) {
		return v.theProposal(), v.Guest == a.Here && (v.State == Asked || v.State == Agreed)
	},
})

// answering is the rule of every answer to the invitation: the guest's, to the one that stands.
func (v *Visit) answering(e record.Entry) []record.Mark {
	return record.All(record.When(e.By.Hospital != v.Guest, "not-guest"), record.When(!v.answers(e.Hash, e.Refs), "no-proposal"))
}

// answers tells whether an answer is to the proposal that stands, with its corrections.
func (v *Visit) answers(answer ledger.Hash, refs []ledger.Hash) bool {
	if v.Proposal == nil || !slices.Contains(refs, v.Proposal.Hash) {
		return false
	}
	s := v.Log.Find(v.Proposal.Hash)
	if s == nil || answer.IsZero() {
		return s != nil
	}
	return !slices.ContainsFunc(s.Corrected, func(c ledger.Correction) bool { return !v.Log.Follows(answer, c.By.Hash) })
}

// theProposal is the invitation that stands, as what an entry refers to.
func (v *Visit) theProposal() []ledger.Hash {
	if v.Proposal == nil {
		return nil
	}
	return []ledger.Hash{v.Proposal.Hash}
}

// agreed tells whether the proposal as it stands was accepted: that one, and in those words.
func (v *Visit) agreed() bool {
	return v.Accepted != nil && v.Declined == nil && v.answers(v.Accepted.Hash, v.Accepted.Refs)
}

// told is an entry of a visit in words.
func told(kind string, lines ...lang.Text) record.Words {
	return record.Titled("visits.told."+strings.TrimPrefix(kind, "visit."), nil, lines...)
}
