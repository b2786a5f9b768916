package people

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// newSecret makes 256 random bits as text. What is stored is their hash only, so a copy of the database opens nothing;
// a plain hash is enough, because there is nothing to guess in random bits.
func newSecret(prefix string) (secret string, hash []byte) {
	var b [32]byte
	rand.Read(b[:]) // never fails: the program ends if the system has no randomness
	secret = prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, hashSecret(secret)
}

// hashSecret is what a secret is stored and found under. Finding it through an index tells an attacker at most
// about bits of the hash, from which no secret follows.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// newID makes a name for a row that is shown in lists and opens nothing.
func newID() string { return strings.ToLower(rand.Text()) }
