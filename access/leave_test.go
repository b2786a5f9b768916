package access

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"consilium/ledger"
	"consilium/people"
)

func blob(name string, scope Scope) ledger.BlobRef {
	var h ledger.Hash
	copy(h[:], name)
	b := ledger.BlobRef{Hash: h, Size: 10, Type: "application/dicom", Scope: string(scope), Sealed: scope == Identity}
	if scope == "" {
		b.Type = "application/pdf"
	}
	return b
}

// leaves checks whether a file goes to a hospital, judged at a node that holds it.
func leaves(t *testing.T, at *hospital, b ledger.BlobRef, to ledger.HospitalID, want bool) {
	t.Helper()
	got, why := at.file(b).MayLeave(to)
	if got != want || got == why.Complete() {
		t.Errorf("leaves: %v because %q, want %v", got, why.En, want)
	}
}

// file is what decides about a file at a node.
func (h *hospital) file(b ledger.BlobRef) (f File) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		f, err = governed.File(ctx, tx, h.book, b.Hash)
		return err
	})
	return f
}

// got notes that a file came from another hospital.
func (h *hospital) got(b ledger.BlobRef, from *hospital) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) error { return ledger.Given(ctx, tx, b.Hash, from.id) })
}

func TestFilesLeaveByScope(t *testing.T) {
	a, b, c := newHospital(t), newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	scan, report, video, name := blob("scan", Images), blob("report", ""), blob("video", Recording), blob("name", Identity)
	a.attach(thread, scan, report, video, name)
	leaves(t, a, report, b.id, false)
	a.say(thread, KindConsent, grants("consult"))
	leaves(t, a, report, b.id, true)
	leaves(t, a, scan, b.id, false)
	a.say(thread, KindConsent, grants("images identity", b.id))
	leaves(t, a, scan, b.id, true)
	leaves(t, a, name, b.id, true)
	leaves(t, a, video, b.id, false)
	a.invites(c, thread)
	leaves(t, a, report, c.id, true)
	leaves(t, a, scan, c.id, false)
	leaves(t, a, name, c.id, false)
	leaves(t, a, blob("other", ""), b.id, false) // attached nowhere
	leaves(t, a, name, newHospital(t).id, false)

	a.say(thread, KindConsentWithdrawn, withdraws(Identity))
	leaves(t, a, name, b.id, false)
	leaves(t, a, scan, b.id, true)
	if FoldConsent(a.log(thread)).Keys(b.id) != nil {
		t.Error("keys are given after a withdrawal")
	}
	unknown := blob("odd", "")
	unknown.Scope = "whatever"
	a.attach(thread, unknown)
	leaves(t, a, unknown, b.id, false)
}

// TestAPictureNeedsItsScopeWhoeverForgotIt: a program that attaches a picture or a recording need not know of scopes.
func TestAPictureNeedsItsScopeWhoeverForgotIt(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.say(thread, KindConsent, grants("consult"))
	for _, sort := range []string{"application/dicom", "image/png", "IMAGE/JPEG", "video/mp4", "audio/ogg"} {
		file := blob(sort, "")
		file.Type = sort
		a.attach(thread, file)
		leaves(t, a, file, b.id, false)
	}
}

func TestNobodyFreesAFileByAttachingIt(t *testing.T) {
	a, b, c := newHospital(t), newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	name := blob("name", Identity)
	a.say(thread, KindConsent, grants("consult"))
	a.attach(thread, name)
	a.sends(b, thread)

	open := name
	open.Scope, open.Sealed = "", false
	b.attach(thread, open) // in the same case, as if it were anything
	b.sends(a, thread)
	leaves(t, a, name, b.id, false)

	own := b.open("case") // in a case of its own, with every consent
	b.invites(a, own)
	b.invites(c, own)
	b.say(own, KindConsent, grants("consult images identity", a.id, b.id, c.id))
	b.attach(own, open)
	b.sends(a, own)
	leaves(t, a, name, b.id, false)
	leaves(t, a, name, c.id, false)
}

func TestOwnFileComesHome(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.say(thread, KindConsent, grants("consult"))
	a.sends(b, thread)
	scan := blob("scan", Images)
	b.attach(thread, scan)
	b.sends(a, thread)
	a.got(scan, b)
	leaves(t, a, scan, b.id, true) // b lost its disk
	leaves(t, b, scan, a.id, true) // the patient's hospital has its patient's images
}

func TestThreadsThatAreNoCaseAreFreeToMembers(t *testing.T) {
	a, b, c := newHospital(t), newHospital(t), newHospital(t)
	thread := a.open("visit")
	a.invites(b, thread)
	for to, want := range map[ledger.HospitalID]bool{a.id: true, b.id: true, c.id: false} {
		if got, _ := governed.Gate(a.log(thread)).Thread(to); got != want {
			t.Errorf("leaves: %v, want %v", got, want)
		}
	}
	a.say(thread, ledger.KindRemoved, ledger.Leaving{Hospital: b.id})
	if ok, _ := governed.Gate(a.log(thread)).Thread(b.id); ok {
		t.Error("leaves to a removed hospital")
	}
}

