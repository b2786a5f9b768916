package node_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/network"
	"consilium/node/nodetest"
	"consilium/store"
)

// villain is a hospital with true keys and a program of its own: it knows no rules, and writes into its database what it likes.
type villain struct {
	t      *testing.T
	id     ledger.HospitalID
	issuer ledger.Issuer
	link   ed25519.PrivateKey
	stated ledger.Statement
	store  *store.Store
	book   *ledger.Book
	net    *network.Network
	now    time.Time
}

type villainDB struct{ *store.Store }

func (d villainDB) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Store.View(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d villainDB) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Store.Update(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d villainDB) OnCommit(ctx context.Context, fn func()) { store.OnCommit(ctx, fn) }

type noFiles struct{}

func (noFiles) Has(ledger.Hash) bool { return false }
func (noFiles) Open(_ context.Context, _ ledger.Hash) (io.ReadSeekCloser, int64, error) {
	return nil, 0, errors.New("none")
}
func (noFiles) Resume(ledger.Hash, int64) (network.BlobPart, int64, error) {
	return nil, 0, errors.New("none")
}

type openGate struct{}

func (openGate) MayLeave(context.Context, ledger.Tx, ledger.ThreadID, ledger.HospitalID) (bool, string) {
	return true, ""
}

func (openGate) Until(context.Context, ledger.Tx, ledger.ThreadID, ledger.HospitalID) (ledger.Hash, error) {
	return ledger.Hash{}, nil
}

func (openGate) BlobMayLeave(context.Context, ledger.Tx, ledger.Attachment, ledger.HospitalID) (bool, string) {
	return true, ""
}

// lawless are the kinds of a program that checks nothing.
func lawless() *ledger.Kinds {
	var list []ledger.Kind
	for _, name := range []string{casebook.KindQuestion, casebook.KindOperation, casebook.KindPlanSigned, casebook.KindClosed, "case.consent", "case.from-the-future"} {
		list = append(list, ledger.Declare[map[string]any](ledger.Kind{Name: name, Version: 1}))
	}
	return ledger.NewKinds(list)
}

func newVillain(t *testing.T) *villain {
	t.Helper()
	v := &villain{t: t, now: nodetest.Start}
	root, err := ledger.NewRoot(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v.id = root.Hospital()
	if v.issuer, err = root.NewIssuer(rand.Reader); err != nil {
		t.Fatal(err)
	}
	signer, err := v.issuer.NewSigner(rand.Reader, v.now)
	if err != nil {
		t.Fatal(err)
	}
	public, link, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v.link, v.stated = link, v.issuer.State(ledger.UseLink, public, v.now)
	v.openBook(signer)
	v.openNet()
	return v
}

// openBook gives the villain an empty database.
func (v *villain) openBook(signer ledger.Signer) {
	v.t.Helper()
	s, err := store.Open(v.t.Context(), store.Options{Dir: filepath.Join(v.t.TempDir(), "villain"), Create: true, Migrations: []fs.FS{ledger.Migrations, network.Migrations}})
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { s.Close() })
	v.store, v.book = s, ledger.NewBook(lawless(), signer, s.DDL)
	v.update(func(ctx context.Context, tx ledger.Tx) error { return v.book.Prepare(ctx, tx, nil) })
}

func (v *villain) openNet() {
	v.t.Helper()
	var err error
	v.net, err = network.New(network.Options{Self: network.Identity{Link: v.link, Statement: v.stated, Name: "villain"}, Book: v.book, DB: villainDB{v.store}, Blobs: noFiles{},
		Gate: openGate{}, Fence: func(context.Context, ledger.Key, ledger.ThreadID) error { return errors.New("never mind") }})
	if err != nil {
		v.t.Fatal(err)
	}
	n, done := v.net, make(chan struct{})
	go func() { defer close(done); _ = n.Run(context.Background()) }()
	v.t.Cleanup(func() { n.Close(); <-done })
}

func (v *villain) update(fn func(ctx context.Context, tx ledger.Tx) error) {
	v.t.Helper()
	if err := (villainDB{v.store}).Update(v.t.Context(), fn); err != nil {
		v.t.Fatal(err)
	}
	if v.net != nil {
		v.net.Wake()
	}
}

func (v *villain) draft(id ledger.ThreadID, kind string, says any, refs ...ledger.Hash) ledger.Draft {
	return ledger.Draft{Thread: id, Kind: kind, Person: "villain", Author: ledger.Author{Name: "Dr. No", Role: "surgeon"}, Says: says, Refs: refs}
}

