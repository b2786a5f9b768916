package casebook

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

func marked(c Case, h ledger.Hash, code string) bool {
	return slices.ContainsFunc(c.Timeline, func(i record.Item) bool {
		return i.Hash == h && slices.ContainsFunc(i.Marks, func(m record.Mark) bool { return m.Code == code && m.Text.Complete() })
	})
}

// TestWhatIsOddIsConfirmedWithAReason: the rule asks until each doubt is confirmed, takes no confirmation of what is in order, and the reason stays as a mark at every
// reader, also at one that folds on from the case before.
func TestWhatIsOddIsConfirmedWithAReason(t *testing.T) {
	w := newWorld(t)
	plan := w.signedPlan()
	doubts := []Doubt{doubt("operation-before-opening", "date"), doubt("operation-off-schedule", "date")}
	rule := Doubted(func(context.Context, ledger.Tx, ledger.Draft) ([]Doubt, error) { return doubts, nil })
	op := func(codes ...string) ledger.Draft {
		return w.draft(KindOperation, Operation{Date: "2019-01-01", Confirmed: Confirmed{Odd: codes, Why: "typed from papers"}}, plan)
	}
	var open *Unconfirmed
	if err := rule(t.Context(), nil, op("operation-before-opening")); !errors.As(err, &open) || len(open.Doubts) != 2 {
		t.Errorf("one of two confirmed: %v", err)
	} else if faults := open.Faults(); faults[len(faults)-1].Field != "confirmed" || !strings.Contains(open.Error(), "operation-off-schedule") {
		t.Errorf("the program that asks is not told how it is confirmed: %+v", faults)
	}
	both := op("operation-before-opening", "operation-off-schedule")
	if err := rule(t.Context(), nil, both); err != nil {
		t.Errorf("both confirmed: %v", err)
	}
	doubts = nil
	if err := rule(t.Context(), nil, both); !errors.As(err, &open) || len(open.Doubts) > 0 {
		t.Errorf("what is in order is confirmed as odd: %v", err)
	}
	if _, err := w.home.say(w.draft(KindOperation, Operation{Date: "2019-01-01", Confirmed: Confirmed{Odd: []string{"schedule-past"}}}, plan)); err == nil {
		t.Error("it is confirmed without a reason")
	}
	h := w.home.must(both)
	w.sync()
	for _, n := range []*node{w.home, w.far} {
		c := n.fold(w.id)
		if !marked(c, h, "odd.operation-before-opening") || !marked(c, h, "odd.operation-off-schedule") || c.Marks == 0 {
			t.Errorf("the marks are %+v", find(t, c, h).Marks)
		}
		if text := find(t, c, h).Marks[0].Text; !strings.Contains(text.Zh, "typed from papers") {
			t.Errorf("the reason is not told: %+v", text)
		}
	}
	w.home.must(w.draft(KindFinding, Finding{Note: "after it"}))
	if !marked(w.home.fold(w.id), h, "odd.operation-off-schedule") {
		t.Error("the mark is gone after the next entry")
	}
}

