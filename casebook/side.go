package casebook

import (
	"slices"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// SideSource is one place where the side is said, beside the case itself.
type SideSource struct {
	Entry   ledger.Hash
	Kind    string
	By      record.Author
	When    string
	Side    string
	Agrees  bool                      // with the case
	Settled *record.Said[SideSettled] // who said which side it is, and why this one differs; nil: nobody, or it agrees
}

// SideSettled says which side it is after all, and why something else was said: the entries that its writer knew of are settled by it, and what they say stays as it was.
type SideSettled struct {
	Side   string `json:"side"` // "left", "right", "bilateral"
	Reason string `json:"reason"`
	With   string `json:"with"` // the second person who confirms it, by name
}

// Check is the form of the body.
func (s *SideSettled) Check() error {
	var c record.Checks
	c.Code("side", s.Side, Sides...)
	c.Text("reason", s.Reason, true)
	c.Text("with", s.With, true)
	c.Short("with", s.With, 200)
	return c.Err()
}

// KindSideSettled settles which side it is.
const KindSideSettled = "case.side-settled"

// sideWords is where the words of this kind stand in the phrase files.
const sideWords = "case.entry.side-settled"

var sideSettledEntry = record.Declare(KindSideSettled, record.Meaning[*folding, SideSettled]{
	Doc:     "Which side it is after all, why something else was said, and the second person who confirms it. It is the side of the case from then on; what earlier entries say differently is settled by it and stays visible. The other way is to correct `case.opened`, or the entry that is wrong.",
	Example: `{"side":"left","reason":"The theater list was typed from the film, seen from behind.","with":"He Jing"}`,
	Roles:   clinicians,
	Fold: func(f *folding, a record.Said[SideSettled]) {
		f.c.Side = a.Says.Side
		f.settled = append(slices.Clip(f.settled), a)
	},
	Words: func(a record.Said[SideSettled]) record.Words {
		return record.Titled(sideWords+".told", map[string]any{"side": lang.Named("case.side", a.Says.Side), "with": a.Says.With}, record.Written(a.Says.Reason)...)
	},

	Verb: "plan",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{
		{Name: "side", Sort: record.Code, Needed: true, Codes: Sides, List: "case.side"},
		{Name: "reason", Sort: record.Long, Needed: true},
		{Name: "with", Sort: record.Text, Needed: true},
	}},
})

// sideDiffers tells whether something is said of another side than the case is of. Of a disease of both sides one may be operated on.
func sideDiffers(ofCase, said string) bool {
	return ofCase != "" && said != "" && said != ofCase && ofCase != "bilateral"
}

// sideIn is the side that answers to a pack's form speak of.
func sideIn(v pathway.Values) string {
	side, _ := v["side"].AsString()
	return side
}

// sides gathers where the side is said, as far as it still matters: not in a referral that was declined, a plan that was replaced or an operation done elsewhere.
func (f *folding) sides() {
	c := f.c
	c.Sides, c.SideDisputed = nil, false
	add := func(e record.Entry, kind, side string) {
		if side == "" {
			return
		}
		s := SideSource{Entry: e.Hash, Kind: kind, By: e.By, When: e.When, Side: side, Agrees: !sideDiffers(c.Side, side)}
		if !s.Agrees {
			s.Settled = f.settles(e.Hash)
			c.SideDisputed = c.SideDisputed || s.Settled == nil
		}
		c.Sides = append(c.Sides, s)
	}
	for _, r := range c.Referrals {
		if r.State == Pending || r.State == AcceptedState {
			add(r.Entry, KindReferred, sideIn(r.Says.Values))
		}
	}
	for _, i := range c.PlanHeads {
		add(c.Plans[i].Entry, KindPlan, sideIn(c.Plans[i].Says.Values))
	}
	if s := c.Scheduled; s != nil {
		add(s.Entry, KindScheduled, s.Says.Side)
	}
	for _, s := range c.SafetyChecks {
		add(s.Entry, KindSafetyCheck, s.Says.Side)
	}
	for _, o := range c.Operations {
		if o.Says.Elsewhere == "" {
			add(o.Entry, KindOperation, sideIn(o.Says.Values))
		}
	}
}

// settles is what settled an entry that speaks of another side: what was said by somebody who knew of it.
func (f *folding) settles(entry ledger.Hash) *record.Said[SideSettled] {
	for i := range f.settled {
		if f.Log.Follows(f.settled[i].Hash, entry) {
			return &f.settled[i]
		}
	}
	return nil
}

// markSides marks in the timeline what speaks of another side than the case, until it is settled.
func (f *folding) markSides() {
	for _, s := range f.c.Sides {
		if s.Agrees || s.Settled != nil {
			continue
		}
		f.mark(s.Entry, stopMark("side-differs", ""))
	}
}

// SideSources counts where the side is said: as the case has it or settled, and otherwise.
func (c *Case) SideSources() (agree, differ int) {
	for _, s := range c.Sides {
		if s.Agrees || s.Settled != nil {
			agree++
		} else {
			differ++
		}
	}
	return agree, differ
}

func stopMark(code, field string) record.Mark {
	return record.Mark{Code: code, Field: field, Text: lang.Phrase("case.stop."+code, nil)}
}

// needsAgreement are the kinds that nobody says while the side is in dispute.
var needsAgreement = []string{KindPlanSigned, KindScheduled, KindSafetyCheck, KindOperation}

// checkSide stops a writer whose words are of another side than the case, or who would act while the side is in dispute. It stops here only: at every reader the fold
// marks what differs, whoever wrote it and with which release.
func (f *folding) checkSide(kind string, says []byte) error {
	var body struct {
		Side      string         `json:"side"`
		Elsewhere string         `json:"elsewhere"`
		Values    pathway.Values `json:"values"`
	}
	if f.c.History != "" || jsonv2.Unmarshal(says, &body, quickValues) != nil {
		return nil
	}
	side, field := body.Side, "side"
	if side == "" {
		side, field = sideIn(body.Values), "v.side"
	}
	said := slices.Contains([]string{KindReferred, KindPlan, KindScheduled, KindSafetyCheck, KindOperation}, kind)
	switch {
	case body.Elsewhere != "":
	case said && sideDiffers(f.c.Side, side):
		return &record.Stopped{Marks: []record.Mark{stopMark("side-differs", field)}}
	case f.c.SideDisputed && slices.Contains(needsAgreement, kind):
		return &record.Stopped{Marks: []record.Mark{stopMark("side-disputed", "")}}
	}
	return nil
}
