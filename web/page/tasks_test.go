package page

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/record"
	"consilium/web/api"
	casesapi "consilium/web/api/cases"
	staffapi "consilium/web/api/staff"
)

// token is an API token of somebody.
func (w *world) token(username string, scopes ...people.Scope) (secret string) {
	w.Helper()
	w.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		secret, _, err = people.CreateToken(ctx, tx, w.clock, w.people[username].ID, people.APIToken{Name: "test", Scopes: scopes, Expires: w.clock.Add(time.Hour)})
		return err
	})
	return secret
}

// call asks the API in somebody's name.
func (w *world) call(secret, method, path, body string) answer {
	w.Helper()
	r := httptest.NewRequestWithContext(w.Context(), method, api.Prefix+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+secret)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	api.New(w.desk, casesapi.Operations, staffapi.Operations).ServeHTTP(rec, r)
	return answer{rec.Code, rec.Body.String(), rec.Header()}
}

func TestTasksOfARoleTellNothingOfCasesThatOneMayNotSee(t *testing.T) {
	g := newGuarded(t)
	for name := range strangers {
		if a := g.call(g.token(name, desk.ScopeRead), http.MethodGet, "/tasks", ""); strings.Contains(a.body, secretTitle) || strings.Contains(a.body, secretText) {
			t.Errorf("%s is told of a task in a case that is not theirs: %s", name, a.body)
		}
	}
	a := g.call(g.token("asked", desk.ScopeRead), http.MethodGet, "/tasks", "")
	var list struct{ Items []json.RawMessage }
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || len(list.Items) != 1 || !strings.Contains(a.body, secretText) {
		t.Errorf("who was asked is told %s, %v", a.body, err)
	}
}

func TestAHundredLateThingsHideNoPlanThatWaits(t *testing.T) {
	w := newWorld(t)
	w.hire("hua", people.HeadOfDepartment)
	owner := casebook.Owner{Hospital: w.desk.ID}
	busy := w.openCase("hua", "busy", "")
	ref := w.say("hua", ledger.Draft{Thread: busy, Kind: casebook.KindReferred, Says: casebook.Referred{To: w.desk.ID, SubSpecialty: "functional_neurosurgery", Question: "?",
		Urgency: "routine", Gaps: gapsOf(w, busy, "hua"), GapReason: "a test"}})
	w.say("hua", ledger.Draft{Thread: busy, Kind: casebook.KindAccepted, Refs: []ledger.Hash{ref.Hash}, Says: casebook.Accepted{By: "2026-11-22", Role: "surgeon"}})
	advice := casebook.Opinion{Round: 1, Text: "much"}
	for i := range 130 {
		advice.Recommendations = append(advice.Recommendations, casebook.Recommendation{ID: fmt.Sprint("r", i), Text: "QADVICEQ", Owner: owner, Due: "2026-10-01"})
	}
	w.say("hua", ledger.Draft{Thread: busy, Kind: casebook.KindOpinion, Refs: []ledger.Hash{ref.Hash}, Says: advice})
	quiet := w.openCase("hua", "quiet", "")
	w.say("hua", ledger.Draft{Thread: quiet, Kind: casebook.KindPlan, Says: casebook.Plan{Version: 1, Title: "to sign", Signers: []ledger.HospitalID{w.desk.ID}}})
	w.signedIn("hua").sees("/", "QADVICEQ", "Sign the plan, version 1")
	if a := w.call(w.token("hua", desk.ScopeRead), http.MethodGet, "/tasks", ""); !strings.Contains(a.body, "Sign the plan") {
		t.Error("the API lists no plan to sign")
	}
}

// gapsOf are all items of the packet of a case's pathway.
func gapsOf(w *world, id ledger.ThreadID, as string) (list []string) {
	l, err := w.desk.Door.Read(w.Context(), w.who(as), id)
	w.must(err)
	c := casebook.Fold(l)
	for _, gap := range casebook.Gaps(c, findPack(c.Pathway, ""), casebook.Referred{Question: "?"}) {
		list = append(list, gap.ID)
	}
	return list
}

func TestATokenGivesNoMoreThanItHas(t *testing.T) {
	w := newWorld(t)
	w.hire("li", people.Surgeon)
	narrow := w.token("root", desk.ScopeAdminister)
	for _, body := range []string{`{"name":"wide","scopes":["administer","write"]}`, `{"name":"other","for":"li","scopes":["read"]}`} {
		if a := w.call(narrow, http.MethodPost, "/tokens", body); a.status != http.StatusForbidden {
			t.Errorf("a token that only administers made %s: %d %s", body, a.status, a.body)
		}
	}
	if a := w.call(narrow, http.MethodPost, "/tokens", `{"name":"same","scopes":["administer"]}`); a.status != http.StatusOK {
		t.Errorf("another like itself: %d %s", a.status, a.body)
	}
}

func TestEveryPartnerMayBeAsked(t *testing.T) {
	w := newWard(t)
	for n := range 12 {
		w.must(w.desk.Network.AddPartner(w.Context(), network.Partner{Hospital: ledger.HospitalID{byte(n + 1)}, Name: fmt.Sprint("Hospital No ", n)}))
	}
	a := w.surgeon.sees("/cases/" + w.open(w.surgeon) + "/refer")
	for n := range 12 {
		if !strings.Contains(a.body, `type="radio" name="to" value="`+ledger.HospitalID{byte(n + 1)}.Raw()+`"`) {
			t.Errorf("hospital %d cannot be asked", n)
		}
	}
}

func TestButtonsFollowTheDoor(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	w.hire("visitor", people.Surgeon)
	b := w.signedIn("visitor")
	if a := b.get("/cases/" + id); a.status != http.StatusForbidden {
		t.Fatalf("a stranger sees the case: %d", a.status)
	}
	of := w.desk.Door.Relations["case"]
	w.desk.Door.Relations["case"] = func(ctx context.Context, tx ledger.Tx, t ledger.ThreadID, who record.Reader) ([]string, error) {
		list, err := of(ctx, tx, t, who)
		return append(list, "team"), err // of a visit for the case
	}
	b.sees("/cases/"+id, "/say/question")
	guest := ledger.HospitalID{7}
	w.must(w.desk.Network.AddPartner(w.Context(), network.Partner{Hospital: guest, Name: "Far Hospital"}))
	b = w.signedIn("surgeon")
	b.get("/visits/new")
	page := b.takes("/visits/new", url.Values{"guest": {guest.String()}, "skill": {"spine endoscopy"}, "purpose": {"two operations"}, "from": {"2026-12-01"}, "until": {"2026-12-03"},
		"conditions": {"true"}, "emergency": {"paraplegia since this morning"}})
	page, _, _ = strings.Cut(page, "?")
	b.sees(page, page+"/say/proposed", page+"/say/closed")
}
