// Package rehearse runs a protocol on the rows of one file, so that a methodologist sees what a study would give before anybody shares anything: pooled, and, where a
// column says which hospital each row is of, as a network of hospitals that never show each other a row.
package rehearse

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"consilium/ledger"
	"consilium/stats"
	"consilium/study/disclosure"
	"consilium/study/mask"
	"consilium/study/method"
	"consilium/study/pooled"
	"consilium/study/protocol"
	"consilium/study/rows"
	"consilium/study/run"
)

// Options say how a file is read.
type Options struct {
	Center  string // the column of hospitals; empty: all rows are of one
	Patient string // the column of patients; empty: each row is one
	Stage   Stage  // where the hospitals meet; nil: in memory
}

// Stage is where the hospitals of a rehearsal exchange their contributions: in ledgers of their own ([Network]), or simply in memory.
type Stage interface {
	// Enter makes the hospitals, in the order of their names, and gives their ids.
	Enter(ctx context.Context, names []string, protocol []byte) ([]ledger.HospitalID, error)
	// Begin begins the run with these members, in the same order.
	Begin(ctx context.Context, members []run.Member) error
	// Runs gives each hospital's own copy of the run, as far as it has come.
	Runs(ctx context.Context) ([]*run.Run, error)
	// Exchange takes what each hospital says in a round.
	Exchange(ctx context.Context, said []run.Contribution) error
}

// Answer is what a rehearsal found.
type Answer struct {
	Rows       int        `json:"rows"` // of the cohort, in the hospitals that take part
	Hospitals  int        `json:"hospitals"`
	LeftOut    []string   `json:"left_out,omitempty"`
	Rounds     int        `json:"rounds"`
	Bytes      int        `json:"bytes_per_hospital"`
	Seconds    float64    `json:"seconds"`
	Difference float64    `json:"max_relative_difference"`
	Patients   int        `json:"patients,omitempty"` // of those rows, where a column says who they are
	Odd        []rows.Odd `json:"odd,omitempty"`      // values that count as missing, because the protocol has no place for them
	Analyses   []Analysis `json:"analyses"`
}

// Analysis is the answer of one analysis.
type Analysis struct {
	ID        string              `json:"id"`
	Method    protocol.Method     `json:"method"`
	Rows      int                 `json:"rows,omitempty"`
	LeftOut   []string            `json:"left_out,omitempty"`
	Refused   string              `json:"refused,omitempty"`
	Pooled    *Estimates          `json:"pooled,omitempty"`
	Federated *Estimates          `json:"federated,omitempty"`
	Reasons   map[string][]string `json:"reasons,omitempty"` // of each hospital, what stood against it, in words: for the person at the file, who has all rows anyway
}

// Estimates are the numbers of one way of computing.
type Estimates struct {
	Estimates []Estimate `json:"estimates"`
}

// Estimate is one number and, where it has one, its standard error.
type Estimate struct {
	Name     string   `json:"name"`
	Estimate float64  `json:"estimate"`
	SE       *float64 `json:"se,omitempty"`
}

// hospital is one of the rehearsal.
type hospital struct {
	name string
	id   ledger.HospitalID
	key  *ecdh.PrivateKey
	held map[int][]string // of each analysis, why it withheld its figures in the run
	*disclosure.Part
}

