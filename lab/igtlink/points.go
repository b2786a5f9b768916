package igtlink

import (
	"encoding/binary"
	"fmt"
)

// Points are named places: fiducials, landmarks, entry and target of a trajectory.
type Points []NamedPoint

// NamedPoint is one of them.
type NamedPoint struct {
	Name     string   // at most 64 bytes
	Group    string   // "Labeled Point", "Landmark", "Fiducial"; at most 32 bytes
	Color    [4]uint8 // red, green, blue, opacity
	At       [3]float32
	Diameter float32 // mm, may be 0
	Owner    string  // the image that it belongs to, at most 20 bytes
}

// pointSize is the length of one point.
const pointSize = 136

// Kind is POINT.
func (Points) Kind() string { return "POINT" }

func (p Points) content(b []byte) ([]byte, error) {
	for _, n := range p {
		if len(n.Name) > 64 || len(n.Group) > 32 || len(n.Owner) > 20 {
			return nil, fmt.Errorf("the point %q has too long a name, group or owner", n.Name)
		}
		b = pad(pad(b, n.Name, 64), n.Group, 32)
		b = append(b, n.Color[:]...)
		b = appendFloat(appendFloat(b, n.At[:]...), n.Diameter)
		b = pad(b, n.Owner, 20)
	}
	return b, nil
}

func decodePoints(b []byte) (Body, error) {
	if len(b)%pointSize != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of points of %d", len(b), pointSize)
	}
	p := make(Points, 0, len(b)/pointSize)
	for ; len(b) > 0; b = b[pointSize:] {
		n := NamedPoint{Name: untilZero(b[:64]), Group: untilZero(b[64:96]), Color: [4]uint8(b[96:100]), Owner: untilZero(b[116:136])}
		v := readFloats(b[100:], 4)
		n.At, n.Diameter = [3]float32(v), v[3]
		for _, f := range v {
			if !finite(f) {
				return nil, fmt.Errorf("point %q is at %v", n.Name, v)
			}
		}
		p = append(p, n)
	}
	return p, nil
}

// PolyData is a surface: points, and cells of them as lists of indices.
type PolyData struct {
	Points     [][3]float32
	Vertices   [][]uint32
	Lines      [][]uint32
	Polygons   [][]uint32
	Strips     [][]uint32 // of triangles
	Attributes []Attribute
}

// Attribute is a number or several for each point or cell.
type Attribute struct {
	Type       uint8 // 0 scalars, 1 vectors, 2 normals, 3 tensors, 4 RGBA; 16 more for those of cells
	Components uint8
	Name       string
	Data       []float32
}

// polyHeader is the length of the counts at the beginning.
const polyHeader = 40

// Kind is POLYDATA.
func (PolyData) Kind() string { return "POLYDATA" }

func (p PolyData) content(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Points)))
	lists := [4][][]uint32{p.Vertices, p.Lines, p.Polygons, p.Strips}
	for _, cells := range lists {
		size := 0
		for _, c := range cells {
			size += 4 + 4*len(c)
			for _, i := range c {
				if int64(i) >= int64(len(p.Points)) {
					return nil, fmt.Errorf("a cell names point %d of %d", i, len(p.Points))
				}
			}
		}
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, uint32(len(cells))), uint32(size))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Attributes)))
	for _, at := range p.Points {
		b = appendFloat(b, at[:]...)
	}
	for _, cells := range lists {
		for _, c := range cells {
			b = binary.BigEndian.AppendUint32(b, uint32(len(c)))
			for _, i := range c {
				b = binary.BigEndian.AppendUint32(b, i)
			}
		}
	}
	return p.attributes(b)
}

