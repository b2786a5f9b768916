package study

import (
	"slices"

	"consilium/ledger"
	"consilium/record"
	"consilium/study/protocol"
	"consilium/study/run"
)

// Protocol says a version of the study's protocol. It refers to the version that it replaces; approvals are of one version and do not pass on.
type Protocol struct {
	Version int64  `json:"version"`
	Source  string `json:"source"`         // the YAML file, byte for byte
	Note    string `json:"note,omitempty"` // what changed
}

// Check is the form of the body: a protocol has no mistakes.
func (p *Protocol) Check() error {
	var c record.Checks
	c.Need(p.Version >= 1, "version", "study.unfit.version")
	_, err := protocol.Parse([]byte(p.Source), "protocol")
	c.Need(err == nil, "source", "study.unfit.protocol")
	c.Text("note", p.Note, false)
	return c.Err()
}

var protocolEntry = record.Declare(KindProtocol, record.Meaning[*Study, Protocol]{
	Doc:     "A version of the protocol: the YAML file, byte for byte (docs/studies.md). By the hospital that keeps the study; refers to the version that it replaces. What is approved is the SHA-256 of the file, so approvals of one version do not pass on to the next.",
	Example: `{"version":1,"source":"format: 1\nid: mvd\ntitle: Technique of decompression\nquestion: Does the technique change how many are cured?\npathway: hfs-mvd\nvariables:\n  technique: {type: category, levels: [microscopic, endoscopic]}\n  age: {type: number, center: 55, scale: 10}\nexposure: technique\nanalyses:\n  - {id: table1, method: describe, by: technique, of: [age]}\n"}`,
	Roles:   writers, First: true, FirstSaid: true, // what was approved does not change: a correction is a new version
	Rule: func(s *Study, a record.Said[Protocol]) []record.Mark {
		newest := s.Current()
		return record.All(s.Custodian(a.By.Hospital), record.When(a.Says.Version != int64(len(s.Versions))+1, "version", "version"),
			record.When(newest != nil && !slices.Contains(a.Refs, newest.Hash), "not-newest"),
			record.When(s.Last() != nil && !s.Last().Done() && !s.Last().Over, "run-underway"))
	},
	Fold: func(s *Study, a record.Said[Protocol]) {
		parsed, err := protocol.Parse([]byte(a.Says.Source), "protocol")
		if err != nil {
			return // said by a release that knows more: shown, and nobody can approve it here
		}
		s.Versions = append(s.Versions, Version{Said: a, Parsed: parsed})
	},
	Words: func(a record.Said[Protocol]) record.Words {
		return record.Titled("study.told.protocol", map[string]any{"version": a.Says.Version}, record.Written(a.Says.Note)...)
	},

	Verb: "compare", Component: "protocol",
	Offer: func(s *Study, a *record.Asking) ([]ledger.Hash, bool) {
		return s.theProtocol(), s.keeps(a) && (s.Last() == nil || s.Last().Done() || s.Last().Over)
	},
})

// Approved is a hospital's approval of the protocol that it refers to, by who answers for its patients there.
type Approved struct {
	Protocol ledger.Hash `json:"protocol"`         // of the file's bytes: that one and no other
	Ethics   string      `json:"ethics"`           // the committee's approval here, or its waiver, with its number
	Waiver   string      `json:"waiver,omitempty"` // the number of a waiver of consent, granted there and in force then, under which patients who were not asked count too; empty: only who agreed to research
	Alone    bool        `json:"alone"`            // whether the run may be begun anew without this hospital, which shows what it had contributed to the rounds that are over
	Minimum  int64       `json:"minimum,omitzero"` // the least count that this hospital shows, where stricter than the protocol
	Note     string      `json:"note,omitempty"`

	// The least number of hospitals of a run, and of those who contribute to an analysis, for which figures leave this one; added later. Absent: 3, from which on masks hide them.
	// 2 and 1 are the hospital's word that others may read its own.
	Least int64 `json:"least,omitzero"`
	// Whether figures may leave although the node was restored from a backup and does not know all that left here before; added later. Absent: no.
	Forgotten bool `json:"forgotten,omitzero"`
}

// AtLeast is the least number of hospitals that the approval asks for.
func (p Approved) AtLeast() int {
	if p.Least == 0 {
		return run.MaskedFrom
	}
	return int(p.Least)
}

// Check is the form of the body.
func (p *Approved) Check() error {
	var c record.Checks
	c.Need(!p.Protocol.IsZero(), "protocol", "record.unfit.missing")
	c.Text("ethics", p.Ethics, true)
	c.Text("waiver", p.Waiver, false)
	c.Need(p.Minimum >= 0, "minimum", "study.unfit.minimum")
	c.Need(p.Least >= 0 && p.Least <= 1000, "least", "study.unfit.least")
	c.Text("note", p.Note, false)
	return c.Err()
}

