package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"consilium/casebook"
	"consilium/lab/guide"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/ledger"
)

// AskLab has something made from what a program wrote down, in the form of its kind. It is read strictly and checked against the case before anything is made.
func (d *Desk) AskLab(ctx context.Context, caller Caller, o LabOrder, asked json.RawMessage) (rehearsal.Artefact, error) {
	side := ""
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := d.Book.Log(ctx, tx, o.Thread)
		side = casebook.Fold(l).Side
		return err
	})
	if err != nil {
		return rehearsal.Artefact{}, err
	}
	if o.Asked, err = labAsked(o.Kind, asked, o.Thread, side); err != nil {
		return rehearsal.Artefact{}, err
	}
	if pairs, ok := o.Asked.(rehearsal.RegistrationOrder); o.Kind == rehearsal.Plan || ok && pairs.Kind == "" {
		return d.MakeInLab(ctx, caller, o)
	}
	return d.OrderLab(ctx, caller, o)
}

// labAsked reads and checks what is asked of a kind.
func labAsked(kind rehearsal.Kind, raw json.RawMessage, thread ledger.ThreadID, side string) (any, error) {
	switch kind {
	case rehearsal.Surface:
		var o rehearsal.SurfaceOrder
		err := errors.Join(strictly(raw, &o), o.Check())
		return o, err
	case rehearsal.Plan:
		p, err := plan.Read(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		return p, rehearsal.CheckPlan(p, thread, side)
	case rehearsal.Guide, rehearsal.Model:
		o := rehearsal.GuideOrder{Design: guide.Defaults()}
		err := errors.Join(strictly(raw, &o), o.Check(thread, side))
		return o, err
	case rehearsal.Strength:
		var o rehearsal.StrengthOrder
		err := errors.Join(strictly(raw, &o), o.Check())
		return o, err
	case rehearsal.Registration:
		var o rehearsal.RegistrationOrder
		err := errors.Join(strictly(raw, &o), o.Check())
		return o, err
	}
	if kind == rehearsal.Mirror {
		var o rehearsal.MirrorOrder
		err := errors.Join(strictly(raw, &o), o.Check())
		return o, err
	}
	return nil, ErrInput
}

// strictly refuses fields that are not known: what is half understood is not what was asked for.
func strictly(raw json.RawMessage, v any) error {
	j := json.NewDecoder(bytes.NewReader(raw))
	j.DisallowUnknownFields()
	if err := j.Decode(v); err != nil {
		return errors.Join(ErrInput, err)
	}
	return nil
}
