package page

import (
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
)

// TestATimelineIsNarrowed: by sort, with system entries folded where all is shown, and links to what a reader looks for.
func TestATimelineIsNarrowed(t *testing.T) {
	w := newWorld(t)
	w.hire("lin", people.Surgeon)
	id := w.openCase("lin", "Hemifacial spasm", "for years")
	finding := w.say("lin", ledger.Draft{Thread: id, Kind: casebook.KindFinding, Says: casebook.Finding{Note: "Lateral spread at 32 ms"}})
	plan := w.say("lin", ledger.Draft{Thread: id, Kind: casebook.KindPlan, Says: casebook.Plan{Version: 1, Signers: []ledger.HospitalID{w.desk.ID}, Title: "Decompression"}})
	b := w.signedIn("lin")
	at := "/cases/" + id.String()
	b.sees(at, "Lateral spread at 32 ms", "#e-"+plan.Hash.Short(), "?show=findings", "system entr")
	a := b.get(at + "?show=findings")
	if !strings.Contains(a.body, `id="e-`+finding.Hash.Short()) || strings.Contains(a.body, `id="e-`+plan.Hash.Short()) {
		t.Error("findings alone are not what is shown")
	}
	if files := b.get(at + "/files").body; strings.Contains(files, ".yaml") || strings.Contains(files, "pathway+yaml") {
		t.Error("the pathway's pack is among images and files")
	}
}
