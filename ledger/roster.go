package ledger

import (
	"cmp"
	"slices"
)

// The kinds that say who takes part in a thread. They hold only ids and codes and are never erased.
const (
	KindOpened           = "thread.opened"
	KindInvited          = "thread.invited"
	KindJoined           = "thread.joined"
	KindLeft             = "thread.left"
	KindRemoved          = "thread.removed"
	KindStewardOffered   = "thread.steward-offered"
	KindStewardAccepted  = "thread.steward-accepted"
	KindStewardConfirmed = "thread.steward-confirmed"
	KindKeyCut           = "thread.key"
	KindAdmitted         = "thread.admitted"
	KindErased           = "thread.erased"
	KindErasureAnswered  = "thread.erasure-answered"
	KindContinues        = "thread.continues"
)

// Opened is what thread.opened says.
type Opened struct {
	Kind string `json:"kind"` // "case", "visit", "study", "course", "directory"
}

// Invitation is what thread.invited says. Who joins a thread reads all of it.
type Invitation struct {
	Hospital  HospitalID `json:"hospital"`
	Statement *Statement `json:"statement,omitempty"` // of the invited hospital's link key, so that members who are not its partners know it
}

// Leaving is what thread.left and thread.removed say.
type Leaving struct {
	Hospital HospitalID `json:"hospital,omitzero"` // who is removed; empty for thread.left
	Cut      []Cut      `json:"cut,omitempty"`     // the last entries of that hospital that count
	Reason   string     `json:"reason,omitempty"`  // a code
}

// Cut names the last entry of a key that counts.
type Cut struct {
	Key  Key    `json:"key"`
	Seq  uint64 `json:"seq"`
	Hash Hash   `json:"hash"`
}

// StewardOffer is what thread.steward-offered says; the acceptance refers to the offer, the confirmation to the acceptance.
type StewardOffer struct {
	Hospital HospitalID `json:"hospital"`
	Reason   string     `json:"reason,omitempty"` // a code
}

// KeyCut is what thread.key says: a hospital's own key is lost or stolen, and counts only up to the cut.
type KeyCut struct {
	Cut    Cut    `json:"cut"`
	Reason string `json:"reason"` // "lost", "stolen", "restored"
}

// Continues is what thread.continues says: this thread goes on where another one, perhaps elsewhere, stopped.
type Continues struct {
	Thread ThreadID `json:"thread"`
	Reason string   `json:"reason"` // "emergency", "hand-over"
}

// State is what a hospital is to a thread.
type State string

// The states of a hospital in a thread.
const (
	Stranger State = ""
	Invited  State = "invited" // may read, and may join
	Joined   State = "joined"
	Left     State = "left"
	Removed  State = "removed"
)

// Member is one hospital in a thread.
type Member struct {
	Hospital  HospitalID
	State     State
	Since     Hash       // the entry that made it so
	Statement *Statement // of its link key, from its invitation
}

// Offer is a stewardship on its way. Custody has not moved before the giver's confirmation.
type Offer struct {
	To       HospitalID
	Offered  Hash
	Accepted Hash // zero: not yet accepted
}

// Roster is who takes part in a thread.
type Roster struct {
	Opener  HospitalID
	Steward HospitalID
	Members []Member // in the order in which they came
	Offer   *Offer

	cuts []leaving

	brief *brief // of a past: what each hospital is, in place of Members
}

// leaving is the end of a hospital's part in the thread, or of one of its keys.
type leaving struct {
	hospital HospitalID
	at       *node
	key      *Key // nil: all keys of the hospital
	cut      []Cut
}

// State tells what a hospital is to the thread.
func (r Roster) State(h HospitalID) State { return r.state(h) }

func (r *Roster) state(h HospitalID) State {
	if r.brief != nil {
		return r.brief.state(h)
	}
	if m := r.member(h); m != nil {
		return m.State
	}
	return Stranger
}

// member finds what a hospital is. It is to be changed by [Roster.set] alone.
func (r *Roster) member(h HospitalID) *Member {
	for i := range r.Members {
		if r.Members[i].Hospital == h {
			return &r.Members[i]
		}
	}
	return nil
}

// Readers are the hospitals that may have the thread's entries: who is invited or has joined.
func (r Roster) Readers() []HospitalID {
	var list []HospitalID
	for _, m := range r.Members {
		if m.State == Joined || m.State == Invited {
			list = append(list, m.Hospital)
		}
	}
	return list
}

func (r *Roster) set(m Member) {
	if r.brief != nil {
		r.brief.set(m.Hospital, m.State)
		return
	}
	old := r.member(m.Hospital)
	if old == nil {
		r.Members = append(r.Members, m)
		return
	}
	m.Statement = cmp.Or(m.Statement, old.Statement)
	*old = m
}

// rosterKind tells whether entries of the kind can change the roster.
func rosterKind(kind string) bool {
	switch kind {
	case KindOpened, KindInvited, KindJoined, KindLeft, KindRemoved, KindStewardOffered, KindStewardAccepted, KindStewardConfirmed, KindKeyCut:
		return true
	}
	return false
}

// changesRoster tells whether an entry may change who takes part or who keeps the thread, as far as its ancestors tell. What cannot, cannot later
// either, and is no part of any past: a member that says it ten thousand times costs nobody anything. The cut of a key changes neither.
func (n *node) changesRoster() bool {
	r := n.past.roster()
	switch n.Kind {
	case KindOpened, KindLeft:
		return true
	case KindInvited, KindRemoved, KindStewardOffered, KindStewardConfirmed:
		return r.Steward == n.Hospital
	case KindJoined:
		return r.state(n.Hospital) == Invited
	case KindStewardAccepted:
		return r.Offer != nil && r.Offer.To == n.Hospital && slices.Contains(n.Refs, r.Offer.Offered)
	}
	return false
}

