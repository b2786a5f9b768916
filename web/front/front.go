// Package front is what pages and the JSON API share: the rooms that they ask, who is asking, and how an error is told.
package front

import (
	"context"
	"io"
	"log/slog"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/pathway"
	"consilium/people"
)

// Blobs keeps attached files.
type Blobs interface {
	// Put stores what r gives, at most limit bytes; it is on disk when Put returns nil.
	Put(ctx context.Context, r io.Reader, limit int64) (ledger.Hash, int64, error)
	Open(hash ledger.Hash) (io.ReadSeekCloser, int64, error)
	Has(hash ledger.Hash) bool
}

// Keeper is what the node itself does for its administrator.
type Keeper interface {
	Verify(ctx context.Context, thread *ledger.ThreadID) (VerifyReport, error)
	Backup(ctx context.Context, to string) error
}

// VerifyReport is what a verification found.
type VerifyReport struct {
	Threads int      `json:"threads"`
	Entries int      `json:"entries"`
	Erased  int      `json:"erased"`
	Forks   int      `json:"forks"`
	Late    int      `json:"late"`
	Files   int      `json:"files"`
	Breaks  []string `json:"breaks"` // the first thing wrong with each thread or file that does not hold
}

// Front holds the rooms of one hospital's node. Everything in it is safe for many goroutines.
type Front struct {
	ID       ledger.HospitalID
	Name     string
	Place    *[2]float64 // degrees north and east
	Demo     bool        // everything here is invented
	Version  string
	DB       ledger.DB
	Book     *ledger.Book
	Door     *access.Door
	SignIn   *people.SignIn
	Passkeys *people.Passkeys // nil: the node is opened under an address that browsers know no passkeys for
	Sessions people.SessionLimits
	Packs    func(id, version string) *pathway.Pack // version "": the newest
	AllPacks func() []*pathway.Pack
	Network  *network.Network
	Blobs    Blobs
	Sealer   *Sealer
	Keeper   Keeper
	Queue    Queue
	Live     *Live
	Now      func() time.Time
	Log      *slog.Logger
	Secure   bool // pages are served over HTTPS, and cookies say so
}

// Language is the language for a request without a person: a cookie, then what the browser asks for.
func Language(cookie, accept string) lang.Language { return lang.Match(accept, cookie) }

// View reads in one snapshot.
func (f *Front) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return f.DB.View(ctx, fn)
}

// HospitalName is what people call a hospital: this one, a partner, or the start of an ID that nobody here has entered.
func (f *Front) HospitalName(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) string {
	if id == f.ID {
		return f.Name
	}
	if p, err := network.PartnerOf(ctx, tx, id); err == nil && p.Name != "" {
		return p.Name
	}
	if id.IsZero() {
		return "—"
	}
	return id.String()[:9] + "…"
}
