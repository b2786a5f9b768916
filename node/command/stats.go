package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"consilium/stats"
	"consilium/stats/agree"
	"consilium/stats/analysis"
)

type statsCmd struct {
	Run     statsRunCmd     `cmd:"" help:"Compute analyses written as JSON: {method, dataset, spec}. Each answer is one line of JSON."`
	Check   statsCheckCmd   `cmd:"" help:"Compute every case of a folder and compare with the results that stand there."`
	Draw    statsDrawCmd    `cmd:"" help:"Compute an analysis and draw its figure, for a page (SVG) or print (PDF)."`
	Table   statsTableCmd   `cmd:"" help:"Compute the table of patients and write it as CSV, Markdown or HTML."`
	Report  statsReportCmd  `cmd:"" help:"Compute several analyses and put them into one page, with figures and methods."`
	Methods statsMethodsCmd `cmd:"" help:"List the methods that a specification may name, or tell what one of them takes and gives."`
}

type statsRunCmd struct {
	Specs  []string `arg:"" name:"SPEC.json" help:"Analyses. A data set is looked for beside the file, in the folder above it, and in the working folder."`
	Indent bool     `help:"Spread the answer over lines, for reading."`
	Memory string   `help:"The most memory that one analysis may take, such as 8GiB. Half of the machine's if absent." placeholder:"SIZE"`
}

// Run answers every specification; one that fails is told in its answer, and the others go on.
func (c *statsRunCmd) Run(ctx context.Context) error {
	ctx, err := withMemory(ctx, c.Memory)
	if err != nil {
		return err
	}
	failed := false
	for _, path := range c.Specs {
		answer, err := atOnce(ctx, func() ([]byte, error) { return answer(ctx, path) })
		if ctx.Err() != nil {
			return errors.New("stopped; nothing was written for " + path)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "consilium:", path+":", Explain(err))
			failed = true
		}
		if answer == nil {
			continue
		}
		if err := c.print(answer); err != nil {
			return err
		}
	}
	if failed {
		return ErrSaid
	}
	return nil
}

