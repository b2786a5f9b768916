package page

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

func (s *Server) signInRoutes() {
	s.public("GET /sign-in", (*request).signInPage)
	s.public("POST /sign-in", (*request).signIn)
	s.public("POST /sign-in/password", (*request).replaceTemporary)
	s.public("POST /sign-out", (*request).signOut)
	s.public("GET /first-run", (*request).firstRunPage)
	s.public("POST /first-run", (*request).firstRun)
	s.public("POST /language", (*request).setLanguage)
	s.public("POST /theme", (*request).setTheme)
	s.public("POST /passkeys/sign-in/begin", (*request).passkeySignInBegin)
	s.public("POST /passkeys/sign-in/finish", (*request).passkeySignInFinish)
	s.handle("POST /passkeys/register/begin", (*request).passkeyRegisterBegin)
	s.handle("POST /passkeys/register/finish", (*request).passkeyRegisterFinish)
	s.handle("GET /live", (*request).live)
	s.public("/", func(*request) error { return desk.ErrNotHere })
}

// ownPath gives an address back if it is one of ours, and the start page otherwise: nobody is sent on to another site.
func ownPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") || strings.HasPrefix(u.Path, "/sign-") {
		return "/"
	}
	return u.RequestURI()
}

// signInView is what the sign-in page shows.
type signInView struct {
	Fields  []ui.FieldView
	Form    ui.FormView
	Passkey *ui.PasskeyView
	Notices []ui.Notice
}

func (q *request) needsFirst() (first bool, err error) {
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		first, err = people.NeedsFirst(ctx, tx)
		return err
	})
	return first, err
}

func (q *request) signInPage() error {
	first, err := q.needsFirst()
	if err != nil {
		return err
	}
	if first {
		return q.see("/first-run")
	}
	to := ownPath(q.FormValue("to"))
	if q.caller.Person != "" {
		return q.see(to)
	}
	return q.showSignIn(http.StatusOK, "", to)
}

func (q *request) showSignIn(status int, username, to string, notices ...ui.Notice) error {
	q.visitor()
	v := signInView{Notices: notices,
		Form: ui.FormView{Action: "/sign-in", CSRF: q.csrf(), Hidden: []ui.Hidden{{Name: "to", Value: to}}},
		Fields: []ui.FieldView{
			{Name: "username", Type: ui.FieldText, Label: q.p("page.signin.username", nil), Value: username, Required: true, Autocomplete: "username webauthn", Autofocus: username == ""},
			{Name: "password", Type: ui.FieldPassword, Label: q.p("page.signin.password", nil), Required: true, Autocomplete: "current-password", Autofocus: username != ""},
		}}
	if q.s.Passkeys != nil {
		v.Passkey = &ui.PasskeyView{Ceremony: "sign-in", BeginURL: "/passkeys/sign-in/begin", FinishURL: "/passkeys/sign-in/finish", NextURL: to,
			Label: q.p("page.passkey.signin", nil), Refused: q.p("page.passkey.refused", nil), Failed: q.p("page.passkey.failed", nil)}
	}
	d := q.data(q.p("page.signin.title", nil), "")
	d.Scripts = []string{"passkey.js"}
	return q.render(status, d, signInContent(q, v))
}

func (q *request) signIn() error {
	username, to := q.PostForm.Get("username"), ownPath(q.PostForm.Get("to"))
	var person people.Person
	var temporary bool
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		person, temporary, err = q.s.SignIn.WithPassword(ctx, tx, q.s.Now(), username, q.PostForm.Get("password"), face.Address(q.Request))
		return err
	})
	var limited people.ErrRateLimited
	switch {
	case errors.Is(err, people.ErrWrongCredentials):
		return q.showSignIn(http.StatusUnauthorized, username, to, ui.Notice{Sort: ui.Bad, Title: q.p("page.signin.wrong", nil), Text: q.p("page.signin.wrongdo", nil)})
	case errors.As(err, &limited):
		q.w.Header().Set("Retry-After", strconv.Itoa(int(limited.RetryAfter.Seconds())))
		return q.showSignIn(http.StatusTooManyRequests, username, to, q.slowDown(limited))
	case err != nil:
		return err
	case temporary:
		return q.showTemporary(http.StatusOK, q.ticket(person.ID), to, "")
	}
	return q.enter(person, "password", to)
}

