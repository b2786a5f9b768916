package archive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"consilium/imaging/dicom"
)

// unfinished begins the name of a file that is being written.
const unfinished = "new-"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// landedName says of a file how long it is, what its bytes add up to, and where it came from: all that the next start needs.
func landedName(size int64, sum uint32, from string) string {
	return fmt.Sprintf("%s-%x-%x-%x", rand.Text(), size, sum, from[:min(len(from), 80)])
}

// readLandedName is the way back.
func readLandedName(name string) (size int64, sum uint32, from string, err error) {
	parts := strings.Split(name, "-")
	if len(parts) != 4 {
		return 0, 0, "", errors.New("not a name of this archive")
	}
	size, err = strconv.ParseInt(parts[1], 16, 64)
	if err != nil {
		return 0, 0, "", err
	}
	sum64, err := strconv.ParseUint(parts[2], 16, 32)
	if err != nil {
		return 0, 0, "", err
	}
	_, err = fmt.Sscanf(parts[3]+" ", "%x ", &from)
	return size, uint32(sum64), from, err
}

// write puts an instance's file into the folder. It is on disk when write returns nil.
func (l *landing) write(p *prepared, f *dicom.File, s *spool, m *memory) (err error) {
	content, err := p.content(f, s, s.size)
	if err != nil {
		return err
	}
	path := filepath.Join(l.dir, unfinished+rand.Text())
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			os.Remove(path)
		}
	}()
	sum := crc32.New(castagnoli)
	if p.Size, err = m.copy(io.MultiWriter(file, sum), content); err != nil {
		return err
	}
	named := filepath.Join(l.dir, landedName(p.Size, sum.Sum32(), p.arrival.From))
	if err = os.Rename(path, named); err != nil {
		return err
	}
	path, p.path = named, named
	return l.sync(file)
}

// sync makes a file and its name durable. Both wait for one commit of a file system's journal, so they wait together.
func (l *landing) sync(file *os.File) error {
	named := make(chan error, 1)
	go func() { named <- syncFolder(l.dir) }()
	return errors.Join(file.Sync(), <-named)
}

func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // a folder cannot be synced there; NTFS journals names
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// openLanding makes the folder where instances land and stores what was acknowledged before the last stop.
func (a *Archive) openLanding(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of what was received: %w", err)
	}
	a.landing = newLanding(dir, a.storeLanded)
	a.Tables = settledTables{a.unsettled, a.landing, a.Log}
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the folder of what was received: %w", err)
	}
	for len(files) > 0 {
		n := min(len(files), mostRound)
		if err := a.storeLeft(ctx, files[:n]); err != nil {
			a.Log.Error("images that were received before the last stop are not in the index yet; the next start tries again", "folder", dir, "error", err)
			return nil
		}
		files = files[n:]
	}
	return nil
}

// storeLeft stores files that were left where they landed. One that the archive refuses now stays there and is told of: it was acknowledged.
func (a *Archive) storeLeft(ctx context.Context, files []os.DirEntry) error {
	g, err := a.Begin()
	if err != nil {
		return err
	}
	defer g.Close()
	for _, file := range files {
		if err := a.addLeft(ctx, g, filepath.Join(a.landing.dir, file.Name())); err != nil {
			return err
		}
	}
	if _, err := g.Commit(ctx); err != nil {
		return err
	}
	var errs []error
	for _, p := range g.list {
		if p.Err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.path, p.Err))
			continue
		}
		errs = append(errs, os.Remove(p.path))
	}
	return errors.Join(errs...)
}

// addLeft adds a file to a group. One that is not what its name tells of was never acknowledged, and goes.
func (a *Archive) addLeft(ctx context.Context, g *Group, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	size, sum, from, err := readLandedName(filepath.Base(path))
	if err != nil {
		return os.Remove(path)
	}
	have := crc32.New(castagnoli)
	n, err := a.memory.copy(have, f)
	if err != nil {
		return err
	}
	if n != size || have.Sum32() != sum {
		return os.Remove(path)
	}
	if err := g.AddAt(ctx, Arrival{From: from}, f, size); err != nil {
		return err
	}
	added := g.list[len(g.list)-1]
	added.path = path
	if info, err := f.Stat(); err == nil {
		added.now = info.ModTime().UnixMilli()
	}
	return nil
}
