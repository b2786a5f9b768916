package people

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"consilium/ledger"
)

// Passkeys runs the two ceremonies of Web Authentication: to register a passkey, and to sign in with one.
type Passkeys struct {
	party *webauthn.WebAuthn
}

// NewPasskeys makes the ceremonies for a site. Domain is the host name without port, origins are the addresses under which
// the site's pages are opened ("https://consilium.hospital.example"), and name is shown by the browser. A browser knows passkeys only
// for names, never for bare IP addresses: NewPasskeys refuses those.
func NewPasskeys(domain, name string, origins []string) (*Passkeys, error) {
	if err := protocol.ValidateRPID(domain); err != nil {
		return nil, fmt.Errorf("passkeys for %q: %w", domain, err)
	}
	required := true
	party, err := webauthn.New(&webauthn.Config{
		RPID: domain, RPDisplayName: name, RPOrigins: origins,
		AttestationPreference: protocol.PreferNoAttestation, // who made the device is nobody's business here
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, // no username is asked for
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			UserVerification:   protocol.VerificationRequired, // a found phone opens nothing
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %q: %w", domain, err)
	}
	return &Passkeys{party: party}, nil
}

// Passkey is one that a person has registered.
type Passkey struct {
	ID      string
	Person  ledger.PersonID
	Name    string
	Created time.Time
	Used    time.Time // zero: not yet
}

// Ceremony is what the browser needs for its part. Token comes back with the answer; Options go to
// PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON (their member "publicKey").
type Ceremony struct {
	Token   string          `json:"token"`
	Options json.RawMessage `json:"options"`
}

// ceremonyLife is how long a person has to find the key and touch it.
const ceremonyLife = 5 * time.Minute

const (
	toRegister = "register"
	toSignIn   = "sign-in"
)

// BeginRegistration starts to give a passkey to a person who is signed in.
func (k *Passkeys) BeginRegistration(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID) (Ceremony, error) {
	u, err := loadUser(ctx, tx, person)
	if err != nil {
		return Ceremony{}, err
	}
	known := make([]protocol.CredentialDescriptor, len(u.credentials))
	for i := range u.credentials {
		known[i] = u.credentials[i].Descriptor()
	}
	options, state, err := k.party.BeginRegistration(u, webauthn.WithExclusions(known))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey registration: %w", err)
	}
	return begin(ctx, tx, now, toRegister, options, state)
}

// FinishRegistration checks the browser's answer and keeps the passkey under the name that its owner gave it. It
// returns ErrExpired if the ceremony is over and ErrWrongCredentials if the answer does not fit it.
func (k *Passkeys) FinishRegistration(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, token, name string, answer []byte) (Passkey, error) {
	state, err := finish(ctx, tx, now, toRegister, token)
	if err != nil {
		return Passkey{}, err
	}
	u, err := loadUser(ctx, tx, person)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, refused("register passkey", err)
	}
	credential, err := k.party.CreateCredential(u, state, parsed)
	if err != nil {
		return Passkey{}, refused("register passkey", err)
	}
	return keep(ctx, tx, now, person, name, credential)
}

func keep(ctx context.Context, tx ledger.Tx, now time.Time, person ledger.PersonID, name string, c *webauthn.Credential) (Passkey, error) {
	key := Passkey{ID: base64.RawURLEncoding.EncodeToString(c.ID), Person: person, Name: oneLine(name, 100), Created: milli(now)}
	if key.Name == "" {
		return Passkey{}, invalid("name", "passkey-name", nil)
	}
	stored, err := json.Marshal(c)
	if err != nil {
		return Passkey{}, fmt.Errorf("register passkey: %w", err)
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO passkey (id, person, name, credential, created_ms, used_ms) VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT DO NOTHING`, key.ID, string(person), key.Name, string(stored), now.UnixMilli())
	if err != nil {
		return Passkey{}, fmt.Errorf("register passkey: %w", err)
	}
	if !changed(result) {
		return Passkey{}, fmt.Errorf("register passkey: %w", ErrTaken)
	}
	return key, changedPeople(ctx, tx, person)
}

// BeginSignIn starts a sign-in; the passkey itself will say whose it is. Call SignIn.Allow first.
func (k *Passkeys) BeginSignIn(ctx context.Context, tx ledger.Tx, now time.Time) (Ceremony, error) {
	options, state, err := k.party.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey sign-in: %w", err)
	}
	return begin(ctx, tx, now, toSignIn, options, state)
}

// FinishSignIn checks the browser's answer and returns whose passkey it is. It returns ErrExpired if the ceremony is over and
// ErrWrongCredentials for everything else that does not fit, a copied key among it.
func (k *Passkeys) FinishSignIn(ctx context.Context, tx ledger.Tx, now time.Time, token string, answer []byte) (Person, error) {
	state, err := finish(ctx, tx, now, toSignIn, token)
	if err != nil {
		return Person{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Person{}, refused("sign in with passkey", err)
	}
	var found user
	find := func(_, handle []byte) (webauthn.User, error) {
		found, err = loadUser(ctx, tx, ledger.PersonID(handle))
		return found, err
	}
	_, credential, err := k.party.ValidatePasskeyLogin(find, state, parsed)
	if err != nil {
		return Person{}, refused("sign in with passkey", err)
	}
	if credential.Authenticator.CloneWarning || !found.person.Active {
		return Person{}, refused("sign in with passkey", errors.New("the key was copied, or its person has left"))
	}
	stored, err := json.Marshal(credential)
	if err != nil {
		return Person{}, fmt.Errorf("sign in with passkey: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE passkey SET credential = $1, used_ms = $2 WHERE id = $3`,
		string(stored), now.UnixMilli(), base64.RawURLEncoding.EncodeToString(credential.ID))
	if err != nil {
		return Person{}, fmt.Errorf("sign in with passkey: %w", err)
	}
	return found.person, nil
}

