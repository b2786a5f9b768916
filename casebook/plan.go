package casebook

import (
	"math"
	"slices"
	"strconv"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
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
	Signers  []ledger.HospitalID `json:"signers"` // the hospitals that must sign
}

// Guidances are the ways in which an expert may help with an operation.
var Guidances = []string{"none", "remote_opinion", "remote_live", "expert_assists", "expert_operates_local_assists", "expert_operates"}

// Check is the form of the body.
func (p *Plan) Check() error {
	var c checks
	c.need(p.Version >= 1, "versions count from 1")
	c.text("title", p.Title, true)
	c.text("text", p.Text, false)
	c.need(len(p.Values) == 0 || p.Form != "", "answers name the form that they belong to")
	c.mayCode("guidance", p.Guidance, Guidances...)
	c.need(len(p.Signers) > 0, "a plan names the hospitals that must sign it")
	signs := map[ledger.HospitalID]bool{}
	for _, s := range p.Signers {
		c.hospital("a signer", s)
		c.need(!signs[s], "a signer stands twice")
		signs[s] = true
	}
	for _, s := range p.Steps {
		c.text("a step", s.Step, true)
	}
	return c.err
}

// KindPlan says a version of the plan. It refers to every version that it replaces.
var KindPlan = define("case.plan", meaning[Plan]{
	roles:      clinicians,
	keepUndone: true,
	rule:       planRule,
	values:     func(p Plan) (string, pathway.Values) { return p.Form, p.Values },
	fold: func(f *folding, a said[Plan]) {
		f.plans[a.hash] = len(f.c.Plans)
		changed, ok := f.changed[a.hash]
		if !ok {
			changed = never
		}
		f.c.Plans = append(f.c.Plans, PlanVersion{Said: a.keep(), Changed: ok, Retracted: a.undone != never, changedAt: changed, after: f.knew(a.hash).done()})
		f.c.heads(f)
	},
	words: func(a said[Plan]) words {
		n := strconv.FormatInt(a.says.Version, 10)
		return words{lang.Text{En: "Plan, version " + n + ": " + a.says.Title, Zh: "手术方案第" + n + "版：" + a.says.Title}, lines(a.says.Text)}
	},
})

func planRule(f *folding, a said[Plan]) []Mark {
	p := a.says
	newest := int64(0)
	left := false
	for _, i := range f.c.PlanHeads {
		newest = max(newest, f.c.Plans[i].Says.Version)
		left = left || !slices.Contains(a.refs, f.c.Plans[i].Hash)
	}
	marks := when(left, "not-newest")
	marks = append(marks, when(p.Version != newest+1, "version")...)
	marks = append(marks, when(!slices.Contains(p.Signers, f.custody.keeper), "custodian-signs")...)
	return append(marks, when(slices.ContainsFunc(p.Signers, func(h ledger.HospitalID) bool { return !f.member(h) }), "signer-member")...)
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

// Check is the form of the body.
func (s *PlanSigned) Check() error {
	var c checks
	c.code("meaning", s.Meaning, "approve", "approve_with_note", "take_part")
	c.text("note", s.Note, s.Meaning == "approve_with_note")
	return c.err
}

// KindPlanSigned signs the plan that it refers to, for the hospital.
var KindPlanSigned = define("case.plan-signed", meaning[PlanSigned]{
	roles: operators, byHeader: true, act: true, keepUndone: true,
	rule: func(f *folding, a said[PlanSigned]) []Mark {
		i, ok := f.plans[a.ref()]
		switch {
		case !ok:
			return when(true, "no-plan")
		case len(f.c.PlanHeads) > 1 && slices.Contains(f.c.PlanHeads, i):
			return when(true, "plan-disputed")
		case !slices.Contains(f.c.PlanHeads, i):
			return when(true, "plan-replaced")
		case f.c.Plans[i].changedAt < a.at:
			return when(true, "plan-changed")
		}
		return when(f.c.Plans[i].signature(a.by.Hospital, a.at) != nil, "signed-twice")
	},
	fold: func(f *folding, a said[PlanSigned]) {
		p := &f.c.Plans[f.plans[a.ref()]]
		p.Signatures = append(p.Signatures, Signature{Said: a.keep(), Withdrawn: a.undone != never, at: a.at, undoneAt: a.undone})
	},
	words: func(a said[PlanSigned]) words {
		return words{lang.Text{En: "Plan signed", Zh: "方案已签署"}, lines(a.says.Note)}
	},
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
	Operator  Owner             `json:"operator,omitzero"`
	Procedure string            `json:"procedure,omitempty"` // code of the pack
	Visit     ledger.ThreadID   `json:"visit,omitzero"`      // the visit under which an expert comes
	Note      string            `json:"note,omitempty"`
}

// Check is the form of the body.
func (s *Scheduled) Check() error {
	var c checks
	c.date("date", s.Date, true)
	c.hospital("where", s.Hospital)
	c.text("note", s.Note, false)
	return c.err
}

// KindScheduled fixes the day. Said again, it moves it.
var KindScheduled = define("case.scheduled", meaning[Scheduled]{
	roles: desk,
	fold: func(f *folding, a said[Scheduled]) {
		k := a.keep()
		f.c.Scheduled, f.c.scheduledAfter = &k, f.knew(a.hash).begun()
	},
	words: func(a said[Scheduled]) words {
		return words{lang.Text{En: "Operation scheduled for " + lang.PartialDate(lang.English, a.says.Date),
			Zh: "手术安排于" + lang.PartialDate(lang.Chinese, a.says.Date)}, lines(a.says.Place, a.says.Note)}
	},
})
