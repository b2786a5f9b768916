package node

import (
	"context"
	"io/fs"

	"consilium/desk"
	"consilium/jobs"
	"consilium/lab/rehearsal"
	"consilium/lab/tracking"
	"consilium/ledger"
	"consilium/node/command"
	"consilium/store"
	"consilium/web/api"
	rehearsalsapi "consilium/web/api/rehearsals"
	"consilium/web/face"
	"consilium/web/page/lab"
	"consilium/web/page/segment"
)

// labRoom is the surgery lab: on the command line with files, and on the page of a case with its images.
func labRoom() Room {
	return Room{
		Name:       "lab",
		Needs:      []string{"cases", "images"},
		Migrations: []fs.FS{rehearsal.Migrations},
		Jobs:       []Job{{rehearsal.Work, func(d *desk.Desk) jobs.Worker { return d.LabWork }}},
		Lay:        []func(*Node) error{(*Node).layLab},
		Pages:      []face.Pages{lab.Pages(), segment.Pages()},
		Operations: []func(*api.API){rehearsalsapi.Operations},
		Commands:   []any{&command.Lab{}},
	}
}

// labBlobs are the node's files as the lab makes and destroys them.
type labBlobs struct {
	desk.Files
	remove func(store.Hash) error
}

func (b labBlobs) Remove(hash ledger.Hash) error { return b.remove(store.Hash(hash)) }

func (n *Node) layLab() error {
	n.desk.Lab = &rehearsal.Lab{DB: n.db, Blobs: labBlobs{n.desk.Blobs, n.store.Blobs().Remove}, Images: n.desk.LabImages, Now: n.o.Now, Models: n.o.Models,
		Changed: func(t ledger.ThreadID) { n.desk.Live.Changed(t) }}
	n.desk.Trackers = &tracking.Hub{Trackers: n.o.Trackers}
	return nil
}

// clearBench destroys what was made in the lab of images that are erased: "destroyed" is not said while a surface of them can be looked at.
func (n *Node) clearBench(ctx context.Context, id ledger.ThreadID) error {
	if n.desk.Lab == nil {
		return nil
	}
	var l ledger.Log
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = n.book.Log(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	_, err = n.desk.Lab.Forget(ctx, id, func(entry ledger.Hash) bool {
		said := l.Find(entry)
		return said == nil || said.Erased
	})
	return err
}
