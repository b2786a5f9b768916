package page

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/face"
)

// A ceremony has two requests. Between them its token, and the name that a new passkey gets, wait in a cookie of the browser.
const (
	ceremonyCookie = "ceremony"
	ceremonyLasts  = 600 // seconds; the ceremony itself ends sooner
	maxCredential  = 64 << 10
)

func (q *request) json(v any) error {
	q.w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.w).Encode(v)
}

// begun keeps the ceremony for its second request and gives the browser its options.
func (q *request) begun(c people.Ceremony, name string) error {
	q.setCookie(ceremonyCookie, c.Token+"."+base64.RawURLEncoding.EncodeToString([]byte(name)), ceremonyLasts)
	return q.json(c.Options)
}

// ceremony gives what begun kept, and the browser's answer.
func (q *request) ceremony() (token, name string, answer []byte, err error) {
	token, code, _ := strings.Cut(cookieOf(q.Request, ceremonyCookie), ".")
	raw, err := base64.RawURLEncoding.DecodeString(code)
	if err != nil || token == "" {
		return "", "", nil, people.ErrExpired
	}
	answer, err = io.ReadAll(http.MaxBytesReader(q.w, q.Body, maxCredential))
	if err != nil {
		return "", "", nil, errors.Join(desk.ErrInput, err)
	}
	q.setCookie(ceremonyCookie, "", -1)
	return token, string(raw), answer, nil
}

func (q *request) passkeySignInBegin() error {
	if q.s.Passkeys == nil {
		return desk.ErrNotHere
	}
	if err := q.s.SignIn.Allow(q.s.Now(), "", face.Address(q.Request)); err != nil {
		return err
	}
	var c people.Ceremony
	err := q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		c, err = q.s.Passkeys.BeginSignIn(ctx, tx, q.s.Now())
		return err
	})
	if err != nil {
		return err
	}
	return q.begun(c, "")
}

func (q *request) passkeySignInFinish() error {
	if q.s.Passkeys == nil {
		return desk.ErrNotHere
	}
	token, _, answer, err := q.ceremony()
	if err != nil {
		return err
	}
	var person people.Person
	err = q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		person, err = q.s.Passkeys.FinishSignIn(ctx, tx, q.s.Now(), token, answer)
		return err
	})
	if err != nil {
		return err
	}
	q.s.SignIn.Passed(q.s.Now(), face.Address(q.Request))
	if err := q.startSession(person.ID, "passkey"); err != nil {
		return err
	}
	return q.json(struct{}{})
}

func (q *request) passkeyRegisterBegin() error {
	if q.s.Passkeys == nil || q.caller.Session == nil {
		return desk.ErrNotHere
	}
	var asked struct {
		Name string `json:"name"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(q.w, q.Body, maxCredential)).Decode(&asked); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	if asked.Name == "" {
		asked.Name = q.p("page.passkey.unnamed", nil)
	}
	var c people.Ceremony
	err := q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		c, err = q.s.Passkeys.BeginRegistration(ctx, tx, q.s.Now(), q.caller.Person)
		return err
	})
	if err != nil {
		return err
	}
	return q.begun(c, asked.Name)
}

func (q *request) passkeyRegisterFinish() error {
	if q.s.Passkeys == nil || q.caller.Session == nil {
		return desk.ErrNotHere
	}
	token, name, answer, err := q.ceremony()
	if err != nil {
		return err
	}
	err = q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, err := q.s.Passkeys.FinishRegistration(ctx, tx, q.s.Now(), q.caller.Person, token, name, answer)
		return err
	})
	if err != nil {
		return err
	}
	return q.json(map[string]string{"next": "/settings?done=passkey"})
}
