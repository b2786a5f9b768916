// Package page is what people see: one file for each page, all of them on [Server]. A handler reads the form, asks one room, and shows the result;
// how things look is package ui's, who may do what is access's.
package page

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/web/face"
	"consilium/web/ui"
)

// maxForm bounds a posted form; files have their own bound.
const maxForm = 2 << 20

// Server serves the pages of one node.
type Server struct {
	*desk.Desk
	assets *ui.Assets
	mux    *http.ServeMux
	secret [32]byte // of CSRF tokens; a restart makes forms stale, which a page says
	routes []Route
}

// Route is one address of a page and who may come there without signing in.
type Route struct {
	Pattern string
	Public  bool
}

// New makes the pages.
func New(d *desk.Desk) (*Server, error) {
	assets, err := ui.Embedded()
	if err != nil {
		return nil, err
	}
	s := &Server{Desk: d, assets: assets, mux: http.NewServeMux()}
	rand.Read(s.secret[:])
	s.mux.Handle(ui.AssetPath, assets)
	s.signInRoutes()
	s.caseRoutes()
	s.deskRoutes()
	return s, nil
}

// Routes lists every address of the pages, for the test that walks them as every role.
func (s *Server) Routes() []Route { return s.routes }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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

// request is one request of somebody who has signed in, or of nobody on a public page.
type request struct {
	*http.Request
	w      http.ResponseWriter
	s      *Server
	caller desk.Caller
	lang   lang.Language
}

// handler answers a request. Its error becomes a page or a notice: see fail.
type handler func(*request) error

// handle adds a page for people who have signed in.
func (s *Server) handle(pattern string, h handler) { s.add(pattern, false, h) }

// public adds a page for everybody.
func (s *Server) public(pattern string, h handler) { s.add(pattern, true, h) }

func (s *Server) add(pattern string, public bool, h handler) {
	s.routes = append(s.routes, Route{pattern, public})
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		q := &request{Request: r, w: w, s: s}
		r.Header.Del("Authorization") // pages are for people who signed in; tokens are for the API
		caller, err := face.Caller(s.Desk, r)
		q.caller = caller
		q.lang = lang.Match(r.Header.Get("Accept-Language"), cookieOf(r, "lang"))
		if err == nil && cookieOf(r, "lang") == "" && caller.Language() != "" {
			q.lang = caller.Language()
		}
		if err != nil && !public {
			q.toSignIn(err)
			return
		}
		if err := q.guard(); err != nil {
			q.fail(err)
			return
		}
		if err := h(q); err != nil {
			q.fail(err)
		}
	})
}

func cookieOf(r *http.Request, name string) string {
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// guard reads the form of a request that changes something and checks that it came from a page of ours.
func (q *request) guard() error {
	if q.Method == http.MethodGet || q.Method == http.MethodHead {
		return nil
	}
	if site := q.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return desk.ErrForged
	}
	if !strings.HasPrefix(q.Header.Get("Content-Type"), "multipart/form-data") {
		q.Body = http.MaxBytesReader(q.w, q.Body, maxForm)
	}
	token := q.Header.Get("X-CSRF-Token")
	if token == "" || !strings.HasPrefix(q.Header.Get("Content-Type"), "application/json") { // what an island sends as JSON is read by its handler
		if err := q.readForm(); err != nil {
			return err
		}
	}
	if token == "" {
		token = q.PostForm.Get("csrf_token")
	}
	if !hmac.Equal([]byte(token), []byte(q.csrf())) {
		return desk.ErrForged
	}
	return nil
}

func (q *request) readForm() error {
	err := q.ParseForm()
	if strings.HasPrefix(q.Header.Get("Content-Type"), "multipart/form-data") {
		q.Body = http.MaxBytesReader(q.w, q.Body, q.mostBytes())
		err = q.ParseMultipartForm(maxForm)
		if err == nil {
			q.PostForm = url.Values(q.MultipartForm.Value)
		}
	}
	if err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	return nil
}

// maxUpload bounds the files of one form.
const maxUpload = 2 << 30

