package network

import (
	"context"
	"database/sql"

	"consilium/ledger"
)

// preparedTx prepares each statement once in a transaction that runs it thousands of times: parsing SQL costs as much as running it.
type preparedTx struct {
	ledger.Tx
	prepare func(ctx context.Context, query string) (*sql.Stmt, error)
	known   map[string]*sql.Stmt
}

// prepared wraps a transaction that can prepare; another one stays as it is.
func prepared(tx ledger.Tx) (ledger.Tx, func()) {
	p, ok := tx.(interface {
		PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	})
	if !ok {
		return tx, func() {}
	}
	t := &preparedTx{Tx: tx, prepare: p.PrepareContext, known: map[string]*sql.Stmt{}}
	return t, func() {
		for _, s := range t.known {
			s.Close()
		}
	}
}

func (t *preparedTx) statement(ctx context.Context, query string) *sql.Stmt {
	s, ok := t.known[query]
	if !ok {
		var err error
		if s, err = t.prepare(ctx, query); err != nil {
			return nil // running it will say what is wrong
		}
		t.known[query] = s
	}
	return s
}

func (t *preparedTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := t.statement(ctx, query); s != nil {
		return s.ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, query, args...)
}

// QueryRowContext is prepared too, for its row is read before anything else runs. Queries of many rows are not: two of one text may be open at a time.
func (t *preparedTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := t.statement(ctx, query); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}
