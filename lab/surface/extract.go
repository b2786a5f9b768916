package surface

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"consilium/lab/parallel"
	"consilium/lab/volume"
)

// ErrThreshold says that no voxel, or every voxel, is inside: there is no surface between.
var ErrThreshold = errors.New("surface: the threshold meets nothing")

// cellCase is a case of marchingCases made ready: the edges that it uses, and its triangles.
type cellCase struct {
	edges     []uint8
	triangles [][3]uint8
}

var cells = func() (table [256]cellCase) {
	for c, digits := range marchingCases {
		seen := 0
		var tri [3]uint8
		for i, d := range []byte(digits) {
			edge := d - '0'
			if d >= 'a' {
				edge = d - 'a' + 10
			}
			if seen>>edge&1 == 0 {
				table[c].edges = append(table[c].edges, edge)
				seen |= 1 << edge
			}
			tri[i%3] = edge
			if i%3 == 2 {
				table[c].triangles = append(table[c].triangles, tri)
			}
		}
	}
	return table
}()

// extractor finds the surface row by row. The points of a row (j, k) are those on edges that begin at its voxels: first along x, then y, then z, each in order of i.
type extractor struct {
	v          *volume.Volume
	iso        float64
	inside     *volume.Mask
	points     []int32 // of the row: first point; one entry more than rows
	triangles  []int32 // the same for triangles
	axes       [4][3]float64
	leftHanded bool
	out        *Mesh
}

// Extract finds the surface between voxels below a threshold and those at or above it, by Flying Edges (Schroeder, Maynard and Geveci, LDAV 2015) on bit masks: voxels are compared once,
// 64 answers in a word; a row's crossings are the differences of two words; counting them says where each row's points and triangles go, so that rows are made on all cores
// without waiting for each other. A surface that reaches the volume's border is open there; ExtractClosed closes it.
//
// On whole-number data choose a threshold between two numbers (300.5): where a voxel equals the threshold, triangles shrink to nothing.
func Extract(v *volume.Volume, threshold float64) (*Mesh, error) {
	if err := v.Check(); err != nil {
		return nil, err
	}
	if math.IsNaN(threshold) || math.IsInf(threshold, 0) {
		return nil, fmt.Errorf("%w: %g", ErrThreshold, threshold)
	}
	x := &extractor{v: v, iso: threshold, inside: v.Threshold(threshold, math.Inf(1)), leftHanded: v.Direction.Det() < 0}
	for axis := range 3 {
		x.axes[axis] = v.Direction.Column(axis).Scale(v.Spacing[axis])
	}
	x.axes[3] = v.Origin
	if err := x.count(); err != nil {
		return nil, err
	}
	rows := v.Size[1] * v.Size[2]
	x.out = &Mesh{Points: make([][3]float32, x.points[rows]), Triangles: make([][3]int32, x.triangles[rows])}
	parallel.Blocks(rows, 128, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			if x.points[row] < x.points[row+1] {
				x.makePoints(row)
			}
			if x.triangles[row] < x.triangles[row+1] {
				x.makeTriangles(row)
			}
		}
	})
	return x.out, nil
}

// ExtractClosed is Extract as if the volume were surrounded by voxels that lie just outside, so that the surface is closed even where it leaves the volume.
func ExtractClosed(v *volume.Volume, threshold float64) (*Mesh, error) {
	if err := v.Check(); err != nil {
		return nil, err
	}
	g := v.Grid.Crop([3]int{-1, -1, -1}, [3]int{v.Size[0] + 2, v.Size[1] + 2, v.Size[2] + 2})
	padded, err := volume.NewLike(v, g)
	if err != nil {
		return nil, err
	}
	padded.Fill(outside(v, threshold))
	for k := range v.Size[2] {
		for j := range v.Size[1] {
			padded.CopyRow(1, j+1, k+1, v, j, k)
		}
	}
	return Extract(padded, threshold)
}

// outside is a value as far below the threshold as a bone's edge usually is, so that the cap lies about half a voxel beyond the last voxels.
func outside(v *volume.Volume, threshold float64) float64 {
	low := math.Inf(1)
	for offset := range v.Voxels() {
		if f := v.At(offset); f < low {
			low = f
		}
	}
	if low < threshold {
		return low
	}
	return math.Nextafter(math.Floor(threshold)-1, math.Inf(-1))
}

// rowWords are four neighboring rows of the mask: (j, k), (j+1, k), (j, k+1), (j+1, k+1). A row that is not there is nil.
type rowWords [4][]uint64

func (x *extractor) rows(row int) (words rowWords, cell bool) {
	m := x.inside
	j, k := row%m.Size[1], row/m.Size[1]
	nextJ, nextK := j+1 < m.Size[1], k+1 < m.Size[2]
	words[0] = m.Row(j, k)
	if nextJ {
		words[1] = m.Row(j+1, k)
	}
	if nextK {
		words[2] = m.Row(j, k+1)
	}
	if nextJ && nextK {
		words[3] = m.Row(j+1, k+1)
	}
	return words, nextJ && nextK
}

// shifted is word w of the row moved by one voxel: bit i is voxel i+1.
func shifted(row []uint64, w int) uint64 {
	s := row[w] >> 1
	if w+1 < len(row) {
		s |= row[w+1] << 63
	}
	return s
}

