package node

import (
	"fmt"

	"consilium/desk"
)

// The reserve of the disk below which files are refused while entries go on: a share of the disk, and at least so much.
const (
	reserveShare = 20 // a twentieth: 5 %
	leastReserve = 1 << 30
)

// roomForFiles refuses files where the disk has no more than its reserve: what people say and sign needs little, and it must not be a video that takes the last of it.
func (n *Node) roomForFiles() error {
	free, total, known := diskRoom(n.o.Dir)
	reserve := n.reserve(total)
	if !known || free > reserve {
		return nil
	}
	return fmt.Errorf("%w: the disk has only its reserve left (%.1f GB free of %.1f), so files are refused; entries go on. Make room", desk.ErrUnavailable, float64(free)/1e9, float64(total)/1e9)
}

// reserve is what of a disk's bytes is not for files.
func (n *Node) reserve(total uint64) uint64 {
	if n.o.Reserve > 0 {
		return n.o.Reserve
	}
	return max(total/reserveShare, leastReserve)
}
