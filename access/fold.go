package access

import (
	"slices"

	"consilium/ledger"
)

// Consent is what the patient of a case agrees to, as far as its entries tell. The zero value allows nothing.
//
// A later answer replaces an earlier one that it had seen, scope by scope; of two that had not seen each other the narrower holds. What widens
// counts only from the hospital that had custody and knew it, while its key is beyond doubt; what narrows counts from anybody, doubted or late
// too. An amendment of a consent can only narrow it, and whoever wants more says it in a new entry. An emergency adds to what
// the patient said, and never overrides a no.
type Consent struct {
	roster  ledger.Roster
	acts    []act
	current map[Scope][]int // what stands: indexes into acts that no later answer has replaced
}

// act is one entry about consent, as the fold reads it.
type act struct {
	said      ledger.Said
	answers   map[Scope]Answer
	hospitals []ledger.HospitalID
	given     ConsentGiven
	firm      bool // a yes of this entry counts
	all       bool // nobody can read which scopes it was about, so it is about all
}

func (a *act) answer(s Scope) Answer {
	if a.all {
		return Withdrawn
	}
	return a.answers[s]
}

// covers tells whether the act's yes reaches a hospital.
func (a *act) covers(s Scope, h ledger.HospitalID) bool {
	if a.answer(s) != Granted {
		return false
	}
	if h == a.said.Hospital || slices.Contains(a.hospitals, h) {
		return true
	}
	return len(a.hospitals) == 0 && s != Identity
}

// FoldConsent reads what the patient of a case agrees to.
func FoldConsent(l ledger.Log) Consent { return ledger.Folded(l, consentFold) }

// consentFold goes on where nothing about consent was said since.
var consentFold = &ledger.Fold[Consent]{
	Whole: readConsents,
	Onward: func(before Consent, l ledger.Log, from int) (Consent, bool) {
		before.roster = l.Roster
		return before, !slices.ContainsFunc(l.Said[from:], func(s ledger.Said) bool { return s.Kind == KindConsent || s.Kind == KindConsentWithdrawn })
	},
}

func readConsents(l ledger.Log) Consent {
	c := Consent{roster: l.Roster, current: map[Scope][]int{}}
	keepers := l.Keepers()
	var keeper ledger.HospitalID
	for i, s := range l.Said {
		if len(keepers) > 0 && keepers[0].From <= i {
			keeper, keepers = keepers[0].Hospital, keepers[1:]
		}
		switch s.Kind {
		case KindConsent:
			a := readConsent(s)
			a.firm = s.Standing == ledger.Counts && s.Hospital == keeper && s.Steward() == keeper // it had custody, and knew it
			c.acts = append(c.acts, a)
		case KindConsentWithdrawn:
			c.acts = append(c.acts, readWithdrawal(s))
		}
	}
	for _, scope := range Scopes {
		c.current[scope] = c.standing(l, scope, nil)
	}
	return c
}

// standing gives the acts on a scope that no later one has replaced, and that have a say. Where each is given it hears what stood after each act.
func (c *Consent) standing(l ledger.Log, scope Scope, each func(after int, stand []int)) []int {
	var stand []int
	for now := range c.acts {
		if c.hasSay(now, scope) {
			if c.canReplace(scope, now) {
				stand = slices.DeleteFunc(stand, func(before int) bool {
					return c.replaces(scope, before, now) && l.Follows(c.acts[now].said.Hash, c.acts[before].said.Hash)
				})
			}
			stand = append(stand, now)
		}
		if each != nil {
			each(now, stand)
		}
	}
	return stand
}

// hasSay leaves out a yes that nobody who had custody vouches for. A doubted yes stays in: it cannot open anything, but it may narrow.
func (c *Consent) hasSay(i int, scope Scope) bool {
	a := &c.acts[i]
	switch a.answer(scope) {
	case Unasked:
		return false
	case Granted:
		return a.firm || a.said.Standing == ledger.Doubted
	}
	return true
}

// canReplace tells whether an act may take the place of any: a yes that nobody vouches for cannot, however often it is said.
func (c *Consent) canReplace(scope Scope, i int) bool {
	return c.acts[i].firm || c.acts[i].answer(scope) != Granted
}

// replaces tells whether the later act may take the place of the earlier one.
func (c *Consent) replaces(scope Scope, earlier, later int) bool {
	e, l := &c.acts[earlier], &c.acts[later]
	if l.answer(scope) != Granted {
		return true
	}
	return l.firm && (l.given.How != Emergency || e.answer(scope) == Granted && e.given.How == Emergency)
}

// Covers tells whether the patient's answers for a scope reach a hospital, whether or not it takes part in the case already. Ask it before
// inviting; where data leaves, ask [Consent.Allows].
func (c Consent) Covers(scope Scope, h ledger.HospitalID) bool {
	return c.covers(c.current[scope], scope, h)
}

