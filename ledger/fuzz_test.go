package ledger

import (
	"bytes"
	"errors"
	"testing"
)

func FuzzReadEntry(f *testing.F) {
	north := newSite(f, "north", 1)
	north.open(f, "case")
	north.say(f, "note", note{"面肌痉挛"})
	for _, n := range north.thread.sorted() {
		f.Add(n.Wire.Header, n.Wire.Signature, n.Wire.Body)
	}
	f.Fuzz(func(t *testing.T, header, signature, body []byte) {
		if h, err := ParseHeader(header); err == nil && !bytes.Equal(h.encode(), header) {
			t.Errorf("a header that reads encodes to other bytes:\n%s\n%s", header, h.encode())
		}
		if b, err := ParseBody(body); err == nil {
			var control *ControlError // which earlier releases wrote
			if _, err := b.encode(); err != nil && !errors.As(err, &control) {
				t.Errorf("a body that reads does not encode: %v\n%s", err, body)
			}
		}
		ReadEntry(Wire{header, signature, body})
	})
}

func FuzzReadBundle(f *testing.F) {
	north := newSite(f, "north", 1)
	north.open(f, "case")
	var file bytes.Buffer
	w, _ := NewBundleWriter(&file)
	w.Thread(north.thread)
	w.File(SumBlob([]byte("x")), 1, bytes.NewReader([]byte("x")))
	w.Close()
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) { ReadBundle(bytes.NewReader(raw), nil) })
}
