package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"consilium/store"
)

// ErrMoveWaits says that all files were copied, and that the node has to stop for the end of a move.
var ErrMoveWaits = errors.New("all files that were there have been copied. The node still runs and takes in more: stop every node of the hospital and give the command again; only what is new is copied then")

// moveFile lies in a data folder while its files are moved: where to, and the hashes of what may have been copied there already.
const moveFile = "moving"

// toFolder is how a command names the folder "blobs" of the data folder.
const toFolder = "folder"

// MoveBlobs moves the files of a data folder to another place ("folder", or the address of a bucket) and writes that into hospital.toml. It copies beside a running node, may be stopped, and goes on
// where it was; its end needs the node stopped. Then what was erased meanwhile is removed from the new place too, and, unless it is to be kept, what was moved from the old one.
func MoveBlobs(ctx context.Context, dir, to string, keep bool, report func(store.Moved)) (moved store.Moved, err error) {
	h, err := ReadHospital(dir)
	if err != nil {
		return moved, err
	}
	if to == toFolder {
		to = ""
	}
	from := h.Blobs
	if to == from { // a move that was stopped at its very end leaves old files
		var left bool
		if from, left = movedFrom(dir, to); !left {
			return moved, errors.New("the files of this hospital are there already")
		}
	}
	scratch, err := os.MkdirTemp(dir, "move-")
	if err != nil {
		return moved, fmt.Errorf("moving files: %w", err)
	}
	defer os.RemoveAll(scratch)
	m, err := openMove(ctx, dir, scratch, h, from, to)
	if err != nil {
		return moved, err
	}
	defer m.noted.Close()
	release, lockErr := store.Lock(dir)
	if lockErr == nil {
		defer release()
	}
	moved, err = store.CopyBlobs(ctx, m.from, m.to, m.note, report)
	switch {
	case err != nil:
		return moved, fmt.Errorf("moving files (those that were copied stay; the same command goes on): %w", err)
	case len(moved.Damaged) > 0:
		return moved, fmt.Errorf("%d files are not what their names say, the first is %x: consilium verify tells all. Nothing else keeps the move from its end", len(moved.Damaged), moved.Damaged[0])
	case lockErr != nil:
		return moved, ErrMoveWaits
	}
	return moved, m.end(ctx, keep)
}

type move struct {
	dir      string
	hospital Hospital
	head     string // of the file
	address  string
	from, to store.Blobs
	noted    *os.File
}

// moveHead is the first line of the file.
func moveHead(from, to string) string { return fmt.Sprintf(moveForm+"%q to %q\n", from, to) }

const moveForm = "consilium moves files from "

// movedFrom tells where a move to a place came from that was stopped when only the old files were left to be removed.
func movedFrom(dir, to string) (from string, ok bool) {
	raw, err := os.ReadFile(filepath.Join(dir, moveFile))
	line, _, _ := strings.Cut(string(raw), "\n")
	quoted, rest, _ := strings.Cut(strings.TrimPrefix(line, moveForm), " to ")
	from, wrong := strconv.Unquote(quoted)
	return from, err == nil && wrong == nil && rest == strconv.Quote(to)
}

func openMove(ctx context.Context, dir, scratch string, h Hospital, from, to string) (m *move, err error) {
	m = &move{dir: dir, hospital: h, head: moveHead(from, to), address: to, from: store.ReadFolder(dir)}
	if from != "" {
		if m.from, err = store.OpenBucket(ctx, from, filepath.Join(scratch, "from"), nil); err != nil {
			return nil, err
		}
	}
	if m.to, err = store.OpenBlobs(ctx, map[bool]string{true: dir, false: filepath.Join(scratch, "to")}[to == ""], to, nil); err != nil {
		return nil, err
	}
	return m, m.begin()
}

// begin opens the file of what was copied, or makes it. One of a move to elsewhere is not gone on with.
func (m *move) begin() (err error) {
	path := filepath.Join(m.dir, moveFile)
	if m.noted, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return fmt.Errorf("moving files: %w", err)
	}
	before := make([]byte, len(m.head))
	n, err := io.ReadFull(m.noted, before)
	if n == 0 {
		_, err = m.noted.WriteString(m.head)
		return errors.Join(err, m.noted.Sync())
	}
	if err != nil || string(before) != m.head {
		return errors.Join(fmt.Errorf("a move of the files to another place was begun and not ended: end it, or remove %s and what was copied there", path), m.noted.Close())
	}
	return nil
}

func (m *move) note(list []store.Hash) error {
	var raw strings.Builder
	for _, h := range list {
		raw.Write(h[:])
	}
	_, err := m.noted.WriteString(raw.String())
	return errors.Join(err, m.noted.Sync())
}

// end is done while no node works in the folder: nothing comes and nothing is erased. In order, with what a stop leaves: what was erased is removed in the new place (done again by the next
// call); hospital.toml names the new place (the hospital works there); the old files go (some of them are left: the same command goes on).
func (m *move) end(ctx context.Context, keep bool) error {
	if _, err := m.noted.Seek(int64(len(m.head)), io.SeekStart); err != nil {
		return err
	}
	copied, err := store.ReadHashes(m.noted)
	if err == nil {
		err = store.RemoveMoved(ctx, m.from, m.to, copied)
	}
	if err != nil {
		return fmt.Errorf("ending the move of files: %w", err)
	}
	m.hospital.Blobs = m.address
	if err := m.hospital.write(m.dir); err != nil {
		return err
	}
	if !keep {
		if _, err := store.RemoveBlobs(ctx, m.from, m.to); err != nil {
			return fmt.Errorf("the hospital works with the new place; removing the old files: %w", err)
		}
	}
	return os.Remove(filepath.Join(m.dir, moveFile))
}
