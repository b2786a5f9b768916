package page

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
)

// TestSavingAPersonsPageStripsNothing: the page after somebody was made, and the page of anybody, hold the roles that they save.
func TestSavingAPersonsPageStripsNothing(t *testing.T) {
	w := newWorld(t)
	w.hire("chief", people.Administrator)
	b := w.signedIn("chief")
	made := b.post("/settings/people/new", url.Values{"display_name": {"Dr. Bai"}, "username": {"bai"}, "roles": {"surgeon", "trainee"}, "language": {"en"}})
	if n := strings.Count(made.body, "checked"); made.status != http.StatusOK || n < 2 {
		t.Fatalf("%d, %d boxes are ticked", made.status, n)
	}
}

// TestWhoWasRefusedAsksAndTheCoordinatorNames: the button of the refusal ends at the coordinator, whose button opens the case.
func TestWhoWasRefusedAsksAndTheCoordinatorNames(t *testing.T) {
	w := newWorld(t)
	w.hire("ying", people.ReferringDoctor)
	w.hire("he", people.Coordinator)
	w.hire("bai", people.Surgeon)
	id := w.openCase("ying", "Hemifacial spasm", "for years")
	at := "/cases/" + id.String()
	bai, he := w.signedIn("bai"), w.signedIn("he")
	if a := bai.get(at); a.status != http.StatusForbidden || !strings.Contains(a.body, at+"/wish") {
		t.Fatalf("%d, and no button to ask", a.status)
	}
	if a := bai.post(at+"/wish", nil); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	he.sees("/", casebook.Number(id), at+"/members")
	he.sees(at+"/members", at+"/wish/"+string(w.people["bai"].ID))
	if a := bai.post(at+"/wish/"+string(w.people["bai"].ID), url.Values{"step": {"name"}}); a.status != http.StatusForbidden {
		t.Errorf("who asks names themselves: %d", a.status)
	}
	if a := he.post(at+"/wish/"+string(w.people["bai"].ID), url.Values{"step": {"name"}}); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	bai.sees(at, "Hemifacial spasm")
	if a := he.get("/"); strings.Contains(a.body, at+"/members") {
		t.Error("the wish is still asked")
	}
}

// remind gives somebody something to do in a case.
func (w *world) remind(id ledger.ThreadID, by, whom, text string) {
	w.say(by, ledger.Draft{Thread: id, Kind: casebook.KindReminder, Says: casebook.Reminder{Text: text, Due: "2026-11-25",
		Owner: casebook.Owner{Hospital: w.desk.ID, Person: w.people[whom].ID, Name: w.people[whom].DisplayName}}})
}

// TestNobodysReminderVanishes: a deputy finds it in these days, whoever takes it over has it, and of who has left the head of department has it.
func TestNobodysReminderVanishes(t *testing.T) {
	w := newWorld(t)
	for name, role := range map[string]people.Role{"lin": people.Surgeon, "bai": people.Surgeon, "zhao": people.HeadOfDepartment, "he": people.Coordinator} {
		w.hire(name, role)
	}
	id := w.openCase("lin", "Hemifacial spasm", "for years")
	w.remind(id, "lin", "lin", "Ask the family about the father")
	const words = "Ask the family about the father"
	has := func(name string) bool { return strings.Contains(w.signedIn(name).get("/").body, words) }
	if !has("lin") || has("bai") {
		t.Fatal("it is Lin's alone")
	}
	lin := w.signedIn("lin")
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		return people.SetDeputy(ctx, tx, people.Deputy{Person: w.people["lin"].ID, Deputy: w.people["bai"].ID, From: w.clock.AddDate(-1, 0, 0), Until: w.clock.AddDate(1, 0, 0)})
	})
	if !has("bai") || !has("lin") {
		t.Error("the deputy does not find it, or Lin no longer does")
	}
	if a := lin.post("/settings/deputy", url.Values{"step": {"end"}}); a.status != http.StatusSeeOther || has("bai") {
		t.Errorf("%d: the deputy still finds it", a.status)
	}
	offer := w.say("lin", ledger.Draft{Thread: id, Kind: casebook.KindDutyOffered, Says: casebook.Handing{From: w.people["lin"].ID, FromName: "Dr. Lin", To: w.people["bai"].ID, ToName: "Dr. Bai"}})
	if !has("lin") || has("bai") {
		t.Error("work that was only offered has moved")
	}
	w.say("bai", ledger.Draft{Thread: id, Kind: casebook.KindDutyAccepted, Refs: []ledger.Hash{offer.Hash}, Says: casebook.Taking{}})
	if has("lin") || !has("bai") {
		t.Error("work that was taken over has not moved")
	}
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		bai := w.people["bai"]
		bai.Active = false
		_, err := people.Update(ctx, tx, bai)
		return err
	})
	if !has("zhao") {
		t.Error("Bai has left, and the head of department does not find it")
	}
}
