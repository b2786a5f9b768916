package page

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
)

// TestAgreementOfTwoPeopleIsSeen: what two people entered is listed where it differs, told in numbers, and drawn from five pairs on; it names cases, so a researcher does not see it.
func TestAgreementOfTwoPeopleIsSeen(t *testing.T) {
	w := newWorld(t)
	w.hire("lin", people.HeadOfDepartment)
	w.hire("chen", people.Coordinator)
	w.hire("ruo", people.Researcher)
	pack := findPack("hfs-mvd", "")
	ref := &ledger.PackRef{ID: pack.ID, Version: pack.Version, Hash: pack.Hash()}
	chen := w.signedIn("chen")
	for i := range 5 {
		if i == 4 {
			if a := chen.sees("/registry/hfs-mvd/double", "Agreement by variable", "Estimated blood loss"); strings.Contains(a.body, "Differences of two people") {
				t.Error("four pairs are drawn")
			}
		}
		id := w.openCase("lin", "Left hemifacial spasm", "")
		loss := int64(40 + 10*i)
		first := w.say("lin", ledger.Draft{Thread: id, Kind: casebook.KindOperation, Pack: ref, Says: casebook.Operation{Date: "2026-01-05", Procedure: "mvd_endoscopic", Emergency: "no time", Form: "operation",
			Values: bled(loss), Operator: casebook.Owner{Hospital: w.desk.ID, Person: w.people["lin"].ID}}})
		w.say("chen", ledger.Draft{Thread: id, Kind: casebook.KindDoubleEntry, Pack: ref, Refs: []ledger.Hash{first.Hash}, Says: casebook.DoubleEntry{Form: "operation", Values: bled(loss + int64(i%2)*5)}})
	}
	chen.sees("/registry/hfs-mvd/double", "5 forms were entered twice", "Still not the same", "Differences of two people", `id="agreement-blood_loss`, "Limits of agreement", "The numbers", "−2.0")
	chen.post("/language", url.Values{"lang": {"zh"}})
	chen.sees("/registry/hfs-mvd/double", "两人录入的差值", "两次均值")
	if a := w.signedIn("ruo").get("/registry/hfs-mvd/double"); a.status != http.StatusForbidden {
		t.Errorf("a researcher sees which cases were entered twice: %d", a.status)
	}
}

// bled are the answers of an operation of which only the loss of blood was written down.
func bled(loss int64) pathway.Values {
	values := pathway.Values{"blood_loss": pathway.Int(loss)}
	for _, name := range []string{"procedure", "technique", "vessel", "method", "amr_monitored", "baep_monitored", "guidance_mode"} {
		values[name] = pathway.Missing(pathway.Unknown)
	}
	return values
}
