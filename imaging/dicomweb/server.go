// Package dicomweb serves an archive over HTTP as PS3.18 (DICOMweb) says: STOW-RS takes instances, QIDO-RS searches, WADO-RS gives
// studies, series, instances, frames, metadata and bulk data, and pictures of them that any browser shows.
//
// It promises what the archive promises, and streams: no answer is held whole. Who may do what is asked of the caller before anything
// is read; nothing here knows people or cases.
package dicomweb

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"consilium/imaging/archive"
)

// Action is what a request wants to do.
type Action string

// The actions that [Server.Allow] is asked about.
const (
	Search   Action = "search"
	Retrieve Action = "retrieve"
	Store    Action = "store"
)

// Server answers the requests below its prefix.
type Server struct {
	Archive *archive.Archive
	// Prefix is the path that the services stand under, such as "/dicomweb".
	Prefix string
	// Public is the address of the server in front of Prefix, for the addresses in answers; "" takes what the request named.
	Public string
	// Allow says whether a request may do this with a study ("" is all of them). If not, it has answered. It must be given.
	Allow func(w http.ResponseWriter, r *http.Request, do Action, study string) bool
	Log   *slog.Logger // nil is silence
}

// Handler is the services' routes.
func (s *Server) Handler() http.Handler {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	const study, series, instance = "/studies/{study}", "/series/{series}", "/instances/{instance}"
	for _, r := range []struct {
		method, path string
		do           Action
		handle       func(http.ResponseWriter, *http.Request) error
	}{
		{"POST", "/studies", Store, s.stow},
		{"POST", study, Store, s.stow},
		{"GET", "/studies", Search, s.search(archive.Studies)},
		{"GET", "/series", Search, s.search(archive.Series)},
		{"GET", "/instances", Search, s.search(archive.Instances)},
		{"GET", study + "/series", Search, s.search(archive.Series)},
		{"GET", study + "/instances", Search, s.search(archive.Instances)},
		{"GET", study + series + "/instances", Search, s.search(archive.Instances)},
		{"GET", study, Retrieve, s.instances},
		{"GET", study + series, Retrieve, s.instances},
		{"GET", study + series + instance, Retrieve, s.instances},
		{"GET", study + "/metadata", Retrieve, s.metadata},
		{"GET", study + series + "/metadata", Retrieve, s.metadata},
		{"GET", study + series + instance + "/metadata", Retrieve, s.metadata},
		{"GET", study + series + instance + "/frames/{frames}", Retrieve, s.frames},
		{"GET", study + series + instance + "/bulkdata/{path...}", Retrieve, s.bulk},
		{"GET", study + "/rendered", Retrieve, s.rendered},
		{"GET", study + series + "/rendered", Retrieve, s.rendered},
		{"GET", study + series + instance + "/rendered", Retrieve, s.rendered},
		{"GET", study + series + instance + "/frames/{frames}/rendered", Retrieve, s.rendered},
		{"GET", study + "/thumbnail", Retrieve, s.thumbnail},
		{"GET", study + series + "/thumbnail", Retrieve, s.thumbnail},
		{"GET", study + series + instance + "/thumbnail", Retrieve, s.thumbnail},
		{"GET", study + series + instance + "/frames/{frames}/thumbnail", Retrieve, s.thumbnail},
	} {
		mux.HandleFunc(r.method+" "+s.Prefix+r.path, func(w http.ResponseWriter, req *http.Request) {
			if s.Allow(w, req, r.do, req.PathValue("study")) {
				s.answer(w, req, r.handle)
			}
		})
	}
	return mux
}

// problem is an error that the client is told, with its status.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

// answer does what a request asks for and tells what went wrong, as long as nothing has been sent.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter, *http.Request) error) {
	sent := &started{ResponseWriter: w}
	err := handle(sent, r)
	if err == nil || r.Context().Err() != nil {
		return
	}
	if sent.yes {
		s.Log.Warn("an answer was cut short", "path", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler) // so that the client does not take half an answer for a whole one
	}
	p := problemOf(err)
	if p.status >= 500 {
		s.Log.Warn("a request was not answered", "path", r.URL.Path, "error", err)
	}
	http.Error(w, p.text, p.status)
}

func problemOf(err error) *problem {
	var p *problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, archive.ErrNotFound):
		return &problem{http.StatusNotFound, "no such images are kept here"}
	case errors.Is(err, archive.ErrKey):
		return &problem{http.StatusBadRequest, "a value does not fit its attribute: " + err.Error()}
	case errors.Is(err, archive.ErrTransfer):
		return &problem{http.StatusNotAcceptable, "the images cannot be given in a transfer syntax that was asked for: " + err.Error()}
	case errors.Is(err, archive.ErrFull):
		return &problem{http.StatusServiceUnavailable, "the disk is full: nothing of this request was kept"}
	}
	return &problem{http.StatusInternalServerError, "the request could not be answered; the server's log says why"}
}

// started notes whether an answer has begun.
type started struct {
	http.ResponseWriter
	yes bool
}

func (s *started) WriteHeader(status int) {
	s.yes = true
	s.ResponseWriter.WriteHeader(status)
}

func (s *started) Write(b []byte) (int, error) {
	s.yes = true
	return s.ResponseWriter.Write(b)
}

// ReadFrom lets files go from the disk to the network without passing through here.
func (s *started) ReadFrom(r io.Reader) (int64, error) {
	s.yes = true
	return io.Copy(s.ResponseWriter, r)
}

// Unwrap lets http.ResponseController find the connection.
func (s *started) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// base is the address of the services as the client sees it.
func (s *Server) base(r *http.Request) string {
	if s.Public != "" {
		return strings.TrimSuffix(s.Public, "/") + s.Prefix
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + s.Prefix
}

func addressOf(base string, e archive.Entry) string {
	return base + "/studies/" + e.Study + "/series/" + e.Series + "/instances/" + e.UID
}

// list finds what a path names.
func (s *Server) list(r *http.Request) ([]archive.Entry, error) {
	which := archive.Which{}
	for _, p := range []struct {
		name string
		into *[]string
	}{{"study", &which.Studies}, {"series", &which.Series}, {"instance", &which.UIDs}} {
		if uid := r.PathValue(p.name); uid != "" {
			*p.into = []string{uid}
		}
	}
	var all []archive.Entry
	err := s.Archive.List(r.Context(), which, func(e archive.Entry) error {
		all = append(all, e)
		return nil
	})
	if err == nil && len(all) == 0 {
		err = archive.ErrNotFound
	}
	return all, err
}
