package node

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"consilium/desk"
	"consilium/store"
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

// bucketEvery is how often a node asks whether the object store answers, so that an alarm goes when its cause does though nobody asks for a file.
const bucketEvery = 15 * time.Second

func (n *Node) watchBucket(ctx context.Context) {
	b, ok := n.store.Blobs().(*store.Bucket)
	if !ok {
		return
	}
	tick := time.NewTicker(bucketEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := b.Ready(ctx); err != nil && ctx.Err() == nil {
				n.o.Log.Warn("the object store", slog.String("at", b.String()), slog.Any("err", err))
			}
		}
	}
}

// reserve is what of a disk's bytes is not for files.
func (n *Node) reserve(total uint64) uint64 {
	if n.o.Reserve > 0 {
		return n.o.Reserve
	}
	return max(total/reserveShare, leastReserve)
}
