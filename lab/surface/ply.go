package surface

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// WritePLY writes binary little-endian PLY with float points and int triangles (Turk, The PLY Polygon File Format, 1994).
func (m *Mesh) WritePLY(w io.Writer, title string) error {
	out := bufio.NewWriterSize(w, 1<<20)
	fmt.Fprintf(out, "ply\nformat binary_little_endian 1.0\ncomment SPACE=LPS UNIT=mm %s\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\nelement face %d\nproperty list uchar int vertex_indices\nend_header\n",
		line(title, 200), len(m.Points), len(m.Triangles))
	var b [13]byte
	for _, p := range m.Points {
		for c, f := range p {
			binary.LittleEndian.PutUint32(b[4*c:], math.Float32bits(f))
		}
		if _, err := out.Write(b[:12]); err != nil {
			return err
		}
	}
	b[0] = 3
	for _, t := range m.Triangles {
		for c, p := range t {
			binary.LittleEndian.PutUint32(b[1+4*c:], uint32(p))
		}
		if _, err := out.Write(b[:]); err != nil {
			return err
		}
	}
	return out.Flush()
}

// plyElement is a kind of thing in a PLY file, and plyProperty one of its numbers; a list has a count before its numbers.
type plyElement struct {
	name       string
	count      int
	properties []plyProperty
}

type plyProperty struct {
	name, kind, countKind string // countKind is empty if this is no list
}

var plySize = map[string]int{"char": 1, "int8": 1, "uchar": 1, "uint8": 1, "short": 2, "int16": 2, "ushort": 2, "uint16": 2, "int": 4, "int32": 4, "uint": 4, "uint32": 4, "float": 4, "float32": 4, "double": 8, "float64": 8}

// plyReader reads numbers one after another; after the first fault it reads zeros.
type plyReader struct {
	raw   []byte
	text  [][]byte // of an ASCII file: what is left of its words
	order binary.ByteOrder
	err   error
}

// ReadPLY reads ASCII and binary PLY. Faces with more than three corners are cut into a fan; properties that are not needed are skipped.
func ReadPLY(raw []byte) (*Mesh, error) {
	elements, r, err := readPLYHeader(raw)
	if err != nil {
		return nil, err
	}
	m := &Mesh{}
	for _, e := range elements {
		if !r.holds(e) {
			return nil, fmt.Errorf("%w: its header says %d of %q, which do not fit the file", ErrFormat, e.count, line(e.name, 40))
		}
		for range e.count {
			r.element(m, e)
			if r.err != nil {
				return nil, r.err
			}
		}
	}
	return m, nil
}

func readPLYHeader(raw []byte) (elements []plyElement, r *plyReader, err error) {
	bad := func(text string) ([]plyElement, *plyReader, error) {
		return nil, nil, fmt.Errorf("%w: PLY header: %q", ErrFormat, line(text, 80))
	}
	r = &plyReader{}
	end := bytes.Index(raw[:min(len(raw), 1<<16)], []byte("end_header"))
	if !bytes.HasPrefix(raw, []byte("ply")) || end < 0 {
		return bad("no header")
	}
	format := ""
	for text := range strings.Lines(string(raw[:end])) {
		words := strings.Fields(text)
		switch {
		case len(words) == 0 || words[0] == "ply" || words[0] == "comment" || words[0] == "obj_info":
		case words[0] == "format" && len(words) == 3:
			format = words[1]
		case words[0] == "element" && len(words) == 3:
			n, err := strconv.ParseUint(words[2], 10, 31)
			if err != nil {
				return bad(text)
			}
			elements = append(elements, plyElement{name: words[1], count: int(n)})
		case words[0] == "property" && len(elements) > 0 && len(words) == 3 && plySize[words[1]] > 0:
			last := &elements[len(elements)-1]
			last.properties = append(last.properties, plyProperty{name: words[2], kind: words[1]})
		case words[0] == "property" && len(elements) > 0 && len(words) == 5 && words[1] == "list" && plySize[words[2]] > 0 && plySize[words[3]] > 0:
			last := &elements[len(elements)-1]
			last.properties = append(last.properties, plyProperty{name: words[4], kind: words[3], countKind: words[2]})
		default:
			return bad(text)
		}
	}
	body := raw[end+len("end_header"):]
	if bytes.HasPrefix(body, []byte("\r\n")) {
		body = body[2:]
	} else if len(body) > 0 {
		body = body[1:]
	}
	switch format {
	case "ascii":
		r.text = bytes.Fields(body)
	case "binary_little_endian":
		r.raw, r.order = body, binary.LittleEndian
	case "binary_big_endian":
		r.raw, r.order = body, binary.BigEndian
	default:
		return bad("format " + format)
	}
	return elements, r, nil
}

