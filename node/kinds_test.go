package node_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/outreach"
	"consilium/people"
	"consilium/record"
)

// TestEveryKindStandsInTheAPI: what is declared is listed with its form, has its schema in the OpenAPI document, and can be said.
func TestEveryKindStandsInTheAPI(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	_, document := try(t, north, "", "GET", "/api/v1/openapi.json")
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Title       string         `json:"title"`
				Description string         `json:"description"`
				Examples    []any          `json:"examples"`
				Properties  map[string]any `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	for _, talk := range talks() {
		listed := kindsOf(t, north, talk.Thread, "en")
		for _, k := range talk.Kinds {
			v, ok := listed[k.Name]
			schema := doc.Components.Schemas[strings.TrimPrefix(v.Schema, "#/components/schemas/")]
			switch {
			case !ok || len(v.Fields) != len(k.Fields) || v.Title == "" || v.Act == "":
				t.Errorf("%s: listed as %+v", k.Name, v)
			case schema.Title != k.Name || schema.Description != k.Doc || len(schema.Examples) != 1:
				t.Errorf("%s: its schema is %+v", k.Name, schema)
			}
			if _, known := north.Node.Desk().Book.Kinds.Get(k.Name); !known {
				t.Errorf("%s cannot be said at this node", k.Name)
			}
		}
	}
	whole := map[string]json.RawMessage{}
	status, text := ask(t, north, "en", "GET", "/api/v1/cases/"+north.OpenCase("A case").String(), "")
	if err := json.Unmarshal([]byte(text), &whole); err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v: %.200s", status, err, text)
	}
	for _, k := range casebook.Talk(nil).Kinds {
		for _, v := range k.Views {
			if value := string(whole[v.Name]); value == "" || value == "null" {
				t.Errorf("%s: a case has %q under %q", k.Name, value, v.Name)
			}
		}
	}
	for name, talk := range map[string]*record.Talk{"CaseView": casebook.Talk(nil), "VisitView": outreach.Talk()} {
		described := doc.Components.Schemas[name].Properties
		for _, k := range talk.Kinds {
			for _, v := range k.Views {
				if described[v.Name] == nil {
					t.Errorf("the schema %s does not say what stands under %q, which %s declares", name, v.Name, k.Name)
				}
			}
		}
	}
	items := kindsOf(t, north, "case", "zh")[casebook.KindSafetyCheck].Fields[1]
	if len(items.Choices) != 19 || items.Choices[0].Of != "sign_in" || !strings.Contains(items.Choices[0].Name, "身份") {
		t.Errorf("the surgical safety checklist in Chinese: %+v", items)
	}
}

// TestEveryThreadIsGoverned: what a room declares has rules in the policy, is noted when it is read, and where the patient's consent lets it leave, consent can be said in it.
func TestEveryThreadIsGoverned(t *testing.T) {
	w := nodetest.New(t, "north")
	door := w.Hospital("north").Node.Desk().Door
	want := map[string]record.Governance{"case": {Policy: "Case", Leaves: record.ByConsent}, "visit": {Policy: "Visit", Leaves: record.ToMembers},
		"study": {Policy: "Study", Leaves: record.ToMembers}, "waiver": {Policy: "Waiver", Leaves: record.ToMembers}}
	if !maps.Equal(door.Threads, want) {
		t.Errorf("governed are %+v", door.Threads)
	}
	for _, talk := range talks() {
		of := access.What{Of: talk.Governs}
		head := access.Who{Person: "head", Roles: []people.Role{people.HeadOfDepartment}}
		for _, action := range []access.Action{access.Open, access.See, access.Say, access.List} {
			if !access.May(head, action, of).Allowed {
				t.Errorf("no rule lets a head of department %s a %s", action, talk.Thread)
			}
		}
		if talk.Governs.Leaves == record.ByConsent && (talk.Kind(access.KindConsent) == nil || talk.Kind(access.KindConsentWithdrawn) == nil) {
			t.Errorf("a %s leaves by a consent that cannot be said in it", talk.Thread)
		}
		if door.Relations[talk.Thread] == nil && len(talk.Relations) > 0 {
			t.Errorf("nobody tells how people stand to a %s", talk.Thread)
		}
	}
}

type kindListed struct {
	Kind, Title, Act, Schema string
	Fields                   []struct {
		Name, Label string
		Choices     []struct{ Code, Name, Of string }
	}
}

func kindsOf(t *testing.T, h *nodetest.Hospital, thread, language string) map[string]kindListed {
	t.Helper()
	status, text := ask(t, h, language, "GET", "/api/v1/kinds/"+thread, "")
	var answer struct{ Items []kindListed }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v: %.200s", status, err, text)
	}
	byName := map[string]kindListed{}
	for _, k := range answer.Items {
		byName[k.Kind] = k
	}
	return byName
}

// TestWhatStopsAWriterIsToldByField: a refused entry of a case and of a visit answers in the reader's language, with the field at fault.
func TestWhatStopsAWriterIsToldByField(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("A case")
	visit := `{"entries":[{"kind":"visit.proposed","body":{"host":"` + north.ID.String() + `","guest":"` + (ledger.HospitalID{7}).String() +
		`","purpose":"p","skill":"s","from":"2026-12-01","until":"2026-12-03","conditions":true}}]}`
	for _, c := range []struct{ name, path, body, field, text string }{
		{"a case's body", "/cases/" + id.String() + "/entries", `{"kind":"case.declined","body":{}}`, "reason", "此项必填"},
		{"a case's rule", "/cases/" + id.String() + "/entries", `{"kind":"case.operation","body":{"date":"` + w.Clock.Now().Format(time.DateOnly) + `"}}`, "", "无已签署方案即手术"},
		{"a visit's body", "/visits", strings.Replace(visit, `"purpose":"p"`, `"purpose":""`, 1), "purpose", "此项必填"},
		{"a visit's rule", "/visits", visit, "letter", "未附盖章的书面邀请函"},
	} {
		status, text := ask(t, north, "zh", "POST", "/api/v1"+c.path, c.body)
		var problem struct {
			Detail string
			Errors []struct{ Location, Message string }
		}
		if err := json.Unmarshal([]byte(text), &problem); err != nil || status != 422 || len(problem.Errors) != 1 {
			t.Errorf("%s: %d, %v: %s", c.name, status, err, text)
			continue
		}
		if e := problem.Errors[0]; !strings.HasSuffix(e.Location, c.field) || !strings.Contains(e.Message, c.text) || !strings.Contains(problem.Detail, c.text) {
			t.Errorf("%s: %s", c.name, text)
		}
	}
}

// ask is one call of the head of department, in a language.
func ask(t *testing.T, h *nodetest.Hospital, language, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.Node.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", language)
	r.Header.Set("Authorization", "Bearer "+h.Staff[nodetest.Head].Token)
	return answered(t, r)
}

// talks are what can be said in the threads of all rooms.
func talks() (list []*record.Talk) {
	for _, room := range node.Rooms() {
		for _, talk := range room.Threads {
			list = append(list, talk(nil))
		}
	}
	return list
}
