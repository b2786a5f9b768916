package store

import (
	"context"
	"fmt"
)

// Integrity looks for damaged pages and indexes of the SQLite file, and tells what it found. PostgreSQL's are its operator's: looked is false.
func (s *Store) Integrity(ctx context.Context) (damage []string, looked bool, err error) {
	if s.Postgres() {
		return nil, false, nil
	}
	rows, err := s.readDB.QueryContext(ctx, "PRAGMA integrity_check(20)")
	if err != nil {
		return []string{err.Error()}, true, nil // so damaged that it cannot be asked
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return damage, true, fmt.Errorf("checking the database: %w", sorted(err))
		}
		if line != "ok" {
			damage = append(damage, line)
		}
	}
	if err := rows.Err(); err != nil {
		damage = append(damage, err.Error())
	}
	return damage, true, nil
}
