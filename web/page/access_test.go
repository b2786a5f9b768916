package page

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
	"consilium/web/face"
)

// What stands in the case of the test. None of it may reach somebody who has no part in it.
const (
	secretTitle   = "QSECRETTITLEQ"
	secretSummary = "QSECRETSUMMARYQ"
	secretText    = "QSECRETQUESTIONQ"
	secretPatient = "QSECRETPATIENTQ"
	secretFile    = "QSECRETFILEQ"
	secretVisit   = "QSECRETVISITQ"
)

var secrets = []string{secretTitle, secretSummary, secretText, secretPatient, secretFile}

// guarded is the case with content, a visit for it, and the people of the test.
type guarded struct {
	*world
	thread, visit ledger.ThreadID
	file          ledger.Hash
}

// strangers have every role and no part in the case.
var strangers = map[string][]people.Role{"strange.referrer": {people.ReferringDoctor}, "strange.surgeon": {people.Surgeon}, "strange.trainee": {people.Trainee},
	"strange.researcher": {people.Researcher}, "strange.admin": {people.Administrator}, "strange.nobody": nil,
	"strange.many": {people.ReferringDoctor, people.Surgeon, people.Trainee, people.Researcher, people.Administrator}}

// insiders may see it: by what they did, by being asked, by their role.
var insiders = map[string][]people.Role{"author": {people.Surgeon}, "asked": {people.Surgeon}, "coordinator": {people.Coordinator}, "head": {people.HeadOfDepartment}}

func newGuarded(t *testing.T) *guarded {
	g := &guarded{world: newWorld(t)}
	for _, group := range []map[string][]people.Role{strangers, insiders} {
		for name, roles := range group {
			g.hire(name, roles...)
		}
	}
	g.thread = g.openCase("author", secretTitle, secretSummary)
	g.say("author", ledger.Draft{Thread: g.thread, Kind: "case.question", Says: casebook.Question{Text: secretText,
		To: casebook.Owner{Hospital: g.desk.ID, Person: g.people["asked"].ID, Name: "Dr. asked"}}})
	hash, size, err := g.desk.Blobs.Put(g.Context(), strings.NewReader(secretFile), 1000)
	g.must(err)
	g.file = hash
	g.say("author", ledger.Draft{Thread: g.thread, Kind: "case.imaging", Says: casebook.Imaging{Modality: "mr", Description: secretText, Date: "2026-11-20", Deidentified: true},
		Blobs: []ledger.BlobRef{{Hash: hash, Size: size, Type: "text/plain", Label: secretFile, Scope: "images"}}})
	g.update(func(ctx context.Context, tx ledger.Tx) error {
		return casebook.SetIdentity(ctx, tx, g.thread, casebook.Patient{Name: secretPatient, LocalNumber: "4711"})
	})
	g.visit, err = g.desk.Door.Open(g.Context(), g.who("head"), "visit", []ledger.Draft{{Kind: outreach.KindProposed, Says: outreach.Proposed{Host: g.desk.ID,
		Guest: ledger.HospitalID{1}, Purpose: "p", Skill: secretVisit, From: "2026-12-01", Until: "2026-12-02", Conditions: true, Emergency: "by telephone",
		Cases: []outreach.PatientCase{{Case: g.thread}}}}})
	g.must(err)
	return g
}

// address fills the parts of a pattern, and says with which method it is asked.
func (g *guarded) addresses(pattern string) (method string, paths []string) {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = http.MethodGet, pattern
	}
	path = strings.Replace(path, "{secret}", "x", 1)
	id := g.thread.String()
	if strings.HasPrefix(path, "/visits/") {
		id = g.visit.String()
	}
	path = strings.NewReplacer("{$}", "", "{id}", id, "{hash}", g.file.String(), "{hospital}", ledger.HospitalID{1}.String(), "{v}", "1", "{w}", "1",
		"{pathway}", "hfs-mvd", "{pack}", "hfs-mvd", "{variable}", "age", "{job}", "1", "{n}", "0", "{entry}", g.file.String(), "{instance}", "1.2", "{frame}", "0", "{file}", "primary.svg", "{table}", g.file.String(),
		"{privilege}", "1", "{column}", "vessel", "{link}", "x", "{waiver}", "x", "{token}", "x", "{place}", "1", "{person}", "nobody", "{form}", "case-"+g.thread.String()+"-question", "{line}", "line-0001", "{paper}", "case.pdf").Replace(path)
	if !strings.Contains(path, "{") {
		return method, []string{path}
	}
	for _, kind := range append(g.desk.Book.Kinds.All(), ledger.Kind{Name: "x.nonsense"}) {
		short := kind.Name[strings.IndexByte(kind.Name, '.')+1:]
		paths = append(paths, strings.Replace(path, "{kind}", short, 1))
	}
	return method, paths
}

