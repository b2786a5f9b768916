package store

import (
	"context"
	"database/sql/driver"
)

// keptStatements bounds how many prepared statements one connection keeps. The rooms together have fewer.
const keptStatements = 400

// statementConnector opens SQLite connections that keep their statements prepared: parsing took a third of the time of an append.
type statementConnector struct{ driver.Connector }

func (c statementConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &statementConn{liteConn: conn.(liteConn), kept: map[string]*keptStatement{}}, nil
}

// statementConn is a connection whose statements stay prepared. Like every driver.Conn it is used by one goroutine at a time.
type statementConn struct {
	liteConn
	kept map[string]*keptStatement
}

// keptStatement is busy while its rows are being read: the same text then goes the ordinary way.
type keptStatement struct {
	stmt driver.Stmt
	busy bool
}

func (c *statementConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	k, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.liteConn.ExecContext(ctx, query, args)
	}
	return k.stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (c *statementConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	k, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.liteConn.QueryContext(ctx, query, args)
	}
	rows, err := k.stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	k.busy = true
	return &keptRows{Rows: rows, of: k}, nil
}

// statement gives a prepared statement, or nil where the text has to go the ordinary way.
func (c *statementConn) statement(ctx context.Context, query string) (*keptStatement, error) {
	k := c.kept[query]
	if k == nil && len(c.kept) < keptStatements {
		stmt, err := c.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		k = &keptStatement{stmt: stmt}
		c.kept[query] = k
	}
	if k == nil || k.busy {
		return nil, nil
	}
	return k, nil
}

// Close gives the statements back before the connection.
func (c *statementConn) Close() error {
	for _, k := range c.kept {
		k.stmt.Close()
	}
	return c.liteConn.Close()
}

// keptRows frees its statement when it has been read.
type keptRows struct {
	driver.Rows
	of *keptStatement
}

func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
