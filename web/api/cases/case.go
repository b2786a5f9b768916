package cases

import (
	"context"
	"errors"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/api"
)

func (a operations) getCase(ctx context.Context, in *api.ReadIn) (*api.Stated[caseView], error) {
	l, err := a.Door.Read(ctx, api.CallerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	if l.Kind != talk.Thread {
		return nil, desk.ErrNotHere
	}
	view := viewOf(casebook.Fold(l), l, api.LanguageOf(ctx))
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := casebook.IdentityOf(ctx, tx, in.ID)
		if err == nil {
			view.Patient = &patient{p.Name, p.Latin, p.LocalNumber, p.BirthDate}
			return nil
		}
		if errors.Is(err, casebook.ErrNoIdentity) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.State(l.Digest(), view)
}
