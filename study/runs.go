package study

import (
	"crypto/ecdh"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/study/disclosure"
	"consilium/study/mask"
	"consilium/study/run"
)

// Begun begins a run of the protocol that it refers to, with hospitals that approved it. A run that goes on without a hospital of the one before shows that hospital's part,
// so each such hospital must have allowed it.
type Begun struct {
	Hospitals []ledger.HospitalID `json:"hospitals"`
	Reason    string              `json:"reason,omitempty"` // why it begins anew
}

// Check is the form of the body.
func (b *Begun) Check() error {
	var c record.Checks
	c.Need(len(b.Hospitals) > 0, "hospitals", "record.unfit.missing")
	c.Need(len(b.Hospitals) <= 1000, "hospitals", "study.unfit.number")
	sorted := slices.Clone(b.Hospitals)
	slices.SortFunc(sorted, compareHospitals)
	c.Need(len(slices.Compact(sorted)) == len(b.Hospitals), "hospitals", "study.unfit.twice")
	c.Text("reason", b.Reason, false)
	return c.Err()
}

func compareHospitals(a, b ledger.HospitalID) int { return slices.Compare(a[:], b[:]) }

var runEntry = record.Declare(KindRun, record.Meaning[*Study, Begun]{
	Doc:     "Begins a run of the protocol that it refers to, with hospitals that approved it. Where it takes the place of a run under way, `reason` says why.",
	Example: `{"hospitals":["AEBA-GBAF-AYDQ-QCIK-BMGA-2DQP-CAIR-EEYU-FFTZ"]}`,
	Roles:   writers, Answers: true,
	Rule: func(s *Study, a record.Said[Begun]) []record.Mark {
		i := s.version(a.Ref())
		if i < 0 || i != len(s.Versions)-1 {
			return record.When(true, "protocol-replaced")
		}
		v := &s.Versions[i]
		unasked := slices.ContainsFunc(a.Says.Hospitals, func(h ledger.HospitalID) bool { return v.Approval(h) == nil })
		return record.All(s.Custodian(a.By.Hospital), record.When(unasked, "not-approved", "hospitals"),
			record.When(s.exposes(i, a.Says.Hospitals), "exposes", "hospitals"), record.When(v.asksForMore(len(a.Says.Hospitals), a.Says.Hospitals), "few-hospitals", "hospitals"),
			record.When(s.Last() != nil && s.Last().Version == i && s.Last().Done(), "run-done"))
	},
	Fold: func(s *Study, a record.Said[Begun]) {
		if last := s.Last(); last != nil {
			last.Over = true
		}
		s.Runs = append(s.Runs, Run{Said: a, Version: s.version(a.Ref())})
	},
	Words: func(a record.Said[Begun]) record.Words {
		return record.Titled("study.told.run", map[string]any{"count": len(a.Says.Hospitals)}, record.Written(a.Says.Reason)...)
	},

	Verb: "compare",
	Form: record.Form[*Study]{Asks: []record.Ask[*Study]{{Name: "hospitals", Sort: record.Codes, Needed: true, Options: approving}, {Name: "reason", Sort: record.Long, Unless: func(s *Study, _ *record.Asking) bool { return s.Last() == nil }}}},
	Start: func(s *Study, a *record.Asking) (b Begun) {
		if v := s.Current(); v != nil {
			for _, yes := range v.Approved {
				b.Hospitals = append(b.Hospitals, yes.By.Hospital)
			}
		}
		return b
	},
	Offer: func(s *Study, a *record.Asking) ([]ledger.Hash, bool) {
		v, r := s.Current(), s.Last()
		return s.theProtocol(), s.keeps(a) && v != nil && len(v.Approved) > 0 && s.Withdrawn == nil && (r == nil || r.Version != len(s.Versions)-1 || !r.Done())
	},
})

// approving are the hospitals that approved the protocol.
func approving(s *Study, a *record.Asking) (list []record.Option) {
	if v := s.Current(); v != nil {
		for _, yes := range v.Approved {
			list = append(list, record.Option{Value: yes.By.Hospital.String(), Label: lang.Same(a.Name(yes.By.Hospital))})
		}
	}
	return list
}

