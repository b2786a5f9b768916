package surface

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"consilium/lab/space"
)

// The parts of a 3MF package (3MF Core Specification 1.3) that do not depend on the mesh.
const (
	contentTypes = `<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>`
	relationships = `<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="/3D/3dmodel.model" Id="rel0" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>`
)

// Write3MF writes a 3MF package with one object in millimeters. Unlike STL it names its unit and shares its points, so that no slicer has to guess or to weld.
func (m *Mesh) Write3MF(w io.Writer, title string) error {
	z := zip.NewWriter(w)
	for _, part := range [][2]string{{"[Content_Types].xml", contentTypes}, {"_rels/.rels", relationships}} {
		f, err := z.Create(part[0])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, part[1]); err != nil {
			return err
		}
	}
	f, err := z.Create("3D/3dmodel.model")
	if err != nil {
		return err
	}
	if err := m.writeModel(f, title); err != nil {
		return err
	}
	return z.Close()
}

func (m *Mesh) writeModel(w io.Writer, title string) error {
	out := bufio.NewWriterSize(w, 1<<18)
	var escaped bytes.Buffer
	if err := xml.EscapeText(&escaped, []byte(line(title, 200))); err != nil {
		return err
	}
	fmt.Fprintf(out, `<?xml version="1.0" encoding="UTF-8"?>
<model unit="millimeter" xml:lang="en-US" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><metadata name="Title">%s</metadata><metadata name="Description">patient coordinates, LPS</metadata><resources><object id="1" type="model"><mesh><vertices>
`, escaped.String())
	var b []byte
	for _, p := range m.Points {
		b = append(b[:0], `<vertex x="`...)
		b = strconv.AppendFloat(b, float64(p[0]), 'f', -1, 32)
		b = strconv.AppendFloat(append(b, `" y="`...), float64(p[1]), 'f', -1, 32)
		b = strconv.AppendFloat(append(b, `" z="`...), float64(p[2]), 'f', -1, 32)
		out.Write(append(b, "\"/>\n"...))
	}
	io.WriteString(out, "</vertices><triangles>\n")
	for _, t := range m.Triangles {
		b = strconv.AppendInt(append(b[:0], `<triangle v1="`...), int64(t[0]), 10)
		b = strconv.AppendInt(append(b, `" v2="`...), int64(t[1]), 10)
		b = strconv.AppendInt(append(b, `" v3="`...), int64(t[2]), 10)
		out.Write(append(b, "\"/>\n"...))
	}
	io.WriteString(out, "</triangles></mesh></object></resources><build><item objectid=\"1\"/></build></model>\n")
	return out.Flush() // reports the first error of all writes above
}

// affine is a 3MF or glTF transform: a point p goes to linear·p + shift.
type affine struct {
	linear space.Mat
	shift  space.Vec
}

func (a affine) apply(p space.Vec) space.Vec { return a.linear.Apply(p).Add(a.shift) }

// after does b first.
func (a affine) after(b affine) affine {
	return affine{a.linear.Mul(b.linear), a.apply(b.shift)}
}

// place puts a part into a mesh. A transform with a mirror would turn it inside out, so its triangles are turned. It refuses what a small file can only mean to stop a computer.
func (m *Mesh) place(part *Mesh, by affine) error {
	if len(m.Triangles)+len(part.Triangles) > mostTriangles || len(m.Points)+len(part.Points) > mostTriangles {
		return fmt.Errorf("%w: it places more than %d triangles", ErrFormat, mostTriangles)
	}
	base := int32(len(m.Points))
	for i := range part.Points {
		v := by.apply(part.Point(int32(i)))
		m.Points = append(m.Points, [3]float32{float32(v[0]), float32(v[1]), float32(v[2])})
	}
	mirrored := by.linear.Det() < 0
	for _, t := range part.Triangles {
		if mirrored {
			t[1], t[2] = t[2], t[1]
		}
		m.Triangles = append(m.Triangles, [3]int32{t[0] + base, t[1] + base, t[2] + base})
	}
	return nil
}

type model3MF struct {
	Unit    string      `xml:"unit,attr"`
	Objects []object3MF `xml:"resources>object"`
	Items   []item3MF   `xml:"build>item"`
}

