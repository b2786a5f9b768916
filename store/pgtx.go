package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// lentTx is the running transaction of a batch as River wants it. It belongs to the writer: it can be neither
// committed nor rolled back here. A transaction inside it is a savepoint.
type lentTx struct {
	conn      *pgx.Conn
	savepoint string // "" at the top
	depth     int
}

var errLent = fmt.Errorf("the transaction belongs to the writer")

// Begin implements pgx.Tx.
func (t *lentTx) Begin(ctx context.Context) (pgx.Tx, error) {
	inner := &lentTx{t.conn, fmt.Sprintf("lent_%d", t.depth+1), t.depth + 1}
	_, err := t.conn.Exec(ctx, "SAVEPOINT "+inner.savepoint)
	return inner, err
}

// Commit implements pgx.Tx.
func (t *lentTx) Commit(ctx context.Context) error { return t.end(ctx, "RELEASE SAVEPOINT ") }

// Rollback implements pgx.Tx. After Commit it is pgx.ErrTxClosed, as callers that defer it expect.
func (t *lentTx) Rollback(ctx context.Context) error { return t.end(ctx, "ROLLBACK TO SAVEPOINT ") }

func (t *lentTx) end(ctx context.Context, how string) error {
	switch t.savepoint {
	case "":
		return errLent
	case "ended":
		return pgx.ErrTxClosed
	}
	_, err := t.conn.Exec(ctx, how+t.savepoint)
	t.savepoint = "ended"
	return err
}

// CopyFrom implements pgx.Tx.
func (t *lentTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return t.conn.CopyFrom(ctx, table, columns, rows)
}

// SendBatch implements pgx.Tx.
func (t *lentTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}

// LargeObjects implements pgx.Tx. Nothing here uses them.
func (t *lentTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// Prepare implements pgx.Tx.
func (t *lentTx) Prepare(ctx context.Context, name, text string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, text)
}

// Exec implements pgx.Tx.
func (t *lentTx) Exec(ctx context.Context, text string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, text, args...)
}

// Query implements pgx.Tx.
func (t *lentTx) Query(ctx context.Context, text string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, text, args...)
}

// QueryRow implements pgx.Tx.
func (t *lentTx) QueryRow(ctx context.Context, text string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, text, args...)
}

// Conn implements pgx.Tx.
func (t *lentTx) Conn() *pgx.Conn { return t.conn }
