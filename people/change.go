package people

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"slices"

	"github.com/go-webauthn/webauthn/webauthn"

	"consilium/ledger"
)

type changeKey struct{}

// Signing gives every change of people that is made under the context the key that signs it ([Unexplained]). Whoever owns the transactions calls it, so that no caller can forget to; without a key
// nothing is noted.
func Signing(ctx context.Context, key []byte) context.Context {
	return context.WithValue(ctx, changeKey{}, key)
}

// changedPeople notes what people are after a change, in its transaction. Who made it stands in the security log.
func changedPeople(ctx context.Context, tx ledger.Tx, people ...ledger.PersonID) error {
	key, _ := ctx.Value(changeKey{}).([]byte)
	if key == nil {
		return nil
	}
	place, before, err := ChangeHead(ctx, tx)
	for _, id := range people {
		if err != nil {
			return err
		}
		var state []byte
		if state, err = stateOf(ctx, tx, id); err != nil {
			return err
		}
		place++
		code := changeCode(key, before, place, id, state)
		_, err = tx.ExecContext(ctx, `INSERT INTO person_change (place, person, state, code) VALUES ($1, $2, $3, $4)`, place, string(id), state, code)
		before = code
	}
	if err != nil {
		return fmt.Errorf("noting a change of people: %w", err)
	}
	return nil
}

// ChangeHead is the place and the code of the newest change; zeros where there is none.
func ChangeHead(ctx context.Context, tx ledger.Tx) (place int64, code []byte, err error) {
	err = tx.QueryRowContext(ctx, `SELECT place, code FROM person_change ORDER BY place DESC LIMIT 1`).Scan(&place, &code)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, nil, fmt.Errorf("reading the newest change of people: %w", err)
	}
	return place, code, nil
}

// ChangeAt is the code of the change at a place; nil: there is none.
func ChangeAt(ctx context.Context, tx ledger.Tx, place int64) (code []byte, err error) {
	err = tx.QueryRowContext(ctx, `SELECT code FROM person_change WHERE place = $1`, place).Scan(&code)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return code, err
}

// TakeStock notes everybody as they are, where nothing was ever noted: the database of an earlier release.
func TakeStock(ctx context.Context, tx ledger.Tx) error {
	if place, _, err := ChangeHead(ctx, tx); err != nil || place > 0 {
		return err
	}
	everybody, err := ids(tx.QueryContext(ctx, `SELECT id FROM person ORDER BY id`))
	if err != nil {
		return err
	}
	return changedPeople(ctx, tx, everybody...)
}

// Unexplained compares everybody with the last signed change of theirs, and the changes with their signatures. It tells in words what does not fit; nothing where all does.
func Unexplained(ctx context.Context, tx ledger.Tx, key []byte) (breaks []string, err error) {
	last, breaks, err := lastStates(ctx, tx, key)
	if err != nil {
		return nil, err
	}
	everybody, err := ids(tx.QueryContext(ctx, `SELECT id FROM person ORDER BY id`))
	if err != nil {
		return nil, err
	}
	for _, id := range everybody {
		state, err := stateOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		switch noted, some := last[id]; {
		case !some:
			breaks = append(breaks, fmt.Sprintf("person %s: no signed change made them", id))
		case !bytes.Equal(noted, state):
			breaks = append(breaks, fmt.Sprintf("person %s: what they are, may do or come in with is not what the last signed change left", id))
		}
		delete(last, id)
	}
	var gone []string
	for id := range last {
		gone = append(gone, fmt.Sprintf("person %s: the rows are gone", id))
	}
	slices.Sort(gone)
	return append(breaks, gone...), nil
}

