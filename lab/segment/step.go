package segment

import (
	"context"
	"errors"
	"fmt"

	"consilium/lab/space"
	"consilium/lab/volume"
)

// ErrStep says that a step of editing cannot be made.
var ErrStep = errors.New("segment: an impossible step")

// Step is one change of a segmentation by a person. Exactly one of its fields is given.
type Step struct {
	Brush *Stroke  `json:"brush,omitempty"`
	Grow  *Growth  `json:"grow,omitempty"`
	Walk  *Walk    `json:"walk,omitempty"`
	Part  *Part    `json:"part,omitempty"`
	Fill  *Filling `json:"fill,omitempty"`
}

// Growth adds what hangs together with seed points within a range of values.
type Growth struct {
	Seeds []space.Vec `json:"seeds_mm"`
	Low   float64     `json:"low_HU"`
	High  float64     `json:"high_HU"`
	Alone bool        `json:"alone,omitempty"` // what was there before goes
}

// Walk lets a random walker decide anew what belongs, in the box around painted seeds; outside of it everything stays.
type Walk struct {
	Object     []Stroke `json:"object"`
	Background []Stroke `json:"background"`
	Beta       float64  `json:"beta"`          // how much a change of the value counts
	Margin     int      `json:"margin_voxels"` // of the box
}

// Part keeps of bones that touch in narrow places those that points lie in; without points the largest.
type Part struct {
	Neck     float64     `json:"neck_mm"`      // narrower places are cut
	Smallest float64     `json:"smallest_mm3"` // what is smaller is no bone of its own
	Keep     []space.Vec `json:"keep_mm,omitempty"`
}

// Filling closes gaps that are narrower than so many mm, and fills what is enclosed.
type Filling struct {
	Gap float64 `json:"gap_mm"` // 0: only what is enclosed
}

// Bounds of an edit.
const (
	MostSteps = 2000
	mostSeeds = 200
)

// Kind is the name of the step's field.
func (s *Step) Kind() string {
	switch {
	case s.Brush != nil:
		return "brush"
	case s.Grow != nil:
		return "grow"
	case s.Walk != nil:
		return "walk"
	case s.Part != nil:
		return "part"
	case s.Fill != nil:
		return "fill"
	}
	return ""
}

// Check refuses what cannot be made of any scan.
func (s *Step) Check() error {
	given := 0
	for _, there := range []bool{s.Brush != nil, s.Grow != nil, s.Walk != nil, s.Part != nil, s.Fill != nil} {
		if there {
			given++
		}
	}
	switch {
	case given != 1:
		return fmt.Errorf("%w: %d changes in one step; it has to be one", ErrStep, given)
	case s.Brush != nil:
		return s.Brush.Check()
	case s.Grow != nil:
		return s.Grow.check()
	case s.Walk != nil:
		return s.Walk.check()
	case s.Part != nil:
		return s.Part.check()
	}
	if !(s.Fill.Gap >= 0 && s.Fill.Gap <= 30) {
		return fmt.Errorf("%w: gaps of %g mm; 0 to 30 are taken", ErrStep, s.Fill.Gap)
	}
	return nil
}

func (g *Growth) check() error {
	if len(g.Seeds) == 0 || len(g.Seeds) > mostSeeds || !(g.Low <= g.High) {
		return fmt.Errorf("%w: %d seeds from %g to %g; 1 to %d seeds are taken", ErrStep, len(g.Seeds), g.Low, g.High, mostSeeds)
	}
	return finite(g.Seeds)
}

