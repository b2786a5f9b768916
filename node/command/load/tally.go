package load

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// Report is how a month went.
type Report struct {
	Seconds float64       `json:"seconds"`
	Planned int           `json:"planned"` // acts of the month
	Done    int           `json:"done"`    // of these, with an answer that is a success
	Acts    []Acts        `json:"acts"`
	Faults  []Fault       `json:"faults"`
	Settled time.Duration `json:"settled_ns"` // after the month, until partners had the same of every shared case
	Apart   int           `json:"apart"`      // shared cases of which they had not
	Growth  []Growth      `json:"growth"`
}

// Acts are all of one sort of deed. Times are from the moment at which somebody wanted it, in milliseconds, of those that succeeded.
type Acts struct {
	Do      string  `json:"do"`
	Done    int     `json:"done"`
	Busy    int     `json:"busy"`    // the node was there and would not (429, 503)
	Failed  int     `json:"failed"`  // any other failure
	Untried int     `json:"untried"` // what it rests on had failed
	P50     float64 `json:"p50_ms"`
	P95     float64 `json:"p95_ms"`
	P99     float64 `json:"p99_ms"`
	Max     float64 `json:"max_ms"`
}

// Fault is one way in which something failed.
type Fault struct {
	Do   string `json:"do"`
	Text string `json:"text"`
	N    int    `json:"n"`
}

// Failed says whether the nodes fell short: something failed, or partners do not agree.
func (r *Report) Failed() bool {
	return r.Apart > 0 || slices.ContainsFunc(r.Acts, func(a Acts) bool { return a.Failed+a.Busy+a.Untried > 0 })
}

// tally counts while many act at once.
type tally struct {
	mu     sync.Mutex
	times  map[deed][]time.Duration
	counts map[deed]*Acts
	faults map[[2]string]int
}

func newTally() *tally {
	t := &tally{times: map[deed][]time.Duration{}, counts: map[deed]*Acts{}, faults: map[[2]string]int{}}
	for _, s := range deeds {
		t.counts[s] = &Acts{Do: string(s)}
	}
	return t
}

func (t *tally) untried(do deed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[do].Untried++
}

func (t *tally) count(do deed, took time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.times[do] = append(t.times[do], took)
		return
	}
	t.faults[[2]string{string(do), err.Error()}]++
	if r := (*refusal)(nil); errors.As(err, &r) && r.busy() {
		t.counts[do].Busy++
		return
	}
	t.counts[do].Failed++
}

// mostFaults are shown: the most frequent ones.
const mostFaults = 12

func (t *tally) report(took time.Duration, planned int) *Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := &Report{Seconds: took.Seconds(), Planned: planned, Faults: []Fault{}}
	for _, s := range deeds {
		a, times := t.counts[s], t.times[s]
		slices.Sort(times)
		a.Done, a.P50, a.P95, a.P99, a.Max = len(times), at(times, 0.50), at(times, 0.95), at(times, 0.99), at(times, 1)
		r.Done += a.Done
		if a.Done+a.Busy+a.Failed+a.Untried > 0 {
			r.Acts = append(r.Acts, *a)
		}
	}
	for f, n := range t.faults {
		r.Faults = append(r.Faults, Fault{f[0], f[1], n})
	}
	slices.SortFunc(r.Faults, func(a, b Fault) int { return b.N - a.N })
	r.Faults = r.Faults[:min(len(r.Faults), mostFaults)]
	return r
}

// at is a quantile in milliseconds: the smallest time that so large a share did not exceed.
func at(times []time.Duration, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	i := max(int(q*float64(len(times))+0.999999)-1, 0)
	return float64(times[min(i, len(times)-1)]) / float64(time.Millisecond)
}
