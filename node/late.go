package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
)

// lateFile holds readings that the access log could not take, one line of JSON each, behind them zeros. All of its blocks are the program's from the beginning,
// so that a full disk does not keep a reading from being noted. At about 300 bytes a reading it holds 14,000.
const (
	lateFile  = "readings"
	lateSize  = 4 << 20
	lateEvery = 2 * time.Second
)

// errLateFull says that no more readings can wait.
var errLateFull = fmt.Errorf("%w: as many readings wait to be written into the access log as can; nobody reads before there is room on the disk", desk.ErrUnavailable)

// late implements [access.Late] on the file.
type late struct {
	mu   sync.Mutex
	file *os.File
	size int64
	end  int64 // of the lines that wait
}

// openLate opens the file, or makes it. On a disk that has no room for it, it is as large as it can be.
func openLate(dir string) (*late, error) {
	f, err := os.OpenFile(filepath.Join(dir, lateFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the file of readings that wait: %w", err)
	}
	q := &late{file: f}
	if q.size, err = allocate(f, lateSize); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	waiting, err := q.read()
	q.end = int64(len(waiting))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return q, nil
}

// read gives the lines that wait: those before the first zero that are whole. A line that a stop cut off was acknowledged to nobody.
func (q *late) read() ([]byte, error) {
	raw := make([]byte, q.size)
	if _, err := q.file.ReadAt(raw, 0); err != nil {
		return nil, fmt.Errorf("reading what waits for the access log: %w", err)
	}
	raw, _, _ = bytes.Cut(raw, []byte{0})
	return raw[:bytes.LastIndexByte(raw, '\n')+1], nil
}

// Helps implements [access.Late].
func (q *late) Helps(err error) bool { return errors.Is(err, desk.ErrUnavailable) }

// Keep implements [access.Late].
func (q *late) Keep(list []access.Seen) error {
	var lines []byte
	for _, s := range list {
		raw, err := json.Marshal(s)
		if err != nil {
			return err
		}
		lines = append(append(lines, raw...), '\n')
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end+int64(len(lines)) > q.size {
		return errLateFull
	}
	if _, err := q.file.WriteAt(lines, q.end); err != nil {
		return fmt.Errorf("keeping a reading: %w", err)
	}
	if err := q.file.Sync(); err != nil {
		return fmt.Errorf("keeping a reading: %w", err)
	}
	q.end += int64(len(lines))
	return nil
}

// waits is how many bytes wait.
func (q *late) waits() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.end
}

// replay writes what waits into the access log, and then forgets it. Who keeps a reading meanwhile waits.
func (q *late) replay(ctx context.Context, db database) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end == 0 {
		return nil
	}
	raw, err := q.read()
	if err != nil {
		return err
	}
	var waited []access.Seen
	for line := range bytes.Lines(raw) {
		var s access.Seen
		if err := json.Unmarshal(line, &s); err != nil {
			return fmt.Errorf("%s holds a line that is no reading: %w", lateFile, err)
		}
		waited = append(waited, s)
	}
	if err := db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return access.RecordLate(ctx, tx, waited) }); err != nil {
		return err
	}
	if _, err := q.file.WriteAt(make([]byte, q.end), 0); err != nil {
		return fmt.Errorf("forgetting what waited for the access log: %w", err)
	}
	q.end = 0
	return q.file.Sync()
}

// replayNowAndThen goes on as long as the node.
func (n *Node) replayNowAndThen(ctx context.Context) {
	tick := time.NewTicker(lateEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := n.late.replay(ctx, n.db); err != nil && !errors.Is(err, desk.ErrUnavailable) {
				n.watch("readings that wait for the access log", err)
			}
		}
	}
}

// closeLate closes the file. It may be called twice.
func (n *Node) closeLate() error {
	if n.late == nil {
		return nil
	}
	if err := n.late.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