// lastStates follows the signed changes and keeps the last of everybody.
func lastStates(ctx context.Context, tx ledger.Tx, key []byte) (last map[ledger.PersonID][]byte, breaks []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT place, person, state, code FROM person_change ORDER BY place`)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the changes of people: %w", err)
	}
	defer rows.Close()
	last = map[ledger.PersonID][]byte{}
	var before []byte
	for next := int64(1); rows.Next(); next++ {
		var place int64
		var person string
		var state, code []byte
		if err := rows.Scan(&place, &person, &state, &code); err != nil {
			return nil, nil, fmt.Errorf("reading the changes of people: %w", err)
		}
		if place != next || !hmac.Equal(code, changeCode(key, before, place, ledger.PersonID(person), state)) {
			return last, []string{fmt.Sprintf("change %d of people: it is not signed by this hospital, or stands in another's place", next)}, nil
		}
		last[ledger.PersonID(person)], before = state, code
	}
	return last, nil, rows.Err()
}

func changeCode(key, before []byte, place int64, person ledger.PersonID, state []byte) []byte {
	m := hmac.New(sha256.New, key)
	for _, part := range []string{"consilium change of people 1", string(before), fmt.Sprint(place), string(person), string(state)} {
		writePart(m, part)
	}
	return m.Sum(nil)
}

// writePart hashes a text behind its length, so that no two lists of texts are alike.
func writePart(h hash.Hash, part string) {
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(part)))
	h.Write(size[:])
	h.Write([]byte(part))
}

// kept are the rows of a person that a change is noted for, each query with its name. Sessions, links and last uses come and go by themselves and are not among them.
var kept = []struct{ name, query string }{
	{"person", `SELECT kind, username, display_name, department, language, active, home_hospital, home_person, created_ms FROM person WHERE id = $1`},
	{"role", `SELECT role FROM person_role WHERE person = $1 ORDER BY role`},
	{"specialty", `SELECT specialty FROM person_specialty WHERE person = $1 ORDER BY specialty`},
	{"first", `SELECT one FROM first_administrator WHERE person = $1`},
	{"password", `SELECT hash, temporary, changed_ms FROM person_password WHERE person = $1`},
	{"token", `SELECT hash, id, name, scopes, created_ms, expires_ms FROM api_token WHERE person = $1 ORDER BY id`},
	{"privilege", `SELECT id, procedure, level, part, from_ms, until_ms, granted_by, visit, created_ms, ended_ms, ended_by, end_reason FROM privilege WHERE person = $1 ORDER BY id`},
	{"service", `SELECT sponsor, ends_ms, cases FROM service_account WHERE person = $1`},
	{"deputy", `SELECT deputy, from_ms, until_ms FROM person_deputy WHERE person = $1`},
}

// stateOf is the hash of all that is kept of a person.
func stateOf(ctx context.Context, tx ledger.Tx, id ledger.PersonID) ([]byte, error) {
	h := sha256.New()
	for _, k := range kept {
		writePart(h, k.name)
		if err := hashRows(ctx, tx, h, k.query, id); err != nil {
			return nil, fmt.Errorf("reading what is kept of %s: %w", id, err)
		}
	}
	if err := hashPasskeys(ctx, tx, h, id); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// hashRows hashes the cells of rows as texts, so that both databases give the same.
func hashRows(ctx context.Context, tx ledger.Tx, h hash.Hash, query string, id ledger.PersonID) error {
	rows, err := tx.QueryContext(ctx, query, string(id))
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, c := range cells {
			writePart(h, c.String)
		}
	}
	return rows.Err()
}

// hashPasskeys hashes a person's passkeys without what changes at each use of one.
func hashPasskeys(ctx context.Context, tx ledger.Tx, h hash.Hash, id ledger.PersonID) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, name, credential FROM passkey WHERE person = $1 ORDER BY id`, string(id))
	if err != nil {
		return fmt.Errorf("reading passkeys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, name, stored string
		var c webauthn.Credential
		if err := rows.Scan(&key, &name, &stored); err != nil {
			return fmt.Errorf("reading passkeys: %w", err)
		}
		parts := []string{"passkey", key, name, stored}
		if json.Unmarshal([]byte(stored), &c) == nil { // what cannot be read is no passkey that a change left
			parts = []string{"passkey", key, name, string(c.ID), string(c.PublicKey)}
		}
		for _, part := range parts {
			writePart(h, part)
		}
	}
	return rows.Err()
}
