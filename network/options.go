package network

import (
	"context"
	"crypto/ed25519"
	"embed"
	"io"
	"log/slog"
	"net"
	"time"

	"consilium/ledger"
)

// Migrations make the network's tables.
//
//go:embed migration/*.sql
var Migrations embed.FS

// Identity is who this hospital is to its partners.
type Identity struct {
	Link      ed25519.PrivateKey // of TLS, never of entries
	Statement ledger.Statement   // of the link key
	Seal      *ledger.Statement  // of the seal key, which partners need to seal a file for us
	Name      string
	Place     string
}

// Hospital is the hospital's ID.
func (i Identity) Hospital() ledger.HospitalID { return i.Statement.Hospital() }

// Gate decides what may leave. It is asked in the transaction that reads what would leave, so a withdrawal that is stored is obeyed.
type Gate interface {
	// MayLeave tells whether a thread's entries may go to a hospital that takes part in it; if not, why, for the administrator.
	MayLeave(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, to ledger.HospitalID) (bool, string)
	// Until gives, where a thread may not go as a whole any more, the entry that ended it: that one and what it follows still go, so that
	// the hospital hears of it. A zero hash: nothing goes.
	Until(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, to ledger.HospitalID) (ledger.Hash, error)
	// BlobMayLeave tells whether a file may go to a hospital that takes part in the thread which attaches it.
	BlobMayLeave(ctx context.Context, tx ledger.Tx, a ledger.Attachment, to ledger.HospitalID) (bool, string)
}

// Blobs keeps files by the SHA-256 of their bytes. All methods may be used by many goroutines.
type Blobs interface {
	Has(hash ledger.Hash) bool
	// Open gives a file and its size. An error means that it cannot be had here now. Reading it ends with the context.
	Open(ctx context.Context, hash ledger.Hash) (io.ReadSeekCloser, int64, error)
	// Resume goes on receiving a file of at most limit bytes from the offset that it returns. Another receiver of the same file gets an error.
	Resume(hash ledger.Hash, limit int64) (BlobPart, int64, error)
}

// BlobPart is a file that arrives in pieces.
type BlobPart interface {
	io.Writer
	// Finish makes it a file if its bytes are those that the hash names; else it forgets them and returns an error.
	Finish() error
	// Close keeps what has come for the next Resume. After Finish it does nothing.
	Close() error
}

// Options say what a network is made of.
type Options struct {
	Self  Identity
	Book  *ledger.Book
	DB    ledger.DB
	Blobs Blobs
	Gate  Gate

	// Fence is called when a partner has entries by the key that this node signs with, and this node does not: it was rolled back. Fence
	// must give the book a new key before it returns nil; meanwhile nothing leaves. It must not call the network.
	Fence func(ctx context.Context, key ledger.Key, thread ledger.ThreadID) error
	// Lost is called when a partner has entries by another key of this hospital, which the database does not have: it was rolled back under another of the hospital's nodes, or that one's folder is
	// an old one. Nil: this is the hospital's only node. It must not block.
	Lost func(key ledger.Key)
	// Elsewhere is called when partners are to be called now and another node keeps the links. Nil: nobody is told. It must not block.
	Elsewhere func()
	// Received hears which threads have grown by what partners sent, after it is stored; nil is nobody. It must not block.
	Received func(threads []ledger.ThreadID)
	// Glanced hears where people of a partner look, if it may have what they look at; nil is nobody. It must not block.
	Glanced func(from ledger.HospitalID, g Glance)
	// Changed hears that the state of a partner is another one; nil is nobody. It must not block.
	Changed func(ledger.HospitalID)

	Now   func() time.Time                                            // nil: the machine's clock
	After func(time.Duration) <-chan time.Time                        // of back-off, intervals; nil: the machine's
	Dial  func(ctx context.Context, address string) (net.Conn, error) // nil: TCP
	Log   *slog.Logger                                                // nil: silence

	BytesPerSecond int           // of each link and direction; 0: no limit
	CompareEvery   time.Duration // how often everything is compared with a partner; 0: every hour
	Idle           time.Duration // how long a link may be silent or stuck; 0: 90 s
	Handshake      time.Duration // how long a caller has to say who it is; 0: 20 s
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = time.After
	}
	if o.Dial == nil {
		o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", address)
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Received == nil {
		o.Received = func([]ledger.ThreadID) {}
	}
	if o.Elsewhere == nil {
		o.Elsewhere = func() {}
	}
	if o.Glanced == nil {
		o.Glanced = func(ledger.HospitalID, Glance) {}
	}
	if o.Changed == nil {
		o.Changed = func(ledger.HospitalID) {}
	}
	for _, d := range []struct {
		to    *time.Duration
		value time.Duration
	}{{&o.CompareEvery, time.Hour}, {&o.Idle, 90 * time.Second}, {&o.Handshake, 20 * time.Second}} {
		if *d.to == 0 {
			*d.to = d.value
		}
	}
}
