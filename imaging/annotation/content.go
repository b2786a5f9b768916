package annotation

import "consilium/imaging/dicom"

// concept is a coded concept (PS3.3 section 8.1) by value, scheme and meaning.
type concept [3]string

// Concepts of the templates, in the words of PS3.16.
var (
	measurementReport  = concept{"126000", "DCM", "Imaging Measurement Report"}
	measurementsOf     = concept{"126010", "DCM", "Imaging Measurements"}
	measurementGroup   = concept{"125007", "DCM", "Measurement Group"}
	imageLibrary       = concept{"111028", "DCM", "Image Library"}
	imageLibraryGroup  = concept{"126200", "DCM", "Image Library Group"}
	language           = concept{"121049", "DCM", "Language of Content Item and Descendants"}
	english            = concept{"en", "RFC5646", "English"}
	observerType       = concept{"121005", "DCM", "Observer Type"}
	person             = concept{"121006", "DCM", "Person"}
	observerName       = concept{"121008", "DCM", "Person Observer Name"}
	observerHospital   = concept{"121009", "DCM", "Person Observer's Organization Name"}
	procedureReported  = concept{"121058", "DCM", "Procedure reported"}
	trackingIdentifier = concept{"112039", "DCM", "Tracking Identifier"}
	trackingUID        = concept{"112040", "DCM", "Tracking Unique Identifier"}
	imageRegion        = concept{"111030", "DCM", "Image Region"}
	derivation         = concept{"121401", "DCM", "Derivation"}
	comment            = concept{"121106", "DCM", "Comment"}
	qualitative        = concept{"C0034375", "UMLS", "Qualitative Evaluations"}
	finding            = concept{"121071", "DCM", "Finding"}
	ofInterest         = concept{"113000", "DCM", "Of Interest"}
	description        = concept{"113012", "DCM", "Key Object Description"}

	length            = concept{"410668003", "SCT", "Length"}
	angle             = concept{"1483009", "SCT", "Angle"}
	cobbAngle         = concept{"285285000", "SCT", "Cobb angle"}
	area              = concept{"42798000", "SCT", "Area"}
	mean              = concept{"373098007", "SCT", "Mean"}
	standardDeviation = concept{"386136009", "SCT", "Standard Deviation"}
	attenuation       = concept{"112031", "DCM", "Attenuation Coefficient"}
)

// Units are of UCUM.
var (
	millimeter       = concept{"mm", "UCUM", "millimeter"}
	squareMillimeter = concept{"mm2", "UCUM", "square millimeter"}
	degree           = concept{"deg", "UCUM", "degree"}
	hounsfield       = concept{"[hnsf'U]", "UCUM", "Hounsfield unit"}
	pixels           = concept{"{pixels}", "UCUM", "pixels"}
	noUnits          = concept{"1", "UCUM", "no units"}
)

// procedures are examinations by the modality that made the images.
var procedures = map[string]concept{
	"CT": {"77477000", "SCT", "Computed tomography"}, "MR": {"113091000", "SCT", "Magnetic resonance imaging"}, "US": {"16310003", "SCT", "Ultrasonography"},
	"CR": {"168537006", "SCT", "Plain radiography"}, "DX": {"168537006", "SCT", "Plain radiography"}, "XA": {"77343006", "SCT", "Angiography"},
	"PT": {"82918005", "SCT", "Positron emission tomography"}, "": {"363679005", "SCT", "Imaging"},
}

func (c concept) item() *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(tag("CodeValue"), c[0])
	d.SetString(tag("CodingSchemeDesignator"), c[1])
	d.SetString(tag("CodeMeaning"), c[2])
	return d
}

// The relations of a content item to the one that it is in (PS3.3 section C.17.3.2.4).
const (
	contains = "CONTAINS"
	modifies = "HAS CONCEPT MOD"
	observes = "HAS OBS CONTEXT"
	inferred = "INFERRED FROM"
	selected = "SELECTED FROM"
)

// content is an item of a report: how it relates to the one around it, what kind of value it has, and of what.
func content(relation, kind string, of concept) *dicom.Dataset {
	d := &dicom.Dataset{}
	if relation != "" {
		d.SetString(tag("RelationshipType"), relation)
	}
	d.SetString(tag("ValueType"), kind)
	if of != (concept{}) {
		d.SetItems(tag("ConceptNameCodeSequence"), of.item())
	}
	return d
}

func container(relation string, of concept, template string, items ...*dicom.Dataset) *dicom.Dataset {
	d := content(relation, "CONTAINER", of)
	d.SetString(tag("ContinuityOfContent"), "SEPARATE")
	if template != "" {
		t := &dicom.Dataset{}
		t.SetString(tag("MappingResource"), "DCMR")
		t.SetString(tag("TemplateIdentifier"), template)
		d.SetItems(tag("ContentTemplateSequence"), t)
	}
	return holding(d, items...)
}

func holding(d *dicom.Dataset, items ...*dicom.Dataset) *dicom.Dataset {
	if len(items) > 0 {
		d.SetItems(tag("ContentSequence"), items...)
	}
	return d
}

func coded(relation string, of, value concept) *dicom.Dataset {
	d := content(relation, "CODE", of)
	d.SetItems(tag("ConceptCodeSequence"), value.item())
	return d
}

func written(relation string, of concept, text string) *dicom.Dataset {
	d := content(relation, "TEXT", of)
	d.SetString(tag("TextValue"), text)
	return d
}

func uidReference(relation string, of concept, uid string) *dicom.Dataset {
	d := content(relation, "UIDREF", of)
	d.SetString(tag("UID"), uid)
	return d
}

// numeric is a measured value, as the text that it was shown in.
func numeric(of concept, value string, unit concept, items ...*dicom.Dataset) *dicom.Dataset {
	v := &dicom.Dataset{}
	v.SetString(tag("NumericValue"), value)
	v.SetItems(tag("MeasurementUnitsCodeSequence"), unit.item())
	d := content(contains, "NUM", of)
	d.SetItems(tag("MeasuredValueSequence"), v)
	return holding(d, items...)
}

// image refers to the image; a selection may name a state in which to show it.
func (s Source) image(relation string, state *dicom.Dataset) *dicom.Dataset {
	d := content(relation, "IMAGE", concept{})
	i := s.instance()
	if state != nil {
		i.SetItems(tag("ReferencedSOPSequence"), named(state))
	}
	d.SetItems(tag("ReferencedSOPSequence"), i)
	return d
}

// coordinates are a line or an ellipse on the image.
func (s Source) coordinates(relation, kind string, points [][2]float64, of concept) *dicom.Dataset {
	d := content(relation, "SCOORD", of)
	d.SetString(tag("GraphicType"), kind)
	d.SetFloat(tag("GraphicData"), flat(points)...)
	return holding(d, s.image(selected, nil))
}
