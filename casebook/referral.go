package casebook

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/record"
)

// Owner is whose turn it is: a hospital, and there a person, or anybody in a role.
type Owner struct {
	Hospital ledger.HospitalID `json:"hospital"`
	Person   ledger.PersonID   `json:"person,omitempty"`
	Name     string            `json:"name,omitempty"` // of the person, as their hospital vouches for them
	Role     string            `json:"role,omitempty"`
}

// Referred asks another hospital, or another sub-specialty of the same. Custody does not move.
type Referred struct {
	To           ledger.HospitalID `json:"to,omitzero"`
	Outside      string            `json:"outside,omitempty"` // a hospital that is not in the network, in words; then there is no "to"
	SubSpecialty string            `json:"sub_specialty,omitempty"`
	Person       ledger.PersonID   `json:"person,omitempty"`
	PersonName   string            `json:"person_name,omitempty"`
	Question     string            `json:"question"`
	NeededBy     string            `json:"needed_by,omitempty"` // a date
	Urgency      string            `json:"urgency"`             // "routine", "soon", "emergency"
	Form         string            `json:"form,omitempty"`
	Values       pathway.Values    `json:"values,omitempty"`
	Gaps         []string          `json:"gaps,omitempty"`       // items of the pathway's packet that are not there
	GapReason    string            `json:"gap_reason,omitempty"` // why it was sent without them
	Expires      string            `json:"expires,omitempty"`    // a date after which no answer is awaited
}

// Check is the form of the body.
func (r *Referred) Check() error {
	var c record.Checks
	c.Need(r.To.IsZero() != (r.Outside == ""), "to", "case.unfit.to-whom")
	c.Text("question", r.Question, true)
	c.Date("needed_by", r.NeededBy, false)
	c.Date("expires", r.Expires, false)
	c.Code("urgency", r.Urgency, Urgencies...)
	c.Need(len(r.Values) == 0 || r.Form != "", "form", "case.unfit.form")
	c.Need(len(r.Gaps) == 0 || strings.TrimSpace(r.GapReason) != "", "gap_reason", "case.unfit.gaps")
	return c.Err()
}

// KindReferred asks for help. It leaves every earlier referral as it was, and none stands in its way.
const KindReferred = "case.referred"

var referredEntry = record.Declare(KindReferred, record.Meaning[*folding, Referred]{
	Doc:     "Asks a hospital (`to`), or one outside the network (`outside`, in words). Only the hospital with custody; custody does not move, and no earlier referral stands in the way. What the packet of the pathway lacks is listed in `gaps`, with the reason.",
	Example: `{"to":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6","sub_specialty":"functional","question":"Can this be decompressed endoscopically?","needed_by":"2026-03-20","urgency":"routine","gaps":["slides"],"gap_reason":"Never operated on.","expires":"2026-04-20"}`,
	Roles:   desk,
	Rule:    referredRule,
	Fold: func(f *folding, a record.Said[Referred]) {
		f.referrals[a.Hash] = len(f.c.Referrals)
		f.c.Referrals = append(f.c.Referrals, Referral{Said: a, State: Pending, after: f.knew(a.Hash).done()})
		f.answers(a.Entry, a.When, a.Says.Values)
	},
	List: record.Elsewhere, Views: []record.View{record.Shows("referrals", referralsShown)}, Told: referredTold,
	Words: func(a record.Said[Referred]) record.Words {
		w := record.Titled("case.told.referred", nil, record.Written(a.Says.Question)...)
		if a.Says.Outside != "" {
			w.Title = lang.Phrase("case.told.referred-outside", map[string]any{"outside": a.Says.Outside})
		}
		w.Lines = append(w.Lines, record.Labeled("case.line.gaps", a.Says.GapReason)...)
		return w
	},

	Verb: "refer", Component: "refer",
	Form: record.Form[*folding]{Pack: "referral", Asks: []record.Ask[*folding]{
		{Name: "sub_specialty", Sort: record.Code, Options: specialtyOptions},
		{Name: "question", Sort: record.Long, Needed: true, From: "question"},
		{Name: "urgency", Sort: record.Code, Needed: true, Codes: Urgencies, List: "case.urgency", From: "urgency"},
		{Name: "needed_by", Sort: record.Day, From: "needed_by"},
		{Name: "expires", Sort: record.Day},
	}},
	Offer: ours,
})

