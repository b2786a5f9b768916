package network

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"

	"consilium/ledger"
)

// certificate wraps the link key for TLS. It has no names and says nothing: what vouches for the key is the statement in the hello.
func certificate(key ed25519.PrivateKey) (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), // a statement ends when a newer one replaces it, not at a date
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making the link certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// tlsConfig serves both sides of a link. The usual verification is off because there is no authority to ask: TLS proves that the other side
// holds the certificate's key, and the hello proves whose that key is.
func tlsConfig(cert tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{cert},
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{"consilium/1"},
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true, //nolint:gosec // see above
		SessionTicketsDisabled: true,
		VerifyConnection: func(c tls.ConnectionState) error {
			_, err := linkKey(c)
			return err
		},
	}
}

// linkKey is the key that the other side has proved to hold.
func linkKey(c tls.ConnectionState) (ed25519.PublicKey, error) {
	if len(c.PeerCertificates) != 1 {
		return nil, errors.New("one certificate expected")
	}
	key, ok := c.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("a certificate of an Ed25519 key expected")
	}
	return key, nil
}

// prove checks that the hello speaks in the name of the hospital whose key holds the connection.
func (h *hello) prove(key ed25519.PublicKey) error {
	switch {
	case h.Link == nil || h.Link.Use != ledger.UseLink || !bytes.Equal(h.Link.Key, key):
		return fmt.Errorf("%w: the statement is not of the key that holds the connection", ErrIdentity)
	case h.Link.Hospital() != h.Hospital:
		return fmt.Errorf("%w: the statement is another hospital's", ErrIdentity)
	case h.Seal != nil && (h.Seal.Use != ledger.UseSeal || h.Seal.Hospital() != h.Hospital):
		return fmt.Errorf("%w: the seal key is another hospital's", ErrIdentity)
	}
	return nil
}

// supersedes refuses a link key older than one that the hospital has shown before: whoever stole it is cut off by its replacement.
func supersedes(known string, now *ledger.Statement) error {
	if known == "" {
		return nil
	}
	var old ledger.Statement
	if err := old.UnmarshalText([]byte(known)); err != nil {
		return fmt.Errorf("reading the partner's known link key: %w", err)
	}
	if !bytes.Equal(old.Key, now.Key) && now.Time.Before(old.Time) {
		return fmt.Errorf("%w: the link key was replaced by a newer one", ErrIdentity)
	}
	return nil
}

func publicLink(i Identity) (ed25519.PublicKey, error) {
	if len(i.Link) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: the link key is missing", ErrIdentity)
	}
	return i.Link.Public().(ed25519.PublicKey), nil
}
