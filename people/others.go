package people

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// The attempts of a hospital's other nodes count here as if they had been made here: each node tells the others what it counts, by the hash of its key, and takes back what they take back. A node that does not
// hear the others for a while counts its own alone.
const (
	toldTry       = "try"     // of an address or a username
	toldReturn    = "return"  // the attempt was none
	toldForgive   = "forgive" // all attempts of a username
	toldGuess     = "guess"   // of a password from an address
	toldKnown     = "known"   // the same, where the person has signed in before
	toldGuessDone = "guessed" // the right password came
)

// WithOthers has the attempts that are counted here told to the hospital's other nodes, which give them to [SignIn.Heard]. Tell must not block.
func WithOthers(tell func(text string)) Option { return func(s *SignIn) { s.tell = tell } }

func (s *SignIn) told(what, key string) {
	if s.tell != nil {
		s.tell(fmt.Sprintf("%s %x", what, sha256.Sum256([]byte(key))))
	}
}

// Heard counts what another node tells.
func (s *SignIn) Heard(now time.Time, text string) {
	what, key, _ := strings.Cut(text, " ")
	raw, err := hex.DecodeString(key)
	if err != nil || len(raw) != sha256.Size {
		return
	}
	hash := [sha256.Size]byte(raw)
	switch what {
	case toldTry:
		s.limiter.count(now, hash, 1)
	case toldReturn:
		s.limiter.count(now, hash, -1)
	case toldForgive:
		s.limiter.forgive(hash)
	case toldGuess:
		s.delays.count(now, hash, longestDelay)
	case toldKnown:
		s.delays.count(now, hash, knownDelay)
	case toldGuessDone:
		s.delays.forgive(hash)
	}
}