// covers tells whether acts that stand reach a hospital.
func (c *Consent) covers(stand []int, scope Scope, h ledger.HospitalID) bool {
	var asked, emergency bool
	everyYes := true
	for _, i := range stand {
		a := &c.acts[i]
		covers := a.covers(scope, h)
		switch {
		case a.answer(scope) != Granted:
			return false
		case a.given.How == Emergency:
			emergency = emergency || covers && a.firm
		default:
			everyYes = everyYes && covers
			asked = asked || a.firm
		}
	}
	return asked && everyYes || emergency
}

// Allows tells whether a hospital that takes part in the case may use it for a scope.
func (c Consent) Allows(scope Scope, h ledger.HospitalID) bool {
	return slices.Contains(c.roster.Readers(), h) && c.Covers(scope, h)
}

// ScopeState is what a page shows of one scope.
type ScopeState struct {
	Scope     Scope
	Answer    Answer
	Hospitals []ledger.HospitalID // of a yes: whom it names; none: those that take part
	How       How
	Date      string
	Text      string
	Entry     ledger.Hash // that says it
	Disputed  bool        // entries that had not seen each other, or a doubted one: the narrower reading holds
}

// State tells what stands about one scope.
func (c Consent) State(scope Scope) ScopeState {
	s := ScopeState{Scope: scope, Disputed: len(c.current[scope]) > 1}
	for _, i := range c.current[scope] {
		a := &c.acts[i]
		answer := a.answer(scope)
		if answer == Granted && !a.firm {
			s.Disputed = true
			continue
		}
		if s.Answer == Unasked || s.Answer == Granted && answer != Granted {
			s = ScopeState{Scope: scope, Answer: answer, Hospitals: a.hospitals, How: a.given.How, Date: a.given.Date, Text: a.given.Text,
				Entry: a.said.Hash, Disputed: s.Disputed}
		}
	}
	return s
}

// All tells what stands about every scope.
func (c Consent) All() []ScopeState {
	list := make([]ScopeState, len(Scopes))
	for i, s := range Scopes {
		list[i] = c.State(s)
	}
	return list
}

// Keys gives the wrapped keys with which a hospital may open sealed files now: none once the identity is no longer allowed it.
func (c Consent) Keys(h ledger.HospitalID) []WrappedKey {
	if !c.Covers(Identity, h) {
		return nil
	}
	var keys []WrappedKey
	for _, i := range c.current[Identity] {
		for _, k := range c.acts[i].given.Keys {
			if k.Hospital == h {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// readConsent reads every version of one consent and keeps what all of them say. One whose words are erased or not here is read as a no to what
// nobody can see.
func readConsent(s ledger.Said) act {
	a := act{said: s}
	if s.Content == nil {
		a.all = true
		return a
	}
	given, err := ledger.Decode[ConsentGiven](s.Content.Says)
	if err != nil {
		a.all = true
		return a
	}
	a.given, a.hospitals, a.answers = given, given.Hospitals, given.Scopes
	if given.Check() != nil {
		a.refuseYes()
	}
	for _, correction := range s.Corrected {
		a.narrow(correction)
	}
	return a
}

// narrow takes a correction into account, which can only make the consent smaller.
func (a *act) narrow(c ledger.Correction) {
	amended, err := ledger.Decode[ConsentGiven](c.Says)
	if c.Says == nil || err != nil || amended.Check() != nil {
		a.refuseYes()
		return
	}
	answers := map[Scope]Answer{}
	for scope, before := range a.answers {
		answers[scope] = before
		if before == Granted && amended.Scopes[scope] != Granted {
			answers[scope] = Refused
		}
	}
	for scope, now := range amended.Scopes {
		if now != Granted {
			answers[scope] = now
		}
	}
	a.answers = answers
	a.nameFewer(amended.Hospitals)
}

func (a *act) nameFewer(amended []ledger.HospitalID) {
	if len(amended) == 0 {
		return
	}
	if len(a.hospitals) == 0 {
		a.hospitals = amended
		return
	}
	kept := slices.DeleteFunc(slices.Clone(a.hospitals), func(h ledger.HospitalID) bool { return !slices.Contains(amended, h) })
	if len(kept) == 0 {
		a.refuseYes()
		return
	}
	a.hospitals = kept
}

// refuseYes turns each yes into a no and leaves each no.
func (a *act) refuseYes() {
	answers := map[Scope]Answer{}
	for scope, before := range a.answers {
		answers[scope] = before
		if before == Granted {
			answers[scope] = Refused
		}
	}
	a.answers = answers
}

// readWithdrawal reads a withdrawal. It holds even when it was taken back: who agrees again says so in a new consent.
func readWithdrawal(s ledger.Said) act {
	a := act{said: s, answers: map[Scope]Answer{}}
	versions := [][]byte{}
	if s.Content != nil {
		versions = append(versions, s.Content.Says)
	}
	for _, c := range s.Corrected {
		if c.Says != nil {
			versions = append(versions, c.Says)
		}
	}
	a.all = len(versions) == 0
	for _, raw := range versions {
		w, err := ledger.Decode[ConsentWithdrawn](raw)
		if err != nil || len(w.Scopes) == 0 {
			a.all = true
		}
		for _, scope := range w.Scopes {
			a.answers[scope] = Withdrawn
		}
		if a.given.Date == "" {
			a.given.Date = w.Date
		}
	}
	return a
}
