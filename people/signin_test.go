package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const secret = "four quite ordinary words"

func TestPassword(t *testing.T) {
	h := newHouse(t)
	ann := h.add("ann", Surgeon)
	h.givePassword(ann, secret)
	h.add("nopass")
	gone := h.add("gone")
	h.givePassword(gone, secret)
	gone.Active = false
	must[Person](t)(Update(h.ctx, h.db, gone))

	if p, _, err := h.signIn.WithPassword(h.ctx, h, start, "ANN", secret, "10.0.0.1:5000"); err != nil || p.ID != ann.ID {
		t.Fatalf("right password: %v, %v", p, err)
	}
	// One answer for everything that is wrong: who exists is not to be learned here.
	for _, c := range [][2]string{{"ann", secret + "x"}, {"ann", ""}, {"nobody", secret}, {"nopass", secret}, {"nopass", ""},
		{"gone", secret}, {"", ""}, {"ann", strings.Repeat("x", 1<<16)}} {
		if _, _, err := h.signIn.WithPassword(h.ctx, h, start, c[0], c[1], "10.0.0.2"); err != ErrWrongCredentials {
			t.Errorf("%q, %.20q: %v", c[0], c[1], err)
		}
	}
	if has, temporary, changed, err := PasswordState(h.ctx, h.db, ann.ID); !has || temporary || !changed.Equal(start) || err != nil {
		t.Errorf("password state: %v %v %v %v", has, temporary, changed, err)
	}
}

func TestUnknownUserCostsTheSameHash(t *testing.T) {
	h := newHouse(t)
	ann := h.add("ann")
	h.givePassword(ann, secret)
	var stored string
	if err := h.db.QueryRow(`SELECT hash FROM person_password`).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	cost := func(hash string) string {
		return hash[:strings.LastIndexByte(hash[:strings.LastIndexByte(hash, '$')], '$')]
	}
	if cost(stored) != cost(string(h.signIn.nobody)) || len(stored) != len(h.signIn.nobody) {
		t.Errorf("a known user's hash %q costs another than an unknown one's %q", stored, h.signIn.nobody)
	}
}

func TestWeakPasswords(t *testing.T) {
	h := newHouse(t)
	for _, weak := range []string{"short", "aaaaaaaaaaaaaaaa", "abababababab", "my name is wang.li!", strings.Repeat("abcdefg ", 40), "half a \xff byte here"} {
		_, err := h.signIn.Hash(h.ctx, Person{Username: "Wang.Li"}, weak)
		wantField(t, err, "password")
	}
	must[PasswordHash](t)(h.signIn.Hash(h.ctx, Person{Username: "wang.li"}, "床前明月光疑是地上霜举头望"))
}

func TestSavingAPasswordEndsSessions(t *testing.T) {
	h := newHouse(t)
	ann := h.add("ann")
	token, _, err := StartSession(h.ctx, h.db, start, ann.ID, Session{Method: "password"})
	if err != nil {
		t.Fatal(err)
	}
	h.givePassword(ann, secret)
	if _, _, err := FindSession(h.ctx, h.db, start, DefaultSessionLimits, token); !errors.Is(err, ErrNotFound) {
		t.Errorf("the old session after a new password: %v", err)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	h := newHouse(t)
	h.givePassword(h.add("ann"), secret)
	guess := func(at time.Time, user, password, address string) error {
		_, _, err := h.signIn.WithPassword(h.ctx, h, at, user, password, address)
		return err
	}
	for range DefaultLimits.Burst {
		if err := guess(start, "ann", "wrong", "10.0.0.1"); err != ErrWrongCredentials {
			t.Fatal(err)
		}
	}
	var limited ErrRateLimited
	if err := guess(start, "Ann", secret, "10.0.0.99"); !errors.As(err, &limited) {
		t.Fatalf("the name is not limited from another address: %v", err)
	}
	if err := guess(start, "bob", secret, "10.0.0.1"); !errors.As(err, &limited) {
		t.Fatalf("the address is not limited for another name: %v", err)
	}
	if err := guess(start.Add(limited.RetryAfter), "ann", secret, "10.0.0.98"); err != nil {
		t.Errorf("after waiting as told: %v", err)
	}
	// Who has shown who they are starts afresh.
	for range DefaultLimits.Burst {
		if err := guess(start.Add(time.Hour), "ann", secret, "10.0.1.1"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAddressKey(t *testing.T) {
	for address, want := range map[string]string{
		"10.1.2.3": "10.1.2.3", "10.1.2.3:99": "10.1.2.3", "::ffff:10.1.2.3": "10.1.2.3",
		"2001:db8:1:2:aaaa::1": "2001:db8:1:2::/64", "[2001:db8:1:2:bbbb::1]:443": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "odd": "odd",
	} {
		if got := addressKey(address); got != want {
			t.Errorf("addressKey(%s) = %s, want %s", address, got, want)
		}
	}
}

// Whatever the attempts: in no stretch of time does a key get more than its burst and what grew back, waiting as told
// is always enough, and memory stays bounded.
func TestLimiterLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{Burst: rapid.IntRange(1, 5).Draw(t, "burst"), Every: time.Duration(rapid.IntRange(1, 60).Draw(t, "every")) * time.Second, Keys: 8}
		l := NewLimiter(limits)
		now := start
		var heard []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "attempts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "pause ms")) * time.Millisecond)
			err := l.Allow(now, "user ann")
			var limited ErrRateLimited
			if errors.As(err, &limited) {
				if limited.RetryAfter <= 0 || limited.RetryAfter > limits.Every+time.Second {
					t.Fatalf("told to wait %s", limited.RetryAfter)
				}
				now = now.Add(limited.RetryAfter)
				if err = l.Allow(now, "user ann"); err != nil {
					t.Fatalf("waited as told, and then: %v", err)
				}
			}
			heard = append(heard, now)
			_ = l.Allow(now, "user "+rapid.StringMatching(`[a-d]{2}`).Draw(t, "other"))
			l.bucket("user ann") // stays among the recent ones
			if l.Len() > limits.Keys {
				t.Fatalf("%d keys remembered", l.Len())
			}
		}
		for i := range heard {
			for j := i; j < len(heard); j++ {
				grown := heard[j].Sub(heard[i]).Seconds() / limits.Every.Seconds()
				if float64(j-i+1) > float64(limits.Burst)+grown+1e-6 {
					t.Fatalf("%d attempts heard in %s", j-i+1, heard[j].Sub(heard[i]))
				}
			}
		}
	})
}

