package access

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"consilium/ledger"
)

// Denied stands in the access log where a person asked and was told no.
const Denied = "denied"

// Seen is one row of the access log: who read which thread, when, and by what right.
type Seen struct {
	Place    int64
	At       time.Time
	Thread   ledger.ThreadID
	Person   ledger.PersonID
	Action   Action
	Why      string // id of the rule that allowed it, or Denied
	Relation string // in which the person stood to it, separated by spaces
	Origin   string // address and session
}

// Glass tells whether it was seen through broken glass.
func (s Seen) Glass() bool { return strings.Contains(s.Why, "glass") }

// ErrLogBroken says that the access log was changed behind the program's back.
var ErrLogBroken = errors.New("the access log was changed")

// Record adds a row to the access log. Rows hold the hash of the row before.
func Record(ctx context.Context, tx ledger.Tx, s Seen) error {
	var last []byte
	err := tx.QueryRowContext(ctx, `SELECT place, hash FROM access_log ORDER BY place DESC LIMIT 1`).Scan(&s.Place, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("reading the end of the access log: %w", err)
	}
	s.Place++
	_, err = tx.ExecContext(ctx, `INSERT INTO access_log (place, at_ms, thread, person, action, why, relation, origin, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, s.Place, s.At.UnixMilli(), s.Thread.String(), string(s.Person), string(s.Action), s.Why,
		s.Relation, s.Origin, s.chain(last))
	if err != nil {
		return fmt.Errorf("writing the access log: %w", err)
	}
	return nil
}

// chain is the row's hash over the row before and itself, each part behind its length.
func (s Seen) chain(before []byte) []byte {
	sum := sha256.New()
	for _, part := range []string{"consilium access log 1", string(before), fmt.Sprint(s.Place), fmt.Sprint(s.At.UnixMilli()), s.Thread.String(),
		string(s.Person), string(s.Action), s.Why, s.Relation, s.Origin} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		sum.Write(size[:])
		sum.Write([]byte(part))
	}
	return sum.Sum(nil)
}

// ReadAgain is how long a page that stays open reads again without a row of its own.
const ReadAgain = time.Hour

// Sought narrows the access log. The zero value is all of it.
type Sought struct {
	Thread      ledger.ThreadID
	Person      ledger.PersonID
	From, Until time.Time // until is not among them
	Denied      bool      // only what was refused
	Glass       bool      // only what was seen through broken glass, and breaking it
	Before      int64     // rows before this place; 0: from the end
	Limit       int       // 0: all
}

// FindLog lists the rows of the access log that are sought, the newest first.
func FindLog(ctx context.Context, tx ledger.Tx, q Sought) ([]Seen, error) {
	where, args := "WHERE 1 = 1", []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		where += fmt.Sprintf(" AND "+condition, len(args))
	}
	if !q.Thread.IsZero() {
		add("thread = $%d", q.Thread.String())
	}
	if q.Person != "" {
		add("person = $%d", string(q.Person))
	}
	if !q.From.IsZero() {
		add("at_ms >= $%d", q.From.UnixMilli())
	}
	if !q.Until.IsZero() {
		add("at_ms < $%d", q.Until.UnixMilli())
	}
	if q.Denied {
		add("why = $%d", Denied)
	}
	if q.Glass {
		add("why LIKE $%d", "%glass%")
	}
	if q.Before > 0 {
		add("place < $%d", q.Before)
	}
	where += " ORDER BY place DESC"
	if q.Limit > 0 {
		args = append(args, q.Limit)
		where += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return seen(ctx, tx, where, nil, args...)
}

// lastLike is when the newest reading was noted that differs from one in its time alone; zero: none was.
func lastLike(ctx context.Context, tx ledger.Tx, s Seen) (at time.Time, err error) {
	var ms int64
	err = tx.QueryRowContext(ctx, `SELECT at_ms FROM access_log WHERE thread = $1 AND person = $2 AND action = $3 AND why = $4 AND relation = $5 AND origin = $6
		ORDER BY place DESC LIMIT 1`, s.Thread.String(), string(s.Person), string(s.Action), s.Why, s.Relation, s.Origin).Scan(&ms)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the access log: %w", err)
	}
	return time.UnixMilli(ms), nil
}

// VerifyLog proves that no row of the access log was changed, and none but the newest removed. The error wraps ErrLogBroken and names
// the first row that does not fit.
func VerifyLog(ctx context.Context, tx ledger.Tx) error {
	var before []byte
	var place int64
	check := func(s Seen, hash []byte) error {
		place++
		if s.Place != place || string(s.chain(before)) != string(hash) {
			return fmt.Errorf("row %d: %w", place, ErrLogBroken)
		}
		before = hash
		return nil
	}
	_, err := seen(ctx, tx, `ORDER BY place`, check)
	return err
}

// LogHead is the place and hash of the newest row; 0 where there is none.
func LogHead(ctx context.Context, tx ledger.Tx) (place int64, hash []byte, err error) {
	err = tx.QueryRowContext(ctx, `SELECT place, hash FROM access_log ORDER BY place DESC LIMIT 1`).Scan(&place, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return place, hash, err
}

// LogHashAt is the hash of the row at a place, nil where there is no such row.
func LogHashAt(ctx context.Context, tx ledger.Tx, place int64) (hash []byte, err error) {
	err = tx.QueryRowContext(ctx, `SELECT hash FROM access_log WHERE place = $1`, place).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return hash, err
}

// seen reads rows; with a check it hands each to it and keeps none.
func seen(ctx context.Context, tx ledger.Tx, where string, check func(Seen, []byte) error, args ...any) ([]Seen, error) {
	rows, err := tx.QueryContext(ctx, `SELECT place, at_ms, thread, person, action, why, relation, origin, hash FROM access_log `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the access log: %w", err)
	}
	defer rows.Close()
	var list []Seen
	for rows.Next() {
		var s Seen
		var at int64
		var thread, person, action string
		var hash []byte
		if err := rows.Scan(&s.Place, &at, &thread, &person, &action, &s.Why, &s.Relation, &s.Origin, &hash); err != nil {
			return nil, fmt.Errorf("reading the access log: %w", err)
		}
		s.At, s.Person, s.Action = time.UnixMilli(at), ledger.PersonID(person), Action(action)
		if s.Thread, err = ledger.ParseThreadID(thread); err != nil {
			return nil, fmt.Errorf("row %d: %w: %w", s.Place, ErrLogBroken, err)
		}
		if check == nil {
			list = append(list, s)
		} else if err := check(s, hash); err != nil {
			return nil, err
		}
	}
	return list, rows.Err()
}
