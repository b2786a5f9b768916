package people

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"consilium/ledger"
)

// PasswordParams are our cost of a password guess: 64 MiB and two passes, more than RFC 9106 asks of memory-constrained
// systems at one lane. A sign-in takes about a tenth of a second.
var PasswordParams = argon2id.Params{Memory: 64 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Lengths of a password, in characters. Long is better than complicated (NIST SP 800-63B): there are no rules on
// kinds of characters.
const (
	MinPassword = 12
	MaxPassword = 256
)

// PasswordHash is a password as it is stored: argon2id with its parameters and salt.
type PasswordHash string

// hashesAtOnce bounds the memory that people at the door can make the node use.
const hashesAtOnce = 4

// SignIn checks passwords. It is one for the whole node, because it counts attempts.
type SignIn struct {
	params  argon2id.Params
	limiter *Limiter
	nobody  PasswordHash  // what a password is compared with when there is no such user
	turns   chan struct{} // one for each hash that is being computed
}

// Option changes a SignIn.
type Option func(*SignIn)

// WithPasswordParams sets another cost for passwords.
func WithPasswordParams(p argon2id.Params) Option { return func(s *SignIn) { s.params = p } }

// WithLimiter sets another limit on attempts.
func WithLimiter(l *Limiter) Option { return func(s *SignIn) { s.limiter = l } }

// NewSignIn makes what checks passwords.
func NewSignIn(options ...Option) (*SignIn, error) {
	s := &SignIn{params: PasswordParams, limiter: NewLimiter(DefaultLimits), turns: make(chan struct{}, hashesAtOnce)}
	for _, set := range options {
		set(s)
	}
	s.nobody = hashOfNobody(s.params)
	return s, nil
}

// hashOfNobody is in the form of a hash and fits no password. It costs as much to compare with as a real one and nothing to make: a node that starts
// needs neither the time nor the memory.
func hashOfNobody(p argon2id.Params) PasswordHash {
	random := func(n uint32) string {
		b := make([]byte, n)
		rand.Read(b)
		return base64.RawStdEncoding.EncodeToString(b)
	}
	return PasswordHash(fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, random(p.SaltLength), random(p.KeyLength)))
}

// Hash checks that a password is good enough for p and returns what is stored of it. It takes about a tenth of a
// second and touches no database: call it before opening the transaction for SavePassword.
func (s *SignIn) Hash(ctx context.Context, p Person, password string) (PasswordHash, error) {
	if err := goodEnough(p, password); err != nil {
		return "", err
	}
	if err := s.takeTurn(ctx); err != nil {
		return "", err
	}
	defer s.endTurn()
	hash, err := argon2id.CreateHash(norm.NFKC.String(password), &s.params)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return PasswordHash(hash), nil
}

func goodEnough(p Person, password string) error {
	length := utf8.RuneCountInString(password)
	if length < MinPassword {
		return invalid("password", "password-short", map[string]any{"min": MinPassword})
	}
	if length > MaxPassword || !utf8.ValidString(password) {
		return invalid("password", "password-long", map[string]any{"max": MaxPassword})
	}
	distinct := map[rune]bool{}
	for _, c := range password {
		distinct[c] = true
	}
	if len(distinct) < 5 {
		return invalid("password", "password-simple", nil)
	}
	if name := FoldUsername(p.Username); len(name) > 3 && strings.Contains(FoldUsername(password), name) {
		return invalid("password", "password-name", nil)
	}
	return nil
}

// SavePassword stores a password and ends every session of the person: whoever knew the old one is out. A
// temporary password was given by an administrator and is to be changed at the next sign-in.
func SavePassword(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, hash PasswordHash, temporary bool) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO person_password (person, hash, temporary, changed_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, temporary = excluded.temporary, changed_ms = excluded.changed_ms`,
		string(person), string(hash), b2i(temporary), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("save password: %w", err)
	}
	return EndSessions(ctx, tx, person, "")
}

// PasswordState says whether a person has a password, whether it is temporary, and when it was set.
func PasswordState(ctx context.Context, tx ledger.Tx, person ledger.PersonID) (has, temporary bool, changed time.Time, err error) {
	var mustChange int
	var ms int64
	row := tx.QueryRowContext(ctx, `SELECT temporary, changed_ms FROM person_password WHERE person = $1`, string(person))
	switch err := noRows(row.Scan(&mustChange, &ms)); {
	case err == ErrNotFound:
		return false, false, time.Time{}, nil
	case err != nil:
		return false, false, time.Time{}, fmt.Errorf("look up password: %w", err)
	}
	return true, mustChange == 1, fromMilli(ms), nil
}

// Allow counts one attempt to sign in and returns ErrRateLimited if there were too many. WithPassword calls it itself;
// sign-in with a passkey calls it with an empty username before it begins.
func (s *SignIn) Allow(now time.Time, username, address string) error {
	keys := []string{"address " + addressKey(address)}
	if username != "" {
		keys = append(keys, "user "+FoldUsername(username))
	}
	return s.limiter.Allow(now, keys...)
}

// Passed takes back the attempt that Allow counted for an address, after somebody there has shown who they are: behind one address stands a whole
// hospital, and at the change of shift everybody signs in at once. WithPassword calls it itself.
func (s *SignIn) Passed(now time.Time, address string) {
	s.limiter.Return(now, "address "+addressKey(address))
}

// WithPassword returns whose username and password these are, and whether the password is temporary. It only reads, and
// takes about a tenth of a second: give it a reading handle rather than the writing transaction. Whether there is no such user,
// no password, a wrong one, or the person has left: the answer is ErrWrongCredentials after the same work.
func (s *SignIn) WithPassword(ctx context.Context, tx ledger.Tx, now time.Time, username, password, address string) (p Person, temporary bool, err error) {
	if err := s.Allow(now, username, address); err != nil {
		return Person{}, false, err
	}
	row := tx.QueryRowContext(ctx, `SELECT person.id, hash, temporary FROM person_password
		JOIN person ON person.id = person_password.person WHERE username = $1 AND active = 1 AND kind = $2`,
		FoldUsername(username), string(Staff))
	var id, hash string
	var mustChange int
	found := noRows(row.Scan(&id, &hash, &mustChange))
	switch {
	case found == ErrNotFound:
		hash = string(s.nobody)
	case found != nil:
		return Person{}, false, fmt.Errorf("look up password: %w", found)
	}
	matches, err := s.matches(ctx, password, hash)
	if err != nil {
		return Person{}, false, err
	}
	if !matches || found != nil {
		return Person{}, false, ErrWrongCredentials
	}
	p, err = Get(ctx, tx, ledger.PersonID(id))
	if err != nil {
		return Person{}, false, err
	}
	s.limiter.Forgive("user " + FoldUsername(username))
	s.Passed(now, address)
	return p, mustChange == 1, nil
}

// matches compares in constant time, as argon2id does. A password too long to be one is cut, not hashed whole: it
// cannot match, for what is stored was never longer.
func (s *SignIn) matches(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > 4*MaxPassword {
		password = password[:4*MaxPassword] + "\xff"
	}
	if err := s.takeTurn(ctx); err != nil {
		return false, err
	}
	defer s.endTurn()
	matches, err := argon2id.ComparePasswordAndHash(norm.NFKC.String(password), hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return matches, nil
}

func (s *SignIn) takeTurn(ctx context.Context) error {
	select {
	case s.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *SignIn) endTurn() { <-s.turns }
