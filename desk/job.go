package desk

import (
	"context"
	"errors"
	"io"

	"consilium/access"
	"consilium/casebook"
	"consilium/jobs"
	"consilium/ledger"
)

// A job's number counts from one, so it opens nothing. What a job says (the rows that an import refused, the names of files) is for whoever ordered it; where it
// is about a case, for whoever may read that. An administrator is told that it is there and how far it is, and nobody else is told anything.

// Job is a job as a caller may see it. It is [ErrNotHere] for who may know nothing of it, as for a number that no job has.
func (d *Desk) Job(ctx context.Context, tx ledger.Tx, caller Caller, id int64) (jobs.Status, error) {
	j, err := jobs.Read(ctx, tx, id)
	if errors.Is(err, jobs.ErrNotFound) {
		return j, errors.Join(ErrNotHere, err)
	}
	if err != nil {
		return j, err
	}
	whole, err := d.mayReadJob(ctx, tx, caller, j)
	switch {
	case err != nil:
		return jobs.Status{}, err
	case whole:
		return j, nil
	case access.May(caller.Who, access.Administer, access.Node).Allowed:
		return j.Outline(), nil
	}
	return jobs.Status{}, ErrNotHere
}

// Jobs lists the newest jobs of a kind that a caller may know of, "" of every kind.
func (d *Desk) Jobs(ctx context.Context, tx ledger.Tx, caller Caller, kind string, most int) (list []jobs.Status, err error) {
	all, err := jobs.List(ctx, tx, kind, jobsLooked)
	if err != nil {
		return nil, err
	}
	administers := access.May(caller.Who, access.Administer, access.Node).Allowed
	for _, j := range all {
		whole, err := d.mayReadJob(ctx, tx, caller, j)
		if err != nil {
			return nil, err
		}
		if !whole && !administers {
			continue
		}
		if !whole {
			j = j.Outline()
		}
		if list = append(list, j); len(list) == most {
			break
		}
	}
	return list, nil
}

// jobsLooked bounds the jobs that are looked through for a list.
const jobsLooked = 500

// mayReadJob tells whether a caller may read all that a job says.
func (d *Desk) mayReadJob(ctx context.Context, tx ledger.Tx, caller Caller, j jobs.Status) (bool, error) {
	switch {
	case j.Owner.About != "":
		about, err := ledger.ParseThreadID(j.Owner.About)
		if err != nil {
			return false, err
		}
		return d.MaySee(ctx, tx, caller, about)
	case j.Owner.Person == jobs.TheNode:
		return access.May(caller.Who, access.Administer, access.Node).Allowed, nil
	}
	return j.Owner.Person != "" && j.Owner.Person == string(caller.Person), nil
}

// CancelJob ends a job of the caller's own, or one about a thread in which they may say something.
func (d *Desk) CancelJob(ctx context.Context, caller Caller, id int64) error {
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		j, err := d.Job(ctx, tx, caller, id)
		if err != nil {
			return err
		}
		if j.Hidden || j.Owner.Person != string(caller.Person) {
			if err := d.maySayAbout(ctx, tx, caller, j); err != nil {
				return err
			}
		}
		return d.Queue.Cancel(ctx, tx, id)
	})
}

// maySayAbout refuses who may say nothing about what a job of another is about.
func (d *Desk) maySayAbout(ctx context.Context, tx ledger.Tx, caller Caller, j jobs.Status) error {
	about, err := ledger.ParseThreadID(j.Owner.About)
	if err != nil {
		return access.Need(caller.Who, access.Say, access.What{}) // about no thread: only who ordered it ends it
	}
	relations, err := d.RelationsTo(ctx, tx, caller, casebook.Thread, about)
	if err != nil {
		return err
	}
	return access.Need(caller.Who, access.Say, access.What{Of: casebook.Governance, Thread: about, Relations: relations})
}

// JobFile opens the file that an import made, for who may read what the import says.
func (d *Desk) JobFile(ctx context.Context, caller Caller, id int64) (f jobs.File, content io.ReadSeekCloser, err error) {
	var j jobs.Status
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		j, err = d.Job(ctx, tx, caller, id)
		return err
	})
	if err != nil {
		return f, nil, err
	}
	if j.Kind != ImportJob.Name || j.Result.File == nil {
		return f, nil, ErrNotHere
	}
	content, _, err = d.Blobs.Open(ctx, ledger.Hash(j.Result.File.Hash))
	if err != nil {
		return f, nil, errors.Join(ErrNotHere, err)
	}
	return *j.Result.File, content, nil
}
