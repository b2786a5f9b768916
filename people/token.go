package people

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"consilium/ledger"
)

// TokenPrefix begins every API token, so that scanners find one that was published by mistake.
const TokenPrefix = "cst_"

// MaxTokenLife is the longest time for which an API token is given.
const MaxTokenLife = 366 * 24 * time.Hour

// keepExpiredTokens is how long an expired token is still listed, so that its owner sees why a program stopped.
const keepExpiredTokens = 30 * 24 * time.Hour

// Scope is one thing that an API token may be used for, such as "cases.read". It never gives more than its person may do.
type Scope string

var scopeForm = regexp.MustCompile(`^[a-z]+(\.[a-z]+)*$`)

// APIToken lets a program act for a person.
type APIToken struct {
	ID      string // for lists and RevokeToken; opens nothing
	Person  ledger.PersonID
	Name    string // what it is for, in its owner's words
	Scopes  []Scope
	Created time.Time
	Expires time.Time
	Used    time.Time // zero: never
}

// WorthTouching says whether the last use is old enough to be written again.
func (t APIToken) WorthTouching(now time.Time) bool { return now.Sub(t.Used) >= touchEvery }

// CreateToken makes an API token for a person and returns its secret, which is shown once and stored nowhere. Name, Scopes
// and Expires are taken from t.
func CreateToken(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, t APIToken) (secret string, made APIToken, err error) {
	made = APIToken{ID: newID(), Person: person, Name: oneLine(t.Name, 100), Scopes: sortedUnique(t.Scopes), Created: milli(now), Expires: milli(t.Expires)}
	if err := checkToken(now, made); err != nil {
		return "", APIToken{}, err
	}
	secret, hash := newSecret(TokenPrefix)
	_, err = tx.ExecContext(ctx, `INSERT INTO api_token (hash, id, person, name, scopes, created_ms, expires_ms, used_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`, hash, made.ID, string(person), made.Name, joinScopes(made.Scopes),
		now.UnixMilli(), made.Expires.UnixMilli())
	if err != nil {
		return "", APIToken{}, fmt.Errorf("make API token: %w", err)
	}
	return secret, made, changedPeople(ctx, tx, person)
}

func checkToken(now time.Time, t APIToken) error {
	if t.Name == "" {
		return invalid("name", "token-name", nil)
	}
	if len(t.Scopes) == 0 || slices.ContainsFunc(t.Scopes, func(s Scope) bool { return len(s) > 60 || !scopeForm.MatchString(string(s)) }) {
		return invalid("scopes", "token-scopes", nil)
	}
	if !t.Expires.After(now) || t.Expires.After(now.Add(MaxTokenLife)) {
		return invalid("expires", "token-expires", nil)
	}
	return nil
}

const tokenColumns = `api_token.id, api_token.person, api_token.name, api_token.scopes, api_token.created_ms, api_token.expires_ms, api_token.used_ms`

// FindToken returns the token that a secret opens and its person: ErrWrongCredentials if there is none, ErrExpired if it is
// over or its person has left. It only reads: call TouchToken when WorthTouching says so.
func FindToken(ctx context.Context, tx ledger.Tx, now time.Time, secret string) (APIToken, Person, error) {
	if !strings.HasPrefix(secret, TokenPrefix) {
		return APIToken{}, Person{}, ErrWrongCredentials
	}
	var cells tokenCells
	p, err := scanWholePerson(tx.QueryRowContext(ctx, `SELECT `+wholePerson+`, `+tokenColumns+` FROM api_token JOIN person ON person.id = api_token.person
		WHERE api_token.hash = $1`, hashSecret(secret)), cells.into()...)
	if err = noRows(err); err == ErrNotFound {
		return APIToken{}, Person{}, ErrWrongCredentials
	}
	if err != nil {
		return APIToken{}, Person{}, fmt.Errorf("find API token: %w", err)
	}
	t := cells.token()
	if !now.Before(t.Expires) {
		return APIToken{}, Person{}, fmt.Errorf("find API token: %w", ErrExpired)
	}
	if !p.Active {
		return APIToken{}, Person{}, fmt.Errorf("find API token: person has left: %w", ErrExpired)
	}
	if p.Kind == Service {
		if err := serves(ctx, tx, now, p); err != nil {
			return APIToken{}, Person{}, err
		}
	}
	return t, p, nil
}

