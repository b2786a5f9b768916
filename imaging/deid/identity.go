package deid

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"consilium/imaging/dicom"
)

// identifying are the attributes whose values are looked for in all other text of the object.
var identifying = []dicom.Tag{
	dicom.PatientName, dicom.PatientID, 0x00101000, 0x00101001, 0x00101005, 0x00101060, 0x00101040, 0x00102154, dicom.AccessionNumber, 0x00080090, 0x00081048,
	0x00081050, 0x00081060, 0x00081070, 0x00321032, 0x00402016, 0x00402017, 0x00380010, 0x00101090,
}

// identities are the words that identify the patient and those who cared for them, as this object gives them, in lower case.
func identities(d *dicom.Dataset) (words []string) {
	for _, t := range identifying {
		for _, v := range d.Strings(t) {
			for _, w := range strings.FieldsFunc(strings.ToLower(v), separates) {
				if telling(w) && !slices.Contains(words, w) {
					words = append(words, w)
				}
			}
		}
	}
	return words
}

// numbered are the attributes whose values number the patient or the examination.
var numbered = []dicom.Tag{dicom.PatientID, 0x00101000, dicom.AccessionNumber, 0x00101090, 0x00380010, 0x00402016, 0x00402017}

// numbers are the values by which a hospital knows the patient, whole: parts of them may be too short to be looked for by themselves.
func numbers(d *dicom.Dataset) (list []string) {
	for _, t := range numbered {
		for _, v := range d.Strings(t) {
			if v = strings.ToLower(strings.TrimSpace(v)); utf8.RuneCountInString(v) >= 3 && strings.ContainsAny(v, "0123456789") {
				list = append(list, v)
			}
		}
	}
	return list
}

// without is a text from which the patient's numbers are taken out where they stand by themselves.
func (s *subject) without(text string) string {
	for _, n := range s.whole {
		low := strings.ToLower(text)
		if len(low) != len(text) { // small letters of another length: rare, and then the words decide alone
			return text
		}
		for at := 0; ; {
			i := strings.Index(low[at:], n)
			if i < 0 {
				break
			}
			from, to := at+i, at+i+len(n)
			before, _ := utf8.DecodeLastRuneInString(text[:from])
			after, _ := utf8.DecodeRuneInString(text[to:])
			at = to
			if (from == 0 || separates(before)) && (to == len(text) || separates(after)) {
				text = text[:from] + strings.Repeat("#", len(n)) + text[to:]
			}
		}
	}
	return text
}

func separates(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// telling says whether a word is long enough to mean somebody: two characters of Chinese, three of others.
func telling(w string) bool {
	n := utf8.RuneCountInString(w)
	r, _ := utf8.DecodeRuneInString(w)
	return n >= 3 || n == 2 && r > 0x2E80
}

// names says whether a text has one of the identifying words in it. Words of letters that are written with spaces must stand alone; a name "Lee"
// is not in "sleep".
func (s *subject) names(text string) bool {
	if s.without(text) != text {
		return true
	}
	text = strings.ToLower(text)
	words := strings.FieldsFunc(text, separates)
	return slices.ContainsFunc(s.known, func(w string) bool {
		r, _ := utf8.DecodeRuneInString(w)
		if r > 0x2E80 {
			return strings.Contains(text, w)
		}
		return slices.Contains(words, w)
	})
}