func TestRefusedAttemptCostsNobodyElse(t *testing.T) {
	l := NewLimiter(Limits{Burst: 1, Every: time.Minute, Keys: 10})
	if err := l.Allow(start, "user ann", "address a"); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := l.Allow(start, "user ann", "address b"); err == nil {
			t.Fatal("heard")
		}
	}
	if err := l.Allow(start, "address b"); err != nil {
		t.Errorf("refused attempts were counted: %v", err)
	}
}

func TestAWardThatSignsInAtOnceIsLetIn(t *testing.T) {
	h := newHouse(t)
	ann := h.add("ann", Surgeon)
	h.givePassword(ann, secret)
	h.signIn.limiter = NewLimiter(Limits{Burst: 3, Every: time.Minute, Keys: 100})
	for i := range 12 { // all behind one address
		if _, _, err := h.signIn.WithPassword(h.ctx, h, start, "ann", secret, "10.0.0.1"); err != nil {
			t.Fatalf("sign-in %d: %v", i+1, err)
		}
	}
	// Whoever has a password of their own gains no tries at others by it.
	wrong := 0
	for range 20 {
		_, _, err := h.signIn.WithPassword(h.ctx, h, start, "bob", "guess", "10.0.0.1")
		if errors.Is(err, ErrWrongCredentials) {
			wrong++
		}
		if _, _, err = h.signIn.WithPassword(h.ctx, h, start, "ann", secret, "10.0.0.1"); err != nil && wrong < 3 {
			t.Fatal(err)
		}
	}
	if wrong != 3 {
		t.Errorf("%d guesses were heard, want 3", wrong)
	}
}

// An attacker who guesses for somebody from everywhere does not keep them from signing in where they have signed in before, and is noticed once.
func TestGuessingFromManyAddressesLocksNobodyOutAtHome(t *testing.T) {
	h := newHouse(t)
	ann := h.add("ann", Surgeon)
	h.givePassword(ann, secret)
	if err := Known(h.ctx, h.db, start, ann.ID, "10.0.0.7:4000"); err != nil {
		t.Fatal(err)
	}
	noticed, slowed := 0, 0
	for i := range 200 {
		_, _, err := h.signIn.WithPassword(h.ctx, h, start, "ann", "guess", fmt.Sprintf("203.0.113.%d", i))
		var limited ErrRateLimited
		if errors.As(err, &limited) {
			slowed++
			if limited.Guessing {
				noticed++
			}
		}
	}
	if slowed < 180 || noticed != 1 {
		t.Errorf("of 200 guesses from 200 addresses %d were slowed down, and it was noticed %d times", slowed, noticed)
	}
	if _, _, err := h.signIn.WithPassword(h.ctx, h, start, "ann", secret, "10.0.0.7:5000"); err != nil {
		t.Errorf("at home: %v", err)
	}
}

// Each wrong guess from one address waits longer than the one before; where the person has signed in before, never longer than half a minute.
func TestTheDelayGrows(t *testing.T) {
	h := newHouse(t)
	ann := h.add("ann", Surgeon)
	h.givePassword(ann, secret)
	if err := Known(h.ctx, h.db, start, ann.ID, "10.0.0.7"); err != nil {
		t.Fatal(err)
	}
	wait := func(address string) (longest time.Duration) {
		now := start
		for range 30 {
			_, _, err := h.signIn.WithPassword(h.ctx, h, now, "ann", "guess", address)
			var limited ErrRateLimited
			if errors.As(err, &limited) {
				longest = max(longest, limited.RetryAfter)
				now = now.Add(limited.RetryAfter)
			}
		}
		return longest
	}
	if at := wait("198.51.100.1"); at < 8*time.Minute {
		t.Errorf("from elsewhere the longest wait is %s", at)
	}
	if at := wait("10.0.0.7"); at > 30*time.Second {
		t.Errorf("where she works the longest wait is %s", at)
	}
}

// While a password is hashed no connection to the database is held: with one connection in all, others read meanwhile.
func TestHashingHoldsNoConnection(t *testing.T) {
	h := newHouse(t)
	h.givePassword(h.add("ann"), secret)
	h.db.SetMaxOpenConns(1)
	for range hashesAtOnce {
		h.signIn.turns <- struct{}{} // every turn is taken: a sign-in now waits in the middle
	}
	ctx, cancel := context.WithCancel(h.ctx)
	done := make(chan error)
	go func() {
		_, _, err := h.signIn.WithPassword(ctx, h, start, "ann", secret, "10.0.0.1")
		done <- err
	}()
	for range 100 {
		if _, err := List(h.ctx, h.db, Filter{}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the waiting sign-in: %v", err)
	}
}