func (q *request) slowDown(l people.ErrRateLimited) ui.Notice {
	return ui.Notice{Sort: ui.Warn, Title: q.p("page.signin.slow", nil), Text: q.p("page.signin.slowdo", map[string]any{"wait": lang.Duration(q.lang, l.RetryAfter)})}
}

// enter starts a session and sends the person on.
func (q *request) enter(person people.Person, method, to string) error {
	if err := q.startSession(person.ID, method); err != nil {
		return err
	}
	return q.see(to)
}

func (q *request) startSession(person ledger.PersonID, method string) error {
	var token string
	err := q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		token, _, err = people.StartSession(ctx, tx, q.s.Now(), person, people.Session{Method: method, Address: face.Address(q.Request), Agent: q.UserAgent()})
		return err
	})
	if err != nil {
		return err
	}
	q.setCookie(face.SessionCookie(q.s.Desk), token, 0)
	q.setCookie("visitor", "", -1)
	return nil
}

func (q *request) signOut() error {
	if q.caller.Session != nil {
		err := q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
			return people.EndSession(ctx, tx, q.caller.Person, q.caller.Session.ID)
		})
		if err != nil && !errors.Is(err, people.ErrNotFound) {
			return err
		}
	}
	q.setCookie(face.SessionCookie(q.s.Desk), "", -1)
	return q.see("/sign-in")
}

// ticketLasts is how long somebody with a temporary password may think about their own.
const ticketLasts = 15 * time.Minute

// ticket lets somebody who has just shown a temporary password choose their own. It opens nothing else, and nothing once that is done.
func (q *request) ticket(person ledger.PersonID) string {
	text := string(person) + " " + strconv.FormatInt(q.s.Now().Add(ticketLasts).Unix(), 10)
	return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + q.s.sealed("temporary password", text)
}

func (s *Server) sealed(purpose, text string) string {
	sum := hmac.New(sha256.New, s.secret[:])
	io.WriteString(sum, purpose+"\x00"+text)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// holder reads whose ticket it is.
func (q *request) holder(ticket string) (ledger.PersonID, error) {
	body, seal, _ := strings.Cut(ticket, ".")
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || !hmac.Equal([]byte(seal), []byte(q.s.sealed("temporary password", string(text)))) {
		return "", desk.ErrForged
	}
	person, until, _ := strings.Cut(string(text), " ")
	seconds, err := strconv.ParseInt(until, 10, 64)
	if err != nil || q.s.Now().Unix() > seconds {
		return "", people.ErrExpired
	}
	return ledger.PersonID(person), nil
}

func (q *request) showTemporary(status int, ticket, to, wrong string) error {
	q.visitor()
	v := signInView{Form: ui.FormView{Action: "/sign-in/password", CSRF: q.csrf(), Hidden: []ui.Hidden{{Name: "to", Value: to}, {Name: "ticket", Value: ticket}}},
		Fields: []ui.FieldView{{Name: "password", Type: ui.FieldPassword, Label: q.p("page.password.new", nil), Help: q.passwordHelp(), Required: true,
			Autocomplete: "new-password", Autofocus: true, Error: wrong}}}
	d := q.data(q.p("page.password.title", nil), "")
	d.Path = "/sign-in"
	return q.render(status, d, temporaryContent(q, v))
}

func (q *request) passwordHelp() string {
	return q.p("page.password.help", map[string]any{"min": people.MinPassword})
}

func (q *request) replaceTemporary() error {
	ticket, to := q.PostForm.Get("ticket"), ownPath(q.PostForm.Get("to"))
	id, err := q.holder(ticket)
	if err != nil {
		return err
	}
	var person people.Person
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		person, err = people.Get(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	hash, err := q.s.SignIn.Hash(q.Context(), person, q.PostForm.Get("password"))
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return q.showTemporary(http.StatusUnprocessableEntity, ticket, to, invalid.Text.In(q.lang))
	}
	if err != nil {
		return err
	}
	err = q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, temporary, _, err := people.PasswordState(ctx, tx, id)
		if err != nil {
			return err
		}
		if !temporary || !person.Active {
			return people.ErrExpired
		}
		return people.SavePassword(ctx, tx, q.s.Now(), id, hash, false)
	})
	if err != nil {
		return err
	}
	return q.enter(person, "password", to)
}

func (q *request) firstRunPage() error {
	first, err := q.needsFirst()
	if err != nil {
		return err
	}
	if !first {
		return q.see("/sign-in")
	}
	if !q.near() {
		return errFirstFromAfar
	}
	return q.showFirstRun(http.StatusOK, url.Values{}, people.ErrInvalid{})
}

