package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Use is what a working key may be used for. A key is never put to two uses.
type Use byte

// The uses of a working key. They are written into statements: never renumber.
const (
	UseSign Use = 1 // entries: an Ed25519 public key
	UseLink Use = 2 // TLS between hospitals: an Ed25519 public key
	UseSeal Use = 3 // sealed blobs: an age recipient as text
)

func (u Use) String() string {
	return map[Use]string{UseSign: "sign", UseLink: "link", UseSeal: "seal"}[u]
}

const (
	statementFormat = 1
	maxStatement    = 4 << 10 // a hybrid age recipient is about 2 KiB

	issuerContext    = "consilium issuer 1\x00"
	statementContext = "consilium statement 1\x00"
	rootContext      = "consilium root 1\x00"
)

// ErrStatement says that a statement of a key proves nothing.
var ErrStatement = errors.New("the statement of the key does not hold")

// Statement says, in the name of a hospital, that a working key is that hospital's. The root key, kept offline, has signed
// an issuer key, and that one signed the working key; so a node makes itself a new key after a restore without anybody
// fetching the recovery sheet (docs/decisions/0003).
type Statement struct {
	Use    Use
	Root   Key       // the hospital's root key; its hash is the hospital ID
	Issuer Key       // signed by the root key
	Key    []byte    // the working key: 32 bytes for sign and link, text for seal
	Time   time.Time // when it was said, to the second

	issuerSig [ed25519.SignatureSize]byte
	sig       [ed25519.SignatureSize]byte
}

// Hospital is the hospital in whose name the statement speaks.
func (s Statement) Hospital() HospitalID { return hospitalOf(s.Root) }

func hospitalOf(root Key) HospitalID {
	sum := sha256.Sum256(append([]byte(rootContext), root[:]...))
	return HospitalID(sum[:20])
}

// Bytes is the statement as FORMAT.md lays it out.
func (s Statement) Bytes() []byte {
	b := s.signed()
	return append(b, s.sig[:]...)
}

func (s Statement) signed() []byte {
	b := make([]byte, 0, 300+len(s.Key))
	b = append(b, statementFormat, byte(s.Use))
	b = append(b, s.Root[:]...)
	b = append(b, s.Issuer[:]...)
	b = append(b, s.issuerSig[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(s.Time.Unix()))
	b = binary.BigEndian.AppendUint16(b, uint16(len(s.Key)))
	return append(b, s.Key...)
}

// layStatement reads the layout and proves nothing.
func layStatement(b []byte) (Statement, error) {
	var s Statement
	const fixed = 2 + 32 + 32 + 64 + 8 + 2
	if len(b) < fixed+64 || len(b) > maxStatement || b[0] != statementFormat {
		return s, fmt.Errorf("%w: wrong length or format", ErrStatement)
	}
	s.Use = Use(b[1])
	copy(s.Root[:], b[2:])
	copy(s.Issuer[:], b[34:])
	copy(s.issuerSig[:], b[66:])
	s.Time = time.Unix(int64(binary.BigEndian.Uint64(b[130:])), 0).UTC()
	n := int(binary.BigEndian.Uint16(b[138:]))
	if len(b) != fixed+n+64 {
		return Statement{}, fmt.Errorf("%w: wrong length of the key", ErrStatement)
	}
	s.Key = bytes.Clone(b[fixed : fixed+n])
	copy(s.sig[:], b[fixed+n:])
	return s, nil
}

// proven remembers statements that held, for each comes back in every thread that its key speaks in. It is emptied when full.
var proven = struct {
	sync.Mutex
	sums map[[32]byte]bool
}{sums: map[[32]byte]bool{}}

func (s Statement) prove() error {
	sum := sha256.Sum256(s.Bytes())
	proven.Lock()
	known := proven.sums[sum]
	proven.Unlock()
	if known {
		return nil
	}
	if err := s.verify(); err != nil {
		return err
	}
	proven.Lock()
	defer proven.Unlock()
	if len(proven.sums) >= 4096 {
		clear(proven.sums)
	}
	proven.sums[sum] = true
	return nil
}

func (s Statement) verify() error {
	switch {
	case s.Use.String() == "":
		return fmt.Errorf("%w: unknown use %d", ErrStatement, s.Use)
	case s.Use != UseSeal && len(s.Key) != ed25519.PublicKeySize:
		return fmt.Errorf("%w: a key to %s has 32 bytes", ErrStatement, s.Use)
	case !signed(s.Root[:], append([]byte(issuerContext), s.Issuer[:]...), s.issuerSig[:]):
		return fmt.Errorf("%w: the issuer is not signed by the root key", ErrStatement)
	case !signed(s.Issuer[:], append([]byte(statementContext), s.signed()...), s.sig[:]):
		return fmt.Errorf("%w: it is not signed by the issuer", ErrStatement)
	}
	return nil
}

func (s Statement) text() string { return base64.RawURLEncoding.EncodeToString(s.Bytes()) }

// MarshalText writes the statement's bytes in unpadded base64url.
func (s Statement) MarshalText() ([]byte, error) { return []byte(s.text()), nil }

// UnmarshalText reads and proves a statement.
func (s *Statement) UnmarshalText(b []byte) error {
	st, err := layStatementText(string(b))
	if err != nil {
		return err
	}
	*s = st
	return s.prove()
}

func layStatementText(text string) (Statement, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrStatement, errForm)
	}
	return layStatement(raw)
}

