package face

import (
	"context"
	"net/http"
	"strings"

	"consilium/desk"
	"consilium/lang"
	"consilium/web/ui"
)

// Site serves the pages of one node: those that the rooms bring, in one frame.
type Site struct {
	*desk.Desk
	assets *ui.Assets
	mux    *http.ServeMux
	secret []byte // of the tokens of forms
	routes []Route
	rooms  []Pages
}

// Route is one address of a page.
type Route struct {
	Pattern string
	Public  bool // anybody may come there without signing in
	Live    bool // an open page asks for it by itself
}

// New makes the pages of a node out of those of its rooms.
func New(ctx context.Context, d *desk.Desk, rooms ...Pages) (*Site, error) {
	assets, err := ui.Embedded()
	if err != nil {
		return nil, err
	}
	secret, err := d.Secrets.Secret(ctx, "forms")
	if err != nil {
		return nil, err
	}
	s := &Site{Desk: d, assets: assets, mux: http.NewServeMux(), secret: secret, rooms: rooms}
	s.mux.Handle(ui.AssetPath, assets)
	s.Handle("GET /live", (*Request).live)
	s.Handle("POST /drafts/{form}", keepDraft)
	s.Handle("GET /drafts/{form}/{line}", draftState)
	s.Handle("POST /drafts/{form}/discard", discardDraft)
	s.Public("/", func(*Request) error { return desk.ErrNotHere })
	for _, r := range rooms {
		r.Routes(s)
	}
	return s, nil
}

// Routes lists every address of the pages, for the test that walks them as every role.
func (s *Site) Routes() []Route { return s.routes }

// ServeHTTP answers a browser, with headers that let no other site frame, script or read a page.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if r.URL.Path != "/" && !strings.HasPrefix(r.URL.Path, ui.AssetPath) {
		h.Set("Cache-Control", "no-store")
	}
	s.mux.ServeHTTP(w, r)
}

// Handler answers a request. Its error becomes a page or a notice: see fail.
type Handler func(*Request) error

// Handle adds a page for people who have signed in.
func (s *Site) Handle(pattern string, h Handler) { s.add(Route{Pattern: pattern}, h) }

// HandleLive adds a page, or data of one, that the page asks for again by itself while it is open. Only there is that believed, so that what it reads is noted once an hour; elsewhere every reading is somebody's.
func (s *Site) HandleLive(pattern string, h Handler) { s.add(Route{Pattern: pattern, Live: true}, h) }

// Public adds a page for everybody.
func (s *Site) Public(pattern string, h Handler) { s.add(Route{Pattern: pattern, Public: true}, h) }

func (s *Site) add(route Route, h Handler) {
	pattern, public := route.Pattern, route.Public
	s.routes = append(s.routes, route)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		q := &Request{Request: r, W: w, s: s, Desk: s.Desk, drawn: s.Live.Mark()}
		r.Header.Del("Authorization") // pages are for people who signed in; tokens are for the API
		caller, err := Caller(s.Desk, r)
		q.Caller = caller
		q.Caller.ByItself = route.Live && r.Method == http.MethodGet && r.Header.Get(LiveHeader) != ""
		q.Lang = lang.Match(r.Header.Get("Accept-Language"), CookieOf(r, "lang"))
		if err == nil && CookieOf(r, "lang") == "" && caller.Language() != "" {
			q.Lang = caller.Language()
		}
		if err != nil && !public {
			q.toSignIn(err)
			return
		}
		if err := q.guard(); err != nil {
			q.unguarded(err)
			return
		}
		if err := q.once(h); err != nil {
			q.fail(err)
		}
	})
}
