package surface

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"consilium/lab/space"
)

// glTF is in meters, +y up and +z to the front (glTF 2.0, section 3.4): the patient's head is up, the face is to the front. toGLTF takes LPS millimeters there.
var toGLTF = affine{linear: space.Mat{{0.001, 0, 0}, {0, 0, 0.001}, {0, -0.001, 0}}}

// fromGLTF is its inverse.
var fromGLTF = affine{linear: space.Mat{{1000, 0, 0}, {0, 0, -1000}, {0, 1000, 0}}}

const (
	glbMagic  = 0x46546c67
	chunkJSON = 0x4e4f534a
	chunkBIN  = 0x004e4942
)

type gltf struct {
	Asset       map[string]string `json:"asset"`
	Scene       int               `json:"scene"`
	Scenes      []gltfScene       `json:"scenes"`
	Nodes       []gltfNode        `json:"nodes"`
	Meshes      []gltfMesh        `json:"meshes"`
	Accessors   []gltfAccessor    `json:"accessors"`
	BufferViews []gltfView        `json:"bufferViews"`
	Buffers     []gltfBuffer      `json:"buffers"`
}

type gltfScene struct {
	Nodes []int `json:"nodes"`
}

type gltfNode struct {
	Name        string    `json:"name,omitempty"`
	Mesh        *int      `json:"mesh,omitempty"`
	Children    []int     `json:"children,omitempty"`
	Matrix      []float64 `json:"matrix,omitempty"` // columns
	Translation []float64 `json:"translation,omitempty"`
	Rotation    []float64 `json:"rotation,omitempty"` // quaternion x, y, z, w
	Scale       []float64 `json:"scale,omitempty"`
}

type gltfMesh struct {
	Primitives []gltfPrimitive `json:"primitives"`
}

