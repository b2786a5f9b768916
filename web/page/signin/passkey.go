package signin

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
	"consilium/people/security"
	"consilium/web/face"
)

// A ceremony has two requests. Between them its token, and the name that a new passkey gets, wait in a cookie of the browser.
const (
	ceremonyCookie = "ceremony"
	ceremonyLasts  = 600 // seconds; the ceremony itself ends sooner
	maxCredential  = 64 << 10
)

// begun keeps the ceremony for its second request and gives the browser its options.
func begun(q *face.Request, c people.Ceremony, name string) error {
	q.SetCookie(ceremonyCookie, c.Token+"."+base64.RawURLEncoding.EncodeToString([]byte(name)), ceremonyLasts)
	return q.JSON(c.Options)
}

// ceremony gives what begun kept, and the browser's answer.
func ceremony(q *face.Request) (token, name string, answer []byte, err error) {
	token, code, _ := strings.Cut(face.CookieOf(q.Request, ceremonyCookie), ".")
	raw, err := base64.RawURLEncoding.DecodeString(code)
	if err != nil || token == "" {
		return "", "", nil, people.ErrExpired
	}
	answer, err = io.ReadAll(http.MaxBytesReader(q.W, q.Body, maxCredential))
	if err != nil {
		return "", "", nil, errors.Join(desk.ErrInput, err)
	}
	q.SetCookie(ceremonyCookie, "", -1)
	return token, string(raw), answer, nil
}

func passkeySignInBegin(q *face.Request) error {
	if q.Desk.Passkeys == nil {
		return desk.ErrNotHere
	}
	if err := q.Desk.SignIn.Allow(q.Desk.Now(), face.Address(q.Request)); err != nil {
		return err
	}
	var c people.Ceremony
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		c, err = q.Desk.Passkeys.BeginSignIn(ctx, tx, q.Desk.Now())
		return err
	})
	if err != nil {
		return err
	}
	return begun(q, c, "")
}

func passkeySignInFinish(q *face.Request) error {
	if q.Desk.Passkeys == nil {
		return desk.ErrNotHere
	}
	token, _, answer, err := ceremony(q)
	if err != nil {
		return err
	}
	var person people.Person
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		person, err = q.Desk.Passkeys.FinishSignIn(ctx, tx, q.Desk.Now(), token, answer)
		return err
	})
	if err != nil {
		return err
	}
	q.Desk.SignIn.Passed(q.Desk.Now(), face.Address(q.Request))
	if err := q.StartSession(person.ID, "passkey"); err != nil {
		return err
	}
	return q.JSON(struct{}{})
}

func passkeyRegisterBegin(q *face.Request) error {
	if q.Desk.Passkeys == nil || q.Caller.Session == nil {
		return desk.ErrNotHere
	}
	if err := q.Fresh(); err != nil {
		return err
	}
	var asked struct {
		Name string `json:"name"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(q.W, q.Body, maxCredential)).Decode(&asked); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	if asked.Name == "" {
		asked.Name = q.P("page.passkey.unnamed", nil)
	}
	var c people.Ceremony
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		c, err = q.Desk.Passkeys.BeginRegistration(ctx, tx, q.Desk.Now(), q.Caller.Person)
		return err
	})
	if err != nil {
		return err
	}
	return begun(q, c, asked.Name)
}

func passkeyRegisterFinish(q *face.Request) error {
	if q.Desk.Passkeys == nil || q.Caller.Session == nil {
		return desk.ErrNotHere
	}
	token, name, answer, err := ceremony(q)
	if err != nil {
		return err
	}
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		if _, err := q.Desk.Passkeys.FinishRegistration(ctx, tx, q.Desk.Now(), q.Caller.Person, token, name, answer); err != nil {
			return err
		}
		return q.Desk.Note(ctx, tx, q.Caller, security.PasskeyAdded, q.Caller.Person, name)
	})
	if err != nil {
		return err
	}
	return q.JSON(map[string]string{"next": "/settings?done=passkey"})
}
