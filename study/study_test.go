package study

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"

	"consilium/ledger"
	"consilium/study/mask"
)

func TestAStudyRunsToASignedResult(t *testing.T) {
	w := newWorld(t, "cgd-interferon")
	if s := w.at(w.list[2]); s.State() != Asking || len(s.Current().Approved) != len(w.list) {
		t.Fatal(s.State(), len(s.Current().Approved))
	}
	w.start(w.list...)
	for rounds := 0; ; rounds++ {
		s := w.at(w.list[1])
		if s.State() == Finished {
			break
		}
		if rounds > 30 || s.State() != Running || s.Last().Fault != "" {
			t.Fatal(rounds, s.State(), s.Last().Fault)
		}
		for _, h := range w.list {
			if turn := w.at(h).Turn(h.id); turn == nil || turn.Kind != KindRound {
				t.Fatalf("it is not the turn of %s", h.name)
			}
			w.say(h, "system", KindRound, w.contribution(h), w.run)
			if turn := w.at(h).Turn(h.id); turn != nil && turn.Run.Fold.Round == rounds+1 {
				t.Fatalf("%s is asked twice in round %d", h.name, rounds+1)
			}
		}
	}
	step := w.at(w.list[0]).Last().Fold.Step
	w.stopped("unsigned", w.list[0], "researcher", KindPublished, Published{}, w.run)
	w.stopped("other-step", w.list[0], "head_of_department", KindResult, Result{Step: ledger.SumBlob([]byte("another"))}, w.run)
	for _, h := range w.list {
		if got := w.at(h).Last().Fold.Step; got != step {
			t.Errorf("%s came to another step", h.name)
		}
		w.say(h, "head_of_department", KindResult, Result{Step: step}, w.run)
	}
	w.stopped("signed-twice", w.list[0], "head_of_department", KindResult, Result{Step: step}, w.run)
	w.stopped("run-done", w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list)}, w.said)
	w.say(w.list[0], "researcher", KindPublished, Published{}, w.run)
	if got := w.at(w.list[3]).State(); got != Public {
		t.Error(got)
	}
}

func TestAHospitalContributesOnceAndOnlyToItsOwnStep(t *testing.T) {
	w := newWorld(t, "cgd-interferon")
	w.start(w.list...)
	a := w.list[1]
	c := w.contribution(a)
	for mark, spoil := range map[string]func(c Contribution) Contribution{
		"other-step": func(c Contribution) Contribution { c.From[0] ^= 1; return c },
		"figures":    func(c Contribution) Contribution { c.Masked = c.Masked[16:]; return c },
	} {
		w.stopped(mark, a, "system", KindRound, spoil(c), w.run)
	}
	w.say(a, "system", KindRound, c, w.run)
	w.stopped("said-twice", a, "system", KindRound, c, w.run)
	c.Round++
	w.stopped("said-twice", a, "system", KindRound, c, w.run)
	w.stopped("joined-twice", a, "system", KindJoined, Joined{Key: a.key.PublicKey().Bytes(), Freeze: ledger.SumBlob(nil), Takes: a.part.Takes, Masks: mask.Version}, w.run)
	w.stopped("run-underway", w.list[0], "researcher", KindProtocol, Protocol{Version: 2, Source: string(w.source) + "\n"}, w.said)
}

func TestNobodyRunsWhatTheirHeadDidNotApprove(t *testing.T) {
	w := newWorld(t, "cgd-interferon")
	b := w.list[2]
	w.say(b, "head_of_department", KindDeclined, Declined{Reason: "not this year"}, w.said)
	w.stopped("not-approved", w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list)}, w.said)
	w.stopped("not-custodian", w.list[1], "researcher", KindRun, Begun{Hospitals: ids(w.list[:2])}, w.said)

	next := string(w.source) + "\n# version 2\n"
	second := w.say(w.list[0], "researcher", KindProtocol, Protocol{Version: 2, Source: next}, w.said)
	if v := w.at(b).Current(); len(v.Approved) != 0 {
		t.Error("approvals of the first version passed on to the second")
	}
	w.stopped("protocol-replaced", w.list[1], "head_of_department", KindApproved, Approved{Protocol: w.p.Hash, Ethics: "1"}, w.said)
	w.stopped("protocol-other", w.list[1], "head_of_department", KindApproved, Approved{Protocol: w.p.Hash, Ethics: "1"}, second)
	if w.at(w.list[1]).Turn(w.list[1].id) != nil {
		t.Error("a hospital joins without a run")
	}
}

// A run begun while an approval was taken back elsewhere is not joined by that hospital: it waits, and shows for whom.
func TestARunWaitsForAHospitalThatTookItsApprovalBack(t *testing.T) {
	w := newWorld(t, "cgd-interferon")
	b := w.list[2]
	w.run = w.say(w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list)}, w.said)
	w.say(b, "head_of_department", KindDeclined, Declined{Reason: "the committee took its waiver back"}, w.said)
	if w.at(b).Turn(b.id) != nil {
		t.Error("the hospital would join although its head took the approval back")
	}
	for _, h := range w.list {
		if h != b {
			w.join(h)
		}
	}
	if missing := w.at(w.list[0]).Last().Missing(); !slices.Equal(missing, []ledger.HospitalID{b.id}) {
		t.Errorf("the run waits for %v", missing)
	}
}

