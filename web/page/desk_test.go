package page

import (
	"bufio"
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/outreach"
	"consilium/people"
	"consilium/people/security"
	"consilium/web/face"
)

func TestTodayShowsWhatWaitsForWhom(t *testing.T) {
	w := newWorld(t)
	li := w.hire("li", people.Surgeon)
	w.hire("chen", people.Coordinator)
	w.hire("other", people.Surgeon)
	w.signedIn("li").sees("/", "Nothing waits for you", "New case")
	id := w.openCase("chen", "a recurrence", "")
	ask := func(text, due string) *ledger.Entry {
		return w.say("chen", ledger.Draft{Thread: id, Kind: "case.question", Says: casebook.Question{Text: text, Due: due,
			To: casebook.Owner{Hospital: w.desk.ID, Person: li.ID, Name: "Dr. li"}}})
	}
	late := ask("which sling", "2026-11-19")
	ask("which side", "2026-12-24")
	a := w.signedIn("li").sees("/", "Answer: which sling", "Answer: which side", "a recurrence", "1 overdue", "2 days late", "Asked of you",
		"/cases/"+id.String()+"/say/answer?ref="+late.Hash.String())
	if strings.Index(a.body, "which sling") > strings.Index(a.body, "which side") {
		t.Error("what is overdue does not come first")
	}
	if a = w.signedIn("other").get("/"); strings.Contains(a.body, "which sling") {
		t.Error("another surgeon is told of it")
	}
	w.clock = time.Date(2026, 12, 26, 9, 0, 0, 0, start.Location())
	w.signedIn("li").sees("/", "2 overdue")
	w.signedIn("chen").sees("/", ">1</b>Refer")
}

func TestAdministratorsSeeTheNodeAndNoCases(t *testing.T) {
	w := newWorld(t)
	w.hire("li", people.Surgeon)
	w.openCase("li", "QTITLEQ", "")
	b := w.signedIn("root")
	a := b.sees("/", "How the node is", "0 of 0 partner links", "1 thread")
	if strings.Contains(a.body, "QTITLEQ") || strings.Contains(a.body, `href="/cases"`) {
		t.Error("an administrator is told of cases")
	}
}

