package desk

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// Asked is a request that may come twice: with which token or session, under which key, and what it says. Its answer is for whoever comes with all of these
// again and may still do what they might then. It is kept sealed under a key that is made of them, and of which nothing is kept: neither the database nor a copy of it
// gives away a token that was shown once, or the words of an entry that is erased meanwhile.
type Asked struct {
	id, request [32]byte
	seal        []byte // nil: who asks has nothing that could be the key, and the answer's body is not kept
	rights      []byte
}

// AskedBy is a request of a caller. The credential is the token or the session's secret that came with it, "" on the node's own socket; what names the address and the key, and
// body is all that it says.
func AskedBy(caller Caller, credential, what string, body []byte) Asked {
	roles := make([]string, 0, len(caller.Roles)+len(caller.Scopes))
	for _, r := range caller.Roles {
		roles = append(roles, string(r))
	}
	slices.Sort(roles)
	for _, s := range caller.Scopes {
		roles = append(roles, "scope "+string(s))
	}
	a := Asked{request: sha256.Sum256(body), rights: []byte(strings.Join(roles, "\n"))}
	a.id = sha256.Sum256([]byte(strings.Join([]string{string(caller.Person), credential, what}, "\x00")))
	if credential == "" {
		return a
	}
	key, err := hkdf.Key(sha256.New, []byte(credential), a.request[:], "consilium answer\x00"+what, 32)
	if err == nil { // it fails for lengths that are not asked for
		a.seal = key
	}
	return a
}

func (a Asked) cipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(a.seal)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealed closes an answer.
func (a Asked) sealed(body []byte) ([]byte, error) {
	if a.seal == nil {
		return []byte{}, nil
	}
	c, err := a.cipher()
	if err != nil {
		return nil, fmt.Errorf("sealing the answer to a request with a key: %w", err)
	}
	nonce := make([]byte, c.NonceSize())
	rand.Read(nonce)
	return c.Seal(nonce, nonce, body, a.rights), nil
}

// opened opens an answer that was sealed for the same request. It is [ErrKeyRights] for who may do other things than then.
func (a Asked) opened(kept []byte) ([]byte, error) {
	if a.seal == nil {
		return nil, ErrKeyRights
	}
	c, err := a.cipher()
	if err != nil {
		return nil, fmt.Errorf("opening the answer to a request with a key: %w", err)
	}
	if len(kept) < c.NonceSize() {
		return nil, ErrKeyRights
	}
	body, err := c.Open(nil, kept[:c.NonceSize()], kept[c.NonceSize():], a.rights)
	if err != nil {
		return nil, ErrKeyRights
	}
	return body, nil
}
