// Package command holds what a person does with the rooms of a node at a terminal. Package node lists the commands with the rooms that they belong to, so that a
// capability that is taken out takes its commands with it; cmd/consilium shows those that are listed, beside the few that make, run and mend a data folder.
//
// A command of a hospital speaks the JSON API ([decision 8]): the node decides what it may do. What needs no hospital, such as statistics, works on files.
//
// [decision 8]: ../../docs/decisions/0008-commands-speak-the-api.md
package command

import (
	"context"
	"io"
	"net/http"

	"consilium/ledger"
	"consilium/pathway"
)

// Program is what a command is given of the program that it is in. Package node cannot be asked here, because it lists these commands.
type Program struct {
	Version string
	Socket  func(dir string) string                                                                  // where the running node of a data folder listens for commands
	Open    func(ctx context.Context, dir string) (http.Handler, io.Closer, error)                   // the node of a data folder of which none runs, and what answers for it
	Adopt   func(dir, file string) (*pathway.Pack, error)                                            // puts a pack in force
	Ledger  func(ctx context.Context, dir string) (ledger.DB, func(string) string, io.Closer, error) // a bare ledger in a new folder
}

// Said is the end of a command that has told by itself what is wrong, as its result.
type Said struct{ Status int }

func (Said) Error() string { return "said already" }

// ErrSaid ends a command with the usual status.
var ErrSaid = Said{1}

// Cases are the commands of cases.
type Cases struct {
	Case   caseCmd   `cmd:"" help:"Cases: open, append, show, list."`
	Bundle bundleCmd `cmd:"" help:"A case in a file that anybody can verify: export, verify."`
}

// History are the commands with which a hospital takes its history over.
type History struct {
	Import importCmd `cmd:"" help:"Take the hospital's history over: a table and a mapping."`
	Job    jobCmd    `cmd:"" help:"Long work: show, cancel."`
}

// Network are the commands of partner hospitals.
type Network struct {
	Peer peerCmd `cmd:"" help:"Partner hospitals: add, invite, accept, list, block, unblock, limit."`
}

// People are the commands of who works at the hospital.
type People struct {
	User  userCmd  `cmd:"" help:"People of this hospital: add, list, disable, enable, reset-password, sessions, service."`
	Token tokenCmd `cmd:"" help:"API tokens: create, list, revoke."`
}

// Packs are the commands of pathway packs.
type Packs struct {
	Pathway pathwayCmd `cmd:"" help:"Pathway packs: check, list."`
}

// Images are the commands of DICOM.
type Images struct {
	Dicom dicomCmd `cmd:"" help:"DICOM images: an archive in a folder, and the network of scanners and PACS."`
}

// Registry are the commands of the registry.
type Registry struct {
	Registry registryCmd `cmd:"" help:"The registry: how complete it is, exports for statistics."`
}

// Statistics are the commands of statistics, which need no hospital.
type Statistics struct {
	Stats statsCmd `cmd:"" help:"Statistics: run an analysis, check all against reference results."`
}

// Lab are the commands of the surgery lab, which need no hospital.
type Lab struct {
	Lab labCmd `cmd:"" help:"The surgery lab: strength, registration, navigation link; check all against reference results."`
}

// Studies are the commands for protocols of studies.
type Studies struct {
	Study studyCmd `cmd:"" help:"Studies: check a protocol, rehearse it on a file of rows."`
}

// Upkeep are the commands of who keeps the node.
type Upkeep struct {
	Verify verifyCmd `cmd:"" help:"Prove every thread of the node, or one, from its bytes."`
	Backup backupCmd `cmd:"" help:"Copy the data folder while the node runs."`

	Sweep    sweepCmd    `cmd:"" help:"Remove files that nobody attached within a day, and what is over of sessions, tokens and links."`
	Hold     holdCmd     `cmd:"" help:"Legal holds: add, list, release."`
	Security securityCmd `cmd:"" help:"The security log: print."`
}
