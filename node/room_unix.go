//go:build unix

package node

import (
	"fmt"
	"syscall"
)

// diskRoom is how many bytes of the disk under a folder are free for this program, and how many there are in all.
func diskRoom(dir string) (free, total uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, false
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), true
}

// judgeRoom warns before the disk is full.
func judgeRoom(dir string) Finding {
	free, _, known := diskRoom(dir)
	if !known {
		return Finding{What: "room on the disk", Found: "the system does not tell"}
	}
	f := Finding{What: "room on the disk", Found: fmt.Sprintf("%.1f GB free", float64(free)/1e9), Good: free > 5e9}
	if !f.Good {
		f.Do = "Make room: when the disk is full nothing more can be said here."
	}
	return f
}
