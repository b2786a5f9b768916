package deid

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"consilium/imaging/dicom"
)

// tableText is PS3.15 Table E.1-1 (2024b) but for the row of private attributes: tag, action of the basic profile, and the actions of the options
// that this package offers. Rows that came after 2022 have the options that their representation implies: dates, and descriptions.
//
//go:embed profile.tsv
var tableText string

// Action is what is done to an attribute (PS3.15 Table E.1-1a). Compound actions of the table were decided by decide.
type Action string

// The actions. What the standard writes X/Z and the like is one of these in the end.
const (
	Keep    Action = "K"
	Remove  Action = "X"
	Empty   Action = "Z"
	Dummy   Action = "D"
	Replace Action = "U" // a UID by another, the same wherever it stands
	Clean   Action = "C"
)

// rule is a row of the table.
type rule struct {
	basic                                               string
	device, characteristics, full, modified, descriptor Action
}

var profile = sync.OnceValue(readTable)

func readTable() map[dicom.Tag]rule {
	rules := map[dicom.Tag]rule{}
	for line := range strings.Lines(tableText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		n, err := strconv.ParseUint(f[0], 16, 32)
		if err != nil {
			continue // the repeating groups 50xx and 60xx, which are removed whole
		}
		r := rule{basic: f[1]}
		if len(f) > 2 {
			r.options(f[2])
		}
		rules[dicom.Tag(n)] = r
	}
	return rules
}

func (r *rule) options(text string) {
	for o := range strings.FieldsSeq(text) {
		name, action, _ := strings.Cut(o, "=")
		switch name {
		case "device":
			r.device = Action(action)
		case "characteristics":
			r.characteristics = Action(action)
		case "full":
			r.full = Action(action)
		case "modified":
			r.modified = Action(action)
		case "descriptors":
			r.descriptor = Action(action)
		}
	}
}

// repeating says whether a tag belongs to curves or overlays, whose parts make no sense without the data that the table removes.
func repeating(t dicom.Tag) bool {
	g := t.Group()
	return g >= 0x5000 && g <= 0x50FF || g >= 0x6000 && g <= 0x60FF
}

// decide says what is done to an attribute of a data set. Bytes of unknown representation cannot be looked into, so that no option keeps them.
func (p *Profile) decide(t dicom.Tag, v dicom.VR) Action {
	a := p.listed(t, v)
	if v == dicom.UN && a == Keep {
		return Remove
	}
	return a
}

func (p *Profile) listed(t dicom.Tag, v dicom.VR) Action {
	if t.Private() || repeating(t) || slices.Contains(born, t) {
		return Remove
	}
	r, ok := profile()[t]
	if !ok {
		return p.unlisted(t, v)
	}
	switch {
	case p.DeviceIdentity && r.device != "":
		return r.device
	case p.PatientCharacteristics && r.characteristics == Keep:
		return Keep
	case p.PatientCharacteristics && r.characteristics != "" && v != dicom.SQ:
		return Clean
	case p.Dates == DatesKept && r.full != "":
		return r.full
	case p.Dates == DatesMoved && r.modified != "":
		return r.modified
	case p.CleanDescriptors && r.descriptor != "" && v != dicom.SQ:
		return r.descriptor
	}
	return simple(t, r.basic)
}

// simple decides a compound action as the standard leaves it to who knows the object's definition. An empty value is allowed wherever removal or
// emptying are offered; a dummy is given where the choice is between removal and a dummy, and for the two attributes that newer objects must fill.
func simple(t dicom.Tag, basic string) Action {
	switch basic {
	case "X/Z":
		return Empty
	case "Z/D", "X/D":
		return Dummy
	case "X/Z/D":
		if t == deviceSerialNumber || t == acquisitionDateTime {
			return Dummy
		}
		return Empty
	case "X/Z/U*":
		return Replace
	}
	return Action(basic)
}

const (
	deviceSerialNumber  dicom.Tag = 0x00181000
	acquisitionDateTime dicom.Tag = 0x0008002A
)

// unlisted judges what the table does not name. The standard lets such attributes pass if they identify nobody; which those are is only known of
// attributes of the standard, and of their representation.
func (p *Profile) unlisted(t dicom.Tag, v dicom.VR) Action {
	known, ok := dicom.Lookup(t)
	switch {
	case !ok || known.VR == dicom.UN || v == dicom.UN:
		return Remove
	case v != known.VR && v.IsString() && !known.VR.IsString():
		return Remove // text in place of numbers
	}
	switch v {
	case dicom.PN, dicom.AE, dicom.UR:
		return Remove
	case dicom.DA, dicom.DT, dicom.TM:
		switch p.Dates {
		case DatesKept:
			return Keep
		case DatesMoved:
			return Clean
		}
		return Remove
	case dicom.UI:
		if slices.Contains(classes, t) {
			return Keep
		}
		return Replace
	case dicom.LO, dicom.SH, dicom.LT, dicom.ST, dicom.UT, dicom.UC:
		if slices.Contains(machines, t) || code(t) {
			return Keep
		}
		return Clean // somebody may have typed it
	}
	if t == contentLabel {
		return Dummy
	}
	return Keep
}

// born are attributes that the table of edition 2024b lacks and that tell when a patient was born or died, in another calendar or this one.
var born = []dicom.Tag{0x00100033, 0x00100034, 0x00100035}

// contentLabel is a code that people make up.
const contentLabel dicom.Tag = 0x00700080

// mandatory are texts that people type and that an object must have (type 1), so that what is left of them may not be nothing.
var mandatory = []dicom.Tag{0x00620005, 0x00620009, 0x00620020, 0x00686221, 0x00700002}

// machines are texts that devices write: who made them, programs, filters, kernels, coils, sequences, units and tables. They are searched for the patient's own words
// like all that is kept.
var machines = []dicom.Tag{
	0x00080070, 0x00081090, 0x00080105, 0x00080109, 0x00180024, 0x00180031, 0x00180085, 0x00181016, 0x00181018, 0x00181019, 0x00181020, 0x00181070, 0x00181160, 0x00181180,
	0x00181210, 0x00181250, 0x00181251, 0x00185010, 0x00185020, 0x00189005, 0x00189041, 0x00189047, 0x00189050, 0x00189315, 0x00281054, 0x00281055, 0x00283003,
	0x00283004, 0x003A0203, 0x00541100, 0x00541101, 0x00541103, 0x00541105, 0x0066000F, 0x30060039,
}

// classes are attributes whose UIDs name classes, syntaxes and coding schemes, which may be a manufacturer's and identify nobody.
var classes = []dicom.Tag{
	dicom.SOPClassUID, 0x0008001A, 0x0008001B, 0x00080062, 0x0008010C, 0x00080117, 0x00080118, 0x00081150, 0x0008115A, 0x00083002, 0x00041510, 0x00041512,
	0x0004151A, 0x04000010,
}
