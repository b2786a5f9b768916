package ledger

import (
	"context"
	"database/sql"
)

// Tx is what a room needs of a database transaction. Store owns the transaction; whoever is handed a Tx
// neither commits nor keeps it. One SQL text with $1, $2 serves SQLite and PostgreSQL.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
