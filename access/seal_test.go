package access

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"consilium/ledger"
)

func TestSealedIdentityTravels(t *testing.T) {
	plain := []byte(`{"name":"王小明"}`)
	sealed, key, err := SealIdentity(plain)
	if err != nil || bytes.Contains(sealed, []byte("王")) {
		t.Fatal(err)
	}
	secret, recipient, err := NewSealKey()
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := WrapKey(key, recipient)
	if err != nil {
		t.Fatal(err)
	}
	there, err := UnwrapKey(wrapped, secret)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenIdentity(sealed, there); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWrongKeysOpenNothing(t *testing.T) {
	sealed, key, err := SealIdentity([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, other, _ := SealIdentity([]byte("y"))
	secret, recipient, _ := NewSealKey()
	stranger, _, _ := NewSealKey()
	wrapped, _ := WrapKey(key, recipient)
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	opens := map[string]func() error{
		"another key":      func() error { _, err := OpenIdentity(sealed, other); return err },
		"no key":           func() error { _, err := OpenIdentity(sealed, nil); return err },
		"flipped":          func() error { _, err := OpenIdentity(flipped, key); return err },
		"cut":              func() error { _, err := OpenIdentity(sealed[:len(sealed)-3], key); return err },
		"another hospital": func() error { _, err := UnwrapKey(wrapped, stranger); return err },
		"garbage":          func() error { _, err := UnwrapKey("!!", secret); return err },
		"no secret":        func() error { _, err := UnwrapKey(wrapped, ""); return err },
	}
	for name, open := range opens {
		if err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := WrapKey(key, "age1nonsense"); err == nil {
		t.Error("wrapped for nobody")
	}
}

func TestKeyFiles(t *testing.T) {
	keys := KeyFiles{Dir: filepath.Join(t.TempDir(), "keys")}
	blob := ledger.Hash{7}
	if _, err := keys.Get(blob); !errors.Is(err, ErrNoKey) {
		t.Errorf("%v", err)
	}
	for _, key := range []string{"first", "second"} {
		if err := keys.Put(blob, []byte(key)); err != nil {
			t.Fatal(err)
		}
		if got, err := keys.Get(blob); err != nil || string(got) != key {
			t.Errorf("%q, %v", got, err)
		}
	}
	files, _ := os.ReadDir(keys.Dir)
	info, err := files[0].Info()
	if err != nil || len(files) != 1 || info.Mode().Perm() != 0o600 {
		t.Errorf("%d files, %v, %v", len(files), info.Mode(), err)
	}
	for range 2 {
		if err := keys.Destroy(blob); err != nil {
			t.Errorf("%v", err)
		}
	}
	if _, err := keys.Get(blob); !errors.Is(err, ErrNoKey) {
		t.Errorf("%v", err)
	}
}
