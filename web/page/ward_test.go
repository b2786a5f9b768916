package page

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
)

// ward is a hospital with its people: one of each role that has to do with a case, and one who has nothing to do with it.
type ward struct {
	*world
	surgeon, head, trainee *browser
}

func newWard(t *testing.T) *ward {
	w := &ward{world: newWorld(t)}
	w.hire("surgeon", people.Surgeon)
	w.hire("head", people.HeadOfDepartment, people.Surgeon)
	w.hire("trainee", people.Trainee)
	w.surgeon, w.head, w.trainee = w.signedIn("surgeon"), w.signedIn("head"), w.signedIn("trainee")
	return w
}

func (w *ward) thread(id string) ledger.ThreadID {
	w.Helper()
	thread, err := ledger.ParseThreadID(id)
	w.must(err)
	return thread
}

// fold reads the case as it stands.
func (w *ward) fold(id string) casebook.Case {
	w.Helper()
	thread, err := ledger.ParseThreadID(id)
	w.must(err)
	var c casebook.Case
	w.must(w.desk.View(w.Context(), func(ctx context.Context, tx ledger.Tx) error {
		l, err := w.desk.Book.Log(ctx, tx, thread)
		c = casebook.Fold(l)
		return err
	}))
	return c
}

// takes posts a form that has to be taken, and gives where it leads.
func (b *browser) takes(path string, form url.Values) string {
	b.Helper()
	a := b.post(path, form)
	if a.status != http.StatusSeeOther {
		b.Fatalf("POST %s: %d %s", path, a.status, a.text())
	}
	return a.header.Get("Location")
}

// refuses posts a form that has to come back with what is wrong, and with all that was typed.
func (b *browser) refuses(path string, form url.Values, words ...string) answer {
	b.Helper()
	a := b.post(path, form)
	if a.status != http.StatusUnprocessableEntity {
		b.Fatalf("POST %s: %d, want 422: %s", path, a.status, a.text())
	}
	for _, word := range words {
		if !strings.Contains(a.body, word) {
			b.Errorf("POST %s does not say %q: %s", path, word, a.text())
		}
	}
	return a
}

var caseAddress = regexp.MustCompile(`^/cases/([0-9a-f-]{36})`)

// open fills in the form that opens a case and gives the case's ID.
func (w *ward) open(b *browser) string {
	w.Helper()
	to := b.takes("/open/hfs-mvd", url.Values{"title": {"Spasm after a failed decompression"}, "urgency": {"soon"}, "side": {"left"}, "sex": {"female"}, "age": {"52"},
		"summary": {"Six years of spasm."}, "patient_name": {"周小兰"}, "patient_latin": {"Zhou Xiaolan"}, "local_number": {"W-1234"}, "birth_date": {"1974"},
		"scope.consult": {"granted"}, "scope.images": {"granted"}, "how": {"written"}, "date": {"2026-11-20"}, "text": {"v3"}, "v.cohen": {"3"}, "v.smc": {"2"}})
	m := caseAddress.FindStringSubmatch(to)
	if m == nil {
		w.Fatalf("opening leads to %s", to)
	}
	return m[1]
}
