package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node"
)

// said is what every writer of these measurements says.
var said = fmt.Sprintf(`{"kind":%q,"body":{"note":%q}}`, casebook.KindFinding, text)

// writersCases are the cases that eight writers write in: enough that each stays as short as cases are.
const writersCases = 4000

// longCases measures what an entry costs over the API in cases of other lengths.
func (b *bench) longCases() error {
	n, _, err := b.hospital("long")
	if err != nil {
		return err
	}
	defer n.Close()
	h := n.LocalHandler()
	if err := ask(h, "", "POST", "/people", `{"username":"surgeon","name":"Dr. Lin","roles":["surgeon","head_of_department"],"password":"correct horse battery"}`); err != nil {
		return err
	}
	lengths := []int{10, 100, 1000}
	costs := map[int][]float64{}
	for range b.runs {
		for _, length := range lengths {
			cost, err := b.entryIn(n, h, length)
			if err != nil {
				return err
			}
			costs[length] = append(costs[length], cost)
		}
	}
	short := median(costs[lengths[0]])
	for _, length := range lengths {
		cost := median(costs[length])
		goal, note := "", "processor time"
		if length > lengths[0] {
			note = fmt.Sprintf("%.2f × one to a case of %d", cost/short, lengths[0])
		}
		if length == 1000 {
			goal, note = "≤ 1.5 × one to a case of 10", note+": "+verdict(cost <= 1.5*short)
		}
		b.add(fmt.Sprintf("entry to a case of %d entries, over the API", length), fmt.Sprintf("%.0f µs", cost), goal, note)
	}
	return nil
}

// entryIn is the processor time in microseconds of one entry in a case of a length, the mean of 200 that are said one after the other, in five such cases by turns.
func (b *bench) entryIn(n *node.Node, h http.Handler, length int) (float64, error) {
	cases, err := openCases(b.ctx, n, 5, func(int) (list []ledger.Draft) {
		for len(list) < length-2 {
			list = append(list, draft(ledger.ThreadID{}, casebook.KindFinding, casebook.Finding{Note: text}))
		}
		return list
	})
	if err != nil {
		return 0, err
	}
	for _, id := range cases { // what was not asked for lately is read from the disk once
		if err := ask(h, "surgeon", "POST", "/cases/"+id.String()+"/entries", said); err != nil {
			return 0, err
		}
	}
	before := processorTime()
	for i := range 200 {
		if err := ask(h, "surgeon", "POST", "/cases/"+cases[i%len(cases)].String()+"/entries", said); err != nil {
			return 0, err
		}
	}
	return float64((processorTime() - before).Microseconds()) / 200, nil
}

// writers lets eight writers say the same JSON to this program and to PocketBase, by turns: entries of cases here, records there.
func (b *bench) writers() error {
	dir, token, cases, err := b.writersHospital()
	if err != nil {
		return err
	}
	ours := side{name: "Consilium", token: token}
	for _, id := range cases {
		ours.paths = append(ours.paths, "/api/v1/cases/"+id.String()+"/entries")
	}
	if b.profile != "" {
		return b.profileWriters(dir, ours)
	}
	url, process, err := b.serve(dir)
	if err != nil {
		return err
	}
	defer process.stop()
	ours.url, ours.process = url, process
	theirs, err := b.pocketbaseSide()
	if err != nil {
		return err
	}
	defer theirs.process.stop()
	rates, costs := map[string][]float64{}, map[string][]float64{}
	for range b.runs {
		for _, s := range []side{ours, theirs} {
			rate, cost, err := b.write(s)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			rates[s.name], costs[s.name] = append(rates[s.name], rate), append(costs[s.name], cost)
		}
	}
	mine, peer := median(rates[ours.name]), median(rates[theirs.name])
	b.add("eight writers over the API, each entry signed and synced", fmt.Sprintf("%.0f/s", mine), "≥ PocketBase", fmt.Sprintf("%.2f × PocketBase: %s; %.0f µs of processor time for each",
		mine/peer, verdict(mine >= peer), median(costs[ours.name])))
	b.add("the same JSON as records of PocketBase 0.39, not synced", fmt.Sprintf("%.0f/s", peer), "", fmt.Sprintf("%.0f µs of processor time for each", median(costs[theirs.name])))
	return nil
}

// profileWriters serves the hospital in this process, so that the profile shows where the server's time goes and nothing else: wrk is another process.
func (b *bench) profileWriters(dir string, ours side) error {
	n, err := node.Open(b.ctx, node.Options{Dir: dir, HTTP: "127.0.0.1:0", Peer: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	defer n.Close()
	if err := n.Start(b.ctx); err != nil {
		return err
	}
	ours.url, ours.process = n.URL(), &process{Cmd: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}}}
	stop, err := profiling(b.profile)
	if err != nil {
		return err
	}
	defer stop()
	for range b.runs {
		rate, cost, err := b.write(ours)
		if err != nil {
			return err
		}
		b.add("eight writers over the API, server in this process", fmt.Sprintf("%.0f/s", rate), "", fmt.Sprintf("%.0f µs of processor time for each", cost))
	}
	return nil
}

