package casebook

import (
	"math"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// PlannedStep is one step of the operation as planned.
type PlannedStep struct {
	Step string `json:"step"` // id of the pack's step, or a name of one's own
	Text string `json:"text,omitempty"`
}

// Plan is one version of what is to be done. A version is never changed: a better plan is a new version that names those it replaces.
type Plan struct {
	Version  int64               `json:"version"` // 1, 2, …
	Title    string              `json:"title"`
	Text     string              `json:"text,omitempty"`
	Form     string              `json:"form,omitempty"`
	Values   pathway.Values      `json:"values,omitempty"` // what the pack's plan template fixes
	Steps    []PlannedStep       `json:"steps,omitempty"`
	Guidance string              `json:"guidance,omitempty"` // "none", "remote_opinion", "remote_live", "expert_assists", …
	Operator Owner               `json:"operator,omitzero"`
	Signers  []ledger.HospitalID `json:"signers"`         // the hospitals that must sign
	Rests    []Rest              `json:"rests,omitempty"` // what was made in the surgery lab that it rests on
}

// Guidances are the ways in which an expert may help with an operation.
var Guidances = []string{"none", "remote_opinion", "remote_live", "expert_assists", "expert_operates_local_assists", "expert_operates"}

// Check is the form of the body.
func (p *Plan) Check() error {
	var c record.Checks
	c.Need(p.Version >= 1, "version", "case.unfit.first")
	c.Text("title", p.Title, true)
	c.Text("text", p.Text, false)
	c.Need(len(p.Values) == 0 || p.Form != "", "form", "case.unfit.form")
	c.MayCode("guidance", p.Guidance, Guidances...)
	c.Need(len(p.Signers) > 0, "signers", "case.unfit.signers")
	signs := map[ledger.HospitalID]bool{}
	for _, s := range p.Signers {
		c.Hospital("signers", s)
		c.Need(!signs[s], "signers", "case.unfit.signer-twice")
		signs[s] = true
	}
	for _, s := range p.Steps {
		c.Text("steps", s.Step, true)
	}
	c.Need(len(p.Rests) <= mostRests, "rests", "case.unfit.rests")
	for i := range p.Rests {
		p.Rests[i].check(&c)
	}
	return c.Err()
}

// KindPlan says a version of the plan. It refers to every version that it replaces.
const KindPlan = "case.plan"

var planEntry = record.Declare(KindPlan, record.Meaning[*folding, Plan]{
	Doc:        "One version of the plan. A new version has the next number and names in `refs` every version that it replaces. The hospital with custody is among the `signers`. `rests` are what was made in the surgery lab that the plan rests on, by the SHA-256 of their files, so that a signature stands for them too. Guidance: none, remote_opinion, remote_live, expert_assists, expert_operates_local_assists, expert_operates.",
	Example:    `{"version":1,"title":"Endoscopic decompression, left","form":"plan","values":{"procedure":"mvd_endoscopic"},"steps":[{"step":"open"},{"step":"decompress","text":"Transposition with sling"}],"guidance":"expert_assists","operator":{"hospital":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6","person":"k7x2m4","name":"Dr. Lin"},"signers":["AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6"]}`,
	Roles:      clinicians,
	KeepUndone: true,
	Rule:       planRule,
	Fold: func(f *folding, a record.Said[Plan]) {
		f.plans[a.Hash] = len(f.c.Plans)
		changed := f.ChangedAt(a.Hash)
		f.c.Plans = append(f.c.Plans, PlanVersion{Said: a, Changed: changed != record.Never, Retracted: a.Undone != record.Never, changedAt: changed, after: f.knew(a.Hash).done()})
		f.c.heads(f)
	},
	List: record.Elsewhere, Views: []record.View{record.Shows("plans", plansShown)}, Panel: "plan",
	Words: func(a record.Said[Plan]) record.Words {
		version := map[string]any{"version": a.Says.Version, "title": a.Says.Title}
		return record.Titled("case.told.plan", version, record.Written(a.Says.Text)...)
	},

	Verb: "plan",
	Form: record.Form[*folding]{Beside: true, Pack: "plan", Attach: true, Finish: finishPlan, Asks: []record.Ask[*folding]{
		{Name: "title", Sort: record.Text, Needed: true},
		{Name: "text", Sort: record.Long},
		{Name: "steps", Sort: "steps"},
		{Name: "guidance", Sort: record.Code, Codes: Guidances, List: "case.guidance", From: "guidance_mode"},
		{Name: "operator", Sort: "operator"},
		{Name: "signers", Sort: record.Hospitals, Needed: true},
	}},
	Start: startPlan,
	Offer: func(f *folding, _ *record.Asking) ([]ledger.Hash, bool) { return f.c.headHashes(), true },
})

func planRule(f *folding, a record.Said[Plan]) []record.Mark {
	p := a.Says
	newest := int64(0)
	left := false
	for _, i := range f.c.PlanHeads {
		newest = max(newest, f.c.Plans[i].Says.Version)
		left = left || !slices.Contains(a.Refs, f.c.Plans[i].Hash)
	}
	marks := record.When(left, "not-newest")
	marks = append(marks, record.When(p.Version != newest+1, "version")...)
	marks = append(marks, record.When(!slices.Contains(p.Signers, f.Keeper), "custodian-signs")...)
	return append(marks, record.When(slices.ContainsFunc(p.Signers, func(h ledger.HospitalID) bool { return !f.Member(h) }), "signer-member")...)
}

// heads finds the versions that no other one replaces. More than one is a dispute. A retracted version replaces nothing; who replaces it
// replaces also what it had replaced.
func (c *Case) heads(f *folding) {
	replaced := map[int]bool{}
	var replace func(refs []ledger.Hash)
	replace = func(refs []ledger.Hash) {
		for _, h := range refs {
			if i, ok := f.plans[h]; ok && !replaced[i] {
				replaced[i] = true
				if c.Plans[i].Retracted {
					replace(c.Plans[i].Refs)
				}
			}
		}
	}
	for _, p := range c.Plans {
		if !p.Retracted {
			replace(p.Refs)
		}
	}
	c.PlanHeads = nil
	for i, p := range c.Plans {
		if !replaced[i] && !p.Retracted {
			c.PlanHeads = append(c.PlanHeads, i)
		}
	}
}

// PlanSigned signs the entry of a plan by its hash: that version and nothing else.
type PlanSigned struct {
	Meaning string `json:"meaning"` // "approve", "approve_with_note", "take_part"
	Note    string `json:"note,omitempty"`
}

// Meanings are what a signature may mean.
var Meanings = []string{"approve", "approve_with_note", "take_part"}

// Check is the form of the body.
func (s *PlanSigned) Check() error {
	var c record.Checks
	c.Code("meaning", s.Meaning, Meanings...)
	c.Text("note", s.Note, s.Meaning == "approve_with_note")
	return c.Err()
}

// KindPlanSigned signs the plan that it refers to, for the hospital.
const KindPlanSigned = "case.plan-signed"

var planSignedEntry = record.Declare(KindPlanSigned, record.Meaning[*folding, PlanSigned]{
	Doc:     "Signs the plan in `refs[0]` by its hash, for the hospital: once, on the only version that none replaces, unchanged since. Meanings: approve, approve_with_note, take_part.",
	Example: `{"meaning":"approve"}`,
	Act:     record.Sign, Roles: operators, ByHeader: true, Answers: true, KeepUndone: true,
	Rule: func(f *folding, a record.Said[PlanSigned]) []record.Mark {
		i, ok := f.plans[a.Ref()]
		switch {
		case !ok:
			return record.When(true, "no-plan")
		case len(f.c.PlanHeads) > 1 && slices.Contains(f.c.PlanHeads, i):
			return record.When(true, "plan-disputed")
		case !slices.Contains(f.c.PlanHeads, i):
			return record.When(true, "plan-replaced")
		case f.c.Plans[i].changedAt < a.Place:
			return record.When(true, "plan-changed")
		}
		return record.When(f.c.Plans[i].signature(a.By.Hospital, a.Place) != nil, "signed-twice")
	},
	Fold: func(f *folding, a record.Said[PlanSigned]) {
		p := &f.c.Plans[f.plans[a.Ref()]]
		p.Signatures = append(p.Signatures, Signature{Said: a, Withdrawn: a.Undone != record.Never, at: a.Place, undoneAt: a.Undone})
	},
	List: record.Elsewhere,
	Words: func(a record.Said[PlanSigned]) record.Words {
		return record.Titled("case.told.plan-signed", nil, record.Written(a.Says.Note)...)
	},

	Component: "sign",
	Form: record.Form[*folding]{Beside: true, Asks: []record.Ask[*folding]{
		{Name: "meaning", Sort: record.Code, Needed: true, Codes: Meanings, List: "case.meaning"},
		{Name: "note", Sort: record.Long},
	}},
	Start: func(*folding, *record.Asking) PlanSigned { return PlanSigned{Meaning: Meanings[0]} },
	Offer: planNow,
})

// signature is the one that a hospital's name stands under at a place in folding order.
func (p *PlanVersion) signature(h ledger.HospitalID, at int) *Signature {
	for i := range p.Signatures {
		if s := &p.Signatures[i]; s.By.Hospital == h && s.at < at && s.undoneAt > at {
			return s
		}
	}
	return nil
}

// signedAt tells whether the plan was signed by everybody who must, and unchanged, at a place in folding order.
func (p *PlanVersion) signedAt(at int) bool {
	return p.changedAt > at && len(p.Says.Signers) > 0 && len(p.missing(at)) == 0
}

func (p *PlanVersion) missing(at int) []ledger.HospitalID {
	var list []ledger.HospitalID
	for _, h := range p.Says.Signers {
		if p.signature(h, at) == nil {
			list = append(list, h)
		}
	}
	return list
}

// end is a place after every entry.
const end = math.MaxInt - 1

// Signed tells whether everybody who must has signed the version as it stands.
func (p *PlanVersion) Signed() bool { return p.signedAt(end) }

// Missing are the hospitals that have still to sign.
func (p *PlanVersion) Missing() []ledger.HospitalID { return p.missing(end) }

// Scheduled fixes day, place and people of the operation.
type Scheduled struct {
	Date      string            `json:"date"` // perhaps with the time
	Hospital  ledger.HospitalID `json:"hospital"`
	Place     string            `json:"place,omitempty"` // theater or ward
	Side      string            `json:"side,omitempty"`  // "left", "right", "bilateral": as the theater list has it
	Operator  Owner             `json:"operator,omitzero"`
	Procedure string            `json:"procedure,omitempty"` // code of the pack
	Visit     ledger.ThreadID   `json:"visit,omitzero"`      // the visit under which an expert comes
	Note      string            `json:"note,omitempty"`
	Confirmed Confirmed         `json:"confirmed,omitzero"`
}

// Check is the form of the body.
func (s *Scheduled) Check() error {
	var c record.Checks
	s.Confirmed.check(&c)
	c.Date("date", s.Date, true)
	c.Hospital("hospital", s.Hospital)
	c.MayCode("side", s.Side, Sides...)
	c.Text("note", s.Note, false)
	return c.Err()
}

// KindScheduled fixes the day. Said again, it moves it.
const KindScheduled = "case.scheduled"

var scheduledEntry = record.Declare(KindScheduled, record.Meaning[*folding, Scheduled]{
	Doc:     "Day, place and operator. Said again, it moves the day. `visit` is the visit under which an expert comes. `confirmed` says why it is so what is odd about it.",
	Example: `{"date":"2026-04-01T08:30+08:00","hospital":"AEBA-GAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-Z4Z6","place":"Theater 3","procedure":"mvd_endoscopic"}`,
	Roles:   desk,
	Fold: func(f *folding, a record.Said[Scheduled]) {
		k := a
		f.c.Scheduled, f.c.scheduledAfter = &k, f.knew(a.Hash).begun()
		f.confirm(a.Entry, a.Says.Confirmed)
	},
	Words: func(a record.Said[Scheduled]) record.Words {
		date := lang.Text{En: lang.PartialDate(lang.English, a.Says.Date), Zh: lang.PartialDate(lang.Chinese, a.Says.Date)}
		return record.Titled("case.told.scheduled", map[string]any{"date": date}, record.Written(a.Says.Place, a.Says.Note)...)
	},

	Verb: "plan",
	Form: record.Form[*folding]{Beside: true, Asks: []record.Ask[*folding]{
		{Name: "date", Sort: record.DateTime, Needed: true},
		{Name: "hospital", Sort: record.Hospital, Needed: true},
		{Name: "place", Sort: record.Text},
		{Name: "visit", Sort: "visit"},
		{Name: "operator", Sort: "operator"},
		{Name: "procedure", Sort: record.Code, Options: procedureOptions},
		{Name: "side", Sort: record.Code, Codes: Sides, List: "case.side"},
		{Name: "note", Sort: record.Long},
	}},
	Start: startSchedule,
	Offer: planNow,
})
