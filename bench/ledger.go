package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node"
)

// text is a sentence as surgeons write them.
const text = "Decompression of the root entry zone; offending vessel AICA; interposition with shredded Teflon; facial nerve intact; lateral spread gone."

// hospital makes a hospital and opens it, with everything that a running node has.
func (b *bench) hospital(name string) (*node.Node, string, error) {
	dir, err := os.MkdirTemp(b.dir, name+"-*")
	if err != nil {
		return nil, "", err
	}
	dir = filepath.Join(dir, "data")
	if _, _, err := node.Init(b.ctx, dir, node.Hospital{Name: name}, time.Now()); err != nil {
		return nil, "", err
	}
	n, err := node.Open(b.ctx, node.Options{Dir: dir, HTTP: "127.0.0.1:0", Peer: "127.0.0.1:0"})
	return n, dir, err
}

// draft is said by a surgeon.
func draft(id ledger.ThreadID, kind string, says any) ledger.Draft {
	return ledger.Draft{Thread: id, Kind: kind, Person: "surgeon", Author: ledger.Author{Name: "Dr. Lin", Role: "surgeon"}, Says: says}
}

// openCases opens cases in few transactions, each with what more says of it: the way of an import.
func openCases(ctx context.Context, n *node.Node, count int, more func(i int) []ledger.Draft) ([]ledger.ThreadID, error) {
	f := n.Desk()
	var list []ledger.ThreadID
	for len(list) < count {
		err := f.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
			for range min(1000, count-len(list)) {
				i := len(list)
				opened := casebook.Opened{Pathway: pathways[i%len(pathways)], SubSpecialty: "functional", Title: fmt.Sprintf("Hemifacial spasm, left, %d", i), Side: "left",
					Urgency: []string{"routine", "soon", "emergency"}[i%50/25+i%97/96], Sex: "female"}
				drafts := []ledger.Draft{draft(ledger.ThreadID{}, casebook.KindOpened, opened)}
				if more != nil {
					drafts = append(drafts, more(i)...)
				}
				e, err := f.Book.Open(ctx, tx, "case", draft(ledger.ThreadID{}, "", nil), time.Now(), drafts...)
				if err != nil {
					return err
				}
				list = append(list, e.Thread)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

var pathways = []string{"hfs-mvd", "lumbar-disc-endoscopic", "hip-replacement", "knee-replacement-guide", "pelvic-abdominal-tumor"}

// disk measures how fast this disk makes one small write durable.
func (b *bench) disk() error {
	var medians []time.Duration
	for range b.runs {
		one, err := fsyncOnce(b.dir)
		if err != nil {
			return err
		}
		medians = append(medians, one)
	}
	b.fsync = median(medians)
	b.add("one fsync of 4 KiB on this disk", ms(b.fsync), "", fmt.Sprintf("%.0f a second, one by one", 1/b.fsync.Seconds()))
	return nil
}

func fsyncOnce(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, "fsync-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var times []time.Duration
	for range 200 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began))
	}
	return median(times), nil
}

// appends measures acknowledged entries a second, by one writer and by eight that share commits.
func (b *bench) appends() error {
	if b.fsync == 0 {
		if err := b.disk(); err != nil {
			return err
		}
	}
	n, _, err := b.hospital("append")
	if err != nil {
		return err
	}
	defer n.Close()
	for _, writers := range []int{1, 8} {
		var rates, costs []float64
		for range b.runs {
			rate, cost, err := b.appendRate(n, writers)
			if err != nil {
				return err
			}
			rates, costs = append(rates, rate), append(costs, cost)
		}
		rate := median(rates)
		times := rate * b.fsync.Seconds()
		goal, note := "", fmt.Sprintf("%.1f × one fsync each, %.0f µs of processor time for each", times, median(costs))
		if writers == 8 {
			goal, note = "≥ 5 × one fsync each", note+": "+verdict(times >= 5)
		}
		if err := b.bare(n, writers); err != nil {
			return err
		}
		b.add(fmt.Sprintf("durable appends, %d at a time", writers), fmt.Sprintf("%.0f/s", rate), goal, note)
	}
	return nil
}