// governs tells whether an entry has a say in the roster of the whole thread.
func (n *node) governs() bool { return n.self != nil || n.Kind == KindKeyCut }

// foldRoster applies roster entries in folding order. Where counts says no (a fork, an entry past its cut) the safer reading holds: what
// widens the circle has no effect, what narrows it has.
func foldRoster(events []*node, counts func(*node) bool) Roster {
	var r Roster
	for _, n := range events {
		r.apply(n, counts(n))
	}
	return r
}

func (r *Roster) apply(n *node, counts bool) {
	body, err := n.Content()
	if err != nil {
		return
	}
	switch n.Kind {
	case KindOpened:
		if n.Height == 1 && r.Opener.IsZero() {
			r.Opener, r.Steward = n.Hospital, n.Hospital
			r.set(Member{Hospital: n.Hospital, State: Joined, Since: n.Hash})
		}
	case KindInvited:
		if v, err := Decode[Invitation](body.Says); err == nil && counts && r.acts(n) && r.state(v.Hospital) != Joined {
			r.set(Member{Hospital: v.Hospital, State: Invited, Since: n.Hash, Statement: v.statement()})
		}
	case KindJoined:
		if counts && r.state(n.Hospital) == Invited {
			r.set(Member{Hospital: n.Hospital, State: Joined, Since: n.Hash})
		}
	case KindLeft:
		if v, err := Decode[Leaving](body.Says); err == nil && r.Steward != n.Hospital {
			cut := append(v.Cut, Cut{Key: n.Key, Seq: n.Seq, Hash: n.Hash})
			r.leave(n, n.Hospital, Left, cut)
		}
	case KindRemoved:
		if v, err := Decode[Leaving](body.Says); err == nil && r.acts(n) && v.Hospital != n.Hospital && r.state(v.Hospital) != Stranger {
			r.leave(n, v.Hospital, Removed, v.Cut)
		}
	case KindKeyCut:
		if v, err := Decode[KeyCut](body.Says); err == nil && v.Cut.Key != n.Key {
			r.cuts = append(r.cuts, leaving{hospital: n.Hospital, at: n, key: &v.Cut.Key, cut: []Cut{v.Cut}})
		}
	default:
		if counts {
			r.steward(n, body)
		}
	}
}

func (v Invitation) statement() *Statement {
	if v.Statement == nil || v.Statement.Hospital() != v.Hospital || v.Statement.Use != UseLink {
		return nil
	}
	return v.Statement
}

func (r *Roster) leave(n *node, h HospitalID, s State, cut []Cut) {
	r.set(Member{Hospital: h, State: s, Since: n.Hash})
	r.cuts = append(r.cuts, leaving{hospital: h, at: n, cut: cut})
	if r.Offer != nil && r.Offer.To == h {
		r.Offer = nil
	}
}

// acts tells whether the entry's hospital was the steward when it wrote, and knew it.
func (r *Roster) acts(n *node) bool {
	return r.Steward == n.Hospital && n.past.roster().Steward == n.Hospital
}

// steward moves the stewardship: offer by the giver, acceptance by the taker, confirmation by the giver. A giver that under two keys confirms
// two takers, neither confirmation knowing of the other, finds the stewardship already gone for the second one in folding order.
func (r *Roster) steward(n *node, body *Body) {
	switch n.Kind {
	case KindStewardOffered:
		if v, err := Decode[StewardOffer](body.Says); err == nil && r.acts(n) && r.state(v.Hospital) == Joined {
			r.Offer = &Offer{To: v.Hospital, Offered: n.Hash}
		}
	case KindStewardAccepted:
		if o := r.Offer; o != nil && o.To == n.Hospital && slices.Contains(n.Refs, o.Offered) {
			r.Offer = &Offer{To: o.To, Offered: o.Offered, Accepted: n.Hash}
		}
	case KindStewardConfirmed:
		if o := r.Offer; o != nil && r.acts(n) && !o.Accepted.IsZero() && slices.Contains(n.Refs, o.Accepted) {
			r.Steward, r.Offer = o.To, nil
		}
	}
}

// excludes tells whether the leaving puts an entry past the cut.
func (l leaving) excludes(t *Thread, n *node, forked map[Key]uint64) bool {
	if n.Hospital != l.hospital || n == l.at || l.key != nil && *l.key != n.Key {
		return false
	}
	for _, c := range l.cut {
		if c.Key == n.Key && n.Seq <= c.Seq {
			_, fork := forked[n.Key]
			return fork && !t.onBranch(n, c)
		}
	}
	return !n.rejoined(l)
}

// onBranch tells whether the entry of a forked key is on the branch that ends with the cut.
func (t *Thread) onBranch(n *node, c Cut) bool {
	end := t.node(c.Hash)
	if end == nil || end.Key != n.Key || end.Seq != c.Seq {
		return true // the cut is not here: only its count is known
	}
	for end.Seq > n.Seq {
		end = end.after[0]
	}
	return end == n
}

// rejoined tells whether the hospital joined again after the leaving, and the entry knows it. A key that is cut stays cut: who holds it may be a thief,
// and a thief could join too.
func (n *node) rejoined(l leaving) bool {
	if l.key != nil {
		return false
	}
	for _, e := range n.through().events {
		if e.Kind == KindJoined && e.Hospital == l.hospital && e.past.has(l.at) {
			return true
		}
	}
	return false
}
