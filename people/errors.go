package people

import (
	"errors"
	"fmt"
	"time"

	"consilium/lang"
)

// The sorts of errors that callers tell apart. They come wrapped with what was being done.
var (
	// ErrNotFound: there is no such person, session, passkey, token or privilege.
	ErrNotFound = errors.New("not found")
	// ErrWrongCredentials: the username, password, passkey or token does not open anything. It never says which.
	ErrWrongCredentials = errors.New("wrong credentials")
	// ErrTaken: the username, or being first, already belongs to somebody.
	ErrTaken = errors.New("already taken")
	// ErrExpired: what was valid once is past its time, or its person has left.
	ErrExpired = errors.New("expired")
)

// ErrRateLimited says that there were too many attempts.
type ErrRateLimited struct {
	RetryAfter time.Duration // when the next attempt will be heard
	Guessing   bool          // somebody tries many passwords for one person, and this is the first that is told of it within the hour
}

func (e ErrRateLimited) Error() string {
	return fmt.Sprintf("too many attempts, the next is heard in %s", e.RetryAfter)
}

// ErrInvalid says which field of a form cannot be accepted and why, in words for the person who filled it in.
type ErrInvalid struct {
	Field string // name of the form field
	Text  lang.Text
}

func (e ErrInvalid) Error() string { return e.Field + ": " + e.Text.En }

// invalid makes an ErrInvalid whose words stand in the phrase people.invalid.<key>.
func invalid(field, key string, args map[string]any) error {
	return ErrInvalid{Field: field, Text: lang.Phrase("people.invalid."+key, args)}
}
