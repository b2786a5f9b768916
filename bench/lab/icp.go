package main

import (
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"consilium/lab/align"
	"consilium/lab/space"
)

//go:embed peer_icp.py
var peerICP []byte

// icpCase is a case as the peer's script prints it.
type icpCase struct {
	Points     int        `json:"points"`
	Degrees    float64    `json:"degrees"`
	MM         float64    `json:"mm"`
	Noise      float64    `json:"noise_mm"`
	Seconds    float64    `json:"seconds"`
	Processor  float64    `json:"processor"`
	Iterations int        `json:"iterations"`
	Error      [2]float64 `json:"error_mm"`
	Turn       space.Mat  `json:"turn"`
	Shift      space.Vec  `json:"shift"`
}

// ownICP is our answer to a case.
type ownICP struct {
	seconds    float64
	processor  float64 // of both cores
	iterations int
	mean, max  float64
}

func compareICP(ctx context.Context, s settings) error {
	script := filepath.Join(s.dir, "peer_icp.py")
	if err := os.WriteFile(script, peerICP, 0o600); err != nil {
		return err
	}
	var cases []icpCase
	var peer, own, peerCPU, ownCPU [][]float64
	var last []ownICP
	for range s.runs {
		_, out, err := measured(ctx, s.dir, "/usr/bin/python3", script, cranium, s.dir)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(out, &cases); err != nil {
			return err
		}
		if last, err = fitAll(ctx, s.dir, cases); err != nil {
			return err
		}
		if peer == nil {
			peer, own, peerCPU, ownCPU = make([][]float64, len(cases)), make([][]float64, len(cases)), make([][]float64, len(cases)), make([][]float64, len(cases))
		}
		for i := range cases {
			peer[i], own[i] = append(peer[i], cases[i].Seconds), append(own[i], last[i].seconds)
			peerCPU[i], ownCPU[i] = append(peerCPU[i], cases[i].Processor), append(ownCPU[i], last[i].processor)
		}
	}
	fmt.Printf("\n| points to the skull's surface (523,000 triangles) | VTK s (processor), iterations | error mean / max mm | ours s (processor), iterations | error mean / max mm | times faster (by processor time) |\n|---|---|---|---|---|---|\n")
	for i, c := range cases {
		p, o, pc, oc := median(peer[i]), median(own[i]), median(peerCPU[i]), median(ownCPU[i])
		fmt.Printf("| %d points, %g°, %g mm off, noise %g mm | %.3f (%.3f), %d | %.3f / %.3f | %.3f (%.3f), %d | %.3f / %.3f | %.1f (%.1f) |\n", c.Points, c.Degrees, c.MM, c.Noise,
			p, pc, c.Iterations, c.Error[0], c.Error[1], o, oc, last[i].iterations, last[i].mean, last[i].max, p/o, pc/oc)
	}
	return nil
}

// fitAll answers every case; the clock runs over preparing the surface and the fit, as VTK's does over its locator.
func fitAll(ctx context.Context, dir string, cases []icpCase) ([]ownICP, error) {
	var points [][3]float32
	var triangles [][3]int32
	var targets [][3]float64
	if err := readAll(filepath.Join(dir, "points.f32"), &points, 12); err != nil {
		return nil, err
	}
	if err := readAll(filepath.Join(dir, "triangles.i32"), &triangles, 12); err != nil {
		return nil, err
	}
	if err := readAll(filepath.Join(dir, "targets.f64"), &targets, 24); err != nil {
		return nil, err
	}
	var out []ownICP
	for i, c := range cases {
		var raw [][3]float64
		if err := readAll(filepath.Join(dir, fmt.Sprintf("case-%d.f64", i)), &raw, 24); err != nil {
			return nil, err
		}
		source := make([]space.Vec, len(raw))
		for j, p := range raw {
			source[j] = p
		}
		start, before := time.Now(), processorSeconds()
		surface, err := align.NewSurface(points, triangles)
		if err != nil {
			return nil, err
		}
		fit, err := surface.Fit(ctx, source, space.Still, align.SurfaceSettings{})
		if err != nil {
			return nil, err
		}
		o := ownICP{seconds: time.Since(start).Seconds(), processor: processorSeconds() - before, iterations: fit.Iterations}
		truth := space.Pose{Turn: c.Turn, Shift: c.Shift}
		for _, target := range targets {
			moved := truth.Inverse().Apply(target)
			off := fit.Apply(moved).Sub(space.Vec(target)).Norm()
			o.mean += off / float64(len(targets))
			o.max = math.Max(o.max, off)
		}
		out = append(out, o)
	}
	return out, nil
}

// readAll reads little-endian triples of size bytes each.
func readAll[T any](file string, into *[]T, size int64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	*into = make([]T, info.Size()/size)
	return binary.Read(f, binary.LittleEndian, *into)
}
