package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"consilium/lab/surface"
	"consilium/lab/volume"
)

// result is what a program says of one size: for every step its runs, wall and processor seconds each.
type result struct {
	Times  map[string][][2]float64 `json:"times"`
	Counts map[string]int          `json:"counts"`
	Memory float64                 `json:"memory_mb"`
	// of our process only: VTK's smoothed surface thinned by both, and how far each lies from it
	Thinned map[string]thinned `json:"thinned,omitempty"`
}

type thinned struct {
	Triangles   int              `json:"triangles"`
	NonManifold int              `json:"nonmanifold"`
	EulerOff    int              `json:"euler_off"`
	Distance    surface.Distance `json:"distance"`
}

func (r *result) timed(name string, times int, do func() error) error {
	for range times {
		start, before := time.Now(), processorTime()
		if err := do(); err != nil {
			return err
		}
		r.Times[name] = append(r.Times[name], [2]float64{time.Since(start).Seconds(), (processorTime() - before).Seconds()})
	}
	return nil
}

// ours runs the steps on a volume and prints the result.
func ours(dir string, v *volume.Volume, hu float64) error {
	r := result{Times: map[string][][2]float64{}, Thinned: map[string]thinned{}}
	var m, part, thin *surface.Mesh
	err := errors.Join(
		r.timed("surface", 5, func() (err error) { m, err = surface.Extract(v, hu); return err }),
		r.timed("largest part", 3, func() error { part = m.Largest(); return nil }),
	)
	if err != nil {
		return err
	}
	r.Counts = map[string]int{"points": len(m.Points), "triangles": len(m.Triangles)}
	rough := part
	err = r.timed("smoothing", 3, func() (err error) {
		part, err = rough.Smooth(surface.Smoothing{Iterations: 20, PassBand: 0.1})
		return err
	})
	if err != nil {
		return err
	}
	if err := r.timed("binary STL", 3, func() error { return m.WriteFile(filepath.Join(dir, "ours.stl"), "bench") }); err != nil {
		return err
	}
	// Decimation is compared on one and the same surface: VTK's smoothed one.
	theirs, err := load(filepath.Join(dir, "smoothed"))
	if err != nil {
		return err
	}
	err = r.timed("decimation", 3, func() (err error) {
		thin, err = theirs.Decimate(surface.Decimation{Triangles: len(theirs.Triangles) / 10})
		return err
	})
	if err != nil {
		return err
	}
	vtk, err := load(filepath.Join(dir, "thin"))
	if err != nil {
		return err
	}
	euler := theirs.Inspect().Euler
	for name, t := range map[string]*surface.Mesh{"ours": thin, "VTK": vtk} {
		top := t.Inspect()
		r.Thinned[name] = thinned{len(t.Triangles), top.NonManifold, top.Euler - euler, surface.Distances(theirs, surface.NewTree(t), 10)}
	}
	r.Memory = peakMemory()
	return json.NewEncoder(os.Stdout).Encode(r)
}

// load reads the points and triangles that peer.py saved.
func load(name string) (*surface.Mesh, error) {
	var n [2]int32
	if err := read(name+".n", &n); err != nil {
		return nil, err
	}
	m := &surface.Mesh{Points: make([][3]float32, n[0]), Triangles: make([][3]int32, n[1])}
	return m, errors.Join(read(name+".p", m.Points), read(name+".t", m.Triangles))
}

func read(name string, into any) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return binary.Read(f, binary.LittleEndian, into)
}

// sized is the CT, resampled to a cube of n³ if n is not zero.
func sized(file string, n int) (*volume.Volume, error) {
	v, err := volume.ReadInVesalius(file)
	if err != nil || n == 0 {
		return v, err
	}
	g := v.Grid
	for axis := range 3 {
		g.Spacing[axis] *= float64(g.Size[axis]-1) / float64(n-1)
		g.Size[axis] = n
	}
	return v.Resample(g, 0)
}

// save writes a volume's samples for both programs, and its grid for ours.
func save(dir string, v *volume.Volume) error {
	raw, err := os.Create(filepath.Join(dir, "volume.i16"))
	if err != nil {
		return err
	}
	if err := errors.Join(binary.Write(raw, binary.LittleEndian, v.Int16), raw.Close()); err != nil {
		return err
	}
	grid, err := json.Marshal(v.Grid)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "grid.json"), grid, 0o600)
}

// saved reads it back.
func saved(dir string) (*volume.Volume, error) {
	f, err := os.Open(filepath.Join(dir, "grid.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	var g volume.Grid
	if err := json.Unmarshal(raw, &g); err != nil {
		return nil, err
	}
	v, err := volume.New(g)
	if err != nil {
		return nil, err
	}
	return v, read(filepath.Join(dir, "volume.i16"), v.Int16)
}

// growth prints how the time of a surface grows with the number of voxels.
func growth(file string, hu float64) error {
	fmt.Println("\nvoxels | surface: processor s | ns a voxel | smoothing: ns a point | decimation: ns a triangle")
	for _, n := range []int{128, 192, 256, 384, 512} {
		v, err := sized(file, n)
		if err != nil {
			return err
		}
		r := result{Times: map[string][][2]float64{}}
		var m *surface.Mesh
		err = errors.Join(
			r.timed("surface", 3, func() (err error) { m, err = surface.Extract(v, hu); return err }),
			r.timed("smoothing", 1, func() error { _, err := m.Smooth(surface.Smoothing{Iterations: 20, PassBand: 0.1}); return err }),
			r.timed("decimation", 1, func() error {
				_, err := m.Decimate(surface.Decimation{Triangles: len(m.Triangles) / 10})
				return err
			}),
		)
		if err != nil {
			return err
		}
		s := median(r.Times["surface"], 1)
		fmt.Printf("%d³ | %.4f | %.2f | %.0f | %.0f\n", n, s, s*1e9/float64(v.Voxels()), r.Times["smoothing"][0][1]*1e9/float64(len(m.Points)), r.Times["decimation"][0][1]*1e9/float64(len(m.Triangles)))
	}
	return nil
}
