package command

import (
	"context"
	"fmt"

	"consilium/lab/derived"
	"consilium/lab/scan"
	"consilium/lab/segment"
	"consilium/lab/space"
)

// importResult is what the result says of a file of another program.
type importResult struct {
	Program string    `json:"program"`
	Type    string    `json:"type"`
	Exact   bool      `json:"exact"` // its voxels are the scan's; else each voxel of the scan took what lay nearest
	Spacing space.Vec `json:"spacing_mm"`
	ByPlace bool      `json:"by_place"` // the scan names no frame of reference: only the place says that the two belong together
}

// read lays another program's segmentation onto the scan; the flags for shapes count for each segment of it.
func (c *labSegmentCmd) read(ctx context.Context, s *scan.Scan) ([]derived.Segment, *importResult, error) {
	on := derived.Onto{Grid: s.Volume.Grid, Numbers: c.Segment}
	own := s.Origin.FrameOfReference()
	if own != "" {
		on.Frame = func(uid string) bool { return uid == own }
	}
	r, err := derived.ReadSegmentation(ctx, c.Import, on)
	if err != nil {
		return nil, nil, err
	}
	for n := range r.Segments {
		m, err := c.shape(r.Segments[n].Mask)
		if err != nil {
			return nil, nil, fmt.Errorf("segment %d: %w", r.Segments[n].Number, err)
		}
		r.Segments[n].Mask = m
	}
	if c.Split > 0 {
		if len(r.Segments) != 1 {
			return nil, nil, fmt.Errorf("%w: --split takes one segment; choose it with --segment", derived.ErrChoice)
		}
		parts, err := segment.Split(r.Segments[0].Mask, c.Split, c.Least)
		if err != nil {
			return nil, nil, err
		}
		whole := r.Segments[0]
		r.Segments = nil
		for n, m := range parts {
			r.Segments = append(r.Segments, derived.Segment{Label: fmt.Sprintf("%s %d", whole.Label, n+1), Algorithm: "SEMIAUTOMATIC", Mask: m})
		}
	}
	return r.Segments, &importResult{r.Program, r.Type, r.Exact, r.Spacing, own == ""}, nil
}

// say tells a person how the file lies on the scan.
func (i *importResult) say() {
	fmt.Printf("import: made by %s, %s\n", i.Program, i.Type)
	if !i.Exact {
		fmt.Printf("import: its voxels (%.3g × %.3g × %.3g mm) are not the scan's; each voxel of the scan took what lay nearest\n", i.Spacing[0], i.Spacing[1], i.Spacing[2])
	}
	if i.ByPlace {
		fmt.Println("import: the scan names no frame of reference, so that only the place says that the two belong together")
	}
}
