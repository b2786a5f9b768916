package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Scrub makes deleted rows leave the disk. SQLite overwrites what it frees (secure_delete); the write-ahead log still has the pages as they were, so it is carried
// over and cut to nothing. PostgreSQL is asked to give the rows' space free; what its own log and its free space keep until they are used again is its
// operator's, and nobody can look for it from here.
func (s *Store) Scrub(ctx context.Context) error {
	if s.Postgres() {
		if _, err := s.readDB.ExecContext(ctx, "VACUUM"); err != nil {
			return fmt.Errorf("freeing the space of deleted rows: %w", sorted(err))
		}
		return nil
	}
	if err := about("emptying of the log"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var busy, frames, moved int
		if err := s.jobsDB.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
			return fmt.Errorf("emptying the write-ahead log: %w", sorted(err))
		}
		if busy == 0 {
			return nil
		}
		select { // somebody reads an older moment: readers are short
		case <-ctx.Done():
			return fmt.Errorf("emptying the write-ahead log: %w", context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Rewrite writes the whole SQLite file anew, so that nothing is left of what its pages once held. It needs as much room again, and writers wait.
func (s *Store) Rewrite(ctx context.Context) error {
	if s.Postgres() {
		return nil
	}
	if _, err := s.jobsDB.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("writing the database anew: %w", sorted(err))
	}
	return s.Scrub(ctx)
}

// Find looks for texts in the bytes of the database on disk, its write-ahead log too, and tells which are there. Nobody can look into PostgreSQL's files from here: looked is
// false then.
func (s *Store) Find(ctx context.Context, texts []string) (found []string, looked bool, err error) {
	if s.Postgres() {
		return nil, false, nil
	}
	there := map[string]bool{}
	for _, name := range []string{databaseFile, databaseFile + "-wal"} {
		err := findIn(ctx, filepath.Join(s.dir, name), texts, there)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, false, fmt.Errorf("looking through %s: %w", name, sorted(err))
		}
	}
	for _, text := range texts {
		if there[text] {
			found = append(found, text)
		}
	}
	return found, true, nil
}

func findIn(ctx context.Context, path string, texts []string, there map[string]bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	longest := 0
	for _, text := range texts {
		longest = max(longest, len(text))
	}
	const piece = 1 << 20
	buf := make([]byte, piece+longest)
	kept := 0 // the end of the piece before: a text may lie across
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(f, buf[kept:kept+piece])
		for _, text := range texts {
			there[text] = there[text] || bytes.Contains(buf[:kept+n], []byte(text))
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		}
		end := kept + n
		kept = min(longest, end)
		copy(buf, buf[end-kept:end])
	}
}
