package store

import (
	"context"
	"database/sql/driver"
	"errors"
)

// turn is a lock that is handed on in the order of asking. SQLite's own busy handler is not fair: under load the
// queue of jobs would wait until its patience ends while the writer takes the database again and again.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }

// politeConnector opens connections for the queue of jobs. Whatever they do waits for its turn: a statement
// of its own until its rows are closed, a transaction until it ends.
type politeConnector struct {
	driver.Connector
	turn turn
}

func (c politeConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &politeConn{liteConn: conn.(liteConn), turn: c.turn}, nil
}

// liteConn is what database/sql uses of modernc's connection.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type politeConn struct {
	liteConn
	turn turn
	inTx bool // database/sql uses a connection from one goroutine at a time
}

func (c *politeConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.turn.take(ctx); err != nil {
		return nil, err
	}
	tx, err := c.liteConn.BeginTx(ctx, opts)
	if err != nil {
		c.turn.give()
		return nil, err
	}
	c.inTx = true
	return &politeTx{tx, c}, nil
}

func (c *politeConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !c.inTx {
		if err := c.turn.take(ctx); err != nil {
			return nil, err
		}
		defer c.turn.give()
	}
	return c.liteConn.ExecContext(ctx, query, args)
}

func (c *politeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.inTx {
		return c.liteConn.QueryContext(ctx, query, args)
	}
	if err := c.turn.take(ctx); err != nil {
		return nil, err
	}
	rows, err := c.liteConn.QueryContext(ctx, query, args)
	if err != nil {
		c.turn.give()
		return nil, err
	}
	return &politeRows{rows, c.turn}, nil
}

type politeTx struct {
	driver.Tx
	conn *politeConn
}

func (t *politeTx) Commit() error {
	if err := about("commit of the queue"); err != nil {
		return errors.Join(err, t.Rollback())
	}
	defer t.end()
	return t.Tx.Commit()
}

func (t *politeTx) Rollback() error {
	defer t.end()
	return t.Tx.Rollback()
}

func (t *politeTx) end() {
	t.conn.inTx = false
	t.conn.turn.give()
}

// politeRows keeps the turn until it is closed, for an INSERT with RETURNING commits only then.
type politeRows struct {
	driver.Rows
	turn turn
}

func (r *politeRows) Close() error {
	err := r.Rows.Close()
	if r.turn != nil {
		r.turn.give()
		r.turn = nil
	}
	return err
}
