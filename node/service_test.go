package node_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// TestAProgramSeesNoMoreThanItsSponsor: an administrator names a service account for a case that its sponsor may not see: refused. Where the sponsor has a part in the case
// the program reads it, and no more once the sponsor has not.
func TestAProgramSeesNoMoreThanItsSponsor(t *testing.T) { onBothDatabases(t, aProgramSeesNoMore) }

func aProgramSeesNoMore(t *testing.T, w *nodetest.World, north *nodetest.Hospital) {
	id := north.OpenCase("Kyphoplasty")
	service := func(name, sponsor string) (int, string) {
		return asks(t, north, nodetest.Administrator, "POST", "/services", map[string]any{"username": name, "name": name, "sponsor": sponsor, "roles": []string{sponsor},
			"ends": w.Clock.Now().AddDate(0, 1, 0).Format(time.RFC3339), "cases": []string{id.String()}})
	}
	if status, body := service("bot", nodetest.Trainee); status != http.StatusUnprocessableEntity {
		t.Errorf("a program of one who may not see the case is named for it: %d %s", status, body)
	}
	joined, err := north.SayAs(nodetest.Head, id, map[string]any{"kind": "case.team-joined", "body": map[string]any{"person": string(north.Staff[nodetest.Trainee].ID), "name": "Trainee", "part": "trainee"}})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := service("bot2", nodetest.Trainee); status >= 400 {
		t.Fatal(status, body)
	}
	var made struct{ Token string }
	north.MustAsk(nodetest.Trainee, "POST", "/tokens", map[string]any{"name": "bot", "for": "bot2", "scopes": []string{"read", "write"}}, &made)
	if status, body := calls(t, north, made.Token, "GET", "/cases/"+id.String(), nil); status != http.StatusOK || !strings.Contains(body, "Kyphoplasty") {
		t.Errorf("a program of one who has a part in the case: %d %s", status, body)
	}
	question := map[string]any{"kind": "case.question", "body": map[string]any{"text": "From a program"}, "refs": []string{}, "at": "", "blobs": []any{}}
	if status, body := calls(t, north, made.Token, "POST", "/cases/"+id.String()+"/entries", question); status != http.StatusOK {
		t.Errorf("it says something: %d %s", status, body)
	}
	if _, err := north.SayAs(nodetest.Head, id, map[string]any{"kind": ledger.KindRetract, "refs": []ledger.Hash{joined}, "body": map[string]any{}}); err != nil {
		t.Fatal(err)
	}
	if status, _ := asks(t, north, nodetest.Trainee, "GET", "/cases/"+id.String(), nil); status != http.StatusForbidden {
		t.Fatal("the sponsor still has a part in the case", status)
	}
	if status, body := calls(t, north, made.Token, "GET", "/cases/"+id.String(), nil); status != http.StatusForbidden || strings.Contains(body, "Kyphoplasty") {
		t.Errorf("the program of one who has no part in the case any more reads it: %d %s", status, body)
	}
	if status, _ := calls(t, north, made.Token, "POST", "/cases/"+id.String()+"/entries", question); status < 400 {
		t.Errorf("and says something: %d", status)
	}
}
