package casebook

import (
	"slices"
	"strings"
	"testing"

	"consilium/ledger"
)

// twin is a second node with the same signing key: a copied machine, which forks.
func (n *node) twin(id ledger.ThreadID) *node {
	n.t.Helper()
	t := newNode(n.t, n.clock, Talk(nil).Spoken())
	t.id, t.doc = n.id, n.doc
	t.book.SetSigner(n.book.Signer())
	n.give(t, id)
	return t
}

// amendApart lets two keys of one hospital amend one entry without knowing of each other.
func amendApart(t *testing.T, w *world, h ledger.Hash, a, b any) {
	t.Helper()
	other := newNode(t, &w.clock, Talk(nil).Spoken())
	signer, err := w.home.issuer.NewSigner(zeros{7}, start)
	if err != nil {
		t.Fatal(err)
	}
	other.book.SetSigner(signer)
	other.id, other.doc = w.home.id, w.home.doc
	w.home.give(other, w.id)
	w.home.must(w.draft(ledger.KindAmend, amendment(a), h))
	other.must(w.draft(ledger.KindAmend, amendment(b), h))
	w.home.sync(other, w.id)
	w.sync()
}

// zeros is as random as a test needs.
type zeros struct{ b byte }

func (z zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = z.b
	}
	return len(p), nil
}

func TestCorrections(t *testing.T) {
	w := newWorld(t)
	h := w.home.must(w.draft(KindFinding, Finding{Note: "Cohen 2"}))
	w.home.must(w.draft(ledger.KindAmend, amendment(Finding{Note: "Cohen 3"}), h))
	c := w.home.fold(w.id)
	i := find(t, c, h)
	if c.Findings[0].Says.Note != "Cohen 3" || i.Lines[0].En != "Cohen 3" || i.Original[0].En != "Cohen 2" || len(i.Corrections) != 1 || i.Conflict {
		t.Errorf("amended: %+v", i)
	}
	amendApart(t, w, h, Finding{Note: "Cohen 1"}, Finding{Note: "Cohen 4"})
	c = w.far.fold(w.id)
	i = find(t, c, h)
	if !i.Conflict || len(i.Corrections) != 2 || c.Findings[0].Says.Note != "Cohen 2" || c.Marks != 1 {
		t.Errorf("two corrections side by side: %+v", i)
	}
	if last := c.Next[len(c.Next)-1]; last.Kind != ledger.KindAmend || last.Refs[0] != h {
		t.Errorf("nobody is asked to settle it: %+v", last)
	}
	w.home.must(w.draft(ledger.KindAmend, amendment(Finding{Note: "Cohen 4"}), h))
	if c = w.home.fold(w.id); c.Findings[0].Says.Note != "Cohen 4" || c.Marks != 0 {
		t.Errorf("after one that had seen both: %+v", c.Findings)
	}
	w.home.must(w.draft(ledger.KindRetract, ledger.Retraction{Why: "other patient"}, h))
	c = w.home.fold(w.id)
	if i = find(t, c, h); len(c.Findings) != 0 || !i.Retracted || i.Original[0].En != "Cohen 2" {
		t.Errorf("retracted: %+v", i)
	}
}

func TestErased(t *testing.T) {
	w := newWorld(t)
	h := w.home.must(w.draft(KindFinding, Finding{Note: "her name is"}))
	plan := w.signedPlan()
	w.home.must(w.draft(ledger.KindErased, ledger.Erasure{Reason: "withdrawn"}, h, w.home.fold(w.id).Plan().Signatures[0].Hash))
	w.sync()
	c := w.far.fold(w.id)
	if i := find(t, c, h); len(c.Findings) != 0 || !i.Erased || i.Title.Empty() || len(i.Lines) > 0 {
		t.Errorf("erased: %+v", i)
	}
	if !c.Plan().Signed() || c.Plan().Hash != plan {
		t.Error("a signature whose words are erased no longer holds")
	}
}

