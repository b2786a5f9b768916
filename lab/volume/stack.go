package volume

import (
	"fmt"
	"math"
	"slices"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// stack is slices in order, with what their places say.
type stack struct {
	images []Slice
	axes   space.Mat // columns: row, column, normal
	depth  []float64 // of each slice along the normal, from the first, mm
	step   float64   // the distance of slices in the volume, mm
	even   bool      // slices lie at multiples of step
	shift  [][2]float64
	tilted bool
}

func newStack(images []Slice) *stack {
	first := images[0]
	normal := first.normal()
	row := first.Row.Unit()
	st := &stack{images: images, axes: space.Columns(row, normal.Cross(row), normal)}
	for i := range images {
		d := st.axes.Transpose().Apply(images[i].Position.Sub(first.Position))
		st.depth = append(st.depth, d[2])
		st.shift = append(st.shift, [2]float64{d[0] / first.Spacing[1], d[1] / first.Spacing[0]}) // voxels along row and column
	}
	return st
}

// judge decides on the distance of slices and says what is odd about the stack.
func (st *stack) judge(report *Report) error {
	gaps := make([]float64, len(st.depth)-1)
	for i := range gaps {
		gaps[i] = st.depth[i+1] - st.depth[i]
	}
	sorted := slices.Sorted(slices.Values(gaps))
	usual := sorted[len(sorted)/2]
	st.step = usual
	alone, err := st.findGaps(gaps, usual, report)
	if err != nil {
		return err
	}
	worst := max(usual-sorted[0], sorted[len(sorted)-1]-usual)
	if alone {
		worst = max(usual-sorted[0], maxUnexplained(gaps, usual))
	}
	if worst > 0.01*usual+samePlace {
		report.Uneven, st.step = worst, max(sorted[0], usual/4) // a single narrow distance does not make the volume large
	} else { // the mean of all distances carries less rounding than any of them
		steps := math.Round(st.depth[len(st.depth)-1] / usual)
		st.step = st.depth[len(st.depth)-1] / steps
	}
	st.even = report.Uneven == 0
	st.judgeTilt(report)
	report.Anisotropy = st.step / min(st.images[0].Spacing[0], st.images[0].Spacing[1])
	return nil
}

// findGaps finds distances that are a whole multiple of the usual one. They are gaps where they stand alone; where two follow each other, or a tenth of all distances is so
// long, the scanner was told to (a head is often scanned more coarsely above its base), and the stack is uneven instead.
func (st *stack) findGaps(gaps []float64, usual float64, report *Report) (alone bool, err error) {
	var found []Missing
	last := -2
	for i, gap := range gaps {
		times := math.Round(gap / usual)
		if times < 2 {
			continue
		}
		if i == last+1 {
			return false, nil
		}
		last = i
		found = append(found, Missing{After: st.images[i].Name, Count: int(min(times, 1e6)) - 1, Gap: gap})
	}
	if len(gaps) < 3 || 10*len(found) > len(gaps)+10 { // of two distances none is the usual one
		return false, nil
	}
	for _, m := range found {
		if m.Count > maxFilled {
			return false, fmt.Errorf("%w: %d after %s, %.1f mm where %.2f mm are usual; at most %d in a row are filled in", ErrMissing, m.Count, m.After, m.Gap, usual, maxFilled)
		}
	}
	report.Missing = found
	return true, nil
}

// maxUnexplained is how far the worst distance is from a whole multiple of the usual one.
func maxUnexplained(gaps []float64, usual float64) float64 {
	worst := 0.0
	for _, g := range gaps {
		worst = max(worst, math.Abs(g-max(math.Round(g/usual), 1)*usual))
	}
	return worst
}

// judgeTilt finds a gantry tilt: the slices' first voxels then do not lie above each other.
func (st *stack) judgeTilt(report *Report) {
	last := len(st.images) - 1
	way := st.images[last].Position.Sub(st.images[0].Position)
	tilt := space.Degrees(way, st.axes.Column(2))
	for _, s := range st.shift {
		if math.Abs(s[0]) > 0.05 || math.Abs(s[1]) > 0.05 { // a twentieth of a voxel
			st.tilted = true
		}
	}
	if st.tilted {
		report.Tilt = tilt
	}
}

// grid is where the volume lies: as wide as all slices together.
func (st *stack) grid() (g Grid, margin [2]int) {
	first := st.images[0]
	var low, high [2]float64
	if st.tilted {
		for _, s := range st.shift {
			for a := range 2 {
				low[a], high[a] = min(low[a], s[a]), max(high[a], s[a])
			}
		}
	}
	margin = [2]int{int(math.Ceil(-low[0] - 1e-6)), int(math.Ceil(-low[1] - 1e-6))}
	last := st.depth[len(st.depth)-1]
	g = Grid{
		Size:      [3]int{first.Columns + margin[0] + int(math.Ceil(high[0]-1e-6)), first.Rows + margin[1] + int(math.Ceil(high[1]-1e-6)), int(math.Floor(last/st.step+1e-6)) + 1},
		Spacing:   space.Vec{first.Spacing[1], first.Spacing[0], st.step},
		Direction: st.axes,
	}
	g.Origin = first.Position
	g.Origin = g.Point(space.Vec{-float64(margin[0]), -float64(margin[1]), 0})
	return g, margin
}

// fill reads the slices into the volume; where none was, it interpolates between the two beside it.
func (st *stack) fill(report *Report) (*Volume, error) {
	g, margin := st.grid()
	report.Float = !st.whole()
	var v *Volume
	var err error
	if report.Float {
		v, err = NewFloat(g)
	} else {
		v, err = New(g)
	}
	if err != nil {
		return nil, err
	}
	background := 0.0
	if st.tilted {
		background = st.lowest()
	}
	parallel.Blocks(g.Size[2], 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			below, above, part := st.beside(float64(k) * st.step)
			st.layer(v, k, margin, below, above, part, background)
		}
	})
	return v, nil
}

