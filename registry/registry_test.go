package registry

import (
	"reflect"
	"testing"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
)

// operated plays a whole course by hand: examination, plan, operation, two follow-ups (the second lost), a complication.
func operated(h *hospital) (thread ledger.ThreadID, operation, follow ledger.Hash) {
	age := int64(52)
	thread = h.open(casebook.Opened{Pathway: "hfs-mvd", Title: "Left hemifacial spasm", Side: "left", Urgency: "routine", Sex: "female", Age: &age})
	h.say(thread, casebook.KindFinding, casebook.Finding{Form: "referral", Values: pathway.Values{"duration_months": pathway.Int(30), "prior_mvd": pathway.Bool(false), "botulinum_times": pathway.Int(0)}})
	plan := h.say(thread, casebook.KindPlan, casebook.Plan{Version: 1, Title: "MVD", Form: "plan", Signers: []ledger.HospitalID{h.id},
		Values: pathway.Values{"technique": pathway.String("fully_endoscopic"), "approach": pathway.String("retrosigmoid")}})
	h.say(thread, casebook.KindPlanSigned, casebook.PlanSigned{Meaning: "approve"}, plan)
	operation = h.say(thread, casebook.KindOperation, casebook.Operation{Date: "2025-03-10", Procedure: "mvd_endoscopic", Form: "operation",
		Operator: casebook.Owner{Hospital: h.id, Person: "p9", Name: "Dr. Zhou"}, Guidance: "remote_live",
		Values: pathway.Values{"technique": pathway.String("fully_endoscopic"), "vessel": pathway.Codes("aica", "va"), "blood_loss": pathway.Int(40), "amr_monitored": pathway.Missing(pathway.NotDone),
			"endoscope_diameter": pathway.String("4.0"), "incision_at": pathway.String("2025-03-10T09:30+08:00")}}, plan)
	h.say(thread, casebook.KindComplication, casebook.Complication{Code: "facial_palsy_delayed", Grade: "IIIad", Date: "2025-03-20"})
	follow = h.say(thread, casebook.KindFollowUp, casebook.FollowUp{Schedule: "m12", Date: "2026-03-12", Form: "followup",
		Values: pathway.Values{"followup_point": pathway.String("m12"), "seen_on": pathway.String("2026-03-12"), "cohen": pathway.Int(0), "hearing_loss": pathway.Bool(true)}}, operation)
	h.say(thread, casebook.KindFollowUp, casebook.FollowUp{Schedule: "m24", Lost: "moved away"}, operation)
	return thread, operation, follow
}

func TestARowSaysWhatTheCaseSays(t *testing.T) {
	h := newHospital(t)
	operated(h)
	rows := h.read(Query{Pathway: "hfs-mvd"})
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	for name, want := range map[string]Cell{
		"operation": {Value: "1"}, "age_at_opening": {Value: "52"}, "sex_recorded": {Value: "female"}, "case_side": {Value: "left"}, "origin": {Value: "care"},
		"operated": {Value: "2025-03"}, "procedure_recorded": {Value: "mvd_endoscopic"}, "guidance": {Value: "remote_live"}, "operator_case": {Value: "1"},
		"at_home": {Value: "true"}, "plan_signed": {Value: "true"}, "plan_deviations": {Value: "0"}, "was_abandoned": {Value: "false"}, "referrals_sent": {Value: "0"},
		"first_send_complete": {Why: NotRecorded}, "complications": {Value: "1"}, "worst_grade": {Value: "IIIa"},
		"plan_signed_on":  {Value: "-7"}, // signed on 3 March, operated on 10 March
		"duration_months": {Value: "30"}, "prior_mvd": {Value: "false"}, "technique": {Value: "fully_endoscopic"}, "vessel": {Value: "aica|va"},
		"vessel_multiple": {Value: "true"},                            // computed
		"blood_loss":      {Value: "40"}, "incision_at": {Value: "0"}, // the same day
		"amr_monitored":    {Why: pathway.NotDone},
		"amr_start":        {Why: pathway.NotApplicable}, // shown only where it was monitored
		"prior_mvd_record": {Why: NotRecorded},           // text: no column at all, see below
		"baep_monitored":   {Why: NotRecorded},
		"cohen_m12":        {Value: "0"}, "hearing_loss_m12": {Value: "true"}, "seen_on_m12": {Value: "367"},
		"cohen_m24": {Why: Lost}, "cohen_d30": {Why: NotDueYet}, "cohen_y5": {Why: NotDueYet},
	} {
		got, there := rows[0][name]
		if name == "prior_mvd_record" {
			if there {
				t.Error("a free text is a column")
			}
			continue
		}
		if !there || got != want {
			t.Errorf("%s is %+v (column there: %v), want %+v", name, got, there, want)
		}
	}
}

