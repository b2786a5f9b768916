package api

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
)

// NewEntry is something to say in a thread.
type NewEntry struct {
	Kind  string           `json:"kind" doc:"What is said: casebook/KINDS.md, outreach/KINDS.md, access/KINDS.md"`
	Body  json.RawMessage  `json:"body" doc:"By the kind"`
	At    string           `json:"at,omitempty" doc:"When it happened; a date, perhaps partial"`
	Refs  []ledger.Hash    `json:"refs,omitempty" doc:"The entries that it is about"`
	Blobs []ledger.BlobRef `json:"blobs,omitempty" doc:"Attached files, as POST /blobs answered, with type, label and scope"`
	Pack  string           `json:"pack,omitempty" doc:"ID of the pathway pack it was filled in with; left out: the case's own"`
	Role  string           `json:"role,omitempty" doc:"In which of one's roles; left out: one that the kind is for"`
}

type newEntryIn struct {
	ID      ledger.ThreadID `path:"id"`
	IfMatch string          `header:"If-Match" doc:"ETag of the thread as it was read: the entry is taken only if nothing has been said since, else 412"`
	Body    NewEntry
}

// ThreadIn is the thread of the address.
type ThreadIn struct {
	ID ledger.ThreadID `path:"id"`
}

// Made is what came of saying something: the thread, and the new entry where there is one.
type Made struct {
	ID   ledger.ThreadID `json:"id"`
	Hash *ledger.Hash    `json:"hash,omitempty" doc:"Of the new entry"`
}

// Draft makes a draft of what was sent.
func (a *API) Draft(e NewEntry, pathway string) (ledger.Draft, error) {
	if len(e.Body) == 0 || e.Body[0] != '{' {
		e.Body = json.RawMessage("{}")
	}
	if err := a.checkSays(e); err != nil {
		return ledger.Draft{}, err
	}
	d := ledger.Draft{Kind: e.Kind, At: e.At, Refs: e.Refs, Blobs: e.Blobs, Says: e.Body, Author: ledger.Author{Role: e.Role}}
	filledIn := strings.Contains(string(e.Body), `"values"`)
	id := cmp.Or(e.Pack, pathway)
	if id == "" {
		return d, nil
	}
	pack := a.Packs(id, "")
	if pack == nil && (e.Pack != "" || filledIn) {
		return d, fmt.Errorf("there is no pathway pack %q here: %w", id, desk.ErrInput)
	}
	if pack != nil && e.Pack != "" {
		d.Pack = casebook.PackRef(pack)
	}
	return casebook.Prepare(casebook.Case{}, d, pack)
}

// Threads are what programs do with the threads of one kind. Under the address of another kind there is no such thread: what is granted and revoked at an address of its own is said nowhere else.
type Threads struct {
	*API
	Kind string
}

func (a Threads) need(ctx context.Context, id ledger.ThreadID) error {
	return a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		var kind string
		err := tx.QueryRowContext(ctx, `SELECT kind FROM thread WHERE thread = $1`, id[:]).Scan(&kind)
		if errors.Is(err, sql.ErrNoRows) || err == nil && kind != a.Kind {
			return desk.ErrNotHere
		}
		return err
	})
}

// Say says one entry in a thread.
func (a Threads) Say(ctx context.Context, in *newEntryIn) (*Answer[Made], error) {
	if err := a.need(ctx, in.ID); err != nil {
		return nil, err
	}
	var pathway string
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		pathway, err = casebook.PathwayOf(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	d, err := a.Draft(in.Body, pathway)
	if err != nil {
		return nil, err
	}
	if err := a.MayAttach(ctx, CallerOf(ctx), d); err != nil {
		return nil, err
	}
	d.Thread = in.ID
	e, err := a.Door.SayAnd(ctx, CallerOf(ctx).Who, a.stillHolds(in.IfMatch), d)
	if err != nil {
		return nil, err
	}
	return &Answer[Made]{Made{ID: in.ID, Hash: &e.Hash}}, nil
}
