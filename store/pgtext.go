package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPgx opens a database on which no text fails for holding U+0000.
func openPgx(config pgx.ConnConfig) *sql.DB {
	return sql.OpenDB(textConnector{stdlib.GetConnector(config)})
}

type textConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c textConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return textConn{conn.(*stdlib.Conn)}, nil
}

// textConn is a connection to PostgreSQL, whose type text holds every character but U+0000. SQLite holds that too, and entries of other hospitals may bring it:
// what is folded of one must not fail here alone, for its thread would stand still at this hospital for ever. So U+FFFD is kept in its place. The bytes
// of entries and files are kept as they are.
type textConn struct{ *stdlib.Conn }

// CheckNamedValue implements driver.NamedValueChecker.
func (c textConn) CheckNamedValue(v *driver.NamedValue) error {
	text, ok := v.Value.(string)
	if !ok {
		of := reflect.ValueOf(v.Value)
		if of.Kind() != reflect.String {
			return c.Conn.CheckNamedValue(v)
		}
		if _, valuer := v.Value.(driver.Valuer); valuer {
			return c.Conn.CheckNamedValue(v)
		}
		text = of.String()
	}
	if strings.IndexByte(text, 0) >= 0 {
		v.Value = strings.ReplaceAll(text, "\x00", "\ufffd")
	}
	return c.Conn.CheckNamedValue(v)
}