// refused keeps the reason for the log and gives the caller the one answer.
func refused(doing string, reason error) error {
	return fmt.Errorf("%s: %w (%s)", doing, ErrWrongCredentials, reason.Error())
}

// begin stores the node's half of a ceremony under the hash of a token that only this browser gets.
func begin(ctx context.Context, tx ledger.Tx, now time.Time, purpose string, options any, state *webauthn.SessionData) (Ceremony, error) {
	state.Expires = time.Time{} // the library would ask the system's clock; expires_ms is ours
	stored, err := json.Marshal(state)
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey ceremony: %w", err)
	}
	sent, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey ceremony: %w", err)
	}
	token, hash := newSecret("")
	_, err = tx.ExecContext(ctx, `INSERT INTO passkey_ceremony (hash, purpose, state, expires_ms) VALUES ($1, $2, $3, $4)`,
		hash, purpose, string(stored), now.Add(ceremonyLife).UnixMilli())
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin passkey ceremony: %w", err)
	}
	return Ceremony{Token: token, Options: sent}, nil
}

// finish takes a ceremony out: an answer is heard once.
func finish(ctx context.Context, tx ledger.Tx, now time.Time, purpose, token string) (webauthn.SessionData, error) {
	var state webauthn.SessionData
	var stored string
	var expires int64
	hash := hashSecret(token)
	row := tx.QueryRowContext(ctx, `SELECT state, expires_ms FROM passkey_ceremony WHERE hash = $1 AND purpose = $2`, hash, purpose)
	if err := noRows(row.Scan(&stored, &expires)); err != nil {
		if err == ErrNotFound {
			err = ErrExpired
		}
		return state, fmt.Errorf("finish passkey ceremony: %w", err)
	}
	result, err := tx.ExecContext(ctx, `DELETE FROM passkey_ceremony WHERE hash = $1`, hash)
	if err != nil {
		return state, fmt.Errorf("finish passkey ceremony: %w", err)
	}
	if !changed(result) || now.UnixMilli() >= expires {
		return state, fmt.Errorf("finish passkey ceremony: %w", ErrExpired)
	}
	if err := json.Unmarshal([]byte(stored), &state); err != nil {
		return state, fmt.Errorf("finish passkey ceremony: %w", err)
	}
	return state, nil
}

// ListPasskeys returns a person's passkeys, the newest first.
func ListPasskeys(ctx context.Context, tx ledger.Tx, person ledger.PersonID) ([]Passkey, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, name, created_ms, used_ms FROM passkey WHERE person = $1 ORDER BY created_ms DESC, id`, string(person))
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	defer rows.Close()
	var found []Passkey
	for rows.Next() {
		key := Passkey{Person: person}
		var created, used int64
		if err := rows.Scan(&key.ID, &key.Name, &created, &used); err != nil {
			return nil, fmt.Errorf("list passkeys: %w", err)
		}
		key.Created, key.Used = fromMilli(created), fromMilli(used)
		found = append(found, key)
	}
	return found, rows.Err()
}

// RemovePasskey takes one of a person's passkeys away. It returns ErrNotFound if that person has no such passkey.
func RemovePasskey(ctx context.Context, tx ledger.Tx, person ledger.PersonID, id string) error {
	result, err := tx.ExecContext(ctx, `DELETE FROM passkey WHERE person = $1 AND id = $2`, string(person), id)
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	if !changed(result) {
		return fmt.Errorf("remove passkey: %w", ErrNotFound)
	}
	return changedPeople(ctx, tx, person)
}

// user is a person as the library for Web Authentication sees one.
type user struct {
	person      Person
	credentials []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return []byte(u.person.ID) }
func (u user) WebAuthnName() string                       { return u.person.Username }
func (u user) WebAuthnDisplayName() string                { return u.person.DisplayName }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

func loadUser(ctx context.Context, tx ledger.Tx, id ledger.PersonID) (user, error) {
	p, err := Get(ctx, tx, id)
	if err != nil {
		return user{}, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT credential FROM passkey WHERE person = $1 ORDER BY id`, string(id))
	if err != nil {
		return user{}, fmt.Errorf("read passkeys: %w", err)
	}
	defer rows.Close()
	u := user{person: p}
	for rows.Next() {
		var stored string
		var c webauthn.Credential
		if err := rows.Scan(&stored); err != nil {
			return user{}, fmt.Errorf("read passkeys: %w", err)
		}
		if err := json.Unmarshal([]byte(stored), &c); err != nil {
			return user{}, fmt.Errorf("read passkeys: %w", err)
		}
		u.credentials = append(u.credentials, c)
	}
	return u, rows.Err()
}
