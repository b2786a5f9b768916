package face

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/record"
	"consilium/web/ui"
)

// MaxForm bounds a posted form; files have their own bound.
const MaxForm = 2 << 20

// Request is one request of somebody who has signed in, or of nobody on a public page.
type Request struct {
	*http.Request
	W      http.ResponseWriter
	s      *Site
	Desk   *desk.Desk
	Caller desk.Caller
	Lang   lang.Language
	mark   string // of the page that this request is answered with
	drawn  string // where the notices stood when this request came ([desk.Notices.Mark])
}

// CookieOf is the value of a cookie, empty where there is none.
func CookieOf(r *http.Request, name string) string {
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// guard reads the form of a request that changes something and checks that it came from a page of ours.
func (q *Request) guard() error {
	if q.Method == http.MethodGet || q.Method == http.MethodHead {
		return nil
	}
	if site := q.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return desk.ErrForged
	}
	if !strings.HasPrefix(q.Header.Get("Content-Type"), "multipart/form-data") {
		q.Body = http.MaxBytesReader(q.W, q.Body, MaxForm)
	}
	token := q.Header.Get("X-CSRF-Token")
	if token == "" || !strings.HasPrefix(q.Header.Get("Content-Type"), "application/json") { // what an island sends as JSON is read by its handler
		if err := q.ReadForm(); err != nil {
			return err
		}
	}
	if token == "" {
		token = q.PostForm.Get("csrf_token")
	}
	mark, _, _ := strings.Cut(token, ".")
	if !hmac.Equal([]byte(token), []byte(q.csrfOf(mark))) {
		return desk.ErrForged
	}
	return nil
}

// ReadForm reads the posted form, bounded: files only from who has signed in.
func (q *Request) ReadForm() error {
	err := q.ParseForm()
	if strings.HasPrefix(q.Header.Get("Content-Type"), "multipart/form-data") {
		q.Body = http.MaxBytesReader(q.W, q.Body, q.mostBytes())
		err = q.ParseMultipartForm(MaxForm)
		if err == nil {
			q.PostForm = url.Values(q.MultipartForm.Value)
		}
	}
	if err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	return checkForm(q.PostForm)
}

// checkForm refuses what no browser sends and no database keeps: bytes that are not UTF-8, and U+0000.
func checkForm(form url.Values) error {
	for name, values := range form {
		for _, v := range append(values, name) {
			if !utf8.ValidString(v) || strings.IndexByte(v, 0) >= 0 {
				return &unreadable{lang.Phrase("fault.detail.utf8", map[string]any{"field": strings.ToValidUTF8(name, "\ufffd")})}
			}
		}
	}
	return nil
}

// unreadable is [desk.ErrInput] as people read it.
type unreadable struct{ text lang.Text }

func (u *unreadable) Error() string          { return u.text.En }
func (u *unreadable) Is(target error) bool   { return target == desk.ErrInput }
func (u *unreadable) Tell() lang.Text        { return u.text }
func (u *unreadable) Faults() []record.Fault { return nil }

// MaxUpload bounds the files of one form.
const MaxUpload = 2 << 30

// mostBytes is how large the form of this visitor may be. Its token is read with the form, so only who has signed in sends files: whoever has not would fill
// the disk before anybody could tell.
func (q *Request) mostBytes() int64 {
	if q.Caller.Person == "" {
		return MaxForm
	}
	return MaxUpload
}

// CSRF is the token of this visitor's forms: the mark of the page, bound to the session, or before that to a cookie of its own.
func (q *Request) CSRF() string { return q.csrfOf(q.pageMark()) }

func (q *Request) csrfOf(mark string) string {
	bound := CookieOf(q.Request, SessionCookie(q.Desk))
	if bound == "" {
		bound = CookieOf(q.Request, "visitor")
	}
	return mark + "." + q.Sealed("form", mark+"\x00"+bound)
}

