package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
)

// settings are the flags that a part may look at.
type settings struct {
	runs int
	only string
	dir  string // for inputs of the peers
}

// part is one comparison of the lab with its peer.
type part struct {
	name string
	run  func(context.Context, settings) error
}

// parts are measured in this order.
var parts = []part{
	{"fe", compareStrength},
	{"growth", growStrength},
	{"icp", compareICP},
}

func main() {
	var s settings
	flag.IntVar(&s.runs, "runs", 3, "runs of each program; the tables show medians")
	flag.StringVar(&s.only, "only", "", "measure only this part: "+names())
	child := flag.String("child", "", "solve one finite element case and print its figures as JSON; what the program does in its own process")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, *child); err != nil {
		fmt.Fprintln(os.Stderr, "bench/lab:", err)
		os.Exit(1)
	}
}

func names() string {
	var out []string
	for _, p := range parts {
		out = append(out, p.name)
	}
	return strings.Join(out, ", ")
}

func run(ctx context.Context, s settings, child string) error {
	if child == "block" {
		return writeBlock(blockFile)
	}
	if child != "" {
		return solveOnce(ctx, child)
	}
	dir, err := os.MkdirTemp("", "consilium-lab-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.dir = dir
	// In a process of its own: the most memory that a child held begins, for Linux, with what its parent had.
	if _, _, err := measured(ctx, dir, self(), "-child", "block"); err != nil {
		return err
	}
	fmt.Printf("%s, %d processors (GOMAXPROCS %d), medians of %d\n", runtime.Version(), runtime.NumCPU(), runtime.GOMAXPROCS(0), s.runs)
	known := false
	for _, p := range parts {
		if s.only != "" && s.only != p.name {
			continue
		}
		known = true
		if err := p.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if !known {
		return fmt.Errorf("no part is called %q; there are %s", s.only, names())
	}
	return nil
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}
