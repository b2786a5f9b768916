package node

import (
	"context"
	"log/slog"

	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
)

// refoldJob folds all threads anew for projections whose code, or what else they depend on, has changed. Their old tables serve until the new ones are whole.
var refoldJob = jobs.Kind{Name: "projection.refold"}

// catchUpProjections makes ready what pages ask. Tables that are missing or have another form are made before anybody can ask them; what can be used as it is gets a job.
func (n *Node) catchUpProjections(ctx context.Context) error {
	unusable, usable, err := n.behind(ctx)
	if err != nil {
		return err
	}
	err = n.book.Refold(ctx, n.db, func(done, total int) {
		if done > 0 && done%10_000 == 0 {
			n.o.Log.Info("folding threads anew", slog.Int("done", done), slog.Int("total", total))
		}
	}, unusable...)
	if err != nil || len(usable) == 0 {
		return err
	}
	return n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		last, err := jobs.List(ctx, tx, refoldJob.Name, 1)
		if err != nil || len(last) > 0 && !last[0].State.Final() {
			return err // it was asked for already
		}
		id, err := n.store.Enqueue(ctx, tx, refoldJob.Name, struct{}{})
		if err != nil {
			return err
		}
		return jobs.Own(ctx, tx, id, jobs.Owner{Person: jobs.TheNode})
	})
}

// behind names the projections that have to be folded anew: those whose tables cannot be used until then, and the others.
func (n *Node) behind(ctx context.Context) (unusable, usable []string, err error) {
	err = n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := n.book.Behind(ctx, tx)
		for _, p := range list {
			if p.Unusable {
				unusable = append(unusable, p.Name)
			} else {
				usable = append(usable, p.Name)
			}
		}
		return err
	})
	return unusable, usable, err
}

// refold does the job. Where it was stopped it goes on.
func (n *Node) refold(ctx context.Context, _ jobs.Job, report func(jobs.Progress)) (jobs.Result, error) {
	_, names, err := n.behind(ctx)
	if err != nil {
		return jobs.Result{}, err
	}
	threads := 0
	err = n.book.Refold(ctx, n.db, func(done, total int) {
		threads = total
		report(jobs.Progress{Done: int64(done), Total: int64(total)})
	}, names...)
	if err != nil {
		return jobs.Result{}, err
	}
	return jobs.Result{Summary: lang.Phrase("settings.job.refolded", map[string]any{"count": threads})}, nil
}

// Rebuild folds all threads anew for every projection. What it leaves equals what was there, or the projection has a fault.
func (n *Node) Rebuild(ctx context.Context, report func(done, total int)) error {
	return n.book.Refold(ctx, n.db, report, n.book.Projections()...)
}
