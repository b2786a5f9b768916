package command

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"consilium/lab/scan"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

type labSurfaceCmd struct {
	In        string  `required:"" placeholder:"DIR|FILE" help:"The scan: a folder of DICOM images, NIfTI (.nii, .nii.gz) or InVesalius (.inv3)."`
	Series    string  `placeholder:"UID" help:"Which series, if the folder holds several."`
	Threshold float64 `required:"" placeholder:"HU" help:"What is at or above it is inside. Choose one between two whole numbers: 300.5."`
	Largest   bool    `help:"Keep the largest part only."`
	Closed    bool    `help:"Close the surface where it leaves the scan, so that it can be printed."`
	Smooth    int     `placeholder:"N" help:"Degree of the smoothing filter: 20 is usual, 0 leaves the steps of voxels."`
	PassBand  float64 `default:"0.1" placeholder:"P" help:"What the smoothing keeps: less smooths more (0 to 2)."`
	Reduce    float64 `placeholder:"F" help:"Part of the triangles to take away, 0.9 for nine of ten."`
	Out       string  `placeholder:"FILE" help:"Where the surface goes: .stl, .ply, .3mf or .glb."`
	Title     string  `placeholder:"TEXT" help:"What the file is called inside: a case's ID, never a name."`
	JSON      bool    `name:"json" help:"Say the result as JSON."`
}

// surfaceResult is what the command says. Its first fields are fixed: programs read them.
type surfaceResult struct {
	Triangles  int              `json:"triangles"`
	AreaMM2    float64          `json:"area_mm2"`
	VolumeMM3  float64          `json:"volume_mm3"`
	Euler      int              `json:"euler"`
	Watertight bool             `json:"watertight"`
	Seconds    float64          `json:"seconds"` // from the scan in memory to the surface in memory
	Topology   surface.Topology `json:"topology"`
	Shape      surface.Shape    `json:"shape"`
	Scan       volume.Report    `json:"scan"`
	File       string           `json:"file,omitempty"`
}

// Run makes the surface, measures it and writes it.
func (c *labSurfaceCmd) Run(ctx context.Context) error {
	if c.Reduce < 0 || c.Reduce >= 1 {
		return fmt.Errorf("--reduce %g: take 0 (nothing) up to, not including, 1 (everything)", c.Reduce)
	}
	s, err := scan.Open(ctx, c.In, scan.Options{Series: c.Series})
	if err != nil {
		return err
	}
	start := time.Now()
	m, err := c.make(s.Volume)
	if err != nil {
		return err
	}
	r := surfaceResult{Seconds: time.Since(start).Seconds(), Topology: m.Inspect(), Shape: m.Measure(), Scan: s.Report, File: c.Out}
	r.Triangles, r.AreaMM2, r.VolumeMM3, r.Euler, r.Watertight = r.Topology.Triangles, r.Shape.Area, r.Shape.Volume, r.Topology.Euler, r.Topology.Watertight
	if c.Out != "" {
		if err := m.WriteFile(c.Out, c.Title); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	r.print()
	return nil
}

func (c *labSurfaceCmd) make(v *volume.Volume) (*surface.Mesh, error) {
	extract := surface.Extract
	if c.Closed {
		extract = surface.ExtractClosed
	}
	m, err := extract(v, c.Threshold)
	if err != nil {
		return nil, err
	}
	if c.Largest {
		m = m.Largest()
	}
	if c.Smooth > 0 {
		if m, err = m.Smooth(surface.Smoothing{Iterations: c.Smooth, PassBand: c.PassBand}); err != nil {
			return nil, err
		}
	}
	if c.Reduce > 0 {
		keep := max(1, int(float64(len(m.Triangles))*(1-c.Reduce)+0.5))
		return m.Decimate(surface.Decimation{Triangles: keep})
	}
	return m, nil
}

func (r *surfaceResult) print() {
	for _, line := range scanNotes(r.Scan) {
		fmt.Println("scan:", line)
	}
	fmt.Printf("%d triangles, %d parts, Euler number %d, area %.1f mm², volume %.1f mm³, %.2f s\n", r.Triangles, r.Shape.Components, r.Euler, r.AreaMM2, r.VolumeMM3, r.Seconds)
	if !r.Watertight {
		fmt.Printf("not closed: %d open edges, %d edges of more than two triangles (--closed closes it where it leaves the scan)\n", r.Topology.Boundary, r.Topology.NonManifold)
	}
	if r.File != "" {
		fmt.Println("written:", r.File)
	}
}

// scanNotes are what a person has to know of how a volume was made.
func scanNotes(r volume.Report) []string {
	var out []string
	for _, m := range r.Missing {
		out = append(out, fmt.Sprintf("%d slice(s) missing after %s (a gap of %.2f mm): filled in by interpolation", m.Count, m.After, m.Gap))
	}
	if len(r.Duplicates) > 0 {
		out = append(out, fmt.Sprintf("left out, the same picture at the same place: %s", strings.Join(r.Duplicates, ", ")))
	}
	if r.Uneven > 0 {
		out = append(out, fmt.Sprintf("distances of slices differ by up to %.2f mm: evened out by interpolation", r.Uneven))
	}
	if r.Tilt != 0 {
		out = append(out, fmt.Sprintf("gantry tilt of %.1f degrees: undone by interpolation", r.Tilt))
	}
	return out
}
