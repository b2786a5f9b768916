package people

import (
	"errors"
	"testing"
)

// TestGuessesCountAtEveryNode: who guesses at two nodes in turn has no more guesses than at one, known or not; and the right password at one node forgives at both.
func TestGuessesCountAtEveryNode(t *testing.T) {
	var one, two *SignIn
	one = must[*SignIn](t)(NewSignIn(WithOthers(func(text string) { two.Heard(start, text) })))
	two = must[*SignIn](t)(NewSignIn(WithOthers(func(text string) { one.Heard(start, text) })))
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
