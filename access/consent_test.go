package access

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"consilium/ledger"
)

// allows checks one answer on all nodes that hold the thread.
func allows(t *testing.T, thread ledger.ThreadID, scope Scope, to ledger.HospitalID, want bool, nodes ...*hospital) {
	t.Helper()
	for _, n := range nodes {
		if got := FoldConsent(n.log(thread)).Allows(scope, to); got != want {
			t.Errorf("%s to the other hospital is allowed: %v, want %v", scope, got, want)
		}
	}
}

func TestConsentStartsAtNo(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	for _, s := range Scopes {
		allows(t, thread, s, b.id, false, a, b)
	}
	if (Consent{}).Allows(Consult, b.id) {
		t.Error("the zero consent allows something")
	}
	if ok, _ := governed.Gate(a.log(thread)).Thread(b.id); ok {
		t.Error("a case leaves without consent")
	}
	if ok, _ := governed.Gate(b.log(thread)).Thread(a.id); !ok {
		t.Error("the hospital with custody does not get its own case")
	}
}

func TestConsentIsForThoseNamedOrTakingPart(t *testing.T) {
	a, b, c := newHospital(t), newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.say(thread, KindConsent, grants("consult images -teaching"))
	allows(t, thread, Consult, b.id, true, a)
	allows(t, thread, Consult, c.id, false, a) // takes no part
	if !FoldConsent(a.log(thread)).Covers(Consult, c.id) {
		t.Error("a consent without names would not cover a hospital about to be invited")
	}
	allows(t, thread, Teaching, b.id, false, a)
	allows(t, thread, Research, b.id, false, a)
	allows(t, thread, Identity, b.id, false, a)

	a.say(thread, KindConsent, grants("identity", b.id))
	allows(t, thread, Identity, b.id, true, a)
	a.invites(c, thread)
	allows(t, thread, Identity, c.id, false, a)
	a.say(thread, KindConsent, grants("consult", c.id))
	allows(t, thread, Consult, c.id, true, a)
	allows(t, thread, Consult, b.id, false, a) // the newer one names another
	allows(t, thread, Images, b.id, true, a)   // scope by scope
}

func TestWithdrawalHoldsAtOnceAndFromAnybody(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.say(thread, KindConsent, grants("consult images"))
	a.sends(b, thread)
	w := b.say(thread, KindConsentWithdrawn, withdraws(Images))
	b.sends(a, thread)
	allows(t, thread, Images, b.id, false, a, b)
	allows(t, thread, Consult, b.id, true, a, b)

	b.say(thread, ledger.KindRetract, ledger.Retraction{Why: "mistake"}, w.Hash)
	b.sends(a, thread)
	allows(t, thread, Images, b.id, false, a, b) // a no is taken back by a new consent only
	a.say(thread, KindConsent, grants("images"))
	allows(t, thread, Images, b.id, true, a)
	a.say(thread, KindConsentWithdrawn, withdraws())
	for _, s := range Scopes {
		allows(t, thread, s, b.id, false, a)
	}
	if got := FoldConsent(a.log(thread)).State(Consult); got.Answer != Withdrawn {
		t.Errorf("state is %+v", got)
	}
}

func TestNobodyGrantsForAnothersPatient(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	if _, err := b.trySay(b.draft(thread, KindConsent, grants("identity", b.id))); !errors.Is(err, ledger.ErrNotSayable) {
		t.Errorf("a guest says yes for another's patient: %v", err)
	}
	b.say(thread, KindConsent, grants("-images")) // a no it may pass on

	// A node that leaves out the check gains nothing.
	rogue := ledger.NewKinds([]ledger.Kind{ledger.Declare[finding](ledger.Kind{Name: "case.finding"}),
		ledger.Declare[map[string]any](ledger.Kind{Name: KindConsent})})
	b.book.Kinds = rogue
	b.say(thread, KindConsent, map[string]any{"scopes": map[string]any{"identity": "granted", "consult": "granted"},
		"hospitals": []string{b.id.String()}, "how": "written", "date": "2026-11-21", "text": "x"})
	b.sends(a, thread)
	allows(t, thread, Identity, b.id, false, a, b)
	allows(t, thread, Consult, b.id, false, a, b)
}

