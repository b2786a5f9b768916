package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ballastFile takes room on the disk that nothing else gets. A node that finds the disk full when it is opened throws it off, so that the start can be counted,
// the database recovered and what was erased be destroyed, and takes it on again at once: what is left over is not for entries, but for the next start.
const (
	ballastFile = "ballast"
	ballastSize = 8 << 20
)

// throwBallast makes room on a full disk.
func throwBallast(dir string) error {
	if free, _, known := diskRoom(dir); known && free >= ballastSize {
		return nil
	}
	if err := os.Remove(filepath.Join(dir, ballastFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("making room to start on a full disk: %w", err)
	}
	return nil
}

// takeBallast takes as much of it as there is room for.
func takeBallast(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, ballastFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("keeping room for the next start: %w", err)
	}
	_, err = allocate(f, ballastSize)
	return errors.Join(err, f.Close())
}

// fillUp writes zeros behind what a file has, where the system has no other way to give it blocks.
func fillUp(f *os.File, have, size int64) (int64, error) {
	zeros := make([]byte, 64<<10)
	for have < size {
		n, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-have)], have)
		have += int64(n)
		if err != nil {
			return have, nil // no more room: it is as large as it can be
		}
	}
	if err := f.Sync(); err != nil {
		return 0, fmt.Errorf("keeping room in %s: %w", f.Name(), err)
	}
	return have, nil
}
