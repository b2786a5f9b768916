package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/store"
)

// ErasuresFile stands beside the database and is only ever added to: what this hospital has destroyed, and who has left. It holds hashes and random ids, nothing of
// what they named. Each backup copies it in the clear, so that a restore of an old backup can be given the newest list.
const ErasuresFile = "erasures"

// erasures is what the file says.
type erasures struct {
	entries map[ledger.ThreadID][]ledger.Hash
	known   map[ledger.Hash]bool
	left    map[ledger.PersonID]bool // false: came back
}

// readErasures reads lists one after the other; one that is not there says nothing. A last line that was cut short is passed over: nothing was said to be destroyed by it.
func readErasures(paths ...string) (erasures, error) {
	e := erasures{entries: map[ledger.ThreadID][]ledger.Hash{}, known: map[ledger.Hash]bool{}, left: map[ledger.PersonID]bool{}}
	for _, path := range paths {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return e, fmt.Errorf("reading the list of erasures: %w", err)
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			e.add(strings.Fields(lines.Text()))
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return e, fmt.Errorf("reading the list of erasures: %w", err)
		}
	}
	return e, nil
}

func (e *erasures) add(words []string) {
	switch {
	case len(words) == 4 && words[0] == "entry":
		h, err := ledger.ParseHash(words[1])
		id, bad := ledger.ParseThreadID(words[2])
		if err == nil && bad == nil && !e.known[h] {
			e.entries[id], e.known[h] = append(e.entries[id], h), true
		}
	case len(words) == 4 && words[0] == "person":
		e.left[ledger.PersonID(words[1])] = words[2] == "left"
	}
}

// listErasures adds to the file what was destroyed, and who has left or come back, since it was written last.
func (n *Node) listErasures(ctx context.Context) error {
	n.listing.Lock()
	defer n.listing.Unlock()
	path := filepath.Join(n.o.Dir, ErasuresFile)
	known, err := readErasures(path)
	if err != nil {
		return err
	}
	var lines strings.Builder
	err = n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		destroyed, err := ledger.AllDestroyed(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range destroyed {
			if !known.known[d.Entry] {
				fmt.Fprintf(&lines, "entry %s %s %s\n", d.Entry, d.Thread, d.At.UTC().Format(time.RFC3339))
			}
		}
		staff, err := people.List(ctx, tx, people.Filter{})
		if err != nil {
			return err
		}
		left, err := people.List(ctx, tx, people.Filter{Inactive: true})
		for _, p := range append(staff, left...) {
			state := map[bool]string{true: "back", false: "left"}[p.Active]
			if left, listed := known.left[p.ID]; left == p.Active && (listed || !p.Active) { // who is active and was never listed needs no line
				fmt.Fprintf(&lines, "person %s %s %s\n", p.ID, state, n.o.Now().UTC().Format(time.RFC3339))
			}
		}
		return err
	})
	if err != nil || lines.Len() == 0 {
		return err
	}
	return store.AppendFile(path, lines.String())
}
