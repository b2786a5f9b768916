package casebook

import (
	"reflect"
	"testing"

	"consilium/people"
)

// TestStory plays a case from referral to the end of follow-up at two hospitals and looks at what is next at each step.
func TestStory(t *testing.T) {
	w := newWorld(t)
	next := func(verb, kind string, who *node) {
		t.Helper()
		w.sync()
		c := w.home.fold(w.id)
		if far := w.far.fold(w.id); !reflect.DeepEqual(c, far) {
			t.Fatalf("the two hospitals read different cases")
		}
		if c.Verb != verb || len(c.Next) == 0 || c.Next[0].Kind != kind || c.Next[0].Hospital != who.id {
			t.Fatalf("at %s, next %+v; want %s, %s", c.Verb, c.Next, verb, kind)
		}
	}
	next("refer", KindReferred, w.home)
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	next("refer", KindAccepted, w.far)
	desk := []people.Role{people.Coordinator, people.HeadOfDepartment}
	asked, err := Tasks(t.Context(), w.far.db, TaskQuery{Hospital: w.far.id, Roles: desk, Limit: 10})
	if err != nil || len(asked) != 1 || asked[0].Refs[0] != ref || asked[0].Thread != w.id || len(asked[0].Roles) != 2 {
		t.Errorf("tasks of the far desk %+v, %v", asked, err)
	}
	if none, _ := Tasks(t.Context(), w.far.db, TaskQuery{Hospital: w.far.id, Person: w.far.doc, Roles: []people.Role{people.Trainee}, Limit: 10}); len(none) > 0 {
		t.Errorf("tasks of a trainee: %+v", none)
	}
	w.far.must(w.draft(KindAccepted, w.accepted(), ref))
	next("consult", KindOpinion, w.far)
	op := w.far.must(w.draft(KindOpinion, w.opinion(1), ref))
	next("plan", KindPlan, w.home)
	w.home.must(w.draft(KindAdvice, Advice{Recommendation: "r1", Status: "done"}, op))
	plan := w.home.must(w.draft(KindPlan, w.plan(1)))
	next("plan", KindPlanSigned, w.home)
	w.home.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, plan))
	next("plan", KindPlanSigned, w.far)
	w.far.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, plan))
	next("operate", KindScheduled, w.home)
	w.home.must(w.draft(KindScheduled, Scheduled{Date: "2026-04-01", Hospital: w.home.id}))
	for _, part := range SafetyParts {
		next("operate", KindSafetyCheck, w.home)
		w.home.must(w.draft(KindSafetyCheck, SafetyCheck{Part: part, Items: ticked(part)}))
	}
	next("operate", KindOperation, w.home)
	w.home.must(w.draft(KindOperation, w.operation(), plan))
	next("follow", KindFollowUp, w.home)
	w.home.must(w.draft(KindFollowUp, FollowUp{Schedule: "d30", Date: "2026-05-02", Note: "free of spasm"}))
	w.home.must(w.draft(KindFollowUp, FollowUp{Schedule: "m12", Lost: "moved away"}))
	next("follow", KindClosed, w.home)
	w.home.must(w.draft(KindClosed, Closed{Outcome: "done"}))
	w.sync()

	c := w.far.fold(w.id)
	if c.Marks != 0 || len(c.Next) != 0 || c.Closed == nil {
		t.Errorf("%d marks, next %+v, closed %v", c.Marks, c.Next, c.Closed)
	}
	for _, i := range c.Timeline {
		if i.Unread || i.Title.Empty() {
			t.Errorf("%s: unread %v, title %+v", i.Kind, i.Unread, i.Title)
		}
	}
	row, ok, err := Get(t.Context(), w.far.db, w.id)
	if err != nil || !ok || row.State != "closed" || row.Verb != "follow" || row.Home != w.home.id {
		t.Errorf("row %+v, %v", row, err)
	}
	got, err := Relations(t.Context(), w.home.db, w.id, w.far.id, w.far.doc)
	if want := []string{RelationAssigned, RelationAuthor, RelationSigner}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("relations %v, want %v", got, want)
	}
	if got, _ := Relations(t.Context(), w.home.db, w.id, w.home.id, w.far.doc); got != nil {
		t.Errorf("the id of another hospital's person is taken for one's own: %v", got)
	}
}
