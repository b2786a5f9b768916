package casebook

import (
	"context"

	"consilium/ledger"
	"consilium/record"
)

// relations tells how people of the hospital own stand to cases.
func relations(own ledger.HospitalID) record.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, who record.Reader) ([]string, error) {
		return Relations(ctx, tx, thread, own, who.Person)
	}
}

// specialtyRelations lets people of the hospital own see a case while its referral waits for somebody of their sub-specialty to accept it.
func specialtyRelations(own ledger.HospitalID) record.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, who record.Reader) ([]string, error) {
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
