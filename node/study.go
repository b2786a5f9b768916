package node

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/node/command"
	"consilium/record"
	"consilium/study"
	"consilium/web/api"
	studiesapi "consilium/web/api/studies"
	"consilium/web/face"
	"consilium/web/page/compare"
)

// The folders of what studies keep beside the database: frozen rows, and the keys of runs. Neither is part of a backup: what was destroyed must not come back.
const (
	freezeFolder = "freezes"
	runFolder    = "runs"
)

// studyRoom compares techniques over many hospitals, on the registry's rows.
func studyRoom() Room {
	return Room{
		Name:        "studies",
		Needs:       []string{"registry"},
		Threads:     []func(casebook.Packs) *record.Talk{func(casebook.Packs) *record.Talk { return study.Talk() }},
		Projections: []ledger.Projection{study.Projection()},
		Rules:       []Rule{{study.KindApproved, func(d *desk.Desk) access.Rule { return study.WaiverGranted(d.Book, d.Now) }}},
		Lay:         []func(*Node) error{(*Node).layStudies},
		Pages:       []face.Pages{compare.Pages()},
		Operations:  []func(*api.API){studiesapi.Operations},
		Run:         []func(context.Context, *desk.Desk) error{contribute},
		Commands:    []any{&command.Studies{}},
	}
}

func (n *Node) layStudies() error {
	n.desk.Studies = &study.Registry{DB: n.db, Rows: n.desk.Registry, Freezes: n.desk.Freezes}
	n.desk.RunKeys = study.KeptKeys{Kept: n.runs}
	return nil
}

// studyPatience is how long a study waits to be looked at again where nothing changed: a contribution that failed, as on a full disk, is tried again.
const studyPatience = time.Minute

// contribute says what it is this hospital's turn to say in studies, whenever one of them changes.
func contribute(ctx context.Context, d *desk.Desk) error {
	w := &study.Worker{Me: d.ID, DB: d.DB, Book: d.Book, Door: d.Door, Rows: d.Studies, Keys: d.RunKeys, Log: d.Log,
		Who: access.Who{Person: "node", Name: "Consilium", System: true, Origin: "studies"}}
	wake, changed, stop := d.Live.Listen()
	defer stop()
	tick := time.NewTicker(studyPatience)
	defer tick.Stop()
	var among []ledger.ThreadID
	for {
		if err := turns(ctx, d, w, among); err != nil && ctx.Err() == nil {
			d.Log.Error("contributing to a study", slog.Any("err", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
			among = changed()
		case <-tick.C:
			among = nil
		}
	}
}

// turns takes every turn that there is now in some threads, or in all studies where none is given.
func turns(ctx context.Context, d *desk.Desk, w *study.Worker, among []ledger.ThreadID) error {
	var list []study.Row
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = study.List(ctx, tx, study.Running, study.Finished, study.Signed, study.Public, study.TakenBack)
		return err
	})
	for _, r := range list {
		if len(among) > 0 && !slices.Contains(among, r.Thread) {
			continue
		}
		for again := true; again; { // an error in one study holds up no other
			var failed error
			if again, failed = w.Work(ctx, r.Thread); failed != nil {
				again, err = false, errors.Join(err, failed)
			}
		}
	}
	return err
}

// thaw destroys the frozen rows of a case of which something was erased: "destroyed" is not said while a row of it can be read.
func (n *Node) thaw(ctx context.Context, id ledger.ThreadID) error {
	if n.desk.Freezes == nil {
		return nil
	}
	_, err := n.desk.Freezes.Forget(ctx, n.db, n.desk.Registry, id)
	return err
}
