package command

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"consilium/imaging/archive"
	"consilium/imaging/dicomweb"
	"consilium/imaging/dimse"
	"consilium/imaging/pacs"
)

type dicomServeCmd struct {
	Folder string   `help:"Folder of the archive; it is made if it is missing." required:"" placeholder:"DIR"`
	Dicom  string   `help:"Where DICOM peers connect." default:"127.0.0.1:11112" placeholder:"ADDR"`
	HTTP   string   `help:"Where DICOMweb is served, under /dicomweb; only on this machine, for nobody signs in here." name:"http" default:"127.0.0.1:8042" placeholder:"ADDR"`
	Title  string   `help:"AE title that peers call." name:"ae" default:"CONSILIUM"`
	Remote []string `help:"A peer that may call, and where it listens: TITLE@HOST or TITLE@HOST:PORT, with +tls at the end if it listens with TLS; * is any title, no host any address. Without one only this machine may call." placeholder:"PEER"`
	Cert   string   `help:"TLS certificate for DICOM peers (PEM). With one only TLS is spoken." placeholder:"FILE"`
	Key    string   `help:"TLS key for DICOM peers (PEM)." placeholder:"FILE"`
}

func (c *dicomServeCmd) Run(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	remotes, err := ReadRemotes(c.Remote)
	if err != nil {
		return err
	}
	listener, config, err := listenDICOM(c.Dicom, c.Cert, c.Key)
	if err != nil {
		return err
	}
	defer listener.Close()
	a, s, err := openArchive(ctx, c.Folder, log)
	if err != nil {
		return err
	}
	web, err := c.serveWeb(ctx, a, log)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	server := &dimse.Server{Title: c.Title, Remotes: remotes, TLS: config, Archive: pacs.Provider{Archive: a, Title: c.Title}, Log: log}
	fmt.Printf("DICOM archive\n  DICOM     %s at %s\n  DICOMweb  %s\n", c.Title, listener.Addr(), web)
	err = server.Serve(ctx, listener)
	return errors.Join(err, a.Settle(context.WithoutCancel(ctx)), s.Close())
}

// serveWeb serves DICOMweb until ctx ends and returns its address. Nobody signs in to an archive that stands alone, so it answers this machine only.
func (c *dicomServeCmd) serveWeb(ctx context.Context, a *archive.Archive, log *slog.Logger) (string, error) {
	listener, err := net.Listen("tcp", c.HTTP)
	if err != nil {
		return "", err
	}
	if ip := listener.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		listener.Close()
		return "", fmt.Errorf("DICOMweb of an archive that stands alone is for this machine only: %s is not loopback", listener.Addr())
	}
	web := &dicomweb.Server{Archive: a, Prefix: "/dicomweb", Log: log, Allow: fromHere}
	server := &http.Server{Handler: web.Handler(), ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	context.AfterFunc(ctx, func() { server.Close() })
	go server.Serve(listener)
	return "http://" + listener.Addr().String() + "/dicomweb", nil
}

// fromHere refuses requests that a page of another site had a browser send here.
func fromHere(w http.ResponseWriter, r *http.Request, _ dicomweb.Action, _ string) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	ip := net.ParseIP(host)
	if host != "localhost" && (ip == nil || !ip.IsLoopback()) || r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		http.Error(w, "this archive is for programs of this machine", http.StatusForbidden)
		return false
	}
	return true
}

// listenDICOM listens for peers, with TLS if there is a certificate, and gives the settings with which to call others.
func listenDICOM(address, cert, key string) (net.Listener, *tls.Config, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil || cert == "" {
		return listener, &tls.Config{MinVersion: tls.VersionTLS12}, err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		listener.Close()
		return nil, nil, fmt.Errorf("reading the certificate for DICOM: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return tls.NewListener(listener, config), config, nil
}

// ReadRemotes reads peers as they are written on the command line.
func ReadRemotes(list []string) ([]dimse.Remote, error) {
	var remotes []dimse.Remote
	for _, text := range list {
		title, host, _ := strings.Cut(text, "@")
		host, secure := strings.CutSuffix(host, "+tls")
		r := dimse.Remote{Title: title, Host: host, TLS: secure}
		if title == "*" {
			r.Title = ""
		}
		if name, port, err := net.SplitHostPort(host); err == nil && port != "" {
			r.Host, r.Address = name, host
		}
		if len(r.Title) > 16 || r.Title == "" && title != "*" {
			return nil, fmt.Errorf("%q names no peer: write TITLE@HOST or TITLE@HOST:PORT, the title with at most 16 characters", text)
		}
		if r.Host != "" && net.ParseIP(r.Host) == nil && !strings.Contains(r.Host, "/") {
			addresses, err := net.LookupHost(r.Host)
			if err != nil || len(addresses) == 0 {
				return nil, fmt.Errorf("the peer %s has no address: %w", text, err)
			}
			r.Host = addresses[0]
		}
		remotes = append(remotes, r)
	}
	return remotes, nil
}