// Run rehearses a protocol. src is the file's bytes, for the hospitals to sign.
func Run(ctx context.Context, p *protocol.Protocol, src []byte, f *rows.File, o Options) (*Answer, error) {
	began := time.Now()
	if o.Stage == nil {
		o.Stage = &memory{protocol: p}
	}
	t, err := rows.NewTable(p, f, o.Patient, o.Center)
	if err != nil {
		return nil, err
	}
	list, left := hospitals(t, f, o)
	a := &Answer{LeftOut: left, Hospitals: len(list), Odd: t.Odd}
	if o.Center == "" {
		a.Hospitals = 1
	}
	if len(list) == 0 {
		a.refuseAll(p)
		return a, nil
	}
	for _, h := range list {
		a.Rows += h.Cohort.Rows
		if o.Patient != "" {
			a.Patients += h.Cohort.Patients()
		}
	}
	err = each(list, func(_ int, h *hospital) (err error) {
		if h.Part, err = disclosure.NewPart(ctx, p, h.Cohort, disclosure.Of(p), nil); err != nil {
			return fmt.Errorf("hospital %s: %w", h.name, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	results, err := a.federate(ctx, p, src, list, o.Stage)
	if err != nil {
		return nil, err
	}
	if err := a.compare(p, list, results, o.Center != ""); err != nil {
		return nil, err
	}
	a.Seconds = time.Since(began).Seconds()
	return a, nil
}

// each does for every hospital what it does for itself, on all processors. The error is the first one.
func each[H any](list []H, do func(i int, h H) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, h := range list {
		g.Go(func() error { return do(i, h) })
	}
	return g.Wait()
}

func (a *Answer) refuseAll(p *protocol.Protocol) {
	for i := range p.Analyses {
		a.Analyses = append(a.Analyses, Analysis{ID: p.Analyses[i].ID, Method: p.Analyses[i].Method, Refused: "no hospital has enough patients in the cohort"})
	}
}

// hospitals splits the rows and leaves out those with too few patients.
func hospitals(t *rows.Table, f *rows.File, o Options) (list []*hospital, left []string) {
	names, tables := []string{"all"}, []*rows.Table{t}
	if o.Center != "" {
		names = distinct(f.Columns[o.Center].Text)
		tables = t.Split(names)
	} else {
		t.Center = make([]string, t.Rows)
	}
	for i, name := range names {
		if len(disclosure.Cohort(tables[i], disclosure.Of(t.Protocol))) > 0 {
			left = append(left, name)
			continue
		}
		list = append(list, &hospital{name: name, held: map[int][]string{}, Part: &disclosure.Part{Cohort: tables[i]}})
	}
	return list, left
}

func distinct(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// federate plays the run through and sees to it that every hospital ends at the same step.
func (a *Answer) federate(ctx context.Context, p *protocol.Protocol, src []byte, list []*hospital, stage Stage) ([]run.Result, error) {
	if err := enter(ctx, src, list, stage); err != nil {
		return nil, err
	}
	for {
		runs, err := copies(ctx, list, stage)
		if err != nil {
			return nil, err
		}
		if runs[0].Done() {
			return runs[0].Results(), nil
		}
		said := make([]run.Contribution, len(list))
		err = each(list, func(i int, h *hospital) (err error) {
			if said[i], err = h.says(runs[i]); err != nil {
				return fmt.Errorf("hospital %s: %w", h.name, err)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		a.Bytes += len(said[0].Masked) + len(said[0].Open)
		a.Rounds++
		if err := stage.Exchange(ctx, said); err != nil {
			return nil, err
		}
	}
}

// copies are the runs of all hospitals, which have to be at the same step.
func copies(ctx context.Context, list []*hospital, stage Stage) ([]*run.Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	runs, err := stage.Runs(ctx)
	if err != nil {
		return nil, err
	}
	for i, r := range runs {
		if r.Step != runs[0].Step {
			return nil, fmt.Errorf("hospital %s came to another step than hospital %s", list[i].name, list[0].name)
		}
	}
	return runs, nil
}

// enter gives every hospital its id and its key, and begins the run.
func enter(ctx context.Context, src []byte, list []*hospital, stage Stage) error {
	names := make([]string, len(list))
	for i, h := range list {
		names[i] = h.name
	}
	ids, err := stage.Enter(ctx, names, src)
	if err != nil {
		return err
	}
	var members []run.Member
	for i, h := range list {
		h.id = ids[i]
		if h.key, err = mask.NewKey(rand.Reader); err != nil {
			return err
		}
		members = append(members, run.Member{Hospital: h.id, Key: h.key.PublicKey(), Takes: h.Takes, Rules: run.Rules})
	}
	return stage.Begin(ctx, members)
}

// compare puts both results side by side.
func (a *Answer) compare(p *protocol.Protocol, list []*hospital, results []run.Result, federated bool) error {
	names := map[ledger.HospitalID]string{}
	for _, h := range list {
		names[h.id] = h.name
	}
	for i, r := range results {
		out := Analysis{ID: p.Analyses[i].ID, Method: p.Analyses[i].Method, Rows: r.N, Reasons: map[string][]string{}}
		for _, id := range r.LeftOut {
			out.LeftOut = append(out.LeftOut, names[id])
		}
		slices.Sort(out.LeftOut)
		for _, h := range list {
			if words := h.reasons(i); len(words) > 0 {
				out.Reasons[h.name] = words
			}
		}
		if err := a.answer(&out, &p.Analyses[i], list, r, federated); err != nil {
			return err
		}
		a.Analyses = append(a.Analyses, out)
	}
	return nil
}

// answer puts the numbers of an analysis beside each other, or says why it has none: one that cannot be computed is an answer, and the others go on.
func (a *Answer) answer(out *Analysis, asked *protocol.Analysis, list []*hospital, r run.Result, federated bool) error {
	refuse := func(why string) error {
		out.Refused, out.Rows = why, 0
		return nil
	}
	if r.Refused != nil {
		return refuse(refusal(r.Refused, out.Reasons))
	}
	whole, err := together(asked, list, r.Analysis)
	var failed *stats.Error
	if errors.As(err, &failed) {
		return refuse("all rows together: " + failed.Error())
	}
	if err != nil {
		return fmt.Errorf("analysis %s, all rows together: %w", out.ID, err)
	}
	out.Pooled = shown(whole)
	if federated {
		out.Federated = shown(r.Estimates)
		a.Difference = max(a.Difference, difference(whole, r.Estimates))
	}
	return nil
}

// together is the analysis of all rows of those who contribute, over all imputations.
func together(a *protocol.Analysis, list []*hospital, analysis int) ([]method.Estimate, error) {
	var of []method.Result
	for m := range list[0].Cases[analysis] {
		var tables []*rows.Table
		for _, h := range list {
			if h.Takes[analysis] {
				tables = append(tables, h.Cases[analysis][m].Named(h.name))
			}
		}
		if a.Method == protocol.MissingValues {
			return pooled.Gaps(tables, a), nil
		}
		found, err := pooled.Analyze(rows.Join(tables), a)
		if err != nil {
			return nil, err
		}
		of = append(of, method.Result{Estimates: found})
	}
	return run.Combine(of).Estimates, nil
}

func shown(list []method.Estimate) *Estimates {
	out := &Estimates{Estimates: []Estimate{}}
	for _, e := range list {
		if math.IsNaN(e.Value) || math.IsInf(e.Value, 0) {
			continue
		}
		one := Estimate{Name: e.Name, Estimate: e.Value}
		if !math.IsNaN(e.SE) && !math.IsInf(e.SE, 0) {
			one.SE = &e.SE
		}
		out.Estimates = append(out.Estimates, one)
	}
	return out
}

// difference is the largest relative difference of two results, of values and standard errors.
func difference(whole, federated []method.Estimate) (most float64) {
	relative := func(a, b float64) {
		if !math.IsNaN(a) && !math.IsNaN(b) {
			most = max(most, math.Abs(a-b)/max(1e-3, math.Abs(a)))
		}
	}
	for _, w := range whole {
		for _, f := range federated {
			if f.Name == w.Name {
				relative(w.Value, f.Value)
				relative(w.SE, f.SE)
			}
		}
	}
	return most
}

// memory is a stage without ledgers: one run that all hospitals look at.
type memory struct {
	protocol *protocol.Protocol
	n        int
	run      *run.Run
}

func (m *memory) Enter(_ context.Context, names []string, _ []byte) ([]ledger.HospitalID, error) {
	m.n = len(names)
	ids := make([]ledger.HospitalID, len(names))
	for i := range ids {
		binary.BigEndian.PutUint64(ids[i][:], uint64(i+1))
	}
	return ids, nil
}

func (m *memory) Begin(_ context.Context, members []run.Member) (err error) {
	m.run, err = run.Begin(m.protocol, members)
	return err
}

func (m *memory) Runs(context.Context) ([]*run.Run, error) {
	return slices.Repeat([]*run.Run{m.run}, m.n), nil
}

func (m *memory) Exchange(_ context.Context, said []run.Contribution) error { return m.run.Take(said) }
