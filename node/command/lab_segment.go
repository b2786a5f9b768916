package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"consilium/lab/derived"
	"consilium/lab/scan"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

type labSegmentCmd struct {
	In      string   `required:"" placeholder:"DIR|FILE" help:"The scan: a folder of DICOM images, NIfTI or InVesalius."`
	Series  string   `placeholder:"UID" help:"Which series, if the folder holds several."`
	Import  string   `placeholder:"FILE" help:"Take a DICOM segmentation of another program instead of a range: it is laid onto the scan by frame of reference and place."`
	Segment []int    `placeholder:"N" help:"Number of a segment to take from it; may be given several times. Without it all."`
	Preset  string   `placeholder:"NAME" help:"Range of HU to begin with: bone, compact-bone, soft, air, vessel."`
	Low     *float64 `placeholder:"HU" help:"Or the range itself."`
	High    *float64 `placeholder:"HU"`
	Seed    []string `placeholder:"X,Y,Z" sep:"none" help:"Keep only what hangs together with this point (LPS mm). May be given several times."`
	Open    float64  `placeholder:"MM" help:"Take away what is thinner than twice this."`
	Close   float64  `placeholder:"MM" help:"Fill what is narrower than twice this."`
	Fill    bool     `help:"Fill what is enclosed."`
	Largest bool     `help:"Keep the largest part only."`
	Split   float64  `placeholder:"MM" help:"Cut parts that touch in places narrower than this; each becomes a segment."`
	Least   float64  `default:"500" placeholder:"MM3" help:"Parts smaller than this are none when splitting."`
	Out     string   `placeholder:"FILE" help:"Where it goes: .nii (labels 1, 2, …), .dcm (DICOM segmentation), or .stl, .ply, .3mf, .glb (closed surface)."`
	Title   string   `default:"segmentation" placeholder:"TEXT" help:"What it is called inside the file: a case's ID, never a name."`
	JSON    bool     `name:"json" help:"Say the result as JSON."`
}

type segmentResult struct {
	Seconds float64       `json:"seconds"`
	Low     float64       `json:"low_hu"`
	High    float64       `json:"high_hu"`
	Parts   []partResult  `json:"segments"`
	Scan    volume.Report `json:"scan"`
	Import  *importResult `json:"import,omitempty"`
	File    string        `json:"file,omitempty"`
}

type partResult struct {
	Voxels int          `json:"voxels"`
	Label  string       `json:"label,omitempty"`
	HU     volume.Stats `json:"hu"`
}