func referredRule(f *folding, a record.Said[Referred]) []record.Mark {
	r := a.Says
	marks := f.Custodian(a.By.Hospital)
	marks = append(marks, record.When(r.To == a.By.Hospital && r.SubSpecialty == "" && r.Person == "", "refers-to-itself")...)
	marks = append(marks, record.When(!r.To.IsZero() && !f.Member(r.To), "not-a-member")...)
	return append(marks, record.When(len(r.Gaps) > 0 && strings.TrimSpace(r.GapReason) == "", "packet-gaps")...)
}

// checkPacket stops a referral that hides what its packet lacks. Only the writer's pack is asked.
func checkPacket(c *Case, d ledger.Draft, says []byte, packs Packs) error {
	if packs == nil || d.Pack == nil {
		return nil
	}
	pack := packs(d.Pack.ID, d.Pack.Version)
	r, err := ledger.Decode[Referred](says)
	if pack == nil || err != nil {
		return err
	}
	var names []string
	for _, gap := range pack.PacketGaps(packetValues(c, r), c.Holds) {
		if !slices.Contains(r.Gaps, gap.ID) {
			names = append(names, gap.Label.En)
		}
	}
	if len(names) > 0 {
		return errors.New("the packet lacks: " + strings.Join(names, ", ") + ". Add it, or name it among the gaps with a reason")
	}
	return nil
}

// packetValues are the answers that a referral brings: its own, what the case knows, and its question.
func packetValues(c *Case, r Referred) pathway.Values {
	all := c.Answers().With(r.Values)
	if all["question"].IsZero() {
		all["question"] = pathway.String(r.Question)
	}
	if r.NeededBy != "" && all["needed_by"].IsZero() {
		all["needed_by"] = pathway.String(r.NeededBy)
	}
	if c.Summary != "" && all["record_summary"].IsZero() {
		all["record_summary"] = pathway.String(c.Summary)
	}
	return all
}

// Withdrawn takes a referral back.
type Withdrawn struct {
	Reason string `json:"reason"`
}

// Check is the form of the body.
func (w *Withdrawn) Check() error {
	var c record.Checks
	c.Text("reason", w.Reason, true)
	return c.Err()
}

// KindWithdrawn takes back the referral that it refers to.
const KindWithdrawn = "case.referral-withdrawn"

var withdrawnEntry = record.Declare(KindWithdrawn, record.Meaning[*folding, Withdrawn]{
	Doc:     "Takes back the referral in `refs[0]`; only the hospital that sent it.",
	Example: `{"reason":"The patient prefers to wait."}`,
	Roles:   desk, ByHeader: true, Answers: true,
	Rule: func(f *folding, a record.Said[Withdrawn]) []record.Mark {
		r := f.referral(a.Ref())
		if r == nil {
			return record.When(true, "no-referral")
		}
		return append(record.When(r.By.Hospital != a.By.Hospital, "not-referrer"), record.When(r.State == WithdrawnState, "referral-withdrawn")...)
	},
	Fold: func(f *folding, a record.Said[Withdrawn]) {
		r := f.referral(a.Ref())
		r.State, r.Answered, r.Reason = WithdrawnState, a.When, a.Says.Reason
	},
	List: record.Elsewhere,
	Words: func(a record.Said[Withdrawn]) record.Words {
		return record.Titled("case.told.referral-withdrawn", nil, record.Written(a.Says.Reason)...)
	},

	Verb:  "refer",
	Form:  record.Form[*folding]{Asks: []record.Ask[*folding]{{Name: "reason", Sort: record.Long, Needed: true}}},
	Offer: ourReferral,
})

// Accepted says who will answer a referral, and by when.
type Accepted struct {
	Person ledger.PersonID `json:"person,omitempty"` // who answers
	Name   string          `json:"name,omitempty"`
	Role   string          `json:"role,omitempty"`
	By     string          `json:"by"` // a date
	Note   string          `json:"note,omitempty"`
}

// Check is the form of the body.
func (a *Accepted) Check() error {
	var c record.Checks
	c.Date("by", a.By, true)
	c.Need(a.Person != "" || a.Role != "", "person", "case.unfit.who-answers")
	c.Text("note", a.Note, false)
	return c.Err()
}

// KindAccepted takes on the referral that it refers to.
const KindAccepted = "case.accepted"

