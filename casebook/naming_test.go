package casebook

import (
	"testing"
)

// TestAnotherHospitalOpensACaseToNobodyHere: whom a partner names is a wish, and what a query of one's own hospital opens ends with it.
func TestAnotherHospitalOpensACaseToNobodyHere(t *testing.T) {
	w := newWorld(t)
	w.sync()
	sun := Owner{Hospital: w.home.id, Person: "sun", Name: "Dr. Sun"}
	is := func(want bool, after string) {
		t.Helper()
		w.sync()
		if got, err := Relations(t.Context(), w.home.db, w.id, w.home.id, sun.Person); err != nil || (len(got) > 0) != want {
			t.Errorf("after %s Dr. Sun is %v to the case, %v", after, got, err)
		}
	}
	w.far.must(w.draft(KindQuestion, Question{Text: "Which vessel?", To: sun}))
	is(false, "a partner's question")
	w.far.must(w.draft(KindQuery, DataQuery{Text: "A slip?", Variable: "blood_loss", To: sun}))
	is(false, "a partner's query")
	raised := w.home.must(w.draft(KindQuery, DataQuery{Text: "A slip?", Variable: "blood_loss", To: sun}))
	is(true, "a query of the own hospital")
	w.home.must(w.draft(KindQueryClosed, QueryClosed{Outcome: "cancelled", Note: "Found it."}, raised))
	is(false, "its end")
	w.home.must(w.draft(KindQuestion, Question{Text: "Which vessel?", To: sun}))
	is(true, "a question of the own hospital")
}
