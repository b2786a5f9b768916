package people

import (
	"context"
	"fmt"
	"time"

	"consilium/ledger"
)

// SessionLimits say how long a sign-in lasts.
type SessionLimits struct {
	Idle     time.Duration // without a request
	Absolute time.Duration // from the sign-in, whatever happens
}

// DefaultSessionLimits fit a ward: a long operation does not sign its surgeon out, a night does.
var DefaultSessionLimits = SessionLimits{Idle: 4 * time.Hour, Absolute: 16 * time.Hour}

// touchEvery is how precisely the last use of a session or token is kept: a request seldom writes.
const touchEvery = time.Minute

// Session is one sign-in on one device.
type Session struct {
	ID      string // for lists and EndSession; opens nothing
	Person  ledger.PersonID
	Method  string // "password", "passkey"
	Address string
	Agent   string // what the browser calls itself
	Created time.Time
	Used    time.Time // last request, to a minute
}

// Expires is when the session ends if it is not used again.
func (s Session) Expires(l SessionLimits) time.Time {
	idle, absolute := s.Used.Add(l.Idle), s.Created.Add(l.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// StartSession signs a person in and returns the token for the cookie; it is stored nowhere else. Method, Address and
// Agent are taken from how.
func StartSession(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, how Session) (token string, s Session, err error) {
	token, hash := newSecret("")
	s = Session{ID: newID(), Person: person, Method: oneLine(how.Method, 40), Address: oneLine(how.Address, 100),
		Agent: oneLine(how.Agent, 300), Created: milli(now), Used: milli(now)}
	_, err = tx.ExecContext(ctx, `INSERT INTO sign_in_session (hash, id, person, method, address, agent, created_ms, used_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`, hash, s.ID, string(person), s.Method, s.Address, s.Agent, now.UnixMilli())
	if err != nil {
		return "", Session{}, fmt.Errorf("start session: %w", err)
	}
	return token, s, nil
}

const sessionColumns = `id, person, method, address, agent, created_ms, used_ms`

// FindSession returns the session that a token opens and its person. It returns ErrNotFound for no session and ErrExpired for
// one that is over, or whose person has left. It only reads: call TouchSession when WorthTouching says so.
func FindSession(ctx context.Context, tx ledger.Tx, now time.Time, l SessionLimits, token string) (Session, Person, error) {
	s, err := scanSession(tx.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM sign_in_session WHERE hash = $1`, hashSecret(token)))
	if err != nil {
		return Session{}, Person{}, fmt.Errorf("find session: %w", noRows(err))
	}
	if !now.Before(s.Expires(l)) {
		return Session{}, Person{}, fmt.Errorf("find session: %w", ErrExpired)
	}
	p, err := Get(ctx, tx, s.Person)
	if err != nil {
		return Session{}, Person{}, err
	}
	if !p.Active {
		return Session{}, Person{}, fmt.Errorf("find session: person has left: %w", ErrExpired)
	}
	return s, p, nil
}

// WorthTouching says whether the last use is old enough to be written again.
func (s Session) WorthTouching(now time.Time) bool { return now.Sub(s.Used) >= touchEvery }

// Fresh says whether somebody proved who they are lately enough for what a stolen session must not do: making or removing credentials, taking records out.
func (s Session) Fresh(now time.Time) bool { return now.Sub(s.Created) < freshFor }

// freshFor is how long after a sign-in nobody is asked again who they are.
const freshFor = 10 * time.Minute

// TouchSession writes that a session is in use now. A clock that went back changes nothing.
func TouchSession(ctx context.Context, tx ledger.Tx, now time.Time, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE sign_in_session SET used_ms = $1 WHERE id = $2 AND used_ms < $1`, now.UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// ListSessions returns where a person is signed in, the latest used first.
func ListSessions(ctx context.Context, tx ledger.Tx, now time.Time, l SessionLimits, person ledger.PersonID) ([]Session, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+sessionColumns+` FROM sign_in_session WHERE person = $1 ORDER BY used_ms DESC, id`, string(person))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	var found []Session
	for rows.Next() {
		s, err := scanSession(rows)
		if err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		if now.Before(s.Expires(l)) {
			found = append(found, s)
		}
	}
	return found, rows.Err()
}

// EndSession signs a person out of one session. It returns ErrNotFound if that person has no such session, so that
// nobody ends another's.
func EndSession(ctx context.Context, tx ledger.Tx, person ledger.PersonID, id string) error {
	result, err := tx.ExecContext(ctx, `DELETE FROM sign_in_session WHERE person = $1 AND id = $2`, string(person), id)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if !changed(result) {
		return fmt.Errorf("end session: %w", ErrNotFound)
	}
	return nil
}

// EndSessions signs a person out everywhere but in the session with the id keep, which may be "".
func EndSessions(ctx context.Context, tx ledger.Tx, person ledger.PersonID, keep string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_session WHERE person = $1 AND id <> $2`, string(person), keep); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// Sweep removes sessions, ceremonies and API tokens that are over. Correctness does not depend on it.
func Sweep(ctx context.Context, tx ledger.Tx, now time.Time, l SessionLimits) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM sign_in_session WHERE created_ms <= $1 OR used_ms <= $2`,
		now.Add(-l.Absolute).UnixMilli(), now.Add(-l.Idle).UnixMilli())
	if err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	if _, err = tx.ExecContext(ctx, `DELETE FROM passkey_ceremony WHERE expires_ms <= $1`, now.UnixMilli()); err != nil {
		return fmt.Errorf("sweep ceremonies: %w", err)
	}
	if _, err = tx.ExecContext(ctx, `DELETE FROM password_link WHERE expires_ms <= $1`, now.UnixMilli()); err != nil {
		return fmt.Errorf("sweep links: %w", err)
	}
	return dropTokens(ctx, tx, `expires_ms <= $1`, now.Add(-keepExpiredTokens).UnixMilli())
}

func scanSession(row scanner) (Session, error) {
	var s Session
	var person string
	var created, used int64
	err := row.Scan(&s.ID, &person, &s.Method, &s.Address, &s.Agent, &created, &used)
	s.Person, s.Created, s.Used = ledger.PersonID(person), fromMilli(created), fromMilli(used)
	return s, err
}

// milli is a time as it comes back from the database.
func milli(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }
