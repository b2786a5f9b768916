package node

import (
	"context"
	"log/slog"
	"time"

	"consilium/desk"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/people"
	"consilium/store"
)

// uploadsStay is how long a file that somebody sent waits for an entry that attaches it.
const uploadsStay = 24 * time.Hour

// Sweep implements [desk.Keeper].
func (n *Node) Sweep(ctx context.Context) (r desk.SweepReport, err error) {
	var files []ledger.Hash
	err = n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := people.Sweep(ctx, tx, n.o.Now(), n.desk.Sessions); err != nil {
			return err
		}
		if err := n.desk.ForgetAnswers(ctx, tx); err != nil {
			return err
		}
		if r.Waiting, err = jobsAtWork(ctx, tx); err != nil || r.Waiting {
			return err
		}
		if files, err = n.unattached(ctx, tx); err != nil {
			return err
		}
		left, err := desk.LeftByJobs(ctx, tx)
		files = append(files, left...)
		return err
	})
	for _, hash := range files {
		if err == nil {
			err = n.store.Blobs().Remove(store.Hash(hash))
			r.Files++
		}
	}
	return r, err
}

func jobsAtWork(ctx context.Context, tx ledger.Tx) (bool, error) {
	list, err := jobs.List(ctx, tx, "", 50)
	for _, j := range list {
		if j.State == jobs.Running || j.State == jobs.Waiting || j.State == jobs.Retrying {
			return true, err
		}
	}
	return false, err
}

// unattached takes from their senders the files that were sent a day ago and that nothing holds: no entry, no wish of a partner's, no image of the archive. From
// then on nobody may attach them, so they can be removed after the commit.
func (n *Node) unattached(ctx context.Context, tx ledger.Tx) (files []ledger.Hash, err error) {
	held := `SELECT 1 FROM attached a WHERE a.blob = u.hash UNION ALL SELECT 1 FROM wanted_blob w WHERE w.blob = u.hash
		UNION ALL SELECT 1 FROM image_made m WHERE m.hash = u.hash UNION ALL SELECT 1 FROM upload o WHERE o.hash = u.hash AND o.at_ms > $1`
	if n.images != nil {
		held += ` UNION ALL SELECT 1 FROM image_instance i WHERE i.blob = u.hash`
	}
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT hash FROM upload u WHERE at_ms <= $1 AND NOT EXISTS (`+held+`)`, n.o.Now().Add(-uploadsStay).UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		files = append(files, ledger.Hash(raw))
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, hash := range files {
		if _, err := tx.ExecContext(ctx, `DELETE FROM upload WHERE hash = $1`, hash[:]); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// sweep sweeps now and then.
func sweep(ctx context.Context, d *desk.Desk) error {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if _, err := d.Keeper.Sweep(ctx); err != nil {
				d.Log.Error("sweeping", slog.Any("err", err))
			}
		}
	}
}
