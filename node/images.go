package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/imaging/archive"
	"consilium/imaging/dicomweb"
	"consilium/imaging/dimse"
	"consilium/imaging/pacs"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/node/command"
	"consilium/store"
	"consilium/web/face"
	"consilium/web/page/images"
)

// DICOM says how scanners, viewers and the hospital's PACS reach the node's images.
type DICOM struct {
	Address   string         // where they connect; "": nowhere
	Title     string         // the AE title that they call
	Remotes   []dimse.Remote // who may call, and where they listen; none: this machine only
	Cert, Key string         // of TLS; with them only TLS is spoken
}

const (
	imagesFolder = "receiving" // what is being received and is not an image yet
	landedFolder = "landed"    // what was acknowledged and is not in the index yet
)

// webPrefix is where DICOMweb stands.
const webPrefix = "/dicomweb"

// imageRoom is images: the hospital's archive, its DICOM listener and DICOMweb, how images are filed in a case, and the viewer.
func imageRoom() Room {
	return Room{
		Name:       "images",
		Needs:      []string{"cases"},
		Migrations: []fs.FS{archive.Migrations},
		Jobs:       []Job{{desk.FilingJob, func(d *desk.Desk) jobs.Worker { return d.FileImages }}},
		Pages:      []face.Pages{images.Pages()},
		Lay:        []func(*Node) error{(*Node).layImages},
		Web:        []Web{{webPrefix, (*Node).dicomweb}},
		Run:        []func(context.Context, *desk.Desk) error{keepMarks},
		Listen:     []func(*Node) (func(context.Context) error, error){(*Node).listenDICOM},
		Commands:   []any{&command.Images{}},
	}
}

// layImages opens the archive over the node's own database and blobs.
func (n *Node) layImages() (err error) {
	blobs := n.store.Blobs()
	n.images, err = archive.Open(archive.Options{Tables: n.store, Full: store.ErrDiskFull, Scratch: filepath.Join(n.o.Dir, imagesFolder), Landing: n.imagesLand(), Now: n.o.Now, Log: n.o.Log,
		Blobs: archive.BlobsOf(blobs.Batch, blobs.Open, blobs.Has, n.removeImage)})
	if err != nil {
		return err
	}
	n.desk.Images = n.images
	if slices.ContainsFunc(n.o.DICOM.Remotes, func(r dimse.Remote) bool { return r.Title != "" && r.Address != "" }) {
		n.desk.PACS = pacs.Puller{Archive: n.images, Title: n.o.DICOM.Title, Remotes: n.o.DICOM.Remotes}
	}
	return nil
}

// imagesLand is where images wait for the index. Where several nodes share a database or blobs are elsewhere, nothing waits on one machine's disk.
func (n *Node) imagesLand() string {
	if _, here := n.store.Blobs().(*store.Folder); !here || n.store.Postgres() {
		return ""
	}
	return filepath.Join(n.o.Dir, landedFolder)
}

// removeImage destroys a file of the archive. One that a case attaches is the case's, too, and goes when the case's entry is erased.
func (n *Node) removeImage(hash store.Hash) error {
	attached := false
	err := n.db.View(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := ledger.AttachedTo(ctx, tx, ledger.Hash(hash))
		attached = len(list) > 0
		return err
	})
	if err != nil || attached {
		return err
	}
	return n.store.Blobs().Remove(hash)
}

// listenDICOM listens for scanners and the PACS, if an address was given.
func (n *Node) listenDICOM() (func(context.Context) error, error) {
	o := n.o.DICOM
	if o.Address == "" {
		return nil, nil
	}
	l, err := listen("tcp", o.Address, "DICOM")
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.Cert != "" {
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("reading the certificate for DICOM: %w", err), l.Close())
		}
		config.Certificates = []tls.Certificate{pair}
	}
	n.dicom = l.Addr().String()
	server := &dimse.Server{Title: o.Title, Remotes: o.Remotes, TLS: config, Archive: pacs.Provider{Archive: n.images, Title: o.Title}, Log: n.o.Log}
	return func(ctx context.Context) error {
		var listener net.Listener = l
		if len(config.Certificates) > 0 {
			listener = tls.NewListener(l, config)
		}
		return errors.Join(server.Serve(ctx, listener), n.images.Settle(context.WithoutCancel(ctx)))
	}, nil
}

// marksPatience is how long key images wait to be looked at again where nothing changed: their study may have come into the archive meanwhile.
const marksPatience = time.Hour

// keepMarks keeps key images in the archive as objects of DICOM, whoever said them, whenever a case changes.
func keepMarks(ctx context.Context, d *desk.Desk) error {
	wake, changed, stop := d.Live.Listen()
	defer stop()
	again := time.NewTicker(marksPatience)
	defer again.Stop()
	var among []ledger.ThreadID
	for {
		if err := d.KeepMarks(ctx, among...); err != nil && ctx.Err() == nil {
			d.Log.Error("keeping key images in the archive", slog.Any("err", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
			among = changed()
		case <-again.C:
			among = nil
		}
	}
}

// DICOMAddr is where DICOM peers connect, "" if nowhere.
func (n *Node) DICOMAddr() string { return n.dicom }

// dicomweb answers programs, and this hospital's own pages.
func (n *Node) dicomweb() http.Handler {
	return (&dicomweb.Server{Archive: n.images, Prefix: webPrefix, Public: n.o.Public, Allow: n.allowImages, Log: n.o.Log}).Handler()
}

// allowImages asks who it is and whether they may, and notes who saw what. Programs show a token. A browser's cookie is good only for looking, from this
// hospital's own pages: a page of another site cannot fetch or store with it.
func (n *Node) allowImages(w http.ResponseWriter, r *http.Request, do dicomweb.Action, study string) bool {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		r.Header.Del("Cookie")
	}
	caller, err := face.Caller(n.desk, r)
	scope := desk.ScopeRead
	if do == dicomweb.Store {
		scope = desk.ScopeWrite
	}
	if err == nil && !caller.Lets(scope) {
		err = desk.ErrScope
	}
	if err == nil {
		err = access.Need(caller.Who, access.UseArchive, access.Node)
	}
	if err == nil {
		err = n.images.Note(r.Context(), archive.Reading{Person: string(caller.Who.Person), Origin: caller.Who.Origin, Action: string(do), Study: study})
	}
	if err == nil {
		return true
	}
	n.refuseImages(w, err)
	return false
}

func (n *Node) refuseImages(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, access.ErrDenied), errors.Is(err, desk.ErrScope):
		http.Error(w, "you may not do this with the hospital's images", http.StatusForbidden)
	case errors.Is(err, desk.ErrSignIn):
		w.Header().Set("WWW-Authenticate", `Bearer realm="consilium"`)
		http.Error(w, "sign in, or show an API token", http.StatusUnauthorized)
	default:
		n.o.Log.Error("a request for images was not answered", slog.Any("err", err))
		http.Error(w, "the node cannot note who reads images now, so that nobody may: try again later", http.StatusServiceUnavailable)
	}
}
