package access

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"consilium/ledger"
)

// MaxSealed bounds what is opened: who a patient is fits into far less.
const MaxSealed = 4 << 20

var (
	// ErrSealed says that a key does not open what is sealed, or that it was tampered with.
	ErrSealed = errors.New("the key does not open this")
	// ErrNoKey says that the key is not here: never given, or destroyed.
	ErrNoKey = errors.New("the key is not here")
)

// SealIdentity seals who a patient is under a key of its own. Whoever loses or destroys the key has erased it. Both key exchanges of the key
// have to be broken to open it, the one against quantum computers too.
func SealIdentity(plain []byte) (ciphertext, key []byte, err error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, nil, fmt.Errorf("making a key: %w", err)
	}
	ciphertext, err = encrypt(plain, identity.Recipient())
	return ciphertext, []byte(identity.String()), err
}

// OpenIdentity opens what SealIdentity sealed. The error wraps ErrSealed.
func OpenIdentity(ciphertext, key []byte) ([]byte, error) {
	identity, err := age.ParseHybridIdentity(string(key))
	if err != nil {
		return nil, fmt.Errorf("%w: it has not the form of one", ErrSealed) // the cause might hold a part of the key
	}
	return decrypt(ciphertext, identity)
}

// NewSealKey makes a hospital's own key for receiving sealed things: the secret for its key file, the recipient for its statement.
func NewSealKey() (secret, recipient string, err error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", fmt.Errorf("making a seal key: %w", err)
	}
	return identity.String(), identity.Recipient().String(), nil
}

// WrapKey closes a key so that one hospital can open it; the recipient is the text of its seal statement. The answer goes into
// [WrappedKey.Wrapped].
func WrapKey(key []byte, recipient string) (string, error) {
	to, err := age.ParseHybridRecipient(recipient)
	if err != nil {
		return "", fmt.Errorf("the hospital's seal key: %w", err)
	}
	wrapped, err := encrypt(key, to)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(wrapped), nil
}

// UnwrapKey opens a wrapped key with this hospital's seal secret. The error wraps ErrSealed.
func UnwrapKey(wrapped, secret string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(wrapped)
	if err != nil {
		return nil, fmt.Errorf("%w: the wrapped key is not base64url", ErrSealed)
	}
	identity, err := age.ParseHybridIdentity(secret)
	if err != nil {
		return nil, fmt.Errorf("%w: this hospital's seal key has not the form of one", ErrSealed)
	}
	return decrypt(raw, identity)
}

func encrypt(plain []byte, to age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return out.Bytes(), nil
}

func decrypt(ciphertext []byte, with age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(ciphertext), with)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxSealed+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	if len(plain) > MaxSealed {
		return nil, fmt.Errorf("%w: it holds more than %d bytes", ErrSealed, MaxSealed)
	}
	return plain, nil
}

// KeyFiles keeps the keys of sealed files in a folder apart from the database, one file each, so that a backup of the one is not a backup of
// the other and a key can be destroyed.
type KeyFiles struct{ Dir string }

func (k KeyFiles) path(blob ledger.Hash) string { return filepath.Join(k.Dir, blob.String()+".key") }

// Put keeps the key of a sealed file. When it returns, the key survives power loss.
func (k KeyFiles) Put(blob ledger.Hash, key []byte) error {
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return fmt.Errorf("keeping a key: %w", err)
	}
	f, err := os.CreateTemp(k.Dir, "new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keeping a key: %w", err)
	}
	defer os.Remove(f.Name()) // nothing there once it is renamed
	_, err = f.Write(key)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), k.path(blob))
	}
	if err != nil {
		return fmt.Errorf("keeping a key: %w", err)
	}
	return k.settle()
}

// Get gives the key of a sealed file. The error wraps ErrNoKey where there is none.
func (k KeyFiles) Get(blob ledger.Hash) ([]byte, error) {
	key, err := os.ReadFile(k.path(blob))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sealed file %s: %w", blob.Short(), ErrNoKey)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of sealed file %s: %w", blob.Short(), err)
	}
	return key, nil
}

// Destroy makes a sealed file unreadable here for good. The bytes are overwritten first, which a copying file system or a flash disk may not
// honor; a backup made before holds the key still. Destroying what is not there is no error.
func (k KeyFiles) Destroy(blob ledger.Hash) error {
	f, err := os.OpenFile(k.path(blob), os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("destroying the key of sealed file %s: %w", blob.Short(), err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(k.path(blob)))
	if err != nil {
		return fmt.Errorf("destroying the key of sealed file %s: %w", blob.Short(), err)
	}
	return k.settle()
}

// settle makes what changed in the folder last. Where a folder cannot be synced the file system does without.
func (k KeyFiles) settle() error {
	dir, err := os.Open(k.Dir)
	if err != nil {
		return fmt.Errorf("opening the folder of keys: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("settling the folder of keys: %w", err)
	}
	return nil
}
