package node

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/store"
)

// Several nodes of one hospital work on one PostgreSQL database and one bucket. Whatever they have to agree on stands in the database; this file is what they tell each other, and what one of them
// at a time does. Decision 28 says why the hospital's log has no fork though several nodes write it.

// leading names what one node at a time does: it keeps the links to partners, carries erasures out, sweeps, and says what is the hospital's turn in studies.
const leading = "partners"

// What nodes tell each other, beside threads, which a trigger of the database tells in the write that changes them.
const (
	toldThread  = "thread "
	toldNetwork = "network" // partners or links have changed
	toldCall    = "call"    // call all partners now
	toldFence   = "fence "  // the key must not be used any more
	toldTries   = "tried "  // an attempt to sign in was counted
	toldGlance  = "glance " // where somebody looks just now
)

// changesTold is the trigger that tells the other nodes of every change of a thread, in the transaction that changes it: nobody hears of what was rolled back, and nothing that was committed stays
// untold because its node died. A database's name for a connection says which node wrote.
const changesTold = `CREATE OR REPLACE FUNCTION consilium_tell_thread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('consilium', COALESCE(NULLIF(split_part(current_setting('application_name'), ' ', 2), ''), '-') || ' thread ' || encode(NEW.thread, 'hex'));
	RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER consilium_tell_thread_1 AFTER INSERT OR UPDATE ON thread FOR EACH ROW EXECUTE FUNCTION consilium_tell_thread();
CREATE INDEX IF NOT EXISTS thread_changed ON thread (changed)`

