//go:build !unix

package node

// judgeRoom cannot ask this system.
func judgeRoom(string) Finding {
	return Finding{What: "room on the disk", Found: "not asked on this system", Good: true}
}
