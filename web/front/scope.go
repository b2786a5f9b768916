package front

import (
	"context"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
)

// CaseScope narrows a list of cases to what a person may see in lists. The error is a denial where that is nothing.
func (f *Front) CaseScope(who access.Who, q casebook.Query) (casebook.Query, error) {
	l := f.Door.MayList(who, "case")
	if l.All {
		return q, nil
	}
	if !l.Related {
		return q, access.Need(who, access.List, access.What{Kind: "case"})
	}
	q.For = &casebook.Part{Hospital: f.ID, Person: who.Person, Specialties: l.Specialties}
	return q, nil
}

// TasksOf lists what is to be done by a person here, or by anybody in one of the person's roles.
func (f *Front) TasksOf(ctx context.Context, tx ledger.Tx, who access.Who, limit int) ([]casebook.OpenTask, error) {
	return casebook.Tasks(ctx, tx, f.ID, who.Person, who.Roles, limit)
}
