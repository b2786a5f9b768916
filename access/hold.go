package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"consilium/ledger"
)

// Hold is a legal hold: while it stands, nothing of a thread is destroyed at this hospital, whoever asks. What was erased stays hidden, its bytes locked.
type Hold struct {
	ID         string
	Thread     ledger.ThreadID
	Law        string // which law, or which proceeding
	Until      string // the day on which it ends by itself; empty: when somebody releases it
	Person     ledger.PersonID
	At         time.Time
	Released   time.Time // zero: not by anybody
	ReleasedBy ledger.PersonID
}

// Stands tells whether the hold keeps anything on a day.
func (h Hold) Stands(today string) bool {
	return h.Released.IsZero() && (h.Until == "" || today < h.Until)
}

// ErrHold says that a hold is not one: no law, no day, or no thread.
var ErrHold = errors.New("a legal hold names a thread, the law and, if any, the day on which it ends, like 2036-12-31")

// ErrHoldLong says that the law of a hold is named with too many words.
var ErrHoldLong = fmt.Errorf("the law of a legal hold is named in at most %d bytes; what more there is to say stands in the case", longestLaw)

// longestLaw is in bytes of UTF-8.
const longestLaw = 500

// AddHold puts a thread under a legal hold. Who may is asked before.
func AddHold(ctx context.Context, tx ledger.Tx, h Hold) (Hold, error) {
	h.Law = strings.TrimSpace(h.Law)
	if h.Until != "" {
		if _, err := time.Parse(time.DateOnly, h.Until); err != nil {
			return h, ErrHold
		}
	}
	if h.Law == "" || h.Thread.IsZero() {
		return h, ErrHold
	}
	if len(h.Law) > longestLaw {
		return h, ErrHoldLong
	}
	h.ID = rand.Text()
	_, err := tx.ExecContext(ctx, `INSERT INTO legal_hold (id, thread, law, until_day, person, at_ms, released_ms, released_by) VALUES ($1, $2, $3, $4, $5, $6, 0, '')`,
		h.ID, h.Thread[:], h.Law, h.Until, string(h.Person), h.At.UnixMilli())
	if err != nil {
		return h, fmt.Errorf("keeping a legal hold: %w", err)
	}
	return h, nil
}

// ReleaseHold ends a hold: what was decided to be destroyed is destroyed from now on. It tells whether there was one that stood.
func ReleaseHold(ctx context.Context, tx ledger.Tx, id string, by ledger.PersonID, now time.Time) (bool, error) {
	done, err := tx.ExecContext(ctx, `UPDATE legal_hold SET released_ms = $2, released_by = $3 WHERE id = $1 AND released_ms = 0`, id, now.UnixMilli(), string(by))
	if err != nil {
		return false, fmt.Errorf("releasing a legal hold: %w", err)
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// Holds lists the holds of a thread, or with the zero thread of all, newest first; released ones too.
func Holds(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) ([]Hold, error) {
	query, args := `SELECT id, thread, law, until_day, person, at_ms, released_ms, released_by FROM legal_hold`, []any{}
	if !thread.IsZero() {
		query, args = query+` WHERE thread = $1`, []any{thread[:]}
	}
	rows, err := tx.QueryContext(ctx, query+` ORDER BY at_ms DESC, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("listing legal holds: %w", err)
	}
	defer rows.Close()
	var list []Hold
	for rows.Next() {
		var h Hold
		var raw []byte
		var at, released int64
		if err := rows.Scan(&h.ID, &raw, &h.Law, &h.Until, &h.Person, &at, &released, &h.ReleasedBy); err != nil {
			return nil, fmt.Errorf("listing legal holds: %w", err)
		}
		h.Thread, h.At = ledger.ThreadID(raw), time.UnixMilli(at)
		if released != 0 {
			h.Released = time.UnixMilli(released)
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

// Held gives the hold that keeps a thread on a day, if there is one.
func Held(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, today string) (Hold, bool, error) {
	list, err := Holds(ctx, tx, thread)
	for _, h := range list {
		if h.Stands(today) {
			return h, true, err
		}
	}
	return Hold{}, false, err
}

// DecideDestroyed notes who decided that what an erasure names is destroyed here.
func DecideDestroyed(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, erasure ledger.Hash, by ledger.PersonID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO erasure_decision (erasure, thread, person, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (erasure) DO NOTHING`, erasure[:], thread[:], string(by), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("noting a decision about erasure %s: %w", erasure.Short(), err)
	}
	return nil
}

// TakeBackDestroyed ends a decision that an erasure is to be destroyed: somebody with the right to has answered otherwise since.
func TakeBackDestroyed(ctx context.Context, tx ledger.Tx, erasure ledger.Hash) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM erasure_decision WHERE erasure = $1`, erasure[:]); err != nil {
		return fmt.Errorf("taking back a decision about erasure %s: %w", erasure.Short(), err)
	}
	return nil
}

// DecidedDestroyed are the erasures of a thread of which somebody here decided so, and who.
func DecidedDestroyed(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) (map[ledger.Hash]ledger.PersonID, error) {
	rows, err := tx.QueryContext(ctx, `SELECT erasure, person FROM erasure_decision WHERE thread = $1`, thread[:])
	if err != nil {
		return nil, fmt.Errorf("reading decisions about erasures: %w", err)
	}
	defer rows.Close()
	all := map[ledger.Hash]ledger.PersonID{}
	for rows.Next() {
		var raw []byte
		var person ledger.PersonID
		if err := rows.Scan(&raw, &person); err != nil {
			return nil, fmt.Errorf("reading decisions about erasures: %w", err)
		}
		all[ledger.Hash(raw)] = person
	}
	return all, rows.Err()
}