// side is one of the two programs.
type side struct {
	name, url, token string
	paths            []string
	process          *process
}

// writersHospital makes a hospital with cases, closed again, and a token of a surgeon there.
func (b *bench) writersHospital() (dir, token string, cases []ledger.ThreadID, err error) {
	n, dir, err := b.hospital("writers")
	if err != nil {
		return "", "", nil, err
	}
	defer n.Close()
	if cases, err = openCases(b.ctx, n, writersCases, nil); err != nil {
		return "", "", nil, err
	}
	h := n.LocalHandler()
	if err := ask(h, "", "POST", "/people", `{"username":"surgeon","name":"Dr. Lin","roles":["surgeon","head_of_department"],"password":"correct horse battery"}`); err != nil {
		return "", "", nil, err
	}
	r := httptest.NewRequestWithContext(b.ctx, "POST", "http://node/api/v1/tokens", strings.NewReader(`{"name":"bench","scopes":["read","write"]}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(node.AsHeader, "surgeon")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var made struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.Token == "" {
		return "", "", nil, fmt.Errorf("making a token: %d %s", w.Code, w.Body)
	}
	return dir, made.Token, cases, nil
}

// process is a program that runs beside this one.
type process struct {
	*exec.Cmd
	out io.Reader
}

func (p *process) stop() {
	_ = p.Process.Signal(os.Interrupt)
	if p.out != nil {
		_, _ = io.Copy(io.Discard, p.out)
	}
	_ = p.Wait()
}

// serve runs this program on a data folder and gives the address of its pages.
func (b *bench) serve(dir string) (string, *process, error) {
	binary, err := filepath.Abs(b.binary)
	if err != nil {
		return "", nil, err
	}
	c := exec.CommandContext(b.ctx, binary, "serve", "--data", dir, "--http", "127.0.0.1:0", "--peer", "127.0.0.1:0")
	out, err := c.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := c.Start(); err != nil {
		return "", nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "pages "); ok {
			return strings.TrimSpace(url), &process{c, out}, nil
		}
	}
	(&process{c, out}).stop()
	return "", nil, fmt.Errorf("the program did not say where its pages are")
}

// pocketbaseSide runs PocketBase in a folder of its own.
func (b *bench) pocketbaseSide() (side, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return side{}, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return side{}, err
	}
	c := exec.CommandContext(b.ctx, b.pocketbase, filepath.Join(b.dir, "pocketbase"), address)
	if err := c.Start(); err != nil {
		return side{}, fmt.Errorf("starting PocketBase (tools/bench builds it): %w", err)
	}
	s := side{name: "PocketBase", url: "http://" + address, paths: []string{"/api/collections/entries/records"}, process: &process{Cmd: c}}
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) { // polling another program
		answer, err := http.Get(s.url + "/api/health")
		if err == nil {
			answer.Body.Close()
			return s, nil
		}
		if time.Since(began) > 30*time.Second {
			s.process.stop()
			return side{}, fmt.Errorf("PocketBase does not answer: %w", err)
		}
	}
}

var (
	wrkRate    = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkCount   = regexp.MustCompile(`(\d+) requests in`)
	wrkRefused = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
)

// write lets wrk send for ten seconds over eight connections. It tells how many a second were written, and the processor time of the server for each in microseconds.
func (b *bench) write(s side) (rate, cost float64, err error) {
	paths, body := filepath.Join(b.dir, "paths"), filepath.Join(b.dir, "body")
	if err := os.WriteFile(paths, []byte(strings.Join(s.paths, "\n")), 0o600); err != nil {
		return 0, 0, err
	}
	if err := os.WriteFile(body, []byte(said), 0o600); err != nil {
		return 0, 0, err
	}
	before, err := processorOf(s.process.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "wrk", "-t1", "-c8", "-d10s", "-s", "bench/writers.lua", s.url)
	c.Env = append(os.Environ(), "PATHS="+paths, "BODY="+body, "TOKEN="+s.token)
	out, err := c.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("wrk (on Debian: apt-get install wrk): %w\n%s", err, out)
	}
	after, err := processorOf(s.process.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	found, count := wrkRate.FindSubmatch(out), wrkCount.FindSubmatch(out)
	if found == nil || count == nil || wrkRefused.Match(out) {
		return 0, 0, fmt.Errorf("wrk says\n%s", out)
	}
	rate, _ = strconv.ParseFloat(string(found[1]), 64)
	requests, _ := strconv.ParseFloat(string(count[1]), 64)
	return rate, float64((after - before).Microseconds()) / requests, nil
}

// processorOf is what another process has used of all processors, in ticks of a hundredth of a second (proc(5)).
func processorOf(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
