package page

import (
	"bytes"
	"context"
	"crypto/rand"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
	"consilium/store"
)

// neighbor is another hospital's book, which exchanges entries with the ward's by hand.
type neighbor struct {
	*world
	id   ledger.HospitalID
	db   testDB
	book *ledger.Book
}

func newNeighbor(w *world) *neighbor {
	w.Helper()
	s, err := store.Open(w.Context(), store.Options{Dir: w.TempDir(), Create: true, Migrations: []fs.FS{ledger.Migrations}})
	w.must(err)
	w.Cleanup(func() { s.Close() })
	root, err := ledger.NewRoot(rand.Reader)
	w.must(err)
	issuer, err := root.NewIssuer(rand.Reader)
	w.must(err)
	signer, err := issuer.NewSigner(rand.Reader, start)
	w.must(err)
	return &neighbor{world: w, id: root.Hospital(), db: testDB{s}, book: ledger.NewBook(ledger.NewKinds(casebook.Talk(findPack).Spoken()), signer, s.DDL)}
}

func (n *neighbor) say(d ledger.Draft) (e *ledger.Entry) {
	n.Helper()
	d.Person, d.Author = "p1", ledger.Author{Name: "Dr. Neighbor", Role: "head_of_department"}
	n.must(n.db.Update(n.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		e, err = n.book.Append(ctx, tx, d, n.clock)
		return err
	}))
	return e
}

// opens a case there to which the ward is invited.
func (n *neighbor) opens(title string) (id ledger.ThreadID) {
	n.Helper()
	n.must(n.db.Update(n.Context(), func(ctx context.Context, tx ledger.Tx) error {
		e, err := n.book.Open(ctx, tx, "case", ledger.Draft{Person: "p1", Author: ledger.Author{Name: "Dr. Neighbor", Role: "surgeon"}}, n.clock)
		id = e.Thread
		return err
	}))
	n.say(ledger.Draft{Thread: id, Kind: casebook.KindOpened, Says: casebook.Opened{Pathway: "hfs-mvd", Title: title, Urgency: "soon", Side: "left"}})
	n.say(ledger.Draft{Thread: id, Kind: ledger.KindInvited, Says: ledger.Invitation{Hospital: n.desk.ID}})
	return id
}

// carry brings all that one book has of a thread to the other.
func (n *neighbor) carry(id ledger.ThreadID, home bool) {
	n.Helper()
	var wires []ledger.Wire
	from, to, by := n.db.View, n.desk.DB.Update, n.id
	source, target := n.book, n.desk.Book
	if !home {
		from, to, by, source, target = n.desk.DB.View, n.db.Update, n.desk.ID, target, source
	}
	n.must(from(n.Context(), func(ctx context.Context, tx ledger.Tx) error {
		thread, err := source.Thread(ctx, tx, id)
		if err == nil {
			for _, e := range thread.Lacks(nil) {
				wires = append(wires, e.Wire)
			}
		}
		return err
	}))
	entries, errs := ledger.ReadWires(wires)
	for _, err := range errs {
		n.must(err)
	}
	n.must(to(n.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, err := target.Receive(ctx, tx, by, id, entries, n.clock)
		return err
	}))
}

const ourWords = "QOURADVICEQ"

// asked is a ward whose words in a neighbor's case the neighbor wants erased.
func newAsked(t *testing.T) (w *ward, n *neighbor, id ledger.ThreadID, form string) {
	w = newWard(t)
	w.hire("officer", people.DataProtectionOfficer)
	n = newNeighbor(w.world)
	id = n.opens("A case of the neighbor's")
	n.carry(id, true)
	e := w.say("head", ledger.Draft{Thread: id, Kind: "case.question", Says: casebook.Question{Text: ourWords, To: casebook.Owner{Hospital: n.id, Person: "p1", Name: "Dr. Neighbor"}}})
	n.carry(id, false)
	erasure := n.say(ledger.Draft{Thread: id, Kind: ledger.KindErased, Refs: []ledger.Hash{e.Hash}, Says: ledger.Erasure{Reason: "law"}})
	w.head.sees("/cases/"+id.String(), ourWords)
	n.carry(id, true)
	return w, n, id, "/settings/erasures/" + id.String() + "/" + erasure.Hash.String()
}

