//go:build unix

package node

import (
	"fmt"
	"syscall"
)

// judgeRoom warns before the disk is full.
func judgeRoom(dir string) Finding {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return Finding{What: "room on the disk", Found: err.Error()}
	}
	free := s.Bavail * uint64(s.Bsize)
	f := Finding{What: "room on the disk", Found: fmt.Sprintf("%.1f GB free", float64(free)/1e9), Good: free > 5e9}
	if !f.Good {
		f.Do = "Make room: when the disk is full nothing more can be said here."
	}
	return f
}