// TestLate: what a hospital wrote past its removal is shown and has no effect.
func TestLate(t *testing.T) {
	w := newWorld(t)
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	w.sync()
	key := w.far.book.Signer().Key()
	cut := ledger.Cut{Key: key, Seq: 1, Hash: w.far.log(w.id).Said[2].Hash}
	w.home.must(w.draft(ledger.KindRemoved, ledger.Leaving{Hospital: w.far.id, Cut: []ledger.Cut{cut}}))
	h := w.far.must(w.draft(KindAccepted, w.accepted(), ref))
	w.far.give(w.home, w.id)
	c := w.home.fold(w.id)
	if i := find(t, c, h); i.Standing != ledger.Late || c.Referrals[0].State != Pending {
		t.Errorf("late acceptance: %q, referral %s", i.Standing, c.Referrals[0].State)
	}
}

// TestDoubted: of what a forked key says, facts count and signatures do not.
func TestDoubted(t *testing.T) {
	w := newWorld(t)
	plan := w.home.must(w.draft(KindPlan, w.plan(1)))
	w.home.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, plan))
	w.sync()
	copied := w.far.twin(w.id)
	copied.must(w.draft(KindFinding, Finding{Note: "seen on the copy"}))
	signed := w.far.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, plan))
	w.sync()
	if !w.home.fold(w.id).Signed(plan) {
		t.Fatal("before the fork is known, the signature holds")
	}
	copied.give(w.home, w.id)
	c := w.home.fold(w.id)
	if i := find(t, c, signed); i.Standing != ledger.Doubted || c.Plan().Signed() {
		t.Errorf("a doubted signature holds: %q", i.Standing)
	}
	if len(c.Findings) != 1 || c.Marks == 0 {
		t.Errorf("facts of a doubted key count and are marked: %d findings, %d marks", len(c.Findings), c.Marks)
	}
}

// TestSignedWhileEditedElsewhere: a plan edited at the same time is simply not the one that was signed.
func TestSignedWhileEditedElsewhere(t *testing.T) {
	w := newWorld(t)
	v1 := w.home.must(w.draft(KindPlan, w.plan(1)))
	w.sync()
	p := w.plan(2)
	p.Title = "Microscopic decompression"
	v2 := w.far.must(w.draft(KindPlan, p, v1))
	w.home.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, v1))
	w.sync()
	c := w.home.fold(w.id)
	if c.Plan() == nil || c.Plan().Hash != v2 || c.Plan().Signed() || len(c.Plan().Missing()) != 2 {
		t.Fatalf("the plan in force: %+v", c.Plan())
	}
	if got := DiffPlans(c.Plans[0].Says, c.Plans[1].Says); len(got) != 1 || got[0].Field != "title" || got[0].New != p.Title {
		t.Errorf("difference %+v", got)
	}
	v3 := w.home.must(w.draft(KindPlan, w.plan(3), v2))
	v3far := w.far.must(w.draft(KindPlan, w.plan(3), v2))
	w.sync()
	c = w.far.fold(w.id)
	if c.Plan() != nil || len(c.PlanHeads) != 2 || c.Next[0].Kind != KindPlan || len(c.Next[0].Refs) != 2 {
		t.Fatalf("two versions side by side: %v, next %+v", c.PlanHeads, c.Next[0])
	}
	v4 := w.far.must(w.draft(KindPlan, w.plan(4), v3, v3far))
	if c = w.far.fold(w.id); c.Plan() == nil || c.Plan().Hash != v4 {
		t.Errorf("a version that names both ends the dispute: %v", c.PlanHeads)
	}
	w.far.must(w.draft(ledger.KindRetract, ledger.Retraction{Why: "too early"}, v4))
	if c = w.far.fold(w.id); len(c.PlanHeads) != 2 {
		t.Errorf("retracting it brings both back: %v", c.PlanHeads)
	}
}

