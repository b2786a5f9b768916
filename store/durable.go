package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// writeFile replaces a small file so that after a crash either the old or the new one is there, whole.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, sorted(err))
	}
	if err = about("bytes"); err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, sorted(err))
	}
	return nil
}

// rename moves a synced file to its name and makes the name durable: POSIX promises the new name after a crash
// only once the folder has been synced.
func rename(from, to string) error {
	if err := about("rename"); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// makeFolder makes a folder and its missing parents, and their names durable.
func makeFolder(dir string) error {
	if err := about("folder"); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o700)
	switch {
	case err == nil:
		return syncFolder(filepath.Dir(dir))
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := makeFolder(filepath.Dir(dir)); err != nil {
			return err
		}
		return makeFolder(dir)
	}
	return err
}

func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // a folder cannot be synced there; NTFS journals names
		return nil
	}
	if err := about("sync of a folder"); err != nil {
		return err
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// appendFile adds lines to a file, on a line of their own whatever a stop has left there. When it returns nil they are on disk.
func appendFile(path, lines string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("adding to %s: %w", path, sorted(err))
	}
	info, err := f.Stat()
	if err == nil && info.Size() > 0 {
		last := make([]byte, 1)
		if _, err = f.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			lines = "\n" + lines
		}
	}
	if err == nil {
		err = about("bytes")
	}
	if err == nil {
		_, err = f.WriteString(lines)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("adding to %s: %w", path, sorted(err))
	}
	return nil
}
