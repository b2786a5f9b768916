package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/analysis"
)

// computation is an analysis with its data and its result.
type computation struct {
	Table    *stats.Table
	Result   any
	Warnings []analysis.Warning // which were told on the standard error too
}

// computed reads the data of an analysis and computes it.
func computed(ctx context.Context, path string, c analysis.Case) (computation, error) {
	if err := analysis.RefuseUnknownKeys(c); err != nil {
		return computation{}, err
	}
	debug.SetGCPercent(50) // a heap of columns costs next to nothing to look through, and what lies about until it has doubled is memory that a person pays for
	var a computation
	var err error
	if a.Table, err = dataOf(path, c); err != nil {
		return a, err
	}
	a.Warnings = analysis.Warnings(c, a.Table)
	for _, w := range a.Warnings {
		fmt.Fprintln(os.Stderr, "consilium:", path+": warning:", w)
	}
	others := analysis.NewFolder(os.DirFS(above(path)))
	a.Result, err = analysis.Run(ctx, c, a.Table, others.Case)
	if told := analysis.Told(a.Result); told != "" {
		fmt.Fprintln(os.Stderr, "consilium:", path+": warning:", told)
	}
	return a, err
}

// above is the folder above that of a specification, also where the specification is named by its name alone.
func above(path string) string { return filepath.Join(filepath.Dir(path), "..") }

// dataOf reads the data set that a specification names: nil if it names none. A name that is not a whole path is looked for in the folder above the
// specification (where cases lie in a folder of their own, beside data), in that of the specification, and in the working folder.
func dataOf(path string, c analysis.Case) (*stats.Table, error) {
	if c.Dataset == nil {
		return nil, nil
	}
	name := filepath.FromSlash(*c.Dataset)
	here := filepath.Dir(path)
	places := []string{filepath.Join(above(path), name), filepath.Join(here, name), name}
	if filepath.IsAbs(name) {
		places = []string{name}
	}
	for _, place := range places {
		if info, err := os.Stat(place); err == nil && !info.IsDir() {
			base := filepath.Base(place)
			c.Dataset = &base
			return analysis.NewFolder(os.DirFS(filepath.Dir(place))).Table(c)
		}
	}
	return nil, &stats.Error{Method: "data set " + *c.Dataset, Problem: stats.Invalid, Detail: "there is no such file",
		Advice: "It was looked for as " + strings.Join(slices.Compact(slices.Sorted(slices.Values(places))), ", ") + ". Name it by its place beside the specification, or by its whole path"}
}
