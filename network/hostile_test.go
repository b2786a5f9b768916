package network

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"consilium/ledger"
)

// raw is a partner that speaks frames by hand, as a hostile or faulty program would.
type raw struct {
	t    *testing.T
	conn *tls.Conn
}

// dialRaw connects to a node in the name of another one, whose own network is shut.
func dialRaw(t *testing.T, to, as *node) *raw {
	t.Helper()
	return dialAs(t, to, as.self, as.id())
}

func dialAs(t *testing.T, to *node, self Identity, id ledger.HospitalID) *raw {
	t.Helper()
	cert, err := certificate(self.Link)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", to.addr)
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(c, tlsConfig(cert))
	t.Cleanup(func() { conn.Close() })
	r := &raw{t: t, conn: conn}
	r.send(encodeFrame(frameHello, hello{Protocol: protocolVersion, Hospital: id, Link: &self.Statement, Name: self.Name}))
	return r
}

func (r *raw) send(f frame) {
	r.t.Helper()
	if err := writeFrame(r.conn, f); err != nil {
		r.t.Fatal(err)
	}
}

// next reads up to the next frame of a type; offers are answered with no wish, so that the node goes on.
func (r *raw) next(kind frameType) frame {
	r.t.Helper()
	for {
		f, err := readFrame(r.conn)
		if err != nil {
			r.t.Fatalf("waiting for frame type %d: %v", kind, err)
		}
		if f.kind == kind {
			return f
		}
		if f.kind == frameHave {
			h, err := decodeFrame[have](f)
			if err != nil {
				r.t.Fatal(err)
			}
			r.send(encodeFrame(frameWant, want{Page: h.Page}))
		}
	}
}

// give sends entries of one thread and returns the answer.
func (r *raw) give(number uint64, thread ledger.ThreadID, wires ...ledger.Wire) ackThread {
	r.t.Helper()
	b := newBatch(number)
	b.begin(thread)
	for _, w := range wires {
		b.add(w)
	}
	b.end(true)
	r.send(frame{frameWires, b.data})
	a, err := decodeFrame[ack](r.next(frameAck))
	if err != nil || a.Batch != number || len(a.Threads) != 1 {
		r.t.Fatalf("answer %+v, %v", a, err)
	}
	return a.Threads[0]
}