func (v *villain) say(id ledger.ThreadID, kind string, says any, refs ...ledger.Hash) (e *ledger.Entry) {
	v.t.Helper()
	v.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		e, err = v.book.Append(ctx, tx, v.draft(id, kind, says, refs...), v.now)
		return err
	})
	return e
}

// has tells whether the villain's own copy has an entry.
func (v *villain) has(id ledger.ThreadID, entry ledger.Hash) bool {
	found := false
	_ = (villainDB{v.store}).View(v.t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		l, err := v.book.Log(ctx, tx, id)
		found = err == nil && l.Find(entry) != nil
		return err
	})
	return found
}

// meet makes partners of the villain and a hospital, over a new connection.
func (v *villain) meet(w *nodetest.World, h *nodetest.Hospital) {
	v.t.Helper()
	if err := h.Desk().Network.AddPartner(v.t.Context(), network.Partner{Hospital: v.id, Name: "villain"}); err != nil {
		v.t.Fatal(err)
	}
	if err := v.net.AddPartner(v.t.Context(), network.Partner{Hospital: h.ID, Name: h.Name, Addresses: []string{h.PeerAddr()}}); err != nil {
		v.t.Fatal(err)
	}
	v.net.CallNow()
}

// TestAHostileMemberStopsNobody lets a member of a case with true keys do what its own program lets it do: contradict itself, sign for others, date
// back and forward, break every rule, send what nobody understands and what is too large. Two honest hospitals stay equal and go on.
func TestAHostileMemberStopsNobody(t *testing.T) {
	w, north, south, _ := two(t)
	v := newVillain(t)
	v.meet(w, north)
	v.meet(w, south)
	id := north.Share("With a villain among us", south)
	north.Say(id, "thread.invited", nodetest.Says{"hospital": v.id})
	north.Say(id, "case.consent", nodetest.Says{"scopes": nodetest.Says{"consult": "granted"}, "hospitals": []ledger.HospitalID{south.ID, v.id}, "how": "written",
		"date": "2026-11-21", "text": "2026-1"})
	seen := north.Note(id, "What do you all think?")
	w.Same(id, north, south)
	w.Until("the villain has the case", func() bool { return v.has(id, seen) })

	last := v.breakRules(id)
	w.Until("what breaks rules is kept and shown", func() bool { return north.Has(id, last) && south.Has(id, last) })
	if err := v.net.Close(); err != nil { // from here on by hand
		t.Fatal(err)
	}
	for _, h := range []*nodetest.Hospital{north, south} {
		v.sendForgeries(id, h)
	}
	v.fork(id, north, south)

	w.Until("the fork is seen at both", func() bool { return len(north.Log(id).Forks) == 1 && len(south.Log(id).Forks) == 1 })
	north.Note(id, "We go on.")
	south.Note(id, "So do we.")
	l := w.Same(id, north, south)
	if s := l.Roster.Steward; s != north.ID {
		t.Fatalf("custody moved to %s", s)
	}
	if c := casebook.Fold(l); c.Closed != nil {
		t.Fatal("the villain closed a case that it has no custody of")
	}
	other := north.Share("Without the villain", south)
	w.Same(other, north, south)
	north.Say(id, "thread.removed", nodetest.Says{"hospital": v.id, "reason": "contradicts itself"})
	w.Same(id, north, south)
	north.MustVerify(nil)
	south.MustVerify(nil)
}

// breakRules says what an honest program would not let it say, at times that an honest clock does not show.
func (v *villain) breakRules(id ledger.ThreadID) ledger.Hash {
	v.now = nodetest.Start.AddDate(-3, 0, 0)
	v.say(id, casebook.KindOperation, map[string]any{"date": "2023-01-01", "procedure": "mvd_endoscopic"})
	v.now = nodetest.Start.AddDate(30, 0, 0)
	v.say(id, casebook.KindClosed, map[string]any{"outcome": "done"})
	v.say(id, "case.from-the-future", map[string]any{"x": []any{1, "two", nil}})
	v.say(id, casebook.KindPlanSigned, map[string]any{"meaning": "approve"}, ledger.SumBlob([]byte("no plan")))
	v.say(id, "case.consent", map[string]any{"scopes": map[string]any{"images": "granted", "identity": "granted"}, "hospitals": []ledger.HospitalID{v.id}})
	v.say(id, casebook.KindQuestion, map[string]any{"text": strings.Repeat("A", 900<<10)})
	return v.say(id, casebook.KindQuestion, map[string]any{"text": 17, "to": []int{1}}).Hash
}

