package node

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/imaging/archive"
	"consilium/lab/segment"
	"consilium/lab/tracking"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/record"
	"consilium/store"
	"consilium/web/api"
	"consilium/web/face"
)

// AsHeader names, on the node's own socket, the username in whose name a command speaks.
const AsHeader = face.AsHeader

// Options say which hospital to run and how. Only Dir is needed to open one; the addresses are for [Node.Start].
type Options struct {
	Dir            string
	DB             string             // instead of what hospital.toml says
	Blobs          string             // likewise: where files are
	HTTP           string             // where people open pages
	Peer           string             // where partners connect
	Health         string             // where /healthz, /readyz and /metrics answer; "": nowhere
	Cert, Key      string             // of HTTPS; none: the node makes its own
	Public         string             // the address under which people open the pages
	Plain          bool               // plain HTTP though the address is not loopback
	TrustedProxies []netip.Prefix     // who may say from where a request comes
	DICOM          DICOM              // where scanners and the hospital's PACS connect
	Trackers       []tracking.Tracker // that the lab's page may listen to
	Models         []segment.Model    // that propose segmentations in the lab
	Bandwidth      int                // bytes a second to partners; 0: no limit
	Compare        time.Duration
	Lease          time.Duration // how long another node waits before it takes the place of one that is lost; 0: six seconds
	Version        string
	Log            *slog.Logger     // nil: silence
	Now            func() time.Time // nil: the machine's clock
	Reserve        uint64           // bytes of the disk below which files are refused; 0: 5 %, at least 1 GiB
	SignIn         []people.Option  // for tests, whose passwords need not be slow
	Rooms          []Room           // nil: all ([Rooms])
}

// Node is one hospital's running system.
type Node struct {
	o        Options
	hospital Hospital
	keys     *Keyring
	store    *store.Store
	db       database
	book     *ledger.Book
	packs    shelf
	notices  notices

	sealedKeys    desk.SealedKeys
	freezes, runs store.Closet
	partners      net.Listener // opened by Start and not yet served

	threads []*record.Talk // the kinds that the rooms declare
	network *network.Network
	desk    *desk.Desk
	pages   *face.Site
	images  *archive.Archive // nil without their room
	api     *api.API

	late *late
	// certificateEnds is that of the pages; zero: they are served without one.
	certificateEnds time.Time
	measures        *measures
	noted           heads      // the ends of the logs that were signed last; for one goroutine
	keyMu           sync.Mutex // while a new signing key is made
	listing         sync.Mutex // while the list of erasures is added to
	servers         []*http.Server
	closers         []io.Closer
	stop            context.CancelFunc
	running         sync.WaitGroup
	url             string
	peer            string
	dicom           string
}

// Open opens a data folder that [Init] made. Nothing listens before [Node.Start].
func Open(ctx context.Context, o Options) (*Node, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rooms == nil {
		o.Rooms = Rooms()
	}
	if err := check(o.Rooms); err != nil {
		return nil, err
	}
	h, err := ReadHospital(o.Dir)
	if err != nil {
		return nil, err
	}
	if o.DB != "" {
		h.DB = o.DB
	}
	if o.Blobs != "" {
		h.Blobs = o.Blobs
	}
	n := &Node{o: o, hospital: h}
	if n.keys, err = openKeyring(o.Dir); err != nil {
		return nil, err
	}
	if n.keys.Issuer.Hospital() != h.ID {
		return nil, fmt.Errorf("the keys in %s are those of another hospital (%s) than hospital.toml names (%s)", o.Dir, n.keys.Issuer.Hospital(), h.ID)
	}
	if err := throwBallast(o.Dir); err != nil {
		return nil, err
	}
	if n.store, err = store.Open(ctx, store.Options{Dir: o.Dir, URL: h.DB, BlobsAt: h.Blobs, Migrations: migrations(o.Rooms), Kinds: jobKinds(o.Rooms), Lease: o.Lease, Log: o.Log, Now: o.Now}); err != nil {
		return nil, err
	}
	key, err := n.changesKey()
	if err != nil {
		return nil, errors.Join(err, n.store.Close())
	}
	n.db = database{n.store, key}
	if err := n.furnish(ctx); err != nil {
		return nil, errors.Join(err, n.closeLate(), n.store.Close())
	}
	return n, takeBallast(o.Dir)
}