func (w *Walk) check() error {
	if len(w.Object) == 0 || len(w.Background) == 0 || len(w.Object)+len(w.Background) > mostSeeds {
		return fmt.Errorf("%w: a random walker needs seeds on both sides, of at most %d strokes; there are %d and %d", ErrStep, mostSeeds, len(w.Object), len(w.Background))
	}
	if !(w.Beta > 0 && w.Beta <= 1000) || w.Margin < 0 || w.Margin > 200 {
		return fmt.Errorf("%w: a random walker with beta %g and a margin of %d voxels", ErrStep, w.Beta, w.Margin)
	}
	for _, list := range [][]Stroke{w.Object, w.Background} {
		for i := range list {
			if err := list[i].Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Part) check() error {
	if !(p.Neck > 0 && p.Neck <= 50) || !(p.Smallest >= 0 && p.Smallest <= 1e9) || len(p.Keep) > mostSeeds {
		return fmt.Errorf("%w: places narrower than %g mm between parts of %g mm³, %d points", ErrStep, p.Neck, p.Smallest, len(p.Keep))
	}
	return finite(p.Keep)
}

func finite(points []space.Vec) error {
	for _, p := range points {
		if !p.Finite() {
			return fmt.Errorf("%w: a point at %v", ErrStep, p)
		}
	}
	return nil
}

// Apply makes the steps one after another, and tells before each how many are done. An empty answer is ErrEmpty.
func (e *Editor) Apply(ctx context.Context, v *volume.Volume, steps []Step, told func(done int, kind string)) error {
	for n := range steps {
		told(n, steps[n].Kind())
		if err := e.step(ctx, v, &steps[n]); err != nil {
			return fmt.Errorf("step %d of %d: %w", n+1, len(steps), err)
		}
	}
	if e.mask.Count() == 0 {
		return fmt.Errorf("%w: nothing is left after %d steps", ErrEmpty, len(steps))
	}
	return nil
}

func (e *Editor) step(ctx context.Context, v *volume.Volume, s *Step) error {
	if err := errors.Join(s.Check(), ctx.Err()); err != nil {
		return err
	}
	if s.Brush != nil {
		return e.Brush(ctx, *s.Brush)
	}
	next, err := s.next(ctx, v, e.mask)
	if err == nil {
		e.Replace(next)
	}
	return err
}

// next is the mask after a step that replaces it.
func (s *Step) next(ctx context.Context, v *volume.Volume, m *volume.Mask) (*volume.Mask, error) {
	switch {
	case s.Grow != nil:
		grown, err := Grow(v, s.Grow.Seeds, s.Grow.Low, s.Grow.High)
		if err == nil && !s.Grow.Alone {
			grown.Or(m)
		}
		return grown, err
	case s.Walk != nil:
		return s.Walk.on(ctx, v, m)
	case s.Part != nil:
		return s.Part.of(m)
	}
	closed, err := Close(m, s.Fill.Gap/2)
	if err != nil {
		return nil, err
	}
	return FillHoles(closed), nil
}

// on lets the walker decide in its box.
func (w *Walk) on(ctx context.Context, v *volume.Volume, m *volume.Mask) (*volume.Mask, error) {
	object, background := volume.NewMask(v.Grid), volume.NewMask(v.Grid)
	for _, seeds := range []struct {
		mask    *volume.Mask
		strokes []Stroke
	}{{object, w.Object}, {background, w.Background}} {
		for _, s := range seeds.strokes {
			if err := s.covers(ctx, v.Grid, func(i, j, k int) { seeds.mask.Set(i, j, k, true) }); err != nil {
				return nil, err
			}
		}
	}
	inside, err := RandomWalker(ctx, v, object, background, w.Beta, w.Margin)
	if err != nil {
		return nil, err
	}
	from, size := walked(object, background, w.Margin)
	out := m.Clone()
	for k := from[2]; k < from[2]+size[2]; k++ {
		for j := from[1]; j < from[1]+size[1]; j++ {
			for i := from[0]; i < from[0]+size[0]; i++ {
				out.Set(i, j, k, inside.At(i, j, k))
			}
		}
	}
	return out, nil
}

// of keeps the parts in which the points lie.
func (p *Part) of(m *volume.Mask) (*volume.Mask, error) {
	parts, err := Split(m, p.Neck, p.Smallest)
	if err != nil {
		return nil, err
	}
	if len(p.Keep) == 0 {
		return parts[0], nil
	}
	out := volume.NewMask(m.Grid)
	for _, point := range p.Keep {
		i, j, k := voxelAt(m.Grid, point)
		found := false
		for _, part := range parts {
			if part.At(i, j, k) {
				out.Or(part)
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: the point at %.1f lies in none of %d parts", ErrEmpty, point, len(parts))
		}
	}
	return out, nil
}
