package deid

import (
	"fmt"
	"slices"
	"strings"

	"consilium/imaging/dicom"
)

// Report says what was done to one object or to several. It names attributes and never values.
type Report struct {
	Objects int
	// Done counts what was done, by path and action: the tags in hexadecimal from the outside in, separated by slashes.
	Done map[Step]int
	// Options are those of PS3.16 CID 7050 that were applied, as written into the objects.
	Options []string
}

// Step is one thing done to one attribute.
type Step struct {
	Path   string
	Action Action
}

func (r *Report) did(path string, a Action) {
	if r.Done == nil {
		r.Done = map[Step]int{}
	}
	r.Done[Step{path, a}]++
}

// Add joins another report to this one.
func (r *Report) Add(other *Report) {
	r.Objects += other.Objects
	for s, n := range other.Done {
		if r.Done == nil {
			r.Done = map[Step]int{}
		}
		r.Done[s] += n
	}
	for _, o := range other.Options {
		if !slices.Contains(r.Options, o) {
			r.Options = append(r.Options, o)
		}
	}
}

// Steps are the things done in the order of their paths.
func (r *Report) Steps() []Step {
	steps := make([]Step, 0, len(r.Done))
	for s := range r.Done {
		steps = append(steps, s)
	}
	slices.SortFunc(steps, func(a, b Step) int { return strings.Compare(a.Path+string(a.Action), b.Path+string(b.Action)) })
	return steps
}

// verbs are the actions in words.
var verbs = map[Action]string{Remove: "removed", Empty: "emptied", Dummy: "replaced by a dummy", Replace: "replaced by another UID", Clean: "cleaned or moved"}

func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d objects de-identified: %s\n", r.Objects, strings.Join(r.Options, ", "))
	private := 0
	for _, s := range r.Steps() {
		if t, ok := dicom.ParseTag(s.Path[strings.LastIndexByte(s.Path, '/')+1:]); ok && t.Private() {
			private += r.Done[s]
			continue
		}
		fmt.Fprintf(&b, "  %-60s %s, %d times\n", named(s.Path), verbs[s.Action], r.Done[s])
	}
	if private > 0 {
		fmt.Fprintf(&b, "  %-60s removed, %d in all\n", "attributes of manufacturers", private)
	}
	b.WriteString("The values of pixels were not changed. A face can be made from slices of a head: this is personal data shared for care, not anonymous data.\n")
	return b.String()
}

// named gives a path in keywords; private attributes have none.
func named(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if t, ok := dicom.ParseTag(p); ok {
			if k := t.Keyword(); k != "" {
				parts[i] = k
			} else {
				parts[i] = t.String()
			}
		}
	}
	return strings.Join(parts, " > ")
}

// option is a code of PS3.16 CID 7050.
type option struct{ code, meaning string }

// applied lists the profile and its options as they are written into the object.
func (p *Profile) applied() []option {
	o := []option{{"113100", "Basic Application Confidentiality Profile"}}
	if p.Reviewed {
		o = append(o, option{"113101", "Clean Pixel Data Option"})
	}
	if p.CleanDescriptors {
		o = append(o, option{"113105", "Clean Descriptors Option"})
	}
	switch p.Dates {
	case DatesKept:
		o = append(o, option{"113106", "Retain Longitudinal Temporal Information Full Dates Option"})
	case DatesMoved:
		o = append(o, option{"113107", "Retain Longitudinal Temporal Information Modified Dates Option"})
	}
	if p.PatientCharacteristics {
		o = append(o, option{"113108", "Retain Patient Characteristics Option"})
	}
	if p.DeviceIdentity {
		o = append(o, option{"113109", "Retain Device Identity Option"})
	}
	return o
}

// method is what an object says of how it was de-identified.
const method = "DICOM PS3.15 annex E, see the codes"

// mark writes into the object that it was de-identified, and how (PS3.15 section E.1.1).
func (s *subject) mark(d *dicom.Dataset) {
	d.SetString(0x00120062, "YES") // Patient Identity Removed
	var methods []string
	var codes []*dicom.Dataset
	for _, o := range s.applied() {
		methods = append(methods, o.meaning)
		c := &dicom.Dataset{}
		c.SetString(0x00080100, o.code)
		c.SetString(0x00080102, "DCM")
		c.SetString(0x00080104, o.meaning)
		codes = append(codes, c)
	}
	s.report.Options = methods
	d.SetString(0x00120063, method)
	d.SetItems(0x00120064, codes...)
	d.SetString(0x00280303, map[Dates]string{DatesRemoved: "REMOVED", DatesMoved: "MODIFIED", DatesKept: "UNMODIFIED"}[s.Dates])
	if s.Reviewed && d.Has(dicom.PixelData) {
		d.SetString(0x00280301, "NO") // Burned In Annotation: a person has looked
	}
}
