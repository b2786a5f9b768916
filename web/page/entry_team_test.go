package page

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/network"
)

// planned is a case with a signed plan, ready for the theater.
func (w *ward) planned() (id, at string) {
	w.Helper()
	id = w.open(w.surgeon)
	at = "/cases/" + id
	w.surgeon.takes(at+"/say/plan", url.Values{"title": {"Endoscopic decompression"}, "signers": {w.desk.ID.Raw()}, "steps": {"position"}, "v.procedure": {"mvd_endoscopic"},
		"v.surgical_level": {"4"}, "v.technique": {"fully_endoscopic"}, "v.method": {"interposition"}, "v.key_risks": {"hearing"}, "v.guidance_mode": {"none"}})
	w.surgeon.takes(at+"/say/plan-signed", url.Values{"ref": {w.fold(id).Plan().Hash.String()}, "meaning": {"approve"}})
	return id, at
}

func (w *ward) operationForm() url.Values {
	return url.Values{"date": {"2026-11-30"}, "operator": {w.desk.ID.Raw() + "/" + string(w.people["surgeon"].ID)}, "v.procedure": {"mvd_endoscopic"}, "v.technique": {"fully_endoscopic"},
		"v.method": {"interposition"}, "v.vessel": {"aica"}, "v.guidance_mode": {"none"}, "v.blood_loss": {"30"}, "v.amr_monitored": {"false"}, "v.baep_monitored": {"false"}}
}

func TestAnOperationNamesWhoStoodAtTheTable(t *testing.T) {
	w := newWard(t)
	id, at := w.planned()
	head := w.desk.ID.Raw() + "/" + string(w.people["head"].ID)
	w.surgeon.sees(at+"/say/operation", "Assistants", `name="assistants" value="`+head+`"`, "one name a line")
	form := w.operationForm()
	form["assistants"] = []string{head, "nobody/here"}
	form.Set("assistants_more", "Dr. Ruth Guest\n\n")
	w.surgeon.takes(at+"/say/operation", form)
	o := w.fold(id).Operation()
	want := []casebook.Owner{{Hospital: w.desk.ID, Person: w.people["head"].ID, Name: "Dr. head"}, {Hospital: w.desk.ID, Name: "Dr. Ruth Guest"}}
	if len(o.Says.Assistants) != 2 || o.Says.Assistants[0] != want[0] || o.Says.Assistants[1] != want[1] {
		t.Fatalf("assistants %+v", o.Says.Assistants)
	}
	w.surgeon.sees(at, "Operator: Dr. surgeon", "Assistants: Dr. head and Dr. Ruth Guest")

	amend := at + "/say/amend"
	w.surgeon.sees(amend+"?ref="+o.Hash.String(), `value="`+head+`" checked`, "Dr. Ruth Guest")
	form["ref"], form["assistants"], form["why"] = []string{o.Hash.String()}, nil, []string{"the head was called away"}
	w.surgeon.takes(amend, form)
	if list := w.fold(id).Operation().Says.Assistants; len(list) != 1 || list[0] != want[1] {
		t.Errorf("after the correction %+v", list)
	}
}

func TestAnOperationIsScheduledUnderItsVisit(t *testing.T) {
	w := newWard(t)
	id, at := w.planned()
	thread, err := ledger.ParseThreadID(id)
	w.must(err)
	if a := w.surgeon.sees(at + "/say/scheduled"); strings.Contains(a.body, `name="visit"`) {
		t.Error("without a visit nobody is asked for one")
	}
	far := ledger.HospitalID{7}
	w.must(w.desk.Network.AddPartner(w.Context(), network.Partner{Hospital: far, Name: "Far University Hospital 远方大学医院"}))
	to := w.head.takes("/visits/new", url.Values{"guest": {far.String()}, "skill": {"endoscopy"}, "purpose": {"one operation"}, "from": {"2026-11-30"}, "until": {"2026-12-01"},
		"conditions": {"true"}, "emergency": {"the expert is here today only"}, "cases": {id}})
	visit := strings.TrimPrefix(strings.Split(to, "?")[0], "/visits/")
	if a := w.head.sees(at + "/say/scheduled"); strings.Contains(a.body, `name="visit"`) {
		t.Error("a visit is offered that nobody has accepted")
	}
	w.update(func(ctx context.Context, tx ledger.Tx) error { // the guest's acceptance is another node's to say
		_, err := tx.ExecContext(ctx, `UPDATE visit_row SET state = 'accepted' WHERE thread = $1`, visit)
		return err
	})
	w.head.sees(at+"/say/scheduled", `name="visit"`, `value="`+visit+`"`, "Far University Hospital ·")
	w.head.refuses(at+"/say/scheduled", url.Values{"date": {"2026-11-30T08:00"}, "hospital": {w.desk.ID.Raw()}, "visit": {thread.String()}}, "Choose one of the answers")
	w.head.takes(at+"/say/scheduled", url.Values{"date": {"2026-11-30T08:00"}, "hospital": {w.desk.ID.Raw()}, "visit": {visit}})
	if got := w.fold(id).Scheduled.Says.Visit.String(); got != visit {
		t.Errorf("scheduled under %s", got)
	}
}

func TestNoneOfThemIsAnAnswer(t *testing.T) {
	w := newWard(t)
	id, at := w.planned()
	a := w.surgeon.sees(at+"/say/operation", `name="v.intraop_event" value="-"`, "None of these")
	if strings.Contains(a.body, `name="v.vessel" value="-"`) {
		t.Error("where the pack has a code for none, that is the one to choose")
	}
	form := w.operationForm()
	form["v.intraop_event"] = []string{"-", "bleeding"}
	w.surgeon.refuses(at+"/say/operation", form, "Tick either")
	form["v.intraop_event"] = []string{"-"}
	w.surgeon.takes(at+"/say/operation", form)
	o := w.fold(id).Operation()
	if codes, ok := o.Says.Values["intraop_event"].AsCodes(); !ok || len(codes) != 0 {
		t.Errorf("answered %v", o.Says.Values["intraop_event"])
	}
	w.surgeon.sees(at+"/say/amend?ref="+o.Hash.String(), `name="v.intraop_event" value="-" checked`)
}