// attributes appends their headers, then all names (each ending in a zero, an even number of bytes together), then all numbers.
func (p PolyData) attributes(b []byte) ([]byte, error) {
	names := 0
	for _, a := range p.Attributes {
		if a.Components == 0 || len(a.Data)%int(a.Components) != 0 {
			return nil, fmt.Errorf("the attribute %q has %d numbers in groups of %d", a.Name, len(a.Data), a.Components)
		}
		b = append(b, a.Type, a.Components)
		b = binary.BigEndian.AppendUint32(b, uint32(len(a.Data)/int(a.Components)))
		names += len(a.Name) + 1
	}
	for _, a := range p.Attributes {
		b = append(append(b, a.Name...), 0)
	}
	if names%2 == 1 {
		b = append(b, 0)
	}
	for _, a := range p.Attributes {
		b = appendFloat(b, a.Data...)
	}
	return b, nil
}

func decodePolyData(b []byte) (Body, error) {
	if len(b) < polyHeader {
		return nil, fmt.Errorf("%d bytes, less than %d", len(b), polyHeader)
	}
	var counts [10]int64
	for i := range counts {
		counts[i] = int64(binary.BigEndian.Uint32(b[4*i:]))
	}
	b = b[polyHeader:]
	if 12*counts[0] > int64(len(b)) {
		return nil, fmt.Errorf("%d points in %d bytes", counts[0], len(b))
	}
	p := PolyData{Points: make([][3]float32, counts[0])}
	for i := range p.Points {
		p.Points[i] = [3]float32(readFloats(b[12*i:], 3))
	}
	b = b[12*counts[0]:]
	var err error
	for i, cells := range []*[][]uint32{&p.Vertices, &p.Lines, &p.Polygons, &p.Strips} {
		if *cells, b, err = decodeCells(b, counts[1+2*i], counts[2+2*i], counts[0]); err != nil {
			return nil, err
		}
	}
	p.Attributes, err = decodeAttributes(b, counts[9])
	return p, err
}

// decodeCells reads count lists of indices in size bytes, and returns what follows.
func decodeCells(b []byte, count, size, points int64) ([][]uint32, []byte, error) {
	if size > int64(len(b)) || 4*count > size {
		return nil, nil, fmt.Errorf("%d cells of %d bytes where %d are left", count, size, len(b))
	}
	if count == 0 {
		return nil, b[size:], nil
	}
	own, rest := b[:size], b[size:]
	cells := make([][]uint32, count)
	for c := range cells {
		if len(own) < 4 {
			return nil, nil, fmt.Errorf("cell %d of %d is cut off", c+1, count)
		}
		n := int64(binary.BigEndian.Uint32(own))
		if own = own[4:]; 4*n > int64(len(own)) {
			return nil, nil, fmt.Errorf("a cell of %d points where %d bytes are left", n, len(own))
		}
		cells[c] = make([]uint32, n)
		for i := range cells[c] {
			cells[c][i] = binary.BigEndian.Uint32(own[4*i:])
			if int64(cells[c][i]) >= points {
				return nil, nil, fmt.Errorf("a cell names point %d of %d", cells[c][i], points)
			}
		}
		own = own[4*n:]
	}
	return cells, rest, nil
}

func decodeAttributes(b []byte, count int64) ([]Attribute, error) {
	if 6*count > int64(len(b)) {
		return nil, fmt.Errorf("%d attributes in %d bytes", count, len(b))
	}
	if count == 0 {
		return nil, nil
	}
	out := make([]Attribute, count)
	groups := make([]int64, count)
	for i := range out {
		out[i].Type, out[i].Components = b[0], b[1]
		groups[i] = int64(binary.BigEndian.Uint32(b[2:]))
		b = b[6:]
	}
	names := 0
	for i := range out {
		out[i].Name = untilZero(b)
		if len(out[i].Name) == len(b) {
			return nil, fmt.Errorf("the name of attribute %d does not end", i+1)
		}
		b = b[len(out[i].Name)+1:]
		names += len(out[i].Name) + 1
	}
	if names%2 == 1 && len(b) > 0 {
		b = b[1:]
	}
	for i := range out {
		n := groups[i] * int64(out[i].Components)
		if 4*n > int64(len(b)) || out[i].Components == 0 {
			return nil, fmt.Errorf("attribute %q: %d groups of %d numbers in %d bytes", out[i].Name, groups[i], out[i].Components, len(b))
		}
		out[i].Data = readFloats(b, int(n))
		b = b[4*n:]
	}
	return out, nil
}
