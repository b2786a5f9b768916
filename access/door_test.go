package access

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

var ctx = context.Background()

func person(id ledger.PersonID, r ...people.Role) Who {
	return Who{Person: id, Name: "Dr. " + string(id), Roles: r, Origin: "192.0.2.1 session"}
}

// doorOf is a door to a hospital, with relations that a test sets.
func doorOf(h *hospital, relations map[ledger.PersonID][]string) *Door {
	return &Door{Threads: governed, DB: h.db, Book: h.book, Now: func() time.Time { return h.clock },
		Relations: map[string]record.Relate{"case": func(_ context.Context, _ ledger.Tx, _ ledger.ThreadID, who record.Reader) ([]string, error) {
			return relations[who.Person], nil
		}}}
}

func TestDoorFillsInWhoSpeaks(t *testing.T) {
	h := newHospital(t)
	d := doorOf(h, nil)
	var changed []ledger.ThreadID
	d.Changed = func(id ledger.ThreadID) { changed = append(changed, id) }
	li := person("li", people.Administrator, people.Surgeon)
	thread, err := d.Open(ctx, li, "case", []ledger.Draft{
		{Kind: "case.finding", Says: finding{"a"}, Person: "wang", Author: ledger.Author{Name: "Prof. Wang"}},
		{Kind: KindConsent, Says: grants("consult")}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Say(ctx, li, ledger.Draft{Thread: thread, Kind: "case.finding", Says: finding{"b"}, Person: "wang"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range h.log(thread).Said {
		if s.Person != "li" || s.Content.Author != (ledger.Author{Name: "Dr. li", Role: "surgeon"}) {
			t.Errorf("%s was said by %s, %+v", s.Kind, s.Person, s.Content.Author)
		}
	}
	if body, _ := e.Content(); body.Author.Name != "Dr. li" || !slices.Equal(changed, []ledger.ThreadID{thread, thread}) {
		t.Errorf("%+v, changed %v", body.Author, changed)
	}
	_, err = d.Say(ctx, li, ledger.Draft{Thread: thread, Kind: "case.finding", Says: finding{"b"}, Author: ledger.Author{Role: "head_of_department"}})
	if !errors.Is(err, ErrDenied) {
		t.Errorf("a role that is not theirs: %v", err)
	}
}

func TestDoorOpensAllOrNothing(t *testing.T) {
	h := newHospital(t)
	d := doorOf(h, nil)
	d.Changed = func(ledger.ThreadID) { t.Error("told of what did not happen") }
	_, err := d.Open(ctx, person("li", people.Surgeon), "case", []ledger.Draft{{Kind: "case.finding", Says: finding{"a"}}, {Kind: KindConsent, Says: ConsentGiven{}}})
	if !errors.Is(err, ledger.ErrNotSayable) {
		t.Errorf("%v", err)
	}
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		ids, err := ledger.Threads(ctx, tx)
		if len(ids) != 0 {
			t.Errorf("%d threads remain", len(ids))
		}
		return err
	})
	for _, who := range []Who{person("r", people.Researcher), person("a", people.Administrator), person("t", people.Trainee), {}} {
		if _, err := d.Open(ctx, who, "case", nil); !errors.Is(err, ErrDenied) {
			t.Errorf("%v opens a case: %v", who.Roles, err)
		}
	}
	if _, err := d.Open(ctx, Who{Person: "job", Name: "job", System: true}, "", nil); !errors.Is(err, ErrDenied) {
		t.Errorf("a thread of no kind: %v", err)
	}
}

func TestDoorDecidesAndLogs(t *testing.T) {
	h := newHospital(t)
	d := doorOf(h, map[ledger.PersonID][]string{"wang": {"asked"}, "mallory": {"glass", "own_entry", "owner"}})
	thread, err := d.Open(ctx, person("li", people.ReferringDoctor), "case", []ledger.Draft{{Kind: "case.finding", Says: finding{"a"}}})
	if err != nil {
		t.Fatal(err)
	}
	allowed := []Who{person("li", people.ReferringDoctor), person("wang", people.Surgeon), person("chen", people.Coordinator)}
	refused := []Who{person("mallory", people.Surgeon), person("zhao", people.Researcher), person("root", people.Administrator), {}}
	for _, who := range allowed {
		if l, err := d.Read(ctx, who, thread); err != nil || len(l.Said) != 2 {
			t.Errorf("%s: %v", who.Person, err)
		}
	}
	for _, who := range refused {
		if l, err := d.Read(ctx, who, thread); !errors.Is(err, ErrDenied) || len(l.Said) != 0 {
			t.Errorf("%s reads: %v", who.Person, err)
		}
		if _, err := d.Say(ctx, who, ledger.Draft{Thread: thread, Kind: "case.finding", Says: finding{"x"}}); !errors.Is(err, ErrDenied) {
			t.Errorf("%s writes: %v", who.Person, err)
		}
	}
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		rows, err := FindLog(ctx, tx, Sought{Thread: thread, Limit: 100})
		if len(rows) != len(allowed)+len(refused) || rows[0].Why != Denied || rows[len(rows)-1].Why != "case-related-see" || rows[0].Thread != thread {
			t.Errorf("the log: %+v", rows)
		}
		mine, _ := FindLog(ctx, tx, Sought{Person: "wang", Limit: 100})
		if len(mine) != 1 || mine[0].Relation != "asked" || mine[0].Origin != "192.0.2.1 session" {
			t.Errorf("wang's: %+v", mine)
		}
		return err
	})
}

