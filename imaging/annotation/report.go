package annotation

import (
	"strconv"
	"strings"

	"consilium/imaging/dicom"
)

// document fills in what reports and selections have in common beside their content (PS3.3 section C.17.2).
func (m Made) document(d *dicom.Dataset, from Source, state *dicom.Dataset) {
	d.SetString(tag("ContentDate"), m.Time.Format("20060102"))
	d.SetString(tag("ContentTime"), m.Time.Format("150405"))
	d.SetItems(tag("ReferencedPerformedProcedureStepSequence"))
	d.SetItems(tag("CurrentRequestedProcedureEvidenceSequence"), from.evidence(state))
}

// into puts the content of a container into an object as the root of its tree.
func into(d, root *dicom.Dataset) {
	for _, e := range root.Elements {
		d.Set(e)
	}
}

// report is a measurement report by TID 1500 on the frame; nil where nothing was measured.
func report(from Source, k KeyImage, m Made) *dicom.Dataset {
	groups := groupsOf(k, m, from.coordinates)
	if len(groups) == 0 {
		return nil
	}
	var findings []*dicom.Dataset
	if k.Note != "" {
		findings = append(findings, written(contains, finding, k.Note))
	}
	return measurements(from, m, reportClass, groups, findings)
}

// surface says where something was drawn, as an item of a report: a line, an outline or a point, how it relates to what it is in, and what it is.
type surface func(relation, kind string, points [][2]float64, of concept) *dicom.Dataset

// groupsOf are the marks that measure something.
func groupsOf(k KeyImage, m Made, on surface) (groups []*dicom.Dataset) {
	for _, mark := range k.Marks {
		if g := group(on, mark, m); g != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

// measurements is a report of what was measured and found.
func measurements(from Source, m Made, class string, groups, findings []*dicom.Dataset) *dicom.Dataset {
	d := m.object(from.Header, class, "SR", Report)
	m.document(d, from, nil)
	d.SetString(tag("CompletionFlag"), "COMPLETE")
	d.SetString(tag("VerificationFlag"), "UNVERIFIED")
	d.SetItems(tag("PerformedProcedureCodeSequence"))
	items := append([]*dicom.Dataset{coded(modifies, language, english)}, m.observer()...)
	items = append(items, coded(modifies, procedureReported, procedureOf(from.Header)),
		container(contains, imageLibrary, "1600", container(contains, imageLibraryGroup, "", from.image(contains, nil))))
	if len(groups) > 0 {
		items = append(items, container(contains, measurementsOf, "", groups...))
	}
	if len(findings) > 0 {
		items = append(items, container(contains, qualitative, "", findings...))
	}
	into(d, container("", measurementReport, "1500", items...))
	return d
}

// observer says who measured (TID 1002).
func (m Made) observer() []*dicom.Dataset {
	name := content(observes, "PNAME", observerName)
	name.SetString(tag("PersonName"), personName(m.Name))
	items := []*dicom.Dataset{coded(observes, observerType, person), name}
	if m.Organization != "" {
		items = append(items, written(observes, observerHospital, m.Organization))
	}
	return items
}

func procedureOf(image *dicom.Dataset) concept {
	if p, ok := procedures[strings.ToUpper(image.String(dicom.Modality))]; ok {
		return p
	}
	return procedures[""]
}

// group is one mark with what it measures (TID 1501, of a region TID 1410); nil where it measures nothing.
func group(on surface, k Mark, m Made) *dicom.Dataset {
	template, values := "1501", on.lines(k)
	if k.Sort == Ellipse || k.Sort == Rectangle {
		template, values = "1410", on.region(k)
	}
	if len(values) == 0 {
		return nil
	}
	uid := m.UID("mark " + k.Sort + strings.Join(texts(k.Points), " "))
	items := append([]*dicom.Dataset{written(observes, trackingIdentifier, "Consilium:"+k.Sort), uidReference(observes, trackingUID, uid)}, values...)
	if said := scales[k.Scale]; said != "" {
		items = append(items, written(contains, comment, said))
	}
	return container(contains, measurementGroup, template, items...)
}

// scales are what a length is true of where it is not the patient.
var scales = map[string]string{
	"detector": "Lengths are those at the detector, not in the patient", "magnification": "Lengths were brought into the patient by an estimated magnification",
	"geometry": "Lengths were calibrated by the geometry of the projection", "fiducial": "Lengths were calibrated by an object of known size",
	"calibrated": "Lengths were calibrated, the image does not say how", "pixels": "The image has no spacing: lengths are pixels",
}

// lines are a length or an angle, each from where it was drawn (TID 300).
func (on surface) lines(k Mark) []*dicom.Dataset {
	if !decimalText(k.Value) {
		return nil
	}
	drawn := func(points [][2]float64) *dicom.Dataset {
		return on(inferred, "POLYLINE", points, concept{})
	}
	switch k.Sort {
	case Length:
		unit := pixels
		if k.Unit == "mm" {
			unit = millimeter
		}
		return []*dicom.Dataset{numeric(length, k.Value, unit, drawn(k.Points[:2]))}
	case Angle:
		return []*dicom.Dataset{numeric(angle, k.Value, degree, drawn(k.Points[:3]))}
	case Cobb:
		return []*dicom.Dataset{numeric(cobbAngle, k.Value, degree, drawn(k.Points[:4]))} // as other viewers draw and read it: the ends of one line, then of the other
	}
	return nil
}

// region is an area and the values within (TID 1410, TID 1419).
func (on surface) region(k Mark) []*dicom.Dataset {
	kind, points := "ELLIPSE", k.axes()
	if k.Sort == Rectangle {
		kind, points = "POLYLINE", k.outline()[0]
	}
	var values []*dicom.Dataset
	if decimalText(k.Area) {
		unit := squareMillimeter
		if k.Scale == "pixels" {
			unit = pixels
		}
		values = append(values, numeric(area, k.Area, unit))
	}
	for _, v := range []struct {
		value string
		how   concept
	}{{k.Value, mean}, {k.Spread, standardDeviation}} {
		switch {
		case !decimalText(v.value):
		case k.Unit == hounsfield[0]:
			values = append(values, numeric(attenuation, v.value, hounsfield, coded(modifies, derivation, v.how)))
		default:
			values = append(values, numeric(v.how, v.value, noUnits))
		}
	}
	if len(values) == 0 {
		return nil
	}
	return append([]*dicom.Dataset{on(contains, kind, points, imageRegion)}, values...)
}

// selection is a document that names the image as one of interest (TID 2010), with the state that shows it as it was looked at; of a plane, the report that says where it is.
func selection(from Source, k KeyImage, m Made, state *dicom.Dataset) *dicom.Dataset {
	d := m.object(from.Header, selectionClass, "KO", Selection)
	m.document(d, from, state)
	items := append([]*dicom.Dataset{coded(modifies, language, english)}, m.observer()...)
	if k.Note != "" {
		items = append(items, written(contains, description, k.Note))
	}
	what := from.image(contains, state)
	if k.Plane != nil { // no image shows it: the report does
		what = content(contains, "COMPOSITE", concept{})
		what.SetItems(tag("ReferencedSOPSequence"), named(state))
	}
	into(d, container("", ofInterest, "2010", append(items, what)...))
	return d
}

// texts are points as words.
func texts(points [][2]float64) (list []string) {
	for _, v := range flat(points) {
		list = append(list, strconv.FormatFloat(v, 'f', 2, 64))
	}
	return list
}