// tellChanges puts the trigger where it is not yet.
func (n *Node) tellChanges(ctx context.Context) error {
	if !n.store.Postgres() {
		return nil
	}
	return n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		var there int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM pg_trigger WHERE tgname = 'consilium_tell_thread_1' AND tgrelid = 'thread'::regclass`).Scan(&there)
		if err != nil || there > 0 {
			return err
		}
		for statement := range strings.SplitSeq(changesTold, ";\nCREATE") {
			if !strings.HasPrefix(statement, "CREATE") {
				statement = "CREATE" + statement
			}
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("having the database tell of changes: %w", err)
			}
		}
		return nil
	})
}

// notices are [desk.Notices] of all nodes of the hospital. Of threads the database tells the others; of partners, this.
type notices struct {
	*desk.Live
	network chan struct{}
	tries   chan string // attempts to sign in that were counted here
	glances chan string // where people look just now
}

func newNotices() notices {
	return notices{desk.NewLive(), make(chan struct{}, 1), make(chan string, mostTries), make(chan string, mostGlances)}
}

// Changed implements [desk.Notices].
func (s notices) Changed(threads ...ledger.ThreadID) {
	s.Live.Changed(threads...)
	if slices.Contains(threads, desk.TheNetwork) {
		select {
		case s.network <- struct{}{}:
		default: // it is about to be told
		}
	}
}

// mostTries bounds the attempts that wait to be told. Those beyond count here alone.
const mostTries = 1000

// tried has an attempt told to the other nodes.
func (s notices) tried(text string) {
	select {
	case s.tries <- text:
	default:
	}
}

// mostGlances bounds those that wait to be told; the others are lost.
const mostGlances = 16

// glance is where somebody looks as the nodes of a hospital tell each other.
type glance struct {
	From ledger.HospitalID `json:"from"`
	network.Glance
}

// tellGlance has it told to the other nodes, where a page may be open at the same images, and which may keep the links.
func (n *Node) tellGlance(from ledger.HospitalID, g network.Glance) {
	if !n.store.Postgres() {
		return
	}
	text, err := json.Marshal(glance{from, g})
	if err != nil {
		return
	}
	select {
	case n.notices.glances <- string(text):
	default:
	}
}

// glancedElsewhere passes on what another node tells: to the pages here, and to partners if it is of this hospital and the links are kept here.
func (n *Node) glancedElsewhere(ctx context.Context, text string) {
	var g glance
	if json.Unmarshal([]byte(text), &g) != nil {
		return
	}
	n.desk.HearLook(g.From, g.Glance)
	if g.From == n.desk.ID && n.network.Runs() {
		if err := n.network.Glance(ctx, g.Glance); err != nil && ctx.Err() == nil {
			n.o.Log.Debug("telling partners where somebody looks", slog.Any("err", err))
		}
	}
}

// sharedEvery is how often the node that keeps the links writes how they are, where nothing changed: bytes sent and received do.
const sharedEvery = 15 * time.Second

// tellNetwork tells the other nodes what changed of partners and links.
func (n *Node) tellNetwork(ctx context.Context) {
	tick := time.NewTicker(sharedEvery)
	defer tick.Stop()
	for {
		changed := false
		select {
		case <-ctx.Done():
			return
		case <-n.notices.network:
			changed = true
		case text := <-n.notices.tries:
			n.tell(ctx, toldTries+text)
			continue
		case text := <-n.notices.glances:
			n.tell(ctx, toldGlance+text)
			continue
		case <-tick.C:
		}
		if n.network.Runs() {
			if _, err := n.network.Share(ctx); err != nil && ctx.Err() == nil {
				n.o.Log.Debug("writing how the links are", slog.Any("err", err))
			}
		}
		if changed {
			n.tell(ctx, toldNetwork)
		}
	}
}

func (n *Node) tell(ctx context.Context, text string) {
	if err := n.store.Tell(ctx, text); err != nil && ctx.Err() == nil {
		n.o.Log.Warn("the other nodes were not told", slog.String("what", text), slog.Any("err", err))
	}
}

// hearing is what this node does with what others tell.
type hearing struct {
	n     *Node
	begun bool  // it has looked where the changes stand: pages are drawn after that
	last  int64 // place of the newest change that it knows of; both for one goroutine
}

func (n *Node) hear(ctx context.Context) {
	h := &hearing{n: n}
	n.store.Hear(ctx, store.Hearing{Heard: func(text string) { h.heard(ctx, text) }, Catch: h.catch})
}

func (h *hearing) heard(ctx context.Context, text string) {
	switch {
	case strings.HasPrefix(text, toldThread):
		var id ledger.ThreadID
		if raw, err := hex.DecodeString(text[len(toldThread):]); err == nil && copy(id[:], raw) == len(id) {
			h.n.changedElsewhere(id)
		}
	case text == toldNetwork:
		h.n.notices.Live.Changed(desk.TheNetwork)
		h.n.running.Go(func() { h.n.watch("partners", h.n.network.Review(ctx)) })
	case text == toldCall:
		if h.n.network.Runs() {
			h.n.network.CallNow()
			h.n.network.CompareNow()
		}
	case strings.HasPrefix(text, toldTries):
		h.n.desk.SignIn.Heard(h.n.o.Now(), text[len(toldTries):])
	case strings.HasPrefix(text, toldGlance):
		h.n.glancedElsewhere(ctx, text[len(toldGlance):])
	case strings.HasPrefix(text, toldFence):
		h.n.running.Go(func() { h.n.watch("fence", h.n.fencedElsewhere(ctx, text[len(toldFence):])) })
	}
}

// changedElsewhere is what follows from a thread that another node has changed: what is remembered of it goes, for words of it may have been destroyed; pages hear of it; and partners get it from
// whichever node keeps the links.
func (n *Node) changedElsewhere(threads ...ledger.ThreadID) {
	for _, id := range threads {
		n.book.Forget(id)
	}
	n.notices.Live.Changed(threads...)
	n.network.Wake()
}

// catch looks for threads that changed without this node having heard of it. After a line was opened anew the newest that is known counts as missed too: it may have changed again without a new entry.
func (h *hearing) catch(ctx context.Context, all bool) error {
	var threads []ledger.ThreadID
	newest := h.last
	err := h.n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		from := h.last + 1
		if all {
			from = h.last
		}
		if !h.begun {
			return tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(changed), 0) FROM thread`).Scan(&newest)
		}
		rows, err := tx.QueryContext(ctx, `SELECT thread, changed FROM thread WHERE changed >= $1`, from)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var raw []byte
			var changed int64
			if err := rows.Scan(&raw, &changed); err != nil {
				return err
			}
			threads = append(threads, ledger.ThreadID(raw))
			newest = max(newest, changed)
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("looking for what the other nodes changed: %w", err)
	}
	h.begun, h.last = true, newest
	if len(threads) > 0 {
		h.n.changedElsewhere(threads...)
	}
	if all {
		h.n.notices.Live.Changed(desk.TheNetwork)
		return h.n.network.Review(ctx)
	}
	return nil
}