// ask walks every address once in somebody's name and gives each answer to check.
func (g *guarded) ask(b *browser, check func(r face.Route, path string, a answer)) {
	g.Helper()
	for _, r := range g.server.Routes() {
		if strings.HasSuffix(r.Pattern, " /live") || strings.HasSuffix(r.Pattern, " /sign-out") {
			continue // a stream that does not end; the end of the session
		}
		method, paths := g.addresses(r.Pattern)
		for _, path := range paths {
			if strings.Contains(path, "{") {
				g.Fatalf("%s: the test does not know how to fill %s", r.Pattern, path)
			}
			if method == http.MethodPost {
				check(r, path, b.post(path, url.Values{"text": {"x"}, "title": {"x"}, "reason": {" "}}))
			} else {
				check(r, path, b.get(path))
			}
		}
	}
}

func (g *guarded) entries() (n int) {
	g.must(g.desk.View(g.Context(), func(ctx context.Context, tx ledger.Tx) error {
		l, err := g.desk.Book.Log(ctx, tx, g.thread)
		n = len(l.Said)
		return err
	}))
	return n
}

func TestNoRouteTellsAStrangerOfACase(t *testing.T) {
	g := newGuarded(t)
	if len(g.server.Routes()) < 50 {
		t.Fatalf("only %d routes: the walk would prove little", len(g.server.Routes()))
	}
	before := g.entries()
	for name := range strangers {
		g.ask(g.signedIn(name), func(r face.Route, path string, a answer) {
			for _, secret := range secrets {
				if strings.Contains(a.body, secret) || strings.Contains(a.header.Get("Location"), secret) {
					t.Errorf("%s as %s (%d) tells %s", path, name, a.status, secret)
				}
			}
			if a.status >= 500 {
				t.Errorf("%s as %s: %d %s", path, name, a.status, a.text())
			}
		})
	}
	if now := g.entries(); now != before {
		t.Errorf("strangers added %d entries to the case", now-before)
	}
}

func TestVisitsAreNotForAdministratorsAndResearchers(t *testing.T) {
	g := newGuarded(t)
	for _, name := range []string{"strange.researcher", "strange.admin", "strange.nobody"} {
		g.ask(g.signedIn(name), func(r face.Route, path string, a answer) {
			if strings.Contains(a.body, secretVisit) {
				t.Errorf("%s as %s tells of the visit", path, name)
			}
		})
	}
	g.signedIn("strange.surgeon").sees("/visits", secretVisit) // the hospital's clinical people see who comes
}

func TestWithoutSigningInNothingIsTold(t *testing.T) {
	g := newGuarded(t)
	b := g.visitor()
	b.get("/sign-in")
	g.ask(b, func(r face.Route, path string, a answer) {
		for _, secret := range append(secrets, secretVisit) {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s tells %s", path, secret)
			}
		}
		if r.Public {
			return
		}
		toSignIn := a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/sign-in?to=")
		if !toSignIn && a.status != http.StatusUnauthorized {
			t.Errorf("%s answers %d to somebody who has not signed in", path, a.status)
		}
	})
	if a := b.get("/live"); a.status != http.StatusSeeOther {
		t.Errorf("/live answers %d", a.status)
	}
}

// TestInsidersSeeTheCase keeps the other tests honest: the same walk finds the words for those who may see them.
func TestInsidersSeeTheCase(t *testing.T) {
	g := newGuarded(t)
	page := "/cases/" + g.thread.String()
	for name := range insiders {
		b := g.signedIn(name)
		b.sees(page, secretTitle, secretText)
		b.sees("/cases", secretTitle)
		if a := b.sees(page + "/files/" + g.file.String()); a.body != secretFile {
			t.Errorf("%s gets %q for the file", name, a.body)
		}
	}
	g.signedIn("head").sees("/visits/"+g.visit.String(), secretVisit, secretTitle)
	a := g.signedIn("strange.surgeon").get(page)
	if a.status != http.StatusForbidden || !strings.Contains(a.body, page+"/break-glass") {
		t.Errorf("a stranger's way in an emergency: %d %s", a.status, a.text())
	}
	if a := g.signedIn("strange.researcher").get(page); a.status != http.StatusForbidden || strings.Contains(a.body, "break-glass") {
		t.Errorf("a researcher: %d %s", a.status, a.text())
	}
}

func TestFormsOfOthersAreRefused(t *testing.T) {
	g := newGuarded(t)
	b := g.signedIn("strange.admin")
	token := b.token
	g.ask(b, func(face.Route, string, answer) {}) // an administrator may do most of it, with a token
	b.token = "forged"
	for _, r := range g.server.Routes() {
		method, paths := g.addresses(r.Pattern)
		if method != http.MethodPost {
			continue
		}
		b.token = "forged"
		if a := b.post(paths[0], url.Values{}); a.status != http.StatusForbidden {
			t.Errorf("%s takes a forged form: %d", r.Pattern, a.status)
		}
	}
	b.token = token
}
