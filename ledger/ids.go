package ledger

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Hash is the SHA-256 of an entry, a body, a blob or a pack, always beside a word that says of which.
type Hash [32]byte

// Key is an Ed25519 public key that signs entries. One hospital may have several, each for one data folder.
type Key [32]byte

// HospitalID is who a hospital is: 160 bits of the hash of its root key.
type HospitalID [20]byte

// ThreadID names a thread: a UUIDv7 (RFC 9562).
type ThreadID [16]byte

// PersonID is the random name that a hospital gives to a member of staff, a patient or a system. It is never a name, and
// means nothing without the hospital that gave it.
type PersonID string

var idText = base32.StdEncoding.WithPadding(base32.NoPadding)

// errForm says that some text is not what it should be; it is always wrapped with what was read.
var errForm = errors.New("not in its one written form")

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short is the start of the hash, enough for people to tell entries of one thread apart.
func (h Hash) Short() string { return hex.EncodeToString(h[:4]) }

// IsZero tells whether the hash stands for "none".
func (h Hash) IsZero() bool { return h == Hash{} }

func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

func (h *Hash) UnmarshalText(b []byte) error { return unhex(h[:], string(b)) }

// ParseHash reads 64 lower-case hexadecimal digits.
func ParseHash(s string) (h Hash, err error) { return h, unhex(h[:], s) }

func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Short is the start of the key, enough for people to tell a hospital's keys apart.
func (k Key) Short() string { return hex.EncodeToString(k[:4]) }

func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

func (k *Key) UnmarshalText(b []byte) error { return unhex(k[:], string(b)) }

func unhex(to []byte, s string) error {
	if len(s) != 2*len(to) || strings.ToLower(s) != s {
		return fmt.Errorf("%d lower-case hexadecimal digits expected: %w", 2*len(to), errForm)
	}
	if _, err := hex.Decode(to, []byte(s)); err != nil {
		return fmt.Errorf("hexadecimal digits expected: %w", errForm)
	}
	return nil
}

// Raw is the ID in 32 letters, as it stands in headers and in the database of other programs.
func (h HospitalID) Raw() string { return idText.EncodeToString(h[:]) }

// String is the ID as people read and type it: nine groups of four letters, the last of which checks the others.
func (h HospitalID) String() string {
	text := h.Raw() + h.check()
	groups := make([]string, 0, 9)
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, "-")
}

func (h HospitalID) check() string {
	sum := sha256.Sum256(append([]byte("consilium hospital check\x00"), h[:]...))
	return idText.EncodeToString(sum[:])[:4]
}

// IsZero tells whether the ID stands for "none".
func (h HospitalID) IsZero() bool { return h == HospitalID{} }

func (h HospitalID) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

func (h *HospitalID) UnmarshalText(b []byte) (err error) {
	*h, err = ParseHospitalID(string(b))
	return err
}

// betweenGroups takes out what stands between the groups of an ID.
var betweenGroups = strings.NewReplacer("-", "", " ", "")

// ParseHospitalID reads an ID as people type it: any case, with or without dashes and spaces. The check group must be there
// and right, so that a mistyped ID is never somebody else's.
func ParseHospitalID(s string) (HospitalID, error) {
	var h HospitalID
	plain := strings.ToUpper(betweenGroups.Replace(s))
	if len(plain) != 36 {
		return h, fmt.Errorf("a hospital ID has 36 letters in nine groups, this has %d: %w", len(plain), errForm)
	}
	if err := h.parseRaw(plain[:32]); err != nil {
		return h, err
	}
	if h.check() != plain[32:] {
		return HospitalID{}, fmt.Errorf("the last group of the hospital ID does not fit the others, so something was mistyped: %w", errForm)
	}
	return h, nil
}

func (h *HospitalID) parseRaw(s string) error {
	if len(s) != 32 {
		return fmt.Errorf("hospital: 32 letters expected: %w", errForm)
	}
	b, err := idText.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return fmt.Errorf("hospital: letters A–Z and digits 2–7 expected: %w", errForm)
	}
	copy(h[:], b)
	return nil
}

// threadID derives a thread's ID from who opened it, when, and the hash of the opening body (which holds 128 random bits). So nobody
// else can open a thread under the same ID, and a second opening by its owner is a fork that proves itself.
func threadID(opened time.Time, by Key, body Hash) ThreadID {
	sum := sha256.New()
	sum.Write([]byte("consilium thread 1\x00"))
	sum.Write(by[:])
	sum.Write(body[:])
	t := ThreadID(sum.Sum(nil)[:16])
	ms := uint64(opened.UnixMilli())
	for i := range 6 {
		t[i] = byte(ms >> (40 - 8*i))
	}
	t[6] = t[6]&0x0f | 0x70
	t[8] = t[8]&0x3f | 0x80
	return t
}

// NewPersonID makes a random name for a person: 128 bits in 26 lower-case letters and digits.
func NewPersonID() PersonID {
	var b [16]byte
	rand.Read(b[:])
	return PersonID(strings.ToLower(idText.EncodeToString(b[:])))
}

func (t ThreadID) String() string {
	s := hex.EncodeToString(t[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// IsZero tells whether the ID stands for "none".
func (t ThreadID) IsZero() bool { return t == ThreadID{} }

// Opened is when the thread was opened, by the clock of who opened it.
func (t ThreadID) Opened() time.Time {
	var ms int64
	for _, b := range t[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms)
}

func (t ThreadID) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func (t *ThreadID) UnmarshalText(b []byte) (err error) {
	*t, err = ParseThreadID(string(b))
	return err
}

// ParseThreadID reads a UUIDv7 in its one written form.
func ParseThreadID(s string) (t ThreadID, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return t, fmt.Errorf("thread: a UUID expected: %w", errForm)
	}
	if err := unhex(t[:], s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:]); err != nil {
		return ThreadID{}, fmt.Errorf("thread: %w", err)
	}
	if t[6]>>4 != 7 || t[8]>>6 != 2 {
		return ThreadID{}, fmt.Errorf("thread: a version 7 UUID expected: %w", errForm)
	}
	return t, nil
}

func (p PersonID) valid() bool {
	if len(p) == 0 || len(p) > 64 {
		return false
	}
	for _, c := range []byte(p) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}
