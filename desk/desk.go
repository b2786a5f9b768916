// Package desk is what every way into the node shares and what is not HTTP: the rooms that are asked, who is asking, opening a case with who its patient is,
// sending, attaching and reading files, sealing, drafts of forms, imports, live notices, and how an error is told to people.
//
// It promises that a caller is given nothing that the door would not give: files and lists are narrowed by the same policy. Cookies, headers, status codes and
// pages are left to web.
package desk

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"consilium/access"
	"consilium/lab/rehearsal"
	"consilium/lab/tracking"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/pathway"
	"consilium/people"
	"consilium/registry"
	"consilium/study"
)

// Blobs keeps attached files, by the SHA-256 of their bytes as they are kept.
type Blobs interface {
	// Put stores what r gives, at most limit bytes; it is on disk when Put returns nil.
	Put(ctx context.Context, r io.Reader, limit int64) (ledger.Hash, int64, error)
	Open(ctx context.Context, hash ledger.Hash) (io.ReadSeekCloser, int64, error)
	Has(hash ledger.Hash) bool
}

// Keeper is what the node itself does for its administrator.
type Keeper interface {
	Verify(ctx context.Context, thread *ledger.ThreadID) (VerifyReport, error)
	// VerifyDeep is Verify of everything, and compares lists and searches with what the entries fold to.
	VerifyDeep(ctx context.Context) (VerifyReport, error)
	// Backup copies the data folder, and tells what is not in the copy and who keeps that.
	Backup(ctx context.Context, order BackupOrder) (without []lang.Text, err error)
	// Sweep removes files that somebody sent and nobody attached within a day, and what is over of sessions, tokens and links.
	Sweep(ctx context.Context) (SweepReport, error)
}

// SweepReport is what a sweep removed.
type SweepReport struct {
	Files   int  `json:"files"`
	Waiting bool `json:"waiting"` // a job is at work that may need files which nobody attached yet: they are left until it has ended
}

// BackupOrder says where a backup goes, and to whom it is closed: a recipient of age (age1…), or who knows a passphrase.
type BackupOrder struct {
	To         string
	Recipient  string
	Passphrase string
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

	NotProved []string `json:"not_proved"` // what nobody can tell from here
}

// Desk holds the rooms of one hospital's node. Everything in it is safe for many goroutines.
type Desk struct {
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
	Registry *registry.Registry                     // nil: the node has no registry
	Freezes  *registry.Freezes                      // rows as they stood; nil: the node has no registry
	Studies  *study.Registry                        // rows for studies; nil: the node takes part in none
	RunKeys  study.Keys                             // of this hospital's runs
	Lab      *rehearsal.Lab                         // nil: nothing is rehearsed here
	Trackers *tracking.Hub                          // that the administrator named; nil: nobody listens to any
	AllPacks func() []*pathway.Pack
	Network  *network.Network
	Blobs    Files
	Room     func() error // whether the disk has room for files that people send; nil: always
	Quota    int64        // bytes of files that one person may have sent and not attached; 0: [MostWaiting]
	Sealer   *Sealer
	Keeper   Keeper
	Vitals   func() Vitals // what the administrator is warned of; nil: nobody tells
	// SignInFailures counts wrong attempts to sign in since the start.
	SignInFailures atomic.Int64
	// ImageSecret is what UIDs and dates of de-identified images are made with, case by case. Without it no DICOM file is attached.
	ImageSecret []byte
	Images      Images // the hospital's own archive; nil: the node has none
	PACS        PACS   // nil: none is configured
	Queue       Queue
	Live        Notices
	Looking     Looking // where people look in the images of cases just now
	// TellNodes tells the hospital's other nodes where somebody looks; nil: there are none. It must not block.
	TellNodes func(from ledger.HospitalID, g network.Glance)
	Secrets   Secrets
	Now       func() time.Time
	Log       *slog.Logger
	Secure    bool   // pages are served over HTTPS, and cookies say so
	URL       string // where people open the pages; "" before they are served

	filing   chan struct{} // whoever stands in it files images: they hold one in memory, and it may be large
	filings  sync.Once
	leaving  chan struct{}
	leave    sync.Once
	leavable sync.Once
	lengths  lengths
}

// Leaving is closed when the node stops: what listens for long ends then.
func (d *Desk) Leaving() <-chan struct{} {
	d.leavable.Do(func() { d.leaving = make(chan struct{}) })
	return d.leaving
}

// Leave lets go of what listens for long.
func (d *Desk) Leave() {
	d.Leaving()
	d.leave.Do(func() { close(d.leaving) })
}

// LinkURL is the address of a link with which somebody chooses their password.
func (d *Desk) LinkURL(secret string) string { return d.URL + "/sign-in/link/" + secret }

// View reads in one snapshot.
func (d *Desk) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.DB.View(ctx, fn)
}

// HospitalName is what people call a hospital: this one, a partner, or the start of an ID that nobody here has entered.
func (d *Desk) HospitalName(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) string {
	if id == d.ID {
		return d.Name
	}
	if p, err := network.PartnerOf(ctx, tx, id); err == nil && p.Name != "" {
		return p.Name
	}
	if id.IsZero() {
		return "—"
	}
	return id.String()[:9] + "…"
}
