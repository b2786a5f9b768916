package ledger

import (
	"testing"
	"time"
)

// TestAnOldErasureIsRefusedLikeANewOne: a steward who writes the first version of an erasure, which was an order once, would hide another hospital's words for good.
func TestAnOldErasureIsRefusedLikeANewOne(t *testing.T) {
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	id := north.open(t, "case")
	south.thread = NewThread(id)
	both := func() {
		t.Helper()
		for _, pair := range [][2]*site{{north, south}, {south, north}} {
			for _, s := range pair[0].thread.Log().Said {
				if e := pair[0].thread.Entry(s.Hash); pair[1].thread.Entry(s.Hash) == nil {
					pair[1].must(t, e)
				}
			}
		}
	}
	north.say(t, KindInvited, Invitation{Hospital: south.id()})
	both()
	south.say(t, KindJoined, None{})
	opinion := south.say(t, "note", note{"I would not operate."})
	both()
	erasure := north.say(t, KindErased, Erasure{Reason: "law"}, opinion.Hash)
	both()
	if l := north.thread.Log(); !l.Find(opinion.Hash).Erased {
		t.Fatal("it is not hidden until it is answered")
	}
	body, err := newBody(Draft{Author: south.author()}, ErasureAnswer{Answer: ErasureRefused, Why: "It is our advice."})
	if err != nil {
		t.Fatal(err)
	}
	after, seq, height := south.thread.next(south.signer.Key())
	refusal, err := south.signer.sign(Header{Thread: id, Seq: seq, After: after, Height: height, Time: testClock.Add(time.Duration(height) * time.Minute), Person: "p1",
		Kind: KindErasureAnswered, Version: 2, Refs: []Hash{erasure.Hash}}, body)
	if err != nil {
		t.Fatal(err)
	}
	south.must(t, refusal)
	both()
	for _, s := range []*site{north, south} {
		if l := s.thread.Log(); l.Find(opinion.Hash).Erased {
			t.Errorf("%s does not read what was refused to be erased", s.name)
		}
	}
}
