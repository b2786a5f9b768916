package page

import (
	"fmt"
	"net/url"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
)

func TestACorrectedOpinionKeepsWhatBecameOfItsAdvice(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at, thread := "/cases/"+id, w.thread(id)
	ref := w.say("head", ledger.Draft{Thread: thread, Kind: casebook.KindReferred, Says: casebook.Referred{To: w.desk.ID, SubSpecialty: "functional_neurosurgery", Question: "?",
		Urgency: "routine", Gaps: gapsOf(w.world, thread, "head"), GapReason: "a test"}})
	w.say("head", ledger.Draft{Thread: thread, Kind: casebook.KindAccepted, Refs: []ledger.Hash{ref.Hash}, Says: casebook.Accepted{By: "2026-11-22", Role: "surgeon"}})
	o := casebook.Opinion{Round: 1, Text: "much"}
	for i := range 7 {
		o.Recommendations = append(o.Recommendations, casebook.Recommendation{ID: fmt.Sprint("r", i+1), Text: fmt.Sprint("advice ", i+1), Owner: casebook.Owner{Hospital: w.desk.ID}, Due: "2026-12-01"})
	}
	opinion := w.say("head", ledger.Draft{Thread: thread, Kind: casebook.KindOpinion, Refs: []ledger.Hash{ref.Hash}, Says: o})
	w.say("surgeon", ledger.Draft{Thread: thread, Kind: casebook.KindAdvice, Refs: []ledger.Hash{opinion.Hash}, Says: casebook.Advice{Recommendation: "r2", Status: "done"}})

	a := w.head.sees(at+"/say/amend?ref="+opinion.Hash.String(), "advice 7")
	form := url.Values{"ref": {opinion.Hash.String()}, "why": {"the first was not meant"}, "round": {"1"}, "v.opinion": {"much"}, "v.operate_advice": {"operate"}}
	for i := range 7 {
		name := fmt.Sprint("rec.", i)
		form.Set(name+".id", valueOf(a.body, name+".id"))
		form.Set(name+".text", valueOf(a.body, name+".text"))
		form.Set(name+".owner", w.desk.ID.Raw())
		form.Set(name+".due", "2026-12-01")
	}
	form.Set("rec.0.text", "") // taken out
	form.Set("rec.7.text", "")
	w.head.takes(at+"/say/amend", form)
	c := w.fold(id)
	if len(c.Recommendations) != 6 {
		t.Fatalf("%d recommendations stand: %+v", len(c.Recommendations), c.Recommendations)
	}
	for _, r := range c.Recommendations {
		if r.ID != "r"+r.Text[len("advice "):] || (r.Outcome != nil) != (r.Text == "advice 2") {
			t.Errorf("%s is %q, done %v", r.ID, r.Text, r.Outcome != nil)
		}
	}
}

func TestACorrectedOperationCountsItsAppointmentsAnewAndLosesNothing(t *testing.T) {
	w := newWard(t)
	id, at := w.planned()
	form := w.operationForm()
	w.surgeon.takes(at+"/say/operation", form)
	before := w.fold(id)
	o := before.Operation()
	form["ref"], form["why"] = []string{o.Hash.String()}, []string{"it was a day later"}
	form.Set("date", "2026-12-01")
	w.surgeon.takes(at+"/say/amend", form)
	c := w.fold(id)
	if len(c.Due) == 0 || len(c.Due) != len(before.Due) || c.Due[0].DueFollowUp.Due == before.Due[0].DueFollowUp.Due {
		t.Errorf("appointments %+v, before %+v", c.Due, before.Due)
	}
	steps := casebook.Operation{Date: "2026-12-02", Emergency: "bleeding", Steps: []casebook.StepDone{{Step: "vessel", Done: "planned", Entrustment: 3}}}
	second := w.say("surgeon", ledger.Draft{Thread: w.thread(id), Kind: casebook.KindOperation, Says: steps})
	form["ref"], form["emergency"] = []string{second.Hash.String()}, []string{"bleeding again"}
	form.Set("date", "2026-12-02")
	w.surgeon.takes(at+"/say/amend", form)
	if got := w.fold(id).Operation().Says; got.Emergency != "bleeding again" || len(got.Steps) != 1 || got.Steps[0].Entrustment != 3 {
		t.Errorf("what the form does not ask is lost: %+v", got)
	}
}
