package people

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

const (
	site   = "consilium.hospital.example"
	origin = "https://consilium.hospital.example"
)

var b64 = base64.RawURLEncoding

// authenticator is a passkey in software: one ES256 key, as Web Authentication Level 3 section 6 describes.
type authenticator struct {
	t      *testing.T
	id     []byte
	key    *ecdsa.PrivateKey
	handle string // user handle, base64url
	count  uint32
	origin string
}

func newAuthenticator(t *testing.T) *authenticator {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &authenticator{t: t, id: id, key: key, origin: origin}
}

type options struct {
	PublicKey struct {
		Challenge          string `json:"challenge"`
		User               struct{ ID string }
		ExcludeCredentials []struct{ ID string }
	} `json:"publicKey"`
}

func (a *authenticator) read(c Ceremony) options {
	var o options
	if err := json.Unmarshal(c.Options, &o); err != nil {
		a.t.Fatal(err)
	}
	return o
}

func (a *authenticator) clientData(kind, challenge string) []byte {
	return a.marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
}

func (a *authenticator) marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// data is the authenticator data: hash of the site, flags (user present and verified), count.
func (a *authenticator) data(flags byte) []byte {
	a.count++
	hash := sha256.Sum256([]byte(site))
	return binary.BigEndian.AppendUint32(append(hash[:], flags|0x05), a.count)
}

func (a *authenticator) create(c Ceremony) []byte {
	o := a.read(c)
	a.handle = o.PublicKey.User.ID
	point, err := a.key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		a.t.Fatal(err)
	}
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		a.t.Fatal(err)
	}
	data := append(a.data(0x40), make([]byte, 16)...) // attested credential data follows
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), cose...)
	attestation, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{
		"clientDataJSON":    b64.EncodeToString(a.clientData("webauthn.create", o.PublicKey.Challenge)),
		"attestationObject": b64.EncodeToString(attestation),
	})
}

func (a *authenticator) get(c Ceremony) []byte {
	client := a.clientData("webauthn.get", a.read(c).PublicKey.Challenge)
	data := a.data(0)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{
		"clientDataJSON":    b64.EncodeToString(client),
		"authenticatorData": b64.EncodeToString(data),
		"signature":         b64.EncodeToString(signature),
		"userHandle":        a.handle,
	})
}

func (a *authenticator) answer(response any) []byte {
	id := b64.EncodeToString(a.id)
	return a.marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response,
		"clientExtensionResults": map[string]any{}, "authenticatorAttachment": "platform"})
}

func newPasskeys(t *testing.T) *Passkeys {
	return must[*Passkeys](t)(NewPasskeys(site, "Hospital", []string{origin}))
}

func register(t *testing.T, h house, k *Passkeys, p Person) *authenticator {
	a := newAuthenticator(t)
	c := must[Ceremony](t)(k.BeginRegistration(h.ctx, h.db, start, p.ID))
	must[Passkey](t)(k.FinishRegistration(h.ctx, h.db, start, p.ID, c.Token, "phone", a.create(c)))
	return a
}

