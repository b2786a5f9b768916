package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"consilium/store"
)

// Finding is one thing that the doctor looked at.
type Finding struct {
	What  string `json:"what"`
	Found string `json:"found"`
	Good  bool   `json:"good"`
	Do    string `json:"do,omitempty"`
}

// Doctor measures what the promises of a node rest on: that a write which the disk acknowledges is on it, how fast that is, that there is room, that keys
// are readable by their owner only, that the database opens and is whole. It changes nothing in the folder, and works beside a running node.
func Doctor(ctx context.Context, dir string) ([]Finding, error) {
	h, err := ReadHospital(dir)
	if err != nil {
		return nil, err
	}
	findings := []Finding{{What: "hospital", Found: h.Name + " " + h.ID.String(), Good: true}}
	sync, err := fsyncTime(ctx, dir)
	durable := judgeSync(sync)
	switch {
	case errors.Is(err, syscall.ENOSPC):
		durable = Finding{What: "durable write (fsync)", Found: "not tried: the disk is full", Do: "Make room: nothing more can be said here. What was acknowledged is safe."}
	case err != nil:
		return nil, err
	}
	findings = append(findings, durable, judgeRoom(dir), judgeKeys(dir))
	return append(append(findings, judgeDatabase(ctx, dir, h.DB)...), judgeLock(dir)), nil
}

// fsyncTime is the median time in which the disk under a folder makes a small write durable.
func fsyncTime(ctx context.Context, dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return 0, fmt.Errorf("trying the disk: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var times []time.Duration
	for range 101 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, fmt.Errorf("trying the disk: %w", err)
		}
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("trying the disk: %w", err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// judgeSync doubts a disk that answers faster than any that writes: then acknowledged entries may not survive a power cut.
func judgeSync(median time.Duration) Finding {
	f := Finding{What: "durable write (fsync)", Found: fmt.Sprintf("%s, about %d a second one by one", median.Round(time.Microsecond), time.Second/max(median, 1)), Good: true}
	switch {
	case median < 15*time.Microsecond:
		f.Good, f.Do = false, "This is faster than storage that honors fsync: a power cut may lose acknowledged entries. Use a disk or a mount that syncs."
	case median > 50*time.Millisecond:
		f.Good, f.Do = false, "Every acknowledgement waits for this. A solid-state disk helps."
	}
	return f
}

func judgeKeys(dir string) Finding {
	f := Finding{What: "keys", Found: "readable by their owner only", Good: true}
	files, err := keyFiles(dir)
	if err != nil {
		return Finding{What: "keys", Found: err.Error(), Do: "Put the keys back from a backup."}
	}
	for _, name := range files {
		info, err := os.Stat(filepath.Join(dir, name))
		if err == nil && name != hospitalFile && info.Mode().Perm()&0o077 != 0 {
			return Finding{What: "keys", Found: name + " can be read by others", Do: "chmod 600 " + filepath.Join(dir, name)}
		}
	}
	if _, err := openKeyring(dir); err != nil {
		return Finding{What: "keys", Found: err.Error(), Do: "Put the keys back from a backup."}
	}
	return f
}

// judgeDatabase opens the database and reads it; of PostgreSQL it looks at the line to the server and at what the node may do there, too.
func judgeDatabase(ctx context.Context, dir, url string) []Finding {
	f := Finding{What: "database"}
	e, err := store.Examine(ctx, dir, url)
	switch {
	case errors.Is(err, store.ErrUnproved):
		f.Found, f.Do = err.Error(), "Name the certificate authority of the server in the address (sslrootcert), and the server by the name that its certificate has. Until then nothing is said to it."
	case err != nil:
		f.Found, f.Do = err.Error(), "Restore the newest backup into an empty folder: consilium restore. If it is PostgreSQL, look whether it runs and its address (db in hospital.toml) is right."
	case len(e.Damage) > 0:
		f.Found, f.Do = e.Engine+": damaged: "+strings.Join(e.Damage, "; "), "Stop the node, keep a copy of the folder, and restore the newest backup: consilium restore. What was said since comes back from the partners."
	case len(e.Unsafe) > 0:
		f.Found, f.Do = e.Engine+": off: "+strings.Join(e.Unsafe, ", "), "A power cut may lose acknowledged entries. Set it on in postgresql.conf."
	default:
		f.Good, f.Found = true, fmt.Sprintf("%s opens and is whole: %d threads, %d entries", e.Engine, e.Threads, e.Entries)
	}
	if url == "" || err != nil {
		return []Finding{f}
	}
	return []Finding{f, judgeLine(e.Line), judgePowers(e.Powers)}
}

func judgeLine(l store.Line) Finding {
	f := Finding{What: "line to the database", Good: l == store.LineHere || l == store.LineProved}
	f.Found = map[store.Line]string{store.LineHere: "does not leave this machine", store.LineProved: "encrypted, and the server proves who it is",
		store.LineEncrypted: "encrypted, but to whoever answers at the address", store.LinePlain: "not encrypted: names of patients can be read on the network"}[l]
	if !f.Good {
		f.Do = "Add sslmode=verify-full and sslrootcert=FILE to the address (db in hospital.toml)."
	}
	return f
}

func judgePowers(powers []string) Finding {
	if len(powers) == 0 {
		return Finding{What: "role in the database", Found: "may do nothing outside its own database", Good: true}
	}
	return Finding{What: "role in the database", Found: "has " + strings.Join(powers, ", "), Do: "Give the node a role that owns its database and no more: docs/administrator.md, PostgreSQL."}
}

func judgeLock(dir string) Finding {
	release, err := store.Lock(dir)
	if err != nil {
		return Finding{What: "running", Found: err.Error(), Good: true}
	}
	release()
	return Finding{What: "running", Found: "no node runs on this folder", Good: true}
}
