package desk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
)

// CaseScope narrows a list of cases to what a person may see in lists. The error is a denial where that is nothing.
func (d *Desk) CaseScope(who access.Who, q casebook.Query) (casebook.Query, error) {
	l := d.Door.MayList(who, "case")
	if l.All {
		return q, nil
	}
	if !l.Related {
		return q, access.Need(who, access.List, access.What{Of: casebook.Governance})
	}
	q.For = &casebook.Part{Hospital: d.ID, Person: who.Person, Specialties: l.Specialties}
	return q, nil
}

// How far a list of tasks is read on for what its reader may see.
const (
	taskBatch  = 100
	mostLooked = 1000
)

// TasksOf lists what is to be done by a person here, or by anybody in one of the person's roles, in cases that the person may see: a role alone opens none. The
// query may narrow it further, and says how many at most.
func (d *Desk) TasksOf(ctx context.Context, tx ledger.Tx, caller Caller, q casebook.TaskQuery) (list []casebook.OpenTask, err error) {
	if caller.Person == "" {
		return nil, nil
	}
	most := q.Limit
	q.Hospital, q.Person, q.Roles, q.Limit = d.ID, caller.Person, caller.Roles, taskBatch
	if q.Also, err = d.alsoFor(ctx, tx, caller); err != nil {
		return nil, err
	}
	known := map[ledger.ThreadID]bool{}
	for looked := 0; looked < mostLooked; looked += taskBatch {
		batch, err := casebook.Tasks(ctx, tx, q)
		if err != nil {
			return nil, err
		}
		for _, t := range batch {
			if _, asked := known[t.Thread]; !asked {
				if known[t.Thread], err = d.MaySee(ctx, tx, caller, t.Thread); err != nil {
					return nil, err
				}
			}
			theirs := known[t.Thread]
			if theirs {
				if theirs, err = d.isFor(ctx, tx, caller, t); err != nil {
					return nil, err
				}
			}
			if theirs {
				list = append(list, t)
			}
			if len(list) == most {
				return list, nil
			}
		}
		if len(batch) < taskBatch {
			break
		}
		q.After = &batch[len(batch)-1]
	}
	return list, nil
}

// isFor tells whether somebody is one of those who should do a task that nobody is named for: a neurosurgeon is not asked about a gynecological referral. Who
// coordinates, has no sub-specialty, or has a part in the case is asked.
func (d *Desk) isFor(ctx context.Context, tx ledger.Tx, caller Caller, t casebook.OpenTask) (bool, error) {
	mine := caller.Who.SubSpecialties
	if t.Person != "" || t.SubSpecialty == "" || len(mine) == 0 || slices.Contains(mine, t.SubSpecialty) || slices.Contains(caller.Roles, people.Coordinator) {
		return true, nil
	}
	relations, err := casebook.Relations(ctx, tx, t.Thread, d.ID, caller.Person)
	return len(relations) > 0, err
}

// alsoFor are those whose tasks are somebody's too: whom they stand in for, and for the head of department who has left.
func (d *Desk) alsoFor(ctx context.Context, tx ledger.Tx, caller Caller) ([]ledger.PersonID, error) {
	list, err := people.StandsInFor(ctx, tx, d.Now(), caller.Person)
	if err != nil || !slices.Contains(caller.Roles, people.HeadOfDepartment) {
		return list, err
	}
	gone, err := people.Gone(ctx, tx)
	return append(list, gone...), err
}

// MaySee tells whether somebody may see a thread, as the door would decide. It is for lists and signals: nothing of the thread is read, so nothing is recorded.
func (d *Desk) MaySee(ctx context.Context, tx ledger.Tx, caller Caller, t ledger.ThreadID) (bool, error) {
	var kind string
	err := tx.QueryRowContext(ctx, `SELECT kind FROM thread WHERE thread = $1`, t[:]).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading what thread %s is: %w", t, err)
	}
	relations, err := d.RelationsTo(ctx, tx, caller, kind, t)
	if err != nil {
		return false, err
	}
	return access.May(caller.Who, access.See, access.What{Of: d.Door.Threads[kind], Thread: t, Relations: relations}).Allowed, nil
}

// RelationsTo tells how somebody stands to a thread.
func (d *Desk) RelationsTo(ctx context.Context, tx ledger.Tx, caller Caller, kind string, t ledger.ThreadID) (relations []string, err error) {
	if sponsor := caller.Sponsor; sponsor != nil {
		if may, err := d.MaySee(ctx, tx, Caller{Who: *sponsor}, t); err != nil || !may {
			return nil, err // a program stands to nothing that its sponsor may not see
		}
	}
	if relate := d.Door.Relations[kind]; relate != nil {
		if relations, err = relate(ctx, tx, t, caller.Reader()); err != nil {
			return nil, err
		}
	}
	glass, err := access.GlassOf(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(glass, func(g access.Glass) bool { return g.Person == caller.Person && g.OpenAt(d.Now()) }) {
		relations = append(relations, "glass")
	}
	return relations, nil
}
