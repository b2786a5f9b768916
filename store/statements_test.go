package store_test

import (
	"context"
	"database/sql"
	"testing"

	"consilium/store"
	"consilium/store/storetest"
)

// TestOneTextReadTwiceAtOnce reads rows while the same statement is asked again inside the loop, and goes on after a table was made anew.
func TestOneTextReadTwiceAtOnce(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		const numbers = `SELECT n FROM numbers ORDER BY n`
		for round := range 2 {
			err := s.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
				for _, statement := range []string{`DROP TABLE IF EXISTS numbers`, s.DDL(`CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT`)} {
					if _, err := tx.ExecContext(ctx, statement); err != nil {
						return err
					}
				}
				for n := range 3 {
					if _, err := tx.ExecContext(ctx, `INSERT INTO numbers (n) VALUES ($1)`, n+round); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if s.Postgres() {
				return // its protocol reads one result at a time; the rest is SQLite's
			}
			err = s.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
				outer := all(t, tx, numbers, func(int) { all(t, tx, numbers, nil) })
				if len(outer) != 3 || outer[0] != round {
					t.Errorf("round %d reads %v", round, outer)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func all(t *testing.T, tx *sql.Tx, query string, each func(int)) (list []int) {
	t.Helper()
	rows, err := tx.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
		if each != nil {
			each(n)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