// beside finds the slices below and above a depth, and how far it lies between them. A slice within a hundredth of a step is taken as it is.
func (st *stack) beside(depth float64) (below, above int, part float64) {
	above, _ = slices.BinarySearch(st.depth, depth)
	if above == len(st.depth) { // by rounding
		return above - 1, above - 1, 0
	}
	above = max(above, 1)
	below = above - 1
	part = (depth - st.depth[below]) / (st.depth[above] - st.depth[below])
	near := 0.01
	if st.even {
		near = 0.1
	}
	switch gap := st.depth[above] - st.depth[below]; {
	case part*gap <= near*st.step:
		return below, below, 0
	case (1-part)*gap <= near*st.step:
		return above, above, 0
	}
	return below, above, part
}

func (st *stack) layer(v *Volume, k int, margin [2]int, below, above int, part, background float64) {
	for j := range v.Size[1] {
		for i := range v.Size[0] {
			x, y := float64(i-margin[0]), float64(j-margin[1])
			f := st.read(below, x, y, background)
			if part > 0 {
				f += part * (st.read(above, x, y, background) - f)
			}
			v.set(v.Offset(i, j, k), f)
		}
	}
}

// read is the value of a slice at a place of the first slice's frame, interpolated where the slice is shifted against it.
func (st *stack) read(slice int, x, y, background float64) float64 {
	s := &st.images[slice]
	if !st.tilted {
		return s.value(int(y)*s.Columns + int(x))
	}
	x, y = x-st.shift[slice][0], y-st.shift[slice][1]
	i, j := math.Floor(x+1e-6), math.Floor(y+1e-6)
	fx, fy := max(x-i, 0), max(y-j, 0)
	at := func(i, j int) float64 {
		if i < 0 || j < 0 || i >= s.Columns || j >= s.Rows {
			return background
		}
		return s.value(j*s.Columns + i)
	}
	a, b := int(i), int(j)
	top := at(a, b)*(1-fx) + at(a+1, b)*fx
	if fy < 1e-9 {
		return top
	}
	return top*(1-fy) + (at(a, b+1)*(1-fx)+at(a+1, b+1)*fx)*fy
}

func (s *Slice) stored(at int) float64 {
	if s.Signed {
		return float64(int16(s.Pixels[at]))
	}
	return float64(s.Pixels[at])
}

func (s *Slice) value(at int) float64 { return s.Slope*s.stored(at) + s.Intercept }

// whole reports whether every value is a whole number that 16 bits hold.
func (st *stack) whole() bool {
	for i := range st.images {
		s := &st.images[i]
		if s.Slope != math.Trunc(s.Slope) || s.Intercept != math.Trunc(s.Intercept) {
			return false
		}
		for at := range s.Pixels {
			if f := s.value(at); f < math.MinInt16 || f > math.MaxInt16 {
				return false
			}
		}
	}
	return true
}

func (st *stack) lowest() float64 {
	low := math.Inf(1)
	for i := range st.images {
		for at := range st.images[i].Pixels {
			low = min(low, st.images[i].value(at))
		}
	}
	return low
}
