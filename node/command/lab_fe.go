package command

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"consilium/lab/scan"
	"consilium/lab/strength"
)

type labFECmd struct {
	Spec   string `arg:"" name:"SPEC.json" help:"The analysis: scan or block, supports, loads, criterion (docs/lab.md). A scan is looked for beside it."`
	Out    string `placeholder:"RESULT.json" help:"Where the result goes; without it to the standard output."`
	Refine int    `placeholder:"N" help:"Mesh refinement study: every voxel divided into 1, 2³ … N³ elements."`
	Stress string `placeholder:"FILE.f32" help:"Also write the von Mises stress of every lattice cell (MPa, raw little-endian float32, x fastest, not a number where empty)."`
	Quiet  bool   `help:"Say nothing while it runs."`
}

// Run computes the analysis. That the equations did not converge is in the result, and the command fails then, so that no script takes such figures for good.
func (c *labFECmd) Run(ctx context.Context) error {
	spec, volume, err := c.read(ctx)
	if err != nil {
		return err
	}
	if c.Refine > 1 {
		return c.study(ctx, spec, volume)
	}
	a, err := spec.Run(ctx, volume, 1, func(iteration int, residual float64) { c.say(1, iteration, residual) })
	if err != nil {
		return err
	}
	if err := c.write(a.Report); err != nil {
		return err
	}
	if c.Stress != "" {
		if err := writeStress(c.Stress, a); err != nil {
			return err
		}
	}
	if !c.Quiet {
		printStrength(os.Stderr, &a.Report)
	}
	if !a.Converged {
		return ErrSaid
	}
	return nil
}

func (c *labFECmd) study(ctx context.Context, spec *strength.Spec, volume *strength.Volume) error {
	study, err := spec.Refine(ctx, volume, c.Refine, c.say)
	if err != nil {
		return err
	}
	if err := c.write(study); err != nil {
		return err
	}
	converged := true
	for i := range study.Meshes {
		converged = converged && study.Meshes[i].Converged
		if !c.Quiet {
			printStrength(os.Stderr, &study.Meshes[i])
		}
	}
	if !c.Quiet {
		fmt.Fprintf(os.Stderr, "from the last mesh but one to the last: strain energy %.2g %%, displacement %.2g %%, 99th percentile of von Mises %.2g %%\n",
			100*study.EnergyChange, 100*study.DisplacementChange, 100*study.VonMisesChange)
	}
	if !converged {
		return ErrSaid
	}
	return nil
}

// say shows the residual, ten times on the way to 1e-9.
func (c *labFECmd) say(level, iteration int, residual float64) {
	if !c.Quiet && iteration%10 == 0 {
		fmt.Fprintf(os.Stderr, "%s refinement %d, iteration %d: residual %.1e\n", time.Now().Format(time.TimeOnly), level, iteration, residual)
	}
}

func (c *labFECmd) write(result any) error {
	text, err := json.MarshalIndent(result, "", " ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if c.Out == "" {
		_, err := os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(c.Out, text, 0o600)
}

func printStrength(w io.Writer, r *strength.Report) {
	word := "converged"
	if !r.Converged {
		word = "DID NOT CONVERGE: " + r.Reason
	}
	fmt.Fprintf(w, "%d elements of %.3g × %.3g × %.3g mm, %d unknowns: %s, %d iterations, residual %.1e, %.1f s\n",
		r.Cells, r.CellSize[0], r.CellSize[1], r.CellSize[2], r.Unknowns, word, r.Iterations, r.Residual, r.Seconds)
	fmt.Fprintf(w, "  greatest displacement %.4g mm, strain energy %.4g N·mm, von Mises 99th percentile %.4g MPa\n", r.Displacement.Value, r.Energy, r.VonMises.P99)
	if r.Risk != nil {
		fmt.Fprintf(w, "  factor of risk %.3g (%s)\n", r.Risk.Factor, r.Risk.Criterion)
	}
	for _, i := range r.Implants {
		fmt.Fprintf(w, "  %s: factor of risk %.3g (%s)\n", i.Name, i.Factor, i.Criterion)
	}
	for _, warning := range r.Warnings.English() {
		fmt.Fprintf(w, "  note: %s\n", warning)
	}
}

// read is the specification and its scan.
func (c *labFECmd) read(ctx context.Context) (*strength.Spec, *strength.Volume, error) {
	f, err := os.Open(c.Spec)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	spec, err := strength.ReadSpec(f)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.Spec, err)
	}
	if spec.CT == nil {
		return spec, nil, nil
	}
	file := spec.CT.File
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(c.Spec), file)
	}
	volume, err := readScan(ctx, file, spec.CT)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	return spec, volume, nil
}

