package terms

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrCode says that a code does not have the form of its system, or that there is no such system.
var ErrCode = errors.New("not a code of this system")

// System is a code system.
type System struct {
	ID   string // what packs write: "icd-10"
	URI  string // how FHIR names it
	OID  string // how HL7 version 3 and DICOM archives name it; "" for none
	Name Label
	form *regexp.Regexp
	ok   func(code string) bool // checks more than the form; nil for nothing more
}

// The code systems.
var (
	ICD10 = System{"icd-10", "http://hl7.org/fhir/sid/icd-10", "2.16.840.1.113883.6.3",
		Label{"ICD-10", "ICD-10"}, regexp.MustCompile(`^[A-Z][0-9]{2}(\.[0-9]{1,2}|\.-)?$`), nil}
	ICD10CM = System{"icd-10-cm", "http://hl7.org/fhir/sid/icd-10-cm", "2.16.840.1.113883.6.90",
		Label{"ICD-10-CM", "ICD-10-CM"}, regexp.MustCompile(`^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$`), nil}
	ICD9CM3 = System{"icd-9-cm-3", "urn:oid:2.16.840.1.113883.6.104", "2.16.840.1.113883.6.104",
		Label{"ICD-9-CM volume 3", "ICD-9-CM-3"}, regexp.MustCompile(`^[0-9]{2}(\.[0-9]{1,2})?$`), nil}
	LOINC = System{"loinc", "http://loinc.org", "2.16.840.1.113883.6.1",
		Label{"LOINC", "LOINC"}, regexp.MustCompile(`^[1-9][0-9]{0,7}-[0-9]$`), luhn}
	SNOMED = System{"snomed", "http://snomed.info/sct", "2.16.840.1.113883.6.96",
		Label{"SNOMED CT", "SNOMED CT"}, regexp.MustCompile(`^[1-9][0-9]{5,17}$`), verhoeff}
	NCIt = System{"ncit", "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl", "2.16.840.1.113883.3.26.1.1",
		Label{"NCI Thesaurus", "NCI 叙词表"}, regexp.MustCompile(`^C[0-9]{3,7}$`), nil}
	Local = System{"local", "urn:consilium:local", "",
		Label{"Local code", "本地编码"}, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`), nil}
)

// Systems lists every code system.
var Systems = []System{ICD10, ICD10CM, ICD9CM3, LOINC, SNOMED, NCIt, Local}

// FindSystem finds a code system by its ID, its URI or its OID, with or without "urn:oid:".
func FindSystem(name string) (System, bool) {
	bare := strings.TrimPrefix(name, "urn:oid:")
	for _, s := range Systems {
		if name == s.ID || name == s.URI || bare != "" && bare == s.OID {
			return s, true
		}
	}
	return System{}, false
}

// Code is one thing that a code system names. In text it is written "icd-10:G51.3".
type Code struct {
	System  string `json:"system"` // ID of the system
	Code    string `json:"code"`
	Display Label  `json:"display"`
}

// NewCode makes a code after checking its form and, where the system has one, its check digit.
func NewCode(system System, code string, display Label) (Code, error) {
	if system.form == nil || !system.form.MatchString(code) || system.ok != nil && !system.ok(code) {
		return Code{}, fmt.Errorf("%s %.40q: %w", system.ID, code, ErrCode)
	}
	return Code{system.ID, code, display}, nil
}

// ParseCode reads "icd-10:G51.3". The display stays empty.
func ParseCode(text string) (Code, error) {
	name, code, _ := strings.Cut(text, ":")
	system, ok := FindSystem(name)
	if !ok {
		return Code{}, fmt.Errorf("%.40q names no code system: %w", text, ErrCode)
	}
	return NewCode(system, code, Label{})
}

// String writes the code as ParseCode reads it.
func (c Code) String() string { return c.System + ":" + c.Code }

// luhn checks the last digit of a LOINC code (mod 10, over the number before the dash).
func luhn(code string) bool {
	digits := strings.Replace(code, "-", "", 1)
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// verhoeff checks the last digit of a SNOMED CT identifier: the dihedral group D5 after Verhoeff (1969), as in the
// SNOMED CT Release File Specification, 5.5.
func verhoeff(code string) bool {
	c := 0
	for i := range len(code) {
		c = verhoeffProduct[c][verhoeffPermutation[i%8][code[len(code)-1-i]-'0']]
	}
	return c == 0
}

var verhoeffProduct = [10][10]int{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
	{4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1}, {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
	{8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
}

// verhoeffPermutation[i] is the first permutation applied i times.
var verhoeffPermutation = func() (p [8][10]int) {
	first := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	for j := range 10 {
		p[0][j] = j
	}
	for i := 1; i < 8; i++ {
		for j := range 10 {
			p[i][j] = first[p[i-1][j]]
		}
	}
	return p
}()
