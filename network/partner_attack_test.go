package network

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"consilium/ledger"
)

// TestAFalseSizeKeepsNoFileAway: a member attaches the hash of another's file with a size that it does not have, in a branch that reaches a third hospital first. The file comes there all the same.
func TestAFalseSizeKeepsNoFileAway(t *testing.T) {
	for _, size := range []int64{3, 1 << 30} {
		victim, honest, bad := newNode(t, "victim", nil), newNode(t, "honest", nil), newNode(t, "bad", nil)
		victim.knows(bad)
		id := honest.opens(victim, bad)
		bad.receives(honest, id)
		image := honest.shelf.put([]byte("what the honest hospital attaches"))
		lie := image
		lie.Size = size
		bad.says(id, "mine", lie)
		bad.shut()
		t.Cleanup(bad.open)
		honest.says(id, "the image", image)
		r := dialRaw(t, victim, bad)
		r.next(frameHello)
		r.give(1, id, bad.wires(id)...)
		r.conn.Close()
		befriend(victim, honest)
		until(t, "the image is there", func() bool { return victim.shelf.Has(image.Hash) })
	}
}

// TestABeginningThatIsWrongKeepsNoFileAway: a member gives the first part of a file, and it is another one. Who gives the rest is asked for the whole, and not taken for who lied.
func TestABeginningThatIsWrongKeepsNoFileAway(t *testing.T) {
	victim, honest, bad := newNode(t, "victim", nil), newNode(t, "honest", nil), newNode(t, "bad", nil)
	id := honest.opens(victim, bad)
	image := honest.shelf.put([]byte(strings.Repeat("what the honest hospital attaches", blobChunk/16)))
	honest.says(id, "the image", image)
	victim.receives(honest, id)
	victim.shelf.parts[image.Hash] = []byte(strings.Repeat("x", blobChunk)) // as a member left it that gave one part and hung up
	befriend(victim, honest)
	until(t, "the image is there", func() bool { return victim.shelf.Has(image.Hash) })
}

// TestAMessageOfNothingTakesLittle: a message within its limit, all of whose parts are empty, is refused before it takes memory.
func TestAMessageOfNothingTakesLittle(t *testing.T) {
	empty := func(kind frameType, before, part, after string) frame {
		return frame{kind, []byte(before + strings.Repeat(part+",", (frameLimit[kind]-100)/(len(part)+1)) + part + after)}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, f := range map[string]frame{
		"threads wanted":   empty(frameWant, `{"page":1,"threads":[`, `{}`, `]}`),
		"tips":             empty(frameWant, `{"page":1,"threads":[{"tips":[`, `{}`, `]}]}`),
		"bodies":           empty(frameWant, `{"page":1,"threads":[{"bodies":[`, `null`, `]}]}`),
		"threads answered": empty(frameAck, `{"batch":1,"threads":[`, `{}`, `]}`),
		"refusals":         empty(frameAck, `{"batch":1,"threads":[{"refused":[`, `{}`, `]}]}`),
		"threads offered":  empty(frameHave, `{"page":1,"threads":[`, `{}`, `]}`),
	} {
		s := &session{n: &Network{}, known: map[ledger.ThreadID]offer{}}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := s.dispatch(ctx, f)
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 16 || err == nil {
			t.Errorf("%s: %d MB for a message of %d KB: %v", what, took, len(f.data)>>10, err)
		}
	}
}
