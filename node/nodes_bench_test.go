package node_test

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/node"
	"consilium/node/nodetest"
	"consilium/store/storetest"
)

// BenchmarkNodes lets eight people write to 1, 2 and 4 nodes of one hospital, as processes on one PostgreSQL server. With CONSILIUM_PG_FSYNC=on each commit is on disk before it is acknowledged.
func BenchmarkNodes(b *testing.B) {
	w := nodetest.New(b)
	_, blobs := storetest.Bucket(b)
	harbor := w.FoundShared("harbor", storetest.Postgres(b).URL, blobs)
	var cases []ledger.ThreadID
	for i := range 8 {
		cases = append(cases, harbor.OpenCase(fmt.Sprint("Case ", i)))
	}
	folders := []string{harbor.Dir}
	for i := range 3 {
		dir := fmt.Sprint(b.TempDir(), "/node-", i)
		if _, err := node.AddNode(harbor.Dir, dir, time.Now()); err != nil {
			b.Fatal(err)
		}
		folders = append(folders, dir)
	}
	harbor.Stop()
	for _, nodes := range []int{1, 2, 4} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			var urls []string
			var ends []func()
			for _, dir := range folders[:nodes] {
				url, _, end := child(b, dir, "NODE_CHILD_PEER="+somewhere(b))
				urls, ends = append(urls, url), append(ends, end)
			}
			for b.Loop() {
				writeFor(b, harbor, urls, cases, 400)
			}
			for _, end := range ends {
				end()
			}
		})
	}
}

func somewhere(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// writeFor has eight people write so many entries, each person to a case of their own and to one of the nodes.
func writeFor(b *testing.B, h *nodetest.Hospital, urls []string, cases []ledger.ThreadID, entries int) {
	var mu sync.Mutex
	var times []time.Duration
	var people sync.WaitGroup
	began := time.Now()
	for i := range 8 {
		people.Go(func() {
			for n := range entries / 8 {
				start := time.Now()
				if _, err := h.SayAt(urls[i%len(urls)], cases[i], fmt.Sprintf("Person %d, question %d", i, n)); err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				times = append(times, time.Since(start))
				mu.Unlock()
			}
		})
	}
	people.Wait()
	b.ReportMetric(float64(len(times))/time.Since(began).Seconds(), "entries/s")
	report(b, "answer", times)
}

func report(b *testing.B, what string, times []time.Duration) {
	slices.Sort(times)
	if len(times) > 0 {
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, what+"-p50-ms")
		b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, what+"-p99-ms")
	}
}

// BenchmarkNotice is how long it takes from the answer to who wrote at one node until the other node's pages hear of it; 0 where they heard before.
func BenchmarkNotice(b *testing.B) {
	w := nodetest.New(b)
	_, blobs := storetest.Bucket(b)
	one := w.FoundShared("harbor", storetest.Postgres(b).URL, blobs)
	two := one.Another("harbor-2")
	id := one.OpenCase("Heard at the other node")
	wake, changed, stop := two.Desk().Live.Listen()
	defer stop()
	var times []time.Duration
	for b.Loop() {
		heard := make(chan time.Time, 1)
		go func() {
			for {
				<-wake
				if slices.Contains(changed(), id) {
					heard <- time.Now()
					return
				}
			}
		}()
		one.Note(id, "Do you hear?")
		answered := time.Now()
		times = append(times, max(0, (<-heard).Sub(answered)))
	}
	report(b, "notice", times)
}
