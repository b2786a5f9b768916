package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// subject is one case as the table shows it.
type subject struct {
	name string // of the case, of its data set and of R's function in peer.R
	what string
	rows int
	data string  // the data set, if it is another case's
	near float64 // how near the answers must come, relative to the larger
}

var subjects = []subject{
	{"logistic", "logistic regression, 1,000,000 rows, 20 covariates", 1_000_000, "", 1e-6},
	{"cox", "Cox regression (Efron), 200,000 rows, 10 covariates", 200_000, "", 1e-6},
	{"km", "Kaplan-Meier of two groups and log-rank, 1,000,000 rows", 1_000_000, "", 1e-8},
	{"glmer", "random-intercept logistic (Laplace), 50,000 rows in 100 centers", 50_000, "", 2e-3},
	{"mice", "chained equations, 20,000 rows, 4 incomplete columns, m = 5", 20_000, "", 0},
	{"boot", "2,000 bootstraps of a logistic fit, 2,000 rows", 2_000, "", 1e-6},
	{"match", "propensity and 1:1 matching within a caliper, 20,000 rows", 20_000, "", 0.001},
	{"matchfast", "… without a caliper (R's fast path)", 20_000, "match", 0.001},
	{"crr", "Fine-Gray, 5,000 rows, 5 covariates", 5_000, "", 5e-5}, // crr stops at a gradient of 1e-6
}

// set is the name of the subject's data set.
func (s subject) set() string {
	if s.data != "" {
		return s.data
	}
	return s.name
}

func main() {
	runs := flag.Int("runs", 3, "runs of each program; the table shows medians")
	only := flag.String("only", "", "measure only the cases whose name contains this word")
	dir := flag.String("dir", "", "folder for the data sets, kept; without it a temporary one")
	child := flag.String("child", "", "fit one case and print it as JSON; what the program does in its own process")
	write := flag.Int("write", 0, "with -child, write the case's data set of so many rows instead")
	growth := flag.Bool("growth", true, "also show how time grows with the number of rows")
	commandsOnly := flag.Bool("commands", false, "measure whole commands, from the CSV to the answer, instead of fits")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := error(nil)
	switch {
	case *child != "" && *write > 0:
		err = writeSet(*dir, *child, *write)
	case *child != "":
		err = fitOnce(*child, *dir, os.Stdout)
	default:
		err = compare(ctx, *dir, *only, *runs, *growth, *commandsOnly)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/stats:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, dir, only string, runs int, growth, whole bool) error {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "consilium-stats-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	if whole {
		return compareCommands(ctx, dir, only, runs)
	}
	r, err := findR(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "R is not installed with the packages of peer.R: this program is measured alone.", err)
	}
	fmt.Printf("%s, %s/%s, %d processors, medians of %d runs; fit alone, without reading the file\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runs)
	fmt.Println("| case | R: CPU s | elapsed s | memory MB | here: CPU s | elapsed s | memory MB | CPU | elapsed | memory | answers |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, s := range subjects {
		if !strings.Contains(s.name, only) {
			continue
		}
		if err := s.measure(ctx, dir, r, runs); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if growth {
		return showGrowth(ctx, dir, only, runs)
	}
	return nil
}

// run is what one process reports of one fit.
type run struct {
	Elapsed float64        `json:"elapsed"` // seconds of the fit
	CPU     float64        `json:"cpu"`     // processor seconds of the fit
	Result  map[string]any `json:"result"`
	memory  float64        // MB, the largest of the whole process
}

func (s subject) measure(ctx context.Context, dir string, r func(ctx context.Context, name string) (run, error), runs int) error {
	if err := prepare(ctx, dir, s.set(), s.rows); err != nil {
		return err
	}
	var theirs, ours []run
	for range runs {
		if r != nil {
			one, err := r(ctx, s.name)
			if err != nil {
				return fmt.Errorf("in R: %w", err)
			}
			theirs = append(theirs, one)
		}
		one, err := here(ctx, dir, s.name)
		if err != nil {
			return err
		}
		ours = append(ours, one)
	}
	us := middle(ours)
	if r == nil {
		fmt.Printf("| %s | | | | %.3f | %.3f | %.0f | | | | |\n", s.what, us.CPU, us.Elapsed, us.memory)
		return nil
	}
	them := middle(theirs)
	fmt.Printf("| %s | %.2f | %.2f | %.0f | %.3f | %.3f | %.0f | %.1f× | %.1f× | 1/%.1f | %s |\n", s.what, them.CPU, them.Elapsed, them.memory,
		us.CPU, us.Elapsed, us.memory, them.CPU/us.CPU, them.Elapsed/us.Elapsed, them.memory/us.memory, s.agree(us.Result, them.Result))
	return nil
}

// middle is the median of each figure.
func middle(runs []run) run {
	pick := func(of func(run) float64) float64 {
		list := make([]float64, len(runs))
		for i, r := range runs {
			list[i] = of(r)
		}
		slices.Sort(list)
		return list[len(list)/2]
	}
	return run{Elapsed: pick(func(r run) float64 { return r.Elapsed }), CPU: pick(func(r run) float64 { return r.CPU }), Result: runs[0].Result,
		memory: pick(func(r run) float64 { return r.memory })}
}

// here fits a case in a process of this program.
func here(ctx context.Context, dir, name string) (run, error) {
	self, err := os.Executable()
	if err != nil {
		return run{}, err
	}
	return process(exec.CommandContext(ctx, self, "-child", name, "-dir", dir))
}

// findR gives a function that fits a case in R, if R is there with what peer.R needs.
func findR(dir string) (func(context.Context, string) (run, error), error) {
	packages := `for (p in c("data.table", "jsonlite", "survival", "lme4", "mice", "MatchIt", "cmprsk")) if (!requireNamespace(p, quietly = TRUE)) stop(p)`
	if out, err := exec.Command("Rscript", "-e", packages).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w %s", err, out)
	}
	script := filepath.Join(dir, "peer.R")
	if err := os.WriteFile(script, peerScript, 0o600); err != nil {
		return nil, err
	}
	return func(ctx context.Context, name string) (run, error) {
		return process(exec.CommandContext(ctx, "Rscript", script, name, dir))
	}, nil
}

// process runs a program to its end and reads what it reports.
func process(c *exec.Cmd) (run, error) {
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		return run{}, err
	}
	if err := c.Start(); err != nil {
		return run{}, err
	}
	raw, readErr := io.ReadAll(out)
	if err := c.Wait(); err != nil {
		return run{}, err
	}
	if readErr != nil {
		return run{}, readErr
	}
	var r run
	if err := json.Unmarshal(raw, &r); err != nil {
		return run{}, fmt.Errorf("%w: %.200s", err, raw)
	}
	r.memory = largestMB(c.ProcessState)
	return r, nil
}
