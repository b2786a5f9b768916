package page

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/people"
)

func TestSignInLeadsBackToWhereOneWanted(t *testing.T) {
	w := newWorld(t)
	b := w.visitor()
	a := b.get("/visits?past=1")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/sign-in?to=%2Fvisits%3Fpast%3D1" {
		t.Fatalf("%d to %s", a.status, a.header.Get("Location"))
	}
	if a = b.get(a.header.Get("Location")); !strings.Contains(a.body, `name="to" value="/visits?past=1"`) {
		t.Errorf("the form forgot where: %s", a.body)
	}
	form := url.Values{"username": {"ROOT "}, "password": {password}, "to": {"/visits?past=1"}}
	if a = b.post("/sign-in", form); a.status != http.StatusSeeOther || a.header.Get("Location") != "/visits?past=1" {
		t.Errorf("%d to %s", a.status, a.header.Get("Location"))
	}
	cookie := a.header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the session's cookie lacks %s: %s", part, cookie)
		}
	}
	b.sees("/settings", "Dr. root")
	if a = b.post("/sign-out", nil); a.header.Get("Location") != "/sign-in" {
		t.Errorf("sign-out: %d", a.status)
	}
	if a = b.get("/settings"); a.status != http.StatusSeeOther {
		t.Errorf("after signing out: %d", a.status)
	}
}

func TestWrongPasswordAndTooManyAttempts(t *testing.T) {
	w := newWorld(t)
	signIn, err := people.NewSignIn(people.WithPasswordParams(cheap), people.WithLimiter(people.NewLimiter(people.Limits{Burst: 2, Every: 30 * time.Second, Keys: 10})))
	w.must(err)
	w.desk.SignIn = signIn
	b := w.visitor()
	b.get("/sign-in")
	form := url.Values{"username": {"root"}, "password": {"wrong"}}
	for range 2 {
		if a := b.post("/sign-in", form); a.status != http.StatusUnauthorized || !strings.Contains(a.body, `value="root"`) || strings.Contains(a.body, `value="wrong"`) {
			t.Errorf("%d %s", a.status, a.text())
		}
	}
	a := b.post("/sign-in", form)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "30" || !strings.Contains(a.body, "30 s") {
		t.Errorf("%d, Retry-After %q: %s", a.status, a.header.Get("Retry-After"), a.text())
	}
	w.clock = w.clock.Add(31 * time.Second)
	if a := b.post("/sign-in", url.Values{"username": {"root"}, "password": {password}}); a.status != http.StatusSeeOther {
		t.Errorf("after the wait: %d", a.status)
	}
}

