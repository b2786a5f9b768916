package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node"
	"consilium/pathway"
	"consilium/registry"
	"consilium/registry/export"
)

// registryPathway is whose rows are measured.
const registryPathway = "hfs-mvd"

// registryMade is when the operations of the benchmark were: their follow-ups of a year are due.
const registryMade = "2024-03-10"

// registry measures the registry over many operations: folding all rows anew while somebody looks at the page, counting the page of data quality, what one entry costs, and exports.
func (b *bench) registry() error {
	n, dir, err := b.hospital("registry")
	if err != nil {
		return err
	}
	m := &registryBench{b: b, n: n, pack: n.Desk().Packs(registryPathway, "")}
	defer func() { m.n.Close() }()
	if err := m.fill(); err != nil {
		return err
	}
	if err := m.held(); err != nil {
		return err
	}
	// What was just said is still in memory, folded; a node that learns of a new pack has been asleep since.
	if err := m.n.Close(); err != nil {
		return err
	}
	if m.n, err = node.Open(b.ctx, node.Options{Dir: dir, HTTP: "127.0.0.1:0", Peer: "127.0.0.1:0"}); err != nil {
		return err
	}
	for _, do := range []func() error{m.refold, m.page, m.entry, m.exports} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

type registryBench struct {
	b     *bench
	n     *node.Node
	pack  *pathway.Pack
	cases []ledger.ThreadID
}

// answers are answers to all that a form takes, told apart by i; what contradicts the rest is left out.
func answers(p *pathway.Pack, form string, i int) pathway.Values {
	values := pathway.Values{}
	f := p.Form(form)
	if f == nil {
		return nil
	}
	for _, field := range f.AllFields() {
		if v := answer(field, i); !v.IsZero() && !field.Computed && field.ID != "side" {
			values[field.ID] = v
		}
	}
	for range 20 {
		problems := p.Check(form, values)
		for _, x := range problems {
			if delete(values, x.Field); x.Code == "required" {
				values[x.Field] = pathway.Missing(pathway.Unknown)
			}
		}
		if len(problems) == 0 {
			break
		}
	}
	return values
}

func answer(f pathway.Field, i int) pathway.Value {
	switch f.Type {
	case pathway.KindBool:
		return pathway.Bool(i%2 == 0)
	case pathway.KindCode, pathway.KindCodes:
		if len(f.Choices) == 0 {
			return pathway.Value{}
		}
		if code := f.Choices[i%len(f.Choices)].Code; f.Type == pathway.KindCode {
			return pathway.String(code)
		} else {
			return pathway.Codes(code)
		}
	case pathway.KindInteger, pathway.KindDecimal:
		low, _ := strconv.ParseFloat(f.Min, 64)
		high, err := strconv.ParseFloat(f.Max, 64)
		if err != nil {
			high = low + 100
		}
		return pathway.Int(int64(low + float64(i%97)/97*(high-low)))
	case pathway.KindDate:
		return pathway.String(registryMade)
	}
	return pathway.Value{}
}

// fill opens cases with what is known before, one operation and a follow-up each. Ninety-seven different patients repeat.
func (m *registryBench) fill() (err error) {
	const different = 97
	ref := &ledger.PackRef{ID: m.pack.ID, Version: m.pack.Version, Hash: m.pack.Hash()}
	var made [different][]ledger.Draft
	for i := range different {
		age := int64(40 + i%35)
		add := func(kind string, says any) {
			d := draft(ledger.ThreadID{}, kind, says)
			d.Pack = ref
			made[i] = append(made[i], d)
		}
		add(casebook.KindOpened, casebook.Opened{Pathway: m.pack.ID, SubSpecialty: "functional", Title: "Hemifacial spasm", Side: "left", Urgency: "routine", Sex: "female", Age: &age})
		for _, form := range []string{"referral", "examination"} {
			add(casebook.KindFinding, casebook.Finding{Form: form, Values: answers(m.pack, form, i)})
		}
		add(casebook.KindOperation, casebook.Operation{Date: registryMade, Procedure: m.pack.Procedures[0].ID, Emergency: "benchmark", Form: "operation", Values: answers(m.pack, "operation", i), FollowUps: casebook.DueList(m.pack, registryMade)})
		add(casebook.KindFollowUp, casebook.FollowUp{Schedule: m.pack.Schedule[len(m.pack.Schedule)-1].ID, Date: "2025-03-12", Form: "followup", Values: answers(m.pack, "followup", i)})
	}
	f := m.n.Desk()
	for len(m.cases) < m.b.operations && err == nil {
		err = f.DB.Update(m.b.ctx, func(ctx context.Context, tx ledger.Tx) error {
			for range min(1000, m.b.operations-len(m.cases)) {
				e, err := f.Book.Open(ctx, tx, "case", draft(ledger.ThreadID{}, "", nil), time.Now(), made[len(m.cases)%different]...)
				if err != nil {
					return err
				}
				m.cases = append(m.cases, e.Thread)
			}
			return nil
		})
	}
	return err
}

// held measures the memory that is held once all cases were made: what the ledger remembers of them, above all.
func (m *registryBench) held() error {
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m.b.add(fmt.Sprintf("registry: memory held after %d operations were made", len(m.cases)), fmt.Sprintf("%.0f MB", float64(before.HeapAlloc)/1e6), "", fmt.Sprintf("%.0f MB taken from the system", float64(before.Sys)/1e6))
	if m.b.heap == "" {
		return nil
	}
	f, err := os.Create(m.b.heap)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close())
}

// check counts the page of data quality, as the page does.
func (m *registryBench) check() (took time.Duration, c *registry.Checked, err error) {
	f, began := m.n.Desk(), time.Now()
	err = f.View(m.b.ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		c, err = f.Registry.Check(ctx, tx, registryPathway, false, time.Now())
		return err
	})
	return time.Since(began), c, err
}

