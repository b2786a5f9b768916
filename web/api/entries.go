package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"consilium/desk"
	"consilium/ledger"
)

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

// entriesIn asks for the entries of a thread, or for a page of them.
type entriesIn struct {
	ReadIn
	After string `query:"after" doc:"The next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" doc:"At most so many; left out: all of them"`
}

// ListEntries gives the entries of a thread, in folding order.
func (a Threads) ListEntries(ctx context.Context, in *entriesIn) (*Stated[Items[entryView]], error) {
	if err := a.need(ctx, in.ID); err != nil {
		return nil, err
	}
	l, err := a.Door.Read(ctx, CallerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	said, next, err := pageOf(l, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	return State(l.Digest(), Items[entryView]{Items: Each(said, entryOf), Next: next})
}

// pageOf is one page of a thread's entries. An entry that comes later may belong to a place before the page: then the cursor no longer fits, and the caller begins
// again instead of missing it.
func pageOf(l ledger.Log, after string, limit int) (page []ledger.Said, next string, err error) {
	begin := 0
	if after != "" {
		hash, before, _ := strings.Cut(after, ".")
		begin = 1 + slices.IndexFunc(l.Said, func(s ledger.Said) bool { return s.Hash.String() == hash })
		if begin == 0 {
			return nil, "", fmt.Errorf("%.80q is no place in this thread: %w", after, desk.ErrInput)
		}
		if prefix(l, begin) != before {
			return nil, "", fmt.Errorf("thread %s: an entry came in before this page: %w", l.Thread, desk.ErrChanged)
		}
	}
	page = l.Said[begin:]
	if limit == 0 || limit >= len(page) {
		return page, "", nil
	}
	page = page[:limit]
	return page, page[limit-1].Hash.String() + "." + prefix(l, begin+limit), nil
}

// prefix names the set of the first n entries.
func prefix(l ledger.Log, n int) string {
	l.Said = l.Said[:n]
	return l.Digest().Short()
}

func entryOf(s ledger.Said) entryView {
	v := entryView{Hash: s.Hash, Kind: s.Kind, Version: s.Version, Hospital: s.Hospital.String(), Key: s.Key, Seq: s.Seq, Height: s.Height,
		Time: Stamp(s.Time), Person: string(s.Person), Refs: s.Refs, Standing: string(s.Standing), Erased: s.Erased, Retracted: s.Retracted(),
		Conflict: s.Conflict(), Body: s.Says()}
	if c := s.Content; c != nil {
		v.Author, v.At, v.Pack, v.Blobs = &c.Author, c.At, c.Pack, c.Blobs
		if len(s.Corrected) > 0 {
			v.First = c.Says
		}
	}
	return v
}
