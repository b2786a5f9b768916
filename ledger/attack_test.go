package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"testing"
)

// TestAStolenKeyStaysCut plays a thief who goes on with a key after its hospital has cut it.
func TestAStolenKeyStaysCut(t *testing.T) {
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	north.open(t, "case")
	invite(t, north, south)
	for _, victim := range []*site{north, south} {
		thief := newSite(t, "thief of "+victim.name, 9)
		thief.signer = victim.signer
		stolen := victim.thread.newest(victim.signer.Key())
		victim.newKey(t)
		victim.say(t, KindKeyCut, KeyCut{Cut: Cut{Key: stolen.Key, Seq: stolen.Seq, Hash: stolen.Hash}, Reason: "stolen"})
		thief.pull(t, victim)
		thief.say(t, KindJoined, None{})
		forged := thief.say(t, "note", note{"forged"})
		thief.say(t, KindAdmitted, Admission{}, forged.Hash)
		invited := thief.say(t, KindInvited, Invitation{Hospital: HospitalID{1}})
		meet(t, victim, thief)
		l := victim.thread.Log()
		for _, e := range []*Entry{forged, invited} {
			if got := l.Find(e.Hash).Standing; got != Late {
				t.Errorf("the thief's %s with the stolen key of %s stands as %q", e.Kind, victim.name, got)
			}
		}
		if got := l.Roster.State(HospitalID{1}); got != Stranger {
			t.Errorf("the thief of %s invited a hospital, which is %q", victim.name, got)
		}
		meet(t, north, south)
	}
}

// TestAnAdmissionOutlivesAHandOver lets a late entry count, and then passes the thread on.
func TestAnAdmissionOutlivesAHandOver(t *testing.T) {
	north, south, third := newSite(t, "north", 1), newSite(t, "south", 2), newSite(t, "third", 3)
	north.open(t, "case")
	invite(t, north, south)
	invite(t, north, third)
	meet(t, north, south)
	meet(t, north, third)
	known := north.thread.newest(third.signer.Key())
	late := third.say(t, "note", note{"said before it heard"})
	north.say(t, KindRemoved, Leaving{Hospital: third.id(), Cut: []Cut{{Key: known.Key, Seq: known.Seq, Hash: known.Hash}}})
	meet(t, north, third)
	if got := north.thread.Log().Find(late.Hash).Standing; got != Late {
		t.Fatalf("before the admission it stands as %q", got)
	}
	north.say(t, KindAdmitted, Admission{}, late.Hash)
	offer := north.say(t, KindStewardOffered, StewardOffer{Hospital: south.id()})
	meet(t, north, south)
	accepted := south.say(t, KindStewardAccepted, None{}, offer.Hash)
	meet(t, north, south)
	north.say(t, KindStewardConfirmed, None{}, accepted.Hash)
	l := north.thread.Log()
	if l.Roster.Steward != south.id() {
		t.Fatal("custody did not move")
	}
	if got := l.Find(late.Hash).Standing; got != Counts {
		t.Errorf("after the hand-over the admitted entry stands as %q", got)
	}
}

// TestARosterEntryComesWithItsWords strips an invitation on its way: taken like that, it would let nobody in, and who joined would be refused for ever.
func TestARosterEntryComesWithItsWords(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := north.openCase(t)
	invited := north.append(t, north.draft(id, KindInvited, Invitation{Hospital: south.id()}))
	stripped := invited.Wire
	stripped.Body = nil
	if _, err := ReadEntry(stripped); !errors.Is(err, ErrBody) {
		t.Errorf("an invitation without its words: %v", err)
	}
	if r := south.receive(t, north, id); len(r.Added) != 2 {
		t.Errorf("with its words it is not taken: %+v", r)
	}
}

