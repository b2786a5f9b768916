package casebook

import (
	"errors"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
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
	var c checks
	c.need(r.To.IsZero() != (r.Outside == ""), "a referral names one hospital, or one outside the network")
	c.text("question", r.Question, true)
	c.date("needed_by", r.NeededBy, false)
	c.date("expires", r.Expires, false)
	c.code("urgency", r.Urgency, Urgencies...)
	c.need(len(r.Values) == 0 || r.Form != "", "answers name the form that they belong to")
	c.need(len(r.Gaps) == 0 || strings.TrimSpace(r.GapReason) != "", "a referral without its whole packet says why")
	return c.err
}

// KindReferred asks for help. It leaves every earlier referral as it was, and none stands in its way.
var KindReferred = define("case.referred", meaning[Referred]{
	roles:  desk,
	rule:   referredRule,
	values: func(r Referred) (string, pathway.Values) { return r.Form, r.Values },
	fold: func(f *folding, a said[Referred]) {
		f.referrals[a.hash] = len(f.c.Referrals)
		f.c.Referrals = append(f.c.Referrals, Referral{Said: a.keep(), State: Pending, after: f.knew(a.hash).done()})
		f.answers(a.entry, a.when, a.says.Values)
	},
	words: func(a said[Referred]) words {
		w := words{lang.Text{En: "Referral sent", Zh: "发出转诊"}, lines(a.says.Question)}
		if a.says.Outside != "" {
			w.title = lang.Text{En: "Referred outside the network: " + a.says.Outside, Zh: "转诊至网络外：" + a.says.Outside}
		}
		if a.says.GapReason != "" {
			w.lines = append(w.lines, lang.Text{En: "Sent without the whole packet: " + a.says.GapReason, Zh: "资料不完整：" + a.says.GapReason})
		}
		return w
	},
})

func referredRule(f *folding, a said[Referred]) []Mark {
	r := a.says
	marks := f.custodian(a.by.Hospital)
	marks = append(marks, when(r.To == a.by.Hospital && r.SubSpecialty == "" && r.Person == "", "refers-to-itself")...)
	marks = append(marks, when(!r.To.IsZero() && !f.member(r.To), "not-a-member")...)
	return append(marks, when(len(r.Gaps) > 0 && strings.TrimSpace(r.GapReason) == "", "packet-gaps")...)
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
	var c checks
	c.text("reason", w.Reason, true)
	return c.err
}

// KindWithdrawn takes back the referral that it refers to.
var KindWithdrawn = define("case.referral-withdrawn", meaning[Withdrawn]{
	roles: desk, byHeader: true, act: true,
	rule: func(f *folding, a said[Withdrawn]) []Mark {
		r := f.referral(a.ref())
		if r == nil {
			return when(true, "no-referral")
		}
		return append(when(r.By.Hospital != a.by.Hospital, "not-referrer"), when(r.State == WithdrawnState, "referral-withdrawn")...)
	},
	fold: func(f *folding, a said[Withdrawn]) {
		r := f.referral(a.ref())
		r.State, r.Answered, r.Reason = WithdrawnState, a.when, a.says.Reason
	},
	words: func(a said[Withdrawn]) words {
		return words{lang.Text{En: "Referral withdrawn", Zh: "转诊已撤回"}, lines(a.says.Reason)}
	},
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
	var c checks
	c.date("by", a.By, true)
	c.need(a.Person != "" || a.Role != "", "an acceptance names who will answer: a person or a role")
	c.text("note", a.Note, false)
	return c.err
}

// KindAccepted takes on the referral that it refers to.
var KindAccepted = define("case.accepted", meaning[Accepted]{
	roles: desk, byHeader: true, act: true,
	rule: func(f *folding, a said[Accepted]) []Mark { return f.mayAnswer(a.entry) },
	fold: func(f *folding, a said[Accepted]) {
		r := f.referral(a.ref())
		r.State, r.Answered, r.Answer = AcceptedState, a.when, a.hash
		r.Answers = Owner{Hospital: a.by.Hospital, Person: a.says.Person, Name: a.says.Name, Role: a.says.Role}
		r.AnswerBy = a.says.By
	},
	words: func(a said[Accepted]) words {
		who := a.says.Name
		if who == "" {
			who = a.by.Name
		}
		return words{lang.Text{En: "Referral accepted; " + who + " answers", Zh: "接受转诊，由" + who + "答复"}, lines(a.says.Note)}
	},
})

// Declined says no, and why.
type Declined struct {
	Reason string `json:"reason"`
	Better string `json:"better,omitempty"` // who may be able to help, in words
}

// Check is the form of the body.
func (d *Declined) Check() error {
	var c checks
	c.text("reason", d.Reason, true)
	c.text("better", d.Better, false)
	return c.err
}

// KindDeclined says no to the referral that it refers to.
var KindDeclined = define("case.declined", meaning[Declined]{
	roles: desk, byHeader: true, act: true,
	rule: func(f *folding, a said[Declined]) []Mark { return f.mayAnswer(a.entry) },
	fold: func(f *folding, a said[Declined]) {
		r := f.referral(a.ref())
		r.State, r.Answered, r.Answer, r.Reason = DeclinedState, a.when, a.hash, a.says.Reason
	},
	words: func(a said[Declined]) words {
		return words{lang.Text{En: "Referral declined", Zh: "谢绝转诊"}, lines(a.says.Reason, a.says.Better)}
	},
})

// mayAnswer is the rule of every answer to a referral: its target, once, while it is pending.
func (f *folding) mayAnswer(e entry) []Mark {
	r := f.referral(e.ref())
	switch {
	case r == nil:
		return when(true, "no-referral")
	case r.Says.To != e.by.Hospital:
		return when(true, "not-asked")
	case r.State == WithdrawnState:
		return when(true, "referral-withdrawn")
	}
	return when(r.State != Pending, "referral-answered")
}

func (f *folding) referral(h ledger.Hash) *Referral {
	if i, ok := f.referrals[h]; ok {
		return &f.c.Referrals[i]
	}
	return nil
}
