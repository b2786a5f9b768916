package ledger

import "testing"

// TestAskingAgainHidesNothing: a steward whose request was refused asks again, and again. The hospital that said the words has answered: they stay readable until it says otherwise.
func TestAskingAgainHidesNothing(t *testing.T) {
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	north.open(t, "case")
	north.say(t, KindInvited, Invitation{Hospital: south.id()})
	south.pull(t, north)
	south.say(t, KindJoined, None{})
	opinion := south.say(t, "note", note{"I would not operate."})
	north.pull(t, south)
	first := north.say(t, KindErased, Erasure{Reason: "law"}, opinion.Hash)
	south.pull(t, north)
	south.answer(t, ErasureAnswer{Answer: ErasureRefused, Why: "It is our advice."}, first.Hash)
	north.pull(t, south)
	again := north.say(t, KindErased, Erasure{Reason: "mistake"}, opinion.Hash)
	south.pull(t, north)
	for _, s := range []*site{north, south} {
		if l := s.thread.Log(); l.Find(opinion.Hash).Erased {
			t.Errorf("at %s the words are hidden again by asking again", s.name)
		}
	}
	south.answer(t, ErasureAnswer{Answer: ErasureDestroyed}, again.Hash)
	north.pull(t, south)
	for _, s := range []*site{north, south} {
		if l := s.thread.Log(); !l.Find(opinion.Hash).Erased {
			t.Errorf("at %s the words are read that their hospital now lets go", s.name)
		}
	}
}

// answer answers erasures as a hospital does today.
func (s *site) answer(t testing.TB, a ErasureAnswer, erasures ...Hash) {
	t.Helper()
	body, err := newBody(Draft{Author: s.author()}, a)
	if err != nil {
		t.Fatal(err)
	}
	after, seq, height := s.thread.next(s.signer.Key())
	e, err := s.signer.sign(Header{Thread: s.thread.ID, Seq: seq, After: after, Height: height, Time: testClock, Person: "p1", Kind: KindErasureAnswered, Version: 2, Refs: erasures}, body)
	if err != nil {
		t.Fatal(err)
	}
	s.must(t, e)
}
