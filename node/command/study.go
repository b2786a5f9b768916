package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"consilium/ledger"
	"consilium/study/protocol"
	"consilium/study/rehearse"
	"consilium/study/rows"
)

// studyCmd are the commands for protocols of studies.
type studyCmd struct {
	Check  studyCheckCmd  `cmd:"" help:"Name every mistake of a protocol by its line."`
	Run    studyRunCmd    `cmd:"" help:"Run a protocol on a file of rows: all together, and as a network of hospitals that never show each other a row."`
	Export studyExportCmd `cmd:"" help:"Write a study into a bundle."`
	Verify studyVerifyCmd `cmd:"" help:"Compute a study's result anew from its bundle alone, and compare it with what the hospitals signed."`
}

type studyCheckCmd struct {
	Protocol string `arg:"" help:"Protocol, a YAML file."`
}

// maxProtocol bounds the file that is read.
const maxProtocol = 1 << 20

func readProtocol(file string) (*protocol.Protocol, []byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxProtocol+1))
	if err != nil {
		return nil, nil, err
	}
	p, err := protocol.Parse(src, file)
	return p, src, err
}

// told shows the mistakes of a protocol, which are a list of lines and no single error.
func told(err error) error {
	var mistakes *protocol.Mistakes
	if errors.As(err, &mistakes) {
		fmt.Fprintln(os.Stderr, mistakes)
		return Said{2}
	}
	return err
}

func (c *studyCheckCmd) Run() error {
	out := os.Stdout
	p, _, err := readProtocol(c.Protocol)
	if err != nil {
		return told(err)
	}
	fmt.Fprintf(out, "%s: %d variables, %d analyses; nothing is wrong with it\n%s\n", p.ID, len(p.Variables), len(p.Analyses), p.Hash)
	return nil
}

type studyRunCmd struct {
	Protocol      string   `arg:"" help:"Protocol, a YAML file."`
	Rows          string   `required:"" help:"Rows, a CSV file whose first line names the columns."`
	CenterColumn  string   `help:"The column that says which hospital a row is of; with it the network is played, too."`
	PatientColumn string   `help:"The column that says which patient a row is of; without it each row is a patient."`
	Missing       []string `help:"A word that stands for a missing value, beside the empty field, and NA among numbers." placeholder:"WORD"`
	JSON          bool     `name:"json" help:"The answer as JSON."`
}

func (c *studyRunCmd) Run(ctx context.Context, in Program) error {
	out := os.Stdout
	p, src, err := readProtocol(c.Protocol)
	if err != nil {
		return told(err)
	}
	f, err := os.Open(c.Rows)
	if err != nil {
		return err
	}
	defer f.Close()
	reading := rows.ReadingOf(p, c.CenterColumn, c.PatientColumn)
	reading.Missing = c.Missing
	file, err := rows.Read(f, reading)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Rows, err)
	}
	a, err := c.rehearse(ctx, in, p, src, file)
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(a)
	}
	return printAnswer(out, a)
}

// rehearse plays the network in ledgers of its own, in a folder that goes with the command.
func (c *studyRunCmd) rehearse(ctx context.Context, in Program, p *protocol.Protocol, src []byte, file *rows.File) (a *rehearse.Answer, err error) {
	o := rehearse.Options{Center: c.CenterColumn, Patient: c.PatientColumn}
	if c.CenterColumn == "" {
		return rehearse.Run(ctx, p, src, file, o)
	}
	dir, err := os.MkdirTemp("", "consilium-study-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var open []io.Closer
	defer func() {
		for _, closer := range open {
			err = errors.Join(err, closer.Close())
		}
	}()
	o.Stage = &rehearse.Network{Open: func(ctx context.Context, name string) (ledger.DB, func(string) string, error) {
		db, translate, closer, err := in.Ledger(ctx, filepath.Join(dir, strconv.Itoa(len(open))))
		if err == nil {
			open = append(open, closer)
		}
		return db, translate, err
	}}
	return rehearse.Run(ctx, p, src, file, o)
}

func printAnswer(out io.Writer, a *rehearse.Answer) error {
	fmt.Fprintf(out, "%s in %d hospitals", rowsOf(a), a.Hospitals)
	if len(a.LeftOut) > 0 {
		fmt.Fprintf(out, "; too few patients: %s", strings.Join(a.LeftOut, ", "))
	}
	fmt.Fprintf(out, "\n%d rounds, %d bytes from each hospital, %.2g s; network and all rows together differ by %.1g at most\n", a.Rounds, a.Bytes, a.Seconds, a.Difference)
	for _, odd := range a.Odd {
		fmt.Fprintf(out, "! %s\n", odd)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, x := range a.Analyses {
		fmt.Fprintf(w, "\n%s\t%s\t%d rows\n", x.ID, x.Method, x.Rows)
		for _, name := range slices.Sorted(maps.Keys(x.Reasons)) {
			for _, r := range x.Reasons[name] {
				fmt.Fprintf(w, "\tleft out: %s\t%s\n", name, r)
			}
		}
		if x.Refused != "" {
			fmt.Fprintf(w, "\trefused: %s\n", x.Refused)
			continue
		}
		for _, e := range x.Pooled.Estimates {
			fmt.Fprintf(w, "\t%s\t%.6g\t%s\n", e.Name, e.Estimate, standardError(e.SE))
		}
	}
	return w.Flush()
}

// rowsOf says how many rows there are, and of how many patients where a column tells.
func rowsOf(a *rehearse.Answer) string {
	if a.Patients > 0 {
		return fmt.Sprintf("%d rows of %d patients", a.Rows, a.Patients)
	}
	return fmt.Sprintf("%d patients", a.Rows)
}

func standardError(se *float64) string {
	if se == nil || math.IsNaN(*se) {
		return ""
	}
	return fmt.Sprintf("± %.4g", *se)
}