// lead does what one node of the hospital at a time does.
func (n *Node) lead(ctx context.Context) {
	var work sync.WaitGroup
	partners, err := n.listenAgain(n.peer)
	if err != nil {
		n.watch("partners", err)
		return // another node may be able to
	}
	work.Go(func() { n.watch("partners", n.network.Serve(ctx, partners)) })
	work.Go(func() { n.watch("network", n.network.Run(ctx)) })
	work.Go(func() { n.eraseAlong(ctx) })
	n.runRooms(ctx, &work)
	work.Wait()
	n.notices.Changed(desk.TheNetwork)
}

// listenAgain gives the listener for partners that Start opened, once; later one at the same place. While this node does not lead, nobody listens there: so a balancer, and a partner that has several
// addresses of the hospital, find the node that does.
func (n *Node) listenAgain(address string) (net.Listener, error) {
	if l := n.partners; l != nil {
		n.partners = nil
		return l, nil
	}
	return listen("tcp", address, "partners")
}

// lostKey is called by the network when a partner has entries by a key of another node that the database does not have. The key is written down as one that must not be used, for a node that does not
// run now, and its node is told.
func (n *Node) lostKey(key ledger.Key) {
	n.running.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), drainsFor)
		defer cancel()
		name, known := hex.EncodeToString(key[:]), ""
		err := n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
			if known, err = store.Meta(ctx, tx.(*sql.Tx), metaFenced+name); err == nil && known == "" {
				err = store.SetMeta(ctx, tx.(*sql.Tx), metaFenced+name, "yes")
			}
			return err
		})
		if n.watch("fence", err); err == nil && known == "" {
			n.o.Log.Warn("a partner knows more of another node's signing key than the database does", slog.String("key", key.Short()))
			n.tell(ctx, toldFence+name)
		}
	})
}

// metaFenced marks keys that must not be used.
const metaFenced = "fenced/"

// fencedElsewhere makes a new signing key where another node found out that this one's must not be used.
func (n *Node) fencedElsewhere(ctx context.Context, name string) error {
	key := n.book.Signer().Key()
	if name != hex.EncodeToString(key[:]) {
		return nil
	}
	return n.fence(ctx, key, ledger.ThreadID{})
}

// renewFenced makes a new signing key where another node found out, while this one did not run, that its key must not be used.
func (n *Node) renewFenced(ctx context.Context) error {
	key, fenced := n.keys.Signer.Key(), ""
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		fenced, err = store.Meta(ctx, tx.(*sql.Tx), metaFenced+hex.EncodeToString(key[:]))
		return err
	})
	if err != nil || fenced == "" {
		return err
	}
	n.o.Log.Warn("another node found that this one's signing key must not be used: signing with a new key from now on")
	return n.keys.NewSigner(n.o.Now())
}

// errOneNode says why a hospital cannot have a second node.
var errOneNode = errors.New("a hospital has several nodes on PostgreSQL (--db) and with its files in a bucket (consilium blobs move): what lies in the folder of one node is not at the others")
