package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"consilium/lab/volume"
)

func main() {
	ct := flag.String("ct", "/usr/share/doc/invesalius-examples/examples/Cranium.inv3", "the CT: Debian's invesalius-examples")
	hu := flag.Float64("hu", 300.5, "threshold")
	sizes := flag.String("size", "both", "small: the CT as it is; big: resampled to 512³; both")
	grow := flag.Bool("growth", true, "also show how time grows with the number of voxels")
	child := flag.String("child", "", "measure our side on the volume saved in this folder, and print it as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *child != "" {
		var v *volume.Volume
		if v, err = saved(*child); err == nil {
			err = ours(*child, v, *hu)
		}
	} else {
		err = compare(ctx, *ct, *hu, *sizes, *grow)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/surface:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, ct string, hu float64, sizes string, grow bool) error {
	fmt.Printf("%s, %s/%s, %d processors; medians, each program in a process of its own\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	for _, size := range []struct {
		name string
		n    int
	}{{"small", 0}, {"big", 512}} {
		if sizes != "both" && sizes != size.name {
			continue
		}
		if err := beside(ctx, ct, size.n, hu); err != nil {
			return err
		}
	}
	if grow {
		return growth(ct, hu)
	}
	return nil
}

// beside measures one size: VTK first, because its smoothed surface is what both thin.
func beside(ctx context.Context, ct string, n int, hu float64) error {
	dir, err := os.MkdirTemp("", "consilium-lab-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	v, err := sized(ct, n)
	if err != nil {
		return err
	}
	if err := save(dir, v); err != nil {
		return err
	}
	args := []string{filepath.Join("bench", "surface", "peer.py"), filepath.Join(dir, "volume.i16")}
	for _, size := range v.Size {
		args = append(args, strconv.Itoa(size))
	}
	for _, mm := range v.Spacing {
		args = append(args, strconv.FormatFloat(mm, 'g', -1, 64))
	}
	args = append(args, strconv.FormatFloat(hu, 'g', -1, 64), dir)
	vtk, err := run(exec.CommandContext(ctx, "/usr/bin/python3", args...))
	if err != nil {
		return fmt.Errorf("VTK (Debian's python3-vtk9 and python3-numpy): %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	own, err := run(exec.CommandContext(ctx, self, "-child", dir, "-hu", strconv.FormatFloat(hu, 'g', -1, 64)))
	if err != nil {
		return err
	}
	print(v, vtk, own)
	return nil
}

func run(cmd *exec.Cmd) (*result, error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	r := &result{}
	return r, json.Unmarshal(out, r)
}

func median(runs [][2]float64, which int) float64 {
	var all []float64
	for _, r := range runs {
		all = append(all, r[which])
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func print(v *volume.Volume, vtk, own *result) {
	fmt.Printf("\n%d × %d × %d: %d points, %d triangles here; %d and %d in VTK\n", v.Size[0], v.Size[1], v.Size[2], own.Counts["points"], own.Counts["triangles"], vtk.Counts["points"], vtk.Counts["triangles"])
	fmt.Println("| step | VTK: elapsed s | CPU s | here: elapsed s | CPU s | elapsed | CPU |\n| --- | --- | --- | --- | --- | --- | --- |")
	for _, step := range []string{"surface", "largest part", "smoothing", "decimation", "binary STL"} {
		a, b, c, d := median(vtk.Times[step], 0), median(vtk.Times[step], 1), median(own.Times[step], 0), median(own.Times[step], 1)
		fmt.Printf("| %s | %.3f | %.3f | %.3f | %.3f | %.1f × | %.1f × |\n", step, a, b, c, d, a/c, b/d)
	}
	for _, name := range []string{"VTK", "ours"} {
		t := own.Thinned[name]
		fmt.Printf("thinned by %s: %d triangles, Euler number changed by %d, %d edges of more than two triangles; distance of the points from it: mean %.4f, 99 %% %.4f, largest %.3f mm\n", name, t.Triangles, t.EulerOff, t.NonManifold, t.Distance.Mean, t.Distance.P99, t.Distance.Max)
	}
	fmt.Printf("memory: VTK %.0f MB, here %.0f MB\n", vtk.Memory, own.Memory)
}
