package node_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
)

// TestFilesAreRefusedBeforeEntries: where the disk has only its reserve left a file is refused with a clear state, and what people say goes on.
func TestFilesAreRefusedBeforeEntries(t *testing.T) {
	w := nodetest.New(t)
	north := w.FoundWith("north", func(o *node.Options) { o.Reserve = math.MaxUint64 })
	var p *nodetest.Problem
	err := north.Ask(nodetest.Surgeon, "POST", "/blobs", []byte("a video"), nil)
	if !errors.As(err, &p) || p.Status != 503 {
		t.Errorf("a file: %v", err)
	}
	north.MustAsk(nodetest.Surgeon, "POST", "/cases", map[string]any{"pathway": "hfs-mvd", "title": "entries go on", "urgency": "soon"}, nil)
}

// TestFilesThatNobodyAttachedAreSwept: after a day, and not while an entry, or somebody who sent it later, holds the file.
func TestFilesThatNobodyAttachedAreSwept(t *testing.T) {
	w := nodetest.New(t)
	north := w.Found("north")
	send := func(text string) ledger.Hash {
		var blob struct{ Hash ledger.Hash }
		north.MustAsk(nodetest.Surgeon, "POST", "/blobs", []byte(text), &blob)
		return blob.Hash
	}
	lost, kept := send("nobody attached this"), send("somebody attached this")
	var opened struct{ ID string }
	north.MustAsk(nodetest.Surgeon, "POST", "/cases", map[string]any{"pathway": "hfs-mvd", "title": "x", "urgency": "soon"}, &opened)
	north.MustAsk(nodetest.Surgeon, "POST", "/cases/"+opened.ID+"/entries", map[string]any{"kind": "case.question", "body": map[string]any{"text": "?"}, "refs": []string{}, "at": "",
		"blobs": []map[string]any{{"hash": kept, "size": 22, "type": "text/plain", "label": "x.txt"}}}, nil)
	sweep := func() (n int) {
		r, err := north.Sweep(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return r.Files
	}
	if n := sweep(); n != 0 || !north.Desk().Blobs.Has(lost) {
		t.Errorf("%d files were swept at once", n)
	}
	w.Clock.Advance(25 * time.Hour)
	young := send("sent just now")
	if n := sweep(); n != 1 || north.Desk().Blobs.Has(lost) || !north.Desk().Blobs.Has(kept) || !north.Desk().Blobs.Has(young) {
		t.Errorf("%d files were swept: lost %v, kept %v, young %v", n, north.Desk().Blobs.Has(lost), north.Desk().Blobs.Has(kept), north.Desk().Blobs.Has(young))
	}
}
