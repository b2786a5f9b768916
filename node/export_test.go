package node

import (
	"context"
	"errors"

	"consilium/ledger"
	"consilium/store"
)

// Blobs is where the node keeps files.
func (n *Node) Blobs() store.Blobs { return n.store.Blobs() }

// Signer is the key that the node signs with.
func (n *Node) Signer() ledger.Signer { return n.book.Signer() }

// StoppedErasing opens a node on which nothing runs, erases entries in the name of somebody, goes so many steps of carrying it out, and stops.
func StoppedErasing(ctx context.Context, o Options, username string, steps int, id ledger.ThreadID, entries ...ledger.Hash) error {
	n, err := Open(ctx, o)
	if err != nil {
		return err
	}
	caller, err := n.desk.LocalCaller(ctx, username, "test")
	if err == nil {
		_, err = n.desk.Door.Say(ctx, caller.Who, ledger.Draft{Thread: id, Kind: ledger.KindErased, Refs: entries, Says: ledger.Erasure{Reason: "mistake"}})
	}
	var todo erasing
	if err == nil {
		err = n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
			todo, err = n.decideErasing(ctx, tx, id)
			return err
		})
	}
	for _, step := range n.erasingSteps(id, todo)[:min(steps, 5)] {
		if err == nil {
			err = step(ctx)
		}
	}
	return errors.Join(err, n.Close())
}
