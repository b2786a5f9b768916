package reference

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Row is the outcome of one case.
type Row struct {
	File    string
	Case    string
	Passed  bool
	Worst   string // the figure that came nearest to its tolerance, or missed it, as "name 1.2e-9 of 1e-6"
	Wrong   []string
	Seconds float64
}

// Options say where inputs outside of the folder are.
type Options struct {
	CT string // the CT that surfaces are computed from; empty when there is none
}

// checker computes the cases of one file.
type checker func(ctx context.Context, dir string, raw []byte, o Options) ([]Row, error)

// format is a kind of case file.
type format struct {
	name  string
	is    func(fields map[string]json.RawMessage) bool
	check checker
}

// formats are the kinds of file that are known.
var formats = []format{
	{"registration", isRegistration, checkRegistrations},
	{"finite elements", isFE, checkFE},
	{"surfaces", isSurfaces, checkSurfaces},
}

// Check computes every case file of a folder, in the order of their names, and tells each outcome as soon as it is known. It returns the names of the
// files that are no case of a kind it knows. A case that fails is a row, not an error; an error is a folder that cannot be read or has no case.
func Check(ctx context.Context, dir string, o Options, tell func(Row)) (unknown []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	slices.Sort(files)
	known := 0
	for _, file := range files {
		rows, is := checkFile(ctx, file, o)
		if !is {
			unknown = append(unknown, filepath.Base(file))
			continue
		}
		known++
		for _, r := range rows {
			tell(r)
		}
		if ctx.Err() != nil {
			return unknown, ctx.Err()
		}
	}
	if known == 0 {
		return unknown, fmt.Errorf("%s holds no case file of the lab", dir)
	}
	return unknown, nil
}

func checkFile(ctx context.Context, file string, o Options) ([]Row, bool) {
	name := filepath.Base(file)
	broken := func(err error) []Row {
		return []Row{{File: name, Case: strings.TrimSuffix(name, ".json"), Wrong: []string{err.Error()}}}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return broken(err), true
	}
	var fields map[string]json.RawMessage
	if err := decode(raw, &fields); err != nil {
		return broken(fmt.Errorf("not a JSON object: %w", err)), true
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.is(fields) })
	if i < 0 {
		return nil, false
	}
	start := time.Now()
	rows, err := formats[i].check(ctx, filepath.Dir(file), raw, o)
	if err != nil {
		rows = append(rows, broken(err)...)
	}
	for j := range rows {
		rows[j].File = name
		if rows[j].Seconds == 0 && len(rows) == 1 {
			rows[j].Seconds = time.Since(start).Seconds()
		}
	}
	return rows, true
}

// comparison collects how far each figure of a case is from its reference.
type comparison struct {
	row   Row
	worst float64
}

// near compares got with want: they may differ by tolerance times scale.
func (c *comparison) near(name string, got, want, tolerance, scale float64) {
	off := math.Abs(got-want) / scale
	if scale == 0 {
		off = math.Abs(got - want)
	}
	ratio := off / tolerance
	if math.IsNaN(ratio) {
		ratio = math.Inf(1)
	}
	if ratio > 1 {
		c.row.Wrong = append(c.row.Wrong, fmt.Sprintf("%s: %.9g, reference %.9g (off by %.2g, allowed %.2g)", name, got, want, off, tolerance))
	}
	if c.row.Worst == "" || ratio > c.worst {
		c.worst = ratio
		c.row.Worst = fmt.Sprintf("%s %.1e of %.0e", name, off, tolerance)
	}
}

// nearEach compares lists of one length.
func (c *comparison) nearEach(name string, got, want []float64, tolerance, scale float64) {
	if len(got) != len(want) {
		c.wrong("%s: %d numbers, reference %d", name, len(got), len(want))
		return
	}
	for i := range got {
		c.near(name, got[i], want[i], tolerance, scale)
	}
}

func (c *comparison) wrong(format string, a ...any) {
	c.row.Wrong = append(c.row.Wrong, fmt.Sprintf(format, a...))
}

// done is the row.
func (c *comparison) done() Row {
	c.row.Passed = len(c.row.Wrong) == 0
	return c.row
}
