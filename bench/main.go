package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// row is one line of the table.
type row struct {
	what, median, goal, note string
}

// bench is one run of the program.
type bench struct {
	ctx     context.Context
	dir     string // everything is written below it
	runs    int
	cases   int // in the list
	entries int // to catch up with
	binary  string

	operations int // of the registry

	pocketbase string
	profile    string // file for a CPU profile; none: empty
	heap       string // file for a profile of the memory that the registry's cases hold; none: empty
	rows       []row
	fsync      time.Duration
}

func main() {
	var b bench
	flag.IntVar(&b.runs, "runs", 5, "runs of each measurement; the table shows medians")
	flag.IntVar(&b.cases, "cases", 100_000, "cases in the worklist")
	flag.IntVar(&b.entries, "entries", 200_000, "entries to catch up with")
	flag.IntVar(&b.operations, "operations", 4_000, "operations in the registry")
	flag.StringVar(&b.binary, "binary", "bin/consilium", "program whose start is measured")
	flag.StringVar(&b.pocketbase, "pocketbase", "bin/pocketbase-bench", "the peer of eight writers; tools/bench builds it from bench/pocketbase")
	only := flag.String("only", "", "measure only what contains this word: disk, append, long, writers, fold, worklist, catch-up, registry, start")
	flag.StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of one part to this file; of writers it is of the server alone, which then runs in this process")
	flag.StringVar(&b.heap, "memprofile", "", "write a profile of the memory held once the registry's operations were made to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b.ctx = ctx
	if err := b.all(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) all(only string) error {
	dir, err := os.MkdirTemp("", "consilium-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	if b.profile != "" && only != "writers" {
		stop, err := profiling(b.profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	for _, m := range []struct {
		name string
		do   func() error
	}{{"disk", b.disk}, {"append", b.appends}, {"long", b.longCases}, {"writers", b.writers}, {"fold", b.fold}, {"worklist", b.worklist}, {"catch-up", b.catchUp}, {"registry", b.registry}, {"start", b.start}} {
		if !strings.Contains(m.name, only) {
			continue
		}
		if err := m.do(); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	b.print()
	return nil
}

// profiling writes a CPU profile until it is stopped.
func profiling(file string) (stop func(), err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

func (b *bench) add(what, median, goal, note string) {
	b.rows = append(b.rows, row{what, median, goal, note})
	fmt.Fprintf(os.Stderr, "%s: %s\n", what, median)
}

func (b *bench) print() {
	fmt.Printf("%s, %s/%s, %d processors, GOMAXPROCS %d, medians of %d runs\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.GOMAXPROCS(0), b.runs)
	fmt.Println("| what | median | goal | |")
	fmt.Println("| --- | --- | --- | --- |")
	for _, r := range b.rows {
		fmt.Printf("| %s | %s | %s | %s |\n", r.what, r.median, r.goal, r.note)
	}
}

// median of some durations or rates.
func median[T int | int64 | float64 | time.Duration](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// verdict says whether a goal is met.
func verdict(met bool) string {
	if met {
		return "met"
	}
	return "**not met**"
}

func ms(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}