func TestACorrectionActsOnTheRowAtOnce(t *testing.T) {
	h := newHospital(t)
	thread, operation, follow := operated(h)
	h.say(thread, ledger.KindAmend, ledger.Amendment{Why: "typed wrong", Says: asJSON(t, casebook.Operation{Date: "2025-03-11", Procedure: "mvd_microscopic", Form: "operation",
		Values: pathway.Values{"technique": pathway.String("microscopic")}, Operator: casebook.Owner{Hospital: h.id, Person: "p9", Name: "Dr. Zhou"}})}, operation)
	h.say(thread, ledger.KindRetract, ledger.Retraction{Why: "of another patient"}, follow)
	row := h.read(Query{Pathway: "hfs-mvd"})[0]
	for name, want := range map[string]Cell{"technique": {Value: "microscopic"}, "blood_loss": {Why: NotRecorded}, "plan_deviations": {Value: "1"}, "cohen_m12": {Why: NotDueYet},
		"endoscope_diameter": {Why: pathway.NotApplicable}, "plan_signed_on": {Value: "-8"}} {
		if row[name] != want {
			t.Errorf("%s is %+v after the correction, want %+v", name, row[name], want)
		}
	}
}

func TestResearchSeesOnlyWhoAgreed(t *testing.T) {
	h := newHospital(t)
	thread, _, _ := operated(h)
	operated(h)
	if n := len(h.read(Query{Pathway: "hfs-mvd", Research: true})); n != 0 {
		t.Errorf("%d rows of patients who were not asked", n)
	}
	h.say(thread, access.KindConsent, access.ConsentGiven{Scopes: map[access.Scope]access.Answer{access.Research: access.Granted}, How: access.Oral, Witness: "p2", Date: "2025-03-03", Text: "form 1"})
	if n := len(h.read(Query{Pathway: "hfs-mvd", Research: true})); n != 1 {
		t.Errorf("%d rows after one patient agreed", n)
	}
	if n := len(h.read(Query{Pathway: "hfs-mvd", Research: true, Waiver: "2025-17"})); n != 2 {
		t.Errorf("%d rows under a waiver", n)
	}
	h.say(thread, access.KindConsentWithdrawn, access.ConsentWithdrawn{Scopes: []access.Scope{access.Research}, Date: "2025-04-01", Reason: "no more"})
	if n := len(h.read(Query{Pathway: "hfs-mvd", Research: true})); n != 0 {
		t.Errorf("%d rows after the consent was withdrawn", n)
	}
	if n := len(h.read(Query{Pathway: "hfs-mvd", Research: true, Waiver: "2025-17"})); n != 1 {
		t.Errorf("%d rows under a waiver after a patient withdrew, want that of the one who was not asked", n)
	}
	if n := len(h.read(Query{Pathway: "hfs-mvd"})); n != 2 {
		t.Errorf("%d rows for who treats the patients, want both", n)
	}
}

func TestPseudonymsAndOperationNumbers(t *testing.T) {
	h := newHospital(t)
	operated(h)
	operated(h)
	rows := h.read(Query{Pathway: "hfs-mvd"})
	if rows[0]["case"] == rows[1]["case"] || rows[0]["patient"] == rows[1]["patient"] || rows[0]["operator"] != rows[1]["operator"] {
		t.Error("pseudonyms", rows[0]["case"], rows[1]["case"], rows[0]["operator"], rows[1]["operator"])
	}
	if rows[0]["operator_case"].Value != "1" || rows[1]["operator_case"].Value != "2" {
		t.Error("operations are not counted", rows[0]["operator_case"], rows[1]["operator_case"])
	}
	h.reg = &Registry{Me: h.id, Packs: packs, Secret: []byte("another hospital's")}
	if again := h.read(Query{Pathway: "hfs-mvd"}); again[0]["operator"] == rows[0]["operator"] {
		t.Error("the pseudonyms of two hospitals match")
	}
}

