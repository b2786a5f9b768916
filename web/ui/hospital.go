package ui

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"consilium/lang"
)

// Hospital is how a hospital looks everywhere: a hue and a shape that follow from its ID, and initials.
type Hospital struct {
	Name     string // as this reader reads it
	Full     string // as the hospital writes it, where that is more
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

// In gives a hospital the name and initials that a reader of one language reads; hue and shape stay as they are.
func (h Hospital) In(l lang.Language) Hospital {
	if short := NameIn(l, h.Name); short != h.Name {
		h.Name, h.Full, h.Initials = short, h.Name, Initials(short)
	}
	return h
}

// title is said when a pointer rests on a shortened name.
func (h Hospital) title() templ.Attributes {
	if h.Full == "" {
		return nil
	}
	return templ.Attributes{"title": h.Full}
}

// The least of each script that makes a name of its own: "PLA 301 医院" is one name, not two. People have shorter names.
const (
	leastHan    = 3
	leastPerson = 2
	leastWords  = 2
)

// NameIn is the part of a name in the reader's script, where the name is written twice: in Latin letters and in Chinese characters, side by side.
func NameIn(l lang.Language, name string) string { return nameIn(l, name, leastHan) }

// PersonIn is NameIn for a person: "Dr. Lin Hai 林海" is 林海 to who reads Chinese. What is signed keeps the whole name.
func PersonIn(l lang.Language, name string) string { return nameIn(l, name, leastPerson) }

func nameIn(l lang.Language, name string, least int) string {
	latin, han := twice(name, least)
	switch {
	case latin == "" || han == "":
		return name
	case l == lang.Chinese:
		return han
	}
	return latin
}

// twice takes a name that is written in both scripts apart; anything else gives nothing.
func twice(name string, least int) (latin, han string) {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()（）/|", r) })
	turns, were := 0, 0
	var parts [2][]string
	for _, word := range words {
		is := 0
		if strings.ContainsFunc(word, isHan) {
			is = 1
		}
		if turns == 0 || is != were {
			turns++
		}
		were = is
		parts[is] = append(parts[is], word)
	}
	latin, han = strings.Join(parts[0], " "), strings.Join(parts[1], " ")
	if turns != 2 || len(parts[0]) < leastWords || utf8.RuneCountInString(han) < least {
		return "", ""
	}
	return latin, han
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

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