// A page that stays open reads a case whenever something is said in it. That is one row an hour, not one for each; what is refused, and what a person asks for,
// is a row each time.
func TestAPageThatStaysOpenIsOneReadingAnHour(t *testing.T) {
	h := newHospital(t)
	d := doorOf(h, map[ledger.PersonID][]string{"wang": {"asked"}})
	thread, err := d.Open(ctx, person("li", people.ReferringDoctor), "case", []ledger.Draft{{Kind: "case.finding", Says: finding{"a"}}})
	if err != nil {
		t.Fatal(err)
	}
	wang, mallory := person("wang", people.Surgeon), person("mallory", people.Surgeon)
	open, gone := wang, mallory
	open.ByItself, gone.ByItself = true, true
	elsewhere := open
	elsewhere.Origin = "192.0.2.9 session"
	read := func(who Who, rows int) {
		t.Helper()
		_, err := d.Read(ctx, who, thread)
		if denied := who.Person == "mallory"; errors.Is(err, ErrDenied) != denied || !denied && err != nil {
			t.Fatal(err)
		}
		h.update(func(ctx context.Context, tx ledger.Tx) error {
			found, err := FindLog(ctx, tx, Sought{Thread: thread, Person: who.Person})
			if len(found) != rows {
				t.Errorf("%d rows of %s, want %d", len(found), who.Person, rows)
			}
			return err
		})
	}
	read(open, 1) // a page that was never asked for is noted too
	read(open, 1)
	read(wang, 2)
	read(wang, 3)
	read(open, 3)
	h.clock = h.clock.Add(ReadAgain)
	read(open, 4)
	read(elsewhere, 5) // another session
	read(gone, 1)
	read(gone, 2)
}

