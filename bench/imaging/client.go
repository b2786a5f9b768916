package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}, Timeout: 2 * time.Minute}

// fetch reads an answer to its end and gives its status and length.
func fetch(ctx context.Context, url, accept string) (int, int64, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Accept", accept)
	return send(r)
}

func send(r *http.Request) (int, int64, error) {
	answer, err := client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, n, err
}

// stow sends files in one request.
func stow(ctx context.Context, base string, files []string) (int, int64, error) {
	var body bytes.Buffer
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			return 0, 0, err
		}
		body.WriteString("--bnd\r\nContent-Type: application/dicom\r\n\r\n")
		body.Write(b)
		body.WriteString("\r\n")
	}
	body.WriteString("--bnd--\r\n")
	r, err := http.NewRequestWithContext(ctx, "POST", base+"/studies", &body)
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Content-Type", `multipart/related; type="application/dicom"; boundary=bnd`)
	r.Header.Set("Accept", "application/dicom+json")
	return send(r)
}

// load is what a number of clients met who each asked again as soon as they were answered.
type load struct {
	each    []time.Duration // sorted
	bytes   int64
	seconds float64
}

func (l load) at(q float64) time.Duration {
	return l.each[min(len(l.each)-1, int(q*float64(len(l.each))))]
}

func (l load) rate() float64 { return float64(len(l.each)) / l.seconds }

// drive has clients ask n times in all. What is not answered well ends it.
func drive(clients, n int, ask func(i int) (status int, bytes int64, err error)) (load, error) {
	l := load{each: make([]time.Duration, n)}
	var next, total atomic.Int64
	var failed error
	var once sync.Once
	var group sync.WaitGroup
	began := time.Now()
	for range clients {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				at := time.Now()
				status, length, err := ask(i)
				l.each[i] = time.Since(at)
				total.Add(length)
				if err == nil && status/100 != 2 {
					err = fmt.Errorf("status %d", status)
				}
				if err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
		})
	}
	group.Wait()
	l.seconds, l.bytes = time.Since(began).Seconds(), total.Load()
	slices.Sort(l.each)
	return l, failed
}

// search is a query and how it is named in the table.
type search struct {
	what  string
	query func(s study) string
	n     int
}

var searches = []search{
	{"one match (PatientID)", func(s study) string { return "/studies?PatientID=" + s.patient }, 300},
	{"a name (PatientName=X*)", func(s study) string { return "/studies?PatientName=" + strings.Split(s.name, "^")[0] + "*" }, 40},
	{"a month (StudyDate)", func(s study) string { return "/studies?StudyDate=" + s.date[:6] + "01-" + s.date[:6] + "31" }, 100},
	{"CT, limit=50", func(study) string { return "/studies?ModalitiesInStudy=CT&limit=50" }, 40},
	{"CT, all", func(study) string { return "/studies?ModalitiesInStudy=CT" }, 4},
	{"series of a study", func(s study) string { return "/studies/" + s.study + "/series" }, 300},
}

// pick spreads requests over a corpus.
func pick(all []study, i int) study { return all[i*7919%len(all)] }
