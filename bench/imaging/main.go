package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

// bench is one run.
type bench struct {
	ctx    context.Context
	dir    string
	peers  []peer
	table  *table
	slices []study // 20 studies of 100 slices of 512 x 512
	many   []study // thousands of studies of one small slice
}

func main() {
	rounds := flag.Int("rounds", 3, "how often each peer is measured; the table shows medians")
	only := flag.String("only", "", "measure only one part: store, stow, find, get")
	dir := flag.String("dir", "", "folder for images and archives, 4 GB; without it a temporary one")
	binary := flag.String("consilium", "bin/consilium", "the program")
	studies := flag.Int("studies", 2000, "studies of one slice that are searched")
	peerNames := flag.String("peers", "Consilium,Orthanc,storescp", "whom to measure")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := &bench{ctx: ctx, dir: *dir, table: newTable()}
	for _, p := range peers(*binary) {
		if strings.Contains(","+*peerNames+",", ","+p.name+",") {
			b.peers = append(b.peers, p)
		}
	}
	err := b.run(*rounds, *only, *studies)
	fmt.Print(b.table.text())
	if err != nil {
		fmt.Fprintln(os.Stderr, "imaging:", err)
		os.Exit(1)
	}
}

func (b *bench) run(rounds int, only string, studies int) error {
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "imaging-bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b.dir = dir
	}
	head, err := readHead()
	if err != nil {
		return err
	}
	if b.slices, err = (corpus{filepath.Join(b.dir, "slices"), "big", head, 512}).make(20, 100); err != nil {
		return err
	}
	if b.many, err = (corpus{filepath.Join(b.dir, "many"), "tiny", head, 16}).make(studies, 1); err != nil {
		return err
	}
	for round := range rounds {
		for _, part := range []struct {
			name    string
			measure func(peer) error
		}{{"store", b.store}, {"stow", b.stow}, {"find", b.find}} {
			if only != "" && only != part.name {
				continue
			}
			for _, p := range b.peers {
				fmt.Fprintf(os.Stderr, "round %d: %s, %s\n", round+1, part.name, p.name)
				if err := part.measure(p); err != nil {
					return fmt.Errorf("%s of %s: %w", part.name, p.name, err)
				}
			}
		}
	}
	return nil
}

// fresh starts a peer on an empty folder; done stops it and takes the folder away.
func (b *bench) fresh(p peer, sink int) (s *server, done func(), err error) {
	dir, err := os.MkdirTemp(b.dir, "server")
	if err != nil {
		return nil, nil, err
	}
	s, err = p.begin(b.ctx, dir, sink)
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return s, func() {
		s.kill()
		os.RemoveAll(dir)
	}, nil
}
