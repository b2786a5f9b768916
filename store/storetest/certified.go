//go:build unix

package storetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"consilium/store"
)

// Certified is a server that listens on an address, takes only encrypted connections with a password, and proves by a certificate that it is localhost.
type Certified struct {
	Options   store.Options // the address asks for no certificate yet: see With
	Authority string        // file of the one who signed the server's certificate
	Stranger  string        // file of another one
	t         testing.TB
}

// With are the options with parameters of the address.
func (c *Certified) With(parameters map[string]string) store.Options {
	at, err := url.Parse(c.Options.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	q := at.Query()
	for name, value := range parameters {
		q.Set(name, value)
	}
	at.RawQuery = q.Encode()
	o := c.Options
	o.URL = at.String()
	return o
}

// NewCertified starts such a server.
func NewCertified(t testing.TB) *Certified {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	c := &Certified{t: t, Authority: filepath.Join(t.TempDir(), "authority.pem"), Stranger: filepath.Join(t.TempDir(), "stranger.pem")}
	at, err := startClusterOn(port, func(dir string, as *syscall.Credential) ([]string, error) {
		if err := errors.Join(certify(dir, c.Authority), certify(t.TempDir(), c.Stranger)); err != nil {
			return nil, err
		}
		access := "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
		if err := os.WriteFile(filepath.Join(dir, "hba"), []byte(access), 0o600); err != nil {
			return nil, err
		}
		settings := []string{"-c", "listen_addresses=127.0.0.1", "-c", "ssl=on"}
		for name, file := range map[string]string{"hba_file": "hba", "ssl_cert_file": "server.pem", "ssl_key_file": "server.key"} {
			path := filepath.Join(dir, file)
			if as != nil {
				if err := os.Chown(path, int(as.Uid), int(as.Gid)); err != nil {
					return nil, err
				}
			}
			settings = append(settings, "-c", name+"="+path)
		}
		return settings, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	own := databaseOn(t, at)
	own.User, own.Host, own.RawQuery = url.UserPassword(own.User.Username(), rolePassword), "localhost:"+port, ""
	c.Options = store.Options{Dir: t.TempDir(), URL: own.String(), Create: true}
	return c
}

// certify makes an authority, whose certificate goes into a file, and a certificate of localhost that it signed, with its key, in a folder.
func certify(dir, authority string) error {
	now := time.Now()
	of := func(n int64, name string) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	root := of(1, "authority of the tests")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	signed, err := x509.CreateCertificate(rand.Reader, root, root, &signer.PublicKey, signer)
	if err != nil {
		return err
	}
	server := of(2, "localhost")
	server.DNSNames = []string{"localhost"}
	leaf, err := x509.CreateCertificate(rand.Reader, server, root, &key.PublicKey, signer)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for path, block := range map[string]*pem.Block{authority: {Type: "CERTIFICATE", Bytes: signed},
		filepath.Join(dir, "server.pem"): {Type: "CERTIFICATE", Bytes: leaf}, filepath.Join(dir, "server.key"): {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			return fmt.Errorf("certifying the test's server: %w", err)
		}
	}
	return nil
}