// Run makes the segments in the order of the flags: range, seeds, open, close, fill, largest, split.
func (c *labSegmentCmd) Run(ctx context.Context, in Program) error {
	s, err := scan.Open(ctx, c.In, scan.Options{Series: c.Series})
	if err != nil {
		return err
	}
	start := time.Now()
	r := segmentResult{Scan: s.Report, File: c.Out}
	segments, err := c.segments(ctx, s, &r)
	if err != nil {
		return err
	}
	r.Seconds = time.Since(start).Seconds()
	for _, g := range segments {
		r.Parts = append(r.Parts, partResult{g.Mask.Count(), g.Label, s.Volume.Stats(g.Mask)})
	}
	if c.Out != "" {
		if err := c.write(in, s, segments); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	r.say()
	if c.Out != "" {
		fmt.Println("written:", c.Out)
	}
	return nil
}

// segments are those of a file, or made of a range.
func (c *labSegmentCmd) segments(ctx context.Context, s *scan.Scan, r *segmentResult) (list []derived.Segment, err error) {
	if c.Import != "" {
		list, r.Import, err = c.read(ctx, s)
		return list, err
	}
	if r.Low, r.High, err = c.bounds(); err != nil {
		return nil, err
	}
	masks, err := c.make(s.Volume, r.Low, r.High)
	for n, m := range masks {
		list = append(list, derived.Segment{Label: fmt.Sprintf("%s %d", c.Title, n+1), Algorithm: "SEMIAUTOMATIC", Mask: m})
	}
	return list, err
}

// say tells a person what was found.
func (r *segmentResult) say() {
	for _, line := range scanNotes(r.Scan) {
		fmt.Println("scan:", line)
	}
	if r.Import != nil {
		r.Import.say()
	}
	for n, p := range r.Parts {
		fmt.Printf("segment %d (%s): %d voxels, %.1f mm³, %.0f HU (median; 5 %% to 95 %%: %.0f to %.0f)\n", n+1, p.Label, p.Voxels, p.HU.VolumeMM3, p.HU.Median, p.HU.P05, p.HU.P95)
	}
}

// bounds is the range of HU: the preset's, with what was given in its place.
func (c *labSegmentCmd) bounds() (low, high float64, err error) {
	name := c.Preset
	if name == "" {
		name = "bone"
	}
	p, err := segment.PresetNamed(name)
	if err != nil {
		return 0, 0, err
	}
	if c.Low != nil {
		p.Low = *c.Low
	}
	if c.High != nil {
		p.High = *c.High
	}
	if c.Preset == "" && c.Low == nil {
		return 0, 0, errors.New("say which HU: --preset NAME, or --low and --high")
	}
	return p.Low, p.High, nil
}

func (c *labSegmentCmd) make(v *volume.Volume, low, high float64) ([]*volume.Mask, error) {
	m, err := segment.Threshold(v, low, high)
	if len(c.Seed) > 0 {
		var seeds []space.Vec
		if seeds, err = points(c.Seed); err != nil {
			return nil, err
		}
		m, err = segment.Grow(v, seeds, low, high)
	}
	if err != nil {
		return nil, err
	}
	if m, err = c.shape(m); err != nil {
		return nil, err
	}
	if c.Split > 0 {
		return segment.Split(m, c.Split, c.Least)
	}
	return []*volume.Mask{m}, nil
}

// shape opens, closes, fills, and keeps the largest, as the flags say.
func (c *labSegmentCmd) shape(m *volume.Mask) (_ *volume.Mask, err error) {
	if c.Open > 0 {
		if m, err = segment.Open(m, c.Open); err != nil {
			return nil, err
		}
	}
	if c.Close > 0 {
		if m, err = segment.Close(m, c.Close); err != nil {
			return nil, err
		}
	}
	if c.Fill {
		m = segment.FillHoles(m)
	}
	if c.Largest {
		m = segment.Largest(m)
	}
	if m.Count() == 0 {
		return nil, fmt.Errorf("%w: nothing is left after --open %g", segment.ErrEmpty, c.Open)
	}
	return m, nil
}

// points reads points written as x,y,z.
func points(texts []string) ([]space.Vec, error) {
	var out []space.Vec
	for _, text := range texts {
		var p space.Vec
		words := strings.Split(text, ",")
		if len(words) != 3 {
			return nil, fmt.Errorf("%q is no point: write x,y,z in millimeters", text)
		}
		for i, word := range words {
			f, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
			if err != nil {
				return nil, fmt.Errorf("%q is no point: write x,y,z in millimeters", text)
			}
			p[i] = f
		}
		out = append(out, p)
	}
	return out, nil
}

func (c *labSegmentCmd) write(in Program, s *scan.Scan, segments []derived.Segment) error {
	switch ending := strings.ToLower(filepath.Ext(c.Out)); ending {
	case ".nii":
		v, err := labels(segments)
		if err != nil {
			return err
		}
		return writeOut(c.Out, v.WriteNIfTI)
	case ".dcm":
		return writeOut(c.Out, func(f io.Writer) error {
			return derived.WriteSegmentation(f, s.Origin, segments, derived.Made{Title: c.Title, Software: in.Version, Time: time.Now()})
		})
	default:
		all := segments[0].Mask.Clone()
		for _, g := range segments[1:] {
			all.Or(g.Mask)
		}
		v, err := all.Volume()
		if err != nil {
			return err
		}
		m, err := surface.ExtractClosed(v, 0.5)
		if err != nil {
			return err
		}
		return m.WriteFile(c.Out, c.Title)
	}
}

// labels is a volume of the segments' numbers, from 1 on.
func labels(segments []derived.Segment) (*volume.Volume, error) {
	v, err := volume.New(segments[0].Mask.Grid)
	if err != nil {
		return nil, err
	}
	for n, g := range segments {
		g.Mask.Each(func(i, j, k int) bool { v.Int16[v.Offset(i, j, k)] = int16(n + 1); return true })
	}
	return v, nil
}