// TestACorrectionOfErasedWordsIsErasedToo lets a correction arrive after the erasure of what it corrects, which its writer had not seen.
func TestACorrectionOfErasedWordsIsErasedToo(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id := north.openCase(t)
	north.append(t, north.draft(id, KindInvited, Invitation{Hospital: south.id()}))
	south.receive(t, north, id)
	said := south.append(t, south.draft(id, "note", note{"a secret"}))
	north.receive(t, south, id)
	north.append(t, north.draft(id, KindErased, Erasure{Reason: "law"}, said.Hash))
	says, _ := Encode(note{"a secret, corrected"})
	south.append(t, south.draft(id, KindAmend, Amendment{Says: says, Why: "typing"}, said.Hash))
	north.receive(t, south, id)
	south.receive(t, north, id)
	for _, b := range []*bookSite{north, south} {
		var n int
		if err := b.db.QueryRow(`SELECT COUNT(*) FROM entry WHERE INSTR(body, CAST('a secret' AS BLOB)) > 0`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s still holds it (%d, %v)", b.name, n, err)
		}
		b.do(t, func(ctx context.Context, tx Tx) error {
			_, err := Verify(ctx, tx, id)
			return err
		})
	}
}

// TestInventedThreadsDoNotFillTheDisk sends entries of threads that nobody has, each of which waits for what it follows.
func TestInventedThreadsDoNotFillTheDisk(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	south.do(t, func(ctx context.Context, tx Tx) error {
		from := north.id()
		for i := range maxSource {
			_, err := tx.ExecContext(ctx, `INSERT INTO waiting (hash, thread, source, header, signature, body, missing, since_ms)
				VALUES ($1, $1, $2, $1, $1, NULL, '', 0)`, binary.BigEndian.AppendUint64(make([]byte, 24), uint64(i)), from[:])
			if err != nil {
				return err
			}
		}
		return nil
	})
	id := north.openCase(t)
	stray := north.append(t, north.draft(id, "note", note{"follows what is not sent"}))
	if r := south.take(t, north, id, []Wire{stray.Wire}); r.Waiting != 1 {
		t.Fatalf("received %+v", r)
	}
	var n int
	if err := south.db.QueryRow(`SELECT COUNT(*) FROM waiting`).Scan(&n); err != nil || n != maxSource {
		t.Errorf("%d entries wait, at most %d may (%v)", n, maxSource, err)
	}
}

// TestAMembersRosterEntriesCostNothing lets a member say thousands of times what changes nothing about who takes part.
func TestAMembersRosterEntriesCostNothing(t *testing.T) {
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	north.open(t, "case")
	invite(t, north, south)
	for i := range 50 {
		south.say(t, KindKeyCut, KeyCut{Cut: Cut{Key: Key{byte(i)}, Seq: 1}, Reason: "lost"})
		south.say(t, KindJoined, None{})
		south.say(t, KindInvited, Invitation{Hospital: HospitalID{byte(i)}})
	}
	n := south.thread.newest(south.signer.Key())
	if got := len(n.through().events); got != 3 { // opened, invited, joined
		t.Errorf("each entry carries %d roster entries with it", got)
	}
}

// TestEntriesThatCancelOutAreSeen has one hospital sign some hundreds of entries, under keys of its own, and choose those whose hashes taken
// exclusive-or give nothing: who has them and who does not tell the same digest.
func TestEntriesThatCancelOutAreSeen(t *testing.T) {
	north := newSite(t, "north", 1)
	north.open(t, "case")
	var entries []*Entry
	for range 8*len(Hash{}) + 1 {
		north.newKey(t)
		entries = append(entries, north.draft(t, "note", note{"one of many"}))
	}
	with, without := north.thread.clone(), north.thread
	for _, e := range cancelling(entries) {
		if err := with.Admit(e); err != nil {
			t.Fatal(err)
		}
	}
	if with.Len() == without.Len() || with.digest() != without.digest() {
		t.Fatalf("%d and %d entries have two digests: the test is wrong", with.Len(), without.Len())
	}
	if with.sumTips() == without.sumTips() {
		t.Error("nobody can tell that entries are missing")
	}
}

// cancelling finds some of the entries whose hashes cancel out, by elimination.
func cancelling(entries []*Entry) []*Entry {
	type row struct {
		sum  Hash
		made map[*Entry]bool
	}
	basis := map[int]row{} // by the first bit that is set
	for _, e := range entries {
		r := row{e.Hash, map[*Entry]bool{e: true}}
		for bit := range 8 * len(Hash{}) {
			if r.sum[bit/8]>>(7-bit%8)&1 == 0 {
				continue
			}
			b, ok := basis[bit]
			if !ok {
				basis[bit] = r
				break
			}
			r.sum.xor(b.sum)
			for other := range b.made {
				if r.made[other] {
					delete(r.made, other)
				} else {
					r.made[other] = true
				}
			}
		}
		if r.sum.IsZero() {
			return slices.Collect(maps.Keys(r.made))
		}
	}
	return nil
}

