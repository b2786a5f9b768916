package ledger

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestAnyHistoryConverges plays random histories (partitions, partial and repeated deliveries in any order, restores with new keys, rolled-back machines that
// fork themselves, removals, back-dated entries, corrections, custody) over four hospitals. When all have everything, all read the same.
func TestAnyHistoryConverges(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, r)
		for range rapid.IntRange(5, 60).Draw(r, "steps") {
			w.step()
		}
		w.settle()
		want := show(w.sites[0].thread.Log())
		for _, s := range w.sites[1:] {
			if got := show(s.thread.Log()); got != want {
				r.Fatalf("%s reads\n%s\nwant\n%s", s.name, got, want)
			}
		}
		w.refoldsTheSame(want)
		w.followsAsWalked()
	})
}

type world struct {
	t     *testing.T
	r     *rapid.T
	sites []*site
	old   map[*site]*Thread // an earlier state of a machine, for rolling it back
}

func newWorld(t *testing.T, r *rapid.T) *world {
	w := &world{t: t, r: r, old: map[*site]*Thread{}}
	for i := range 4 {
		w.sites = append(w.sites, newSite(t, fmt.Sprint("site", i), uint64(i+1)))
	}
	w.sites[0].open(t, "case")
	for _, s := range w.sites[1:] {
		invite(t, w.sites[0], s)
	}
	return w
}

func (w *world) site(label string) *site { return rapid.SampledFrom(w.sites).Draw(w.r, label) }

func (w *world) step() {
	s, other := w.site("who"), w.site("other")
	switch rapid.SampledFrom([]string{"say", "say", "say", "amend", "deliver", "deliver", "restore", "snapshot", "roll back", "remove", "invite", "join", "leave", "offer", "accept", "confirm", "erase"}).Draw(w.r, "step") {
	case "say":
		w.try(s, "note", note{fmt.Sprint(s.thread.Len())})
	case "amend":
		if target := w.entryOf(s); target != nil {
			says, _ := Encode(note{"amended"})
			w.try(s, KindAmend, Amendment{Says: says, Why: "typing"}, target.Hash)
		}
	case "erase":
		if target := w.entryOf(s); target != nil {
			w.try(s, KindErased, Erasure{Reason: "law"}, target.Hash)
		}
	case "deliver":
		w.deliver(s, other)
	case "restore":
		s.newKey(w.t)
	case "snapshot":
		w.old[s] = s.thread.clone()
	case "roll back":
		if old := w.old[s]; old != nil {
			s.thread = old.clone()
		}
	case "remove":
		w.try(s, KindRemoved, Leaving{Hospital: other.id(), Cut: w.cuts(s, other)})
	case "invite":
		w.try(s, KindInvited, Invitation{Hospital: other.id()})
	case "join":
		if s.thread.Log().Roster.State(s.id()) == Invited {
			s.say(w.t, KindJoined, None{})
		}
	case "leave":
		if s.thread.Log().Roster.Steward != s.id() {
			w.try(s, KindLeft, Leaving{})
		}
	case "offer":
		w.try(s, KindStewardOffered, StewardOffer{Hospital: other.id()})
	case "accept":
		if o := s.thread.Log().Roster.Offer; o != nil {
			w.try(s, KindStewardAccepted, None{}, o.Offered)
		}
	case "confirm":
		if o := s.thread.Log().Roster.Offer; o != nil && !o.Accepted.IsZero() {
			w.try(s, KindStewardConfirmed, None{}, o.Accepted)
		}
	}
}

// try says something where the site, as far as it knows, takes part.
func (w *world) try(s *site, kind string, says any, refs ...Hash) {
	e := s.draft(w.t, kind, says, refs...)
	if err := s.thread.Admit(e); err != nil && !errors.Is(err, ErrRefused) {
		w.r.Fatalf("%s says %s: %v", s.name, kind, err)
	}
}

func (w *world) entryOf(s *site) *Entry {
	var own []*Entry
	for _, n := range s.thread.sorted() {
		if n.Hospital == s.id() && n.Kind == "note" {
			own = append(own, n.Entry)
		}
	}
	if len(own) == 0 {
		return nil
	}
	return rapid.SampledFrom(own).Draw(w.r, "entry")
}

// cuts is what the steward knows of the other's keys, or a little less.
func (w *world) cuts(s, other *site) []Cut {
	var cuts []Cut
	for _, tip := range s.thread.Tips() {
		n := s.thread.newest(tip.Key)
		if n.Hospital != other.id() {
			continue
		}
		if n.Seq > 1 && rapid.Bool().Draw(w.r, "cut earlier") {
			n = n.after[0]
		}
		cuts = append(cuts, Cut{Key: n.Key, Seq: n.Seq, Hash: n.Hash})
	}
	return cuts
}

// deliver brings some of what the other has, in any order, some of it twice.
func (w *world) deliver(to, from *site) {
	entries := rapid.Permutation(from.thread.Lacks(to.thread.Tips())).Draw(w.r, "order")
	most := rapid.IntRange(0, len(entries)).Draw(w.r, "cut off after")
	for range 2 {
		for _, e := range entries[:most] {
			var missing *MissingError
			if err := to.thread.Admit(e); err != nil && !errors.As(err, &missing) {
				w.r.Fatalf("%s refuses %s of %s: %v", to.name, e.Kind, from.name, err)
			}
		}
	}
}

// settle lets everybody have everything: what one has, all get, in as many rounds as a chain of hospitals needs.
func (w *world) settle() {
	for range 2 * len(w.sites) {
		for _, a := range w.sites {
			for _, b := range w.sites {
				if a != b {
					a.pull(w.t, b)
				}
			}
		}
	}
}

// refoldsTheSame rebuilds one site's thread from nothing, in another order that admits each entry.
func (w *world) refoldsTheSame(want string) {
	source := w.sites[0].thread
	all := make([]*Entry, 0, source.Len())
	for _, n := range source.sorted() {
		all = append(all, n.Entry)
	}
	fresh := NewThread(source.ID)
	pending := rapid.Permutation(all).Draw(w.r, "refold")
	for len(pending) > 0 {
		var later []*Entry
		for _, e := range pending {
			var missing *MissingError
			if err := fresh.Admit(e); errors.As(err, &missing) {
				later = append(later, e)
			} else if err != nil {
				w.r.Fatal(err)
			}
		}
		pending = later
	}
	if got := show(fresh.Log()); got != want {
		w.r.Fatalf("refolded it reads\n%s\nwant\n%s", got, want)
	}
}

// followsAsWalked compares what counting says of who had seen whom with what walking from entry to entry finds, for all pairs.
func (w *world) followsAsWalked() {
	for _, s := range w.sites {
		all := s.thread.sorted()
		for _, n := range all {
			for _, a := range all {
				if got, want := s.thread.follows(n, a), n.walksTo(a); got != want {
					w.r.Fatalf("at %s, %s (%d) follows %s (%d): counted %v, walked %v", s.name, n.Hash.Short(), n.Seq, a.Hash.Short(), a.Seq, got, want)
				}
			}
		}
	}
}
