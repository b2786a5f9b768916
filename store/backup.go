package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Backup writes a copy of the data folder to dst while everything goes on: the database as of one moment, then the
// blobs, then the named files of the folder (keys, configuration). A second backup to the same place copies only
// blobs that are new; it never deletes one, so erased blobs must be removed from backups too, by their rules.
//
// The database comes first: a blob is stored before the entry that names it, so every entry in the copy finds its
// blobs. A backup that was cut short is completed by the next. On PostgreSQL it is [ErrOperatorBackup].
func (s *Store) Backup(ctx context.Context, dst string, files ...string) error {
	if s.Postgres() {
		return ErrOperatorBackup
	}
	if err := makeFolder(dst); err != nil {
		return fmt.Errorf("making the backup's folder: %w", sorted(err))
	}
	if err := s.backupDatabase(ctx, filepath.Join(dst, databaseFile)); err != nil {
		return fmt.Errorf("backing up the database: %w", sorted(err))
	}
	if err := copyBlobs(ctx, s.blobs, filepath.Join(dst, blobFolder)); err != nil {
		return fmt.Errorf("backing up the blobs: %w", err)
	}
	return copyFiles(ctx, s.dir, dst, files)
}

func (s *Store) backupDatabase(ctx context.Context, path string) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := sql.Open("sqlite", sqliteDSN(filepath.Join(s.dir, databaseFile), "rw", "deferred", 10*time.Second))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO $1", fresh); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	f, err := os.OpenFile(fresh, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	return rename(fresh, path)
}

// Restore copies a backup to an empty folder, checking every blob on the way. The folder's next Open finds
// [MetaRolledBack].
func Restore(ctx context.Context, backup, dir string, files ...string) error {
	if _, err := os.Stat(filepath.Join(backup, databaseFile)); err != nil {
		return fmt.Errorf("restoring %s: %w", backup, ErrNoStore)
	}
	if err := makeFolder(dir); err != nil {
		return fmt.Errorf("restoring: %w", sorted(err))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("restoring to %s: %w", dir, ErrNotEmpty)
	}
	if err := copyBlobs(ctx, &Folder{dir: filepath.Join(backup, blobFolder)}, filepath.Join(dir, blobFolder)); err != nil {
		return fmt.Errorf("restoring the blobs: %w", err)
	}
	// The database last: a folder whose restore was cut short does not open.
	return copyFiles(ctx, backup, dir, append(files, databaseFile))
}

// copyBlobs copies what is missing at the other end. PutExpect refuses a blob whose bytes have changed.
func copyBlobs(ctx context.Context, source Blobs, to string) error {
	target, err := OpenFolder(to)
	if err != nil {
		return err
	}
	return source.Walk(ctx, func(hash Hash, size int64) error {
		if target.holds(target.path(hash), size) {
			return nil
		}
		f, _, err := source.Open(hash)
		if errors.Is(err, ErrNoBlob) {
			return nil // erased meanwhile
		}
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = target.PutExpect(ctx, f, math.MaxInt64, hash)
		return err
	})
}

// copyFiles copies files named relative to their folder; each is there whole or not at all.
func copyFiles(ctx context.Context, from, to string, names []string) error {
	for _, name := range names {
		if !filepath.IsLocal(name) {
			return fmt.Errorf("copying %s: it is not a name inside the data folder", name)
		}
		if err := copyFile(ctx, filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return fmt.Errorf("copying %s: %w", name, sorted(err))
		}
	}
	return nil
}

func copyFile(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := makeFolder(filepath.Dir(to)); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = copyBytes(ctx, out, io.Reader(in), math.MaxInt64)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return rename(out.Name(), to)
}
