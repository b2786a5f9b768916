package ui

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"
)

// Hospital is how a hospital looks everywhere: a hue and a shape that follow from its ID, and initials.
type Hospital struct {
	Name     string
	Initials string
	Hue      int // 1 to 10, a class in tokens.css
	Shape    int // 1 to 4, so that color is never the only sign; also the style of its lane's line
}

const (
	hues   = 10
	shapes = 4
)

// HospitalOf gives a hospital its steady look. The same ID has the same hue and shape on every
// node and in every release; initials come from the name.
func HospitalOf(id, name string) Hospital {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash never errs
	sum := h.Sum32()
	return Hospital{
		Name:     name,
		Initials: Initials(name),
		Hue:      int(sum%hues) + 1,
		Shape:    int(sum/hues%shapes) + 1,
	}
}

func (h Hospital) classes() string {
	return "hue-" + strconv.Itoa(h.Hue) + " shape-" + strconv.Itoa(h.Shape)
}

// Initials returns at most two letters for a person or a hospital: of a Chinese name the first two
// characters for a hospital's disk, else the first letters of the first and last significant words.
func Initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '·' || r == ',' })
	var letters []rune
	for _, word := range words {
		first := []rune(word)[0]
		if unicode.Is(unicode.Han, first) {
			return string([]rune(word)[:min(2, len([]rune(word)))])
		}
		if insignificant[strings.ToLower(word)] || !unicode.IsLetter(first) {
			continue
		}
		letters = append(letters, unicode.ToUpper(first))
	}
	switch len(letters) {
	case 0:
		return "?"
	case 1:
		return string(letters[0])
	}
	return string(letters[:2])
}

var insignificant = map[string]bool{
	"of": true, "the": true, "and": true, "for": true, "de": true, "dr": true, "dr.": true, "prof": true, "prof.": true,
}
