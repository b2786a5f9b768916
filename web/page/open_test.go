package page

import (
	"net/http"
	"strings"
	"testing"

	"consilium/desk"
	"consilium/people"
)

func TestACaseOfNobodyIsNotOpened(t *testing.T) {
	w := newWorld(t)
	w.hire("lin", people.Surgeon)
	secret := w.token("lin", desk.ScopeRead, desk.ScopeWrite)
	open := func(patient string) answer {
		return w.call(secret, http.MethodPost, "/cases", `{"pathway":"hfs-mvd","title":"Hemifacial spasm","urgency":"soon","patient":`+patient+`}`)
	}
	for patient, field := range map[string]string{`{"name":"王小明","birth_date":"1960/3/14"}`: "birth_date", `{"latin":"Wang"}`: `"name"`,
		`{"name":"` + strings.Repeat("王", 201) + `"}`: `"name"`} {
		if a := open(patient); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, field) {
			t.Errorf("%.60s: %d %s", patient, a.status, a.body)
		}
	}
	if a := w.call(secret, http.MethodGet, "/cases", ""); !strings.Contains(a.body, `"items":[]`) {
		t.Errorf("cases were opened all the same: %s", a.body)
	}
	if a := open(`{"name":"王小明","birth_date":"1960-03"}`); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}
