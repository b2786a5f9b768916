package page

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
)

// operation plays a case of a coordinator to an operation that is long over, with one answer too few.
func (w *world) operation(username, date string) ledger.ThreadID {
	w.Helper()
	id := w.openCase(username, "Left hemifacial spasm", "")
	w.say(username, ledger.Draft{Thread: id, Kind: casebook.KindOperation, Says: casebook.Operation{Date: date, Procedure: "mvd_endoscopic", Emergency: "no time", FollowUps: casebook.DueList(findPack("hfs-mvd", ""), date),
		Operator: casebook.Owner{Hospital: w.desk.ID, Person: w.people[username].ID}}})
	return id
}

func TestTheRegistryLeadsToWhatMendsIt(t *testing.T) {
	w := newWorld(t)
	w.hire("lin", people.HeadOfDepartment)
	w.hire("chen", people.Coordinator)
	w.hire("ruo", people.Researcher)
	chen := w.signedIn("chen")
	chen.sees("/registry", "No operations here yet")
	id := w.operation("lin", "2026-01-05")
	if a := chen.get("/registry"); a.header.Get("Location") != "/registry/hfs-mvd" {
		t.Fatalf("the registry's first pathway: %d %v", a.status, a.header)
	}
	number := casebook.Number(id)
	chen.sees("/registry/hfs-mvd", "Can these rows be trusted?", "follow-ups overdue", number, "/gaps/vessel", "Call list")
	chen.sees("/registry/hfs-mvd/overdue", number, "6 months", "/say/followup?v.followup_point=")
	chen.sees("/registry/hfs-mvd/gaps/vessel", number, "Dr. lin")
	mend := "/registry/hfs-mvd/mend/" + id.String() + "/1/vessel"
	if at := chen.get(mend).header.Get("Location"); !strings.Contains(at, "/say/query?operation=1&text=") {
		t.Errorf("a coordinator may not correct the surgeon, and is led to %q", at)
	} else {
		chen.sees(at, "Vessel", "Query what was recorded")
		w.say("chen", ledger.Draft{Thread: id, Kind: casebook.KindQuery, Says: casebook.DataQuery{Text: "Which vessel was it?", Variable: "vessel", To: casebook.Owner{Hospital: w.desk.ID, Person: w.people["lin"].ID}}})
		chen.sees("/registry/hfs-mvd", "Which vessel was it?", "query open", "Dr. lin")
	}
	lin := w.signedIn("lin")
	if at := lin.get(mend).header.Get("Location"); !strings.Contains(at, "/say/amend?ref=") {
		t.Errorf("who may correct is led to %q", at)
	}
	if at := lin.get("/registry/hfs-mvd/mend/" + id.String() + "/1/relief_m6").header.Get("Location"); !strings.Contains(at, "/say/followup?v.followup_point=m6") {
		t.Errorf("a follow-up that nobody recorded leads to %q", at)
	}
	lin.sees("/registry/hfs-mvd", "Take rows out", "Nobody yet.")

	ruo := w.signedIn("ruo")
	a := ruo.sees("/registry/hfs-mvd", "De-identified", "operations are of patients who agreed to research", "ethics committee", "Take rows out")
	if strings.Contains(a.body, number) || strings.Contains(a.body, id.String()) {
		t.Error("a researcher sees which case it is")
	}
	for _, path := range []string{"/registry/hfs-mvd/overdue", "/registry/hfs-mvd/gaps/vessel", mend} {
		if a := ruo.get(path); a.status != http.StatusForbidden {
			t.Errorf("a researcher gets %s: %d", path, a.status)
		}
	}
	if a := ruo.post("/registry/hfs-mvd/export", url.Values{"format": {"csv"}}); a.status == http.StatusOK {
		t.Error("rows were taken out without a reason")
	}
	yearly := url.Values{"format": {"csv"}, "reason": {"yearly report"}}
	if a := ruo.post("/registry/hfs-mvd/export", yearly); a.status != http.StatusForbidden {
		t.Errorf("an export of nobody: %d", a.status)
	}
	for i := range 4 {
		w.operation("lin", fmt.Sprintf("2026-01-1%d", i))
	}
	yearly.Set("waiver", "2026-17")
	if a := ruo.post("/registry/hfs-mvd/export", yearly); a.status != http.StatusForbidden {
		t.Errorf("an export under a waiver that nobody granted: %d", a.status)
	}
	granted := url.Values{"ethics": {"2026-17"}, "purpose": {"Relief after one year"}, "until": {"2027-11-30"}}
	if a := ruo.post("/registry/hfs-mvd/waivers", granted); a.status != http.StatusForbidden {
		t.Errorf("a researcher grants a waiver: %d", a.status)
	}
	past := url.Values{"ethics": {"2026-17"}, "purpose": {"p"}, "until": {"2020-11-30"}}
	if a := lin.post("/registry/hfs-mvd/waivers", past); !strings.Contains(a.body, "The last day is past.") {
		t.Errorf("a waiver of the past: %d %s", a.status, a.text())
	}
	if a := lin.post("/registry/hfs-mvd/waivers", granted); a.status != http.StatusSeeOther {
		t.Errorf("a waiver: %d %s", a.status, a.text())
	}
	lin.sees("/registry/hfs-mvd/waivers", "Relief after one year", "Dr. lin", "Grant a waiver", "Revoke")
	ruo.sees("/registry/hfs-mvd/waivers", "Relief after one year", "Dr. lin")
	ruo.sees("/registry/hfs-mvd", "Under a waiver of consent", "2026-17")
	if a := ruo.post("/registry/hfs-mvd/export", yearly); a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zip" {
		t.Errorf("an export: %d %s", a.status, a.text())
	}
	for _, name := range []string{"spring", "summer"} {
		if a := ruo.post("/registry/hfs-mvd/freeze", url.Values{"name": {name}, "waiver": {"2026-17"}}); a.status != http.StatusSeeOther {
			t.Errorf("a freeze: %d %s", a.status, a.text())
		}
	}
	ruo.sees("/registry/hfs-mvd", "spring", "Rows as of", "Compare two")
	ruo.sees("/registry/hfs-mvd/diff?first=spring&second=summer", "What is otherwise between two freezes", "No row of both differs")
	ruo.sees("/registry/hfs-mvd", "yearly report", "Dr. ruo")
	if a := chen.post("/registry/hfs-mvd/export", url.Values{"format": {"csv"}, "reason": {"curious"}}); a.status != http.StatusForbidden {
		t.Errorf("a coordinator takes rows out: %d", a.status)
	}
}

func TestTwoCasesOfOnePatientAreDecided(t *testing.T) {
	w := newWorld(t)
	w.hire("lin", people.HeadOfDepartment)
	a, b := w.operation("lin", "2026-01-05"), w.operation("lin", "2026-03-05")
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		for _, id := range []ledger.ThreadID{a, b} {
			if err := casebook.SetIdentity(ctx, tx, id, casebook.Patient{Name: "Zhang", LocalNumber: "17"}); err != nil {
				return err
			}
		}
		return nil
	})
	lin := w.signedIn("lin")
	lin.sees("/registry/hfs-mvd", "Two cases of one patient and side", "They are two")
	if a := lin.post("/registry/hfs-mvd/settle", url.Values{"thread": {a.String()}, "place": {"1"}, "what": {"patient"}, "value": {b.String()}}); a.status != http.StatusSeeOther {
		t.Fatalf("settling: %d %s", a.status, a.text())
	}
	w.clock = w.clock.Add(time.Minute)
	if strings.Contains(lin.sees("/registry/hfs-mvd").body, "They are two") {
		t.Error("what was decided is asked again")
	}
}