func TestCorrectingIsForWhoSaidIt(t *testing.T) {
	h := newHospital(t)
	d := doorOf(h, map[ledger.PersonID][]string{"wang": {"asked"}})
	li, wang, head := person("li", people.Surgeon), person("wang", people.Surgeon), person("head", people.HeadOfDepartment)
	thread, err := d.Open(ctx, li, "case", nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Say(ctx, li, ledger.Draft{Thread: thread, Kind: "case.finding", Says: finding{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	retract := ledger.Draft{Thread: thread, Kind: ledger.KindRetract, Says: ledger.Retraction{Why: "x"}, Refs: []ledger.Hash{e.Hash}}
	if _, err := d.Say(ctx, wang, retract); !errors.Is(err, ErrDenied) {
		t.Errorf("another takes it back: %v", err)
	}
	for _, who := range []Who{li, head} {
		if _, err := d.Say(ctx, who, retract); err != nil {
			t.Errorf("%s: %v", who.Person, err)
		}
	}
	if _, err := d.Say(ctx, person("t", people.Trainee), ledger.Draft{Thread: thread, Kind: "case.plan-signed", Says: finding{"a"}}); !errors.Is(err, ErrDenied) {
		t.Errorf("a trainee signs: %v", err)
	}
}

func TestBreakGlass(t *testing.T) {
	h := newHospital(t)
	d := doorOf(h, nil)
	var told []Glass
	d.Broken = func(g Glass) { told = append(told, g) }
	thread, err := d.Open(ctx, person("li", people.Surgeon), "case", nil)
	if err != nil {
		t.Fatal(err)
	}
	night := person("night", people.Surgeon, people.HeadOfDepartment)
	night.Roles = []people.Role{people.Surgeon}
	if _, err := d.BreakGlass(ctx, night, thread, "   "); !errors.Is(err, ErrNoReason) {
		t.Errorf("no reason: %v", err)
	}
	if _, err := d.BreakGlass(ctx, person("r", people.Researcher), thread, "curious about it"); !errors.Is(err, ErrDenied) {
		t.Errorf("a researcher: %v", err)
	}
	g, err := d.BreakGlass(ctx, night, thread, "the patient bleeds in our emergency room")
	if err != nil || len(told) != 1 || told[0].ID != g.ID {
		t.Fatalf("%v, told %v", err, told)
	}
	sees := func(want bool) {
		t.Helper()
		if _, err := d.Read(ctx, night, thread); (err == nil) != want {
			t.Errorf("reads: %v", err)
		}
	}
	sees(true)
	if _, err := d.Say(ctx, night, ledger.Draft{Thread: thread, Kind: "case.finding", Says: finding{"x"}}); !errors.Is(err, ErrDenied) {
		t.Errorf("broken glass writes: %v", err)
	}
	h.clock = h.clock.Add(GlassStaysOpen - time.Second)
	sees(true)
	h.clock = h.clock.Add(time.Second)
	sees(false)

	second, err := d.BreakGlass(ctx, night, thread, "still bleeding, again")
	if err != nil {
		t.Fatal(err)
	}
	sees(true)
	head := person("head", people.HeadOfDepartment)
	self := person("night", people.HeadOfDepartment)
	if err := d.Review(ctx, self, g.ID, Justified, ""); !errors.Is(err, ErrDenied) {
		t.Errorf("reviews their own: %v", err)
	}
	if err := d.Review(ctx, night, g.ID, Justified, ""); !errors.Is(err, ErrDenied) {
		t.Errorf("a surgeon reviews: %v", err)
	}
	if err := d.Review(ctx, head, second.ID, Unjustified, "the bleeding had stopped"); err != nil {
		t.Fatal(err)
	}
	sees(false) // at once
	if err := d.Review(ctx, head, second.ID, Justified, ""); !errors.Is(err, ErrNoGlass) {
		t.Errorf("reviewed twice: %v", err)
	}
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		wait, err := ToReview(ctx, tx)
		if len(wait) != 1 || wait[0].ID != g.ID || wait[0].Reason != g.Reason || !wait[0].Expires.Equal(g.Expires) {
			t.Errorf("to review: %+v", wait)
		}
		done, _ := GlassOf(ctx, tx, thread)
		if len(done) != 2 || done[0].Outcome != Unjustified || done[0].Reviewer != "head" {
			t.Errorf("all: %+v", done)
		}
		rows, _ := FindLog(ctx, tx, Sought{Person: "night", Limit: 100})
		through := 0
		for _, r := range rows {
			if r.Glass() {
				through++
			}
		}
		if through != 5 { // two breakings, three readings
			t.Errorf("%d rows tell of the glass: %+v", through, rows)
		}
		return err
	})
}

func TestAccessLogShowsTampering(t *testing.T) {
	h := newHospital(t)
	thread := h.open("case")
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		for range 5 {
			if err := Record(ctx, tx, Seen{At: start, Thread: thread, Person: "li", Action: See, Why: "case-related-see"}); err != nil {
				return err
			}
		}
		return VerifyLog(ctx, tx)
	})
	for _, change := range []string{`UPDATE access_log SET person = 'wang' WHERE place = 3`, `DELETE FROM access_log WHERE place = 2`,
		`UPDATE access_log SET place = 9 WHERE place = 5`, `UPDATE access_log SET thread = '' WHERE place = 1`} {
		err := h.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
			if _, err := tx.ExecContext(ctx, change); err != nil {
				t.Fatal(err)
			}
			return VerifyLog(ctx, tx) // and back
		})
		if !errors.Is(err, ErrLogBroken) {
			t.Errorf("%s: %v", change, err)
		}
	}
}

func TestListing(t *testing.T) {
	d := &Door{Threads: governed}
	surgeon := person("li", people.Surgeon)
	surgeon.SubSpecialties = []string{"spine"}
	if l := d.MayList(surgeon, "case"); l.All || !l.Related || !slices.Equal(l.Specialties, []string{"spine"}) {
		t.Errorf("a surgeon: %+v", l)
	}
	if l := d.MayList(person("c", people.Coordinator), "case"); !l.All {
		t.Errorf("a coordinator: %+v", l)
	}
	for _, r := range []people.Role{people.Researcher, people.Administrator} {
		if l := d.MayList(person("x", r), "case"); l.All || l.Related || l.Specialties != nil {
			t.Errorf("%s: %+v", r, l)
		}
	}
}
