package ledger

import (
	"context"
	"fmt"
)

// OddClocks gives the entries of a thread whose writer's clock was more than a day ahead of this node's when they came. Their time is shown and
// marked; it was never used for order.
func OddClocks(ctx context.Context, tx Tx, thread ThreadID) (map[Hash]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT hash FROM entry WHERE thread = $1 AND clock_odd = 1`, thread[:])
	if err != nil {
		return nil, fmt.Errorf("reading which clocks of thread %s were ahead: %w", thread, err)
	}
	defer rows.Close()
	odd := map[Hash]bool{}
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("reading which clocks of thread %s were ahead: %w", thread, err)
		}
		var h Hash
		copy(h[:], raw)
		odd[h] = true
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading which clocks of thread %s were ahead: %w", thread, err)
	}
	return odd, nil
}