// asksForMore tells whether an approval of one of these hospitals names more hospitals than there are.
func (v *Version) asksForMore(n int, hospitals []ledger.HospitalID) bool {
	return slices.ContainsFunc(hospitals, func(h ledger.HospitalID) bool {
		a := v.Approval(h)
		return a != nil && int(a.Says.Least) > n
	})
}

// exposes tells whether going on with these hospitals would show what another one contributed to rounds that are over, although it has not allowed that.
func (s *Study) exposes(version int, hospitals []ledger.HospitalID) bool {
	last := s.Last()
	if last == nil || last.Version != version || last.Fold == nil || last.Fold.Round == 1 && len(last.Contributions) == 0 {
		return false
	}
	return slices.ContainsFunc(last.Says.Hospitals, func(h ledger.HospitalID) bool {
		approval := s.Versions[version].Approval(h)
		return !slices.Contains(hospitals, h) && (approval == nil || !approval.Says.Alone)
	})
}

// Joined is a hospital's part in a run before the first round: a key made for this run, the freeze of its rows, and which analyses it contributes to. Why it does not to
// others is nobody else's to know.
type Joined struct {
	Key    []byte      `json:"key"`    // X25519, public
	Freeze ledger.Hash `json:"freeze"` // of the frozen rows, salted
	Takes  []bool      `json:"takes"`  // one for each analysis, in the protocol's order

	// How figures are masked, [mask.Version]; added later. Absent: the first way, in which a copied key opened others. Nobody contributes to a run of such masks any more.
	Masks int64 `json:"masks,omitzero"`
	// How many hospitals have to contribute to an analysis for this one to; added later. Absent: any.
	Least int64 `json:"least,omitzero"`
	// By which rules this node takes a step, [run.Rules]; added later. Absent: the first, in which one analysis that cannot go on halts the run.
	Rules int64 `json:"rules,omitzero"`
}

// Check is the form of the body.
func (j *Joined) Check() error {
	var c record.Checks
	_, err := ecdh.X25519().NewPublicKey(j.Key)
	c.Need(err == nil, "key", "study.unfit.key")
	c.Need(!j.Freeze.IsZero(), "freeze", "record.unfit.missing")
	c.Need(len(j.Takes) > 0, "takes", "record.unfit.missing")
	c.Need(j.Masks >= 0, "masks", "study.unfit.masks")
	c.Need(j.Least >= 0 && j.Least <= 1000, "least", "study.unfit.least")
	c.Need(j.Rules >= 0, "rules", "study.unfit.masks")
	return c.Err()
}

var joinedEntry = record.Declare(KindJoined, record.Meaning[*Study, Joined]{
	Doc:     "By a hospital's node, before the first round: the public key made for this run, the salted hash of the rows frozen for it, and to which analyses it contributes. Why it does not to others stays at home. `masks` is the way in which figures are masked: 2 binds each mask to both hospitals and both keys, and no key may have been said before in the study; nobody contributes to a run in which a hospital masks otherwise. An analysis to which fewer than `least` hospitals contribute is not made where one of them said so. `rules`: 2 where this node lets one analysis end alone; where one hospital of the run has less, nobody withholds.",
	Example: `{"key":"DWpqrMqk9ym1F4WqFHSmVxIBfvpMKPdGpRPfxJCTr1s=","freeze":"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9","takes":[true,false],"masks":2,"least":3,"rules":2}`,
	Roles:   machines, Answers: true, FirstSaid: true, // figures were masked for these keys: nothing said later changes them
	Rule: func(s *Study, a record.Said[Joined]) []record.Mark {
		r := s.runOf(a.Ref())
		if r == nil || r.Over {
			return record.When(true, "no-run")
		}
		analyses := len(s.Versions[r.Version].Parsed.Analyses)
		return record.All(record.When(!r.Member(a.By.Hospital), "not-in-run"), record.When(r.JoinedBy(a.By.Hospital) != nil, "joined-twice"),
			record.When(len(a.Says.Takes) != analyses, "takes", "takes"), record.When(a.Says.Masks >= mask.Version && !s.fresh(a.Says.Key), "key", "key"))
	},
	Fold: func(s *Study, a record.Said[Joined]) {
		r := s.runOf(a.Ref())
		r.Joined = append(r.Joined, a)
		if print, err := prints.of(a.Says.Key); err == nil {
			s.keys[print] = true
		}
		if len(r.Joined) == len(r.Says.Hospitals) {
			r.begin(s)
		}
	},
	Words: func(a record.Said[Joined]) record.Words { return record.Titled("study.told.joined", nil) },

	Component: record.ByNode,
	Offer:     func(*Study, *record.Asking) ([]ledger.Hash, bool) { return nil, false },
})

