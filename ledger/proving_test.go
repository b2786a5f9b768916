package ledger

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"testing"

	"filippo.io/edwards25519"
	"github.com/hdevalence/ed25519consensus"
	"pgregory.net/rapid"
)

// smallPoints are all encodings of the eight points of small order, canonical or not: fourteen, as the section on test vectors of ZIP 215 counts them. They are found here
// by trying: a coordinate y below 2^255 stands for a point of small order if eight times the point is nothing.
func smallPoints(t *testing.T) (list [][]byte) {
	t.Helper()
	try := func(encoding [32]byte) {
		for _, sign := range []byte{0, 0x80} {
			e := encoding
			e[31] |= sign
			p, err := new(edwards25519.Point).SetBytes(e[:])
			if err != nil {
				continue
			}
			if p.MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) == 1 {
				list = append(list, slices.Clone(e[:]))
			}
		}
	}
	var last [32]byte // 2^255 − 1 and the eighteen before it are p + 18 … p
	for i := range last {
		last[i] = 0xff
	}
	last[31] = 0x7f
	for back := range 19 {
		e := last
		e[0] -= byte(back)
		try(e)
	}
	for y := range 2 {
		try([32]byte{byte(y)})
	}
	minusOne := last
	minusOne[0] = 0xec // p − 1
	try(minusOne)
	// The points of order eight: y² = (1 ± √(…)), taken from any point by multiplying with the order of the large subgroup.
	for seed := byte(2); len(list) < 14 && seed < 200; seed++ {
		p, err := new(edwards25519.Point).SetBytes(append([]byte{seed}, make([]byte, 31)...))
		if err != nil {
			continue
		}
		order := timesOrder(p)
		if e := [32]byte(order.Bytes()); !slices.ContainsFunc(list, func(l []byte) bool { return [32]byte(l) == e }) {
			list = append(list, slices.Clone(e[:]))
		}
	}
	return list
}

// timesOrder is the point times the order of the large subgroup, which is one more than the largest scalar.
func timesOrder(p *edwards25519.Point) *edwards25519.Point {
	one, _ := edwards25519.NewScalar().SetCanonicalBytes(append([]byte{1}, make([]byte, 31)...))
	largest := edwards25519.NewScalar().Negate(one)
	q := new(edwards25519.Point).ScalarMult(largest, p)
	return q.Add(q, p)
}

// TestOneRuleForEverySignature: of the 196 signatures of small keys over small points all hold, one by one and at once, as ZIP 215 wants; the standard library takes only some.
func TestOneRuleForEverySignature(t *testing.T) {
	points := smallPoints(t)
	if len(points) != 14 {
		t.Fatalf("%d encodings", len(points))
	}
	message := []byte("Zcash")
	batch, others := ed25519consensus.NewBatchVerifier(), 0
	for _, key := range points {
		for _, r := range points {
			signature := append(slices.Clone(r), make([]byte, 32)...)
			if !signed(key, message, signature) {
				t.Errorf("key %x, R %x does not hold", key, r)
			}
			batch.Add(key, message, signature)
			if !ed25519.Verify(key, message, signature) {
				others++
			}
		}
	}
	if !batch.Verify() || others == 0 {
		t.Errorf("at once they do not hold, or the rule is no other than the standard library's, which refuses %d", others)
	}
	if signed(points[0][:31], message, make([]byte, 64)) || signed(nil, message, nil) {
		t.Error("a key that is none")
	}
}

// TestManyAtOnceAsEachByItself spoils some of many wires at random: each has the answer that it has by itself.
func TestManyAtOnceAsEachByItself(t *testing.T) {
	sites := []*site{newSite(t, "a", 1), newSite(t, "b", 2)}
	sites[0].open(t, "case")
	invite(t, sites[0], sites[1])
	for i := range 150 {
		s := sites[i%2]
		s.say(t, "note", note{fmt.Sprint(i)})
		meet(t, sites[0], sites[1])
	}
	var whole []Wire
	for _, n := range sites[0].thread.sorted() {
		whole = append(whole, n.Wire)
	}
	rapid.Check(t, func(r *rapid.T) {
		wires := slices.Clone(whole[:rapid.IntRange(0, len(whole)).Draw(r, "wires")])
		for range rapid.IntRange(0, 3).Draw(r, "spoiled") {
			if len(wires) == 0 {
				break
			}
			w := &wires[rapid.IntRange(0, len(wires)-1).Draw(r, "which")]
			switch rapid.IntRange(0, 4).Draw(r, "how") {
			case 0:
				w.Signature = slices.Clone(w.Signature)
				w.Signature[rapid.IntRange(0, len(w.Signature)-1).Draw(r, "byte")] ^= 1 // one that was cut before has 63 bytes
			case 1:
				w.Signature = w.Signature[:63]
			case 2:
				w.Header = append(slices.Clone(w.Header), ' ')
			case 3:
				w.Body = append(slices.Clone(w.Body), ' ')
			case 4:
				w.Signature = whole[0].Signature
			}
		}
		entries, errs := ReadWires(wires)
		for i, w := range wires {
			e, err := ReadEntry(w)
			if (err == nil) != (errs[i] == nil) || err != nil && err.Error() != errs[i].Error() || err != nil && entries[i] != nil || err == nil && entries[i].Hash != e.Hash {
				r.Fatalf("wire %d: %v at once, %v by itself", i, errs[i], err)
			}
			if errors.Is(err, ErrSignature) && entries[i] != nil {
				r.Fatal("an entry that was not signed")
			}
		}
	})
}

// BenchmarkReadWires proves entries of one key, 256 in each call.
func BenchmarkReadWires(b *testing.B) {
	s := newSite(b, "a", 1)
	s.open(b, "case")
	for range 255 {
		s.say(b, "note", note{"Decompression of the root entry zone; offending vessel AICA; interposition with shredded Teflon; facial nerve intact."})
	}
	var wires []Wire
	for _, n := range s.thread.sorted() {
		wires = append(wires, n.Wire)
	}
	for b.Loop() {
		_, errs := ReadWires(wires)
		for _, err := range errs {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(wires)*b.N)/b.Elapsed().Seconds(), "entries/s")
}
