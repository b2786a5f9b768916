package people

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"consilium/ledger"
)

// Wrong guesses of one password from one address: so many are free, then each has to wait twice as long as the one before.
const (
	freeGuesses  = 10
	firstDelay   = 15 * time.Second
	longestDelay = time.Hour
	knownDelay   = 30 * time.Second // the longest from an address where the person has signed in before: they come back to work
	forgetAfter  = 24 * time.Hour
	mostDelays   = 20_000
)

// delays count wrong guesses of one account from one address, in memory. They grow until the right password comes.
type delays struct {
	mu    sync.Mutex
	byKey map[[32]byte]*list.Element // of *delay
	order *list.List                 // most recently used first
}

type delay struct {
	key     [32]byte
	guesses int
	last    time.Time
	until   time.Time
}

func newDelays() *delays { return &delays{byKey: map[[32]byte]*list.Element{}, order: list.New()} }

// allow counts one guess, which is right only if forgive is called afterwards: so many at once are counted too.
func (d *delays) allow(now time.Time, key string, longest time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.of(sha256.Sum256([]byte(key)))
	if now.Sub(e.last) > forgetAfter {
		e.guesses, e.until = 0, time.Time{}
	}
	if now.Before(e.until) {
		return ErrRateLimited{RetryAfter: (e.until.Sub(now) + time.Second - 1).Truncate(time.Second)}
	}
	e.add(now, longest)
	return nil
}

// count counts a guess that another node has allowed.
func (d *delays) count(now time.Time, key [32]byte, longest time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of(key).add(now, longest)
}

func (e *delay) add(now time.Time, longest time.Duration) {
	e.guesses, e.last = e.guesses+1, now
	if over := e.guesses - freeGuesses; over >= 0 {
		e.until = now.Add(min(firstDelay<<min(over, 10), longest))
	}
}

func (d *delays) forgive(key [32]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e, ok := d.byKey[key]; ok {
		d.forget(e)
	}
}

func (d *delays) of(key [32]byte) *delay {
	if e, ok := d.byKey[key]; ok {
		d.order.MoveToFront(e)
		return e.Value.(*delay)
	}
	made := &delay{key: key}
	d.byKey[key] = d.order.PushFront(made)
	if d.order.Len() > mostDelays {
		d.forget(d.order.Back())
	}
	return made
}

func (d *delays) forget(e *list.Element) {
	d.order.Remove(e)
	delete(d.byKey, e.Value.(*delay).key)
}

// allowPassword counts one attempt. From an address where the person has signed in before, only guesses of that one account from that one address
// count, and the wait stays short. From elsewhere all guesses of the account and all of the address count too: so guessing from many addresses
// is slowed, and keeps nobody from working where they work.
func (s *SignIn) allowPassword(now time.Time, username, address string, known bool) error {
	name, place := FoldUsername(username), addressKey(address)
	if known {
		return s.guess(now, name+" "+place, toldKnown, knownDelay)
	}
	if err := s.Allow(now, address); err != nil {
		return err
	}
	var limited ErrRateLimited
	if err := s.try(now, "user "+name); errors.As(err, &limited) {
		s.Passed(now, address) // it is not this address that guesses too much
		limited.Guessing = s.noticed.Allow(now, name) == nil
		return limited
	}
	return s.guess(now, name+" "+place, toldGuess, longestDelay)
}

// guess counts one guess at every node.
func (s *SignIn) guess(now time.Time, of, what string, longest time.Duration) error {
	key := s.counted(of)
	err := s.delays.allow(now, key, longest)
	if err == nil {
		s.told(what, key)
	}
	return err
}

func (s *SignIn) passedPassword(now time.Time, username, address string, known bool) {
	name, place := FoldUsername(username), addressKey(address)
	guessed, user := s.counted(name+" "+place), s.counted("user "+name)
	s.delays.forgive(sha256.Sum256([]byte(guessed)))
	s.told(toldGuessDone, guessed)
	if !known {
		s.limiter.Forgive(user)
		s.told(toldForgive, user)
		s.Passed(now, address)
	}
}

// Known notes that a person has signed in from an address.
func Known(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, address string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO known_address (person, address, at_ms) VALUES ($1, $2, $3) ON CONFLICT (person, address) DO UPDATE SET at_ms = excluded.at_ms`,
		string(person), addressKey(address), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("note where somebody signed in: %w", err)
	}
	return nil
}
