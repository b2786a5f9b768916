package casebook

import (
	"context"

	"consilium/access"
	"consilium/ledger"
)

// RelationsOf tells how people of the hospital own stand to cases.
func RelationsOf(own ledger.HospitalID) access.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, who access.Who) ([]string, error) {
		return Relations(ctx, tx, thread, own, who.Person)
	}
}

// SpecialtyRelations lets people of the hospital own see a case while its referral waits for somebody of their sub-specialty to accept it.
func SpecialtyRelations(own ledger.HospitalID) access.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, who access.Who) ([]string, error) {
		if len(who.SubSpecialties) == 0 {
			return nil, nil
		}
		open, err := OpenTo(ctx, tx, thread, own, who.SubSpecialties)
		if !open {
			return nil, err
		}
		return []string{"specialty"}, err
	}
}
