package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"consilium/store"
)

// certificate is what pages are served under: the hospital's own, or one that the node makes and keeps. Browsers ask once about the latter.
func (n *Node) certificate() (tls.Certificate, error) {
	if n.o.Cert != "" {
		c, err := tls.LoadX509KeyPair(n.o.Cert, n.o.Key)
		if err != nil {
			return c, fmt.Errorf("reading the certificate of the pages: %w", err)
		}
		return c, nil
	}
	path := filepath.Join(n.keys.dir, "pages.pem")
	if raw, err := os.ReadFile(path); err == nil {
		if c, err := tls.X509KeyPair(raw, raw); err == nil && c.Leaf != nil && n.o.Now().Before(c.Leaf.NotAfter.AddDate(0, -1, 0)) {
			return c, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return tls.Certificate{}, fmt.Errorf("reading the pages' certificate: %w", err)
	}
	raw, err := n.newCertificate()
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := store.WriteFile(path, raw); err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(raw, raw)
}

func (n *Node) newCertificate() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := n.o.Now()
	c := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: n.hospital.Name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 1, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, DNSNames: []string{"localhost"}}
	if name, err := os.Hostname(); err == nil {
		c.DNSNames = append(c.DNSNames, name)
	}
	if u, err := url.Parse(n.o.Public); err == nil && u.Hostname() != "" {
		c.DNSNames = append(c.DNSNames, u.Hostname())
	}
	if addresses, err := net.InterfaceAddrs(); err == nil {
		for _, a := range addresses {
			if ip, ok := a.(*net.IPNet); ok {
				c.IPAddresses = append(c.IPAddresses, ip.IP)
			}
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("making the pages' certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...), nil
}