// TestSignatureTakenBackLater: what was signed when the patient was operated stays so.
func TestSignatureTakenBackLater(t *testing.T) {
	w := newWorld(t)
	plan := w.signedPlan()
	op := w.home.must(w.draft(KindOperation, w.operation(), plan))
	c := w.far.fold(w.id)
	mine := c.Plan().signature(w.far.id, end).Hash
	w.sync()
	w.far.must(w.draft(ledger.KindRetract, ledger.Retraction{Why: "second thoughts"}, mine))
	w.home.must(w.draft(ledger.KindAmend, amendment(w.plan(1)), plan))
	w.sync()
	c = w.home.fold(w.id)
	if !c.Operations[0].Signed || len(find(t, c, op).Marks) > 0 {
		t.Errorf("the operation became unsigned afterwards: %+v", find(t, c, op).Marks)
	}
	if c.Plan().Signed() {
		t.Error("the plan itself still counts as signed")
	}
}

// vital is a kind of a later release.
type vital struct {
	Pulse int `json:"pulse"`
}

func TestUnknownKindIsKept(t *testing.T) {
	kinds := append(Talk(nil).Spoken(), ledger.Declare[vital](ledger.Kind{Name: "case.vital"}))
	i := slices.IndexFunc(kinds, func(k ledger.Kind) bool { return k.Name == KindFinding })
	kinds[i] = ledger.Declare[vital](ledger.Kind{Name: KindFinding, Version: 2})
	w := newWorldWith(t, kinds)
	for _, kind := range []string{"case.vital", KindFinding} {
		h := w.home.must(w.draft(kind, vital{61}))
		c := w.home.fold(w.id)
		if i := find(t, c, h); !i.Unread || i.Title.Empty() || len(c.Findings) > 0 {
			t.Errorf("%s: %+v", kind, i)
		}
	}
}

func TestDeviation(t *testing.T) {
	w := newWorld(t)
	plan := w.signedPlan()
	o := w.operation()
	o.Guidance, o.Operator = "expert_operates", Owner{Hospital: w.far.id, Name: "Dr. Far"}
	o.Steps = []StepDone{{Step: "open", Done: "planned", Entrustment: 4}, {Step: "decompress", Done: "modified"}, {Step: "graft", Done: "planned"}}
	w.home.must(w.draft(KindOperation, o, plan))
	var fields []string
	for _, d := range w.home.fold(w.id).Operations[0].Deviation {
		fields = append(fields, d.Field)
	}
	if want := []string{"guidance", "operator", "step.decompress", "step.graft"}; !slices.Equal(fields, want) {
		t.Errorf("deviation %v, want %v", fields, want)
	}
}

// Signed tells whether a version is in force and signed by all.
func (c Case) Signed(plan ledger.Hash) bool {
	p := c.Plan()
	return p != nil && p.Hash == plan && p.Signed()
}

// TestTheTimelineIsByTheDateOfTheEvent: what happened first stands first, whenever it was written; what was written late says so.
func TestTheTimelineIsByTheDateOfTheEvent(t *testing.T) {
	w := newWorld(t)
	now := w.home.must(w.draft(KindFinding, Finding{Note: "today"}))
	past := w.home.must(w.draft(KindOperation, Operation{Date: "2024-07", Elsewhere: "a county hospital", Abandoned: true, AbandonReason: "bleeding"}))
	c := w.home.fold(w.id)
	if c.Timeline[0].Hash != past || !c.Timeline[0].Belated || c.Timeline[0].When != "2024-07" || find(t, c, now).Belated {
		t.Errorf("first is %+v", c.Timeline[0])
	}
	if c.Operation() != nil || c.Verb != "refer" {
		t.Errorf("an operation abandoned elsewhere ends nothing: %s", c.Verb)
	}
}

func TestASearchWithoutEndCostsNoMoreThanOneThatSomebodyTypes(t *testing.T) {
	w := newWorld(t)
	endless := "hemifacial " + strings.Repeat("s p a s m 痉挛 ", 5000)
	if n := len(wordsOf(endless)); n > mostWords {
		t.Errorf("it is looked up by %d words", n)
	}
	if _, _, err := List(t.Context(), w.home.db, Query{Text: endless}); err != nil {
		t.Error(err)
	}
	if list, _, err := List(t.Context(), w.home.db, Query{Text: "  Hemifacial   ＳＰＡＳＭ "}); err != nil || len(list) != 1 {
		t.Errorf("%d cases, %v", len(list), err)
	}
}