// holds compares a count with what is left.
func (r *plyReader) holds(e plyElement) bool {
	least := 0
	for _, p := range e.properties {
		switch {
		case r.order == nil:
			least++
		case p.countKind != "":
			least += plySize[p.countKind]
		default:
			least += plySize[p.kind]
		}
	}
	left := len(r.raw)
	if r.order == nil {
		left = len(r.text)
	}
	return len(e.properties) > 0 && e.count <= left/least
}

// element reads one point or face into the mesh, or passes over it.
func (r *plyReader) element(m *Mesh, e plyElement) {
	var place [3]float32
	for _, p := range e.properties {
		if p.countKind == "" {
			f := r.number(p.kind)
			if axis := strings.Index("xyz", p.name); axis >= 0 && len(p.name) == 1 {
				place[axis] = float32(f)
			}
			continue
		}
		n := r.number(p.countKind)
		face := e.name == "face" && (p.name == "vertex_indices" || p.name == "vertex_index")
		var fan [2]int32
		for i := 0; i < int(n) && r.err == nil; i++ {
			f := r.number(p.kind)
			if !face {
				continue
			}
			if !(f >= 0 && f <= math.MaxInt32) {
				r.err = fmt.Errorf("%w: a face names point %g", ErrFormat, f)
				return
			}
			if i > 1 {
				m.Triangles = append(m.Triangles, [3]int32{fan[0], fan[1], int32(f)})
			}
			fan[min(i, 1)] = int32(f)
		}
	}
	if e.name == "vertex" {
		m.Points = append(m.Points, place)
	}
}

func (r *plyReader) number(kind string) float64 {
	if r.err != nil {
		return 0
	}
	if r.order == nil {
		return r.word()
	}
	size := plySize[kind]
	if len(r.raw) < size {
		r.err = fmt.Errorf("%w: PLY ends within its numbers", ErrFormat)
		return 0
	}
	b := r.raw[:size]
	r.raw = r.raw[size:]
	switch kind {
	case "char", "int8":
		return float64(int8(b[0]))
	case "uchar", "uint8":
		return float64(b[0])
	case "short", "int16":
		return float64(int16(r.order.Uint16(b)))
	case "ushort", "uint16":
		return float64(r.order.Uint16(b))
	case "int", "int32":
		return float64(int32(r.order.Uint32(b)))
	case "uint", "uint32":
		return float64(r.order.Uint32(b))
	case "float", "float32":
		return float64(math.Float32frombits(r.order.Uint32(b)))
	}
	return math.Float64frombits(r.order.Uint64(b))
}

func (r *plyReader) word() float64 {
	if len(r.text) == 0 {
		r.err = fmt.Errorf("%w: PLY ends within its numbers", ErrFormat)
		return 0
	}
	f, err := strconv.ParseFloat(string(r.text[0]), 64)
	if err != nil {
		r.err = fmt.Errorf("%w: %q is no number", ErrFormat, line(string(r.text[0]), 40))
	}
	r.text = r.text[1:]
	return f
}