// Visitor gives somebody who has not signed in a cookie that the tokens of public forms are bound to.
func (q *Request) Visitor() {
	if CookieOf(q.Request, SessionCookie(q.Desk)) != "" || CookieOf(q.Request, "visitor") != "" {
		return
	}
	value := rand.Text()
	q.SetCookie("visitor", value, 0)
	q.AddCookie(&http.Cookie{Name: "visitor", Value: value})
}

// SetCookie sets a cookie; age in seconds, 0 until the browser closes, below 0 takes it away.
func (q *Request) SetCookie(name, value string, age int) {
	http.SetCookie(q.W, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: q.Desk.Secure, SameSite: http.SameSiteLaxMode})
}

// Data is what the frame of every page needs.
func (q *Request) Data(title, active string) ui.PageData {
	d := ui.PageData{Title: title, Lang: q.Lang, Theme: CookieOf(q.Request, "theme"), Active: active,
		Today: q.Now().Format(time.DateOnly), Hospital: ui.HospitalOf(q.Desk.ID.Raw(), q.Desk.Name).In(q.Lang), CSRF: q.CSRF(), Path: q.URL.RequestURI(), AssetURL: q.s.assets.URL,
		Actions: ui.PageActions{Home: "/", Language: "/language", Theme: "/theme"}, Foot: q.foot()}
	if q.Caller.Person != "" {
		d.Person = string(q.Caller.Person)
		d.User = ui.User{Name: q.Person(q.Caller.Name), Initials: ui.Initials(q.Person(q.Caller.Name)), Role: q.Roles()}
		d.Nav = q.nav()
		d.Actions.SignOut, d.Actions.Settings = "/sign-out", "/settings"
		d.LiveURL = liveURL(q.drawn)
	}
	return d
}

// Roles are the person's roles as people call them.
func (q *Request) Roles() string {
	var names []string
	for _, r := range q.Caller.Roles {
		names = append(names, r.Name().In(q.Lang))
	}
	return strings.Join(names, " · ")
}

func (q *Request) foot() string {
	foot := "Consilium " + q.Desk.Version
	if q.Desk.Demo {
		foot = q.P("page.foot.demo", nil) + " · " + foot
	}
	return foot
}

// P is a phrase in the reader's language.
func (q *Request) P(key string, args map[string]any) string { return lang.P(q.Lang, key, args) }

// Show renders a page.
func (q *Request) Show(d ui.PageData, content templ.Component) error {
	return q.Render(http.StatusOK, d, content)
}

// Render answers with a page and a status.
func (q *Request) Render(status int, d ui.PageData, content templ.Component) error {
	q.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.W.WriteHeader(status)
	return ui.Page(d).Render(templ.WithChildren(q.Context(), content), q.W)
}

// See sends the browser on after a form was taken.
func (q *Request) See(path string) error {
	http.Redirect(q.W, q.Request, path, http.StatusSeeOther)
	return nil
}

// toSignIn sends somebody to the sign-in page and back afterwards, from a form to the same form: the browser keeps its words.
func (q *Request) toSignIn(cause error) {
	back := q.URL.RequestURI()
	if q.Method != http.MethodGet {
		back = q.formAddress()
	}
	if !errors.Is(cause, desk.ErrSignIn) || back == "" {
		q.fail(cause)
		return
	}
	http.Redirect(q.W, q.Request, "/sign-in?to="+url.QueryEscape(back), http.StatusSeeOther)
}

// unguarded answers a form whose token does not fit. A page that was open while its session ended and another began has its words in the browser: it is loaded anew,
// with them.
func (q *Request) unguarded(err error) {
	site := q.Header.Get("Sec-Fetch-Site")
	if back := q.formAddress(); errors.Is(err, desk.ErrForged) && back != "" && (site == "" || site == "same-origin") {
		q.See(back)
		return
	}
	q.fail(err)
}

// fail shows what went wrong. A denial of a case offers to break the glass, where the person's role may.
func (q *Request) fail(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	f := desk.FaultOf(err)
	if f.Hidden {
		q.Desk.Log.Error("page", slog.String("path", q.Pattern), slog.Any("err", err))
	}
	q.showFault(f, errors.Is(err, access.ErrDenied))
}
