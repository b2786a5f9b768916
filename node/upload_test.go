package node_test

import (
	"errors"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// TestAFilesHashIsNotAKeyToIt: who has learned the hash of a file, and neither sent it nor may read where it is attached, cannot attach it to a case of
// their own and read it there.
func TestAFilesHashIsNotAKeyToIt(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	data := []byte("the only copy of an image")
	of := north.OpenCase("A case of the head of department")
	hash := north.Attach(of, data, "images")

	attach := func(who string, hash ledger.Hash) error {
		return north.Ask(who, "POST", "/cases", map[string]any{"title": "A case of one's own", "pathway": "hfs-mvd", "urgency": "routine", "sub_specialty": "functional", "entries": []map[string]any{{"kind": "case.imaging",
			"body":  nodetest.Says{"modality": "mr", "description": "CISS", "date": "2026-11-20", "deidentified": true},
			"blobs": []ledger.BlobRef{{Hash: hash, Size: int64(len(data)), Type: "application/dicom", Label: "CISS", Scope: "images"}}}}}, nil)
	}
	var p *nodetest.Problem
	if err := attach(nodetest.Surgeon, hash); !errors.As(err, &p) || p.Status != 400 || !strings.Contains(p.Detail+p.Title, "was not sent yet") {
		t.Errorf("a stranger to the file who knows its hash is told %v", err)
	}
	if err := attach(nodetest.Head, hash); err != nil {
		t.Errorf("one who may read it anyway is told %v", err)
	}
	if err := attach(nodetest.Surgeon, north.Send(nodetest.Surgeon, data)); err != nil {
		t.Errorf("one who has sent the same bytes is told %v", err)
	}
}