// cellBits are the bits of word w at which a cell (or an edge along x) begins: all voxels but the row's last.
func (x *extractor) cellBits(w int) uint64 {
	n := x.v.Size[0] - 1 - w*64
	switch {
	case n >= 64:
		return ^uint64(0)
	case n <= 0:
		return 0
	}
	return 1<<n - 1
}

// count finds how many points and triangles each row has, and from that where they go.
func (x *extractor) count() error {
	rows := x.v.Size[1] * x.v.Size[2]
	x.points, x.triangles = make([]int32, rows+1), make([]int32, rows+1)
	parallel.Blocks(rows, 256, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			words, cell := x.rows(row)
			x.points[row+1] = x.countPoints(words)
			if cell {
				x.triangles[row+1] = x.countTriangles(words)
			}
		}
	})
	points, triangles := 0, 0
	for row := range x.points {
		points, triangles = points+int(x.points[row]), triangles+int(x.triangles[row])
		if points > math.MaxInt32 || triangles > math.MaxInt32 {
			return fmt.Errorf("%w: more than %d points or triangles; smooth or resample the volume, or choose another threshold", volume.ErrTooLarge, math.MaxInt32)
		}
		x.points[row], x.triangles[row] = int32(points), int32(triangles)
	}
	if triangles == 0 {
		return fmt.Errorf("%w: %d of %d voxels are at or above %g", ErrThreshold, x.inside.Count(), x.v.Voxels(), x.iso)
	}
	return nil
}

func (x *extractor) countPoints(words rowWords) int32 {
	n := 0
	for w, here := range words[0] {
		n += bits.OnesCount64((here ^ shifted(words[0], w)) & x.cellBits(w))
		if words[1] != nil {
			n += bits.OnesCount64(here ^ words[1][w])
		}
		if words[2] != nil {
			n += bits.OnesCount64(here ^ words[2][w])
		}
	}
	return int32(n)
}

func (x *extractor) countTriangles(words rowWords) int32 {
	n := 0
	for w := range words[0] {
		c := corners(words, w)
		for active := c.active() & x.cellBits(w); active != 0; active &= active - 1 {
			n += len(cells[c.index(bits.TrailingZeros64(active))].triangles)
		}
	}
	return int32(n)
}

// cornerWords are the corners of 64 cells: word b holds corner b of each.
type cornerWords [8]uint64

func corners(words rowWords, w int) (c cornerWords) {
	for r := range 4 {
		c[2*r], c[2*r+1] = words[r][w], shifted(words[r], w)
	}
	return c
}

// active are the cells whose corners do not all lie on one side.
func (c *cornerWords) active() uint64 {
	some := c[0] | c[1] | c[2] | c[3] | c[4] | c[5] | c[6] | c[7]
	all := c[0] & c[1] & c[2] & c[3] & c[4] & c[5] & c[6] & c[7]
	return some &^ all
}

// index is the case of the cell at a bit.
func (c *cornerWords) index(bit int) uint8 {
	return uint8(c[0]>>bit&1 | c[1]>>bit&1<<1 | c[2]>>bit&1<<2 | c[3]>>bit&1<<3 | c[4]>>bit&1<<4 | c[5]>>bit&1<<5 | c[6]>>bit&1<<6 | c[7]>>bit&1<<7)
}

// makePoints sets the points of a row: along x, y and z.
func (x *extractor) makePoints(row int) {
	words, _ := x.rows(row)
	g := &x.v.Grid
	next := x.out.Points[x.points[row]:x.points[row+1]]
	at := row * g.Size[0]
	for axis, step := range [3]int{1, g.Size[0], g.Size[0] * g.Size[1]} {
		if axis > 0 && words[axis] == nil {
			continue
		}
		for w, here := range words[0] {
			var cut uint64
			if axis == 0 {
				cut = (here ^ shifted(words[0], w)) & x.cellBits(w)
			} else {
				cut = here ^ words[axis][w]
			}
			for ; cut != 0; cut &= cut - 1 {
				i := w<<6 + bits.TrailingZeros64(cut)
				next[0] = x.point(i, row, axis, at+i, step)
				next = next[1:]
			}
		}
	}
}

// point lies where the value is the threshold, on the edge from a voxel to the next one along an axis.
func (x *extractor) point(i, row, axis, offset, step int) [3]float32 {
	var a, b float64
	if x.v.Int16 != nil {
		a, b = float64(x.v.Int16[offset]), float64(x.v.Int16[offset+step])
	} else {
		a, b = float64(x.v.Float32[offset]), float64(x.v.Float32[offset+step])
	}
	t := (x.iso - a) / (b - a)
	if t-t != 0 { // a neighbor that is infinite or not a number: halfway
		t = 0.5
	}
	index := [3]float64{float64(i), float64(row % x.v.Size[1]), float64(row / x.v.Size[1])}
	index[axis] += t
	var p [3]float32
	for c := range 3 {
		p[c] = float32(x.axes[3][c] + x.axes[0][c]*index[0] + x.axes[1][c]*index[1] + x.axes[2][c]*index[2])
	}
	return p
}