// refold folds all rows anew, once, while somebody looks at the page again and again.
func (m *registryBench) refold() error {
	if _, _, err := m.check(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(m.b.ctx)
	var looking sync.WaitGroup
	var looks []time.Duration
	looking.Go(func() {
		for ctx.Err() == nil {
			if took, _, err := m.check(); err == nil {
				looks = append(looks, took)
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond): // as fast as anybody presses a key
			}
		}
	})
	f, began, used := m.n.Desk(), time.Now(), processorTime()
	err := f.Book.Refold(m.b.ctx, f.DB, nil, "registry")
	took := time.Since(began)
	used = processorTime() - used
	stop()
	looking.Wait()
	if err != nil {
		return err
	}
	rate := float64(len(m.cases)) / took.Seconds()
	m.b.add(fmt.Sprintf("registry: %d operations folded anew, in the background", len(m.cases)), fmt.Sprintf("%.0f rows/s", rate), "≥ 20,000 rows/s", fmt.Sprintf("%.0f µs of processor a row: %s", float64(used.Microseconds())/float64(len(m.cases)), verdict(rate >= 20_000)))
	if len(looks) > 0 {
		one := median(looks)
		m.b.add("registry: page of data quality meanwhile", ms(one), "< 100 ms", fmt.Sprintf("%d looks: %s", len(looks), verdict(one < 100*time.Millisecond)))
	}
	return nil
}

// say appends one finding to a case, which changes its row.
func (m *registryBench) say(i int) error {
	f := m.n.Desk()
	return f.DB.Update(m.b.ctx, func(ctx context.Context, tx ledger.Tx) error {
		_, err := f.Book.Append(ctx, tx, draft(m.cases[i], casebook.KindComplication, casebook.Complication{Code: m.pack.Complications[0].ID, Grade: "I", Date: "2024-03-12"}), time.Now())
		return err
	})
}

// page measures the count of the page: over all rows, after one entry, and where nothing changed.
func (m *registryBench) page() error {
	var after, same []time.Duration
	given := 0
	for i := range m.b.runs {
		if err := m.say(i); err != nil {
			return err
		}
		took, c, err := m.check()
		if err != nil {
			return err
		}
		again, _, err := m.check()
		if err != nil {
			return err
		}
		after, same = append(after, took), append(same, again)
		given = 0
		for _, col := range c.Columns {
			if col.Given > 0 {
				given++
			}
		}
	}
	one := median(after)
	m.b.add("registry: page of data quality after an entry", ms(one), "< 100 ms", fmt.Sprintf("%d measured columns with values; where nothing changed %s: %s", given, ms(median(same)), verdict(one < 100*time.Millisecond)))
	return nil
}

// entry measures what a row costs after the entry that changed it: the fold of the row and its writing, without the entry itself.
func (m *registryBench) entry() error {
	f := m.n.Desk()
	p := registry.Projection(f.ID, f.Packs, "")
	var times []time.Duration
	for i := range 100 * m.b.runs {
		err := f.DB.Update(m.b.ctx, func(ctx context.Context, tx ledger.Tx) error {
			l, err := f.Book.Log(ctx, tx, m.cases[i%len(m.cases)])
			if err != nil {
				return err
			}
			casebook.Fold(l) // made once for all who fold a case
			began := time.Now()
			err = p.Keep(ctx, tx, []any{p.Read(l)})
			times = append(times, time.Since(began))
			return err
		})
		if err != nil {
			return err
		}
	}
	one := median(times)
	m.b.add("registry: a row after the entry that changed it", ms(one), "< 1 ms", verdict(one < time.Millisecond))
	return nil
}

// exports measures how fast CSV is written, and how much smaller Parquet is.
func (m *registryBench) exports() error {
	f := m.n.Desk()
	q := registry.Query{Pathway: registryPathway}
	frame, err := f.Registry.Frame(q)
	if err != nil {
		return err
	}
	write := func(do func(io.Writer, *export.Table) error) (size int, took, used time.Duration, err error) {
		var counted counter
		began, before := time.Now(), processorTime()
		err = f.View(m.b.ctx, func(ctx context.Context, tx ledger.Tx) error {
			t := &export.Table{Name: "hfs_mvd", Columns: frame.Columns, Each: func(row func([]registry.Cell) error) error {
				return f.Registry.Each(ctx, tx, q, func(_ *registry.Frame, cells []registry.Cell) error { return row(cells) })
			}}
			return do(&counted, t)
		})
		return int(counted), time.Since(began), processorTime() - before, err
	}
	csv, took, used, err := write(export.CSV)
	if err != nil {
		return err
	}
	rate := float64(csv) / 1e6 / took.Seconds()
	m.b.add("registry: CSV of all rows, from the database", fmt.Sprintf("%.1f MB/s", rate), "≥ 100 MB/s", fmt.Sprintf("%.0f MB, %d columns, %.0f rows/s, %.0f MB a second of processor: %s", float64(csv)/1e6, len(frame.Columns), float64(len(m.cases))/took.Seconds(), float64(csv)/1e6/used.Seconds(), verdict(rate >= 100)))
	parquet, took, _, err := write(export.Parquet)
	if err != nil {
		return err
	}
	share := float64(parquet) / float64(csv)
	m.b.add("registry: Parquet of all rows", fmt.Sprintf("%.1f %% of the CSV", 100*share), "≤ 20 %", fmt.Sprintf("%.0f rows/s: %s", float64(len(m.cases))/took.Seconds(), verdict(share <= 0.2)))
	return nil
}

// counter counts what is written.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
