package demo

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"consilium/desk"
	"consilium/ledger"
)

// Summary is what the stories left behind, and whether it holds.
type Summary struct {
	Holds       bool              `json:"holds"` // everything below does
	Invented    bool              `json:"invented"`
	Hospitals   []HospitalSummary `json:"hospitals"`
	Stories     []StorySummary    `json:"stories"`
	Threads     int               `json:"threads"` // different ones
	Shared      int               `json:"shared"`  // of more than one hospital
	Identical   bool              `json:"identical"`
	Differences []string          `json:"differences"` // threads that two of their members do not have alike
	Faults      []string          `json:"faults"`      // what verify found
	Seconds     float64           `json:"seconds"`
}

// HospitalSummary is one hospital's node.
type HospitalSummary struct {
	Name     string            `json:"name"`
	ID       ledger.HospitalID `json:"id"`
	Place    [2]float64        `json:"place"`
	People   int               `json:"people"`
	Partners int               `json:"partners"`
	Cases    int               `json:"cases"`
	Visits   int               `json:"visits"`
	Threads  int               `json:"threads"`
	Entries  int               `json:"entries"`
	Verify   desk.VerifyReport `json:"verify"`
}

// StorySummary is one story.
type StorySummary struct {
	Story   string  `json:"story"`
	Threads int     `json:"threads"`
	Files   int     `json:"files"`
	Seconds float64 `json:"seconds"`
}

// held is a thread as one node has it.
type held struct {
	kind    string
	entries int
	digest  string
	members []ledger.HospitalID // who takes part
	invited []ledger.HospitalID // who may read it already
}

// Sum waits until every thread is alike at all its members, and has every node prove its history.
func (d *Demo) Sum(ctx context.Context) (Summary, error) {
	sum := Summary{Invented: true, Stories: d.told, Differences: []string{}, Faults: []string{}}
	var all []map[ledger.ThreadID]held
	err := d.until(ctx, d.hospitals[0], "all threads alike at all their members", func() (alike bool, err error) {
		if all, err = d.threads(ctx); err != nil {
			return false, err
		}
		if sum.Differences = d.compare(all); len(sum.Differences) > 0 {
			return false, nil
		}
		return d.filesArrived(ctx)
	})
	if err != nil && ctx.Err() != nil {
		return sum, err
	} // what did not come about in time stands below: threads that differ, files that are missing
	different := map[ledger.ThreadID]bool{}
	for i, h := range d.hospitals {
		s, err := d.sumHospital(ctx, h, all[i])
		if err != nil {
			return sum, err
		}
		sum.Hospitals = append(sum.Hospitals, s)
		for _, fault := range s.Verify.Breaks {
			sum.Faults = append(sum.Faults, h.name+": "+fault)
		}
		faults, err := d.exchange(ctx, h)
		if err != nil {
			return sum, err
		}
		sum.Faults = append(sum.Faults, faults...)
		for id, t := range all[i] {
			if !different[id] && len(t.members) > 1 {
				sum.Shared++
			}
			different[id] = true
		}
	}
	sum.Threads, sum.Identical = len(different), len(sum.Differences) == 0
	sum.Holds = sum.Identical && len(sum.Faults) == 0 && sum.Threads > 0
	sum.Seconds = seconds(time.Since(d.began))
	return sum, nil
}

func seconds(t time.Duration) float64 { return math.Round(t.Seconds()*100) / 100 }

func (d *Demo) sumHospital(ctx context.Context, h *hospital, threads map[ledger.ThreadID]held) (HospitalSummary, error) {
	s := HospitalSummary{Name: h.name, ID: h.id, Place: [2]float64{h.lat, h.lon}, People: len(h.staff), Partners: len(d.hospitals) - 1, Threads: len(threads)}
	for _, t := range threads {
		s.Entries += t.entries
		switch t.kind {
		case "case":
			s.Cases++
		case "visit":
			s.Visits++
		}
	}
	if err := h.staff["admin"].get(ctx, "/verify", &s.Verify); err != nil {
		return s, fmt.Errorf("verifying %s: %w", h.name, err)
	}
	if s.Verify.Entries != s.Entries || s.Verify.Threads != s.Threads {
		s.Verify.Breaks = append(s.Verify.Breaks, fmt.Sprintf("verify proved %d entries of %d threads; there are %d of %d", s.Verify.Entries, s.Verify.Threads, s.Entries, s.Threads))
	}
	return s, nil
}

// filesArrived says whether no hospital waits for a file: entries come first, files after them.
func (d *Demo) filesArrived(ctx context.Context) (bool, error) {
	for _, h := range d.hospitals {
		var sync struct {
			Peers []struct {
				Files int `json:"behind_files"`
			}
		}
		if err := h.staff["admin"].get(ctx, "/sync", &sync); err != nil {
			return false, fmt.Errorf("the exchange of %s: %w", h.name, err)
		}
		for _, p := range sync.Peers {
			if p.Files > 0 {
				return false, nil
			}
		}
	}
	return true, nil
}