// Going on without a hospital shows what it contributed. So it happens only where that hospital's approval allowed it; before it has contributed there is nothing to show.
func TestGoingOnWithoutASilentHospital(t *testing.T) {
	w := newWorld(t, "cgd-interferon")
	silent := w.list[3]
	rest := slices.DeleteFunc(slices.Clone(w.list), func(h *hospital) bool { return h == silent })
	w.start(w.list...)
	w.say(silent, "system", KindRound, w.contribution(silent), w.run)
	w.say(w.list[1], "system", KindRound, w.contribution(w.list[1]), w.run)
	w.stopped("exposes", w.list[0], "researcher", KindRun, Begun{Hospitals: ids(rest)}, w.said)

	w.approve(silent, true)
	w.start(rest...)
	for _, h := range rest {
		if turn := w.at(h).Turn(h.id); turn == nil || turn.Run.Fold.Round != 1 {
			t.Fatalf("%s does not begin anew", h.name)
		}
	}
	if w.at(silent).Turn(silent.id) != nil {
		t.Error("the hospital that was left out is asked")
	}
	c := w.contribution(w.list[1])
	if c.From == w.at(w.list[0]).Runs[0].Fold.Step {
		t.Error("the new run starts from the old one's step")
	}
}

func TestAWithdrawnStudyEndsItsRun(t *testing.T) {
	w := newWorld(t, "cgd-interferon")
	w.start(w.list...)
	w.say(w.list[0], "researcher", KindWithdrawn, Withdrawn{Reason: "a fault in the definition of the outcome"})
	s := w.at(w.list[1])
	if s.State() != TakenBack || s.Turn(w.list[1].id) != nil {
		t.Error(s.State())
	}
	w.stopped("closed", w.list[1], "system", KindRound, w.contribution(w.list[1]), w.run)
}

// Nobody joins with a key that gives the secrets of one said before in the study, be it another hospital's or of an earlier run, nor with one that gives none.
func TestAKeyIsItsOwnersAlone(t *testing.T) {
	w := newWorld(t, "aids-survival")
	w.run = w.say(w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list)}, w.said)
	w.join(w.list[1])
	hostile, victim := w.list[0], w.list[1]
	disguised := bytes.Clone(victim.key.PublicKey().Bytes())
	disguised[31] |= 0x80
	for name, key := range map[string][]byte{"another one's": victim.key.PublicKey().Bytes(), "the same in disguise": disguised, "of low order": make([]byte, 32)} {
		t.Run(name, func(t *testing.T) {
			w.stopped("key", hostile, "system", KindJoined, Joined{Key: key, Freeze: ledger.SumBlob([]byte("x")), Takes: hostile.part.Takes, Masks: mask.Version}, w.run)
		})
	}
	w.join(hostile)
	again := w.say(w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list), Reason: "once more"}, w.said)
	w.stopped("key", victim, "system", KindJoined, Joined{Key: victim.key.PublicKey().Bytes(), Freeze: ledger.SumBlob([]byte("x")), Takes: victim.part.Takes, Masks: mask.Version}, again)
}

// A hospital of an older release masks so that a copied key opened others: nobody contributes to its run, and everybody reads why.
func TestNobodyContributesUnderOldMasks(t *testing.T) {
	w := newWorld(t, "aids-survival")
	w.run = w.say(w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list)}, w.said)
	for _, h := range w.list[1:] {
		w.join(h)
	}
	old := w.list[0]
	key, err := mask.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.say(old, "system", KindJoined, Joined{Key: key.PublicKey().Bytes(), Freeze: ledger.SumBlob([]byte("x")), Takes: old.part.Takes}, w.run)
	if r := w.at(w.list[1]).Last(); !r.OldMasks() || r.Stuck() {
		t.Fatal(r.OldMasks(), r.Stuck())
	}
	w.say(w.list[1], "system", KindHalted, Halted{Why: HaltMasks}, w.run)
	s := w.at(w.list[2])
	if r := s.Last(); !r.Stuck() || r.Done() || s.Turn(w.list[2].id) != nil {
		t.Error("the run goes on after a hospital has halted")
	}
	if next := s.Next(); len(next) != 1 || next[0].Kind != KindRun {
		t.Errorf("nobody is asked to begin anew: %+v", next)
	}
}

// With whom a hospital runs is part of what its head approves: a run of fewer hospitals is stopped where it is begun, and its node does not join one all the same.
func TestNobodyRunsWithFewerThanItApproved(t *testing.T) {
	w := newWorld(t, "aids-survival")
	victim := w.list[1]
	w.say(victim, "head_of_department", KindApproved, Approved{Protocol: w.p.Hash, Ethics: "waived, 2026-17", Least: 3}, w.said)
	w.stopped("few-hospitals", w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list[1:2])}, w.said)
	w.stopped("few-hospitals", w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list[:2])}, w.said)
	if n := (Approved{}).AtLeast(); n != 3 {
		t.Errorf("an approval that says nothing of it asks for %d hospitals", n)
	}
	w.say(w.list[0], "researcher", KindRun, Begun{Hospitals: ids(w.list[:3])}, w.said)
}