// A request waits on Today for who answers, names no word of what it is about, and the case says why the words are not read. Kept by a law until a day it is asked
// again on that day; refused, the words are read again.
func TestARequestToEraseIsAnsweredByAPerson(t *testing.T) {
	w, _, id, form := newAsked(t)
	page := "/cases/" + id.String()
	hidden := func(mark string) {
		t.Helper()
		for _, path := range []string{page, page + "/print"} {
			if a := w.head.sees(path, mark); strings.Contains(a.body, ourWords) {
				t.Errorf("%s shows what is under request", path)
			}
		}
	}
	hidden("This hospital has not answered yet")
	if a := w.surgeon.get("/settings/erasures"); a.status != http.StatusForbidden {
		t.Errorf("a surgeon sees the requests: %d", a.status)
	}
	if a := w.surgeon.post(form, url.Values{"answer": {"destroyed"}}); a.status != http.StatusForbidden {
		t.Errorf("a surgeon answers: %d", a.status)
	}
	officer := w.signedIn("officer")
	officer.sees("/", "Requests to erase", "A law or an authority demands it")
	if a := officer.sees("/settings/erasures", "Question", "Kept locked, by law", "read again everywhere"); strings.Contains(a.body, ourWords) {
		t.Error("who answers reads the words")
	}
	officer.refuses(form, url.Values{}, "Choose an answer")
	officer.refuses(form, url.Values{"answer": {"kept"}, "until": {"2036-12-31"}}, "Name the law", `value="2036-12-31"`)
	officer.refuses(form, url.Values{"answer": {"kept"}, "law": {"Records Act 9"}, "until": {"2026-11-21"}}, "Name a day in the future", "Records Act 9")
	officer.refuses(form, url.Values{"answer": {"refused"}, "why": {"  "}}, "Say why")
	officer.sees(officer.takes(form, url.Values{"answer": {"kept"}, "law": {"Records Act 9"}, "until": {"2027-01-01"}}), "It stays locked until that day", "Nothing waits for an answer", "Records Act 9")
	hidden("by law: Records Act 9")
	if a := officer.get("/"); strings.Contains(a.body, form) || strings.Contains(a.body, "Requests to erase</h2>") {
		t.Error("what is answered still waits on Today")
	}
	w.clock = time.Date(2027, 1, 1, 9, 0, 0, 0, start.Location())
	officer = w.signedIn("officer")
	officer.sees("/", "Requests to erase")
	officer.takes(form, url.Values{"answer": {"refused"}, "why": {"It is our advice, and stays on record."}})
	w.signedIn("head").sees(page, ourWords)
}

// Decided once, it waits no longer; that it is destroyed only the node says, later. Under a legal hold it cannot be decided.
func TestAHoldStandsInTheWayOfDestroying(t *testing.T) {
	w, _, id, form := newAsked(t)
	officer := w.signedIn("officer")
	officer.sees("/settings/holds", "No legal hold stands")
	hold := url.Values{"number": {casebook.Number(id)}, "law": {"Civil case 12"}}
	officer.refuses("/settings/holds", url.Values{"number": {"FFFFFF"}, "law": {"x"}}, "No case here has this number")
	officer.refuses("/settings/holds", url.Values{"number": {id.String()}}, "Name the law")
	officer.refuses("/settings/holds", url.Values{"number": {id.String()}, "law": {"x"}, "until": {"2020-01-01"}}, "Name a day in the future")
	if a := w.surgeon.post("/settings/holds", hold); a.status != http.StatusForbidden {
		t.Errorf("a surgeon makes a hold: %d", a.status)
	}
	list := officer.sees(officer.takes("/settings/holds", hold), "Civil case 12", "The case is under legal hold", "Dr. officer")
	if a := officer.sees("/settings/erasures", "Under legal hold: Civil case 12"); strings.Contains(a.body, `value="destroyed"`) {
		t.Error("what is held is offered to be destroyed")
	}
	if a := officer.post(form, url.Values{"answer": {"destroyed"}}); a.status < 400 || a.status >= 500 {
		t.Errorf("what is held is destroyed: %d", a.status)
	}
	_, rest, _ := strings.Cut(list.body, `action="/settings/holds/`)
	release, _, _ := strings.Cut(rest, `"`)
	if a := w.surgeon.post("/settings/holds/"+release, nil); a.status == http.StatusSeeOther {
		t.Error("a surgeon releases a hold")
	}
	officer.sees(officer.takes("/settings/holds/"+release, nil), "The hold is released", "Released by Dr. officer", "No legal hold stands")
	officer.sees(officer.takes(form, url.Values{"answer": {"destroyed"}}), "The node destroys it", "Decided to be destroyed", "Nothing waits for an answer")
}

// Who may asks on the case's page, after reading what it will do; the words are hidden from then on.
func TestEntriesAreAskedToBeErasedOnThePage(t *testing.T) {
	w := newWard(t)
	id := w.openCase("head", "A mistake in it", "as it is")
	e := w.say("head", ledger.Draft{Thread: id, Kind: "case.question", Says: casebook.Question{Text: ourWords, To: casebook.Owner{Hospital: w.desk.ID, Person: w.people["surgeon"].ID, Name: "Dr. surgeon"}}})
	page := "/cases/" + id.String()
	w.head.sees(page, page+"/erase")
	w.head.sees(page+"/erase?ref="+e.Hash.String(), "Nobody can bring it back", "A backup made before keeps it", e.Hash.String())
	w.head.refuses(page+"/erase", url.Values{}, "Choose what is to be erased", "Choose a reason")
	w.head.refuses(page+"/erase", url.Values{"entry": {e.Hash.String()}, "reason": {"x"}}, "Choose a reason")
	if a := w.trainee.post(page+"/erase", url.Values{"entry": {e.Hash.String()}, "reason": {"mistake"}}); a.status != http.StatusForbidden {
		t.Errorf("a trainee erases: %d", a.status)
	}
	if a := w.head.sees(w.head.takes(page+"/erase", url.Values{"entry": {e.Hash.String()}, "reason": {"mistake"}}), "hidden from everybody from now on", "this hospital erases it"); strings.Contains(a.body, ourWords) {
		t.Error("what is erased is read")
	}
}