// fresh tells whether a key gives secrets that no key said in this study before gives: not another hospital's, not one of an earlier run.
func (s *Study) fresh(key []byte) bool {
	own, err := prints.of(key)
	return err == nil && !s.keys[own]
}

// begin begins the rounds once everybody has joined.
func (r *Run) begin(s *Study) {
	var members []run.Member
	var joined []ledger.Hash
	for _, j := range r.Joined {
		key, err := ecdh.X25519().NewPublicKey(j.Says.Key)
		if err != nil {
			return // the form's check marks it
		}
		members = append(members, run.Member{Hospital: j.By.Hospital, Key: key, Freeze: j.Says.Freeze, Takes: j.Says.Takes, Least: int(j.Says.Least), Rules: int(j.Says.Rules)})
		joined = append(joined, j.Hash)
	}
	slices.SortFunc(joined, func(a, b ledger.Hash) int { return slices.Compare(a[:], b[:]) })
	parsed := s.Versions[r.Version].Parsed
	r.key = keyOf(parsed.Hash, joined...)
	fold, err := steps.of(r.key, func() (*run.Run, error) { return run.Begin(parsed, members) })
	if err != nil {
		r.Fault = err.Error()
		return
	}
	r.Fold, r.Contributions = fold, map[ledger.HospitalID]Given{}
	r.Rounds = []Round{{Number: 1}}
}

// Given is a contribution to the round under way, and the entry that said it.
type Given struct {
	Entry ledger.Hash
	run.Contribution
}

// Contribution is what a hospital says in one round of the run that it refers to. It is said once.
type Contribution struct {
	Round  int64       `json:"round"`
	From   ledger.Hash `json:"from"`           // the step that it starts from
	Masked []byte      `json:"masked"`         // 16 bytes a figure
	Open   []byte      `json:"open,omitempty"` // 8 bytes a figure, of a meta-analysis

	// Analyses that it gives no figures of; added later, and said only where every hospital joined with rules of 2.
	Withheld []run.Withheld `json:"withheld,omitempty"`
}

// maxFigures bounds the bytes of one contribution: an entry's body holds so many, written as text.
const maxFigures = 700 << 10

// Check is the form of the body.
func (x *Contribution) Check() error {
	var c record.Checks
	c.Need(x.Round >= 1, "round", "study.unfit.round")
	c.Need(!x.From.IsZero(), "from", "record.unfit.missing")
	c.Need(len(x.Masked)+len(x.Open) <= maxFigures, "masked", "study.unfit.large")
	return c.Err()
}

func (x Contribution) of() run.Contribution {
	return run.Contribution{Round: int(x.Round), From: x.From, Masked: x.Masked, Open: x.Open, Withheld: x.Withheld}
}

