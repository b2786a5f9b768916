package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

//go:embed whole.R
var wholeScript []byte

// command is an analysis as a person runs it: the whole process, with its start and the reading of the file.
type command struct {
	name, what string
	set        string // its data
	rows       int
	method     string
	spec       map[string]any
	path       []string // where in the answer the numbers are that R prints
	near       float64
}

// commands are those whose cost lay outside of the fit: reading, limits that nobody asked for, groups times times.
var commands = []command{
	{"logistic", "logistic regression, 1,000,000 rows, 20 covariates", "logistic", 1_000_000, "logistic", map[string]any{"outcome": "y", "predictors": covariates(20)}, []string{"coef"}, 1e-6},
	{"cox", "Cox regression, 200,000 rows, 10 covariates", "cox", 200_000, "cox", map[string]any{"time": "time", "status": "status", "predictors": covariates(10), "transform": []string{"km"}}, []string{"coef"}, 1e-6},
	{"km", "Kaplan-Meier of two groups, 1,000,000 rows", "km", 1_000_000, "kaplan_meier", map[string]any{"time": "time", "status": "status", "group": "group", "times": []float64{365, 1000}}, []string{"surv"}, 1e-8},
	{"aj", "Aalen-Johansen of 100 groups, 200,000 rows", "groups", 200_000, "aalen_johansen", map[string]any{"time": "time", "status": "cause", "group": "group", "times": []float64{0.5, 1}}, []string{"survfit", "state1"}, 1e-8},
	{"logrank", "log-rank of 100 groups, 200,000 rows", "groups", 200_000, "logrank", map[string]any{"time": "time", "status": "died", "group": "group"}, []string{"chisq"}, 1e-6},
	{"manykm", "Kaplan-Meier of 2,500 groups, 100,000 rows", "many", 100_000, "kaplan_meier", map[string]any{"time": "time", "status": "died", "group": "group", "times": []float64{0.5}}, []string{"surv"}, 1e-8},
	{"wide", "logistic regression with 102 terms, 50,000 rows", "wide", 50_000, "logistic", map[string]any{"outcome": "y", "predictors": covariates(102)}, []string{"coef"}, 1e-6},
	{"firth", "the same by Firth's penalized likelihood", "wide", 50_000, "firth_logistic", map[string]any{"outcome": "y", "predictors": covariates(102)}, []string{"coef"}, 1e-5},
	{"slopes", "linear mixed, random slopes, Satterthwaite, 50,000 rows in 100 centers", "centers", 50_000, "linear_mixed", map[string]any{"outcome": "score", "predictors": covariates(3), "group": "center", "slopes": "x1"}, []string{"satterthwaite", "statistic"}, 1e-3},
	{"counts", "mixed Poisson (Laplace), 50,000 rows in 100 centers", "centers", 50_000, "count_mixed", map[string]any{"outcome": "count", "predictors": covariates(3), "group": "center"}, []string{"coef"}, 1e-4},
}

// centersSet is scores and counts of patients in 100 centers that differ in level and in the effect of x1.
func centersSet(n int) *frame {
	r, f := &stream{909}, &frame{rows: n}
	level, slope := r.normals(100), r.normals(100)
	eta := f.covariates(r, 0.5, -0.3, 0.2)
	noise, draw := r.normals(n), r.uniforms(n)
	center, score, count := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		c := i * 100 / n
		center[i] = float64(c + 1)
		score[i] = round4(eta[i] + 0.8*level[c] + 0.4*slope[c]*f.columns[0][i] + noise[i])
		mean := math.Exp(0.3 + eta[i]/2 + 0.5*level[c])
		chance := math.Exp(-mean) // of the counts up to the one that the draw falls on
		for sum := chance; sum < draw[i] && count[i] < 200; sum += chance {
			count[i]++
			chance *= mean / count[i]
		}
	}
	f.add("center", center)
	f.add("score", score)
	f.add("count", count)
	return f
}