// sendForgeries gives entries that no ledger admits, and bytes that are no entries.
func (v *villain) sendForgeries(id ledger.ThreadID, to *nodetest.Hospital) {
	v.t.Helper()
	wires := v.wires(id)
	last := wires[len(wires)-1]
	forgeries := map[string]func(*ledger.Wire){
		"signature":  func(w *ledger.Wire) { w.Signature[0] ^= 1 },
		"body":       func(w *ledger.Wire) { w.Body = []byte(`{"salt":"x"}`) },
		"name":       func(w *ledger.Wire) { w.Header = bytes.Replace(w.Header, []byte(v.id.Raw()), []byte(to.ID.Raw()), 1) },
		"no header":  func(w *ledger.Wire) { w.Header = []byte("{}") },
		"long count": func(w *ledger.Wire) { w.Header = bytes.Replace(w.Header, []byte(`"seq":`), []byte(`"seq":9`), 1) },
	}
	for what, change := range forgeries {
		w := ledger.Wire{Header: bytes.Clone(last.Header), Signature: bytes.Clone(last.Signature), Body: bytes.Clone(last.Body)}
		change(&w)
		r := v.dial(to)
		r.give(id, w)
		if answer := r.answer(); !strings.Contains(answer, `"refused":[{`) || !strings.Contains(answer, `"added":0`) {
			v.t.Errorf("forged %s at %s: %s", what, to.Name, answer)
		}
		r.conn.Close()
	}
	for what, w := range map[string]ledger.Wire{
		"header": {Header: bytes.Repeat([]byte("x"), ledger.MaxHeader+1), Signature: last.Signature},
		"body":   {Header: last.Header, Signature: last.Signature, Body: bytes.Repeat([]byte(" "), ledger.MaxBody+1)},
	} {
		r := v.dial(to)
		r.give(id, w)
		if answer := r.answer(); answer != "" {
			v.t.Errorf("a %s that is too large at %s was answered: %s", what, to.Name, answer)
		}
	}
}

// fork says two different things as one entry, to one hospital each.
func (v *villain) fork(id ledger.ThreadID, first, second *nodetest.Hospital) {
	v.t.Helper()
	base := v.wires(id)
	for h, text := range map[*nodetest.Hospital]string{first: "I am for it.", second: "I am against it."} {
		v.net = nil
		v.openBook(v.book.Signer())
		v.update(func(ctx context.Context, tx ledger.Tx) error {
			entries, errs := ledger.ReadWires(base)
			if _, err := v.book.Receive(ctx, tx, first.ID, id, entries, v.now); err != nil {
				return err
			}
			_, err := v.book.Append(ctx, tx, v.draft(id, casebook.KindQuestion, map[string]any{"text": text}), v.now)
			return errors.Join(append(errs, err)...)
		})
		wires := v.wires(id)
		r := v.dial(h)
		r.give(id, wires[len(wires)-1])
		if answer := r.answer(); !strings.Contains(answer, `"added":1`) {
			v.t.Fatalf("half of the fork at %s: %s", h.Name, answer)
		}
		r.conn.Close()
	}
}

