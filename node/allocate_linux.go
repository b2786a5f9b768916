package node

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// allocate gives a file blocks of the disk up to a size, or to as much of it as there is room for, and tells how much it has. What is in it stays. Afterwards a write
// into it needs no more room, but on file systems that copy what is written (btrfs, ZFS).
func allocate(f *os.File, size int64) (int64, error) {
	const step = 256 << 10
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("looking at %s: %w", f.Name(), err)
	}
	have := info.Size()
	for have < size {
		next := size - have
		err := syscall.Fallocate(int(f.Fd()), 0, have, next)
		for errors.Is(err, syscall.ENOSPC) && next > step || errors.Is(err, syscall.EFBIG) && next > step {
			next /= 2
			err = syscall.Fallocate(int(f.Fd()), 0, have, next)
		}
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EOPNOTSUPP):
			return fillUp(f, have, size)
		case err != nil:
			return have, nil // no more room: it is as large as it can be
		}
		have += next
	}
	return have, nil
}
