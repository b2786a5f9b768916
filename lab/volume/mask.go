package volume

import "math/bits"

// Mask says of each voxel whether it belongs to something: one bit, 64 voxels in a word. A row along i begins with a word of its own; bits past the row's end are zero.
type Mask struct {
	Grid
	Stride int // words for each row
	Words  []uint64
}

// NewMask is empty.
func NewMask(g Grid) *Mask {
	stride := (g.Size[0] + 63) / 64
	return &Mask{Grid: g, Stride: stride, Words: make([]uint64, stride*g.Size[1]*g.Size[2])}
}

// Row is the words of the row (j, k).
func (m *Mask) Row(j, k int) []uint64 {
	at := (k*m.Size[1] + j) * m.Stride
	return m.Words[at : at+m.Stride : at+m.Stride]
}

// At reports whether voxel (i, j, k) belongs; one outside of the grid does not.
func (m *Mask) At(i, j, k int) bool {
	return m.Contains(i, j, k) && m.Row(j, k)[i>>6]>>(i&63)&1 == 1
}

// Set lets voxel (i, j, k) belong or not; one outside of the grid is left.
func (m *Mask) Set(i, j, k int, in bool) {
	if !m.Contains(i, j, k) {
		return
	}
	word := &m.Row(j, k)[i>>6]
	*word &^= 1 << (i & 63)
	if in {
		*word |= 1 << (i & 63)
	}
}

// Count is how many voxels belong.
func (m *Mask) Count() int {
	n := 0
	for _, w := range m.Words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Clone is a copy.
func (m *Mask) Clone() *Mask {
	c := *m
	c.Words = append([]uint64(nil), m.Words...)
	return &c
}

// And keeps what belongs to both. The masks lie on one grid.
func (m *Mask) And(other *Mask) {
	for i, w := range other.Words {
		m.Words[i] &= w
	}
}

// Or adds what belongs to the other.
func (m *Mask) Or(other *Mask) {
	for i, w := range other.Words {
		m.Words[i] |= w
	}
}

// AndNot takes away what belongs to the other.
func (m *Mask) AndNot(other *Mask) {
	for i, w := range other.Words {
		m.Words[i] &^= w
	}
}

// Invert exchanges in and out.
func (m *Mask) Invert() {
	last := ^uint64(0)
	if r := m.Size[0] & 63; r != 0 {
		last = 1<<r - 1
	}
	for i := range m.Words {
		m.Words[i] = ^m.Words[i]
		if (i+1)%m.Stride == 0 {
			m.Words[i] &= last
		}
	}
}

// Each calls do for every voxel that belongs, in the order of memory, until it returns false.
func (m *Mask) Each(do func(i, j, k int) bool) {
	for k := range m.Size[2] {
		for j := range m.Size[1] {
			for at, w := range m.Row(j, k) {
				for ; w != 0; w &= w - 1 {
					if !do(at<<6+bits.TrailingZeros64(w), j, k) {
						return
					}
				}
			}
		}
	}
}

// Bounds is the smallest box around what belongs: its first voxel and its size. An empty mask has size zero.
func (m *Mask) Bounds() (from, size [3]int) {
	lo, hi := m.Size, [3]int{-1, -1, -1}
	m.Each(func(i, j, k int) bool {
		for axis, at := range [3]int{i, j, k} {
			lo[axis], hi[axis] = min(lo[axis], at), max(hi[axis], at)
		}
		return true
	})
	if hi[0] < 0 {
		return [3]int{}, [3]int{}
	}
	return lo, [3]int{hi[0] - lo[0] + 1, hi[1] - lo[1] + 1, hi[2] - lo[2] + 1}
}

// Volume is the mask as a volume of ones and zeros, for files and for surfaces (threshold one half).
func (m *Mask) Volume() (*Volume, error) {
	v, err := New(m.Grid)
	if err != nil {
		return nil, err
	}
	m.Each(func(i, j, k int) bool { v.Int16[v.Offset(i, j, k)] = 1; return true })
	return v, nil
}
