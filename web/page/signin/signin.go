package signin

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

// ownPath is where somebody is sent after signing in: an address of ours, and the start page otherwise.
func ownPath(s string) string {
	if at := face.OwnAddress(s); at != "" && !strings.HasPrefix(at, "/sign-") {
		return at
	}
	return "/"
}

// signInView is what the sign-in page shows.
type signInView struct {
	Fields  []ui.FieldView
	Form    ui.FormView
	Passkey *face.PasskeyView
	Notices []ui.Notice
}

func needsFirst(q *face.Request) (first bool, err error) {
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		first, err = people.NeedsFirst(ctx, tx)
		return err
	})
	return first, err
}

func signInPage(q *face.Request) error {
	first, err := needsFirst(q)
	if err != nil {
		return err
	}
	if first {
		return q.See("/first-run")
	}
	to := ownPath(q.FormValue("to"))
	if q.Caller.Person == "" {
		return showSignIn(q, http.StatusOK, "", to)
	}
	if q.FormValue("again") == "" {
		return q.See(to)
	}
	return showSignIn(q, http.StatusOK, q.Caller.Account.Username, to, ui.Notice{Sort: ui.Info, Title: q.P("page.signin.again", nil), Text: q.P("page.signin.againwhy", nil)})
}

func showSignIn(q *face.Request, status int, username, to string, notices ...ui.Notice) error {
	q.Visitor()
	v := signInView{Notices: notices,
		Form: ui.FormView{Action: "/sign-in", CSRF: q.CSRF(), Hidden: []ui.Hidden{{Name: "to", Value: to}}},
		Fields: []ui.FieldView{
			{Name: "username", Type: ui.FieldText, Label: q.P("page.signin.username", nil), Value: username, Required: true, Autocomplete: "username webauthn", Autofocus: username == ""},
			{Name: "password", Type: ui.FieldPassword, Label: q.P("page.signin.password", nil), Required: true, Autocomplete: "current-password", Autofocus: username != ""},
		}}
	if q.Desk.Passkeys != nil {
		v.Passkey = &face.PasskeyView{Ceremony: "sign-in", BeginURL: "/passkeys/sign-in/begin", FinishURL: "/passkeys/sign-in/finish", NextURL: to,
			Label: q.P("page.passkey.signin", nil), Refused: q.P("page.passkey.refused", nil), Failed: q.P("page.passkey.failed", nil)}
	}
	d := q.Data(q.P("page.signin.title", nil), "")
	d.Scripts = []string{"passkey.js"}
	return q.Render(status, d, signInContent(q, v))
}

func signIn(q *face.Request) error {
	username, to := q.PostForm.Get("username"), ownPath(q.PostForm.Get("to"))
	person, temporary, err := q.Desk.SignIn.WithPassword(q.Context(), q.Desk.DB, q.Desk.Now(), username, q.PostForm.Get("password"), face.Address(q.Request))
	var limited people.ErrRateLimited
	switch {
	case errors.Is(err, people.ErrWrongCredentials):
		if err := q.Desk.NoteFailed(q.Context(), security.SignInFailed, username, face.Address(q.Request)); err != nil {
			return err
		}
		return showSignIn(q, http.StatusUnauthorized, username, to, ui.Notice{Sort: ui.Bad, Title: q.P("page.signin.wrong", nil), Text: q.P("page.signin.wrongdo", nil)})
	case errors.As(err, &limited):
		if limited.Guessing {
			if err := q.Desk.NoteFailed(q.Context(), security.Guessing, username, face.Address(q.Request)); err != nil {
				return err
			}
		}
		q.W.Header().Set("Retry-After", strconv.Itoa(int(limited.RetryAfter.Seconds())))
		return showSignIn(q, http.StatusTooManyRequests, username, to, slowDown(q, limited))
	case err != nil:
		return err
	case temporary:
		return showTemporary(q, http.StatusOK, ticket(q, person.ID), to, "")
	}
	return enter(q, person, "password", to)
}

func slowDown(q *face.Request, l people.ErrRateLimited) ui.Notice {
	return ui.Notice{Sort: ui.Warn, Title: q.P("page.signin.slow", nil), Text: q.P("page.signin.slowdo", map[string]any{"wait": lang.Duration(q.Lang, l.RetryAfter)})}
}

