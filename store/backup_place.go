package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// checkBackupPlace refuses to copy a folder into itself, where the copy would take the place of the database, into a folder inside of it, where each copy would hold
// the one before, into another folder that a node works in, and over a link that leads nowhere. Nothing is written before.
func checkBackupPlace(data, dst string) error {
	from, err := filepath.EvalSymlinks(data)
	if err != nil {
		return fmt.Errorf("finding the data folder: %w", err)
	}
	to, err := realPlace(dst)
	if err != nil {
		return err
	}
	if from, err = filepath.Abs(from); err != nil {
		return fmt.Errorf("finding the data folder: %w", err)
	}
	if inside, err := filepath.Rel(from, to); err == nil && (inside == "." || filepath.IsLocal(inside)) {
		return fmt.Errorf("%w: %s is the data folder itself, or inside of it. Nothing was copied; choose a folder outside of it", ErrBackupPlace, dst)
	}
	if _, err := os.Stat(filepath.Join(to, lockFile)); err == nil {
		return fmt.Errorf("%w: %s is a folder that a node works in. Nothing was copied; choose another", ErrBackupPlace, dst)
	}
	return nil
}

// realPlace is where a path leads, links followed, though its last parts may not be there yet.
func realPlace(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("finding the backup's folder: %w", err)
	}
	missing := ""
	for at := path; ; at = filepath.Dir(at) {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(real, missing), nil
		}
		if _, there := os.Lstat(at); there == nil || !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%w: %s is a link that leads nowhere, or cannot be followed. Nothing was copied", ErrBackupPlace, at)
		}
		missing = filepath.Join(filepath.Base(at), missing)
		if strings.TrimRight(at, string(filepath.Separator)) == filepath.VolumeName(at) {
			return "", fmt.Errorf("finding the backup's folder: %w", err)
		}
	}
}
