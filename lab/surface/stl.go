package surface

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
)

const stlHeader, stlTriangle = 84, 50 // bytes

// WriteSTL writes binary STL: for each triangle its normal, three points and two empty bytes. The header names the coordinates as 3D Slicer does, and the title.
func (m *Mesh) WriteSTL(w io.Writer, title string) error {
	if uint64(len(m.Triangles)) > math.MaxUint32 {
		return fmt.Errorf("%w: STL holds at most %d triangles", ErrFormat, uint32(math.MaxUint32))
	}
	head := make([]byte, stlHeader)
	copy(head, line("SPACE=LPS UNIT=mm "+title, 80))
	binary.LittleEndian.PutUint32(head[80:], uint32(len(m.Triangles)))
	if _, err := w.Write(head); err != nil {
		return err
	}
	const piece = 1 << 15
	buffer := make([]byte, min(piece, len(m.Triangles))*stlTriangle)
	for at := 0; at < len(m.Triangles); at += piece {
		part := m.Triangles[at:min(at+piece, len(m.Triangles))]
		for i, t := range part {
			m.putTriangle((*[stlTriangle]byte)(buffer[i*stlTriangle:]), t)
		}
		if _, err := w.Write(buffer[:len(part)*stlTriangle]); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mesh) putTriangle(out *[stlTriangle]byte, t [3]int32) {
	a, b, c := &m.Points[t[0]], &m.Points[t[1]], &m.Points[t[2]]
	ux, uy, uz := b[0]-a[0], b[1]-a[1], b[2]-a[2]
	vx, vy, vz := c[0]-a[0], c[1]-a[1], c[2]-a[2]
	nx, ny, nz := uy*vz-uz*vy, uz*vx-ux*vz, ux*vy-uy*vx
	if l := float32(math.Sqrt(float64(nx*nx + ny*ny + nz*nz))); l > 0 {
		nx, ny, nz = nx/l, ny/l, nz/l
	}
	put := func(at int, f float32) { binary.LittleEndian.PutUint32(out[at:], math.Float32bits(f)) }
	put(0, nx)
	put(4, ny)
	put(8, nz)
	for i, p := range [3]*[3]float32{a, b, c} {
		put(12+12*i, p[0])
		put(16+12*i, p[1])
		put(20+12*i, p[2])
	}
	out[48], out[49] = 0, 0
}

// ReadSTL reads binary or ASCII STL. Corners at exactly the same place become one point; normals are ignored, for the order of corners says the same.
func ReadSTL(raw []byte) (*Mesh, error) {
	if len(raw) >= stlHeader {
		n := uint64(binary.LittleEndian.Uint32(raw[80:]))
		if uint64(len(raw)-stlHeader) == n*stlTriangle || !bytes.HasPrefix(raw, []byte("solid")) {
			return readBinarySTL(raw[stlHeader:], n)
		}
	}
	return readTextSTL(raw)
}

func readBinarySTL(raw []byte, n uint64) (*Mesh, error) {
	if uint64(len(raw)) < n*stlTriangle {
		return nil, fmt.Errorf("%w: its header says %d triangles, %d are there", ErrFormat, n, len(raw)/stlTriangle)
	}
	w := newWelder(int(n) / 2)
	for t := range int(n) {
		var tri [3]int32
		for c := range 3 {
			at := raw[t*stlTriangle+12+12*c:]
			tri[c] = w.point([3]float32{littleFloat(at), littleFloat(at[4:]), littleFloat(at[8:])})
		}
		w.triangle(tri)
	}
	return &w.mesh, nil
}

func littleFloat(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }

func readTextSTL(raw []byte) (*Mesh, error) {
	w := newWelder(len(raw) / 500)
	var tri [3]int32
	corner := 0
	words := bytes.Fields(raw)
	if len(words) == 0 || string(words[0]) != "solid" {
		return nil, fmt.Errorf("%w: neither binary nor ASCII STL", ErrFormat)
	}
	for i := 0; i < len(words); i++ {
		if string(words[i]) != "vertex" {
			continue
		}
		var p [3]float32
		for c := range 3 {
			if i+1+c >= len(words) {
				return nil, fmt.Errorf("%w: ASCII STL ends within a triangle", ErrFormat)
			}
			f, err := strconv.ParseFloat(string(words[i+1+c]), 32)
			if err != nil {
				return nil, fmt.Errorf("%w: %q is no coordinate", ErrFormat, line(string(words[i+1+c]), 40))
			}
			p[c] = float32(f)
		}
		i += 3
		tri[corner] = w.point(p)
		if corner = (corner + 1) % 3; corner == 0 {
			w.triangle(tri)
		}
	}
	if corner != 0 {
		return nil, fmt.Errorf("%w: ASCII STL ends within a triangle", ErrFormat)
	}
	return &w.mesh, nil
}

// welder joins corners that lie at the same place. Its table is open addressing over the points' bits; a Go map of millions of points takes five times as long.
type welder struct {
	mesh  Mesh
	table []int32 // point + 1, 0 is free
}

func newWelder(points int) *welder {
	size := 64
	for size < 2*min(points, 1<<26) {
		size *= 2
	}
	return &welder{table: make([]int32, size)}
}

func (w *welder) point(p [3]float32) int32 {
	for c := range p {
		p[c] += 0 // −0 is 0
	}
	if 2*len(w.mesh.Points) >= len(w.table) {
		w.grow()
	}
	at := w.slot(p)
	if w.table[at] == 0 {
		w.mesh.Points = append(w.mesh.Points, p)
		w.table[at] = int32(len(w.mesh.Points))
	}
	return w.table[at] - 1
}

// slot is where a point stands in the table, or would.
func (w *welder) slot(p [3]float32) uint64 {
	h := uint64(math.Float32bits(p[0]))*0x9e3779b97f4a7c15 ^ uint64(math.Float32bits(p[1]))*0xc2b2ae3d27d4eb4f ^ uint64(math.Float32bits(p[2]))*0x165667b19e3779f9
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	mask := uint64(len(w.table) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		if n := w.table[at]; n == 0 || same(w.mesh.Points[n-1], p) {
			return at
		}
	}
}

// same compares bits, so that a point that is not a number is found again too.
func same(a, b [3]float32) bool {
	return math.Float32bits(a[0]) == math.Float32bits(b[0]) && math.Float32bits(a[1]) == math.Float32bits(b[1]) && math.Float32bits(a[2]) == math.Float32bits(b[2])
}

func (w *welder) grow() {
	w.table = make([]int32, 2*len(w.table))
	for i, p := range w.mesh.Points {
		w.table[w.slot(p)] = int32(i + 1)
	}
}

// triangle adds a triangle, unless two of its corners are one point: it then has no area, and leaving it out opens nothing.
func (w *welder) triangle(t [3]int32) {
	if t[0] != t[1] && t[1] != t[2] && t[2] != t[0] {
		w.mesh.Triangles = append(w.mesh.Triangles, t)
	}
}