func TestCustodyMovesWhoGrants(t *testing.T) {
	a, b, c := newHospital(t), newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.say(thread, KindConsent, grants("consult"))
	offer := a.say(thread, ledger.KindStewardOffered, ledger.StewardOffer{Hospital: b.id})
	a.sends(b, thread)
	accepted := b.say(thread, ledger.KindStewardAccepted, ledger.None{}, offer.Hash)
	b.sends(a, thread)
	a.say(thread, ledger.KindStewardConfirmed, ledger.None{}, accepted.Hash)
	a.sends(b, thread)
	b.invites(c, thread)
	allows(t, thread, Consult, a.id, true, b)
	b.say(thread, KindConsent, grants("consult", c.id))
	allows(t, thread, Consult, c.id, true, b)
	allows(t, thread, Consult, a.id, false, b)
	both(a, b, thread)
	if _, err := a.trySay(a.draft(thread, KindConsent, grants("consult", a.id))); err == nil {
		t.Error("the hospital that gave custody away still grants")
	}
}

func TestOfTwoConsentsTheNarrowerHolds(t *testing.T) {
	s := newSigner(t)
	a, twin, b, c := nodeOf(t, s), nodeOf(t, s), newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.invites(c, thread)
	a.say(thread, KindConsent, grants("consult images", b.id))
	a.sends(twin, thread)
	// One key says two things at one count: a fork. Neither can widen, and each narrows.
	a.say(thread, KindConsent, grants("consult teaching", b.id, c.id))
	twin.say(thread, KindConsent, grants("-images"))
	both(a, twin, thread)
	allows(t, thread, Consult, b.id, true, a, twin)
	allows(t, thread, Consult, c.id, false, a, twin)
	allows(t, thread, Teaching, b.id, false, a, twin)
	allows(t, thread, Images, b.id, false, a, twin)
	if !FoldConsent(a.log(thread)).State(Consult).Disputed {
		t.Error("the dispute is not shown")
	}
}

func TestConcurrentWithdrawalWins(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.say(thread, KindConsent, grants("consult"))
	a.sends(b, thread)
	b.say(thread, KindConsentWithdrawn, withdraws(Consult))
	a.say(thread, "case.finding", finding{"one"})
	a.say(thread, KindConsent, grants("consult images")) // has not seen the withdrawal, and stands later in the order
	both(a, b, thread)
	allows(t, thread, Consult, b.id, false, a, b)
	allows(t, thread, Images, b.id, true, a, b)
}

func TestAmendmentOnlyNarrows(t *testing.T) {
	a, b, c := newHospital(t), newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	a.invites(c, thread)
	e := a.say(thread, KindConsent, grants("consult images", b.id, c.id))
	raw, _ := ledger.Encode(grants("consult teaching", b.id))
	a.say(thread, ledger.KindAmend, ledger.Amendment{Says: raw, Why: "wrong form"}, e.Hash)
	allows(t, thread, Consult, b.id, true, a)
	allows(t, thread, Consult, c.id, false, a)
	allows(t, thread, Images, b.id, false, a)
	allows(t, thread, Teaching, b.id, false, a)
	a.say(thread, ledger.KindRetract, ledger.Retraction{Why: "wrong patient"}, e.Hash)
	allows(t, thread, Consult, b.id, false, a)
}

func TestErasedConsentIsNone(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	e := a.say(thread, KindConsent, grants("consult"))
	a.say(thread, ledger.KindErased, ledger.Erasure{Reason: "law"}, e.Hash)
	allows(t, thread, Consult, b.id, false, a)
	a.say(thread, KindConsent, grants("consult"))
	allows(t, thread, Consult, b.id, true, a)
}

func TestEmergencyFillsASilence(t *testing.T) {
	a, b := newHospital(t), newHospital(t)
	thread := a.open("case")
	a.invites(b, thread)
	urgent := ConsentGiven{Scopes: map[Scope]Answer{Consult: Granted}, Hospitals: []ledger.HospitalID{b.id}, How: Emergency, Date: "2026-11-21", Reason: "bleeding"}
	a.say(thread, KindConsent, urgent)
	allows(t, thread, Consult, b.id, true, a)
	a.say(thread, KindConsent, grants("-consult"))
	allows(t, thread, Consult, b.id, false, a)
	a.say(thread, KindConsent, urgent)
	allows(t, thread, Consult, b.id, false, a) // never over a no
}