var roundEntry = record.Declare(KindRound, record.Meaning[*Study, Contribution]{
	Doc:     "By a hospital's node, once a round: its figures, masked with the keys of the run (`open`: those of a meta-analysis, which shows each hospital's own estimate), and the hash of the step that they start from. `withheld` are analyses, by their place in the protocol, of which it gives no figures any more, and the sort of reason (point: few patients would stand behind them; range: too large to be added up; rows: the rows do not give them); bytes of chance stand in their place, and the analysis is over, without a result, while the others go on.",
	Example: `{"round":1,"from":"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9","masked":"AAAAAAAAAAAAAAAAAAAAAA==","withheld":[{"analysis":2,"why":"point"}]}`,
	Roles:   machines, Answers: true, FirstSaid: true,
	Rule: func(s *Study, a record.Said[Contribution]) []record.Mark {
		r := s.runOf(a.Ref())
		if r == nil || r.Over || r.Fold == nil {
			return record.When(true, "no-run")
		}
		_, twice := r.Contributions[a.By.Hospital]
		x := a.Says.of()
		return record.All(record.When(!r.Member(a.By.Hospital), "not-in-run"), record.When(twice || x.Round < r.Fold.Round, "said-twice"),
			record.When(r.Fold.Done(), "run-done"), record.When(x.Round == r.Fold.Round && x.From != r.Fold.Step, "other-step", "from"),
			record.When(x.Round == r.Fold.Round && x.From == r.Fold.Step && r.Fold.Check(x) != nil, "figures", "masked"))
	},
	Fold: func(s *Study, a record.Said[Contribution]) { s.runOf(a.Ref()).take(a) },
	Words: func(a record.Said[Contribution]) record.Words {
		return record.Titled("study.told.round", map[string]any{"round": a.Says.Round})
	},

	Component: record.ByNode,
	Offer:     func(*Study, *record.Asking) ([]ledger.Hash, bool) { return nil, false },
})

// take adds a contribution, and moves on once those of the round are all there.
func (r *Run) take(a record.Said[Contribution]) {
	r.Contributions[a.By.Hospital] = Given{a.Hash, a.Says.of()}
	last := &r.Rounds[len(r.Rounds)-1]
	last.Said = append(last.Said, a.Entry)
	if len(r.Contributions) < len(r.Fold.Members) {
		return
	}
	all, said := make([]run.Contribution, len(r.Fold.Members)), make([]ledger.Hash, len(r.Fold.Members))
	for i, m := range r.Fold.Members {
		all[i], said[i] = r.Contributions[m.Hospital].Contribution, r.Contributions[m.Hospital].Entry
	}
	r.key = keyOf(r.key, said...)
	next, err := steps.of(r.key, func() (*run.Run, error) {
		next := r.Fold.Clone()
		return next, next.Take(all)
	})
	if err != nil {
		r.Fault = err.Error()
		return
	}
	r.Fold, r.Contributions = next, map[ledger.HospitalID]Given{}
	if !r.Fold.Done() {
		r.Rounds = append(r.Rounds, Round{Number: r.Fold.Round})
	}
}

// Result is the hash of the last step that a hospital came to, said by each: two that differ show that one node computed otherwise.
type Result struct {
	Step ledger.Hash `json:"step"`
	Note string      `json:"note,omitempty"`
}

// Check is the form of the body.
func (x *Result) Check() error {
	var c record.Checks
	c.Need(!x.Step.IsZero(), "step", "record.unfit.missing")
	c.Text("note", x.Note, false)
	return c.Err()
}

var resultEntry = record.Declare(KindResult, record.Meaning[*Study, Result]{
	Doc:     "By the head of each hospital of the run: the result that this hospital's node came to, by the hash of its last step. Two that differ show that one node computed otherwise.",
	Example: `{"step":"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"}`,
	Roles:   heads, Act: record.Sign, Answers: true,
	Rule: func(s *Study, a record.Said[Result]) []record.Mark {
		r := s.runOf(a.Ref())
		if r == nil || !r.Done() {
			return record.When(true, "no-result")
		}
		return record.All(record.When(!r.Member(a.By.Hospital), "not-in-run"), record.When(a.Says.Step != r.Fold.Step, "other-step", "step"),
			record.When(record.SaidBy(r.Results, a.By.Hospital) != nil, "signed-twice"))
	},
	Fold: func(s *Study, a record.Said[Result]) {
		r := s.runOf(a.Ref())
		r.Results = append(r.Results, a)
	},
	Words: func(a record.Said[Result]) record.Words {
		return record.Titled("study.told.result", nil, record.Written(a.Says.Note)...)
	},

	Verb: "compare",
	Form: record.Form[*Study]{
		Asks: []record.Ask[*Study]{{Name: "note", Sort: record.Long}},
		Finish: func(s *Study, _ *record.Asking, says record.Body) {
			if r := s.Last(); r != nil && r.Done() {
				says["step"] = r.Fold.Step
			}
		},
	},
	Offer: func(s *Study, a *record.Asking) ([]ledger.Hash, bool) {
		r := s.Last()
		if r == nil || !r.Done() || !r.Member(a.Here) || s.Withdrawn != nil {
			return nil, false
		}
		return []ledger.Hash{r.Hash}, record.SaidBy(r.Results, a.Here) == nil
	},
})