// Root is the key that a hospital is. It is made once, shown once as the recovery sheet, and kept offline.
type Root struct{ private ed25519.PrivateKey }

// NewRoot makes a hospital out of randomness.
func NewRoot(random io.Reader) (Root, error) {
	_, private, err := ed25519.GenerateKey(random)
	return Root{private}, err
}

// RootFromSeed rebuilds the root key from the recovery sheet.
func RootFromSeed(seed []byte) (Root, error) {
	if len(seed) != ed25519.SeedSize {
		return Root{}, fmt.Errorf("a recovery seed has %d bytes, this has %d: %w", ed25519.SeedSize, len(seed), errForm)
	}
	return Root{ed25519.NewKeyFromSeed(seed)}, nil
}

// Seed is what the recovery sheet shows. Never log it.
func (r Root) Seed() []byte { return r.private.Seed() }

// Hospital is the ID that the key gives.
func (r Root) Hospital() HospitalID { return hospitalOf(Key(r.private.Public().(ed25519.PublicKey))) }

// Issuer is the key of a hospital that stays at its node and signs statements of working keys.
type Issuer struct {
	root    Key
	sig     [ed25519.SignatureSize]byte
	private ed25519.PrivateKey
}

// NewIssuer lets the root key sign an issuer.
func (r Root) NewIssuer(random io.Reader) (Issuer, error) {
	public, private, err := ed25519.GenerateKey(random)
	if err != nil {
		return Issuer{}, err
	}
	i := Issuer{root: Key(r.private.Public().(ed25519.PublicKey)), private: private}
	copy(i.sig[:], ed25519.Sign(r.private, append([]byte(issuerContext), public...)))
	return i, nil
}

// Bytes is what the key file keeps: root key, signature, seed.
func (i Issuer) Bytes() []byte {
	return append(append(append([]byte{}, i.root[:]...), i.sig[:]...), i.private.Seed()...)
}

// ParseIssuer reads what [Issuer.Bytes] wrote.
func ParseIssuer(b []byte) (Issuer, error) {
	var i Issuer
	if len(b) != 32+64+32 {
		return i, fmt.Errorf("the issuer key has %d bytes: %w", len(b), errForm)
	}
	copy(i.root[:], b)
	copy(i.sig[:], b[32:])
	i.private = ed25519.NewKeyFromSeed(b[96:])
	if !signed(i.root[:], append([]byte(issuerContext), i.public()...), i.sig[:]) {
		return Issuer{}, fmt.Errorf("%w: the issuer is not signed by the root key", ErrStatement)
	}
	return i, nil
}

func (i Issuer) public() ed25519.PublicKey { return i.private.Public().(ed25519.PublicKey) }

// Hospital is the hospital in whose name the issuer speaks.
func (i Issuer) Hospital() HospitalID { return hospitalOf(i.root) }

// State says that a working key is the hospital's.
func (i Issuer) State(use Use, key []byte, now time.Time) Statement {
	s := Statement{Use: use, Root: i.root, Issuer: Key(i.public()), Key: bytes.Clone(key), Time: now.Truncate(time.Second).UTC(), issuerSig: i.sig}
	copy(s.sig[:], ed25519.Sign(i.private, append([]byte(statementContext), s.signed()...)))
	return s
}

// Signer signs a hospital's entries with one working key.
type Signer struct {
	Statement Statement
	private   ed25519.PrivateKey
}

// NewSigner makes a signing key and has the issuer state it.
func (i Issuer) NewSigner(random io.Reader, now time.Time) (Signer, error) {
	public, private, err := ed25519.GenerateKey(random)
	if err != nil {
		return Signer{}, err
	}
	return Signer{Statement: i.State(UseSign, public, now), private: private}, nil
}

// SignerFromSeed rebuilds a signer from its key file.
func SignerFromSeed(seed []byte, s Statement) (Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return Signer{}, fmt.Errorf("the signing key has %d bytes: %w", len(seed), errForm)
	}
	private := ed25519.NewKeyFromSeed(seed)
	if !bytes.Equal(s.Key, private.Public().(ed25519.PublicKey)) || s.Use != UseSign {
		return Signer{}, fmt.Errorf("%w: it speaks of another key", ErrStatement)
	}
	return Signer{Statement: s, private: private}, nil
}

// Seed is what the key file keeps. Never log it.
func (s Signer) Seed() []byte { return s.private.Seed() }

// Key is the signer's public key.
func (s Signer) Key() Key { return Key(s.Statement.Key) }

// Hospital is whose entries the signer signs.
func (s Signer) Hospital() HospitalID { return s.Statement.Hospital() }