func (v *villain) wires(id ledger.ThreadID) (list []ledger.Wire) {
	v.t.Helper()
	err := (villainDB{v.store}).View(v.t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT header, signature, body FROM entry WHERE thread = $1 ORDER BY place`, id[:])
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var w ledger.Wire
			if err := rows.Scan(&w.Header, &w.Signature, &w.Body); err != nil {
				return err
			}
			list = append(list, w)
		}
		return rows.Err()
	})
	if err != nil || len(list) == 0 {
		v.t.Fatalf("%d entries, %v", len(list), err)
	}
	return list
}

// rawLine speaks the protocol of network/PROTOCOL.md by hand.
type rawLine struct {
	t    *testing.T
	conn *tls.Conn
}

// dial connects and says hello. An earlier connection of ours may still be closing, so it is tried again while the other side says so.
func (v *villain) dial(to *nodetest.Hospital) *rawLine {
	v.t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: nodetest.Start.AddDate(9, 0, 0)}
	der, err := x509.CreateCertificate(nil, template, template, v.link.Public(), v.link)
	if err != nil {
		v.t.Fatal(err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: v.link}}, MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, NextProtos: []string{"consilium/1"}}
	for deadline := time.Now().Add(nodetest.Patience); time.Now().Before(deadline); {
		conn, err := tls.Dial("tcp", to.PeerAddr(), c)
		if err != nil {
			v.t.Fatal(err)
		}
		r := &rawLine{v.t, conn}
		v.t.Cleanup(func() { conn.Close() })
		hello, err := json.Marshal(map[string]any{"protocol": 1, "hospital": v.id, "link": v.stated, "taken": map[string]any{"place": 0, "hash": ledger.Hash{}}})
		if err != nil {
			v.t.Fatal(err)
		}
		r.send(1, hello)
		if kind, data := r.next(); kind == 1 {
			return r
		} else if !strings.Contains(string(data), "connected") {
			v.t.Fatalf("hello was answered by frame type %d: %s", kind, data)
		}
	}
	v.t.Fatal("the line stays busy")
	return nil
}

func (r *rawLine) send(kind byte, data []byte) {
	r.t.Helper()
	if _, err := r.conn.Write(append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(data))), data...)); err != nil {
		r.t.Fatal(err)
	}
}

// next reads a frame; type 0 is the end of the line.
func (r *rawLine) next() (kind byte, data []byte) {
	var head [5]byte
	if _, err := io.ReadFull(r.conn, head[:]); err != nil {
		return 0, nil
	}
	data = make([]byte, binary.BigEndian.Uint32(head[1:]))
	if _, err := io.ReadFull(r.conn, data); err != nil {
		return 0, nil
	}
	return head[0], data
}

// give sends a batch of entries of one thread.
func (r *rawLine) give(id ledger.ThreadID, wires ...ledger.Wire) {
	r.t.Helper()
	data := append(binary.BigEndian.AppendUint64(nil, 1), id[:]...)
	data = binary.BigEndian.AppendUint32(append(data, 1), uint32(len(wires)))
	for _, w := range wires {
		data = binary.BigEndian.AppendUint32(data, uint32(len(w.Header)))
		body := uint32(len(w.Body))
		if w.Body == nil {
			body = 1<<32 - 1
		}
		data = binary.BigEndian.AppendUint32(data, body)
		data = append(append(append(data, w.Signature...), w.Header...), w.Body...)
	}
	r.send(5, data)
}

// answer is the answer to the batch, empty where the line was ended instead. What the other side offers meanwhile is not wanted.
func (r *rawLine) answer() string {
	r.t.Helper()
	for {
		kind, data := r.next()
		switch kind {
		case 0:
			return ""
		case 6:
			return string(data)
		case 3:
			var have struct{ Page uint64 }
			if err := json.Unmarshal(data, &have); err != nil {
				r.t.Fatal(err)
			}
			r.send(4, fmt.Appendf(nil, `{"page":%d,"threads":[]}`, have.Page))
		}
	}
}

// TestAStrippingRelayKeepsNoWordsAway lets the only way between two hospitals leave the words of all entries away, the consent's too. Once they are partners,
// both read the same, and what was erased meanwhile stays erased.
func TestAStrippingRelayKeepsNoWordsAway(t *testing.T) {
	w := nodetest.New(t, "north", "south")
	north, south := w.Hospital("north"), w.Hospital("south")
	v := newVillain(t)
	v.meet(w, north)
	if err := south.Desk().Network.AddPartner(t.Context(), network.Partner{Hospital: v.id, Name: "villain"}); err != nil {
		t.Fatal(err)
	}
	id := north.Share("Behind a relay", south)
	north.Say(id, "thread.invited", nodetest.Says{"hospital": v.id})
	north.Say(id, "case.consent", nodetest.Says{"scopes": nodetest.Says{"consult": "granted"}, "hospitals": []ledger.HospitalID{south.ID, v.id}, "how": "written",
		"date": "2026-11-21", "text": "2026-1"})
	north.Note(id, "Is the vessel the AICA?")
	secret := north.Note(id, "Said by mistake.")
	w.Until("the relay has the case", func() bool { return v.has(id, secret) })
	if err := v.net.Close(); err != nil { // from here on by hand
		t.Fatal(err)
	}
	stripped := v.wires(id)
	for i, wire := range stripped {
		if h, err := ledger.ParseHeader(wire.Header); err != nil || !strings.HasPrefix(h.Kind, "thread.") {
			stripped[i].Body = nil
		}
	}
	r := v.dial(south)
	r.give(id, stripped...)
	if answer := r.answer(); !strings.Contains(answer, fmt.Sprintf(`"added":%d`, len(stripped))) || !strings.Contains(answer, `"lacks":`) {
		t.Fatalf("what is stripped was answered with %s", answer)
	}
	if south.Fold(id) == north.Fold(id) {
		t.Fatal("nothing was stripped")
	}
	north.Say(id, ledger.KindErased, nodetest.Says{"reason": "mistake"}, secret)
	w.Partners(north, south)
	w.Until("both read the same", func() bool { return south.Fold(id) == north.Fold(id) })
	l := w.Same(id, north, south)
	for _, s := range south.Log(id).Said {
		if s.HasBody() == (s.Hash == secret) {
			t.Errorf("%s at the other side has its words: %v", s.Kind, s.HasBody())
		}
	}
	if c := casebook.Fold(l); !c.Consent.Allows("consult", south.ID) {
		t.Error("the consent has lost its words")
	}
}