// mostBytes is how large the form of this visitor may be. Its token is read with the form, so only who has signed in sends files: whoever has not would fill
// the disk before anybody could tell.
func (q *request) mostBytes() int64 {
	if q.caller.Person == "" {
		return maxForm
	}
	return maxUpload
}

// csrf is the token of this visitor's forms: bound to the session, or before that to a cookie of its own.
func (q *request) csrf() string {
	bound := cookieOf(q.Request, face.SessionCookie(q.s.Desk))
	if bound == "" {
		bound = cookieOf(q.Request, "visitor")
	}
	sum := hmac.New(sha256.New, q.s.secret[:])
	io.WriteString(sum, bound)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// visitor gives somebody who has not signed in a cookie that the tokens of public forms are bound to.
func (q *request) visitor() {
	if cookieOf(q.Request, face.SessionCookie(q.s.Desk)) != "" || cookieOf(q.Request, "visitor") != "" {
		return
	}
	value := rand.Text()
	q.setCookie("visitor", value, 0)
	q.AddCookie(&http.Cookie{Name: "visitor", Value: value})
}

// setCookie sets a cookie; age in seconds, 0 until the browser closes, below 0 takes it away.
func (q *request) setCookie(name, value string, age int) {
	http.SetCookie(q.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: q.s.Secure, SameSite: http.SameSiteLaxMode})
}

// data is what the frame of every page needs.
func (q *request) data(title, active string) ui.PageData {
	d := ui.PageData{Title: title, Lang: q.lang, Theme: cookieOf(q.Request, "theme"), Active: active,
		Hospital: ui.HospitalOf(q.s.ID.Raw(), q.s.Name).In(q.lang), CSRF: q.csrf(), Path: q.URL.RequestURI(), AssetURL: q.s.assets.URL,
		Actions: ui.PageActions{Home: "/", Language: "/language", Theme: "/theme"}, Foot: q.foot()}
	if q.caller.Person != "" {
		d.User = ui.User{Name: q.person(q.caller.Name), Initials: ui.Initials(q.person(q.caller.Name)), Role: q.roles()}
		d.Nav = q.nav()
		d.Actions.SignOut, d.Actions.Settings = "/sign-out", "/settings"
		d.LiveURL = "/live"
	}
	return d
}

func (q *request) roles() string {
	var names []string
	for _, r := range q.caller.Roles {
		names = append(names, r.Name().In(q.lang))
	}
	return strings.Join(names, " · ")
}

func (q *request) foot() string {
	foot := "Consilium " + q.s.Version
	if q.s.Demo {
		foot = q.p("page.foot.demo", nil) + " · " + foot
	}
	return foot
}

// p is a phrase in the reader's language.
func (q *request) p(key string, args map[string]any) string { return lang.P(q.lang, key, args) }

// show renders a page.
func (q *request) show(d ui.PageData, content templ.Component) error {
	return q.render(http.StatusOK, d, content)
}

func (q *request) render(status int, d ui.PageData, content templ.Component) error {
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.WriteHeader(status)
	return ui.Page(d).Render(templ.WithChildren(q.Context(), content), q.w)
}

// see sends the browser on after a form was taken.
func (q *request) see(path string) error {
	http.Redirect(q.w, q.Request, path, http.StatusSeeOther)
	return nil
}

// toSignIn sends somebody to the sign-in page and back afterwards. Nothing typed is lost: the browser keeps drafts.
func (q *request) toSignIn(cause error) {
	if !errors.Is(cause, desk.ErrSignIn) {
		q.fail(cause)
		return
	}
	if q.Method != http.MethodGet {
		q.fail(cause)
		return
	}
	http.Redirect(q.w, q.Request, "/sign-in?to="+url.QueryEscape(q.URL.RequestURI()), http.StatusSeeOther)
}

// fail shows what went wrong. A denial of a case offers to break the glass, where the person's role may.
func (q *request) fail(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	f := desk.FaultOf(err)
	if f.Hidden {
		q.s.Log.Error("page", slog.String("path", q.Pattern), slog.Any("err", err))
	}
	q.showFault(f, errors.Is(err, access.ErrDenied))
}
