package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Integrity looks for damaged pages and indexes of the SQLite file, and tells what it found. PostgreSQL's are its operator's: looked is false.
func (s *Store) Integrity(ctx context.Context) (damage []string, looked bool, err error) {
	if s.Postgres() {
		return nil, false, nil
	}
	damage, err = damageOf(ctx, s.readDB, "integrity_check")
	return damage, true, err
}

// damageOf asks SQLite for what is broken, by one of its two checks: quick_check leaves out whether indexes and tables say the same.
func damageOf(ctx context.Context, db *sql.DB, check string) (damage []string, err error) {
	rows, err := db.QueryContext(ctx, "PRAGMA "+check+"(20)")
	if err != nil {
		return []string{err.Error()}, nil // so damaged that it cannot be asked
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return damage, fmt.Errorf("checking the database: %w", sorted(err))
		}
		if line != "ok" {
			damage = append(damage, line)
		}
	}
	if err := rows.Err(); err != nil {
		damage = append(damage, err.Error())
	}
	return damage, nil
}