// TestAnErasedAmendmentHidesNothing erases an amendment: it is no retraction, so what was said before it stands again.
func TestAnErasedAmendmentHidesNothing(t *testing.T) {
	north := newSite(t, "north", 1)
	north.open(t, "case")
	first := north.say(t, "note", note{"left"})
	var last *Entry
	for _, text := range []string{"right", "another patient's words"} {
		says, _ := Encode(note{text})
		last = north.say(t, KindAmend, Amendment{Says: says, Why: "typing"}, first.Hash)
	}
	north.say(t, KindErased, Erasure{Reason: "mistake"}, last.Hash)
	if s := north.thread.Log().Find(first.Hash); s.Retracted() || string(s.Says()) != `{"text":"right"}` {
		t.Errorf("retracted %v, says %s", s.Retracted(), s.Says())
	}
	north.say(t, KindAmend, Amendment{Why: "says nothing"}, first.Hash)
	if s := north.thread.Log().Find(first.Hash); s.Retracted() || s.Says() == nil {
		t.Error("an amendment without words takes the entry back")
	}
}

// TestAnAmendmentSaysSomething stops a writer who would take an entry back by an amendment without words.
func TestAnAmendmentSaysSomething(t *testing.T) {
	north := newBookSite(t, "north", 1)
	id := north.openCase(t)
	first := north.append(t, north.draft(id, "note", note{"left"}))
	for _, says := range []string{``, `"right"`} {
		err := north.try(func(ctx context.Context, tx Tx) error {
			d := north.draft(id, KindAmend, Amendment{Says: []byte(says), Why: "typing"}, first.Hash)
			if says == "" {
				d.Says = None{}
			}
			_, err := north.book.Append(ctx, tx, d, testClock)
			return err
		})
		if !errors.Is(err, ErrNotSayable) {
			t.Errorf("amended to %q: %v", says, err)
		}
	}
}

// TestManyCorrectionsUnderTwoKeysAreRead lets a member correct one entry thousands of times under two keys in turn. Each correction is far from what it corrects, and
// nothing may walk all the way, or look at all others, for each of them.
func TestManyCorrectionsUnderTwoKeysAreRead(t *testing.T) {
	north := newSite(t, "north", 1)
	north.open(t, "case")
	target := north.say(t, "note", note{"said first"})
	says, _ := Encode(note{"said again"})
	keys := []Signer{north.signer}
	north.newKey(t)
	keys = append(keys, north.signer)
	for i := range 2000 {
		north.signer = keys[i%2]
		north.say(t, KindAmend, Amendment{Says: says, Why: "typing"}, target.Hash)
	}
	for _, n := range north.thread.nodes {
		if len(n.seen) > 2 || n.seen == nil {
			t.Fatalf("an entry counts %d keys", len(n.seen))
		}
		if n.Hash != target.Hash && n.Kind == KindAmend {
			cut := *n
			cut.after = nil // whoever walks finds nothing
			if !north.thread.follows(&cut, north.thread.node(target.Hash)) {
				t.Fatal("it walks")
			}
		}
	}
	if c := north.thread.Log().Find(target.Hash).Corrected; len(c) != 1 {
		t.Errorf("%d corrections stand side by side", len(c))
	}
}

// TestThreadsOfManyKeysAreRead: beyond the bound on counted keys all is as it was.
func TestThreadsOfManyKeysAreRead(t *testing.T) {
	north := newSite(t, "north", 1)
	north.open(t, "case")
	first := north.say(t, "note", note{"first"})
	for range seenKeys + 10 {
		north.newKey(t)
		north.say(t, "note", note{"under another key"})
	}
	last := north.say(t, "note", note{"last"})
	l := north.thread.Log()
	if !l.Follows(last.Hash, first.Hash) || l.Follows(first.Hash, last.Hash) {
		t.Error("who had seen whom is not known")
	}
	for _, n := range north.thread.nodes {
		if len(n.seen) > seenKeys {
			t.Fatalf("an entry counts %d keys", len(n.seen))
		}
	}
}