type object3MF struct {
	ID       string `xml:"id,attr"`
	Vertices []struct {
		X float32 `xml:"x,attr"`
		Y float32 `xml:"y,attr"`
		Z float32 `xml:"z,attr"`
	} `xml:"mesh>vertices>vertex"`
	Triangles []struct {
		A int32 `xml:"v1,attr"`
		B int32 `xml:"v2,attr"`
		C int32 `xml:"v3,attr"`
	} `xml:"mesh>triangles>triangle"`
	Components []item3MF `xml:"components>component"`
}

type item3MF struct {
	Object    string `xml:"objectid,attr"`
	Transform string `xml:"transform,attr"`
}

var units3MF = map[string]float64{"": 1, "millimeter": 1, "micron": 1e-3, "centimeter": 10, "inch": 25.4, "foot": 304.8, "meter": 1000}

// A package's model may unpack to at most so many bytes, and a build may place at most so many objects and triangles: all are far above what anybody prints, and below what stops a computer.
const (
	mostModelBytes = 1 << 30
	mostPlaced     = 10000
	mostTriangles  = 1 << 26
)

// Read3MF reads what a 3MF package's build places, in millimeters.
func Read3MF(raw []byte) (*Mesh, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fmt.Errorf("%w: not a 3MF package: %v", ErrFormat, err)
	}
	for _, f := range z.File {
		if strings.EqualFold(path.Ext(f.Name), ".model") {
			return read3MFPart(f)
		}
	}
	return nil, fmt.Errorf("%w: the package holds no model", ErrFormat)
}

func read3MFPart(f *zip.File) (*Mesh, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	defer r.Close()
	var model model3MF
	if err := xml.NewDecoder(io.LimitReader(r, mostModelBytes)).Decode(&model); err != nil {
		return nil, fmt.Errorf("%w: its model: %v", ErrFormat, err)
	}
	unit, known := units3MF[model.Unit]
	if !known {
		return nil, fmt.Errorf("%w: unit %q", ErrFormat, line(model.Unit, 40))
	}
	b := &builder3MF{objects: map[string]*object3MF{}, left: mostPlaced}
	for i := range model.Objects {
		b.objects[model.Objects[i].ID] = &model.Objects[i]
	}
	scale := space.Identity
	for axis := range 3 {
		scale[axis][axis] = unit
	}
	if err := b.items(model.Items, affine{linear: scale}, 0); err != nil {
		return nil, err
	}
	return &b.mesh, nil
}

type builder3MF struct {
	objects map[string]*object3MF
	mesh    Mesh
	left    int
}

func (b *builder3MF) items(items []item3MF, by affine, depth int) error {
	for _, item := range items {
		object := b.objects[item.Object]
		if b.left--; object == nil || depth > 16 || b.left < 0 {
			return fmt.Errorf("%w: its build names object %q, which is not there, within itself, or one of too many", ErrFormat, line(item.Object, 40))
		}
		t, err := readTransform(item.Transform)
		if err != nil {
			return err
		}
		part := &Mesh{}
		for _, v := range object.Vertices {
			part.Points = append(part.Points, [3]float32{v.X, v.Y, v.Z})
		}
		for _, t := range object.Triangles {
			part.Triangles = append(part.Triangles, [3]int32{t.A, t.B, t.C})
		}
		if err := part.Check(); err != nil && !errors.Is(err, ErrEmpty) {
			return err
		}
		if err := b.mesh.place(part, by.after(t)); err != nil {
			return err
		}
		if err := b.items(object.Components, by.after(t), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// readTransform reads the twelve numbers of a 3MF transform, which multiplies rows of points from the right.
func readTransform(text string) (affine, error) {
	t := affine{linear: space.Identity}
	if text == "" {
		return t, nil
	}
	words := strings.Fields(text)
	if len(words) != 12 {
		return t, fmt.Errorf("%w: transform %q", ErrFormat, line(text, 80))
	}
	for i, word := range words {
		f, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return t, fmt.Errorf("%w: transform %q", ErrFormat, line(text, 80))
		}
		if i < 9 {
			t.linear[i%3][i/3] = f
		} else {
			t.shift[i-9] = f
		}
	}
	return t, nil
}
