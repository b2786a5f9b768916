package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"consilium/node"
)

type serveCmd struct {
	Data      string        `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	HTTP      string        `help:"Where people open pages. Plain HTTP on loopback, HTTPS everywhere else." name:"http" default:"127.0.0.1:8080" placeholder:"ADDR"`
	Peer      string        `help:"Where partner hospitals connect." default:":8444" placeholder:"ADDR"`
	DB        string        `help:"Database, instead of what hospital.toml says." name:"db" placeholder:"postgres://…"`
	Cert      string        `help:"TLS certificate for pages (PEM). Without one the node makes its own." placeholder:"FILE"`
	Key       string        `help:"TLS key for pages (PEM)." placeholder:"FILE"`
	Public    string        `help:"Address under which people open the pages, for links and passkeys." placeholder:"URL"`
	Plain     bool          `help:"Plain HTTP though the address is not loopback: only behind a proxy that speaks HTTPS."`
	Bandwidth int           `help:"Most bytes a second sent to partners (0: no limit)." placeholder:"BYTES"`
	Compare   time.Duration `help:"How often to compare everything with each partner." default:"15m"`
	JSONLog   bool          `help:"Log in JSON." name:"json-log"`
}

func (c *serveCmd) options() node.Options {
	handler := slog.Handler(slog.NewTextHandler(os.Stderr, nil))
	if c.JSONLog {
		handler = slog.NewJSONHandler(os.Stderr, nil)
	}
	return node.Options{Dir: c.Data, DB: c.DB, HTTP: c.HTTP, Peer: c.Peer, Cert: c.Cert, Key: c.Key, Public: c.Public, Plain: c.Plain,
		Bandwidth: c.Bandwidth, Compare: c.Compare, Version: version, Log: slog.New(handler)}
}

func (c *serveCmd) Run(ctx context.Context) error {
	n, err := node.Open(ctx, c.options())
	if err != nil {
		return err
	}
	if err := n.Start(ctx); err != nil {
		n.Close()
		return err
	}
	fmt.Printf("%s\n  pages     %s\n  partners  %s\n  ID        %s\n", n.Hospital().Name, n.URL(), n.PeerAddr(), n.Hospital().ID)
	<-ctx.Done()
	return n.Close()
}

type settingsCmd struct {
	serveCmd
}

func (c *settingsCmd) Run() error {
	fmt.Printf("[serve]\nhttp = %q\npeer = %q\ndb = %q\ncert = %q\nkey = %q\npublic = %q\nplain = %v\nbandwidth = %d\ncompare = %q\njson-log = %v\n",
		c.HTTP, c.Peer, c.DB, c.Cert, c.Key, c.Public, c.Plain, c.Bandwidth, c.Compare, c.JSONLog)
	return nil
}