// groupsSet is times with two causes in groups.
func groupsSet(groups int) func(rows int) *frame {
	return func(n int) *frame {
		r, f := &stream{707}, &frame{rows: n}
		time, cause, died, group := r.uniforms(n), r.uniforms(n), make([]float64, n), r.uniforms(n)
		for i := range time {
			time[i] = float64(int(time[i]*3e5)+1) / 1e5
			cause[i] = float64(int(3 * cause[i]))
			died[i] = indicator(cause[i] == 1)
			group[i] = float64(int(float64(groups) * group[i]))
		}
		f.add("time", time)
		f.add("cause", cause)
		f.add("died", died)
		f.add("group", group)
		return f
	}
}

// compareCommands measures whole processes beside R's.
func compareCommands(ctx context.Context, dir, only string, runs int) error {
	binary, err := installed(ctx, dir)
	if err != nil {
		return err
	}
	script := filepath.Join(dir, "whole.R")
	if err := os.WriteFile(script, wholeScript, 0o600); err != nil {
		return err
	}
	fmt.Printf("\n%s, %d processors, medians of %d runs; the whole command, with its start and the reading of the CSV (R: data.table's fread)\n\n", runtime.Version(), runtime.NumCPU(), runs)
	fmt.Println("| case | R: CPU s | elapsed s | memory MB | here: CPU s | elapsed s | memory MB | CPU | elapsed | memory | answers |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, c := range commands {
		if !strings.Contains(c.name, only) {
			continue
		}
		if err := c.measure(ctx, dir, binary, script, runs); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// installed builds the program and puts a copy of it in place, as an installation does. Run where the linker wrote it, Linux counts up to 20 MB more of it as held: the
// pages that the linker left in the cache are larger, and each that is touched is mapped as a whole.
func installed(ctx context.Context, dir string) (string, error) {
	linked, binary := filepath.Join(dir, "linked"), filepath.Join(dir, "consilium")
	defer os.Remove(linked)
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", linked, "./cmd/consilium").CombinedOutput(); err != nil {
		return "", fmt.Errorf("the command cannot be built (run this at the root of the repository): %w\n%s", err, out)
	}
	from, err := os.Open(linked)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.OpenFile(binary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o700)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	return binary, errors.Join(err, to.Sync(), to.Close())
}

func (c command) measure(ctx context.Context, dir, binary, script string, runs int) error {
	if err := prepare(ctx, dir, c.set, c.rows); err != nil {
		return err
	}
	dataset := c.set + ".csv"
	raw, err := json.Marshal(map[string]any{"id": c.name, "method": c.method, "dataset": dataset, "spec": c.spec})
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "whole-"+c.name+".json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return err
	}
	var theirs, ours []run
	for range runs {
		one, err := whole(exec.CommandContext(ctx, "Rscript", script, c.name, filepath.Join(dir, dataset)), nil)
		if err != nil {
			return fmt.Errorf("in R: %w", err)
		}
		theirs = append(theirs, one)
		if one, err = whole(exec.CommandContext(ctx, binary, "stats", "run", file), append([]string{"result"}, c.path...)); err != nil {
			return err
		}
		ours = append(ours, one)
	}
	us, them := middle(ours), middle(theirs)
	fmt.Printf("| %s | %.2f | %.2f | %.0f | %.2f | %.2f | %.0f | %.1f× | %.1f× | 1/%.1f | %s |\n", c.what, them.CPU, them.Elapsed, them.memory, us.CPU, us.Elapsed, us.memory,
		them.CPU/us.CPU, them.Elapsed/us.Elapsed, them.memory/us.memory, subject{near: c.near}.agree(us.Result, them.Result))
	return nil
}

// whole runs a process to its end, and finds the numbers at a path of the JSON that it prints.
func whole(c *exec.Cmd, path []string) (run, error) {
	c.Stderr = os.Stderr
	began := time.Now()
	out, err := c.Output()
	if err != nil {
		return run{}, err
	}
	elapsed := time.Since(began).Seconds()
	var v any
	if err := json.Unmarshal(out, &v); err != nil {
		return run{}, fmt.Errorf("%w: %.200s", err, out)
	}
	for _, key := range path {
		fields, _ := v.(map[string]any)
		v = fields[key]
	}
	state := c.ProcessState
	return run{Elapsed: elapsed, CPU: (state.UserTime() + state.SystemTime()).Seconds(), Result: map[string]any{"value": v}, memory: largestMB(state)}, nil
}