func (n *node) wires(id ledger.ThreadID) (list []ledger.Wire) {
	n.t.Helper()
	err := n.db.View(context.Background(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = wiresOf(ctx, tx, id)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return list
}

// victimAndThread gives a node, a shut partner of it that can be spoken for by hand, and a thread of the partner.
func victimAndThread(t *testing.T, notes ...string) (victim, bad *node, id ledger.ThreadID) {
	victim, bad = newNode(t, "victim", nil), newNode(t, "bad", nil)
	victim.knows(bad)
	id = bad.opens(victim)
	for _, text := range notes {
		bad.says(id, text)
	}
	bad.shut()
	t.Cleanup(bad.open) // so that closing it finds something to close
	return victim, bad, id
}

func TestBadEntriesStopNothing(t *testing.T) {
	victim, bad, id := victimAndThread(t, "one", "two", "three")
	honest := newNode(t, "honest", nil)
	befriend(victim, honest)
	good := bad.wires(id) // opened, invited, one, two, three

	forged := good[2]
	forged.Signature = append([]byte{}, forged.Signature...)
	forged.Signature[0] ^= 1
	garbage := ledger.Wire{Header: []byte("{}"), Signature: make([]byte, 64), Body: []byte("x")}
	swapped := good[2]
	swapped.Body = good[3].Body

	r := dialRaw(t, victim, bad)
	r.next(frameHello)
	a := r.give(1, id, good[4], forged, good[0], garbage, good[1], swapped, good[0]) // reordered, replayed, forged
	if a.Added != 2 || a.Waiting != 1 || len(a.Refused) != 3 {
		t.Fatalf("first answer %+v", a)
	}
	w, err := decodeFrame[want](r.next(frameWant)) // asks for what is missing
	if err != nil || len(w.Threads) != 1 || w.Threads[0].Thread != id {
		t.Fatalf("it asked %+v, %v", w, err)
	}
	// The forged copy had the hash of the honest entry: refusing it must not keep the honest one out.
	if a = r.give(2, id, good[3], good[2]); a.Added != 3 || a.Entries != 5 {
		t.Fatalf("second answer %+v", a)
	}
	if a = r.give(3, id, good...); a.Added != 0 || a.Refused != nil || a.Entries != 5 {
		t.Fatalf("a replay did something: %+v", a)
	}
	// Meanwhile the honest partner went on.
	other := victim.opens(honest)
	same(t, other, 2, victim, honest)
	err = victim.db.View(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := ledger.Refusals(ctx, tx, 10)
		if len(list) != 2 || list[0].Source != bad.id() {
			t.Errorf("refusals shown: %+v", list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestThreadsOfOthersAreNotStored(t *testing.T) {
	victim, bad, shared := victimAndThread(t)
	strange := bad.opens() // does not name the victim
	bad.says(strange, "spam")
	r := dialRaw(t, victim, bad)
	r.next(frameHello)
	if a := r.give(1, strange, bad.wires(strange)...); a.Failed == "" || a.Entries != 0 {
		t.Fatalf("a thread that does not name us was stored: %+v", a)
	}
	if a := r.give(2, shared, bad.wires(shared)...); a.Added != 2 {
		t.Fatalf("the next thread was not stored: %+v", a)
	}
}

func TestEntryByNonMemberIsRefused(t *testing.T) {
	victim, bad, id := victimAndThread(t, "one")
	// The bad hospital lets a stranger write into a copy of the thread that has him invited, and shows the victim the rest without the invitation.
	stranger := newNode(t, "stranger", nil)
	full := bad.wires(id)
	r := dialRaw(t, victim, bad)
	r.next(frameHello)
	if a := r.give(1, id, full...); a.Added != 3 {
		t.Fatalf("%+v", a)
	}
	w := strangersEntry(t, stranger, full)
	if a := r.give(2, id, w); len(a.Refused) != 1 || !strings.Contains(a.Refused[0].Reason, "not a member") {
		t.Fatalf("%+v", a)
	}
}

// strangersEntry signs an entry that follows a thread's newest one, by a hospital that takes no part in it.
func strangersEntry(t *testing.T, stranger *node, thread []ledger.Wire) ledger.Wire {
	t.Helper()
	own := stranger.opens()
	stranger.says(own, "mine")
	e, err := ledger.ReadEntry(stranger.wires(own)[0])
	if err != nil {
		t.Fatal(err)
	}
	last, err := ledger.ReadEntry(thread[len(thread)-1])
	if err != nil {
		t.Fatal(err)
	}
	text := string(e.Wire.Header)
	text = strings.Replace(text, own.String(), last.Thread.String(), 1)
	text = strings.Replace(text, `"after":[],"height":1`, `"after":["`+last.Hash.String()+`"],"height":`+itoa(last.Height+1), 1)
	text = strings.Replace(text, `"kind":"thread.opened"`, `"kind":"case.note"`, 1)
	return ledger.Wire{Header: []byte(text), Signature: signRaw(stranger.book.Signer(), []byte(text)), Body: e.Wire.Body}
}

func TestUnknownHospitalIsRefused(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "stranger", nil)
	b.knows(a, a.addr)
	until(t, "the caller reads who refused, and why", func() bool {
		s := b.state(a)
		return !s.Up && strings.Contains(s.LastErr.En, a.id().String()) && strings.Contains(s.LastErr.En, "not entered our hospital ID") && s.LastErr.Zh != ""
	})
	callers, err := a.net.Callers(t.Context())
	if err != nil || len(callers) != 1 || callers[0].Hospital != b.id() || callers[0].Name != "stranger" {
		t.Fatalf("callers %+v, %v", callers, err)
	}
	a.knows(b) // the administrator enters it
	b.net.CallNow()
	id := a.opens(b)
	same(t, id, 2, a, b)
	if callers, _ = a.net.Callers(t.Context()); len(callers) != 0 {
		t.Fatalf("still listed: %+v", callers)
	}
}

func TestUnknownCallersAreBounded(t *testing.T) {
	a := newNode(t, "north", nil)
	err := a.db.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for range maxCallers + 50 {
			var h hello
			rand.Read(h.Hospital[:])
			if err := noteCaller(ctx, tx, h, "1.2.3.4:5", epoch); err != nil {
				return err
			}
		}
		list, err := Callers(ctx, tx)
		if len(list) != maxCallers {
			t.Errorf("%d callers are kept", len(list))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWrongKeyForKnownIDIsRefused(t *testing.T) {
	a, b, thief := newNode(t, "north", nil), newNode(t, "south", nil), newNode(t, "thief", nil)
	a.knows(b)
	for name, self := range map[string]Identity{
		"own statement":   thief.self,
		"their statement": {Link: thief.self.Link, Statement: b.self.Statement, Name: "south"},
	} {
		r := dialAs(t, a, self, b.id())
		f, err := readFrame(r.conn)
		if err != nil || f.kind != frameRefusal {
			t.Fatalf("%s: frame %d, %v", name, f.kind, err)
		}
		refused, err := decodeFrame[refusal](f)
		if err != nil || refused.Code != refusedIdentity || refused.Hospital != a.id() {
			t.Fatalf("%s: %+v, %v", name, refused, err)
		}
	}
	// The other way round: whoever answers at a partner's address must be that partner.
	b.net.Close()
	c := newNode(t, "caller", nil)
	c.knows(b, thief.addr)
	thief.knows(c)
	until(t, "the wrong answerer is found out", func() bool { return strings.Contains(c.state(b).LastErr.En, "did not prove") })
}

func TestReplacedLinkKeyIsCutOff(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	old := b.self
	befriend(a, b)
	until(t, "link", func() bool { return a.state(b).Up })
	b.shut()
	b.self = b.identity(epoch.Add(24 * 3600e9))
	b.open()
	b.knows(a, a.addr)
	until(t, "link with the new key", func() bool { s := a.state(b); return s.Up && s.Partner.Link != nil && s.Partner.Link.Time.After(epoch) })
	r := dialAs(t, a, old, b.id())
	if f, err := readFrame(r.conn); err != nil || f.kind != frameRefusal {
		t.Fatalf("the replaced key was let in: frame %d, %v", f.kind, err)
	}
}

func TestHugeFrameIsRefusedUnread(t *testing.T) {
	victim, bad, _ := victimAndThread(t)
	// before hello: a gigabyte is announced
	stranger := newNode(t, "stranger", nil)
	cert, _ := certificate(stranger.self.Link)
	c, err := net.Dial("tcp", victim.addr)
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(c, tlsConfig(cert))
	defer conn.Close()
	if _, err := conn.Write([]byte{byte(frameHello), 0x40, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if f, err := readFrame(conn); err != nil || f.kind != frameRefusal {
		t.Fatalf("frame %d, %v", f.kind, err)
	}
	// and by a partner
	r := dialRaw(t, victim, bad)
	r.next(frameHello)
	if _, err := r.conn.Write([]byte{byte(frameWires), 0x40, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := readFrame(r.conn); err != nil {
			break
		}
	}
	until(t, "the reason is shown", func() bool { return strings.Contains(victim.state(bad).LastErr.En, "larger than allowed") })
}

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

// signRaw signs header bytes that the ledger itself would not write.
func signRaw(s ledger.Signer, header []byte) []byte {
	return ed25519.Sign(ed25519.NewKeyFromSeed(s.Seed()), append([]byte("consilium entry 1\x00"), header...))
}

// TestStrangersAreNotAskedForWhatIsMissing: a question for missing entries names the thread and the keys that speak in it, so it goes to members alone.
func TestStrangersAreNotAskedForWhatIsMissing(t *testing.T) {
	victim, bad, id := victimAndThread(t, "one", "two")
	stranger := newNode(t, "stranger", nil)
	victim.knows(stranger)
	stranger.shut()
	t.Cleanup(stranger.open)
	other := dialRaw(t, victim, stranger)
	other.next(frameHello)
	r := dialRaw(t, victim, bad)
	r.next(frameHello)
	good := bad.wires(id)
	r.give(1, id, good[0], good[1], good[3]) // the entry between is missing
	r.next(frameWant)
	mine := victim.opens(stranger)
	for {
		f, err := readFrame(other.conn)
		if err != nil {
			t.Fatal(err)
		}
		if f.kind == frameWant {
			t.Fatalf("a stranger to the thread was asked: %s", f.data)
		}
		if f.kind != frameHave {
			continue
		}
		h, err := decodeFrame[have](f)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(h.Threads, func(o offer) bool { return o.Thread == mine }) {
			return
		}
		other.send(encodeFrame(frameWant, want{Page: h.Page}))
	}
}