func TestAnswersThatThePackCallsOddAreAskedAbout(t *testing.T) {
	w := newWorld(t)
	pack := pathway.Find("hfs-mvd")
	packs := func(string, string) *pathway.Pack { return pack }
	d := w.draft(KindFollowUp, FollowUp{Schedule: "d30", Form: "followup", Values: pathway.Values{"relief": pathway.String("cured"), "cohen": pathway.Int(4)}})
	d.Pack = PackRef(pack)
	err := w.home.update(func(ctx context.Context, tx ledger.Tx) error {
		list, err := OddAnswers(w.home.book, packs)(ctx, tx, d)
		if len(list) != 1 || list[0].Code != "check.cured_with_spasm" || list[0].Field != "v.relief" {
			t.Errorf("cured beside Cohen 4: %+v", list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNobodySignsACriticalItemAway: "identity, site, procedure and consent: no, does not apply" was signed, and the next step was the next part.
func TestNobodySignsACriticalItemAway(t *testing.T) {
	w := newWorld(t)
	n, id := w.home, w.id
	items := ticked("sign_in")
	check := func(item CheckItem) ledger.Draft {
		list := slices.Clone(items)
		i := slices.IndexFunc(list, func(i CheckItem) bool { return i.ID == item.ID })
		list[i] = item
		return ledger.Draft{Thread: id, Kind: KindSafetyCheck, Says: SafetyCheck{Part: "sign_in", Items: list}}
	}
	n.stopped(check(CheckItem{ID: "identity", Why: "not-applicable"}), "safety-critical")
	n.stopped(check(CheckItem{ID: "identity", Note: "Does not apply"}), "safety-critical")
	n.stopped(check(CheckItem{ID: "site-marked", Why: "being-done", Note: "ok"}), "safety-critical")
	h := n.must(check(CheckItem{ID: "identity", Why: "being-done", Note: "unconscious, no papers; the police is asked"}))
	c := n.fold(id)
	if open := c.OpenItems(); !marked(c, h, "safety-open") || len(open) != 1 || open[0].Entry != h || !open[0].Item.Complete() {
		t.Errorf("unconfirmed identity: marks %+v, open %+v", find(t, c, h).Marks, open)
	}
	n.must(ledger.Draft{Thread: id, Kind: ledger.KindAmend, Refs: []ledger.Hash{h},
		Says: ledger.Amendment{Says: ledgerRaw(t, SafetyCheck{Part: "sign_in", Items: items}), Why: "the family came"}})
	if c = n.fold(id); marked(c, h, "safety-open") || len(c.OpenItems()) > 0 {
		t.Error("confirmed afterwards, it stays open")
	}
}

func TestAReasonThatStandsReadyIsACode(t *testing.T) {
	w := newWorld(t)
	items := ticked("time_out")
	items[6] = CheckItem{ID: "imaging", Why: "not-applicable"}
	h := w.home.must(w.draft(KindSafetyCheck, SafetyCheck{Part: "time_out", Items: items}))
	lines := find(t, w.home.fold(w.id), h).Lines
	if len(lines) != 1 || !strings.Contains(lines[0].En, "Does not apply") || !strings.Contains(lines[0].Zh, "不适用") {
		t.Errorf("it is told as %+v", lines)
	}
}

// TestAdviceIsAnsweredBeforeTheOperation: "stop aspirin" was open while sign in, time out and operation were signed without a word of it.
func TestAdviceIsAnsweredBeforeTheOperation(t *testing.T) {
	w := newWorld(t)
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	w.sync()
	w.far.must(w.draft(KindAccepted, w.accepted(), ref))
	o := w.opinion(1)
	o.Recommendations = []Recommendation{{ID: "r1", Text: "Stop aspirin", Owner: Owner{Hospital: w.home.id}, Due: "2026-03-12"},
		{ID: "r2", Text: "Audiometry after a year", Owner: Owner{Hospital: w.home.id}, Due: "2027-03-12"}}
	opinion := w.far.must(w.draft(KindOpinion, o, ref))
	w.sync()
	w.home.must(w.draft(KindScheduled, Scheduled{Date: "2026-04-01", Hospital: w.home.id}))
	check := SafetyCheck{Part: "sign_in", Items: ticked("sign_in")}
	w.home.stopped(w.draft(KindSafetyCheck, check), "advice-open")
	w.home.stopped(w.draft(KindOperation, Operation{Date: "2026-04-01", Emergency: "bleeding"}), "advice-open")
	check.Advice = []AdviceTaken{{Opinion: opinion, Recommendation: "r1", Text: "Stop aspirin", Status: "not_done", Why: "a fresh stent"}}
	w.home.must(w.draft(KindSafetyCheck, check))
	w.sync()
	for _, n := range []*node{w.home, w.far} {
		c := n.fold(w.id)
		if r := c.Recommendations[0].Outcome; r == nil || r.Says.Why != "a fresh stent" || c.Recommendations[1].Outcome != nil {
			t.Errorf("the advice is %+v", c.Recommendations)
		}
	}
	w.home.must(w.draft(KindOperation, Operation{Date: "2026-04-01", Emergency: "bleeding"})) // what is due after it does not concern it
}

// TestAnOverrideIsReviewed: an operation without a privilege is the head's to review, whoever confirmed it.
func TestAnOverrideIsReviewed(t *testing.T) {
	w := newWorld(t)
	plan := w.signedPlan()
	surgeon := ledger.NewPersonID()
	op := w.operation()
	op.Operator = Owner{Hospital: w.home.id, Person: surgeon, Name: "Dr. Lin"}
	op.Confirmed = Confirmed{Odd: []string{OddNoPrivilege}, Why: "nobody else in the house"}
	h := w.home.must(w.draft(KindOperation, op, plan))
	c := w.home.fold(w.id)
	if !marked(c, h, "odd.privilege-none") || !slices.Contains(tasked(c), KindPrivilegeReviewed) {
		t.Errorf("marks %+v, tasks %v", find(t, c, h).Marks, tasked(c))
	}
	w.sync()
	review := w.draft(KindPrivilegeReviewed, PrivilegeReviewed{Finding: "justified"}, h)
	w.far.stopped(review, "override-other")
	w.home.stopped(w.draft(KindPrivilegeReviewed, PrivilegeReviewed{Finding: "justified"}, plan), "no-override")
	own := review
	own.Person = surgeon
	w.home.stopped(own, "override-own")
	w.home.must(review)
	if c = w.home.fold(w.id); slices.Contains(tasked(c), KindPrivilegeReviewed) || !marked(c, h, "odd.privilege-none") {
		t.Errorf("reviewed: tasks %v", tasked(c))
	}
}

func ledgerRaw(t *testing.T, says any) []byte {
	t.Helper()
	raw, err := ledger.Encode(says)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