// enter starts a session and sends the person on.
func enter(q *face.Request, person people.Person, method, to string) error {
	if err := q.StartSession(person.ID, method); err != nil {
		return err
	}
	return q.See(to)
}

func signOut(q *face.Request) error {
	if q.Caller.Session != nil {
		err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
			if err := people.EndSession(ctx, tx, q.Caller.Person, q.Caller.Session.ID); err != nil {
				return err
			}
			return q.Desk.Note(ctx, tx, q.Caller, security.SignedOut, q.Caller.Person, "")
		})
		if err != nil && !errors.Is(err, people.ErrNotFound) {
			return err
		}
	}
	q.SetCookie(face.SessionCookie(q.Desk), "", -1)
	return q.See("/sign-in")
}

// ticketLasts is how long somebody with a temporary password may think about their own.
const ticketLasts = 15 * time.Minute

// ticket lets somebody who has just shown a temporary password choose their own. It opens nothing else, and nothing once that is done.
func ticket(q *face.Request, person ledger.PersonID) string {
	text := string(person) + " " + strconv.FormatInt(q.Desk.Now().Add(ticketLasts).Unix(), 10)
	return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + q.Sealed("temporary password", text)
}

// holder reads whose ticket it is.
func holder(q *face.Request, ticket string) (ledger.PersonID, error) {
	body, seal, _ := strings.Cut(ticket, ".")
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || !hmac.Equal([]byte(seal), []byte(q.Sealed("temporary password", string(text)))) {
		return "", desk.ErrForged
	}
	person, until, _ := strings.Cut(string(text), " ")
	seconds, err := strconv.ParseInt(until, 10, 64)
	if err != nil || q.Desk.Now().Unix() > seconds {
		return "", people.ErrExpired
	}
	return ledger.PersonID(person), nil
}

func showTemporary(q *face.Request, status int, ticket, to, wrong string) error {
	q.Visitor()
	v := signInView{Form: ui.FormView{Action: "/sign-in/password", CSRF: q.CSRF(), Hidden: []ui.Hidden{{Name: "to", Value: to}, {Name: "ticket", Value: ticket}}},
		Fields: []ui.FieldView{newPassword(q, wrong)}}
	d := q.Data(q.P("page.password.title", nil), "")
	d.Path = "/sign-in"
	return q.Render(status, d, temporaryContent(q, v))
}

func newPassword(q *face.Request, wrong string) ui.FieldView {
	return ui.FieldView{Name: "password", Type: ui.FieldPassword, Label: q.P("page.password.new", nil), Help: q.PasswordHelp(), Required: true,
		Autocomplete: "new-password", Autofocus: true, Error: wrong}
}

func replaceTemporary(q *face.Request) error {
	ticket, to := q.PostForm.Get("ticket"), ownPath(q.PostForm.Get("to"))
	id, err := holder(q, ticket)
	if err != nil {
		return err
	}
	var person people.Person
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		person, err = people.Get(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	hash, err := q.Desk.SignIn.Hash(q.Context(), person, q.PostForm.Get("password"))
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return showTemporary(q, http.StatusUnprocessableEntity, ticket, to, invalid.Text.In(q.Lang))
	}
	if err != nil {
		return err
	}
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, temporary, _, err := people.PasswordState(ctx, tx, id)
		if err != nil {
			return err
		}
		if !temporary || !person.Active {
			return people.ErrExpired
		}
		if err := people.SavePassword(ctx, tx, q.Desk.Now(), id, hash, false); err != nil {
			return err
		}
		return noteChosen(q, ctx, tx, id, "temporary password")
	})
	if err != nil {
		return err
	}
	return enter(q, person, "password", to)
}

// noteChosen writes down that a person chose a password, and by what.
func noteChosen(q *face.Request, ctx context.Context, tx ledger.Tx, id ledger.PersonID, by string) error {
	return security.Write(ctx, tx, security.Row{At: q.Desk.Now(), Event: security.PasswordChanged, By: id, About: id, Detail: by, Origin: face.Address(q.Request)})
}

