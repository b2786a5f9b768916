package annotation

import (
	"consilium/imaging/dicom"
)

// document reads a report or a selection: each container with measured values or coordinates of its own becomes a drawing on each frame that it names, and a
// selection one on each of its images.
func (r *reader) document(d *dicom.Dataset, class string) {
	r.given.Sort, r.given.Title = Report, meaning(d, "ConceptNameCodeSequence")
	if class == selectionClass {
		r.given.Sort = Selection
	}
	r.gather(d)
}

// gathered is what one container says and where.
type gathered struct {
	says  []string
	where []place
	lines map[string][]Line // by instance
}

// gather walks through a container; other containers in it are gathered by themselves.
func (r *reader) gather(d *dicom.Dataset) {
	g := gathered{lines: map[string][]Line{}}
	for _, item := range d.Items(tag("ContentSequence")) {
		r.item(item, &g)
	}
	seen := map[string]bool{}
	for _, p := range g.where {
		if seen[p.instance] {
			continue
		}
		seen[p.instance] = true
		for _, n := range p.frames {
			if len(g.says) > 0 || len(g.lines[p.instance]) > 0 || r.given.Sort == Selection {
				r.add(Drawing{Instance: p.instance, Frame: n, Lines: g.lines[p.instance], Says: g.says})
			}
		}
	}
}

// item takes up one content item and what is inferred, selected or contained in it.
func (r *reader) item(d *dicom.Dataset, g *gathered) {
	switch d.String(tag("ValueType")) {
	case "CONTAINER":
		r.gather(d)
		return
	case "NUM":
		if v := value(d); v != "" {
			g.says = append(g.says, v)
		}
	case "SCOORD":
		r.drawn(d, g)
		return
	case "IMAGE":
		g.where = append(g.where, r.places(d.Items(tag("ReferencedSOPSequence")))...)
	case "TEXT":
		if name := meaning(d, "ConceptNameCodeSequence"); name == description[2] || name == comment[2] || name == finding[2] {
			g.says = append(g.says, d.String(tag("TextValue")))
		}
	case "CODE":
		if meaning(d, "ConceptNameCodeSequence") == finding[2] {
			g.says = append(g.says, meaning(d, "ConceptCodeSequence"))
		}
	}
	for _, inner := range d.Items(tag("ContentSequence")) {
		r.item(inner, g)
	}
}

// drawn takes up coordinates on the image that they were selected from. Four points of Cobb's angle are two lines.
func (r *reader) drawn(d *dicom.Dataset, g *gathered) {
	points := d.Floats(tag("GraphicData"))
	if len(points) == 0 || len(points)%2 != 0 {
		return
	}
	lines := lineOf(d.String(tag("GraphicType")), points)
	if len(points) == 8 && len(g.says) > 0 && len(lines) == 1 && !lines[0].Closed && g.says[len(g.says)-1] != "" && cobbValue(g.says[len(g.says)-1]) {
		lines = []Line{{Points: points[:4]}, {Points: points[4:]}}
	}
	for _, inner := range d.Items(tag("ContentSequence")) {
		if inner.String(tag("ValueType")) != "IMAGE" {
			continue
		}
		for _, p := range r.places(inner.Items(tag("ReferencedSOPSequence"))) {
			g.where = append(g.where, p)
			g.lines[p.instance] = append(g.lines[p.instance], lines...)
		}
	}
}

func cobbValue(says string) bool {
	name := cobbAngle[2] + ":"
	return len(says) > len(name) && says[:len(name)] == name
}
