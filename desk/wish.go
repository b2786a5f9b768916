package desk

import (
	"context"
	"fmt"
	"time"

	"consilium/ledger"
)

// Wish is somebody who may not see a case and asked to be named to it.
type Wish struct {
	Thread ledger.ThreadID
	Person ledger.PersonID
	At     time.Time
}

// WishPart notes that somebody asks to be named to a case. Asked again it is asked once; whether there is such a case is not told.
func WishPart(ctx context.Context, tx ledger.Tx, now time.Time, w Wish) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO part_wish (thread, person, at_ms) SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM thread WHERE thread = $1)
		ON CONFLICT (thread, person) DO NOTHING`, w.Thread[:], string(w.Person), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("asking for a part in case %s: %w", w.Thread, err)
	}
	return nil
}

// EndWish takes a wish off the list, granted or not.
func EndWish(ctx context.Context, tx ledger.Tx, w Wish) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM part_wish WHERE thread = $1 AND person = $2`, w.Thread[:], string(w.Person)); err != nil {
		return fmt.Errorf("answering who asks for a part in case %s: %w", w.Thread, err)
	}
	return nil
}

// Wishes lists who asks for a part, oldest first.
func Wishes(ctx context.Context, tx ledger.Tx) (list []Wish, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread, person, at_ms FROM part_wish ORDER BY at_ms, thread, person LIMIT 200`)
	if err != nil {
		return nil, fmt.Errorf("listing who asks for a part: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		var person string
		var ms int64
		if err := rows.Scan(&id, &person, &ms); err != nil {
			return nil, fmt.Errorf("listing who asks for a part: %w", err)
		}
		list = append(list, Wish{ledger.ThreadID(id), ledger.PersonID(person), time.UnixMilli(ms)})
	}
	return list, rows.Err()
}
