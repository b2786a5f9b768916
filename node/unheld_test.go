package node_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// TestABodyThatADatabaseCannotHoldStopsNoThread: older releases wrote control characters. PostgreSQL holds no U+0000 in text, and its indexes hold no long keys.
func TestABodyThatADatabaseCannotHoldStopsNoThread(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	south := w.FoundOn("south", storetest.Postgres(t).URL)
	w.Partners(north, south)
	v := newVillain(t)
	v.meet(w, north)
	v.meet(w, south)
	id := north.Share("With a hospital of an older release", south)
	north.Say(id, "thread.invited", nodetest.Says{"hospital": v.id})
	north.Say(id, "case.consent", nodetest.Says{"scopes": nodetest.Says{"consult": "granted"}, "hospitals": []ledger.HospitalID{south.ID, v.id}, "how": "written",
		"date": "2026-11-21", "text": "2026-1"})
	seen := north.Note(id, "What do you think?")
	w.Same(id, north, south)
	w.Until("the older one has the case", func() bool { return v.has(id, seen) })
	if err := v.net.Close(); err != nil { // from here on by hand
		t.Fatal(err)
	}
	wires := v.wires(id)
	for _, text := range []string{"N L", strings.Repeat("N L", 10) + hex.EncodeToString(noise(20<<10))} {
		v.net = nil
		v.openBook(v.book.Signer())
		var e *ledger.Entry
		v.update(func(ctx context.Context, tx ledger.Tx) error {
			entries, _ := ledger.ReadWires(wires)
			if _, err := v.book.Receive(ctx, tx, north.ID, id, entries, v.now); err != nil {
				return err
			}
			var err error
			e, err = v.book.Append(ctx, tx, v.draft(id, casebook.KindQuestion, map[string]any{"round": 1, "text": text, "recommendations": []any{map[string]any{
				"id": text, "text": text, "owner": map[string]any{"hospital": south.ID, "person": text, "role": text}}}}, seen), v.now)
			return err
		})
		had := len(wires)
		wires = v.wires(id)
		wires[len(wires)-1] = v.older(e.Wire, casebook.KindQuestion, casebook.KindOpinion)
		for _, h := range []*nodetest.Hospital{north, south} {
			r := v.dial(h)
			r.give(id, wires[had:]...)
			if answer := r.answer(); strings.Contains(answer, `"refused"`) || strings.Contains(answer, `"waiting":1`) {
				t.Fatalf("at %s: %s", h.Name, answer)
			}
			r.conn.Close()
		}
	}
	south.Note(id, "We go on.")
	w.Same(id, north, south)
	if err := south.Node.Rebuild(t.Context(), nil); err != nil {
		t.Error(err)
	}
	south.MustVerify(nil)
	if _, err := south.TrySay(id, casebook.KindQuestion, nodetest.Says{"text": "a\x00b"}); err == nil {
		t.Error("U+0000 went through the door")
	}
}

// noise is bytes that no database packs.
func noise(n int) []byte {
	random, b := rand.New(rand.NewPCG(1, 2)), make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// older makes of a wire what an older release would have signed: another kind, and U+0000 where "N L" stands.
func (v *villain) older(w ledger.Wire, kind, other string) ledger.Wire {
	body := bytes.ReplaceAll(w.Body, []byte("N L"), []byte(`N\u0000L`))
	was, is := sha256.Sum256(w.Body), sha256.Sum256(body)
	header := bytes.Replace(w.Header, []byte(hex.EncodeToString(was[:])), []byte(hex.EncodeToString(is[:])), 1)
	header = bytes.Replace(header, []byte(kind), []byte(other), 1)
	signed := append([]byte("consilium entry 1\x00"), header...)
	return ledger.Wire{Header: header, Body: body, Signature: ed25519.Sign(ed25519.NewKeyFromSeed(v.book.Signer().Seed()), signed)}
}
