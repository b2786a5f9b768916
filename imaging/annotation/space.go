package annotation

import "consilium/imaging/dicom"

// Plane is a plane through the frames of a series, in the patient. Marks stand on it as on an image whose pixels are one millimeter.
type Plane struct {
	Position    []float64 // of the center of the first pixel, in millimeters toward left, back and head
	Orientation []float64 // of a row, then of a column: two directions of length one
	MIP         bool      // the highest values of all planes beside it were looked at: how deep a mark lies is not known
}

// planar are the objects of a key image of a plane: a report by TID 1500 with places in the patient (PS3.3 section A.35.13), and a selection that names it.
func planar(from Source, k KeyImage, m Made) []*dicom.Dataset {
	place, ok := planeOf(k.Plane.Position, k.Plane.Orientation, []float64{1, 1})
	if !ok {
		return nil
	}
	on := place.coordinates(from.Header.String(tag("FrameOfReferenceUID")))
	groups := groupsOf(k, m, on)
	if k.Plane.MIP {
		for _, g := range groups {
			g.SetItems(tag("ContentSequence"), append(g.Items(tag("ContentSequence")), written(contains, comment, projected))...)
		}
	}
	report := measurements(from, m, spaceClass, groups, found(k, on))
	return []*dicom.Dataset{report, selection(from, k, m, report)}
}

// projected is what a place on a maximum intensity projection means.
const projected = "Drawn on a maximum intensity projection: how deep it lies is not known"

// found is the note, at the place through which the plane was laid, and each place that was pointed at.
func found(k KeyImage, on surface) (list []*dicom.Dataset) {
	at := func(text string, point [2]float64) {
		list = append(list, holding(written(contains, finding, text), on(inferred, "POINT", [][2]float64{point}, concept{})))
	}
	if k.Note != "" {
		at(k.Note, [2]float64{0.5, 0.5})
	}
	for _, mark := range k.Marks {
		if mark.Sort == Arrow {
			at("Pointed at", mark.Points[0])
		}
	}
	return list
}

// coordinates are lines and outlines on the plane as places in the patient (PS3.3 section C.18.9), in the frame of reference of the images.
func (p plane) coordinates(frameOf string) surface {
	return func(relation, kind string, points [][2]float64, of concept) *dicom.Dataset {
		if kind == "POLYLINE" && len(points) > 2 && points[0] == points[len(points)-1] {
			kind = "POLYGON"
		}
		var places []float64
		for _, point := range points {
			v := p.place(point[0], point[1])
			places = append(places, v[:]...)
		}
		d := content(relation, "SCOORD3D", of)
		d.SetString(tag("ReferencedFrameOfReferenceUID"), frameOf)
		d.SetString(tag("GraphicType"), kind)
		d.SetFloat(tag("GraphicData"), places...)
		return d
	}
}
