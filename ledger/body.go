package ledger

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"
)

// ErrBody says that bytes are not a body of format 1.
var ErrBody = errors.New("not a body of format 1")

// Body is the part of an entry that the law may make us erase.
type Body struct {
	Salt   string          `json:"salt"`            // 128 random bits: a body cannot be guessed from its hash
	Author Author          `json:"author"`          // as the hospital vouches for them
	At     string          `json:"at,omitempty"`    // when what is said happened: a date, perhaps partial
	Pack   *PackRef        `json:"pack,omitempty"`  // the pathway pack it was filled in with
	Blobs  []BlobRef       `json:"blobs,omitempty"` // what is attached
	Says   json.RawMessage `json:"says"`            // by the kind
	Proof  json.RawMessage `json:"proof,omitempty"` // room for a person's own proof
}

// Author is a person's name and role at the time of saying.
type Author struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

// PackRef names a pathway pack exactly.
type PackRef struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Hash    Hash   `json:"hash"`
}

// BlobRef is one attached file.
type BlobRef struct {
	Hash   Hash   `json:"hash"`             // SHA-256 of the file as stored, ciphertext where sealed
	Size   int64  `json:"size"`             // bytes
	Type   string `json:"type"`             // media type
	Label  string `json:"label,omitempty"`  // what a person calls it
	Scope  string `json:"scope,omitempty"`  // the consent it needs to leave: "images", "recording", "identity"; empty: as the thread
	Sealed bool   `json:"sealed,omitempty"` // age ciphertext, served only to those whom a consent names
}

// encode writes the body's bytes; they are hashed once and never written again.
func (b Body) encode() ([]byte, error) {
	raw, err := Encode(b)
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxBody {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", ErrBody, len(raw), MaxBody)
	}
	if err := checkBody(raw); err != nil {
		return nil, err
	}
	return raw, checkWritten(raw)
}

// ParseBody reads and checks a body. Keys that it does not know are kept by whoever holds the bytes: a newer release wrote them.
func ParseBody(raw []byte) (Body, error) {
	var b Body
	if len(raw) > MaxBody {
		return b, fmt.Errorf("%w: %d bytes are more than %d", ErrBody, len(raw), MaxBody)
	}
	if err := checkBody(raw); err != nil {
		return b, err
	}
	if err := jsonv2.Unmarshal(raw, &b); err != nil {
		return Body{}, fmt.Errorf("%w: %w", ErrBody, err)
	}
	return b, b.check()
}

func checkBody(raw []byte) error {
	if err := checkJSON(raw); err != nil {
		return fmt.Errorf("%w: %w", ErrBody, err)
	}
	return nil
}

func (b *Body) check() error {
	salt, err := base64.RawURLEncoding.Strict().DecodeString(b.Salt)
	switch {
	case err != nil || len(salt) != 16:
		return fmt.Errorf("%w: the salt has 128 bits in base64url", ErrBody)
	case len(b.Says) == 0 || b.Says[0] != '{':
		return fmt.Errorf("%w: what is said is an object", ErrBody)
	case len(b.Blobs) > MaxBlobs:
		return fmt.Errorf("%w: %d blobs are more than %d", ErrBody, len(b.Blobs), MaxBlobs)
	case b.Author.Name == "" || b.Author.Role == "":
		return fmt.Errorf("%w: the author has a name and a role", ErrBody)
	}
	for _, blob := range b.Blobs {
		if blob.Size < 0 || blob.Type == "" || blob.Hash.IsZero() {
			return fmt.Errorf("%w: a blob has a hash, a size and a type", ErrBody)
		}
	}
	return nil
}

func newSalt() string {
	var salt [16]byte
	rand.Read(salt[:])
	return base64.RawURLEncoding.EncodeToString(salt[:])
}

// Encode writes a value as JSON in the form that bodies have: no escapes that nothing needs.
func Encode(v any) ([]byte, error) {
	raw, err := jsonv2.Marshal(v, jsonv2.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBody, err)
	}
	return raw, nil
}

// Decode reads what an entry says. Letter case counts and unknown fields are passed over: fields are added, never renamed.
func Decode[T any](says []byte) (T, error) {
	var v T
	if err := jsonv2.Unmarshal(says, &v); err != nil {
		return v, fmt.Errorf("%w: %w", ErrBody, err)
	}
	return v, nil
}