type gltfPrimitive struct {
	Attributes map[string]int `json:"attributes"`
	Indices    *int           `json:"indices,omitempty"`
	Mode       *int           `json:"mode,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

type gltfAccessor struct {
	BufferView    *int      `json:"bufferView,omitempty"`
	ByteOffset    int       `json:"byteOffset,omitempty"`
	ComponentType int       `json:"componentType"`
	Count         int       `json:"count"`
	Type          string    `json:"type"`
	Min           []float32 `json:"min,omitempty"`
	Max           []float32 `json:"max,omitempty"`
}

type gltfView struct {
	Buffer     int `json:"buffer"`
	ByteOffset int `json:"byteOffset,omitempty"`
	ByteLength int `json:"byteLength"`
	ByteStride int `json:"byteStride,omitempty"`
	Target     int `json:"target,omitempty"`
}

type gltfBuffer struct {
	ByteLength int    `json:"byteLength"`
	URI        string `json:"uri,omitempty"`
}

// WriteGLB writes binary glTF 2.0. The points stand in it as they are, in millimeters in the patient; the node's matrix brings them to where glTF wants them.
func (m *Mesh) WriteGLB(w io.Writer, title string) error {
	low, high := m.Bounds()
	min32, max32 := []float32{float32(low[0]), float32(low[1]), float32(low[2])}, []float32{float32(high[0]), float32(high[1]), float32(high[2])}
	view, mesh, mode := [2]int{0, 1}, 0, 4
	points, triangles := 12*len(m.Points), 12*len(m.Triangles)
	var matrix [16]float64
	for c := range 3 {
		column := toGLTF.linear.Column(c)
		copy(matrix[4*c:], column[:])
	}
	matrix[15] = 1
	doc := gltf{
		Asset: map[string]string{"version": "2.0", "generator": "Consilium"}, Scenes: []gltfScene{{Nodes: []int{0}}},
		Nodes:       []gltfNode{{Name: line(title, 200), Mesh: &mesh, Matrix: matrix[:]}},
		Meshes:      []gltfMesh{{Primitives: []gltfPrimitive{{Attributes: map[string]int{"POSITION": 0}, Indices: &view[1], Mode: &mode}}}},
		Accessors:   []gltfAccessor{{BufferView: &view[0], ComponentType: 5126, Count: len(m.Points), Type: "VEC3", Min: min32, Max: max32}, {BufferView: &view[1], ComponentType: 5125, Count: 3 * len(m.Triangles), Type: "SCALAR"}},
		BufferViews: []gltfView{{ByteLength: points, Target: 34962}, {ByteOffset: points, ByteLength: triangles, Target: 34963}},
		Buffers:     []gltfBuffer{{ByteLength: points + triangles}},
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	for len(text)%4 != 0 {
		text = append(text, ' ')
	}
	total := uint64(12 + 8 + len(text) + 8 + points + triangles)
	if total > math.MaxUint32 {
		return fmt.Errorf("%w: GLB holds at most 4 GiB; decimate the surface first", ErrFormat)
	}
	out := bufio.NewWriterSize(w, 1<<20)
	for _, word := range []uint32{glbMagic, 2, uint32(total), uint32(len(text)), chunkJSON} {
		binary.Write(out, binary.LittleEndian, word)
	}
	out.Write(text)
	binary.Write(out, binary.LittleEndian, [2]uint32{uint32(points + triangles), chunkBIN})
	const piece = 1 << 14
	for at := 0; at < len(m.Points); at += piece {
		binary.Write(out, binary.LittleEndian, m.Points[at:min(at+piece, len(m.Points))])
	}
	for at := 0; at < len(m.Triangles); at += piece {
		binary.Write(out, binary.LittleEndian, m.Triangles[at:min(at+piece, len(m.Triangles))])
	}
	return out.Flush() // reports the first error of all writes above
}

// glbReader is a document and its one buffer.
type glbReader struct {
	gltf
	bin  []byte
	mesh Mesh
	left int // nodes that may still be placed
}

// ReadGLB reads the triangles of a binary glTF's scene and brings them to millimeters in the patient. Compressed meshes and buffers in other files are refused.
func ReadGLB(raw []byte) (*Mesh, error) {
	r := &glbReader{left: mostPlaced}
	if err := r.chunks(raw); err != nil {
		return nil, err
	}
	if r.Scene < 0 || r.Scene >= len(r.Scenes) {
		return nil, fmt.Errorf("%w: GLB without a scene", ErrFormat)
	}
	for _, n := range r.Scenes[r.Scene].Nodes {
		if err := r.node(n, fromGLTF, 0); err != nil {
			return nil, err
		}
	}
	return &r.mesh, nil
}

func (r *glbReader) chunks(raw []byte) error {
	word := binary.LittleEndian.Uint32
	if len(raw) < 20 || word(raw) != glbMagic || word(raw[4:]) != 2 {
		return fmt.Errorf("%w: no GLB 2.0 header", ErrFormat)
	}
	var text []byte
	for raw = raw[12:]; len(raw) >= 8; {
		n := uint64(word(raw))
		if n > uint64(len(raw)-8) {
			return fmt.Errorf("%w: GLB is cut off", ErrFormat)
		}
		switch body := raw[8 : 8+n]; word(raw[4:]) {
		case chunkJSON:
			text = body
		case chunkBIN:
			r.bin = body
		}
		raw = raw[8+n:]
	}
	if err := json.Unmarshal(text, &r.gltf); err != nil {
		return fmt.Errorf("%w: GLB: %v", ErrFormat, err)
	}
	if len(r.Buffers) > 1 || len(r.Buffers) == 1 && r.Buffers[0].URI != "" {
		return fmt.Errorf("%w: GLB that needs other files", ErrFormat)
	}
	return nil
}

func (r *glbReader) node(at int, parent affine, depth int) error {
	if r.left--; at < 0 || at >= len(r.Nodes) || depth > 64 || r.left < 0 {
		return fmt.Errorf("%w: GLB names node %d, which is not there, within itself, or one of too many", ErrFormat, at)
	}
	n := r.Nodes[at]
	here := parent.after(n.transform())
	if n.Mesh != nil {
		if *n.Mesh < 0 || *n.Mesh >= len(r.Meshes) {
			return fmt.Errorf("%w: GLB names mesh %d", ErrFormat, *n.Mesh)
		}
		for _, p := range r.Meshes[*n.Mesh].Primitives {
			if err := r.primitive(p, here); err != nil {
				return err
			}
		}
	}
	for _, child := range n.Children {
		if err := r.node(child, here, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (n *gltfNode) transform() affine {
	t := affine{linear: space.Identity}
	if len(n.Matrix) == 16 {
		m := n.Matrix
		return affine{linear: space.Columns(space.Vec(m[0:3]), space.Vec(m[4:7]), space.Vec(m[8:11])), shift: space.Vec(m[12:15])}
	}
	if len(n.Rotation) == 4 {
		q := n.Rotation
		axis := space.Vec{q[0], q[1], q[2]}
		t.linear = space.Rotation(axis, 2*math.Atan2(axis.Norm(), q[3])*180/math.Pi)
		if axis.Norm() == 0 {
			t.linear = space.Identity
		}
	}
	if len(n.Scale) == 3 {
		for r := range 3 {
			for c := range 3 {
				t.linear[r][c] *= n.Scale[c]
			}
		}
	}
	if len(n.Translation) == 3 {
		t.shift = space.Vec(n.Translation)
	}
	return t
}

func (r *glbReader) primitive(p gltfPrimitive, here affine) error {
	if p.Mode != nil && *p.Mode != 4 {
		return nil // points and lines are no surface
	}
	if len(p.Extensions) > 0 {
		return fmt.Errorf("%w: GLB with a compressed mesh", ErrFormat)
	}
	position, ok := p.Attributes["POSITION"]
	if !ok {
		return nil
	}
	part := &Mesh{}
	err := r.each(position, "VEC3", func(b []byte, kind int) {
		part.Points = append(part.Points, [3]float32{littleFloat(b), littleFloat(b[4:]), littleFloat(b[8:])})
	})
	if err != nil {
		return err
	}
	var corners []int32
	if p.Indices == nil {
		for i := range part.Points {
			corners = append(corners, int32(i))
		}
	} else if err := r.each(*p.Indices, "SCALAR", func(b []byte, kind int) { corners = append(corners, index(b, kind)) }); err != nil {
		return err
	}
	for i := 0; i+2 < len(corners); i += 3 {
		part.Triangles = append(part.Triangles, [3]int32(corners[i:i+3]))
	}
	if len(part.Triangles) == 0 {
		return nil
	}
	if err := part.Check(); err != nil {
		return err
	}
	return r.mesh.place(part, here)
}

func index(b []byte, kind int) int32 {
	switch kind {
	case 5121:
		return int32(b[0])
	case 5123:
		return int32(binary.LittleEndian.Uint16(b))
	}
	return int32(min(binary.LittleEndian.Uint32(b), math.MaxInt32))
}

// each calls do with the bytes of every element of an accessor, after comparing its count with the bytes that are there.
func (r *glbReader) each(at int, shape string, do func(b []byte, kind int)) error {
	if at < 0 || at >= len(r.Accessors) {
		return fmt.Errorf("%w: GLB names accessor %d", ErrFormat, at)
	}
	a := r.Accessors[at]
	size := map[string]map[int]int{"VEC3": {5126: 12}, "SCALAR": {5121: 1, 5123: 2, 5125: 4}}[shape][a.ComponentType]
	if size == 0 || a.Type != shape || a.BufferView == nil || *a.BufferView < 0 || *a.BufferView >= len(r.BufferViews) || a.Count < 0 {
		return fmt.Errorf("%w: GLB accessor %d is not a plain %s", ErrFormat, at, shape)
	}
	v := r.BufferViews[*a.BufferView]
	if v.Buffer != 0 || v.ByteOffset < 0 || v.ByteLength < 0 || v.ByteOffset > len(r.bin) || v.ByteLength > len(r.bin)-v.ByteOffset || a.ByteOffset < 0 || a.ByteOffset > v.ByteLength || v.ByteStride < 0 {
		return fmt.Errorf("%w: GLB accessor %d lies outside of its buffer", ErrFormat, at)
	}
	body := r.bin[v.ByteOffset : v.ByteOffset+v.ByteLength][a.ByteOffset:]
	stride := max(v.ByteStride, size)
	if a.Count > 0 && (len(body) < size || a.Count-1 > (len(body)-size)/stride) {
		return fmt.Errorf("%w: GLB accessor %d says %d elements, which its buffer does not hold", ErrFormat, at, a.Count)
	}
	for i := range a.Count {
		do(body[i*stride:i*stride+size], a.ComponentType)
	}
	return nil
}
