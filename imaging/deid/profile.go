package deid

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"consilium/imaging/dicom"
	"consilium/lang"
)

// Dates says what becomes of dates and times.
type Dates int

// The choices for dates: gone (the basic profile), moved by a number of days that is one patient's in one case, or kept.
const (
	DatesRemoved Dates = iota
	DatesMoved
	DatesKept
)

// Profile is how objects of one case are de-identified. The zero value is the basic profile and lacks only the key.
type Profile struct {
	// Key makes UIDs, dates and pseudonyms of this case. It must be secret, random and the same for all objects of the case.
	Key                    []byte
	Dates                  Dates
	CleanDescriptors       bool // descriptions keep the words of imaging, instead of being removed
	PatientCharacteristics bool // sex, age, size, weight and the like are kept
	DeviceIdentity         bool // station names, serial numbers and the like are kept
	// Subject is the name and ID that the patient gets; if empty, one that is made of the key and the patient's ID.
	Subject string
	// Reviewed says that a person has looked at the pixels and found no text that identifies anybody, so that Screen does not hold them back.
	Reviewed bool
}

// Held is the error for an object that a person must look at first.
type Held struct{ Reasons []Reason }

func (h *Held) Error() string {
	return "held back until a person has looked at the image: " + h.Tell().En
}

// Tell gives the reasons as people read them.
func (h *Held) Tell() lang.Text {
	var en, zh []string
	for _, r := range h.Reasons {
		en, zh = append(en, r.Tell().En), append(zh, r.Tell().Zh)
	}
	return lang.Text{En: strings.Join(en, "; "), Zh: strings.Join(zh, "；")}
}

// ErrKey is the error for a profile whose key is too short to hide anything.
var ErrKey = fmt.Errorf("de-identification needs a secret key of at least %d bytes", minKey)

const minKey = 16

// Apply gives a de-identified copy of a file with a report of what was done. The values of pixels and the file itself are not changed: of
// pixel data only what stands behind the last frame, and comments of a compression, are gone. The error is *Held
// where Screen found reasons and nobody has looked.
func (p Profile) Apply(f *dicom.File) (*dicom.File, *Report, error) {
	if len(p.Key) < minKey {
		return nil, nil, ErrKey
	}
	reasons := Screen(f)
	if never := unfit(f.Dataset); never != "" {
		return nil, nil, &Held{[]Reason{never}}
	}
	if len(reasons) > 0 && !p.Reviewed {
		return nil, nil, &Held{reasons}
	}
	d := f.Dataset.Clone()
	d.ToUTF8()
	s := &subject{Profile: &p, report: &Report{Objects: 1}, known: identities(d), whole: numbers(d)}
	s.days = p.days(d.String(dicom.PatientID))
	pseudonym := p.pseudonym(d.String(dicom.PatientID))
	s.dataset(d, "", false)
	if err := trim(d, f.Syntax, s.report); err != nil {
		return nil, nil, err
	}
	d.SetString(dicom.PatientName, pseudonym)
	d.SetString(dicom.PatientID, pseudonym)
	s.mark(d)
	out := dicom.NewFile(d, f.Syntax)
	return out, s.report, nil
}

// subject is one object on its way through.
type subject struct {
	*Profile
	report *Report
	known  []string // words that identify the patient, in lower case
	whole  []string // numbers that do, as they are written, in lower case
	days   int      // to move dates by
}

// dataset applies the profile to a data set and its items. strict is inside of what must become a dummy: text and names go, whatever their tag.
func (s *subject) dataset(d *dicom.Dataset, path string, strict bool) {
	kept := d.Elements[:0]
	madeUp := ownScheme(d)
	for i := range d.Elements {
		e := d.Elements[i]
		if madeUp && e.Tag == codeMeaning {
			s.clean(&e, path+e.Tag.Hex())
		}
		if s.element(&e, path, strict) {
			kept = append(kept, e)
		}
	}
	d.Elements = kept
}

// element applies the profile to one element; false where it is removed.
func (s *subject) element(e *dicom.Element, path string, strict bool) bool {
	a := s.decide(e.Tag, e.VR)
	if (a == Keep || a == Clean) && strict && (e.VR.Text() || e.VR == dicom.AS) && !code(e.Tag) {
		a = Dummy
	}
	path += e.Tag.Hex()
	if e.VR == dicom.SQ {
		return s.sequence(e, a, path, strict)
	}
	switch a {
	case Remove:
		s.report.did(path, Remove)
		return false
	case Empty:
		s.empty(e, path)
	case Dummy:
		s.dummy(e, path)
	case Replace:
		s.replace(e, path)
	case Clean:
		s.clean(e, path)
	case Keep:
		s.keep(e, path)
	}
	return true
}

// ownScheme says whether a code is of somebody's own scheme (PS3.16 section 8.2), whose meaning is free text.
func ownScheme(d *dicom.Dataset) bool {
	scheme := strings.ToUpper(d.String(0x00080102))
	return strings.HasPrefix(scheme, "99") || scheme == "L"
}

