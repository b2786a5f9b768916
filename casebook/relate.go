package casebook

import (
	"context"
	"errors"

	"consilium/access"
	"consilium/ledger"
	"consilium/people"
)

// RelationsOf tells how people of the hospital own stand to cases.
func RelationsOf(own ledger.HospitalID) access.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, person ledger.PersonID) ([]string, error) {
		return Relations(ctx, tx, thread, own, person)
	}
}

// SpecialtyRelations lets people of the hospital own see a case while its referral waits for somebody of their sub-specialty to accept it.
func SpecialtyRelations(own ledger.HospitalID) access.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, person ledger.PersonID) ([]string, error) {
		p, err := people.Get(ctx, tx, person)
		if errors.Is(err, people.ErrNotFound) || err == nil && len(p.Specialties) == 0 {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		open, err := OpenTo(ctx, tx, thread, own, p.Specialties)
		if !open {
			return nil, err
		}
		return []string{"specialty"}, err
	}
}