var acceptedEntry = record.Declare(KindAccepted, record.Meaning[*folding, Accepted]{
	Doc:     "Takes on the referral in `refs[0]`: who will answer, and by when. Only the hospital that was asked, once, while the referral is pending. It does not move custody.",
	Example: `{"person":"k7x2m4","name":"Dr. Lin","by":"2026-03-10","note":"We discuss it on Monday."}`,
	Roles:   desk, ByHeader: true, Answers: true,
	Rule: func(f *folding, a record.Said[Accepted]) []record.Mark { return f.mayAnswer(a.Entry) },
	Fold: func(f *folding, a record.Said[Accepted]) {
		r := f.referral(a.Ref())
		r.State, r.Answered, r.Answer = AcceptedState, a.When, a.Hash
		r.Answers = Owner{Hospital: a.By.Hospital, Person: a.Says.Person, Name: a.Says.Name, Role: a.Says.Role}
		r.AnswerBy = a.Says.By
	},
	List: record.Elsewhere,
	Words: func(a record.Said[Accepted]) record.Words {
		who := map[string]any{"who": cmp.Or(a.Says.Name, a.By.Name)}
		return record.Titled("case.told.accepted", who, record.Written(a.Says.Note)...)
	},

	Verb: "refer",
	Form: record.Form[*folding]{Beside: true, Finish: finishAccepted, Asks: []record.Ask[*folding]{
		{Name: "person", Sort: record.Staff, Needed: true},
		{Name: "by", Sort: record.Day, Needed: true},
		{Name: "note", Sort: record.Long},
	}},
	Start: startAccepted,
	Offer: referralToUs(Pending),
})

// Declined says no, and why.
type Declined struct {
	Reason string `json:"reason"`
	Better string `json:"better,omitempty"` // who may be able to help, in words
}

// Check is the form of the body.
func (d *Declined) Check() error {
	var c record.Checks
	c.Text("reason", d.Reason, true)
	c.Text("better", d.Better, false)
	return c.Err()
}

// KindDeclined says no to the referral that it refers to.
const KindDeclined = "case.declined"

var declinedEntry = record.Declare(KindDeclined, record.Meaning[*folding, Declined]{
	Doc:     "Says no to the referral in `refs[0]`, and why.",
	Example: `{"reason":"We have no neuromonitoring.","better":"The national center"}`,
	Roles:   desk, ByHeader: true, Answers: true,
	Rule: func(f *folding, a record.Said[Declined]) []record.Mark { return f.mayAnswer(a.Entry) },
	Fold: func(f *folding, a record.Said[Declined]) {
		r := f.referral(a.Ref())
		r.State, r.Answered, r.Answer, r.Reason = DeclinedState, a.When, a.Hash, a.Says.Reason
	},
	List: record.Elsewhere,
	Words: func(a record.Said[Declined]) record.Words {
		return record.Titled("case.told.declined", nil, record.Written(a.Says.Reason, a.Says.Better)...)
	},

	Verb: "refer",
	Form: record.Form[*folding]{Beside: true, Asks: []record.Ask[*folding]{
		{Name: "reason", Sort: record.Long, Needed: true},
		{Name: "better", Sort: record.Text},
	}},
	Offer: referralToUs(Pending),
})

// mayAnswer is the rule of every answer to a referral: its target, once, while it is pending.
func (f *folding) mayAnswer(e record.Entry) []record.Mark {
	r := f.referral(e.Ref())
	switch {
	case r == nil:
		return record.When(true, "no-referral")
	case r.Says.To != e.By.Hospital:
		return record.When(true, "not-asked")
	case r.State == WithdrawnState:
		return record.When(true, "referral-withdrawn")
	}
	return record.When(r.State != Pending, "referral-answered")
}

func (f *folding) referral(h ledger.Hash) *Referral {
	if i, ok := f.referrals[h]; ok {
		return &f.c.Referrals[i]
	}
	return nil
}

// startAccepted begins with who fills the form in, and the date that was asked for.
func startAccepted(f *folding, a *record.Asking) Accepted {
	says := Accepted{Person: a.Me}
	for _, h := range a.Refs {
		if r := f.referral(h); r != nil {
			says.By = r.Says.NeededBy
		}
	}
	return says
}

// finishAccepted adds the name and the role of who will answer.
func finishAccepted(_ *folding, a *record.Asking, says record.Body) {
	for _, p := range a.Staff() {
		if string(p.Person) != says.Text("person") {
			continue
		}
		says["name"] = p.Name
		for _, role := range []people.Role{people.Surgeon, people.HeadOfDepartment, people.ReferringDoctor} {
			if slices.Contains(p.Roles, string(role)) && says["role"] == nil {
				says["role"] = string(role)
			}
		}
	}
}
