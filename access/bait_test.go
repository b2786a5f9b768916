package access

import (
	"context"
	"slices"
	"testing"

	"consilium/ledger"
)

// bait opens a case at a hospital, with every consent for everybody, and attaches a file there as if it were anything.
func (h *hospital) bait(b ledger.BlobRef, with ...*hospital) ledger.ThreadID {
	h.t.Helper()
	thread := h.open("case")
	ids := []ledger.HospitalID{h.id}
	for _, other := range with {
		h.invites(other, thread)
		ids = append(ids, other.id)
	}
	h.say(thread, KindConsent, grants("consult images identity recording", ids...))
	b.Scope, b.Sealed, b.Type = "", false, "application/pdf"
	h.attach(thread, b)
	for _, other := range with {
		h.sends(other, thread)
	}
	return thread
}

// TestBaitGivesNothing: a member of a thread learned the hash of a file that consent keeps from it, attaches it in a case of its own and invites the holder.
func TestBaitGivesNothing(t *testing.T) {
	for name, attached := range map[string]struct {
		kind string
		file ledger.BlobRef
	}{"images": {"case", blob("scan", Images)}, "identity": {"case", blob("name", Identity)}, "file of a visit": {"visit", blob("team", Recording)}} {
		t.Run(name, func(t *testing.T) {
			a, b, c := newHospital(t), newHospital(t), newHospital(t)
			thread := a.open(attached.kind)
			a.invites(b, thread)
			if attached.kind == "case" {
				a.say(thread, KindConsent, grants("consult"))
			}
			d := a.draft(thread, "note", finding{"with a file"})
			d.Blobs = []ledger.BlobRef{attached.file}
			said, err := a.trySay(d)
			if err != nil {
				t.Fatal(err)
			}
			a.sends(b, thread)
			own := b.bait(attached.file, a, c)
			leaves(t, a, attached.file, b.id, false)
			leaves(t, a, attached.file, c.id, false)
			if a.file(attached.file).Shown(own) || !a.file(attached.file).Shown(thread) {
				t.Error("who may read the bait may read the file")
			}
			a.say(thread, ledger.KindErased, ledger.Erasure{Reason: "law"}, said.Hash)
			leaves(t, a, attached.file, b.id, false)
			leaves(t, a, attached.file, c.id, false)
			if f := a.file(attached.file); f.Shown(own) || f.Shown(thread) || !f.Kept() {
				t.Error("an erased file is shown, or is gone while its words are locked")
			}
			a.destroy(thread, said.Hash)
			if a.file(attached.file).Kept() {
				t.Error("the bait keeps an erased file alive")
			}
			leaves(t, a, attached.file, b.id, false)
		})
	}
}

// TestBaitAtAnotherHolderGivesNothing: the file came from elsewhere, and the bait may have come before the words that attach it rightfully.
func TestBaitAtAnotherHolderGivesNothing(t *testing.T) {
	for _, first := range []bool{false, true} {
		a, b, c, d := newHospital(t), newHospital(t), newHospital(t), newHospital(t)
		thread := a.open("case")
		a.invites(b, thread)
		a.invites(c, thread)
		a.say(thread, KindConsent, grants("consult", b.id, c.id))
		scan := blob("scan", Images)
		said := a.attach(thread, scan)
		a.say(thread, KindConsent, grants("images", c.id))
		a.sends(b, thread)
		var own ledger.ThreadID
		if first {
			own = b.bait(scan, c, d)
		}
		a.sends(c, thread)
		c.got(scan, a)
		if !first {
			own = b.bait(scan, c, d)
		}
		leaves(t, c, scan, b.id, false)
		leaves(t, c, scan, d.id, false)
		leaves(t, c, scan, a.id, true)
		if f := c.file(scan); f.Shown(own) || !f.Shown(thread) {
			t.Errorf("bait first: %v: who may read the bait may read the file", first)
		}
		a.say(thread, ledger.KindErased, ledger.Erasure{Reason: "law"}, said.Hash)
		a.sends(c, thread)
		c.destroy(thread, said.Hash)
		if c.file(scan).Kept() {
			t.Errorf("bait first: %v: the bait keeps an erased file alive", first)
		}
	}
}

// TestTheStrictestThreadCounts: a hospital attached one file in two cases; who may have it by one of them only does not get it, also after that one is erased.
func TestTheStrictestThreadCounts(t *testing.T) {
	a, b, c := newHospital(t), newHospital(t), newHospital(t)
	strict, open := a.open("case"), a.open("case")
	scan := blob("scan", Images)
	for _, thread := range []ledger.ThreadID{strict, open} {
		a.invites(b, thread)
		a.say(thread, KindConsent, grants("consult"))
	}
	a.invites(c, open)
	said := a.attach(strict, scan)
	a.attach(open, scan)
	a.say(open, KindConsent, grants("images", b.id, c.id))
	leaves(t, a, scan, b.id, false)
	leaves(t, a, scan, c.id, false)
	a.say(strict, ledger.KindErased, ledger.Erasure{Reason: "mistake"}, said.Hash)
	a.destroy(strict, said.Hash)
	leaves(t, a, scan, b.id, false)
	if !a.file(scan).Kept() || !a.file(scan).Shown(open) || a.file(scan).Shown(strict) {
		t.Error("the file of the other case is gone, or the erased attachment shows it")
	}
}

// TestAPackIsNobodysSecret: the same pathway is attached to case after case, and goes to whoever takes part in one of them.
func TestAPackIsNobodysSecret(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	pack := blob("pack", "")
	pack.Type = PackType
	alone, shared := a.open("case"), a.open("case")
	a.attach(alone, pack)
	a.attach(shared, pack)
	a.invites(b, shared)
	a.say(shared, KindConsent, grants("consult"))
	leaves(t, a, pack, b.id, true)
	if f := a.file(pack); !f.Pack() || slices.ContainsFunc(f.Claims, func(c Claim) bool { return c.Gate.log.Kind != "" }) {
		t.Error("every case is read for a pack")
	}
}

// destroy ends the words of entries at a node.
func (h *hospital) destroy(thread ledger.ThreadID, entries ...ledger.Hash) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		return h.book.Destroy(ctx, tx, thread, entries, h.now())
	})
}