// Published says that the report may be shown to everybody, once each hospital of the run has signed it.
type Published struct {
	Where string `json:"where,omitempty"`
}

// Check is the form of the body.
func (p *Published) Check() error {
	var c record.Checks
	c.Text("where", p.Where, false)
	return c.Err()
}

var publishedEntry = record.Declare(KindPublished, record.Meaning[*Study, Published]{
	Doc:     "The report may be shown to everybody, once each hospital of the run has signed its result.",
	Example: `{"where":"doi:10.1000/182"}`,
	Roles:   writers, Answers: true,
	Rule: func(s *Study, a record.Said[Published]) []record.Mark {
		r := s.Last()
		return record.All(s.Custodian(a.By.Hospital), record.When(r == nil || !r.Done() || len(r.Results) < len(r.Says.Hospitals), "unsigned"))
	},
	Fold: func(s *Study, a record.Said[Published]) { s.Published = &a },
	Words: func(a record.Said[Published]) record.Words {
		return record.Titled("study.told.published", nil, record.Written(a.Says.Where)...)
	},

	Verb: "compare",
	Form: record.Form[*Study]{Asks: []record.Ask[*Study]{{Name: "where", Sort: record.Text}}},
	Offer: func(s *Study, a *record.Asking) ([]ledger.Hash, bool) {
		r := s.Last()
		if r == nil || !r.Done() || s.Published != nil || s.Withdrawn != nil {
			return nil, false
		}
		return []ledger.Hash{r.Hash}, s.keeps(a) && len(r.Results) == len(r.Says.Hospitals)
	},
})

// Withdrawn gives a study up: no run begins any more, and what is under way ends.
type Withdrawn struct {
	Reason string `json:"reason"`
}

// Check is the form of the body.
func (w *Withdrawn) Check() error {
	var c record.Checks
	c.Text("reason", w.Reason, true)
	return c.Err()
}

var withdrawnEntry = record.Declare(KindWithdrawn, record.Meaning[*Study, Withdrawn]{
	Doc:     "Gives the study up, with the reason: no run begins any more, and what is under way ends.",
	Example: `{"reason":"The definition of the outcome was wrong."}`,
	Roles:   writers, Answers: true, Narrows: true, ByHeader: true,
	Rule: func(s *Study, a record.Said[Withdrawn]) []record.Mark { return s.Custodian(a.By.Hospital) },
	Fold: func(s *Study, a record.Said[Withdrawn]) { s.Withdrawn = &a },
	Words: func(a record.Said[Withdrawn]) record.Words {
		return record.Titled("study.told.withdrawn", nil, record.Written(a.Says.Reason)...)
	},

	Verb:  "compare",
	Form:  record.Form[*Study]{Asks: []record.Ask[*Study]{{Name: "reason", Sort: record.Long, Needed: true}}},
	Offer: func(s *Study, a *record.Asking) ([]ledger.Hash, bool) { return nil, s.keeps(a) && s.Withdrawn == nil },
})

// Contribute computes what this hospital says in the round under way. held is why it withholds analyses, for its own people.
func (r *Run) Contribute(me ledger.HospitalID, key *ecdh.PrivateKey, part *disclosure.Part) (says Contribution, held map[int]error, err error) {
	x, held, err := r.Fold.Contribute(me, key, part.Of, part.Limits.MinPatients)
	return ContributionOf(x), held, err
}

// ContributionOf is what a hospital says of the figures of a round.
func ContributionOf(x run.Contribution) Contribution {
	return Contribution{Round: int64(x.Round), From: x.From, Masked: x.Masked, Open: x.Open, Withheld: x.Withheld}
}
