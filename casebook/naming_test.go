package casebook

import (
	"slices"
	"testing"

	"consilium/ledger"
	"consilium/people"
)

// TestAnotherHospitalOpensACaseToNobodyHere: whom a partner names is a wish, and what a query of one's own hospital opens ends with it.
func TestAnotherHospitalOpensACaseToNobodyHere(t *testing.T) {
	w := newWorld(t)
	w.sync()
	sun := Owner{Hospital: w.home.id, Person: "sun", Name: "Dr. Sun"}
	is := func(want bool, after string) {
		t.Helper()
		w.sync()
		if got, err := Relations(t.Context(), w.home.db, w.id, w.home.id, sun.Person); err != nil || (len(got) > 0) != want {
			t.Errorf("after %s Dr. Sun is %v to the case, %v", after, got, err)
		}
	}
	w.far.must(w.draft(KindQuestion, Question{Text: "Which vessel?", To: sun}))
	is(false, "a partner's question")
	w.far.must(w.draft(KindQuery, DataQuery{Text: "A slip?", Variable: "blood_loss", To: sun}))
	is(false, "a partner's query")
	raised := w.home.must(w.draft(KindQuery, DataQuery{Text: "A slip?", Variable: "blood_loss", To: sun}))
	is(true, "a query of the own hospital")
	w.home.must(w.draft(KindQueryClosed, QueryClosed{Outcome: "cancelled", Note: "Found it."}, raised))
	is(false, "its end")
	w.home.must(w.draft(KindQuestion, Question{Text: "Which vessel?", To: sun}))
	is(true, "a question of the own hospital")
}

// TestAnotherHospitalsWishIsItsDesksTask: whom a partner makes the owner of a recommendation or of a reminder, or the operator of a plan, sees nothing of the case by it; what they were to do is asked of their hospital's
// own desk, and becomes theirs once their own hospital names them.
func TestAnotherHospitalsWishIsItsDesksTask(t *testing.T) {
	w := newWorld(t)
	w.sync()
	sun := Owner{Hospital: w.home.id, Person: "sun", Name: "Dr. Sun"}
	is := func(want bool, after string) {
		t.Helper()
		w.sync()
		if got, err := Relations(t.Context(), w.home.db, w.id, w.home.id, sun.Person); err != nil || (len(got) > 0) != want {
			t.Errorf("after %s Dr. Sun is %v to the case, %v", after, got, err)
		}
	}
	asked := func(want ledger.PersonID, kind string) {
		t.Helper()
		for _, task := range w.home.fold(w.id).Next {
			if task.Kind == kind && task.Hospital == w.home.id {
				if desk := slices.Contains(task.Roles, string(people.Coordinator)); task.Person != want || want == "" && !desk {
					t.Errorf("%s is asked of %q, %v", kind, task.Person, task.Roles)
				}
				return
			}
		}
		t.Errorf("nobody is asked for %s", kind)
	}
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	w.sync()
	w.far.must(w.draft(KindAccepted, w.accepted(), ref))
	o := w.opinion(1)
	o.Recommendations = []Recommendation{{ID: "r1", Text: "Repeat the MRI.", Owner: sun, Due: "2026-04-01"}}
	w.far.must(w.draft(KindOpinion, o, ref))
	is(false, "a partner's recommendation")
	asked("", KindAdvice)
	w.far.must(w.draft(KindReminder, Reminder{Text: "Call.", Due: "2026-04-01", Owner: sun}))
	is(false, "a partner's reminder")
	asked("", KindReminder)
	p := w.plan(1)
	p.Operator = sun
	w.far.must(w.draft(KindPlan, p))
	is(false, "a partner's plan")
	w.home.must(w.draft(KindReminder, Reminder{Text: "Call.", Due: "2026-04-01", Owner: sun}))
	is(true, "a reminder of the own hospital")
	asked("sun", KindReminder)
}
