package pacs

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"consilium/imaging/dimse"
)

// certificate is one that the test trusts, for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, pool
}

func TestTLS(t *testing.T) {
	pair, pool := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	server := &dimse.Server{Title: "CONSILIUM", Archive: Provider{}, Timing: dimse.Timing{Associate: 2 * time.Second}}
	go func() { ended <- server.Serve(ctx, l) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if out := tool(t, "echoscu", "-v", "+tla", "-ic", "-aec", "CONSILIUM", "127.0.0.1", port); !strings.Contains(out, "Success") {
		t.Error(out)
	}
	if out, err := command(t, "echoscu", "-aec", "CONSILIUM", "127.0.0.1", port).CombinedOutput(); err == nil {
		t.Errorf("without TLS it was answered: %s", out)
	}
	peer := dimse.Peer{Address: l.Addr().String(), Calling: "TEST", Called: "CONSILIUM", TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	a, err := peer.Associate(t.Context(), []dimse.Proposal{implicit(dimse.Verification)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Echo(); err != nil {
		t.Error(err)
	}
	if err := a.Release(); err != nil {
		t.Error(err)
	}
	peer.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if _, err := peer.Associate(t.Context(), nil); err == nil {
		t.Error("a certificate that nobody vouches for was taken")
	}
}
