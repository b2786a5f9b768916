package study

import (
	"slices"

	"consilium/ledger"
	"consilium/record"
	"consilium/study/protocol"
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
	Roles: writers, First: true, FirstSaid: true, // what was approved does not change: a correction is a new version
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
})

// Approved is a hospital's approval of the protocol that it refers to, by who answers for its patients there.
type Approved struct {
	Protocol ledger.Hash `json:"protocol"`         // of the file's bytes: that one and no other
	Ethics   string      `json:"ethics"`           // the committee's approval here, or its waiver, with its number
	Alone    bool        `json:"alone"`            // whether the run may be begun anew without this hospital, which shows what it had contributed to the rounds that are over
	Minimum  int64       `json:"minimum,omitzero"` // the least count that this hospital shows, where stricter than the protocol
	Note     string      `json:"note,omitempty"`
}

// Check is the form of the body.
func (p *Approved) Check() error {
	var c record.Checks
	c.Need(!p.Protocol.IsZero(), "protocol", "record.unfit.missing")
	c.Text("ethics", p.Ethics, true)
	c.Need(p.Minimum >= 0, "minimum", "study.unfit.minimum")
	c.Text("note", p.Note, false)
	return c.Err()
}

var approvedEntry = record.Declare(KindApproved, record.Meaning[*Study, Approved]{
	Roles: heads, Act: record.Sign, Answers: true,
	Rule: func(s *Study, a record.Said[Approved]) []record.Mark {
		i := s.version(a.Ref())
		return record.All(record.When(i < 0, "no-protocol"), record.When(i >= 0 && i != len(s.Versions)-1, "protocol-replaced"),
			record.When(i >= 0 && s.Versions[i].Parsed.Hash != a.Says.Protocol, "protocol-other", "protocol"))
	},
	Fold: func(s *Study, a record.Said[Approved]) {
		v := &s.Versions[s.version(a.Ref())]
		v.Approved = append(without(v.Approved, a.By.Hospital), a)
		v.Declined = without(v.Declined, a.By.Hospital)
	},
	Words: func(a record.Said[Approved]) record.Words {
		return record.Titled("study.told.approved", nil, append(record.Labeled("study.line.ethics", a.Says.Ethics), record.Written(a.Says.Note)...)...)
	},
})

// without leaves out what a hospital said before.
func without[B any](list []record.Said[B], h ledger.HospitalID) []record.Said[B] {
	return slices.DeleteFunc(slices.Clone(list), func(a record.Said[B]) bool { return a.By.Hospital == h })
}

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
	Roles: heads, Answers: true, Narrows: true, ByHeader: true,
	Rule: func(s *Study, a record.Said[Declined]) []record.Mark {
		return record.When(s.version(a.Ref()) < 0, "no-protocol")
	},
	Fold: func(s *Study, a record.Said[Declined]) {
		v := &s.Versions[s.version(a.Ref())]
		v.Declined = append(without(v.Declined, a.By.Hospital), a)
		v.Approved = without(v.Approved, a.By.Hospital)
	},
	Words: func(a record.Said[Declined]) record.Words {
		return record.Titled("study.told.declined", nil, record.Written(a.Says.Reason)...)
	},
})