func TestTemporaryPasswordOpensNothingButItsChange(t *testing.T) {
	w := newWorld(t)
	w.hireWith("new", true, people.Surgeon)
	b := w.visitor()
	b.get("/sign-in")
	a := b.post("/sign-in", url.Values{"username": {"new"}, "password": {password}, "to": {"/cases"}})
	if a.status != http.StatusOK || !strings.Contains(a.body, `action="/sign-in/password"`) {
		t.Fatalf("%d %s", a.status, a.text())
	}
	if got := b.get("/cases"); got.status != http.StatusSeeOther {
		t.Errorf("a temporary password opens the cases: %d", got.status)
	}
	ticket := valueOf(a.body, "ticket")
	if a = b.post("/sign-in/password", url.Values{"ticket": {ticket}, "password": {"short"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "at least 12") {
		t.Errorf("a short one: %d %s", a.status, a.text())
	}
	if a = b.post("/sign-in/password", url.Values{"ticket": {ticket + "x"}, "password": {"an entirely new one"}}); a.status != http.StatusForbidden {
		t.Errorf("another's ticket: %d", a.status)
	}
	if a = b.post("/sign-in/password", url.Values{"ticket": {ticket}, "password": {"an entirely new one"}, "to": {"/cases"}}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/cases" {
		t.Fatalf("%d %s", a.status, a.text())
	}
	b.sees("/cases")
	again := w.visitor()
	again.get("/sign-in")
	if a = again.post("/sign-in/password", url.Values{"ticket": {ticket}, "password": {"once more, by a thief"}}); a.status != http.StatusUnauthorized {
		t.Errorf("the ticket is used twice: %d", a.status)
	}
}

func TestTicketEnds(t *testing.T) {
	w := newWorld(t)
	w.hireWith("new", true, people.Surgeon)
	b := w.visitor()
	b.get("/sign-in")
	ticket := valueOf(b.post("/sign-in", url.Values{"username": {"new"}, "password": {password}}).body, "ticket")
	w.clock = w.clock.Add(15*time.Minute + time.Second)
	if a := b.post("/sign-in/password", url.Values{"ticket": {ticket}, "password": {"an entirely new one"}}); a.status != http.StatusUnauthorized {
		t.Errorf("%d", a.status)
	}
}

// valueOf is the value of a hidden field.
func valueOf(body, name string) string {
	_, rest, _ := strings.Cut(body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func TestFirstRun(t *testing.T) {
	w := newNode(t)
	b := w.visitor()
	if a := b.get("/sign-in"); a.header.Get("Location") != "/first-run" {
		t.Fatalf("%d to %s", a.status, a.header.Get("Location"))
	}
	code, err := w.desk.FirstCode(t.Context())
	w.must(err)
	b.sees("/first-run", "Ward Hospital")
	for _, wrong := range []string{"", "AAAA-AAAA-AAAA-AAAA"} { // near or far: who does not read what the node prints does not own it
		a := b.post("/first-run", url.Values{"code": {wrong}, "display_name": {"Ann Li"}, "username": {"ann"}, "password": {password}})
		if a.status != http.StatusUnprocessableEntity {
			t.Fatalf("with the code %q: %d %s", wrong, a.status, a.text())
		}
	}
	a := b.post("/first-run", url.Values{"code": {code}, "display_name": {"Ann Li"}, "username": {"ann"}, "password": {"short"}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `value="Ann Li"`) || !strings.Contains(a.body, "at least 12") {
		t.Errorf("%d %s", a.status, a.text())
	}
	if a = b.post("/first-run", url.Values{"code": {strings.ToLower(code)}, "display_name": {"Ann Li"}, "username": {"ann"}, "password": {password}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	b.sees("/", "Ann Li", "Add the people of this hospital")
	late := w.visitor()
	late.get("/sign-in")
	if a = late.get("/first-run"); a.header.Get("Location") != "/sign-in" {
		t.Errorf("first run is offered twice: %d", a.status)
	}
	if a = late.post("/first-run", url.Values{"code": {code}, "display_name": {"Eve"}, "username": {"eve"}, "password": {password}}); a.header.Get("Location") != "/sign-in" {
		t.Errorf("a second first administrator: %d %s", a.status, a.text())
	}
	w.must(w.desk.View(w.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := people.List(ctx, tx, people.Filter{})
		if len(list) != 1 {
			t.Errorf("%d people", len(list))
		}
		return err
	}))
}

func TestLanguageAndTheme(t *testing.T) {
	w := newWorld(t)
	b := w.visitor()
	b.sees("/sign-in", `lang="en"`, "Username")
	if a := b.post("/language", url.Values{"lang": {"zh"}, "back": {"/sign-in?to=%2Fcases"}}); a.header.Get("Location") != "/sign-in?to=%2Fcases" {
		t.Errorf("back to %s", a.header.Get("Location"))
	}
	b.sees("/sign-in", `lang="zh-Hans"`, "用户名")
	b.post("/theme", url.Values{"theme": {"dark"}, "back": {"//evil.example"}})
	b.sees("/sign-in", `data-theme="dark"`)
	b.post("/theme", url.Values{"theme": {"auto"}, "back": {"/"}})
	if a := b.get("/sign-in"); strings.Contains(a.body, "data-theme=") {
		t.Error("the theme does not follow the system again")
	}
	if a := b.post("/language", url.Values{"lang": {"xx"}}); a.status != http.StatusBadRequest {
		t.Errorf("an unknown language: %d", a.status)
	}
}

func TestPagesSayNoToScriptsOfOthers(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("root")
	for _, path := range []string{"/", "/network", "/settings", "/settings/people", "/settings/storage", "/nothing-here"} {
		a := b.get(path)
		if !strings.Contains(a.header.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s has no policy", path)
		}
		for _, inline := range []string{"<style", " style=\"", "onclick=", "<script>"} {
			if strings.Contains(a.body, inline) {
				t.Errorf("%s has %s inline", path, inline)
			}
		}
	}
	if a := b.get("/nothing-here"); a.status != http.StatusNotFound || !strings.Contains(a.body, "It is not here") {
		t.Errorf("%d %s", a.status, a.text())
	}
}
