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
	delays  *delays
	noticed *Limiter      // so that guessing is told of once an hour
	nobody  PasswordHash  // what a password is compared with when there is no such user
	turns   chan struct{} // one for each hash that is being computed
	tell    func(string)  // the hospital's other nodes; nil: there are none
	secret  []byte        // of all nodes; nil: there is one
}

// Option changes a SignIn.
type Option func(*SignIn)

// WithPasswordParams sets another cost for passwords.
func WithPasswordParams(p argon2id.Params) Option { return func(s *SignIn) { s.params = p } }

// WithLimiter sets another limit on attempts.
func WithLimiter(l *Limiter) Option { return func(s *SignIn) { s.limiter = l } }

// NewSignIn makes what checks passwords.
func NewSignIn(options ...Option) (*SignIn, error) {
	s := &SignIn{params: PasswordParams, limiter: NewLimiter(DefaultLimits), delays: newDelays(), noticed: NewLimiter(Limits{Burst: 1, Every: time.Hour, Keys: DefaultLimits.Keys}), turns: make(chan struct{}, hashesAtOnce)}
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
	if err := dropLinks(ctx, tx, person); err != nil {
		return err
	}
	if err := EndSessions(ctx, tx, person, ""); err != nil {
		return err
	}
	return changedPeople(ctx, tx, person)
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

// Allow counts one attempt to sign in with a passkey from an address and returns ErrRateLimited if there were too many.
func (s *SignIn) Allow(now time.Time, address string) error {
	return s.try(now, "address "+addressKey(address))
}

// try counts one attempt of something at every node.
func (s *SignIn) try(now time.Time, of string) error {
	key := s.counted(of)
	err := s.limiter.Allow(now, key)
	if err == nil {
		s.told(toldTry, key)
	}
	return err
}

// Passed takes back the attempt that was counted for an address, after somebody there has shown who they are: behind one address stands a whole
// hospital, and at the change of shift everybody signs in at once. WithPassword calls it itself.
func (s *SignIn) Passed(now time.Time, address string) {
	key := s.counted("address " + addressKey(address))
	s.limiter.Return(now, key)
	s.told(toldReturn, key)
}

// Viewer reads in one snapshot, as [ledger.DB] does.
type Viewer interface {
	View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error
}

// stored is what stands behind a username.
type stored struct {
	person    ledger.PersonID // "" where there is nobody
	hash      string
	temporary bool
	known     bool // the person has signed in from this address before
}

// WithPassword returns whose username and password these are, and whether the password is temporary. It takes about a tenth of a second, in which it
// holds no connection to the database: who guesses does not keep others from reading. Whether there is no such user,
// no password, a wrong one, or the person has left: the answer is ErrWrongCredentials after the same work.
func (s *SignIn) WithPassword(ctx context.Context, db Viewer, now time.Time, username, password, address string) (p Person, temporary bool, err error) {
	var found stored
	err = db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		found, err = s.find(ctx, tx, username, address)
		return err
	})
	if err != nil {
		return Person{}, false, err
	}
	if err := s.allowPassword(now, username, address, found.known); err != nil {
		return Person{}, false, err
	}
	matches, err := s.matches(ctx, password, found.hash)
	if err != nil {
		return Person{}, false, err
	}
	if !matches || found.person == "" {
		return Person{}, false, ErrWrongCredentials
	}
	err = db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = Get(ctx, tx, found.person)
		return err
	})
	if err != nil {
		return Person{}, false, err
	}
	if !p.Active { // dismissed in that tenth of a second
		return Person{}, false, ErrWrongCredentials
	}
	s.passedPassword(now, username, address, found.known)
	return p, found.temporary, nil
}

func (s *SignIn) find(ctx context.Context, tx ledger.Tx, username, address string) (f stored, err error) {
	row := tx.QueryRowContext(ctx, `SELECT person.id, hash, temporary,
		EXISTS (SELECT 1 FROM known_address WHERE known_address.person = person.id AND address = $3) FROM person_password
		JOIN person ON person.id = person_password.person WHERE username = $1 AND active = 1 AND kind = $2`,
		FoldUsername(username), string(Staff), addressKey(address))
	var id string
	var mustChange int
	switch err := noRows(row.Scan(&id, &f.hash, &mustChange, &f.known)); {
	case err == ErrNotFound:
		return stored{hash: string(s.nobody)}, nil
	case err != nil:
		return f, fmt.Errorf("look up password: %w", err)
	}
	f.person, f.temporary = ledger.PersonID(id), mustChange == 1
	return f, nil
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
