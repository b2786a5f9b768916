package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"consilium/lab/segment"
	"consilium/lab/tracking"
	"consilium/node"
	"consilium/node/command"
)

type serveCmd struct {
	Data      string        `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	HTTP      string        `help:"Where people open pages. Plain HTTP on loopback, HTTPS everywhere else." name:"http" default:"127.0.0.1:8080" placeholder:"ADDR"`
	Peer      string        `help:"Where partner hospitals connect." default:":8444" placeholder:"ADDR"`
	DB        string        `help:"Database, instead of what hospital.toml says." name:"db" placeholder:"postgres://…"`
	Blobs     string        `help:"Where files are, instead of what hospital.toml says: s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION." placeholder:"s3://…"`
	Cert      string        `help:"TLS certificate for pages (PEM). Without one the node makes its own." placeholder:"FILE"`
	Key       string        `help:"TLS key for pages (PEM)." placeholder:"FILE"`
	Public    string        `help:"Address under which people open the pages, for links and passkeys." placeholder:"URL"`
	Plain     bool          `help:"Plain HTTP though the address is not loopback: only behind a proxy that speaks HTTPS."`
	Health    string        `help:"Where /healthz, /readyz and /metrics answer who watches the node, such as 127.0.0.1:9090. Without one nowhere." placeholder:"ADDR"`
	Proxies   []string      `help:"Networks whose proxies may say from where a request comes (X-Forwarded-For, Forwarded), such as 10.0.0.0/24. What others say is not believed." name:"trusted-proxies" placeholder:"NETWORK"`
	Dicom     string        `help:"Where scanners, viewers and the hospital's PACS connect (DICOM). Without one nobody can." placeholder:"ADDR"`
	DicomAE   string        `help:"AE title that DICOM peers call." name:"dicom-ae" default:"CONSILIUM"`
	DicomPeer []string      `help:"A DICOM peer that may call, and where it listens: TITLE@HOST or TITLE@HOST:PORT, with +tls at the end if it listens with TLS; * is any title. Without one only this machine may call." name:"dicom-peer" placeholder:"PEER"`
	DicomCert string        `help:"TLS certificate for DICOM peers (PEM). With one only TLS is spoken." name:"dicom-cert" placeholder:"FILE"`
	DicomKey  string        `help:"TLS key for DICOM peers (PEM)." name:"dicom-key" placeholder:"FILE"`
	Tracker   []string      `help:"A tracker, 3D Slicer or a robot's controller that speaks OpenIGTLink and that the lab's page may listen to: NAME=HOST:PORT. Simulation and rehearsal, not control of a robot." placeholder:"NAME=HOST:PORT"`
	Model     []string      `help:"A learned model that is installed here and that proposes segmentations on the lab's page: a JSON file with name, version, about, program, args and file, as docs/lab.md has it. Nothing is downloaded." placeholder:"FILE.json"`
	Bandwidth int           `help:"Most bytes a second sent to partners (0: no limit)." placeholder:"BYTES"`
	Compare   time.Duration `help:"How often to compare everything with each partner." default:"15m"`
	JSONLog   bool          `help:"Log in JSON." name:"json-log"`
}

func (c *serveCmd) options() (node.Options, error) {
	remotes, err := command.ReadRemotes(c.DicomPeer)
	proxies, wrong := readNetworks(c.Proxies)
	trackers, unread := tracking.ReadTrackers(c.Tracker)
	models, missing := segment.ReadModels(c.Model)
	err = errors.Join(err, wrong, unread, missing)
	return node.Options{Dir: c.Data, DB: c.DB, Blobs: c.Blobs, HTTP: c.HTTP, Peer: c.Peer, Cert: c.Cert, Key: c.Key, Public: c.Public, Plain: c.Plain, TrustedProxies: proxies, Health: c.Health,
		DICOM: node.DICOM{Address: c.Dicom, Title: c.DicomAE, Remotes: remotes, Cert: c.DicomCert, Key: c.DicomKey}, Trackers: trackers, Models: models,
		Bandwidth: c.Bandwidth, Compare: c.Compare, Version: version, Log: slog.New(logTo(c.JSONLog))}, err
}

// readNetworks reads networks; an address stands for itself.
func readNetworks(list []string) (networks []netip.Prefix, err error) {
	for _, text := range list {
		if a, err := netip.ParseAddr(text); err == nil {
			networks = append(networks, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("trusted-proxies: %q is no network: %w", text, err)
		}
		networks = append(networks, p.Masked())
	}
	return networks, nil
}

func (c *serveCmd) Run(ctx context.Context) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	n, err := node.Open(ctx, o)
	if err != nil {
		return err
	}
	if err := n.Start(ctx); err != nil {
		n.Close()
		return err
	}
	fmt.Printf("%s\n  pages     %s\n  partners  %s\n  ID        %s\n", n.Hospital().Name, n.URL(), n.PeerAddr(), n.Hospital().ID)
	if at := n.DICOMAddr(); at != "" {
		fmt.Printf("  DICOM     %s at %s\n", c.DicomAE, at)
	}
	code, err := n.FirstCode(ctx)
	if err != nil {
		return errors.Join(err, n.Close())
	}
	if code != "" {
		fmt.Printf("  code      %s makes the first administrator on the pages\n", code)
	}
	<-ctx.Done()
	return n.Close()
}

// listed is a list as TOML writes it.
func listed(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