func TestConsentForm(t *testing.T) {
	id := newSigner(t).Hospital()
	bad := map[string]ConsentGiven{
		"nothing":            {How: Written, Date: "2026", Text: "1"},
		"unknown scope":      {Scopes: map[Scope]Answer{"all": Granted}, How: Written, Date: "2026", Text: "1"},
		"unknown answer":     {Scopes: map[Scope]Answer{Consult: "yes"}, How: Written, Date: "2026", Text: "1"},
		"oral, no witness":   {Scopes: map[Scope]Answer{Consult: Granted}, How: Oral, Date: "2026", Text: "1"},
		"no text":            {Scopes: map[Scope]Answer{Consult: Granted}, How: Written, Date: "2026"},
		"bad date":           {Scopes: map[Scope]Answer{Consult: Granted}, How: Written, Date: "21.11.2026", Text: "1"},
		"emergency teaching": {Scopes: map[Scope]Answer{Teaching: Granted}, How: Emergency, Date: "2026", Reason: "x"},
		"emergency why":      {Scopes: map[Scope]Answer{Consult: Granted}, How: Emergency, Date: "2026"},
		"identity to all":    {Scopes: map[Scope]Answer{Identity: Granted}, How: Written, Date: "2026", Text: "1"},
		"key to nobody": {Scopes: map[Scope]Answer{Identity: Granted}, Hospitals: []ledger.HospitalID{{1}}, How: Written, Date: "2026", Text: "1",
			Keys: []WrappedKey{{Hospital: id, Blob: ledger.Hash{1}, Wrapped: "x"}}},
	}
	for name, c := range bad {
		if c.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	good := grants("consult identity -research", id)
	good.Keys = []WrappedKey{{Hospital: id, Blob: ledger.Hash{1}, Wrapped: "x"}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}

// open lists what a log lets leave, as text.
func openings(l ledger.Log, to ...ledger.HospitalID) map[string]bool {
	c, list := FoldConsent(l), map[string]bool{}
	for _, h := range to {
		for _, s := range Scopes {
			if c.Covers(s, h) {
				list[fmt.Sprintf("%s %s", s, h)] = true
			}
		}
	}
	return list
}

// Whatever was said before, in any order and by whomever: one more withdrawal, and one more word of a guest, open nothing.
func TestNothingWidensByANo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newSigner(t)
		a, b := nodeOf(t, s), newHospital(t)
		a2 := nodeOf(t, s) // the same key in two places: a fork, once both speak
		thread := a.open("case")
		a.invites(b, thread)
		a.sends(a2, thread)
		nodes := []*hospital{a, b, a2}
		steps := rapid.SliceOfN(rapid.IntRange(0, 17), 1, 8).Draw(rt, "steps")
		for _, step := range steps {
			n := nodes[step%3]
			switch step / 3 {
			case 0, 1:
				scope := rapid.SampledFrom(Scopes).Draw(rt, "scope")
				n.trySay(n.draft(thread, KindConsent, grants(string(scope), b.id)))
			case 2:
				n.trySay(n.draft(thread, KindConsent, grants("consult -images")))
			case 3:
				n.say(thread, KindConsentWithdrawn, withdraws(rapid.SampledFrom(Scopes).Draw(rt, "scope")))
			default:
				n.sends(nodes[(step+1)%3], thread)
			}
		}
		for _, n := range nodes {
			before := openings(n.log(thread), a.id, b.id)
			n.say(thread, KindConsentWithdrawn, withdraws(rapid.SampledFrom(Scopes).Draw(rt, "withdrawn")))
			for what := range openings(n.log(thread), a.id, b.id) {
				if !before[what] {
					rt.Fatalf("a withdrawal opened %s", what)
				}
			}
		}
		a.sends(a2, thread)
		both(b, a2, thread)
		both(a, b, thread)
		both(a, a2, thread)
		if x, y := openings(a.log(thread), a.id, b.id), openings(a2.log(thread), a.id, b.id); fmt.Sprint(x) != fmt.Sprint(y) {
			rt.Fatalf("two nodes with one history differ: %v, %v", x, y)
		}
	})
}

func BenchmarkFoldConsent(b *testing.B) {
	a := newHospital(b)
	thread := a.open("case")
	for i := range 1000 {
		if i%100 == 0 {
			a.say(thread, KindConsent, grants("consult images"))
		} else {
			a.say(thread, "case.finding", finding{"x"})
		}
	}
	l := a.log(thread)
	for b.Loop() {
		FoldConsent(l)
	}
}