func TestColumnsOfEveryShippedPack(t *testing.T) {
	for _, p := range pathway.Shipped() {
		if p.Abstract {
			continue
		}
		seen := map[string]bool{}
		for _, c := range Columns(p) {
			switch {
			case seen[c.Name]:
				t.Errorf("%s: the column %s stands twice", p.ID, c.Name)
			case c.Label.En == "" || c.Label.Zh == "":
				t.Errorf("%s: the column %s has no label in both languages", p.ID, c.Name)
			case (c.Kind == Code || c.Kind == Codes) && len(c.Choices) == 0:
				t.Errorf("%s: the column %s has no choices", p.ID, c.Name)
			}
			seen[c.Name] = true
		}
		if len(seen) < 100 {
			t.Errorf("%s has only %d columns", p.ID, len(seen))
		}
	}
}

func TestColumnsAreWorkedOutOnceAndOnlyForOperations(t *testing.T) {
	asked := 0
	lay := func(p *pathway.Pack) *layout { asked++; return layoutOf(p) }
	c := casebook.Case{Opened: true, Pathway: "hfs-mvd"}
	if list := rowsOf(c, packs, lay, ledger.HospitalID{}); list != nil || asked != 0 {
		t.Errorf("a case without an operation has %d rows and asked for columns %d times", len(list), asked)
	}
	once, p := layouts(), pathway.Find("hfs-mvd")
	if first, second := once(p), once(p); first != second || !reflect.DeepEqual(first.columns, Columns(p)) {
		t.Error("columns are worked out again, or differently")
	}
}

func asJSON(t *testing.T, v any) []byte {
	raw, err := ledger.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestReasonsFollowTheDay: what is not due yet, what is overdue, what was due before the take-over and what nobody asks any more are four things, in rows as on the page.
func TestReasonsFollowTheDay(t *testing.T) {
	h := newHospital(t)
	operated(h)
	old := h.open(casebook.Opened{Pathway: "hfs-mvd", Title: "Taken over", Side: "left", Urgency: "routine", History: "the old register"})
	h.say(old, casebook.KindOperation, casebook.Operation{Date: "2024-01-10", Procedure: "mvd_endoscopic"})
	ended := h.open(casebook.Opened{Pathway: "hfs-mvd", Title: "Given up", Side: "left", Urgency: "routine"})
	h.say(ended, casebook.KindOperation, casebook.Operation{Date: "2025-03-04", Procedure: "mvd_endoscopic", Emergency: "no time"})
	h.say(ended, casebook.KindClosed, casebook.Closed{Outcome: "died"})
	reasons := func(column string) (list []string) {
		for _, row := range h.read(Query{Pathway: "hfs-mvd"}) {
			list = append(list, row[column].Why)
		}
		return list
	}
	for column, want := range map[string][]string{
		"cohen_m6":  {BeforeTakeOver, NotAsked, NotDueYet}, // taken over in March 2025, due in July 2024; closed; due in September 2025
		"cohen_m24": {NotDueYet, NotAsked, Lost},
	} {
		if got := reasons(column); !reflect.DeepEqual(got, want) {
			t.Errorf("%s in March 2025: %v, want %v", column, got, want)
		}
	}
	h.clock = h.clock.AddDate(1, 8, 0) // November 2026
	for column, want := range map[string][]string{"cohen_m6": {BeforeTakeOver, NotAsked, Overdue}, "cohen_m24": {Overdue, NotAsked, Lost}, "relief_m12": {BeforeTakeOver, NotAsked, NotRecorded}} {
		if got := reasons(column); !reflect.DeepEqual(got, want) {
			t.Errorf("%s in November 2026: %v, want %v", column, got, want)
		}
	}
}
