package casebook

import (
	"errors"
	"slices"
	"testing"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/record"
)

// queryTask is what a query asks for now; the zero task where it asks for nothing.
func queryTask(c Case) record.Task {
	for _, t := range c.Next {
		if t.Kind == KindQueryAnswered || t.Kind == KindQueryClosed {
			return t
		}
	}
	return record.Task{}
}

// TestAQueryIsRaisedAnsweredAndClosed, also in a case that was closed before: who was asked has a task, then who asked, then nobody.
func TestAQueryIsRaisedAnsweredAndClosed(t *testing.T) {
	w := newWorld(t)
	w.home.must(w.draft(KindClosed, Closed{Outcome: "done"}))
	raised := w.home.must(w.draft(KindQuery, DataQuery{Text: "4,000 ml: is that a slip?", Variable: "blood_loss", To: Owner{Hospital: w.home.id, Person: "ye", Name: "Dr. Ye"}, Due: "2026-03-08"}))
	c := w.home.fold(w.id)
	if task := queryTask(c); task.Kind != KindQueryAnswered || task.Person != "ye" || !slices.Contains(task.Refs, raised) || task.By.IsZero() {
		t.Fatalf("asked for is %+v", task)
	}
	w.home.stopped(w.draft(KindQueryAnswered, QueryAnswered{Outcome: "confirmed"}), "no-query")
	w.home.must(w.draft(KindQueryAnswered, QueryAnswered{Outcome: "corrected", Text: "It was 400 ml."}, raised))
	c = w.home.fold(w.id)
	if task := queryTask(c); task.Kind != KindQueryClosed || task.Person != c.Queries[0].By.Person || c.Queries[0].State() != QueryWaits {
		t.Fatalf("asked for is %+v, the query is %s", task, c.Queries[0].State())
	}
	closed := w.home.must(w.draft(KindQueryClosed, QueryClosed{Outcome: "settled"}, raised))
	if c = w.home.fold(w.id); queryTask(c).Kind != "" || c.Queries[0].State() != QueryIsClosed {
		t.Errorf("closed, it asks for %+v", queryTask(c))
	}
	w.home.stopped(w.draft(KindQueryAnswered, QueryAnswered{Outcome: "confirmed"}, raised), "query-closed")
	w.home.stopped(w.draft(KindQueryClosed, QueryClosed{Outcome: "settled"}, raised), "query-closed")
	w.home.must(w.draft(ledger.KindRetract, ledger.Retraction{Why: "too early"}, closed))
	if c = w.home.fold(w.id); c.Queries[0].State() != QueryWaits {
		t.Errorf("with the end taken back it is %s", c.Queries[0].State())
	}
}

// TestAQueryToNobodyIsTheHomesOwn: where nobody is named, the coordinator of the hospital that has the case answers.
func TestAQueryToNobodyIsTheHomesOwn(t *testing.T) {
	w := newWorld(t)
	w.home.must(w.draft(KindQuery, DataQuery{Text: "No day of birth?"}))
	if task := queryTask(w.home.fold(w.id)); task.Hospital != w.home.id || task.Person != "" || !slices.Equal(task.Roles, []string{string(people.Coordinator)}) {
		t.Errorf("asked is %+v", task)
	}
	w.home.stopped(w.draft(KindQuery, DataQuery{Text: "Which one?", Operation: 2}), "no-operation")
}

// TestAQueryIsOfThePathway: what the case's pathway does not have is not queried here; a pathway that is not here is not asked.
func TestAQueryIsOfThePathway(t *testing.T) {
	w := newWorld(t)
	mvd := pathway.Find("hfs-mvd")
	for want, q := range map[string]DataQuery{"": {Text: "?", Variable: mvd.Variables[0].ID, At: mvd.Schedule[0].ID}, "no-variable": {Text: "?", Variable: "<script>"}, "no-appointment": {Text: "?", At: "never"}} {
		for here, packs := range map[bool]Packs{true: func(id, _ string) *pathway.Pack { return pathway.Find(id) }, false: func(string, string) *pathway.Pack { return nil }} {
			d := w.draft(KindQuery, q)
			err := QueriesVariable(packs)(t.Context(), w.home.db, d)
			var stopped *record.Stopped
			if is := errors.As(err, &stopped); is != (want != "" && here) || is && (stopped.Marks[0].Code != want || !stopped.Marks[0].Text.Complete()) {
				t.Errorf("%+v with the pathway here %v: %v", q, here, err)
			}
		}
	}
}