// atOnce returns when the work is done or the context has ended, whichever comes first. Work that is left behind ends with the process: a fit deep in its
// iterations need not look up for a person's Ctrl-C to be obeyed.
func atOnce[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := work()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// withMemory sets the limit that a person gave, in bytes or with a unit.
func withMemory(ctx context.Context, size string) (context.Context, error) {
	if size == "" {
		return ctx, nil
	}
	number, unit := size, int64(1)
	for suffix, bytes := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40} {
		if before, ok := strings.CutSuffix(size, suffix); ok {
			number, unit = strings.TrimSpace(before), bytes
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0) {
		return ctx, fmt.Errorf("--memory %s: write a size such as 8GiB", size)
	}
	return analysis.WithMemory(ctx, int64(n*float64(unit))), nil
}

func (c *statsRunCmd) print(answer []byte) error {
	var out bytes.Buffer
	if c.Indent {
		if err := json.Indent(&out, answer, "", "  "); err != nil {
			return err
		}
		answer = out.Bytes()
	}
	_, err := fmt.Println(string(answer))
	return err
}

// answer is the specification's own JSON with our result in it, or with the error in its place, and what may not be meant of its data.
func answer(ctx context.Context, path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := analysis.ReadCase(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	delete(fields, "result")
	delete(fields, "warnings")
	a, err := computed(ctx, path, c)
	if len(a.Warnings) > 0 {
		fields["warnings"], _ = json.Marshal(a.Warnings)
	}
	if err == nil {
		fields["result"], err = analysis.Write(a.Result)
	}
	if err != nil {
		fields["error"], _ = json.Marshal(statsError(err))
	}
	written, failure := ordered(fields)
	return written, errors.Join(err, failure)
}

// statsError is an error as fields, for programs.
func statsError(err error) map[string]string {
	out := map[string]string{"message": err.Error()}
	var e *stats.Error
	if errors.As(err, &e) {
		out["problem"], out["variable"], out["detail"], out["advice"] = string(e.Problem), e.Variable, e.Detail, e.Advice
	}
	return out
}

// ordered writes what names the case first, and its result last.
func ordered(fields map[string]json.RawMessage) ([]byte, error) {
	first := []string{"id", "method", "dataset", "spec"}
	last := []string{"warnings", "result", "error"}
	keys := slices.Clone(first)
	for key := range fields {
		if !slices.Contains(first, key) && !slices.Contains(last, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys[len(first):])
	var out bytes.Buffer
	for _, key := range append(keys, last...) {
		if fields[key] == nil {
			continue
		}
		out.WriteByte("{,"[min(out.Len(), 1)])
		name, _ := json.Marshal(key)
		out.Write(name)
		out.WriteByte(':')
		if err := json.Compact(&out, fields[key]); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

type statsCheckCmd struct {
	Dir  string `arg:"" name:"DIR" help:"Folder with cases/ID.json and the data sets that they name." type:"existingdir"`
	JSON bool   `help:"Answer in JSON." name:"json"`
}

// outcome is what became of one case.
type outcome struct {
	ID          string             `json:"id"`
	Error       string             `json:"error,omitempty"`
	Differences []agree.Difference `json:"differences,omitempty"`
	PassedOver  []analysis.Unknown `json:"passed_over,omitempty"` // keys that the method does not have
}

func (o outcome) passed() bool { return o.Error == "" && len(o.Differences) == 0 }

// Run prints what differs and, last, how many passed and failed.
func (c *statsCheckCmd) Run(ctx context.Context) error {
	outcomes, err := atOnce(ctx, func() ([]outcome, error) { return check(ctx, os.DirFS(c.Dir)) })
	if err != nil {
		return err
	}
	passed := 0
	for _, o := range outcomes {
		if o.passed() {
			passed++
		}
	}
	if c.JSON {
		err = PrintJSON(map[string]any{"cases": outcomes, "passed": passed, "failed": len(outcomes) - passed})
	} else {
		printOutcomes(outcomes)
		fmt.Printf("%d passed, %d failed\n", passed, len(outcomes)-passed)
	}
	if err == nil && passed < len(outcomes) {
		err = ErrSaid
	}
	return err
}

func check(ctx context.Context, files fs.FS) ([]outcome, error) {
	folder := agree.NewFolder(files)
	ids, err := folder.Cases()
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, errors.New("there are no cases: the folder should hold cases/ID.json")
	}
	outcomes := make([]outcome, 0, len(ids))
	for _, id := range ids {
		o := outcome{ID: id}
		kase, table, err := folder.Case(id)
		if err == nil {
			var a agree.Answer
			a, err = folder.Check(ctx, kase, table)
			o.Differences, o.PassedOver = a.Differences, a.PassedOver
			if err == nil && len(kase.Result) == 0 {
				err = errors.New("it states no result to compare with")
			}
		}
		if err != nil {
			o.Error = err.Error()
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// mostRows of one case are shown: more of the same does not help.
const mostRows = 20

func printOutcomes(outcomes []outcome) {
	var rows [][]string
	for _, o := range outcomes {
		if o.Error != "" {
			rows = append(rows, []string{o.ID, "", "", "", o.Error})
		}
		for i, d := range o.Differences {
			if i == mostRows {
				rows = append(rows, []string{o.ID, fmt.Sprintf("… and %d more", len(o.Differences)-i), "", "", ""})
				break
			}
			rows = append(rows, []string{o.ID, d.Path, d.Got, d.Want, d.Why})
		}
	}
	for _, o := range outcomes {
		for _, key := range o.PassedOver {
			fmt.Printf("%s: passed over %s, which its method does not have\n", o.ID, key)
		}
	}
	if len(rows) > 0 {
		Table([]string{"CASE", "WHERE", "HERE", "REFERENCE", "WHY"}, rows)
	}
}
