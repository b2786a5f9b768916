package main

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"consilium/node"
)

// serve runs a node on a data folder until the script ends. Nothing is slept: the node listens when Start returns.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: serve DIR")
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	n, err := node.Open(ctx, node.Options{Dir: ts.MkAbs(args[0]), HTTP: "127.0.0.1:0", Peer: "127.0.0.1:0", Version: "test"})
	ts.Check(err)
	if err := n.Start(ctx); err != nil {
		n.Close()
		ts.Fatalf("%v", err)
	}
	ts.Setenv("URL", n.URL())
	ts.Setenv("PEER", n.PeerAddr())
	ts.Defer(func() {
		stop()
		if err := n.Close(); err != nil {
			ts.Logf("closing the node: %v", err)
		}
	})
}
