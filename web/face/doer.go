package face

import (
	"context"

	"consilium/ledger"
	"consilium/people/security"
)

// Doer is who did something, as the security log names them.
func (q *Request) Doer(ctx context.Context, tx ledger.Tx, by ledger.PersonID) string {
	switch by {
	case "":
		return q.P("settings.security.nobody", nil)
	case security.Local:
		return q.P("settings.security.local", nil)
	}
	return NameOf(ctx, tx, by)
}
