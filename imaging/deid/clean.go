package deid

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"consilium/imaging/dicom"
)

// vocabularyText has the words that descriptions may keep: anatomy, positions, techniques, sequences, agents, in English and Chinese. Comments
// begin with #.
//
//go:embed vocabulary.txt
var vocabularyText string

type vocabulary struct {
	words   map[string]bool
	phrases map[string]bool // Chinese, of at most longest characters
	longest int
}

var imaging = sync.OnceValue(func() *vocabulary {
	v := &vocabulary{words: map[string]bool{}, phrases: map[string]bool{}}
	for line := range strings.Lines(vocabularyText) {
		line, _, _ = strings.Cut(line, "#")
		for w := range strings.FieldsSeq(strings.ToLower(line)) {
			if []rune(w)[0] > 0x2E80 {
				v.phrases[w] = true
				v.longest = max(v.longest, len([]rune(w)))
			} else {
				v.words[w] = true
			}
		}
	}
	return v
})

// clean applies the action C: dates are moved, descriptions keep the words of imaging, and anything else is emptied.
func (s *subject) clean(e *dicom.Element, path string) {
	switch {
	case e.VR == dicom.DA || e.VR == dicom.DT || e.VR == dicom.TM:
		s.moveDates(e, path)
	case e.VR.Text():
		cleaned := s.describe(string(e.Value))
		if cleaned != strings.TrimRight(string(e.Value), " \x00") {
			s.report.did(path, Clean)
		}
		if e.Value = padded(cleaned, ' '); cleaned == "" && slices.Contains(mandatory, e.Tag) {
			s.dummy(e, path)
		}
	default:
		s.empty(e, path)
	}
}

// describe keeps the words of a description that are of imaging and do not name the patient, and short numbers that stand alone: several in a row are a date, a
// telephone or a record. What is not known to be harmless goes: a list of names would never be complete, a list of what scanners write nearly is.
func (s *subject) describe(text string) string {
	text = withoutRuns(s.without(text))
	var out strings.Builder
	for len(text) > 0 {
		word, rest := token(text)
		text = rest
		switch {
		case word[0] < 0x80 && separates(rune(word[0])):
			if strings.ContainsAny(word, " _-+/.,()\\") {
				out.WriteString(word)
			}
		case harmless(word) && !s.names(word):
			out.WriteString(word)
		default:
			out.WriteByte(' ') // what stood on both sides of it is not one word
		}
	}
	fields := slices.DeleteFunc(strings.Fields(out.String()), func(f string) bool { return f != "+" && strings.Trim(f, "_-+/.,()\\") == "" })
	return strings.Trim(strings.Join(fields, " "), " _-+/.,")
}

// withoutRuns takes out two or more numbers that nothing but signs and spaces stands between. A decimal number is one.
func withoutRuns(text string) string {
	var words []string
	for rest := text; rest != ""; {
		var word string
		word, rest = token(rest)
		words = append(words, word)
	}
	for from := 0; from < len(words); from++ {
		if !digits(words[from]) {
			continue
		}
		last, count := from, 1
		for k := from + 1; k < len(words) && (digits(words[k]) || signs(words[k])); k++ {
			if digits(words[k]) {
				last, count = k, count+1
			}
		}
		if count > 1 && !decimal(words[from:last+1]) {
			for k := from; k <= last; k++ {
				words[k] = " "
			}
		}
		from = last
	}
	return strings.Join(words, "")
}

func digits(word string) bool { return strings.Trim(word, "0123456789") == "" }

// signs tells what stands between the numbers of a date, also in Chinese: year, month, day, number, hour, minute.
func signs(word string) bool {
	return strings.Contains("\u5e74\u6708\u65e5\u53f7\u65f6\u5206", word) || !strings.ContainsFunc(word, func(r rune) bool { return !separates(r) })
}

// decimal tells a number such as 0.75 or 12.5.
func decimal(words []string) bool {
	return len(words) == 3 && words[1] == "." && len(words[0]) <= 2 && len(words[2]) <= 2
}

// token splits off a run of letters and digits of one script, or one other character.
func token(s string) (word, rest string) {
	kind := func(r rune) int {
		switch {
		case r > 0x2E80 && unicode.IsLetter(r):
			return 1
		case !separates(r):
			return 2
		}
		return 0
	}
	first := -1
	for i, r := range s {
		k := kind(r)
		if first < 0 {
			first = k
			continue
		}
		if k != first || k == 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// harmless says whether a word is one of imaging: known, a number of at most three digits, or both together as in t2, 3mm, l4.
func harmless(word string) bool {
	word = strings.ToLower(word)
	v := imaging()
	if r := []rune(word); r[0] > 0x2E80 {
		return v.covers(r)
	}
	if v.words[word] {
		return true
	}
	digits := 0
	letters := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			digits++
			return -1
		}
		return r
	}, word)
	return digits > 0 && digits <= 3 && (letters == "" || v.words[letters] || len(letters) == 1)
}

// covers says whether Chinese text is made of known phrases alone.
func (v *vocabulary) covers(r []rune) bool {
	reach := make([]bool, len(r)+1)
	reach[0] = true
	for i := range r {
		for n := 1; reach[i] && n <= min(v.longest, len(r)-i); n++ {
			if v.phrases[string(r[i:i+n])] {
				reach[i+n] = true
			}
		}
	}
	return reach[len(r)]
}
