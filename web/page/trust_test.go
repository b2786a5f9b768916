package page

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
)

var linkInPage = regexp.MustCompile(`/sign-in/link/([A-Za-z0-9_-]{43})`)

// events are the codes in the security log, the oldest first.
func (w *world) events() (list []security.Row) {
	w.must(w.desk.View(w.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return security.Each(ctx, tx, func(r security.Row, _ security.Hash) error { list = append(list, r); return nil })
	}))
	return list
}

func (w *world) noted(event security.Event) bool {
	for _, r := range w.events() {
		if r.Event == event {
			return true
		}
	}
	return false
}

// An administrator gets nobody's clinical access: not by a token, and not by a password that the administrator knows.
func TestAnAdministratorIsNotADoctor(t *testing.T) {
	w := newWorld(t)
	li := w.hire("li", people.Surgeon)
	admin := w.token("root", desk.ScopeRead, desk.ScopeWrite, desk.ScopeAdminister)
	if a := w.call(admin, http.MethodPost, "/tokens", `{"name":"spy","for":"li","scopes":["read"]}`); a.status != http.StatusForbidden {
		t.Errorf("an administrator makes a surgeon's token: %d %s", a.status, a.body)
	}
	root := w.signedIn("root")
	root.get("/settings/people/" + string(li.ID))
	a := root.post("/settings/people/"+string(li.ID)+"/password", nil)
	link := linkInPage.FindString(a.body)
	if a.status != http.StatusOK || link == "" {
		t.Fatalf("no link: %d %s", a.status, a.text())
	}
	w.signedIn("li").sees("/", "Others have changed your access") // the old password stays, and li is told
	fresh := w.visitor()
	fresh.sees(link, "Choose your password")
	form := url.Values{"secret": {strings.TrimPrefix(link, "/sign-in/link/")}, "password": {"another set of words"}}
	if a := fresh.post("/sign-in/link", form); a.status != http.StatusSeeOther {
		t.Fatalf("using the link: %d %s", a.status, a.text())
	}
	fresh.sees("/settings", "Link for a password made", "Dr. root")
	again := w.visitor()
	if a := again.get(link); a.status == http.StatusOK {
		t.Error("the link works twice")
	}
}

// A session that was left open does not make credentials, remove them, or take the log out.
func TestOldSessionsOpenNoDoors(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("root")
	w.clock = w.clock.Add(11 * time.Minute)
	b.sees("/settings", "Show once more who you are")
	for path, form := range map[string]url.Values{"/settings/tokens": {"name": {"x"}, "days": {"9"}, "scopes": {"read"}}, "/settings/passkeys/x/remove": {}} {
		if a := b.post(path, form); a.status != http.StatusForbidden {
			t.Errorf("POST %s: %d %s", path, a.status, a.text())
		}
	}
	if a := b.get("/settings/security/json"); a.status != http.StatusForbidden {
		t.Errorf("an export: %d", a.status)
	}
	b.sees("/sign-in?again=1&to=%2Fsettings", `value="root"`)
	if a := b.post("/sign-in", url.Values{"username": {"root"}, "password": {password}, "to": {"/settings"}}); a.header.Get("Location") != "/settings" {
		t.Fatalf("%d %s", a.status, a.text())
	}
	b.get("/settings")
	if a := b.post("/settings/tokens", url.Values{"name": {"x"}, "days": {"9"}, "scopes": {"read"}}); a.status != http.StatusOK {
		t.Errorf("after showing who one is: %d %s", a.status, a.text())
	}
	list := w.people["root"]
	w.must(w.desk.View(w.Context(), func(ctx context.Context, tx ledger.Tx) error {
		sessions, err := people.ListSessions(ctx, tx, w.clock, w.desk.Sessions, list.ID)
		if len(sessions) != 1 {
			t.Errorf("%d sessions: the one before stays open", len(sessions))
		}
		return err
	}))
}