var approvedEntry = record.Declare(KindApproved, record.Meaning[*Study, Approved]{
	Doc:     "By the head of a department, for a hospital's patients: that very protocol, by its hash, may be run on the rows here. `alone`: a run may be begun anew without this hospital, which shows what it had contributed. `waiver` is the number of a waiver of consent that was granted there and is in force, under which patients who were not asked count too: where it has ended or was revoked when the hospital's turn comes, its node does not go on; `minimum` a least count stricter than the protocol's; `least` the least number of hospitals of a run, and of those who contribute to an analysis, for which figures leave this one (3, where it is left out; fewer is this hospital's word that others may read its own); `forgotten`: figures may leave although the node was restored from a backup and lacks what left here since.",
	Example: `{"protocol":"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9","ethics":"Ethics committee, 2026-118","alone":false,"least":3}`,
	Roles:   heads, Act: record.Sign, Answers: true,
	Rule: func(s *Study, a record.Said[Approved]) []record.Mark {
		i := s.version(a.Ref())
		return record.All(record.When(i < 0, "no-protocol"), record.When(i >= 0 && i != len(s.Versions)-1, "protocol-replaced"),
			record.When(i >= 0 && s.Versions[i].Parsed.Hash != a.Says.Protocol, "protocol-other", "protocol"))
	},
	Fold: func(s *Study, a record.Said[Approved]) {
		v := &s.Versions[s.version(a.Ref())]
		v.Approved = record.Newest(v.Approved, a)
		v.Declined = record.Without(v.Declined, a.By.Hospital)
	},
	Words: func(a record.Said[Approved]) record.Words {
		return record.Titled("study.told.approved", nil, slices.Concat(record.Labeled("study.line.ethics", a.Says.Ethics),
			record.Labeled("study.line.waiver", a.Says.Waiver), record.Written(a.Says.Note))...)
	},

	Verb: "compare",
	Form: record.Form[*Study]{
		Asks: []record.Ask[*Study]{{Name: "ethics", Sort: record.Text, Needed: true}, {Name: "waiver", Sort: SortWaiver}, {Name: "minimum", Sort: record.Integer}, {Name: "least", Sort: record.Integer},
			{Name: "alone", Sort: record.Tick}, {Name: "forgotten", Sort: record.Tick}, {Name: "note", Sort: record.Long}},
		Finish: func(s *Study, _ *record.Asking, says record.Body) {
			if v := s.Current(); v != nil {
				says["protocol"] = v.Parsed.Hash
			}
		},
	},
	Start: func(s *Study, _ *record.Asking) Approved {
		if len(s.Log.Roster.Readers()) == 1 {
			return Approved{Least: 1} // nobody else reads the study
		}
		return Approved{Least: run.MaskedFrom}
	},
	Offer: func(s *Study, a *record.Asking) ([]ledger.Hash, bool) {
		v := s.Current()
		return s.theProtocol(), v != nil && (v.Approval(a.Here) == nil || s.Last() != nil && s.Last().haltedBy(a.Here) == HaltWaiver) && s.Withdrawn == nil
	},
})

// SortWaiver asks for one of the hospital's waivers of consent that are in force, which only its tables know.
const SortWaiver record.Sort = "waiver"

// Declined is a hospital's no to the protocol that it refers to. It also takes an approval back, for runs that have not begun.
type Declined struct {
	Reason string `json:"reason"`
}

// Check is the form of the body.
func (d *Declined) Check() error {
	var c record.Checks
	c.Text("reason", d.Reason, true)
	return c.Err()
}

var declinedEntry = record.Declare(KindDeclined, record.Meaning[*Study, Declined]{
	Doc:     "A hospital's no to the protocol that it refers to, with the reason. It also takes an approval back, for runs that this hospital has not joined.",
	Example: `{"reason":"Our series is too short to count."}`,
	Roles:   heads, Answers: true, Narrows: true, ByHeader: true,
	Rule: func(s *Study, a record.Said[Declined]) []record.Mark {
		return record.When(s.version(a.Ref()) < 0, "no-protocol")
	},
	Fold: func(s *Study, a record.Said[Declined]) {
		v := &s.Versions[s.version(a.Ref())]
		v.Declined = record.Newest(v.Declined, a)
		v.Approved = record.Without(v.Approved, a.By.Hospital)
	},
	Words: func(a record.Said[Declined]) record.Words {
		return record.Titled("study.told.declined", nil, record.Written(a.Says.Reason)...)
	},

	Verb: "compare",
	Form: record.Form[*Study]{Asks: []record.Ask[*Study]{{Name: "reason", Sort: record.Long, Needed: true}}},
	Offer: func(s *Study, a *record.Asking) ([]ledger.Hash, bool) {
		v := s.Current()
		return s.theProtocol(), v != nil && v.Refusal(a.Here) == nil && s.Withdrawn == nil
	},
})
