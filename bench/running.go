package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/node"
)

// worklist measures pages of the list of cases, as the node's API answers them to a coordinator, who sees all.
func (b *bench) worklist() error {
	n, dir, err := b.hospital("worklist")
	if err != nil {
		return err
	}
	began := time.Now()
	if _, err := openCases(b.ctx, n, b.cases, nil); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d cases opened in %s\n", b.cases, time.Since(began).Round(time.Second))
	h := n.LocalHandler()
	if err := ask(h, "", "POST", "/people", `{"username":"desk","name":"Desk","roles":["coordinator"],"password":"correct horse battery"}`); err != nil {
		return err
	}
	deep, err := deepCursor(b.ctx, n)
	if err != nil {
		return err
	}
	for _, q := range []struct{ what, query string }{
		{"first page", "?state=open"},
		{"one pathway and urgency", "?state=open&pathway=hfs-mvd&urgency=emergency"},
		{"due first", "?state=open&due=true"},
		{"search in titles", "?q=spasm%2077777"},
		{"page in the middle", "?state=open&after=" + deep},
	} {
		var times []time.Duration
		for range 4 * b.runs {
			began := time.Now()
			if err := ask(h, "desk", "GET", "/cases"+q.query, ""); err != nil {
				return err
			}
			times = append(times, time.Since(began))
		}
		one := median(times)
		b.add(fmt.Sprintf("worklist of %d cases: %s", b.cases, q.what), ms(one), "< 20 ms", verdict(one < 20*time.Millisecond))
	}
	if err := n.Close(); err != nil {
		return err
	}
	return b.startOf(dir, fmt.Sprintf("with %d cases", b.cases))
}

func deepCursor(ctx context.Context, n *node.Node) (cursor string, err error) {
	err = n.Desk().View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for range 50 { // pages of 200: ten thousand cases down
			_, next, err := casebook.List(ctx, tx, casebook.Query{State: "open", After: cursor, Limit: 200})
			if err != nil || next == "" {
				return err
			}
			cursor = next
		}
		return nil
	})
	return cursor, err
}

func ask(h http.Handler, as, method, path, body string) error {
	r := httptest.NewRequest(method, "http://node/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if as != "" {
		r.Header.Set(node.AsHeader, as)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code >= 400 {
		return fmt.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return nil
}

// caughtEach is how many of the entries are of one case.
const caughtEach = 50

// catchUp measures how fast an empty hospital gets what another one has, over loopback, both in this process. Several empty ones do so in turn.
func (b *bench) catchUp() error {
	north, _, err := b.hospital("north")
	if err != nil {
		return err
	}
	defer north.Close()
	var souths []*node.Node
	var invited []ledger.HospitalID
	for range min(b.runs, 3) {
		south, _, err := b.hospital("south")
		if err != nil {
			return err
		}
		defer south.Close()
		souths, invited = append(souths, south), append(invited, south.Hospital().ID)
	}
	began := time.Now()
	if err := b.fillNorth(north, invited); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d entries written in %s\n", b.entries, time.Since(began).Round(time.Second))
	if err := north.Start(b.ctx); err != nil {
		return err
	}
	var rates, costs []float64
	for _, south := range souths {
		before, began := processorTime(), time.Now()
		if err := b.catchUpOnce(north, south); err != nil {
			return err
		}
		rates = append(rates, float64(b.entries)/time.Since(began).Seconds())
		costs = append(costs, float64((processorTime()-before).Microseconds())/float64(b.entries))
		if err := south.Close(); err != nil {
			return err
		}
	}
	rate, cost := median(rates), median(costs)
	b.add(fmt.Sprintf("catching up with %d entries of a partner, cases of %d", b.entries, caughtEach), fmt.Sprintf("%.0f entries/s", rate), "≥ 20,000 entries/s",
		fmt.Sprintf("%s; %.0f µs of processor time for each, giver and taker together", verdict(rate >= 20_000), cost))
	return nil
}

// fillNorth lets a hospital have as many entries as are to be caught up with, in cases that the others are invited to.
func (b *bench) fillNorth(north *node.Node, invited []ledger.HospitalID) error {
	_, err := openCases(b.ctx, north, b.entries/caughtEach, func(int) []ledger.Draft {
		list := []ledger.Draft{draft(ledger.ThreadID{}, access.KindConsent, map[string]any{"scopes": map[string]any{"consult": "granted"}, "hospitals": invited, "how": "written",
			"date": "2026-01-01", "text": "1"})}
		for _, h := range invited {
			list = append(list, draft(ledger.ThreadID{}, ledger.KindInvited, ledger.Invitation{Hospital: h}))
		}
		for len(list) < caughtEach-2 {
			list = append(list, draft(ledger.ThreadID{}, casebook.KindFinding, casebook.Finding{Note: text}))
		}
		return list
	})
	return err
}

// catchUpOnce makes partners of the two and waits until the second one has everything.
func (b *bench) catchUpOnce(north, south *node.Node) error {
	if err := south.Start(b.ctx); err != nil {
		return err
	}
	code, err := north.Desk().Network.Invite(b.ctx, north.PeerAddr(), time.Hour)
	if err != nil {
		return err
	}
	wake, changed, stop := south.Desk().Live.Listen()
	defer stop()
	if _, err := south.Desk().Network.Accept(b.ctx, code); err != nil {
		return err
	}
	for {
		select {
		case <-wake:
			changed()
		case <-b.ctx.Done():
			return b.ctx.Err()
		}
		var here int
		err := south.Desk().View(b.ctx, func(ctx context.Context, tx ledger.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(place), 0) FROM entry`).Scan(&here)
		})
		if err != nil || here >= b.entries {
			return err
		}
	}
}

// start measures the program itself, on a new hospital: until the first page is answered, memory when nothing is done, size of the file.
func (b *bench) start() error {
	n, dir, err := b.hospital("start")
	if err != nil {
		return err
	}
	if err := n.Close(); err != nil {
		return err
	}
	if err := b.startOf(dir, "new hospital"); err != nil {
		return err
	}
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	b.add("size of the program", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6), "", "everything embedded")
	return nil
}

func (b *bench) startOf(dir, what string) error {
	var times []time.Duration
	var memory []float64
	for range b.runs {
		took, rss, err := b.startOnce(dir)
		if err != nil {
			return err
		}
		times, memory = append(times, took), append(memory, rss)
	}
	took, rss := median(times), median(memory)
	b.add("start to first page, "+what, ms(took), "< 300 ms", verdict(took < 300*time.Millisecond))
	b.add("idle memory (RSS), "+what, fmt.Sprintf("%.0f MB", rss), "< 100 MB", verdict(rss < 100))
	return nil
}

// startOnce starts the program and asks for its first page as soon as it says where.
func (b *bench) startOnce(dir string) (took time.Duration, rss float64, err error) {
	began := time.Now()
	url, process, err := b.serve(dir)
	if err != nil {
		return 0, 0, err
	}
	defer process.stop()
	answer, err := http.Get(url)
	if err != nil {
		return 0, 0, err
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	took = time.Since(began)
	rss, err = residentMB(process.Process.Pid)
	return took, rss, err
}

// residentMB is how much memory a process holds.
func residentMB(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kb / 1000, err
		}
	}
	return 0, fmt.Errorf("the system does not say how much memory process %d holds", pid)
}
