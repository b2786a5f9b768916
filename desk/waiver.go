package desk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people/security"
	"consilium/registry/waiver"
)

// Waivers are waivers of consent as a thing that an action is about.
var Waivers = access.What{Of: waiver.Governance}

// Why a waiver is not granted.
var (
	ErrPast = errors.New("the last day of a waiver is not past")
	ErrLong = errors.New("a waiver ends within two years: what is to go on longer is granted anew")
)

// longestWaiver is for how many years a waiver counts at most: who granted it looks at it again, and one that everybody forgot ends.
const longestWaiver = 2

// GrantWaiver grants a waiver of consent, signed by who answers for the hospital's patients.
func (d *Desk) GrantWaiver(ctx context.Context, caller Caller, g waiver.Granted) (id ledger.ThreadID, err error) {
	if err := access.Need(caller.Who, access.Open, Waivers); err != nil {
		return id, err
	}
	if caller.Who.Sponsor != nil { // a program's account: whoever answers for patients signs in person
		return id, &access.Denial{Action: access.Open, Reason: lang.Phrase("waiver.program", nil)}
	}
	if !caller.Lets(ScopeWaive) {
		return id, fmt.Errorf("it needs the scope %q: %w", ScopeWaive, ErrScope)
	}
	if d.Packs(g.Pathway, "") == nil {
		return id, ErrNotHere
	}
	if _, err := time.Parse(time.DateOnly, g.Until); err == nil {
		switch {
		case g.Until < d.Now().Format(time.DateOnly):
			return id, errors.Join(ErrInput, ErrPast)
		case g.Until > d.Now().AddDate(longestWaiver, 0, 0).Format(time.DateOnly):
			return id, errors.Join(ErrInput, ErrLong)
		}
	}
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		id, err = d.Door.In(tx).Open(ctx, caller.Who, waiver.Talk().Thread, []ledger.Draft{{Kind: waiver.KindGranted, Says: g}})
		if err != nil {
			return err
		}
		return d.Note(ctx, tx, caller, security.WaiverGranted, "", g.Pathway+", "+g.Ethics+", until "+g.Until)
	})
	return id, err
}

// RevokeWaiver ends a waiver before its day.
func (d *Desk) RevokeWaiver(ctx context.Context, caller Caller, id ledger.ThreadID, reason string) error {
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		w, err := waiver.Get(ctx, tx, id)
		if err != nil {
			return errors.Join(ErrNotHere, err)
		}
		if _, err := d.Door.In(tx).Say(ctx, caller.Who, ledger.Draft{Thread: id, Kind: waiver.KindRevoked, Says: waiver.Revoked{Reason: reason}}); err != nil {
			return err
		}
		if err := d.DropAnswers(ctx, tx); err != nil {
			return err
		}
		return d.Note(ctx, tx, caller, security.WaiverRevoked, "", w.Pathway+", "+w.Ethics)
	})
}

// WaiversOf are the waivers of a pathway, the newest first, for who may know of them.
func (d *Desk) WaiversOf(ctx context.Context, tx ledger.Tx, caller Caller, pathway string) ([]waiver.Row, error) {
	if err := access.Need(caller.Who, access.List, Waivers); err != nil {
		return nil, err
	}
	if d.Packs(pathway, "") == nil {
		return nil, ErrNotHere
	}
	return waiver.Of(ctx, tx, pathway)
}

// waiverNamed finds the waiver in force that somebody names. Where there is none, nobody sees rows of patients who were not asked.
func (d *Desk) waiverNamed(ctx context.Context, tx ledger.Tx, pathway, name string) (waiver.Row, error) {
	w, err := waiver.Named(ctx, tx, pathway, name, d.Now())
	if errors.Is(err, waiver.ErrNone) {
		return w, &access.Denial{Action: access.Export, Reason: lang.Phrase("waiver.none", nil)}
	}
	return w, err
}

// waivedStill wants the very waiver to be in force under which rows were frozen: another one under the same number opens nothing of them.
func (d *Desk) waivedStill(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) error {
	w, err := waiver.Get(ctx, tx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !w.InForce(d.Now()) {
		return &access.Denial{Action: access.Export, Reason: lang.Phrase("waiver.none", nil)}
	}
	return err
}
