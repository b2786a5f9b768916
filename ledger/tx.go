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

// DB is a database as rooms see it: the one that store opens, or a bare one in a room's own tests.
type DB interface {
	// View runs fn in a snapshot for reading.
	View(ctx context.Context, fn func(context.Context, Tx) error) error
	// Update runs fn in a transaction that is durable when Update returns nil, and never happened when it returns an error. Several updates
	// may share one commit; fn must not call Update.
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	// OnCommit runs fn after the transaction of ctx has committed, and not at all if it does not.
	OnCommit(ctx context.Context, fn func())
}