func firstRunPage(q *face.Request) error {
	first, err := needsFirst(q)
	if err != nil {
		return err
	}
	if !first {
		return q.See("/sign-in")
	}
	return showFirstRun(q, http.StatusOK, url.Values{}, people.ErrInvalid{})
}

func showFirstRun(q *face.Request, status int, form url.Values, wrong people.ErrInvalid) error {
	q.Visitor()
	fields := []ui.FieldView{
		{Name: "code", Type: ui.FieldText, Label: q.P("page.first.code", nil), Help: q.P("page.first.codehelp", nil), Autocomplete: "off", Required: true, Autofocus: true},
		{Name: "display_name", Type: ui.FieldText, Label: q.P("page.first.name", nil), Help: q.P("page.first.namehelp", nil), Autocomplete: "name", Required: true},
		{Name: "username", Type: ui.FieldText, Label: q.P("page.signin.username", nil), Autocomplete: "username", Required: true},
		{Name: "password", Type: ui.FieldPassword, Label: q.P("page.signin.password", nil), Help: q.PasswordHelp(), Autocomplete: "new-password", Required: true},
	}
	form = url.Values{"code": form["code"], "display_name": form["display_name"], "username": form["username"]}
	v := signInView{Form: ui.FormView{Action: "/first-run", CSRF: q.CSRF()}, Fields: face.Filled(q, fields, form, wrong)}
	return q.Render(status, q.Data(q.P("page.first.title", nil), ""), firstRunContent(q, v))
}

// checkCode wants the code that the node prints where it is started: whoever merely reaches a new node first must not own it, from wherever they come.
func checkCode(q *face.Request) error {
	if err := q.Desk.SignIn.Allow(q.Desk.Now(), face.Address(q.Request)); err != nil {
		return err
	}
	ok, err := q.Desk.IsFirstCode(q.Context(), q.PostForm.Get("code"))
	if err == nil && !ok {
		err = q.Field("code", "page.first.wrongcode")
	}
	return err
}

func firstRun(q *face.Request) error {
	if err := checkCode(q); err != nil {
		var invalid people.ErrInvalid
		if errors.As(err, &invalid) {
			return showFirstRun(q, http.StatusUnprocessableEntity, q.PostForm, invalid)
		}
		return err
	}
	person := people.Person{Kind: people.Staff, Username: q.PostForm.Get("username"), DisplayName: q.PostForm.Get("display_name"),
		Roles: []people.Role{people.Administrator}, Language: q.Lang}
	hash, err := q.Desk.SignIn.Hash(q.Context(), person, q.PostForm.Get("password"))
	if err == nil {
		err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
			if person, err = people.CreateFirst(ctx, tx, q.Desk.Now(), person, hash); err != nil {
				return err
			}
			return security.Write(ctx, tx, security.Row{At: q.Desk.Now(), Event: security.FirstMade, By: person.ID, About: person.ID, Detail: person.Username, Origin: face.Address(q.Request)})
		})
	}
	var invalid people.ErrInvalid
	switch {
	case errors.As(err, &invalid):
		return showFirstRun(q, http.StatusUnprocessableEntity, q.PostForm, invalid)
	case errors.Is(err, people.ErrTaken):
		return q.See("/sign-in")
	case err != nil:
		return err
	}
	return enter(q, person, "password", "/?done=first")
}

func setLanguage(q *face.Request) error {
	l, ok := lang.Parse(q.PostForm.Get("lang"))
	if !ok {
		return desk.ErrInput
	}
	q.SetCookie("lang", string(l), face.CookieYear)
	return q.See(backPath(q.PostForm.Get("back")))
}

func setTheme(q *face.Request) error {
	switch theme := q.PostForm.Get("theme"); theme {
	case "light", "dark":
		q.SetCookie("theme", theme, face.CookieYear)
	case "auto":
		q.SetCookie("theme", "", -1)
	default:
		return desk.ErrInput
	}
	return q.See(backPath(q.PostForm.Get("back")))
}

// backPath is ownPath, but the sign-in page may be gone back to.
func backPath(s string) string {
	if s == "/sign-in" || strings.HasPrefix(s, "/sign-in?") {
		return s
	}
	return ownPath(s)
}