// A new password ends the API tokens too, where it is asked for.
func TestANewPasswordEndsTokensOnRequest(t *testing.T) {
	w := newWorld(t)
	w.hire("li", people.Surgeon)
	secret := w.token("li", desk.ScopeRead)
	b := w.signedIn("li")
	if a := b.post("/settings/password", url.Values{"current": {password}, "password": {"another set of words"}, "tokens": {"true"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	if a := w.call(secret, http.MethodGet, "/me", ""); a.status != http.StatusUnauthorized {
		t.Errorf("the token still opens: %d", a.status)
	}
}

// What the owner of the machine does in somebody's name stands in the security log as the owner's doing, and the person sees it.
func TestSpeakingAsSomebodyIsSeen(t *testing.T) {
	w := newWorld(t)
	li := w.hire("li", people.Surgeon)
	c, err := w.desk.LocalCaller(t.Context(), "li", "POST /api/v1/cases")
	w.must(err)
	if c.Person != li.ID || !c.Local {
		t.Fatalf("%+v", c)
	}
	var last security.Row
	for _, r := range w.events() {
		last = r
	}
	if last.Event != security.SpokeAs || last.By != security.Local || last.About != li.ID || last.Detail != "POST /api/v1/cases" {
		t.Errorf("%+v", last)
	}
	b := w.signedIn("li")
	b.sees("/", "Others have changed your access")
	page := b.sees("/settings", "A command spoke in this name", "The owner of the machine")
	if a := b.post("/settings/news", url.Values{"place": {valueOf(page.body, "place")}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	if a := b.get("/"); strings.Contains(a.body, "Others have changed your access") {
		t.Error("what was read is told again")
	}
}

// The security log tells of wrong passwords, and is for the administrator and the head of department alone.
func TestTheSecurityLogIsReadByWhoAnswersForIt(t *testing.T) {
	w := newWorld(t)
	w.hire("li", people.Surgeon)
	w.hire("hua", people.HeadOfDepartment)
	b := w.visitor()
	b.get("/sign-in")
	b.post("/sign-in", url.Values{"username": {"li"}, "password": {"a wrong password"}})
	b.post("/sign-in", url.Values{"username": {"my secret password"}, "password": {"li"}})
	w.signedIn("root").sees("/settings/security", "Wrong password", "Dr. li")
	head := w.signedIn("hua")
	head.sees("/settings/security", "Wrong password")
	if a := w.signedIn("li").get("/settings/security"); a.status != http.StatusForbidden {
		t.Errorf("a surgeon reads it: %d", a.status)
	}
	a := head.get("/settings/security/json")
	place, _, err := security.ReadJSON(strings.NewReader(a.body))
	if err != nil || place == 0 || strings.Contains(a.body, "my secret password") {
		t.Errorf("%d rows, %v: %s", place, err, a.body)
	}
	for _, line := range strings.Split(strings.TrimSpace(head.get("/settings/security/syslog").body), "\n") {
		if !strings.HasPrefix(line, "<1") {
			t.Errorf("no message of syslog: %s", line)
		}
	}
}

// Every event has words in the log's page.
func TestEveryEventHasWords(t *testing.T) {
	w := newWorld(t)
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		for _, e := range security.Events {
			if err := security.Write(ctx, tx, security.Row{At: w.clock, Event: e, By: w.people["root"].ID}); err != nil {
				return err
			}
		}
		return nil
	})
	if a := w.signedIn("root").sees("/settings/security"); strings.Contains(a.body, "settings.security.event") {
		t.Error("an event has no words")
	}
}

// Emergency access and what is taken out of the program stand in the security log.
func TestGlassAndExportsAreNoted(t *testing.T) {
	g := newGuarded(t)
	if _, err := g.desk.Door.BreakGlass(t.Context(), g.who("strange.surgeon"), g.thread, "bleeding in the ward"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.desk.Door.Export(t.Context(), g.who("head"), g.thread); err != nil {
		t.Fatal(err)
	}
	if _, err := g.desk.Door.Export(t.Context(), g.who("strange.trainee"), g.thread); err == nil {
		t.Fatal(access.ErrDenied)
	}
	if !g.noted(security.GlassBroken) || !g.noted(security.Exported) {
		t.Errorf("%v", g.events())
	}
}

// A service account sees the cases that it was named for and no other.
func TestAServiceAccountSeesWhatItWasNamedFor(t *testing.T) {
	w := newWorld(t)
	w.hire("li", people.Surgeon)
	named, other := w.openCase("li", "named", ""), w.openCase("li", "other", "")
	var secret string
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.CreateService(ctx, tx, w.clock, people.Person{Username: "robot", DisplayName: "Robot", Roles: []people.Role{people.Surgeon}},
			people.ServiceAccount{Sponsor: w.people["li"].ID, Ends: w.clock.AddDate(0, 1, 0), Cases: []ledger.ThreadID{named}})
		if err == nil {
			secret, _, err = people.CreateToken(ctx, tx, w.clock, p.ID, people.APIToken{Name: "x", Scopes: []people.Scope{desk.ScopeRead}, Expires: w.clock.AddDate(0, 1, 0)})
		}
		return err
	})
	if a := w.call(secret, http.MethodGet, "/cases/"+named.String(), ""); a.status != http.StatusOK {
		t.Errorf("the named case: %d %s", a.status, a.body)
	}
	if a := w.call(secret, http.MethodGet, "/cases/"+other.String(), ""); a.status != http.StatusForbidden {
		t.Errorf("another case: %d", a.status)
	}
}