// readScan reads a scan and takes the specification's block out of it.
func readScan(ctx context.Context, file string, ct *strength.CT) (*strength.Volume, error) {
	read := readRaw
	if ending := strings.ToLower(filepath.Ext(file)); ending != ".i16" && ending != ".raw" && ending != ".dat" {
		read = func(file string, _ *strength.CT) (*strength.Volume, error) { return openScan(ctx, file) }
	}
	v, err := read(file, ct)
	if err != nil || len(ct.Block) == 0 {
		return v, err
	}
	return cut(v, [6]int(ct.Block))
}

// openScan reads DICOM, NIfTI or InVesalius. The model's axes are the scan's own, from the corner of its first voxel.
func openScan(ctx context.Context, file string) (*strength.Volume, error) {
	s, err := scan.Open(ctx, file, scan.Options{})
	if err != nil {
		return nil, err
	}
	v := &strength.Volume{Voxels: s.Volume.Size, Spacing: s.Volume.Spacing, HU: s.Volume.Float32}
	if v.HU == nil {
		v.HU = make([]float32, len(s.Volume.Int16))
		for i, hu := range s.Volume.Int16 {
			v.HU[i] = float32(hu)
		}
	}
	return v, nil
}

// readRaw reads little-endian int16, compared with the size of the file before anything is allocated.
func readRaw(file string, ct *strength.CT) (*strength.Volume, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	s := ct.Shape
	if s[0] < 1 || s[1] < 1 || s[2] < 1 || float64(s[0])*float64(s[1])*float64(s[2])*2 != float64(info.Size()) {
		return nil, fmt.Errorf("shape_zyx %v of int16 does not make the file's %d bytes", s, info.Size())
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	v := &strength.Volume{Voxels: [3]int{s[2], s[1], s[0]}, Spacing: ct.Spacing, HU: make([]float32, len(raw)/2)}
	for i := range v.HU {
		v.HU[i] = float32(int16(binary.LittleEndian.Uint16(raw[2*i:])))
	}
	return v, nil
}

// cut takes a block of voxels: first z, y, x and number of z, y, x.
func cut(v *strength.Volume, block [6]int) (*strength.Volume, error) {
	z, y, x, nz, ny, nx := block[0], block[1], block[2], block[3], block[4], block[5]
	inside := func(first, n, size int) bool { return first >= 0 && n > 0 && first < size && n <= size-first }
	if !inside(z, nz, v.Voxels[2]) || !inside(y, ny, v.Voxels[1]) || !inside(x, nx, v.Voxels[0]) {
		return nil, fmt.Errorf("block_zyx %v reaches out of the scan's %d × %d × %d voxels (x, y, z)", block, v.Voxels[0], v.Voxels[1], v.Voxels[2])
	}
	out := &strength.Volume{Voxels: [3]int{nx, ny, nz}, Spacing: v.Spacing}
	for k := z; k < z+nz; k++ {
		for j := y; j < y+ny; j++ {
			row := v.Voxels[0]*(j+v.Voxels[1]*k) + x
			out.HU = append(out.HU, v.HU[row:row+nx]...)
		}
	}
	return out, nil
}

// writeStress writes the field for the whole lattice.
func writeStress(file string, a *strength.Analysis) error {
	out := make([]byte, 0, 4*len(a.Built.Modulus))
	next := 0
	for _, e := range a.Built.Modulus {
		v := float32(math.NaN())
		if e > 0 {
			v = a.Fields.VonMises[next]
			next++
		}
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return os.WriteFile(file, out, 0o600)
}
