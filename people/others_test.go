package people

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestGuessesCountAtEveryNode: who guesses at two nodes in turn has no more guesses than at one, known or not; and the right password at one node forgives at both.
func TestGuessesCountAtEveryNode(t *testing.T) {
	var one, two *SignIn
	secret := []byte("of all nodes of one hospital")
	one = must[*SignIn](t)(NewSignIn(WithOthers(secret, func(text string) { two.Heard(start, text) })))
	two = must[*SignIn](t)(NewSignIn(WithOthers(secret, func(text string) { one.Heard(start, text) })))
	for _, c := range []struct {
		address string
		known   bool
	}{{"10.0.0.1", false}, {"10.0.0.2", true}} {
		guesses := 0
		var limited ErrRateLimited
		for ; guesses < 40; guesses++ {
			at := []*SignIn{one, two}[guesses%2]
			if err := at.allowPassword(start, "ann", c.address, c.known); errors.As(err, &limited) {
				break
			}
		}
		if guesses > freeGuesses+1 {
			t.Errorf("known %v: %d guesses at two nodes", c.known, guesses)
		}
		for _, at := range []*SignIn{one, two} {
			if err := at.allowPassword(start, "ann", c.address, c.known); !errors.As(err, &limited) {
				t.Errorf("known %v: a node does not count what the other did: %v", c.known, err)
			}
		}
		one.passedPassword(start, "ann", c.address, c.known)
		if c.known {
			if err := two.allowPassword(start, "ann", c.address, c.known); err != nil {
				t.Errorf("forgiven at one node only: %v", err)
			}
		}
	}
	for range DefaultLimits.Burst {
		if err := one.Allow(start, "10.0.0.3"); err != nil {
			t.Fatal(err)
		}
	}
	if err := two.Allow(start, "10.0.0.3"); err == nil {
		t.Error("an address that tried at one node may try as often at the other")
	}
	one.Passed(start, "10.0.0.3")
	if err := two.Allow(start, "10.0.0.3"); err != nil {
		t.Errorf("an attempt that was none counts at the other node: %v", err)
	}
	two.Heard(start, "try not-a-hash") // from a newer release, perhaps
}

// TestWhatNodesTellTellsNoPassword: what was typed as a username may have been a password, so what nodes tell each other of it can be compared with no word by who does not know their secret.
func TestWhatNodesTellTellsNoPassword(t *testing.T) {
	var told []string
	s := must[*SignIn](t)(NewSignIn(WithOthers([]byte("of all nodes of one hospital"), func(text string) { told = append(told, text) })))
	const typed, address = "Sommer2026!", "10.0.0.1"
	if err := s.allowPassword(start, typed, address, false); err != nil {
		t.Fatal(err)
	}
	s.passedPassword(start, typed, address, false)
	name := FoldUsername(typed)
	for _, guess := range []string{"user " + name, name, typed, name + " " + address, "address " + address} {
		for _, text := range told {
			if strings.Contains(text, fmt.Sprintf("%x", sha256.Sum256([]byte(guess)))) {
				t.Errorf("%q can be guessed from %q", guess, text)
			}
		}
	}
	if len(told) < 5 {
		t.Errorf("told is %v", told)
	}
}
