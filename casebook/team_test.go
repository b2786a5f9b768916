package casebook

import (
	"testing"

	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// TestTheLeadTakesWhatNobodyIsNamedFor: in their role and at their hospital; taken back, it is anybody's again.
func TestTheLeadTakesWhatNobodyIsNamedFor(t *testing.T) {
	w := newWorld(t)
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	w.sync()
	w.far.must(w.draft(KindAccepted, w.accepted(), ref))
	w.sync()
	w.far.must(w.draft(KindOpinion, w.opinion(1), ref))
	w.sync()
	joined := w.home.must(w.draft(KindTeamJoined, Joining{Person: "lead", Name: "Dr. Lead", Roles: []string{string(people.Surgeon)}, Part: "lead"}))
	whose := func() ledger.PersonID {
		for _, task := range w.home.fold(w.id).Next {
			if task.Kind == KindPlan {
				return task.Person
			}
		}
		return "no plan is asked for"
	}
	if got := whose(); got != "lead" {
		t.Errorf("the plan is for %q", got)
	}
	w.home.must(w.draft(ledger.KindRetract, ledger.Retraction{Why: "a mistake"}, joined))
	if got := whose(); got != "" {
		t.Errorf("the plan is for %q", got)
	}
}

// TestWorkIsTakenByWhomItWasOfferedToOnce.
func TestWorkIsTakenByWhomItWasOfferedToOnce(t *testing.T) {
	w := newWorld(t)
	offered := w.home.must(w.draft(KindDutyOffered, Handing{From: "a", FromName: "A", To: "b", ToName: "B"}))
	c := w.home.fold(w.id)
	i := -1
	for k, task := range c.Next {
		if task.Kind == KindDutyAccepted {
			i = k
		}
	}
	if i < 0 || c.Next[i].Person != "b" || c.Next[i].Refs[0] != offered {
		t.Fatalf("nobody is asked to take it: %+v", c.Next)
	}
	w.home.stopped(w.draft(KindDutyAccepted, Taking{}, offered), "duty-other") // the writer is neither
	w.home.stopped(w.draft(KindDutyAccepted, Taking{}), "no-duty")
	c.Next = []record.Task{{Hospital: w.home.id, Person: "a"}, {Hospital: w.far.id, Person: "a"}}
	c.People = []Involved{{Hospital: w.home.id, Person: "a"}, {Hospital: w.far.id, Person: "a"}}
	c.Duties[0].Taken = offered
	if c.passOn(); c.Next[0].Person != "b" || c.Next[1].Person != "a" {
		t.Errorf("passed on: %+v", c.Next)
	}
}
