package signin

import (
	"context"
	"errors"
	"net/http"

	"consilium/ledger"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

// linkPage is where somebody chooses a password with a link that was made for them.
func linkPage(q *face.Request) error {
	secret := q.PathValue("secret")
	if _, err := linked(q, secret); err != nil {
		return err
	}
	return showLink(q, http.StatusOK, secret, "")
}

// linked is whose link it is.
func linked(q *face.Request, secret string) (p people.Person, err error) {
	if err := q.Desk.SignIn.Allow(q.Desk.Now(), face.Address(q.Request)); err != nil {
		return p, err
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = people.LinkedPerson(ctx, tx, q.Desk.Now(), secret)
		return err
	})
	if err == nil {
		q.Desk.SignIn.Passed(q.Desk.Now(), face.Address(q.Request))
	}
	return p, err
}

func showLink(q *face.Request, status int, secret, wrong string) error {
	q.Visitor()
	v := signInView{Form: ui.FormView{Action: "/sign-in/link", CSRF: q.CSRF(), Hidden: []ui.Hidden{{Name: "secret", Value: secret}}}, Fields: []ui.FieldView{newPassword(q, wrong)}}
	d := q.Data(q.P("page.password.title", nil), "")
	d.Path = "/sign-in"
	return q.Render(status, d, temporaryContent(q, v))
}

// useLink takes the password that somebody chose. The link opens nothing afterwards.
func useLink(q *face.Request) error {
	secret := q.PostForm.Get("secret")
	person, err := linked(q, secret)
	if err != nil {
		return err
	}
	hash, err := q.Desk.SignIn.Hash(q.Context(), person, q.PostForm.Get("password"))
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return showLink(q, http.StatusUnprocessableEntity, secret, invalid.Text.In(q.Lang))
	}
	if err != nil {
		return err
	}
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		if _, err := people.LinkedPerson(ctx, tx, q.Desk.Now(), secret); err != nil { // used meanwhile
			return err
		}
		if err := people.SavePassword(ctx, tx, q.Desk.Now(), person.ID, hash, false); err != nil {
			return err
		}
		return noteChosen(q, ctx, tx, person.ID, "link")
	})
	if err != nil {
		return err
	}
	return enter(q, person, "password", "/")
}
