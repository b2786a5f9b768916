package registry

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
)

// TestEveryStandardColumnHasANameAndIsFilled: a column that somebody adds to the list and neither names nor fills would stand in each export, empty.
func TestEveryStandardColumnHasANameAndIsFilled(t *testing.T) {
	var source strings.Builder
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file == "column.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(raw)
	}
	for _, c := range Standard() {
		if key := "registry.column." + c.Name; !lang.Has(key) || !lang.Phrase(key, nil).Complete() {
			t.Errorf("the column %s has no name in both languages", c.Name)
		}
		if !strings.Contains(source.String(), `"`+c.Name+`"`) {
			t.Errorf("nothing fills the column %s", c.Name)
		}
	}
}

// TestThePatientIsSparedTheDays: an expert helped at the patient's own hospital, and the patient lay there until the discharge that was recorded.
func TestThePatientIsSparedTheDays(t *testing.T) {
	for name, c := range map[string]struct {
		guidance, schedule string
		want               Cell
	}{"an expert helped": {"remote_live", "discharge", Cell{Value: "8"}}, "nobody helped": {"none", "discharge", Cell{Why: NotRecorded}}, "no discharge": {"expert_operates", "m6", Cell{Why: NotRecorded}}} {
		h := newHospital(t)
		age := int64(52)
		thread := h.open(casebook.Opened{Pathway: "hfs-mvd", Title: "Left hemifacial spasm", Side: "left", Urgency: "routine", Sex: "female", Age: &age})
		h.say(thread, casebook.KindOperation, casebook.Operation{Date: "2025-03-10", Procedure: "mvd_endoscopic", Form: "operation", Emergency: "test", Guidance: c.guidance,
			Values: pathway.Values{"technique": pathway.String("microscopic")}, Operator: casebook.Owner{Hospital: h.id, Person: "p9", Name: "Dr. Zhou"}})
		h.say(thread, casebook.KindFollowUp, casebook.FollowUp{Schedule: c.schedule, Date: "2025-03-18", Form: "followup", Values: pathway.Values{"relief": pathway.String("complete")}})
		if rows := h.read(Query{Pathway: "hfs-mvd"}); len(rows) != 1 || rows[0]["days_spared"] != c.want {
			t.Errorf("%s: %+v", name, rows[0]["days_spared"])
		}
	}
}

// TestThePatientIsSparedTheWay: an expert of another hospital came, so the patient was spared the way there; where nobody came, or nobody knows how far it is, the cell is empty.
func TestThePatientIsSparedTheWay(t *testing.T) {
	far, unknown := ledger.HospitalID{7}, ledger.HospitalID{8}
	for name, c := range map[string]struct {
		expert ledger.HospitalID
		want   Cell
	}{"from far": {far, Cell{Value: "310"}}, "from a place that is not known": {unknown, Cell{Why: NotRecorded}}, "nobody": {ledger.HospitalID{}, Cell{Why: NotRecorded}}} {
		h := newHospital(t)
		h.reg.Distances = func(context.Context, ledger.Tx) (map[ledger.HospitalID]int64, error) {
			return map[ledger.HospitalID]int64{far: 310}, nil
		}
		age := int64(52)
		thread := h.open(casebook.Opened{Pathway: "hfs-mvd", Title: "Left hemifacial spasm", Side: "left", Urgency: "routine", Sex: "female", Age: &age})
		operation := casebook.Operation{Date: "2025-03-10", Procedure: "mvd_endoscopic", Form: "operation", Emergency: "test", Values: pathway.Values{"technique": pathway.String("microscopic")},
			Operator: casebook.Owner{Hospital: h.id, Person: "p9", Name: "Dr. Zhou"}}
		if !c.expert.IsZero() {
			operation.Assistants = []casebook.Owner{{Hospital: c.expert, Person: "x1", Name: "Prof. Gu"}}
		}
		h.say(thread, casebook.KindOperation, operation)
		rows := h.read(Query{Pathway: "hfs-mvd"})
		if len(rows) != 1 || rows[0]["km_spared"] != c.want {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}