func TestPasskeyStory(t *testing.T) {
	h, k := newHouse(t), newPasskeys(t)
	ann := h.add("ann")
	a := register(t, h, k, ann)
	for i := range 2 {
		at := start.Add(time.Duration(i+1) * time.Hour)
		c := must[Ceremony](t)(k.BeginSignIn(h.ctx, h.db, at))
		answer := a.get(c)
		if p := must[Person](t)(k.FinishSignIn(h.ctx, h.db, at, c.Token, answer)); p.ID != ann.ID {
			t.Fatalf("signed in as %+v", p)
		}
		if _, err := k.FinishSignIn(h.ctx, h.db, at, c.Token, answer); !errors.Is(err, ErrExpired) {
			t.Errorf("the same answer a second time: %v", err)
		}
	}
	list := must[[]Passkey](t)(ListPasskeys(h.ctx, h.db, ann.ID))
	if len(list) != 1 || list[0].Name != "phone" || !list[0].Used.Equal(start.Add(2*time.Hour)) {
		t.Fatalf("list: %+v", list)
	}
	again := must[Ceremony](t)(k.BeginRegistration(h.ctx, h.db, start, ann.ID))
	if excluded := a.read(again).PublicKey.ExcludeCredentials; len(excluded) != 1 {
		t.Errorf("the browser is not told of the key that is there: %v", excluded)
	}
	if _, err := k.FinishRegistration(h.ctx, h.db, start, ann.ID, again.Token, "twice", a.create(again)); err == nil {
		t.Error("one key registered twice")
	}
	if err := RemovePasskey(h.ctx, h.db, h.add("bob").ID, list[0].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("bob removes ann's passkey: %v", err)
	}
	if err := RemovePasskey(h.ctx, h.db, ann.ID, list[0].ID); err != nil {
		t.Fatal(err)
	}
	c := must[Ceremony](t)(k.BeginSignIn(h.ctx, h.db, start))
	if _, err := k.FinishSignIn(h.ctx, h.db, start, c.Token, a.get(c)); !errors.Is(err, ErrWrongCredentials) {
		t.Errorf("a removed passkey: %v", err)
	}
}

func TestPasskeyRefusals(t *testing.T) {
	h, k := newHouse(t), newPasskeys(t)
	h.add("admin", Administrator)
	ann, bob := h.add("ann"), h.add("bob")
	a, b := register(t, h, k, ann), register(t, h, k, bob)
	begin := func() Ceremony { return must[Ceremony](t)(k.BeginSignIn(h.ctx, h.db, start)) }
	refusal := func(what string, want error, at time.Time, token string, answer []byte) {
		t.Helper()
		if _, err := k.FinishSignIn(h.ctx, h.db, at, token, answer); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	c := begin()
	refusal("too late", ErrExpired, start.Add(ceremonyLife), c.Token, a.get(c))
	refusal("no such ceremony", ErrExpired, start, "made up", a.get(c))
	c = begin()
	refusal("another challenge", ErrWrongCredentials, start, c.Token, a.get(begin()))
	c = begin()
	refusal("not JSON", ErrWrongCredentials, start, c.Token, []byte("{"))
	c = begin()
	thief := *a
	thief.key = b.key
	refusal("another's key", ErrWrongCredentials, start, c.Token, thief.get(c))
	c = begin()
	thief = *a
	thief.handle = b.handle
	refusal("another's name", ErrWrongCredentials, start, c.Token, thief.get(c))
	c = begin()
	thief = *a
	thief.origin = "https://consilium.hospital.example.evil.example"
	refusal("a false site", ErrWrongCredentials, start, c.Token, thief.get(c))

	c = begin()
	must[Person](t)(k.FinishSignIn(h.ctx, h.db, start, c.Token, a.get(c)))
	c = begin()
	copied := *a
	copied.count = 0
	refusal("a copied key", ErrWrongCredentials, start, c.Token, copied.get(c))

	bob.Active = false
	must[Person](t)(Update(h.ctx, h.db, bob))
	c = begin()
	refusal("somebody who left", ErrWrongCredentials, start, c.Token, b.get(c))

	r := must[Ceremony](t)(k.BeginRegistration(h.ctx, h.db, start, ann.ID))
	stranger := newAuthenticator(t)
	if _, err := k.FinishRegistration(h.ctx, h.db, start, bob.ID, r.Token, "mine now", stranger.create(r)); !errors.Is(err, ErrWrongCredentials) {
		t.Errorf("bob finishes ann's registration: %v", err)
	}
	r = must[Ceremony](t)(k.BeginRegistration(h.ctx, h.db, start, ann.ID))
	_, err := k.FinishRegistration(h.ctx, h.db, start, ann.ID, r.Token, " ", stranger.create(r))
	wantField(t, err, "name")
}

func TestPasskeysNeedAName(t *testing.T) {
	if _, err := NewPasskeys("10.0.0.1", "Hospital", []string{"https://10.0.0.1"}); err == nil {
		t.Error("an IP address was accepted")
	}
	must[*Passkeys](t)(NewPasskeys("localhost", "Hospital", []string{"http://localhost:8080"}))
}