func TestOwnSettings(t *testing.T) {
	w := newWorld(t)
	w.hire("li", people.Surgeon)
	b, elsewhere := w.signedIn("li"), w.signedIn("li")
	a := b.post("/settings/tokens", url.Values{"name": {"export"}, "scopes": {"read", "administer"}, "days": {"30"}})
	secret := regexp.MustCompile(`cst_[A-Za-z0-9_-]+`).FindString(a.body)
	if secret == "" {
		t.Fatalf("no token: %s", a.text())
	}
	if a = b.sees("/settings", "export", "Read"); strings.Contains(a.body, secret) || strings.Contains(a.body, "Administer the node") {
		t.Error("the secret is shown twice, or a surgeon's token administers")
	}
	if a = b.post("/settings/tokens", url.Values{"name": {""}, "days": {"30"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a token without a name: %d", a.status)
	}
	if a = b.post("/settings/password", url.Values{"current": {"wrong"}, "password": {"an entirely new one"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "not your current") {
		t.Errorf("%d %s", a.status, a.text())
	}
	if a = b.post("/settings/password", url.Values{"current": {password}, "password": {"an entirely new one"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	b.sees("/settings?done=password", "Your password is changed")
	if a = elsewhere.get("/settings"); a.status != http.StatusSeeOther {
		t.Errorf("the other device stays signed in: %d", a.status)
	}
	if a = b.get("/settings?done=nonsense<script>"); strings.Contains(a.body, "nonsense") && strings.Contains(a.body, "banner good") {
		t.Error("a notice of somebody else's making")
	}
	b.post("/settings/language", url.Values{"language": {"zh"}})
	b.sees("/settings", "我的设置")
}

func TestAdministratorAddsAndChangesPeople(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("root")
	form := url.Values{"display_name": {"Wang Wei"}, "username": {"wang"}, "roles": {"surgeon"}, "language": {"en"}}
	a := b.post("/settings/people/new", form)
	link := linkInPage.FindString(a.body)
	if a.status != http.StatusOK || link == "" {
		t.Fatalf("%d %s", a.status, a.text())
	}
	if a = b.post("/settings/people/new", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "has this username already") || !strings.Contains(a.body, `value="Wang Wei"`) {
		t.Errorf("twice: %d %s", a.status, a.text())
	}
	wang := w.visitor()
	wang.sees(link, "Choose your password")
	root := "/settings/people/" + string(w.people["root"].ID)
	if a = b.post(root, url.Values{"display_name": {"Dr. root"}, "username": {"root"}, "roles": {"surgeon"}, "language": {"en"}, "active": {"true"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the last administrator leaves: %d", a.status)
	}
	w.hire("li", people.Surgeon)
	if a = w.signedIn("li").get("/settings/people"); a.status != http.StatusForbidden {
		t.Errorf("a surgeon manages people: %d", a.status)
	}
}

func TestPartners(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("root")
	own := b.sees("/network", w.desk.ID.String(), "No partner hospitals yet")
	if !strings.Contains(own.body, "data-copy=\"own-id\"") {
		t.Error("the ID cannot be copied")
	}
	for field, form := range map[string]url.Values{"not a hospital ID": {"hospital": {"AAAA"}}, "of this hospital itself": {"hospital": {w.desk.ID.String()}},
		"form host:port": {"hospital": {ledger.HospitalID{7}.String()}, "addresses": {"nonsense"}}} {
		if a := b.post("/network/partners", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, field) {
			t.Errorf("%v: %d %s", form, a.status, a.text())
		}
	}
	other := ledger.HospitalID{7}
	if a := b.post("/network/partners", url.Values{"hospital": {strings.ToLower(other.String())}, "name": {"Far Hospital"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	b.sees("/network", "Far Hospital", "Not answered yet", "never connected")
	b.sees(face.PartnerPath(other), "Far Hospital", other.String(), "Block", "Remove")
	if a := b.post("/network/invite", url.Values{"address": {"node.example:8600"}, "days": {"7"}}); a.status != http.StatusOK || !strings.Contains(a.body, "shown only now") {
		t.Errorf("an invitation: %d %s", a.status, a.text())
	}
	if a := b.post("/network/accept", url.Values{"code": {"nonsense"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "does not hold") {
		t.Errorf("a wrong code: %d %s", a.status, a.text())
	}
	b.post(face.PartnerPath(other)+"/block", nil)
	b.sees("/network", "Blocked")
	b.post(face.PartnerPath(other)+"/remove", nil)
	if a := b.get(face.PartnerPath(other)); a.status != http.StatusNotFound {
		t.Errorf("after removing: %d", a.status)
	}
	stranger := ledger.HospitalID{9}
	if a := b.post(face.PartnerPath(stranger)+"/ignore", nil); a.status != http.StatusNotFound {
		t.Errorf("ignoring one that never called: %d", a.status)
	}
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO caller (hospital, name, address, calls, first_ms, last_ms) VALUES ($1, 'Some Hospital', '192.0.2.7', 3, 1, 2)`, stranger[:])
		return err
	})
	b.sees("/network", "Some Hospital", "Ignore")
	b.takes(face.PartnerPath(stranger)+"/ignore", nil)
	b.sees("/network", "Some Hospital", "Blocked")
	w.hire("li", people.Surgeon)
	li := w.signedIn("li")
	if a := li.sees("/network"); strings.Contains(a.body, "/network/invite") {
		t.Error("a surgeon is offered to invite hospitals")
	}
	if a := li.post("/network/invite", url.Values{"address": {"node.example:8600"}, "days": {"7"}}); a.status != http.StatusForbidden {
		t.Errorf("a surgeon invites hospitals: %d", a.status)
	}
}

// listen reads the events of a live stream until it ends. The address is the one of a page, or that of a stream without a page.
func (b *browser) listen(ctx context.Context, address string) <-chan string {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.web.URL+address, nil)
	b.must(err)
	r.Header.Set("Accept", "text/event-stream")
	response, err := b.client.Do(r)
	b.must(err)
	lines := make(chan string, 100)
	began := make(chan bool)
	go func() {
		defer close(lines)
		defer response.Body.Close()
		scan := bufio.NewScanner(response.Body)
		for scan.Scan() {
			if strings.HasPrefix(scan.Text(), "retry:") {
				close(began)
			}
			if data, ok := strings.CutPrefix(scan.Text(), "data: "); ok {
				lines <- data
			}
		}
	}()
	<-began
	return lines
}

func TestLiveTellsOnlyThoseWhoMayKnow(t *testing.T) {
	g := newGuarded(t)
	ctx, stop := context.WithCancel(t.Context())
	author, stranger := g.signedIn("author").listen(ctx, "/live"), g.signedIn("strange.surgeon").listen(ctx, "/live")
	theirs := g.openCase("strange.surgeon", "another", "")
	g.say("author", ledger.Draft{Thread: g.thread, Kind: "case.question", Says: casebook.Question{Text: "x"}})
	if got := <-author; got != g.thread.String() {
		t.Errorf("the author hears %q", got)
	}
	if got := <-stranger; got != theirs.String() {
		t.Errorf("the stranger hears %q of somebody else's case", got)
	}
	stop()
	for line := range stranger { // it ends with the request
		t.Errorf("the stranger hears %q", line)
	}
}

var liveAddress = regexp.MustCompile(`data-live="([^"]+)"`)

// TestAPageIsToldWhatChangedBeforeItListened: between drawing a page and its first listening, and while its line is broken, nobody hears for it. The
// stream begins with what it missed, of threads that its reader may see; after a restart of the node, with a word to look anew.
func TestAPageIsToldWhatChangedBeforeItListened(t *testing.T) {
	g := newGuarded(t)
	ask := func(text string) {
		g.say("author", ledger.Draft{Thread: g.thread, Kind: "case.question", Says: casebook.Question{Text: text}})
	}
	author, stranger := g.signedIn("author"), g.signedIn("strange.surgeon")
	address := func(b *browser) string {
		return html.UnescapeString(liveAddress.FindStringSubmatch(b.get("/").body)[1])
	}
	drawn, theirs := address(author), address(stranger)
	ask("before anybody listened")
	if got := <-author.listen(t.Context(), drawn); got != g.thread.String() {
		t.Errorf("the author's page hears %q", got)
	}
	fresh := author.listen(t.Context(), address(author))
	other := stranger.listen(t.Context(), theirs)
	g.openCase("strange.surgeon", "another", "")
	if got := <-other; got == g.thread.String() {
		t.Error("a stranger's page is told of a case that it may not see")
	}
	ask("while listening")
	if got := <-fresh; got != g.thread.String() {
		t.Errorf("a page drawn since hears %q first", got)
	}
	g.desk.Live = desk.NewLive() // as after a restart
	if got := <-author.listen(t.Context(), drawn); got != "anew" {
		t.Errorf("after a restart the page hears %q", got)
	}
}

func TestEmergencyAccessIsReviewed(t *testing.T) {
	g := newGuarded(t)
	if _, err := g.desk.Door.BreakGlass(g.Context(), g.who("strange.surgeon"), g.thread, "bleeding in our emergency room"); err != nil {
		t.Fatal(err)
	}
	g.signedIn("strange.surgeon").sees("/cases/"+g.thread.String(), secretTitle)
	head := g.signedIn("head")
	head.sees("/", "1 emergency access waits")
	head.sees("/settings/glass", "bleeding in our emergency room", "Dr. strange.surgeon")
	admin := g.signedIn("strange.admin")
	if a := admin.sees("/settings/glass", "bleeding in our emergency room"); strings.Contains(a.body, secretTitle) {
		t.Error("the administrator is told which case")
	}
	var id string
	g.must(g.desk.View(g.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := access.ToReview(ctx, tx)
		id = list[0].ID
		return err
	}))
	if a := g.signedIn("author").post("/settings/glass/"+id, url.Values{"outcome": {"justified"}}); a.status != http.StatusForbidden {
		t.Errorf("a surgeon reviews: %d", a.status)
	}
	if a := head.post("/settings/glass/"+id, url.Values{"outcome": {"unjustified"}, "note": {"no bleeding"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	if a := g.signedIn("strange.surgeon").get("/cases/" + g.thread.String()); a.status != http.StatusForbidden {
		t.Errorf("the access goes on: %d", a.status)
	}
	log := head.sees("/settings/log", secretTitle, "Dr. strange.surgeon", "no rule lets them", "browser · 127.0.0.1")
	if !strings.Contains(log.body, "emergency access") {
		t.Error("the log does not mark the emergency")
	}
	if a := admin.sees("/settings/log?only=denied", casebook.Number(g.thread), "no rule lets them"); strings.Contains(a.body, secretTitle) {
		t.Error("the log tells the administrator the title")
	}
	if a := head.get("/settings/log?person=nobody"); !strings.Contains(a.body, "No reading fits") {
		t.Errorf("readings of nobody: %s", a.text())
	}
	taken := head.get("/settings/log.csv?only=glass&until=2026-11-21")
	if lines := strings.Split(strings.TrimSpace(taken.body), "\n"); len(lines) != 3 || !strings.Contains(lines[1], g.thread.String()) || !strings.Contains(lines[1], "session ") {
		t.Errorf("the log as a table: %s", taken.body)
	}
	if a := head.get("/settings/log.csv?from=2026-11-22"); strings.Count(a.body, "\n") != 1 || !g.noted(security.Exported) {
		t.Errorf("a day on which nobody read: %s", a.body)
	}
}

func TestVisitFromInvitationToGrant(t *testing.T) {
	w := newWorld(t)
	for name, role := range map[string]people.Role{"head": people.HeadOfDepartment, "chen": people.Coordinator, "li": people.Surgeon} {
		w.hire(name, role)
	}
	guest := ledger.HospitalID{7}
	w.must(w.desk.Network.AddPartner(w.Context(), network.Partner{Hospital: guest, Name: "Far Hospital"}))
	b := w.signedIn("chen")
	b.sees("/visits", "No visits yet", "Invite an expert")
	if a := b.post("/visits/new", url.Values{"skill": {"spine"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `value="spine"`) || !strings.Contains(a.body, "Please fill this in") {
		t.Errorf("half an invitation: %d %s", a.status, a.text())
	}
	form := url.Values{"guest": {guest.String()}, "skill": {"spine endoscopy"}, "purpose": {"two operations"}, "from": {"2026-12-01"}, "until": {"2026-12-03"}, "conditions": {"true"}}
	if a := b.post("/visits/new", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "stamped invitation is not attached") {
		t.Errorf("without a letter: %d %s", a.status, a.text())
	}
	form.Set("emergency", "paraplegia since this morning")
	a := b.post("/visits/new", form)
	if a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text())
	}
	page, _, _ := strings.Cut(a.header.Get("Location"), "?")
	b.sees(page, "spine endoscopy", "Far Hospital", "Send the written invitation that follows the call", "paraplegia")
	b.sees("/visits", "Far Hospital comes to us", "Invited")
	b.sees("/", "Send the written invitation")
	if a = w.signedIn("head").post(page+"/say/privilege", url.Values{"person": {"x"}, "procedure": {"mvd"}, "level": {"4"}, "part": {"operate"},
		"begins": {"2026-12-01T08:00"}, "ends": {"2026-12-01T20:00"}, "basis": {"seen"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a privilege before the visit is accepted: %d %s", a.status, a.text())
	}
	if a = w.signedIn("li").post(page+"/say/closed", url.Values{"outcome": {"cancelled"}}); a.status != http.StatusForbidden {
		t.Errorf("somebody without a part in it closes the visit: %d", a.status)
	}
	if a = b.get(page + "/calendar.ics"); !strings.Contains(a.body, "BEGIN:VCALENDAR") {
		t.Errorf("calendar: %d", a.status)
	}
	if a = b.post(page+"/say/closed", url.Values{"outcome": {"cancelled"}, "reason": {"transferred"}}); a.status != http.StatusSeeOther {
		t.Errorf("%d %s", a.status, a.text())
	}
	b.sees("/visits", string(outreach.Cancelled.Name().En))
}

func TestStorageVerifiesAndBacksUp(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("root")
	if a := b.post("/settings/storage/verify", nil); a.status != http.StatusOK || !strings.Contains(a.body, "Everything holds") || !strings.Contains(a.body, "77") {
		t.Errorf("%d %s", a.status, a.text())
	}
	if a := b.post("/settings/storage/backup", url.Values{"to": {" "}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a backup to nowhere: %d", a.status)
	}
	b.post("/settings/storage/backup", url.Values{"to": {"/backup"}})
	if len(w.keeper.backups) != 1 || w.keeper.backups[0] != "/backup" {
		t.Errorf("%v", w.keeper.backups)
	}
	b.sees("/settings/entries", "Nothing waits")
	b.sees("/settings/packs", "1.0.0")
	b.sees("/settings/packs/hfs-mvd", "Sources")
}
