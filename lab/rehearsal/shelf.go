package rehearsal

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"

	"consilium/lab/scan"
	"consilium/lab/surface"
	"consilium/ledger"
)

// shelf remembers what pages ask for again and again: surfaces that are turned, and the scan whose slices are looked through. Files never change, so that remembering them is safe.
type shelf struct {
	mu     sync.Mutex
	meshes map[ledger.Hash]*surface.Mesh
	order  []ledger.Hash
	masks  []kept // the newest last

	scan   sync.Mutex // one scan is read at a time
	series string
	last   *scan.Scan
}

// mostMeshes bounds the surfaces on the shelf: a surface of 200,000 triangles takes 4 MB.
const mostMeshes = 12

func (s *shelf) clear() {
	s.mu.Lock()
	s.meshes, s.order, s.masks = nil, nil, nil
	s.mu.Unlock()
	s.scan.Lock()
	s.series, s.last = "", nil
	s.scan.Unlock()
}

func (s *shelf) mesh(hash ledger.Hash, read func() (*surface.Mesh, error)) (*surface.Mesh, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.meshes[hash]; m != nil {
		return m, nil
	}
	m, err := read()
	if err != nil {
		return nil, err
	}
	if s.meshes == nil {
		s.meshes = map[ledger.Hash]*surface.Mesh{}
	}
	if len(s.order) == mostMeshes {
		delete(s.meshes, s.order[0])
		s.order = s.order[1:]
	}
	s.meshes[hash], s.order = m, append(s.order, hash)
	return m, nil
}

// Mesh is the surface of an artefact. It is shared: who changes it takes a copy.
func (l *Lab) Mesh(ctx context.Context, a *Artefact) (*surface.Mesh, error) {
	f, ok := a.File(GLB)
	if !ok {
		return nil, ErrGone
	}
	return l.shelf.mesh(f.Hash, func() (*surface.Mesh, error) {
		raw, err := l.bytes(ctx, f)
		if err != nil {
			return nil, err
		}
		return surface.ReadGLB(raw)
	})
}

// bytes is a whole file.
func (l *Lab) bytes(ctx context.Context, f File) ([]byte, error) {
	r, size, err := l.Blobs.Open(ctx, f.Hash)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGone, err)
	}
	defer r.Close()
	if size > mostFile {
		return nil, fmt.Errorf("%w: a file of %d bytes", ErrTooMuch, size)
	}
	return io.ReadAll(io.LimitReader(r, size))
}

// valuesOf are the numbers at the points of a surface.
func (l *Lab) valuesOf(ctx context.Context, a *Artefact) ([]float32, error) {
	f, ok := a.File(Values)
	if !ok {
		return nil, ErrGone
	}
	raw, err := l.bytes(ctx, f)
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out, err
}

// Scan is the scan that a surface or a segmentation was made of. The last one that was asked for is remembered.
func (l *Lab) Scan(ctx context.Context, a *Artefact, told func(done, total int)) (*scan.Scan, error) {
	if a.Kind != Surface && a.Kind != Segmented {
		return nil, ErrGone
	}
	var o struct{ Series string }
	if err := a.Read(&o, nil); err != nil {
		return nil, err
	}
	l.shelf.scan.Lock()
	defer l.shelf.scan.Unlock()
	name := a.Thread.String() + a.Entry.String() + o.Series
	if l.shelf.series == name {
		return l.shelf.last, nil
	}
	l.shelf.series, l.shelf.last = "", nil // one at a time: they are large
	s, err := l.readScan(ctx, a.Thread, a.Entry, o.Series, told)
	if err == nil {
		l.shelf.series, l.shelf.last = name, s
	}
	return s, err
}

// MostVoxels bounds a scan: with what is made of it, a surface takes about nine bytes a voxel.
const MostVoxels = 400 << 20

func (l *Lab) readScan(ctx context.Context, thread ledger.ThreadID, entry ledger.Hash, series string, told func(done, total int)) (*scan.Scan, error) {
	files, voxels, done, err := l.Images(ctx, thread, entry, series)
	if err != nil {
		return nil, err
	}
	defer done()
	if voxels > MostVoxels {
		return nil, fmt.Errorf("%w: the series has %d million voxels, at most %d million are taken", ErrTooMuch, voxels>>20, MostVoxels>>20)
	}
	return scan.Of(ctx, files, func(n int) { told(n, len(files)) })
}
