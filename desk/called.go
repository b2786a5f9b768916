package desk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"consilium/ledger"
)

// ErrSeveral says that a number names more than one thread here.
var ErrSeveral = fmt.Errorf("several threads have this number: %w", ErrInput)

// ThreadCalled finds the thread that somebody means: by its whole id, or by the end of it, the number that pages show. It says nothing of what the thread holds.
func (d *Desk) ThreadCalled(ctx context.Context, typed string) (id ledger.ThreadID, err error) {
	typed = strings.TrimSpace(typed)
	whole, bad := ledger.ParseThreadID(strings.ToLower(typed))
	end, odd := hex.DecodeString(typed)
	if bad != nil && (odd != nil || len(end) != 3) {
		return id, errors.Join(ErrNotHere, bad)
	}
	if bad == nil {
		end = whole[13:]
	}
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT thread FROM thread WHERE substr(thread, 14, 3) = $1`, end)
		if err != nil {
			return fmt.Errorf("looking for thread %s: %w", typed, err)
		}
		defer rows.Close()
		found := 0
		for rows.Next() {
			var raw []byte
			if err := rows.Scan(&raw); err != nil {
				return fmt.Errorf("looking for thread %s: %w", typed, err)
			}
			if one := ledger.ThreadID(raw); bad != nil || one == whole {
				id = one
				found++
			}
		}
		switch err := rows.Err(); {
		case err != nil:
			return err
		case found == 0:
			return ErrNotHere
		case found > 1:
			return ErrSeveral
		}
		return nil
	})
	return id, err
}
