package security

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

// Local is who did what was done by the owner of the node's machine, without a name.
const Local ledger.PersonID = "local"

// Row is one row of the log.
type Row struct {
	Place  int64 // 1, 2, 3, …; given by Write
	At     time.Time
	Event  Event
	By     ledger.PersonID // who did it; "" nobody who is known
	About  ledger.PersonID // whose access it is about; "" nobody's
	Detail string          // of what: a partner, a token's name, a thread
	Origin string          // address and session, token, or socket
}

// Hash is the hash of a row, over it and the row before.
type Hash [32]byte

// ErrBroken says that the log was changed behind the program's back.
var ErrBroken = errors.New("the security log was changed")

// mostText bounds one field of a row: what strangers type ends up here.
const mostText = 500

// Write adds a row. Place is given here; texts are cut to what a log needs.
func Write(ctx context.Context, tx ledger.Tx, r Row) error {
	place, before, err := Head(ctx, tx)
	if err != nil {
		return err
	}
	r.Place, r.Detail, r.Origin = place+1, tidy(r.Detail), tidy(r.Origin)
	hash := r.chain(before)
	_, err = tx.ExecContext(ctx, `INSERT INTO security_log (place, at_ms, event, actor, about, detail, origin, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.Place, r.At.UnixMilli(), string(r.Event), string(r.By), string(r.About), r.Detail, r.Origin, hash[:])
	if err != nil {
		return fmt.Errorf("writing the security log: %w", err)
	}
	return nil
}

// tidy makes foreign text one line of bounded length.
func tidy(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if len(s) > mostText {
		s = strings.ToValidUTF8(s[:mostText], "")
	}
	return s
}

// chain is the row's hash over the row before and itself, each part behind its length.
func (r Row) chain(before Hash) (h Hash) {
	sum := sha256.New()
	for _, part := range []string{"consilium security log 1", string(before[:]), fmt.Sprint(r.Place), fmt.Sprint(r.At.UnixMilli()), string(r.Event),
		string(r.By), string(r.About), r.Detail, r.Origin} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		sum.Write(size[:])
		sum.Write([]byte(part))
	}
	sum.Sum(h[:0])
	return h
}

// Head is the place and hash of the newest row; zeros where there is none.
func Head(ctx context.Context, tx ledger.Tx) (place int64, hash Hash, err error) {
	var raw []byte
	err = tx.QueryRowContext(ctx, `SELECT place, hash FROM security_log ORDER BY place DESC LIMIT 1`).Scan(&place, &raw)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, hash, fmt.Errorf("reading the end of the security log: %w", err)
	}
	copy(hash[:], raw)
	return place, hash, nil
}

// HashAt is the hash of the row at a place. False: there is no such row.
func HashAt(ctx context.Context, tx ledger.Tx, place int64) (hash Hash, found bool, err error) {
	var raw []byte
	err = tx.QueryRowContext(ctx, `SELECT hash FROM security_log WHERE place = $1`, place).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return hash, false, nil
	}
	copy(hash[:], raw)
	return hash, err == nil, err
}

// Before lists the log from its end, or from before a place, the newest first.
func Before(ctx context.Context, tx ledger.Tx, place int64, limit int) (list []Row, err error) {
	if place <= 0 {
		place = 1 << 62
	}
	err = each(ctx, tx, `WHERE place < $1 ORDER BY place DESC LIMIT $2`, func(r Row, _ Hash) error { list = append(list, r); return nil }, place, limit)
	return list, err
}

// Each gives every row with its hash to fn, the oldest first.
func Each(ctx context.Context, tx ledger.Tx, fn func(Row, Hash) error) error {
	return each(ctx, tx, `ORDER BY place`, fn)
}

// Verify proves that no row was changed or taken out but at the end. The error wraps ErrBroken and names the first row that does not fit.
func Verify(ctx context.Context, tx ledger.Tx) error {
	var c checker
	return Each(ctx, tx, c.next)
}

// checker follows the chain.
type checker struct {
	place int64
	hash  Hash
}

func (c *checker) next(r Row, hash Hash) error {
	if r.Place != c.place+1 || r.chain(c.hash) != hash {
		return fmt.Errorf("row %d: %w", c.place+1, ErrBroken)
	}
	c.place, c.hash = r.Place, hash
	return nil
}

// Noted tells whether an event stands in the log with a detail.
func Noted(ctx context.Context, tx ledger.Tx, event Event, detail string) (bool, error) {
	var one int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM security_log WHERE event = $1 AND detail = $2 LIMIT 1`, string(event), tidy(detail)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Last is when an event happened last. False: never.
func Last(ctx context.Context, tx ledger.Tx, event Event) (at time.Time, found bool, err error) {
	return when(ctx, tx, `SELECT at_ms FROM security_log WHERE event = $1 ORDER BY place DESC LIMIT 1`, string(event))
}

// Began is when the first row was written. False: there is none.
func Began(ctx context.Context, tx ledger.Tx) (at time.Time, found bool, err error) {
	return when(ctx, tx, `SELECT at_ms FROM security_log ORDER BY place LIMIT 1`)
}

func when(ctx context.Context, tx ledger.Tx, query string, args ...any) (at time.Time, found bool, err error) {
	var ms int64
	err = tx.QueryRowContext(ctx, query, args...).Scan(&ms)
	if errors.Is(err, sql.ErrNoRows) {
		return at, false, nil
	}
	if err != nil {
		return at, false, fmt.Errorf("reading the security log: %w", err)
	}
	return time.UnixMilli(ms), true, nil
}

// News lists what others did to a person's access since they last said that they had read it, the oldest first, and at most so many. How they were given it is no
// news: that they were added, their roles and privileges before they first came, and the link with which they chose their first password. A link that they did not come
// by, a token and a use of their name always are.
func News(ctx context.Context, tx ledger.Tx, person ledger.PersonID, limit int) (list []Row, err error) {
	come, by, err := firstOwn(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	given := []Event{PersonAdded, PersonChanged, PrivilegeGiven}
	if by == PasswordChanged {
		given = append(given, PasswordLink)
	}
	err = each(ctx, tx, `WHERE about = $1 AND actor <> $1 AND actor <> '' AND place > COALESCE((SELECT place FROM security_read WHERE person = $1), 0)
		AND NOT (place < $2 AND event IN ($3, $4, $5, $6)) ORDER BY place LIMIT $7`,
		func(r Row, _ Hash) error { list = append(list, r); return nil }, string(person), come, string(given[0]), string(given[1]), string(given[2]), string(given[len(given)-1]), limit)
	return list, err
}

// firstOwn is where a person first came, by signing in or by choosing a password; 0: never.
func firstOwn(ctx context.Context, tx ledger.Tx, person ledger.PersonID) (place int64, by Event, err error) {
	err = each(ctx, tx, `WHERE about = $1 AND actor = $1 AND event IN ($2, $3) ORDER BY place LIMIT 1`,
		func(r Row, _ Hash) error { place, by = r.Place, r.Event; return nil }, string(person), string(SignedIn), string(PasswordChanged))
	return place, by, err
}

// HaveRead notes up to which place a person has read what others did to their access.
func HaveRead(ctx context.Context, tx ledger.Tx, person ledger.PersonID, place int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO security_read (person, place) VALUES ($1, $2) ON CONFLICT (person) DO UPDATE SET place = excluded.place
		WHERE security_read.place < excluded.place`, string(person), place)
	if err != nil {
		return fmt.Errorf("noting what was read: %w", err)
	}
	return nil
}

func each(ctx context.Context, tx ledger.Tx, where string, fn func(Row, Hash) error, args ...any) error {
	rows, err := tx.QueryContext(ctx, `SELECT place, at_ms, event, actor, about, detail, origin, hash FROM security_log `+where, args...)
	if err != nil {
		return fmt.Errorf("reading the security log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		var at int64
		var event, by, about string
		var raw []byte
		if err := rows.Scan(&r.Place, &at, &event, &by, &about, &r.Detail, &r.Origin, &raw); err != nil {
			return fmt.Errorf("reading the security log: %w", err)
		}
		r.At, r.Event, r.By, r.About = time.UnixMilli(at), Event(event), ledger.PersonID(by), ledger.PersonID(about)
		var hash Hash
		copy(hash[:], raw)
		if err := fn(r, hash); err != nil {
			return err
		}
	}
	return rows.Err()
}
