package load

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Growth is one number of a node's /metrics before the month and after it.
type Growth struct {
	Hospital string  `json:"hospital"`
	What     string  `json:"what"`
	Before   float64 `json:"before"`
	After    float64 `json:"after"`
}

// watched are the numbers that a month changes.
var watched = []string{"consilium_appends_total", "consilium_disk_free_bytes", "process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total"}

// measured reads the metrics of the sites that say where they are.
func measured(ctx context.Context, sites []*Site) (all []map[string]float64) {
	for _, s := range sites {
		all = append(all, metricsOf(ctx, s))
	}
	return all
}

func metricsOf(ctx context.Context, s *Site) map[string]float64 {
	if s.Health == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(s.Health, "/")+"/metrics", nil)
	if err != nil {
		return nil
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return nil // the report then has no growth of this hospital
	}
	defer answer.Body.Close()
	found := map[string]float64{}
	for lines := bufio.NewScanner(io.LimitReader(answer.Body, 4<<20)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if x, err := strconv.ParseFloat(value, 64); err == nil {
			found[name] = x
		}
	}
	return found
}

func growth(sites []*Site, before, after []map[string]float64) []Growth {
	list := []Growth{}
	for i, s := range sites {
		for _, what := range watched {
			from, known := before[i][what]
			to, still := after[i][what]
			if known && still {
				list = append(list, Growth{s.Name, what, from, to})
			}
		}
	}
	return list
}