// bare tells how much of that is the disk's.
func (b *bench) bare(n *node.Node, writers int) error {
	var rates []float64
	for range b.runs {
		rate, err := b.bareRate(n, writers)
		if err != nil {
			return err
		}
		rates = append(rates, rate)
	}
	rate := median(rates)
	b.add(fmt.Sprintf("durable transactions of one row, %d at a time", writers), fmt.Sprintf("%.0f/s", rate), "", fmt.Sprintf("%.1f × one fsync each", rate*b.fsync.Seconds()))
	return nil
}

// bareRate is the rate of transactions of one small row each, without entry, signature or fold: what group commit gives on this disk.
func (b *bench) bareRate(n *node.Node, writers int) (float64, error) {
	f := n.Desk()
	return together(writers, func(w, i int) error {
		return f.DB.Update(b.ctx, func(ctx context.Context, tx ledger.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO store_meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, fmt.Sprint("bench ", w), fmt.Sprint(i))
			return err
		})
	})
}

// appendRate lets writers append findings for two seconds, each in cases of its own that stay as short as cases are: checked by the case's rules, signed, stored, folded
// into the lists. It tells how many a second, and what each costs in microseconds of processor time.
func (b *bench) appendRate(n *node.Node, writers int) (rate, cost float64, err error) {
	cases, err := openCases(b.ctx, n, writers*100, nil)
	if err != nil {
		return 0, 0, err
	}
	f := n.Desk()
	before, began := processorTime(), time.Now()
	rate, err = together(writers, func(w, i int) error {
		return f.DB.Update(b.ctx, func(ctx context.Context, tx ledger.Tx) error {
			_, err := f.Book.Append(ctx, tx, draft(cases[w*100+i%100], casebook.KindFinding, casebook.Finding{Note: text}), time.Now())
			return err
		})
	})
	return rate, float64((processorTime() - before).Microseconds()) / (rate * time.Since(began).Seconds()), err
}

// together lets some writers do a thing again and again for two seconds, and tells how often a second they did it.
func together(writers int, do func(writer, time int) error) (float64, error) {
	var done atomic.Int64
	var failed atomic.Value
	var group sync.WaitGroup
	began := time.Now()
	for w := range writers {
		group.Go(func() {
			for i := 0; time.Since(began) < 2*time.Second; i++ {
				if err := do(w, i); err != nil {
					failed.Store(err)
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	err, _ := failed.Load().(error)
	return float64(done.Load()) / time.Since(began).Seconds(), err
}

// fold measures the fold of a case of 1,000 entries.
func (b *bench) fold() error {
	n, _, err := b.hospital("fold")
	if err != nil {
		return err
	}
	defer n.Close()
	cases, err := openCases(b.ctx, n, 1, func(int) (list []ledger.Draft) {
		for i := 0; i < 998; i++ {
			if i%3 == 0 {
				list = append(list, draft(ledger.ThreadID{}, casebook.KindQuestion, casebook.Question{Text: text}))
			} else {
				list = append(list, draft(ledger.ThreadID{}, casebook.KindFinding, casebook.Finding{Note: text}))
			}
		}
		return list
	})
	if err != nil {
		return err
	}
	var t *ledger.Thread
	err = n.Desk().View(b.ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		t, err = n.Desk().Book.Thread(ctx, tx, cases[0])
		return err
	})
	if err != nil {
		return err
	}
	var times []time.Duration
	for range 20 * b.runs {
		l := t.Log() // a new one each time: a fold is made once for a log
		began := time.Now()
		if c := casebook.Fold(l); !c.Opened {
			return fmt.Errorf("the case did not fold")
		}
		times = append(times, time.Since(began))
	}
	one := median(times)
	b.add(fmt.Sprintf("fold of a case of %d entries", t.Len()), ms(one), "< 5 ms", verdict(one < 5*time.Millisecond))
	return nil
}
