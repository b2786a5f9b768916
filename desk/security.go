package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"strings"

	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
)

// Note writes into the security log what a caller did, in the transaction of what it tells. What the owner of the machine does in somebody's name is noted as
// the owner's doing, so that the person is told.
func (d *Desk) Note(ctx context.Context, tx ledger.Tx, c Caller, event security.Event, about ledger.PersonID, detail string) error {
	by := c.Person
	if c.Local {
		by = security.Local
	}
	return security.Write(ctx, tx, security.Row{At: d.Now(), Event: event, By: by, About: about, Detail: detail, Origin: c.Origin})
}

// NoteNow is Note in a transaction of its own, for what is no transaction itself.
func (d *Desk) NoteNow(ctx context.Context, c Caller, event security.Event, about ledger.PersonID, detail string) error {
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return d.Note(ctx, tx, c, event, about, detail) })
}

// unknownUsername stands in the log for what is no username here: it may be a password, typed into the wrong field.
const unknownUsername = "an unknown username"

// NoteFailed writes down a wrong attempt to sign in, and about whom, where somebody here has that username.
func (d *Desk) NoteFailed(ctx context.Context, event security.Event, username, from string) error {
	if event == security.SignInFailed {
		d.SignInFailures.Add(1)
	}
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		row := security.Row{At: d.Now(), Event: event, Detail: unknownUsername, Origin: from}
		if p, err := people.ByUsername(ctx, tx, username); err == nil && username != "" {
			row.About, row.Detail = p.ID, p.Username
		}
		return security.Write(ctx, tx, row)
	})
}

// FirstCode is the code with which the hospital's first administrator is made on the pages. Whoever starts the node reads it there; nobody who merely
// reaches the pages first knows it. It follows from a secret of the database and is the same at every start.
func (d *Desk) FirstCode(ctx context.Context) (string, error) {
	key, err := d.Secrets.Secret(ctx, "first administrator")
	if err != nil {
		return "", err
	}
	sum := hmac.New(sha256.New, key)
	sum.Write([]byte("code"))
	text := base32.StdEncoding.EncodeToString(sum.Sum(nil)[:10])
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-"), nil
}

// IsFirstCode tells whether somebody typed the code, in any writing of it.
func (d *Desk) IsFirstCode(ctx context.Context, typed string) (bool, error) {
	code, err := d.FirstCode(ctx)
	plain := strings.NewReplacer("-", "", " ", "")
	return err == nil && hmac.Equal([]byte(plain.Replace(strings.ToUpper(typed))), []byte(plain.Replace(code))), err
}

// WriteSecurityLog writes the whole security log, the oldest row first: as lines of JSON ("json") or as messages of RFC 5424 ("syslog").
func (d *Desk) WriteSecurityLog(ctx context.Context, w io.Writer, form string) error {
	write := security.WriteJSON
	switch form {
	case "json":
	case "syslog":
		write = func(w io.Writer, r security.Row, hash security.Hash) error {
			return security.WriteSyslog(w, d.Name, r, hash)
		}
	default:
		return fmt.Errorf("the form %q: there are json and syslog: %w", form, ErrInput)
	}
	return d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return security.Each(ctx, tx, func(r security.Row, hash security.Hash) error { return write(w, r, hash) })
	})
}