const codeMeaning dicom.Tag = 0x00080104

// code says whether a text is part of a coded concept, which structured reports are made of.
func code(t dicom.Tag) bool {
	switch t {
	case 0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00080119, 0x00080120:
		return true
	}
	return false
}

// sequence applies the profile to a sequence: emptied and removed as a whole, else item by item.
func (s *subject) sequence(e *dicom.Element, a Action, path string, strict bool) bool {
	switch a {
	case Remove:
		s.report.did(path, Remove)
		return false
	case Empty:
		if len(e.Items) > 0 {
			s.report.did(path, Empty)
		}
		e.Items = nil
		return true
	case Dummy:
		s.report.did(path, Dummy)
	}
	for _, it := range e.Items {
		s.dataset(it, path+"/", strict || a == Dummy)
	}
	return true
}

func (s *subject) empty(e *dicom.Element, path string) {
	if !e.Empty() {
		s.report.did(path, Empty)
	}
	e.Value, e.Bulk = nil, nil
}

func (s *subject) replace(e *dicom.Element, path string) {
	uids := strings.Split(strings.TrimRight(string(e.Value), "\x00 "), `\`)
	changed := false
	for i, u := range uids {
		if u = strings.Trim(u, "\x00 "); u != "" && !strings.HasPrefix(u, standardRoot) {
			uids[i], changed = s.UID(u), true
		}
	}
	if changed {
		e.Value = padded(strings.Join(uids, `\`), 0)
		s.report.did(path, Replace)
	}
}

// standardRoot begins the UIDs that the standard itself defines: classes, transfer syntaxes, coding schemes.
const standardRoot = "1.2.840.10008."

// keep lets an element pass, unless it is text that names the patient all the same.
func (s *subject) keep(e *dicom.Element, path string) {
	switch {
	case e.VR == dicom.AS: // ages above 89 are few enough to point at somebody
		s.capAge(e, path)
	case e.VR == dicom.CS && !codeStrings(string(e.Value)), e.VR == dicom.SH && code(e.Tag) && !short(string(e.Value)):
		s.empty(e, path) // no code, whatever it says that it is
	case e.VR == dicom.CS && s.describe(string(e.Value)) == strings.TrimRight(string(e.Value), " "):
		// a code of imaging words is what it says, even where a patient is called Head
	case e.VR.IsString() && e.VR != dicom.UI && s.names(string(e.Value)):
		s.empty(e, path)
	}
}

// longestCode and longestRun bound a code string: 16 characters (PS3.5 section 6.2), and fewer digits in a row than a telephone, a date or a record has.
const longestCode, longestRun = 16, 7

// codeStrings tells whether all values may be code strings. Lower case is let through: many write it.
func codeStrings(values string) bool {
	for _, v := range strings.Split(strings.TrimRight(values, " \x00"), `\`) {
		run := 0
		for _, r := range v {
			if run++; r < '0' || r > '9' {
				run = 0
			}
			if run > longestRun || r > unicode.MaxASCII {
				return false
			}
		}
		if len(strings.TrimSpace(v)) > longestCode {
			return false
		}
	}
	return true
}

// short tells whether a text of a coded concept is as short as its representation allows.
func short(values string) bool {
	for _, v := range strings.Split(values, `\`) {
		if utf8.RuneCountInString(strings.TrimSpace(strings.Trim(v, "\x00"))) > longestCode {
			return false
		}
	}
	return true
}

// capAge writes an age as the standard does and makes one above 89 years 90, in whatever unit it came. What is no age is emptied.
func (s *subject) capAge(e *dicom.Element, path string) {
	text := strings.ToUpper(strings.Trim(string(e.Value), " \x00"))
	if text == "" {
		return
	}
	perYear := map[byte]int{'D': 365, 'W': 52, 'M': 12, 'Y': 1}[text[len(text)-1]]
	n, err := strconv.Atoi(text[:len(text)-1])
	switch {
	case err != nil || n < 0 || perYear == 0:
		s.empty(e, path)
		return
	case n/perYear > 89:
		text = "090Y"
	case n > 999:
		text = fmt.Sprintf("%03dY", n/perYear)
	default:
		text = fmt.Sprintf("%03d%c", n, text[len(text)-1])
	}
	if text != strings.Trim(string(e.Value), " \x00") {
		e.Value = []byte(text)
		s.report.did(path, Clean)
	}
}

func padded(s string, pad byte) []byte {
	b := []byte(s)
	if len(b)%2 == 1 {
		b = append(b, pad)
	}
	return b
}

// Done says whether an object says of itself that this package de-identified it. Anybody can write that; it tells only what need not be done twice.
func Done(d *dicom.Dataset) bool {
	return d.String(0x00120062) == "YES" && d.String(0x00120063) == method
}
