package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"consilium/node"
	"consilium/node/command"
)

type nodeCmd struct {
	Add nodeAddCmd `cmd:"" help:"Make the data folder of another node of the hospital, with a signing key of its own. The hospital is on PostgreSQL and has its files in a bucket."`
}

type nodeAddCmd struct {
	Data string `help:"Data folder of a node that the hospital has." default:"consilium-data" placeholder:"DIR"`
	To   string `help:"New folder. Carry it to the other machine: it holds the hospital's keys." required:"" placeholder:"DIR"`
}

func (c *nodeAddCmd) Run() error {
	h, err := node.AddNode(c.Data, c.To, time.Now())
	if err != nil {
		return err
	}
	fmt.Printf("%s is the folder of another node of %s. It holds the hospital's keys: carry it to its machine over a closed line, and start it there with consilium serve or consilium worker.\n", command.Absolute(c.To), h.Name)
	return nil
}

// workerCmd does the hospital's long work without pages.
type workerCmd struct {
	Data    string `help:"Data folder of the node." default:"consilium-data" placeholder:"DIR"`
	DB      string `help:"Database, instead of what hospital.toml says." name:"db" placeholder:"postgres://…"`
	Blobs   string `help:"Where files are, instead of what hospital.toml says." placeholder:"s3://…"`
	Health  string `help:"Where /healthz, /readyz and /metrics answer who watches the node." placeholder:"ADDR"`
	JSONLog bool   `help:"Log in JSON." name:"json-log"`
}

func (c *workerCmd) Run(ctx context.Context) error {
	n, err := node.Open(ctx, node.Options{Dir: c.Data, DB: c.DB, Blobs: c.Blobs, Health: c.Health, Version: version, Log: slog.New(logTo(c.JSONLog))})
	if err != nil {
		return err
	}
	if err := n.Work(ctx); err != nil {
		return errors.Join(err, n.Close())
	}
	fmt.Printf("%s\n  does jobs\n", n.Hospital().Name)
	<-ctx.Done()
	return n.Close()
}

// logTo is where a running program logs.
func logTo(json bool) slog.Handler {
	if json {
		return slog.NewJSONHandler(os.Stderr, nil)
	}
	return slog.NewTextHandler(os.Stderr, nil)
}
