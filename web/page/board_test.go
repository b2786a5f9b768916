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

// TestTheBoardAssignsRemindsAndNotesCalls: for all rows that were ticked, by who looks after all cases and nobody else.
func TestTheBoardAssignsRemindsAndNotesCalls(t *testing.T) {
	w := newWorld(t)
	w.hire("lin", people.Surgeon)
	w.hire("he", people.Coordinator)
	id := w.openCase("lin", "Hemifacial spasm", "for years")
	w.remind(id, "lin", "lin", "Ask the family about the father")
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		return casebook.SetIdentity(ctx, tx, id, casebook.Patient{Name: "朱爱华", Latin: "Zhu Aihua", Telephone: "138 0000 0412"})
	})
	lin, he := w.signedIn("lin"), w.signedIn("he")
	if a := lin.get("/board"); a.status != http.StatusForbidden {
		t.Errorf("a surgeon has the board: %d", a.status)
	}
	he.sees("/board?view=all", "Zhu Aihua 朱爱华", "Ask the family about the father", "Dr. lin")
	lin.sees("/", "Zhu Aihua 朱爱华", "Ask the family about the father")
	pick := url.Values{"pick": {id.String()}, "person": {"Dr. lin"}}
	for _, step := range []string{"no-answer", "remind", "assign"} {
		pick.Set("step", step)
		if a := he.post("/board?view=all", pick); a.status != http.StatusSeeOther || !strings.HasSuffix(a.header.Get("Location"), "done=board-"+step) {
			t.Errorf("%s: %d %s", step, a.status, a.header.Get("Location"))
		}
	}
	he.sees("/board?view=all", "Please: ")
	var calls casebook.Calls
	w.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		calls, err = casebook.CallsOf(ctx, tx, id, w.clock.AddDate(0, -1, 0))
		return err
	})
	if calls.Count != 1 {
		t.Errorf("%d calls are noted", calls.Count)
	}
	if a := he.get("/board.csv?view=all"); a.status != http.StatusOK || !strings.Contains(a.body, "Zhu Aihua 朱爱华") || !strings.HasPrefix(a.body, "\ufeffdue,") {
		t.Errorf("%d %.200s", a.status, a.body)
	}
}

// TestAReferralOfAnotherFieldIsNotAsked: a task that nobody is named for is not on the Today of a head of another sub-specialty.
func TestAReferralOfAnotherFieldIsNotAsked(t *testing.T) {
	w := newWorld(t)
	w.hire("lin", people.Surgeon)
	w.hire("zhao", people.HeadOfDepartment)
	w.openCase("lin", "Hemifacial spasm", "for years")
	zhao := w.signedIn("zhao")
	if a := zhao.get("/"); !strings.Contains(a.body, "Hemifacial spasm") {
		t.Fatal("the head of no particular field is asked")
	}
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		p := w.people["zhao"]
		p.Specialties = []string{"gynecologic-oncology"}
		if _, err := people.Update(ctx, tx, p); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE case_row SET sub_specialty = 'functional-neurosurgery'`) // as a referral would have it
		return err
	})
	if a := w.signedIn("zhao").get("/"); strings.Contains(a.body, "Hemifacial spasm") {
		t.Error("a gynecologist is asked about a spasm")
	}
}
