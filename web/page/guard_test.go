package page

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/face"
)

// sendsZeros posts a form with a file of so many bytes.
func (b *browser) sendsZeros(path, token string, size int64) answer {
	b.Helper()
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	b.must(form.WriteField("csrf_token", token))
	_, err := form.CreateFormFile("_files", "scan.bin")
	b.must(err)
	tail := "\r\n--" + form.Boundary() + "--\r\n"
	body := io.MultiReader(&head, io.LimitReader(zeros{}, size), strings.NewReader(tail))
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.web.URL+path, body)
	b.must(err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(r)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestStrangersSendNoFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	w := newWorld(t)
	b := w.visitor()
	b.get("/sign-in")
	for _, path := range []string{"/sign-in", "/language", "/sign-in/password", "/passkeys/sign-in/begin"} {
		if a := b.sendsZeros(path, b.token, face.MaxForm+64<<10); a.status != http.StatusBadRequest {
			t.Errorf("%s took %d bytes from somebody who has not signed in: %d %s", path, face.MaxForm+64<<10, a.status, a.text())
		}
	}
	w.hire("lin", people.Surgeon)
	id := w.openCase("lin", "Hemifacial spasm", "")
	lin := w.signedIn("lin")
	if a := lin.sendsZeros("/cases/"+id.String()+"/say/imaging", "forged", face.MaxForm+64<<10); a.status != http.StatusForbidden {
		t.Errorf("a file with a forged token: %d %s", a.status, a.text())
	}
	if a := lin.sendsZeros("/cases/"+id.String()+"/say/imaging", lin.token, face.MaxForm+64<<10); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a file of somebody who has signed in: %d %s", a.status, a.text())
	}
}

func TestAnOpenPageAloneKeepsNobodySignedIn(t *testing.T) {
	g := newGuarded(t)
	b := g.signedIn("author")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	lines := b.listen(ctx, "/live")
	g.clock = g.clock.Add(3 * time.Hour)
	g.say("author", ledger.Draft{Thread: g.thread, Kind: "case.question", Says: casebook.Question{Text: "x"}})
	if got := <-lines; got != g.thread.String() {
		t.Fatalf("the page hears %q", got)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.web.URL+"/", nil)
	b.must(err)
	r.Header.Set("X-Live", "1") // as the page fetches itself again when something has changed
	if a := b.do(r); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.text())
	}
	g.clock = g.clock.Add(2 * time.Hour)
	if a := b.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("five hours without anybody at the page: %d", a.status)
	}
	b = g.signedIn("author")
	g.clock = g.clock.Add(3 * time.Hour)
	b.sees("/")
	g.clock = g.clock.Add(2 * time.Hour)
	b.sees("/")
}

func TestABackupIsAskedForOnTheNodesOwnMachine(t *testing.T) {
	w := newWorld(t)
	root := w.signedIn("root")
	root.sees("/settings/storage")
	form := url.Values{"to": {"/srv/share"}, "csrf_token": {root.token}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.web.URL+"/settings/storage/backup", strings.NewReader(form.Encode()))
	w.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", "203.0.113.7")
	if a := root.do(r); a.status != http.StatusForbidden || !strings.Contains(a.body, "own machine") || len(w.keeper.backups) != 0 {
		t.Errorf("from afar: %d, %v", a.status, w.keeper.backups)
	}
	if a := root.post("/settings/storage/backup", url.Values{"to": {"/srv/backup"}}); a.status != http.StatusOK || len(w.keeper.backups) != 1 {
		t.Errorf("on the machine itself: %d %s", a.status, a.text())
	}
}

// TestAFormOutlivesARestart: the token of a form that was open is the same for the next process on this hospital's database.
func TestAFormOutlivesARestart(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("root")
	again, err := face.New(w.Context(), w.desk, groups()...)
	w.must(err)
	w.web.Config.Handler = again
	if a := b.post("/settings/language", url.Values{"language": {"zh"}}); a.status != http.StatusSeeOther {
		t.Errorf("%d %s", a.status, a.text())
	}
}

// TestOnlyLivePagesAskByThemselves: a request that says that an open page made it is believed at the addresses that open pages ask. What else a script reads of a case is noted each time.
func TestOnlyLivePagesAskByThemselves(t *testing.T) {
	g := newGuarded(t)
	b := g.signedIn("author")
	readings := func() (n int) {
		g.update(func(ctx context.Context, tx ledger.Tx) error {
			found, err := access.FindLog(ctx, tx, access.Sought{Thread: g.thread, Person: g.people["author"].ID})
			n = len(found)
			return err
		})
		return n
	}
	read := func(path, header, value string) int {
		before := readings()
		for range 3 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.web.URL+path, nil)
			b.must(err)
			r.Header.Set(header, value)
			if a := b.do(r); a.status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, a.status, a.text())
			}
		}
		return readings() - before
	}
	kase := "/cases/" + g.thread.String()
	b.sees(kase)
	if n := read(kase, "X-Live", "1"); n != 0 {
		t.Errorf("an open page is noted %d times", n)
	}
	for _, path := range []string{kase + "/files", kase + "/print", kase + "/say/question", kase + "/proof"} {
		if n := read(path, "X-Live", "1"); n < 3 {
			t.Errorf("%s is read three times and noted %d times", path, n)
		}
	}
	if n := read(kase, "Accept", "text/event-stream"); n < 3 {
		t.Errorf("a page that is asked for as a stream is noted %d times", n)
	}
}