// furnish wires the rooms together.
func (n *Node) furnish(ctx context.Context) error {
	if err := n.renewAfterRestore(ctx); err != nil {
		return err
	}
	if err := errors.Join(n.renewFenced(ctx), n.openClosets(), n.tellChanges(ctx), n.db.Update(ctx, people.TakeStock)); err != nil {
		return err
	}
	n.notices = newNotices()
	var err error
	if n.late, err = openLate(n.o.Dir); err != nil {
		return err
	}
	if n.packs, err = openShelf(n.o.Dir, n.o.Log); err != nil {
		return err
	}
	projections := all(n.o.Rooms, func(r Room) []ledger.Projection {
		if r.Folds == nil {
			return r.Projections
		}
		return append(slices.Clip(r.Projections), r.Folds(n)...)
	})
	n.threads = threads(n.o.Rooms, n.packs.find)
	n.book = ledger.NewBook(kinds(n.threads), n.keys.Signer, n.store.DDL, projections...)
	if err := n.store.Alone(ctx, "projections", n.catchUpProjections); err != nil {
		return err
	}
	n.measures = newMeasures(n)
	if n.network, err = network.New(n.networkOptions()); err != nil {
		return err
	}
	if n.desk, err = n.newDesk(); err != nil {
		return err
	}
	for _, lay := range all(n.o.Rooms, func(r Room) []func(*Node) error { return r.Lay }) {
		if err := lay(n); err != nil {
			return err
		}
	}
	if err := n.applyErasures(ctx); err != nil {
		return err
	}
	if err := n.noteAdopted(ctx); err != nil {
		return err
	}
	n.watch("readings that wait for the access log", n.late.replay(ctx, n.db))
	n.api = api.New(n.desk, all(n.o.Rooms, func(r Room) []func(*api.API) { return r.Operations })...)
	n.pages, err = face.New(ctx, n.desk, all(n.o.Rooms, func(r Room) []face.Pages { return r.Pages })...)
	return err
}

// renewAfterRestore makes a new signing key where the database is older, or another copy, than the folder: so this node never forks itself.
func (n *Node) renewAfterRestore(ctx context.Context) error {
	rolledBack := ""
	err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		rolledBack, err = store.Meta(ctx, tx.(*sql.Tx), store.MetaRolledBack)
		return err
	})
	if err != nil || rolledBack == "" {
		return err
	}
	n.o.Log.Warn("the data folder was restored, rolled back or copied: signing with a new key from now on")
	if err := n.keys.NewSigner(n.o.Now()); err != nil {
		return err
	}
	return n.db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := n.shutOutAfterRestore(ctx, tx); err != nil {
			return err
		}
		return store.SetMeta(ctx, tx.(*sql.Tx), store.MetaRolledBack, "")
	})
}

// fence is called when a partner has entries by our key that we do not have: this machine was rolled back. The key is never used again.
func (n *Node) fence(ctx context.Context, key ledger.Key, thread ledger.ThreadID) error {
	n.keyMu.Lock()
	defer n.keyMu.Unlock()
	if n.book.Signer().Key() != key {
		return nil // renewed already
	}
	n.o.Log.Warn("a partner knows more of our signing key than we do: signing with a new key from now on", slog.String("key", key.Short()), slog.String("thread", thread.String()))
	if err := n.keys.NewSigner(n.o.Now()); err != nil {
		return err
	}
	n.book.SetSigner(n.keys.Signer)
	return nil
}

func (n *Node) networkOptions() network.Options {
	seal := n.keys.SealStatement
	o := network.Options{
		Self: network.Identity{Link: n.keys.Link, Statement: n.keys.LinkStatement, Seal: &seal, Name: n.hospital.Name, Place: n.hospital.place()},
		Book: n.book, DB: n.db, Blobs: blobs{n.store.Blobs(), n.roomForFiles}, Gate: gate{n.book, governance(n.threads)}, Fence: n.fence,
		Received: func(threads []ledger.ThreadID) {
			n.measures.received.Add(float64(len(threads)))
			n.desk.Live.Changed(threads...)
		},
		Changed: func(ledger.HospitalID) { n.desk.Live.Changed(desk.TheNetwork) },
		Glanced: func(from ledger.HospitalID, g network.Glance) {
			n.desk.HearLook(from, g)
			n.tellGlance(from, g)
		},
		Now: n.o.Now, Log: n.o.Log, BytesPerSecond: n.o.Bandwidth, CompareEvery: n.o.Compare,
	}
	if n.store.Postgres() {
		o.Lost = n.lostKey
		o.Elsewhere = func() { n.tell(context.Background(), toldCall) }
	}
	return o
}

