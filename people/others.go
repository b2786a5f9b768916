package people

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// The attempts of a hospital's other nodes count here as if they had been made here: each node tells the others what it counts, by a keyed hash of what it is of, and takes back what they take back. A node that does not
// hear the others for a while counts its own alone.
const (
	toldTry       = "try"     // of an address or a username
	toldReturn    = "return"  // the attempt was none
	toldForgive   = "forgive" // all attempts of a username
	toldGuess     = "guess"   // of a password from an address
	toldKnown     = "known"   // the same, where the person has signed in before
	toldGuessDone = "guessed" // the right password came
)

// WithOthers has the attempts that are counted here told to the hospital's other nodes, which give them to [SignIn.Heard]. Tell must not block. The secret is that of all nodes and of nobody else: what was
// typed as a username may have been a password, and whoever hears what nodes tell each other could try words against a hash without one.
func WithOthers(secret []byte, tell func(text string)) Option {
	return func(s *SignIn) { s.tell, s.secret = tell, secret }
}

// counted names what attempts are counted for, here and at other nodes.
func (s *SignIn) counted(what string) string {
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte(what))
	return string(m.Sum(nil))
}

// told tells other nodes of an attempt, by what it counts for ([SignIn.counted]).
func (s *SignIn) told(what, counted string) {
	if s.tell != nil {
		s.tell(fmt.Sprintf("%s %x", what, sha256.Sum256([]byte(counted))))
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
