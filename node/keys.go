package node

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"consilium/ledger"
	"consilium/store"
)

// Keyring is the working keys of a data folder. The root key is not among them: it is on the recovery sheet.
type Keyring struct {
	dir           string
	Issuer        ledger.Issuer
	Signer        ledger.Signer
	Link          ed25519.PrivateKey
	LinkStatement ledger.Statement
	Seal          *age.HybridIdentity
	SealStatement ledger.Statement
}

// The key files, in the folder keys. Each has one line; secrets are base64url, statements as in entries.
const (
	issuerFile = "issuer.key"
	signFile   = "sign.key"
	linkFile   = "link.key"
	sealFile   = "seal.key"
)

// newKeyring makes all working keys of a new data folder and writes them.
func newKeyring(dir string, root ledger.Root, now time.Time) (*Keyring, error) {
	issuer, err := root.NewIssuer(rand.Reader)
	if err != nil {
		return nil, err
	}
	k := &Keyring{dir: filepath.Join(dir, "keys"), Issuer: issuer}
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of keys: %w", err)
	}
	public, link, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	k.Link, k.LinkStatement = link, issuer.State(ledger.UseLink, public, now)
	if k.Seal, err = age.GenerateHybridIdentity(); err != nil {
		return nil, err
	}
	k.SealStatement = issuer.State(ledger.UseSeal, []byte(k.Seal.Recipient().String()), now)
	if err := k.NewSigner(now); err != nil {
		return nil, err
	}
	return k, errors.Join(
		k.write(issuerFile, k.Issuer.Bytes(), nil),
		k.write(linkFile, k.Link.Seed(), &k.LinkStatement),
		k.write(sealFile, []byte(k.Seal.String()), &k.SealStatement))
}

// NewSigner makes a new signing key and replaces the key file: after a restore, a rollback, or when a partner knows more of the old key than we do.
func (k *Keyring) NewSigner(now time.Time) error {
	signer, err := k.Issuer.NewSigner(rand.Reader, now)
	if err != nil {
		return err
	}
	if err := k.write(signFile, signer.Seed(), &signer.Statement); err != nil {
		return err
	}
	k.Signer = signer
	return nil
}

// openKeyring reads the key files of a data folder.
func openKeyring(dir string) (*Keyring, error) {
	k := &Keyring{dir: filepath.Join(dir, "keys")}
	secret, _, err := k.read(issuerFile)
	if err != nil {
		return nil, err
	}
	if k.Issuer, err = ledger.ParseIssuer(secret); err != nil {
		return nil, fmt.Errorf("reading %s: %w", issuerFile, err)
	}
	return k, errors.Join(k.openSigner(), k.openLink(), k.openSeal())
}

func (k *Keyring) openSigner() error {
	secret, statement, err := k.read(signFile)
	if err != nil {
		return err
	}
	if k.Signer, err = ledger.SignerFromSeed(secret, statement); err != nil {
		return fmt.Errorf("reading %s: %w", signFile, err)
	}
	return k.mine(signFile, statement)
}

func (k *Keyring) openLink() error {
	secret, statement, err := k.read(linkFile)
	if err != nil {
		return err
	}
	if len(secret) != ed25519.SeedSize {
		return fmt.Errorf("%s: the key has %d bytes instead of %d", linkFile, len(secret), ed25519.SeedSize)
	}
	k.Link, k.LinkStatement = ed25519.NewKeyFromSeed(secret), statement
	return k.mine(linkFile, statement)
}

func (k *Keyring) openSeal() error {
	secret, statement, err := k.read(sealFile)
	if err != nil {
		return err
	}
	if k.Seal, err = age.ParseHybridIdentity(string(secret)); err != nil {
		return fmt.Errorf("reading %s: %w", sealFile, err)
	}
	k.SealStatement = statement
	return k.mine(sealFile, statement)
}

// mine refuses a key file that was put here from another hospital.
func (k *Keyring) mine(file string, s ledger.Statement) error {
	if s.Hospital() != k.Issuer.Hospital() {
		return fmt.Errorf("%s belongs to the hospital %s, this folder to %s", file, s.Hospital(), k.Issuer.Hospital())
	}
	return nil
}

func (k *Keyring) write(name string, secret []byte, s *ledger.Statement) error {
	line := base64.RawURLEncoding.EncodeToString(secret)
	if s != nil {
		text, _ := s.MarshalText()
		line += " " + string(text)
	}
	if err := store.WriteFile(filepath.Join(k.dir, name), []byte(line+"\n")); err != nil {
		return fmt.Errorf("writing the key file %s: %w", name, err)
	}
	return nil
}

func (k *Keyring) read(name string) (secret []byte, s ledger.Statement, err error) {
	raw, err := os.ReadFile(filepath.Join(k.dir, name))
	if err != nil {
		return nil, s, fmt.Errorf("reading the key file %s: %w", name, err)
	}
	fields := strings.Fields(string(raw))
	if len(fields) == 0 || len(fields) > 2 {
		return nil, s, fmt.Errorf("the key file %s is damaged: put it back from a backup, or make new keys with the recovery sheet", name)
	}
	if secret, err = base64.RawURLEncoding.DecodeString(fields[0]); err != nil {
		return nil, s, fmt.Errorf("the key file %s is damaged: %w", name, err)
	}
	if len(fields) == 2 {
		err = s.UnmarshalText([]byte(fields[1]))
	}
	return secret, s, err
}
