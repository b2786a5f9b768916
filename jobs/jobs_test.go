package jobs_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"consilium/jobs"
)

func TestFilled(t *testing.T) {
	for _, c := range []struct {
		name       string
		in         jobs.Progress
		elapsed    time.Duration
		wantRate   float64
		wantRemain time.Duration
	}{
		{"worked out", jobs.Progress{Done: 20, Total: 50}, 10 * time.Second, 2, 15 * time.Second},
		{"given", jobs.Progress{Done: 20, Total: 50, Rate: 10, Estimate: time.Second}, 10 * time.Second, 10, time.Second},
		{"no total", jobs.Progress{Done: 20}, 10 * time.Second, 2, 0},
		{"nothing done", jobs.Progress{Total: 50}, 10 * time.Second, 0, 0},
		{"no time", jobs.Progress{Done: 20, Total: 50}, 0, 0, 0},
		{"finished", jobs.Progress{Done: 50, Total: 50}, 10 * time.Second, 5, 0},
	} {
		got := c.in.Filled(c.elapsed)
		if got.Rate != c.wantRate || got.Estimate != c.wantRemain {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestPermanent(t *testing.T) {
	err := fmt.Errorf("reading: %w", jobs.Permanent(io.ErrUnexpectedEOF))
	if !jobs.IsPermanent(err) || !errors.Is(err, io.ErrUnexpectedEOF) || jobs.IsPermanent(io.EOF) {
		t.Errorf("%v", err)
	}
	if !jobs.IsPermanent(jobs.Job{Args: []byte("{")}.Decode(&struct{}{})) {
		t.Error("arguments that cannot be read will not be readable later")
	}
}
