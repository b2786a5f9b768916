package api

import (
	"cmp"
	"context"
	"encoding/json"
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
	ID   ledger.ThreadID `path:"id"`
	Body NewEntry
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

// Say says one entry in a thread of any kind.
func (a *API) Say(ctx context.Context, in *newEntryIn) (*Answer[Made], error) {
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
	e, err := a.Door.Say(ctx, CallerOf(ctx).Who, d)
	if err != nil {
		return nil, err
	}
	return &Answer[Made]{Made{ID: in.ID, Hash: &e.Hash}}, nil
}

type entryView struct {
	Hash      ledger.Hash      `json:"hash"`
	Kind      string           `json:"kind"`
	Version   uint64           `json:"version"`
	Hospital  string           `json:"hospital"`
	Key       ledger.Key       `json:"key"`
	Seq       uint64           `json:"seq"`
	Height    uint64           `json:"height"`
	Time      string           `json:"time"`
	Person    string           `json:"person"`
	Author    *ledger.Author   `json:"author,omitempty"`
	At        string           `json:"at,omitempty"`
	Refs      []ledger.Hash    `json:"refs,omitempty"`
	Pack      *ledger.PackRef  `json:"pack,omitempty"`
	Blobs     []ledger.BlobRef `json:"blobs,omitempty"`
	Standing  string           `json:"standing,omitempty" doc:"late or doubted; empty: it counts"`
	Erased    bool             `json:"erased,omitempty"`
	Retracted bool             `json:"retracted,omitempty"`
	Conflict  bool             `json:"conflict,omitempty"`
	Body      json.RawMessage  `json:"body,omitempty" doc:"What it says now, corrections applied"`
	First     json.RawMessage  `json:"first,omitempty" doc:"What it said first, where a correction changed it"`
}

// ListEntries gives the entries of a thread of any kind, in folding order.
func (a *API) ListEntries(ctx context.Context, in *ThreadIn) (*Answer[Items[entryView]], error) {
	l, err := a.Door.Read(ctx, CallerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &Answer[Items[entryView]]{Body: Items[entryView]{Items: make([]entryView, 0, len(l.Said))}}
	for _, s := range l.Said {
		v := entryView{Hash: s.Hash, Kind: s.Kind, Version: s.Version, Hospital: s.Hospital.String(), Key: s.Key, Seq: s.Seq, Height: s.Height,
			Time: Stamp(s.Time), Person: string(s.Person), Refs: s.Refs, Standing: string(s.Standing), Erased: s.Erased, Retracted: s.Retracted(),
			Conflict: s.Conflict(), Body: s.Says()}
		if c := s.Content; c != nil {
			v.Author, v.At, v.Pack, v.Blobs = &c.Author, c.At, c.Pack, c.Blobs
			if len(s.Corrected) > 0 {
				v.First = c.Says
			}
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}