// TestWhatNobodyDeclaresIsShut: a thread of a kind that no room of the node declares is kept, and nothing of it is shown or leaves.
func TestWhatNobodyDeclaresIsShut(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("recital")
	a.invites(b, thread)
	gate := governed.Gate(a.log(thread))
	if ok, why := gate.Thread(b.id); ok || !why.Complete() {
		t.Errorf("leaves: %v", ok)
	}
	if _, ended := gate.Until(b.id); ended {
		t.Error("a part of it leaves")
	}
	d := doorOf(a, map[ledger.PersonID][]string{"wang": Relations})
	for _, who := range []Who{person("wang", people.Roles...), {Person: "p1", Roles: people.Roles}, {Person: "job", System: true}} {
		if _, err := d.Read(ctx, who, thread); !errors.Is(err, ErrDenied) {
			t.Errorf("%s reads it: %v", who.Person, err)
		}
		if _, err := d.Open(ctx, who, "recital", nil); !errors.Is(err, ErrDenied) {
			t.Errorf("%s opens one: %v", who.Person, err)
		}
	}
	a.update(func(ctx context.Context, tx ledger.Tx) error {
		rows, err := FindLog(ctx, tx, Sought{Thread: thread, Limit: 10})
		if len(rows) != 3 || rows[0].Why != Denied {
			t.Errorf("the access log: %+v", rows)
		}
		return err
	})
}

func TestAfterAWithdrawalNothingSaidLaterGoes(t *testing.T) {
	a, b, c := newHospital(t), newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.invites(c, thread)
	a.say(thread, KindConsent, grants("consult", b.id))
	if _, ended := governed.Gate(a.log(thread)).Until(b.id); ended {
		t.Error("the part of a hospital with consent has ended")
	}
	a.say(thread, KindConsentWithdrawn, withdraws())
	withdrawal := a.log(thread).Said[len(a.log(thread).Said)-1].Hash
	a.say(thread, "case.finding", finding{"later"})
	a.say(thread, KindConsentWithdrawn, withdraws("research")) // a later no about something else does not move the end
	gate := governed.Gate(a.log(thread))
	if end, ended := gate.Until(b.id); !ended || end != withdrawal {
		t.Errorf("what the hospital hears of ends with %s (%v), want the withdrawal %s", end.Short(), ended, withdrawal.Short())
	}
	if _, ended := gate.Until(c.id); ended {
		t.Error("a hospital that was never let in hears of something")
	}
	a.say(thread, KindConsent, grants("consult", b.id))
	a.say(thread, ledger.KindRemoved, ledger.Leaving{Hospital: b.id})
	removal := a.log(thread).Said[len(a.log(thread).Said)-1].Hash
	if end, ended := governed.Gate(a.log(thread)).Until(b.id); !ended || end != removal {
		t.Errorf("a removed hospital hears up to %s (%v), want its removal %s", end.Short(), ended, removal.Short())
	}
}

// TestTheEndOfAConsentIsFoundInOneReading lets hospitals say yes and no in any order, seen by each other or not, and compares the end with that of reading the
// thread anew after each entry.
func TestTheEndOfAConsentIsFoundInOneReading(t *testing.T) {
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		if runs++; runs > 12 {
			return // each has databases of its own
		}
		a, b := newHospital(t), newHospital(t)
		thread := a.open("case")
		a.invites(b, thread)
		twin := nodeOf(t, a.book.Signer()) // forks
		a.sends(twin, thread)
		forked := false
		for range rapid.IntRange(3, 14).Draw(r, "steps") {
			who := rapid.SampledFrom([]*hospital{a, a, a, b, twin}).Draw(r, "who")
			forked = forked || who == twin
			switch rapid.SampledFrom([]string{"yes", "named", "no", "withdrawn", "emergency", "other", "meet"}).Draw(r, "what") {
			case "yes":
				_, _ = who.trySay(who.draft(thread, KindConsent, grants("consult")))
			case "named":
				_, _ = who.trySay(who.draft(thread, KindConsent, grants("consult images", b.id)))
			case "no":
				_, _ = who.trySay(who.draft(thread, KindConsent, grants("-consult")))
			case "withdrawn":
				_, _ = who.trySay(who.draft(thread, KindConsentWithdrawn, withdraws()))
			case "emergency":
				c := grants("consult", b.id)
				c.How, c.Reason, c.Text = Emergency, "unconscious", ""
				_, _ = who.trySay(who.draft(thread, KindConsent, c))
			case "other":
				_, _ = who.trySay(who.draft(thread, KindConsent, grants("research")))
			case "meet":
				both(a, b, thread)
				if forked {
					twin.sends(b, thread)
				}
			}
		}
		both(a, b, thread)
		twin.sends(b, thread)
		l := b.log(thread)
		for _, to := range []ledger.HospitalID{a.id, b.id} {
			var want ledger.Hash
			covered := false
			for i, s := range l.Said {
				before := l
				before.Said = l.Said[:i+1]
				now := FoldConsent(before).Covers(Consult, to)
				if covered && !now {
					want = s.Hash
				}
				covered = now
			}
			if got, _ := governed.Gate(l).consentEnd(to); got != want {
				r.Fatalf("the consent ends with %s, read anew with %s", got.Short(), want.Short())
			}
		}
	})
}