// imageSecretFile holds the secret that UIDs and dates of de-identified images are made with. Who has it and an image that went out can test a guess of whose it is.
const imageSecretFile = "images"

func (n *Node) newDesk() (*desk.Desk, error) {
	options := slices.Clip(n.o.SignIn)
	if n.store.Postgres() {
		shared, err := keptSecret(filepath.Join(n.keys.dir, closetKey)) // of all nodes, and not in the database that tells
		if err != nil {
			return nil, err
		}
		secret, err := hkdf.Key(sha256.New, shared, nil, "consilium attempts to sign in", 32)
		if err != nil {
			return nil, err
		}
		options = append(options, people.WithOthers(secret, n.notices.tried))
	}
	signIn, err := people.NewSignIn(options...)
	if err != nil {
		return nil, err
	}
	images, err := keptSecret(filepath.Join(n.o.Dir, "keys", imageSecretFile))
	if err != nil {
		return nil, err
	}
	d := &desk.Desk{ID: n.hospital.ID, Name: n.hospital.Name, Demo: n.hospital.Demo, Version: n.o.Version, DB: n.db, Book: n.book, SignIn: signIn,
		Sessions: people.DefaultSessionLimits, Packs: n.packs.find, AllPacks: n.packs.all, Network: n.network, Blobs: desk.Files{Kept: blobs{Blobs: n.store.Blobs()}}, Room: n.roomForFiles, Keeper: n, Vitals: n.vitals, Queue: n.store, Live: n.notices, TellNodes: n.tellGlance, Secrets: desk.KeptSecrets{DB: n.db},
		Sealer: n.newSealer(), ImageSecret: images, Now: n.o.Now, Log: n.o.Log}
	if n.hospital.Lat != nil {
		d.Place = &[2]float64{*n.hospital.Lat, *n.hospital.Lon}
	}
	d.Door = &access.Door{DB: n.db, Book: n.book, Now: n.o.Now, Changed: n.changed, Rules: n.rules(d), Threads: governance(n.threads), Relations: n.relations(), Files: d.PrepareFiles, PackFile: d.PackFile, Late: n.late}
	return d, nil
}

// changed is called after a commit that added entries: open pages and partners hear of it at once.
func (n *Node) changed(thread ledger.ThreadID) {
	n.measures.appended.Inc()
	n.desk.Live.Changed(thread)
	n.network.Wake()
}

// Operations lists everything that the API of the node does, for tests that try each as everybody.
func (n *Node) Operations() []api.Operation { return n.api.Operations() }

// Hospital is which hospital this is.
func (n *Node) Hospital() Hospital { return n.hospital }

// Desk is what pages and API share; tests and the demo ask it what people cannot.
func (n *Node) Desk() *desk.Desk { return n.desk }

// gate lets out what consent lets out.
type gate struct {
	book    *ledger.Book
	threads access.Threads
}

func (g gate) MayLeave(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, to ledger.HospitalID) (bool, string) {
	l, err := g.book.Log(ctx, tx, thread)
	if err != nil {
		return false, err.Error()
	}
	ok, why := g.threads.Gate(l).Thread(to)
	return ok, why.En
}

func (g gate) Until(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, to ledger.HospitalID) (ledger.Hash, error) {
	l, err := g.book.Log(ctx, tx, thread)
	if err != nil {
		return ledger.Hash{}, err
	}
	end, _ := g.threads.Gate(l).Until(to)
	return end, nil
}

func (g gate) BlobMayLeave(ctx context.Context, tx ledger.Tx, a ledger.Attachment, to ledger.HospitalID) (bool, string) {
	f, err := g.threads.File(ctx, tx, g.book, a.Hash)
	if err != nil {
		return false, err.Error()
	}
	ok, why := f.MayLeave(to)
	return ok, why.En
}
