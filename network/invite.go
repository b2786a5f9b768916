package network

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"consilium/ledger"
)

const (
	secretSize    = 16
	inviteContext = "consilium invite 1\x00"
	codePrefix    = "CONSILIUM-"
	maxInvites    = 1000
)

var codeText = base32.StdEncoding.WithPadding(base32.NoPadding)

// inviteProof shows that a caller holds an invitation, without giving it away.
type inviteProof struct {
	Handle []byte `json:"handle"`
	Proof  []byte `json:"proof"`
}

// invitation is what a code holds.
type invitation struct {
	hospital ledger.HospitalID
	secret   [secretSize]byte
	expires  time.Time
	address  string
}

// code writes the invitation in letters and digits: version, ID, secret, expiry, address, and a checksum over them.
func (i invitation) code() string {
	b := []byte{1}
	b = append(b, i.hospital[:]...)
	b = append(b, i.secret[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(i.expires.Unix()))
	b = append(b, i.address...)
	sum := sha256.Sum256(b)
	return codePrefix + codeText.EncodeToString(append(b, sum[:4]...))
}

func parseInvitation(code string) (invitation, error) {
	var i invitation
	text := strings.ToUpper(strings.Join(strings.Fields(code), ""))
	text, ok := strings.CutPrefix(text, codePrefix)
	b, err := codeText.DecodeString(text)
	const fixed = 1 + 20 + secretSize + 8
	if !ok || err != nil || len(b) < fixed+4+1 || len(b) > 512 || b[0] != 1 {
		return i, fmt.Errorf("%w: this is not an invitation code", ErrInvitation)
	}
	sum := sha256.Sum256(b[:len(b)-4])
	if string(sum[:4]) != string(b[len(b)-4:]) {
		return i, fmt.Errorf("%w: something in the code was mistyped or is missing", ErrInvitation)
	}
	copy(i.hospital[:], b[1:])
	copy(i.secret[:], b[21:])
	i.expires = time.Unix(int64(binary.BigEndian.Uint64(b[37:])), 0)
	i.address = string(b[fixed : len(b)-4])
	if _, _, err := net.SplitHostPort(i.address); err != nil {
		return i, fmt.Errorf("%w: its address has not the form host:port", ErrInvitation)
	}
	return i, nil
}

func inviteHandle(secret []byte) []byte {
	sum := sha256.Sum256(append([]byte("consilium invite handle 1\x00"), secret...))
	return sum[:16]
}

// proveInvite ties the secret to this very connection and both hospitals: it can be neither replayed nor passed on.
func proveInvite(secret, exporter []byte, inviter, joiner ledger.HospitalID) inviteProof {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(inviteContext))
	mac.Write(exporter)
	mac.Write(inviter[:])
	mac.Write(joiner[:])
	return inviteProof{Handle: inviteHandle(secret), Proof: mac.Sum(nil)}
}

// Invite makes a one-time code by which another hospital becomes a partner. The address is where that hospital reaches this one.
func (n *Network) Invite(ctx context.Context, address string, valid time.Duration) (string, error) {
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" || len(address) > 255 {
		return "", fmt.Errorf("inviting: %q: %w", address, ErrAddress)
	}
	i := invitation{hospital: n.self(), address: strings.ToLower(address), expires: n.o.Now().Add(valid).Truncate(time.Second)}
	rand.Read(i.secret[:])
	err := n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		var open int
		if _, err := tx.ExecContext(ctx, `DELETE FROM invite WHERE expires_ms < $1`, n.o.Now().UnixMilli()); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM invite`).Scan(&open); err != nil {
			return err
		}
		if open >= maxInvites {
			return fmt.Errorf("%w: %d codes are open already", ErrInvitation, open)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO invite (handle, secret, expires_ms, used_by) VALUES ($1, $2, $3, NULL)`,
			inviteHandle(i.secret[:]), i.secret[:], i.expires.UnixMilli())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("making an invitation: %w", err)
	}
	return i.code(), nil
}

// Accept enters the hospital that gave out the code and calls it at once. It returns when both are partners, or why that did not come about; a
// hospital that just could not be reached stays entered and is called again.
func (n *Network) Accept(ctx context.Context, code string) (Partner, error) {
	i, err := parseInvitation(code)
	if err != nil {
		return Partner{}, err
	}
	switch {
	case i.hospital == n.self():
		return Partner{}, fmt.Errorf("%w: it is this hospital's own", ErrInvitation)
	case n.o.Now().After(i.expires):
		return Partner{}, fmt.Errorf("%w: it expired at %s", ErrInvitation, i.expires.UTC().Format(time.RFC3339))
	}
	p := Partner{Hospital: i.hospital, Addresses: []string{i.address}, State: Asked, Since: n.o.Now(), invite: i.secret[:]}
	err = n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if old, err := PartnerOf(ctx, tx, p.Hospital); err == nil && !hasAddress(old, i.address) {
			p.Addresses = append(p.Addresses, old.Addresses...)
		}
		return enter(ctx, tx, p)
	})
	if err != nil {
		return Partner{}, err
	}
	if err := n.callNow(ctx, p.Hospital); err != nil {
		return Partner{}, err
	}
	err = n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err = PartnerOf(ctx, tx, p.Hospital)
		return err
	})
	return p, err
}

// redeem uses up the invitation that a caller proves to hold, and enters the caller as a partner.
func redeem(ctx context.Context, tx ledger.Tx, h hello, exporter []byte, self ledger.HospitalID, now time.Time) error {
	var secret, usedBy []byte
	var expires int64
	err := tx.QueryRowContext(ctx, `SELECT secret, expires_ms, used_by FROM invite WHERE handle = $1`, h.Invite.Handle).Scan(&secret, &expires, &usedBy)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: there is no such code", ErrInvitation)
	}
	if err != nil {
		return fmt.Errorf("reading an invitation: %w", err)
	}
	switch {
	case !hmac.Equal(proveInvite(secret, exporter, self, h.Hospital).Proof, h.Invite.Proof):
		return fmt.Errorf("%w: the caller does not hold it", ErrInvitation)
	case usedBy != nil:
		return fmt.Errorf("%w: it was used already", ErrInvitation)
	case now.UnixMilli() > expires:
		return fmt.Errorf("%w: it has expired", ErrInvitation)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE invite SET used_by = $2 WHERE handle = $1`, h.Invite.Handle, h.Hospital[:]); err != nil {
		return fmt.Errorf("using up an invitation: %w", err)
	}
	return enter(ctx, tx, Partner{Hospital: h.Hospital, State: Asked, Since: now})
}
