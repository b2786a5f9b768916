package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const generationFile = "generation"

// generation counts the starts of one data folder. It is kept twice, in a file of the folder and in the database,
// so that either of them put back alone, or the whole folder copied, is noticed at the next start. A machine
// rolled back as a whole cannot notice by itself: its partners do (the fence).
type generation struct {
	folder string // random, made with the file
	starts int64
	inode  uint64 // of the lock file, which is never replaced: a copy has another
}

// openGeneration compares both and counts this start. The database comes first: stopped between the two, it is one
// start ahead of the file, which is allowed.
func (s *Store) openGeneration(ctx context.Context) error {
	path := filepath.Join(s.dir, generationFile)
	onDisk, err := readGeneration(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(s.dir, lockFile))
	if err != nil {
		return fmt.Errorf("reading the lock file: %w", err)
	}
	next := generation{inode: inode(info)}
	err = s.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		next.folder, next.starts = onDisk.folder, onDisk.starts
		stored, known, err := storedGeneration(ctx, tx, onDisk.folder)
		if err != nil {
			return err
		}
		back := s.rolledBack(onDisk, stored, known, next.inode)
		if back || next.folder == "" {
			next.folder = rand.Text()
		}
		next.starts = max(onDisk.starts, stored.starts) + 1
		if back {
			if err := SetMeta(ctx, tx, MetaRolledBack, "yes"); err != nil {
				return err
			}
		}
		return SetMeta(ctx, tx, generationKey(next.folder), fmt.Sprintf("%d %d", next.starts, next.inode))
	})
	if err != nil {
		return fmt.Errorf("counting this start: %w", err)
	}
	s.id = next.folder
	return writeFile(path, []byte(fmt.Sprintf("%s %d\n", next.folder, next.starts)))
}

// rolledBack judges what was found. known says that the database has been opened from some folder before.
func (s *Store) rolledBack(onDisk, stored generation, known bool, inode uint64) bool {
	if onDisk.folder == "" {
		return known && !s.Postgres() // a new node joins an old PostgreSQL; a SQLite file was put here
	}
	if stored.folder == "" {
		return true // the database has never seen this folder
	}
	ahead := stored.starts - onDisk.starts
	return ahead != 0 && ahead != 1 || stored.inode != inode
}

func generationKey(folder string) string { return "generation/" + folder }

func storedGeneration(ctx context.Context, tx *sql.Tx, folder string) (g generation, known bool, err error) {
	var n int
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM store_meta WHERE key LIKE 'generation/%'`).Scan(&n)
	if err != nil || folder == "" {
		return generation{}, n > 0, err
	}
	text, err := Meta(ctx, tx, generationKey(folder))
	if err != nil || text == "" {
		return generation{}, n > 0, err
	}
	g.folder = folder
	if _, err := fmt.Sscan(text, &g.starts, &g.inode); err != nil {
		return generation{}, true, fmt.Errorf("reading the generation %q: %w", text, err)
	}
	return g, true, nil
}

// readGeneration returns the zero value for a folder that has never been opened.
func readGeneration(path string) (generation, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return generation{}, nil
	}
	if err != nil {
		return generation{}, fmt.Errorf("reading the generation file: %w", err)
	}
	var g generation
	if _, err := fmt.Fscan(strings.NewReader(string(text)), &g.folder, &g.starts); err != nil {
		return generation{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return g, nil
}