// exchange names what a hospital refused, still waits for, or could not send.
func (d *Demo) exchange(ctx context.Context, h *hospital) (faults []string, err error) {
	var sync struct {
		Peers []struct {
			Name    string
			Refused int
			Files   int `json:"behind_files"`
		}
		Waiting []struct{}
		Refused []struct{ Reason string }
	}
	if err := h.staff["admin"].get(ctx, "/sync", &sync); err != nil {
		return nil, fmt.Errorf("the exchange of %s: %w", h.name, err)
	}
	for _, p := range sync.Peers {
		if p.Refused > 0 || p.Files > 0 {
			faults = append(faults, fmt.Sprintf("%s and %s: %d entries refused, %d files missing", h.name, p.Name, p.Refused, p.Files))
		}
	}
	for _, r := range sync.Refused {
		faults = append(faults, h.name+" refused an entry: "+r.Reason)
	}
	if len(sync.Waiting) > 0 {
		faults = append(faults, fmt.Sprintf("%s: %d entries wait for others", h.name, len(sync.Waiting)))
	}
	return faults, nil
}

// threads reads what each node has.
func (d *Demo) threads(ctx context.Context) (all []map[ledger.ThreadID]held, err error) {
	for _, h := range d.hospitals {
		list := map[ledger.ThreadID]held{}
		err := h.node.Desk().View(ctx, func(ctx context.Context, tx ledger.Tx) error { return readThreads(ctx, tx, list) })
		if err != nil {
			return nil, fmt.Errorf("reading the threads of %s: %w", h.name, err)
		}
		all = append(all, list)
	}
	return all, nil
}

func readThreads(ctx context.Context, tx ledger.Tx, list map[ledger.ThreadID]held) error {
	rows, err := tx.QueryContext(ctx, `SELECT t.thread, t.kind, t.entries, t.digest, m.hospital, m.state FROM thread t
		JOIN thread_member m ON m.thread = t.thread`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var thread, digest, member []byte
		var kind, state string
		var entries int
		if err := rows.Scan(&thread, &kind, &entries, &digest, &member, &state); err != nil {
			return err
		}
		t := list[ledger.ThreadID(thread)]
		t.kind, t.entries, t.digest = kind, entries, hex.EncodeToString(digest)
		switch ledger.State(state) {
		case ledger.Joined:
			t.members = append(t.members, ledger.HospitalID(member))
		case ledger.Invited:
			t.invited = append(t.invited, ledger.HospitalID(member))
		}
		list[ledger.ThreadID(thread)] = t
	}
	return rows.Err()
}

// compare names every thread that a member lacks, or has otherwise.
func (d *Demo) compare(all []map[ledger.ThreadID]held) []string {
	list := []string{}
	for i := range d.hospitals {
		for id, here := range all[i] {
			for j, other := range d.hospitals {
				there, ok := all[j][id]
				switch member := slices.Contains(here.members, other.id); {
				case member && !ok:
					list = append(list, fmt.Sprintf("%s %s: not at %s, which takes part", here.kind, id, other.name))
				case ok && there.digest != here.digest:
					list = append(list, fmt.Sprintf("%s %s: %d entries at %s, %d at %s", here.kind, id, here.entries, d.hospitals[i].name, there.entries, other.name))
				case !member && ok && !slices.Contains(here.invited, other.id):
					list = append(list, fmt.Sprintf("%s %s: at %s, which takes no part", here.kind, id, other.name))
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// ShowSum prints the summary for people.
func (d *Demo) ShowSum(sum Summary) {
	out := d.o.Out
	d.heading("What is left", "结果")
	fmt.Fprintf(out, " %s%8s%8s%9s%10s  verify\n", pad("", 42), "cases", "visits", "threads", "entries")
	for _, h := range sum.Hospitals {
		verified := d.paint("32", "holds")
		if len(h.Verify.Breaks) > 0 {
			verified = d.paint("31", "BROKEN")
		}
		fmt.Fprintf(out, " %s%8d%8d%9d%10d  %s\n", pad(h.Name, 42), h.Cases, h.Visits, h.Threads, h.Entries, verified)
	}
	fmt.Fprintf(out, "\n %d threads, %d of them shared: ", sum.Threads, sum.Shared)
	if sum.Identical {
		fmt.Fprintf(out, "%s at all their members. %.1f s.\n", d.paint("32", "identical"), sum.Seconds)
	} else {
		fmt.Fprintf(out, "%s.\n", d.paint("31", "not alike"))
	}
	for _, what := range append(sum.Differences, sum.Faults...) {
		fmt.Fprintf(out, "   %s\n", what)
	}
}
