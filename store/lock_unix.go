//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// flock takes the lock without waiting and reports whether another process has it. The lock ends with the
// process, however the process ends.
func flock(f *os.File) (held bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

func isQuota(err error) bool { return errors.Is(err, syscall.EDQUOT) }

// inode tells a file from its copy.
func inode(info os.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Ino)
	}
	return 0
}
