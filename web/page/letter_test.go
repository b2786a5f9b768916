package page

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/network"
	"consilium/people"
)

// TestALetterIsChosenOnce: an invitation that is refused names all that is missing at once and keeps its letter, which the next try, and a change of the invitation, send again.
func TestALetterIsChosenOnce(t *testing.T) {
	w := newWorld(t)
	w.hire("chen", people.Coordinator)
	b := w.signedIn("chen")
	b.sees("/visits/new", "No hospital can be invited yet", "/network")
	guest := ledger.HospitalID{7}
	w.must(w.desk.Network.AddPartner(w.Context(), network.Partner{Hospital: guest, Name: "Far Hospital"}))
	if a := b.sees("/visits/new", "needed, except in an emergency"); strings.Contains(a.body, "Emergency: why there was no time for paper<span class=\"need\">needed") {
		t.Error("an emergency is needed")
	}
	form := url.Values{"guest": {guest.String()}, "purpose": {"two operations"}, "from": {"2026/12/3"}, "until": {"2026-12-01"}}
	a := b.uploadAs("/visits/new", "letter", form, map[string]string{"letter.pdf": "%PDF-1.4 stamped"})
	for _, field := range []string{"skill", "until", "conditions"} {
		if !strings.Contains(a.body, `href="#f-`+field+`"`) {
			t.Errorf("%s is not named", field)
		}
	}
	if a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, `href="#f-letter"`) || !strings.Contains(a.body, "“letter.pdf” is kept") {
		t.Fatalf("%d %s", a.status, a.text())
	}
	kept := regexp.MustCompile(`name="_kept" value="([^"]+)"`).FindStringSubmatch(a.body)
	if kept == nil {
		t.Fatal("the letter is lost with the mistake")
	}
	for name, value := range map[string]string{"skill": "spine endoscopy", "until": "2026-12-05", "conditions": "true", "_kept": kept[1]} {
		form.Set(name, value)
	}
	if a = b.post("/visits/new", form); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	page, _, _ := strings.Cut(a.header.Get("Location"), "?")
	b.sees(page, "letter.pdf", "Dec 3")
	b.sees(page+"/say/proposed", "“letter.pdf” is kept")
	form.Del("_kept")
	form.Set("until", "2026-12-06")
	if a = b.post(page+"/say/proposed", form); a.status != http.StatusSeeOther {
		t.Errorf("changing it without choosing the letter again: %d %s", a.status, a.text())
	}
	w.hire("head", people.HeadOfDepartment)
	w.signedIn("head").sees(page+"/say/privilege", "Far Hospital has not named its team yet")
}

// TestARefusalLeadsOn: where no case is refused nobody is told to break a glass, and who reads a case in an emergency is not shown a form that they cannot send.
func TestARefusalLeadsOn(t *testing.T) {
	w := newWorld(t)
	w.hire("lin", people.Surgeon)
	w.hire("wu", people.Trainee)
	id := w.openCase("lin", "Hemifacial spasm", "for years")
	for _, path := range []string{"/cases", "/registry", "/settings/holds"} {
		a := w.signedIn("root").get(path)
		if a.status != http.StatusForbidden || !strings.Contains(a.body, "This page is for other roles than yours (Administrator)") || strings.Contains(a.body, "break-glass") || strings.Contains(a.body, "In an emergency") {
			t.Errorf("%s: %d %s", path, a.status, a.text())
		}
	}
	wu := w.signedIn("wu")
	at := "/cases/" + id.String()
	if a := wu.get(at + "/say/operation"); a.status != http.StatusForbidden || !strings.Contains(a.body, at+"/break-glass") {
		t.Errorf("a case of others: %d %s", a.status, a.text())
	}
	if a := wu.post(at+"/break-glass", url.Values{"reason": {"bleeding on the ward"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	wu.sees(at, "Hemifacial spasm")
	a := wu.get(at + "/say/operation")
	if a.status != http.StatusForbidden || !strings.Contains(a.body, "You may read this case") || strings.Contains(a.body, "break-glass") || strings.Contains(a.body, `name="operator"`) {
		t.Errorf("a form that cannot be sent: %d %s", a.status, a.text())
	}
}
