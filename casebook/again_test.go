package casebook

import (
	"slices"
	"testing"

	"consilium/access"
	"consilium/ledger"
)

// tasked are the entries that the open tasks ask for.
func tasked(c Case) (list []string) {
	for _, t := range c.Next {
		list = append(list, t.Kind)
	}
	return list
}

func TestASecondOperationIsPlannedLikeTheFirst(t *testing.T) {
	w := newWorld(t)
	plan := w.signedPlan()
	w.home.must(w.draft(KindOperation, w.operation(), plan))
	if c := w.home.fold(w.id); c.Verb != "follow" || slices.Contains(tasked(c), KindPlanSigned) {
		t.Fatalf("after the operation: %s, %v", c.Verb, tasked(c))
	}
	ref := w.home.must(w.draft(KindReferred, Referred{To: w.far.id, Question: "The spasm is back: again?", Urgency: "soon"}))
	w.sync()
	if c := w.far.fold(w.id); !slices.Contains(tasked(c), KindAccepted) {
		t.Errorf("nobody is asked to answer a referral after the operation: %v", tasked(c))
	}
	w.far.must(w.draft(KindAccepted, w.accepted(), ref))
	w.sync()
	again := w.home.must(w.draft(KindPlan, w.plan(2), plan))
	c := w.home.fold(w.id)
	if c.Verb != "plan" || !slices.Contains(tasked(c), KindPlanSigned) || !slices.Contains(tasked(c), KindFollowUp) {
		t.Errorf("with a new plan: %s, %v", c.Verb, tasked(c))
	}
	w.home.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, again))
	w.sync()
	w.far.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, again))
	w.sync()
	if c = w.home.fold(w.id); c.Verb != "operate" || !slices.Contains(tasked(c), KindScheduled) {
		t.Errorf("with the new plan signed: %s, %v", c.Verb, tasked(c))
	}
	w.home.must(w.draft(KindScheduled, Scheduled{Date: "2026-09-01", Hospital: w.home.id}))
	if c = w.home.fold(w.id); !slices.Contains(tasked(c), KindOperation) {
		t.Errorf("scheduled: %v", tasked(c))
	}
	second := w.operation()
	second.Date = "2026-09-01"
	w.home.must(w.draft(KindOperation, second, again))
	if c = w.home.fold(w.id); c.Verb != "follow" || slices.Contains(tasked(c), KindOperation) || slices.Contains(tasked(c), KindScheduled) {
		t.Errorf("after the second operation: %s, %v", c.Verb, tasked(c))
	}
}

func TestAnAbandonedOperationIsScheduledAnew(t *testing.T) {
	w := newWorld(t)
	plan := w.signedPlan()
	w.home.must(w.draft(KindScheduled, Scheduled{Date: "2026-04-01", Hospital: w.home.id}))
	w.home.must(w.draft(KindOperation, Operation{Date: "2026-04-01", Abandoned: true, AbandonReason: "bleeding"}, plan))
	c := w.home.fold(w.id)
	if !slices.Contains(tasked(c), KindScheduled) || slices.Contains(tasked(c), KindOperation) {
		t.Errorf("the day of the abandoned operation still counts: %v", tasked(c))
	}
	w.home.must(w.draft(KindScheduled, Scheduled{Date: "2026-05-01", Hospital: w.home.id}))
	if c = w.home.fold(w.id); !slices.Contains(tasked(c), KindOperation) {
		t.Errorf("scheduled anew: %v", tasked(c))
	}
}

func TestAConsentTakenBackIsNotInThePacket(t *testing.T) {
	w := newWorld(t)
	given := access.ConsentGiven{Scopes: map[access.Scope]access.Answer{access.Consult: access.Granted}, How: access.Written, Text: "form 3", Date: "2026-03-02"}
	consent := w.home.must(w.draft(access.KindConsent, given))
	if c := w.home.fold(w.id); !slices.Contains(c.Holds, "consent") {
		t.Fatalf("a consent is not held: %v", c.Holds)
	}
	w.home.must(w.draft(ledger.KindRetract, ledger.Retraction{Why: "another patient's"}, consent))
	if c := w.home.fold(w.id); slices.Contains(c.Holds, "consent") {
		t.Error("a consent that was taken back still fills the packet")
	}
	w.home.must(w.draft(access.KindConsent, given))
	w.home.must(w.draft(access.KindConsentWithdrawn, access.ConsentWithdrawn{Date: "2026-03-03"}))
	if c := w.home.fold(w.id); slices.Contains(c.Holds, "consent") {
		t.Error("a consent that the patient withdrew still fills the packet")
	}
}

func TestWhoThePatientIsComesFromTheCustodian(t *testing.T) {
	w := newWorldWith(t, lawless())
	sealed := func(n byte) []ledger.BlobRef {
		return []ledger.BlobRef{{Hash: ledger.Hash{n}, Size: 9, Type: "application/age", Scope: scopeIdentity, Sealed: true}}
	}
	d := w.draft(KindIdentity, Identity{})
	d.Blobs = sealed(1)
	w.home.must(d)
	w.sync()
	d.Blobs = sealed(2)
	w.far.must(d)
	w.sync()
	c := w.home.fold(w.id)
	if c.Identity == nil || c.Identity.Hash != (ledger.Hash{1}) {
		t.Errorf("another hospital says who the patient is: %+v", c.Identity)
	}
	if c.Marks != 1 {
		t.Errorf("%d marks", c.Marks)
	}
}