// everywhere are the tables of a database in which a text stands, in any column of any row.
func (w *world) everywhere(text string) (tables []string) {
	w.Helper()
	w.must(w.desk.View(w.Context(), func(ctx context.Context, tx ledger.Tx) error {
		names, err := tx.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table'`)
		if err != nil {
			return err
		}
		var all []string
		for names.Next() {
			var name string
			if err := names.Scan(&name); err != nil {
				return err
			}
			all = append(all, name)
		}
		if err := names.Close(); err != nil {
			return err
		}
		for _, name := range all {
			rows, err := tx.QueryContext(ctx, `SELECT * FROM "`+name+`"`)
			if err != nil {
				return err
			}
			found, err := rowsHold(rows, text)
			if err != nil {
				return err
			}
			if found {
				tables = append(tables, name)
			}
		}
		return nil
	}))
	return tables
}

// cursor is the rows of a query.
type cursor interface {
	Next() bool
	Columns() ([]string, error)
	Scan(...any) error
	Close() error
	Err() error
}

func rowsHold(rows cursor, text string) (found bool, err error) {
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return false, err
	}
	for rows.Next() {
		values := make([][]byte, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return false, err
		}
		for _, v := range values {
			found = found || bytes.Contains(v, []byte(text))
		}
	}
	return found, rows.Err()
}

// An erased patient stands in no page that anybody can open, no print, log, draft, and in no byte of any table.
func TestAnErasedPatientIsOnNoPageAndInNoTable(t *testing.T) {
	g := newGuarded(t)
	g.hire("officer", people.DataProtectionOfficer)
	const number, telephone = "QNUMBERQ", "+86 532 77712345"
	page := "/cases/" + g.thread.String()
	author := g.signedIn("author")
	author.takes(page+"/identity", url.Values{"patient_name": {secretPatient}, "patient_latin": {"Qlatinq"}, "local_number": {number}, "birth_date": {"1971-02-03"}, "telephone": {telephone}})
	draft := author.post("/drafts/case-"+g.thread.String()+"-question", url.Values{"_draft": {"line-0007"}, "text": {secretPatient + " asks"}})
	if draft.status >= 400 {
		t.Fatalf("keeping a draft: %d %s", draft.status, draft.text())
	}
	g.signedIn("head").sees(page+"/print", secretPatient, number)
	if where := g.everywhere(secretPatient); len(where) < 2 {
		t.Fatalf("the name stands only in %v before: the test would prove little", where)
	}
	officer := g.signedIn("officer")
	officer.refuses("/settings/erasures/patient", url.Values{"number": {"nothing"}}, "No case here has this number")
	if to := officer.takes("/settings/erasures/patient", url.Values{"number": {casebook.Number(g.thread)}}); to != page+"/identity/erase" {
		t.Fatalf("the case's number leads to %q", to)
	}
	if a := officer.sees(page+"/identity/erase", "are destroyed at this hospital"); strings.Contains(a.body, secretPatient) || strings.Contains(a.body, secretTitle) {
		t.Error("who answers for erasures is shown the patient")
	}
	if a := author.post(page+"/identity/erase", url.Values{"reason": {"withdrawn"}}); a.status != http.StatusForbidden {
		t.Errorf("a surgeon erases who the patient is: %d", a.status)
	}
	officer.refuses(page+"/identity/erase", url.Values{}, "Choose a reason")
	officer.takes(page+"/identity/erase", url.Values{"reason": {"withdrawn"}})
	words := []string{secretPatient, number, telephone, "Qlatinq"}
	for _, name := range []string{"author", "asked", "coordinator", "head", "officer", "root"} {
		b := g.signedIn(name)
		for _, r := range g.server.Routes() {
			method, paths := g.addresses(r.Pattern)
			if method != http.MethodGet || strings.HasSuffix(r.Pattern, " /live") {
				continue
			}
			for _, path := range append(paths, "/cases?q="+secretPatient) {
				a := b.get(path)
				for _, word := range words {
					if strings.Contains(strings.ReplaceAll(a.body, "q="+secretPatient, ""), word) && !strings.HasPrefix(path, "/cases?q=") {
						t.Errorf("%s as %s shows %s", path, name, word)
					}
				}
			}
		}
	}
	for _, word := range append(words, strings.ToLower(secretPatient), strings.ToLower(number), "qlatinq", "77712345") {
		if where := g.everywhere(word); len(where) > 0 {
			t.Errorf("%s stands in %v", word, where)
		}
	}
}