// TouchToken writes that a token is in use now.
func TouchToken(ctx context.Context, tx ledger.Tx, now time.Time, id string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE api_token SET used_ms = $1 WHERE id = $2 AND used_ms < $1`, now.UnixMilli(), id); err != nil {
		return fmt.Errorf("touch API token: %w", err)
	}
	return nil
}

// ListTokens returns a person's API tokens, the newest first; those that expired lately too.
func ListTokens(ctx context.Context, tx ledger.Tx, person ledger.PersonID) ([]APIToken, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+tokenColumns+` FROM api_token WHERE person = $1 ORDER BY created_ms DESC, id`, string(person))
	if err != nil {
		return nil, fmt.Errorf("list API tokens: %w", err)
	}
	defer rows.Close()
	var found []APIToken
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, fmt.Errorf("list API tokens: %w", err)
		}
		found = append(found, t)
	}
	return found, rows.Err()
}

// RevokeToken ends one of a person's API tokens at once. It returns ErrNotFound if that person has no such token.
func RevokeToken(ctx context.Context, tx ledger.Tx, person ledger.PersonID, id string) error {
	result, err := tx.ExecContext(ctx, `DELETE FROM api_token WHERE person = $1 AND id = $2`, string(person), id)
	if err != nil {
		return fmt.Errorf("revoke API token: %w", err)
	}
	if !changed(result) {
		return fmt.Errorf("revoke API token: %w", ErrNotFound)
	}
	return changedPeople(ctx, tx, person)
}

// AllTokens returns every API token of this hospital, by person and the newest first.
func AllTokens(ctx context.Context, tx ledger.Tx) (found []APIToken, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+tokenColumns+` FROM api_token ORDER BY person, created_ms DESC, id`)
	if err != nil {
		return nil, fmt.Errorf("list API tokens: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, fmt.Errorf("list API tokens: %w", err)
		}
		found = append(found, t)
	}
	return found, rows.Err()
}

// RevokeTokens ends every API token of a person at once.
func RevokeTokens(ctx context.Context, tx ledger.Tx, person ledger.PersonID) error {
	return dropTokens(ctx, tx, `person = $1`, string(person))
}

// dropTokens ends the API tokens of which a condition holds.
func dropTokens(ctx context.Context, tx ledger.Tx, where string, args ...any) error {
	whose, err := ids(tx.QueryContext(ctx, `SELECT DISTINCT person FROM api_token WHERE `+where+` ORDER BY person`, args...))
	if err != nil || len(whose) == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM api_token WHERE `+where, args...); err != nil {
		return fmt.Errorf("revoke API tokens: %w", err)
	}
	return changedPeople(ctx, tx, whose...)
}

// tokenCells take the columns of a token.
type tokenCells struct {
	t                      APIToken
	person, scopes         string
	created, expires, used int64
}

func (c *tokenCells) into() []any {
	return []any{&c.t.ID, &c.person, &c.t.Name, &c.scopes, &c.created, &c.expires, &c.used}
}

func (c *tokenCells) token() APIToken {
	t := c.t
	t.Person, t.Created, t.Expires, t.Used = ledger.PersonID(c.person), fromMilli(c.created), fromMilli(c.expires), fromMilli(c.used)
	for _, s := range strings.Fields(c.scopes) {
		t.Scopes = append(t.Scopes, Scope(s))
	}
	return t
}

func scanToken(row scanner) (APIToken, error) {
	var c tokenCells
	err := row.Scan(c.into()...)
	return c.token(), err
}

func joinScopes(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}
