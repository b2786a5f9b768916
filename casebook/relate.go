package casebook

import (
	"context"
	"slices"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// relations tells how people of the hospital own stand to cases. Who stands in for somebody who is away stands to their cases as they do, while it lasts.
func relations(own ledger.HospitalID) record.Relate {
	return func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, who record.Reader) ([]string, error) {
		list, err := Relations(ctx, tx, thread, own, who.Person)
		if err != nil {
			return nil, err
		}
		away, err := people.StandsInFor(ctx, tx, time.Now(), who.Person)
		for _, p := range away {
			theirs, err := Relations(ctx, tx, thread, own, p)
			if err != nil {
				return nil, err
			}
			list = append(list, theirs...)
		}
		slices.Sort(list)
		return slices.Compact(list), err
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