func (q *request) showFirstRun(status int, form url.Values, wrong people.ErrInvalid) error {
	q.visitor()
	fields := []ui.FieldView{
		{Name: "display_name", Type: ui.FieldText, Label: q.p("page.first.name", nil), Help: q.p("page.first.namehelp", nil), Autocomplete: "name", Required: true, Autofocus: true},
		{Name: "username", Type: ui.FieldText, Label: q.p("page.signin.username", nil), Autocomplete: "username", Required: true},
		{Name: "password", Type: ui.FieldPassword, Label: q.p("page.signin.password", nil), Help: q.passwordHelp(), Autocomplete: "new-password", Required: true},
	}
	form = url.Values{"display_name": form["display_name"], "username": form["username"]}
	v := signInView{Form: ui.FormView{Action: "/first-run", CSRF: q.csrf()}, Fields: filled(q, fields, form, wrong)}
	return q.render(status, q.data(q.p("page.first.title", nil), ""), firstRunContent(q, v))
}

// filled puts what was typed back into fields, and says next to one of them what is wrong with it.
func filled(q *request, fields []ui.FieldView, form url.Values, wrong people.ErrInvalid) []ui.FieldView {
	for i := range fields {
		f := &fields[i]
		if f.Type == ui.FieldCodes {
			f.Values = form[f.Name]
		} else if v := form.Get(f.Name); v != "" {
			f.Value = v
		}
		if f.Name == wrong.Field {
			f.Error = wrong.Text.In(q.lang)
		}
	}
	return fields
}

// errFirstFromAfar stops the first run from afar: whoever reaches a new node first must not own it.
var errFirstFromAfar = &access.Denial{Action: access.ManagePeople, Reason: lang.Text{
	En: "The first administrator is made on the node's own machine: open this page there, or run: consilium user add --role administrator.",
	Zh: "首位管理员须在节点所在的机器上创建：请在该机器上打开此页面，或运行：consilium user add --role administrator。"}}

// near tells whether the request comes from the node's own machine: not through a proxy that stands there, and not from a page of another site whose name
// was made to lead here.
func (q *request) near() bool {
	ip, err := netip.ParseAddr(face.Address(q.Request))
	return err == nil && ip.Unmap().IsLoopback() && loopbackHost(q.Host) && q.Header.Get("X-Forwarded-For") == "" && q.Header.Get("Forwarded") == ""
}

func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (q *request) firstRun() error {
	if !q.near() {
		return errFirstFromAfar
	}
	person := people.Person{Kind: people.Staff, Username: q.PostForm.Get("username"), DisplayName: q.PostForm.Get("display_name"),
		Roles: []people.Role{people.Administrator}, Language: q.lang}
	hash, err := q.s.SignIn.Hash(q.Context(), person, q.PostForm.Get("password"))
	if err == nil {
		err = q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
			person, err = people.CreateFirst(ctx, tx, q.s.Now(), person, hash)
			return err
		})
	}
	var invalid people.ErrInvalid
	switch {
	case errors.As(err, &invalid):
		return q.showFirstRun(http.StatusUnprocessableEntity, q.PostForm, invalid)
	case errors.Is(err, people.ErrTaken):
		return q.see("/sign-in")
	case err != nil:
		return err
	}
	return q.enter(person, "password", "/?done=first")
}

// cookieYear is how long language and theme are remembered, in seconds.
const cookieYear = 365 * 24 * 3600

func (q *request) setLanguage() error {
	l, ok := lang.Parse(q.PostForm.Get("lang"))
	if !ok {
		return desk.ErrInput
	}
	q.setCookie("lang", string(l), cookieYear)
	return q.see(backPath(q.PostForm.Get("back")))
}

func (q *request) setTheme() error {
	switch theme := q.PostForm.Get("theme"); theme {
	case "light", "dark":
		q.setCookie("theme", theme, cookieYear)
	case "auto":
		q.setCookie("theme", "", -1)
	default:
		return desk.ErrInput
	}
	return q.see(backPath(q.PostForm.Get("back")))
}

// backPath is ownPath, but the sign-in page may be gone back to.
func backPath(s string) string {
	if s == "/sign-in" || strings.HasPrefix(s, "/sign-in?") {
		return s
	}
	return ownPath(s)
}
