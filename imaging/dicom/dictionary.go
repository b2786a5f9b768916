package dicom

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// dictionaryText has a line for each attribute of PS3.6 and PS3.7 (2024): tag, VR (alternatives separated by a slash), value multiplicity, keyword.
// An x in the tag is any digit: the repeating groups of overlays and curves.
//
//go:embed dictionary.tsv
var dictionaryText string

// Entry is what the standard says about an attribute.
type Entry struct {
	VR      VR // the first, where the standard gives alternatives
	Either  string
	VM      string
	Keyword string
}

type repeating struct {
	mask, tag Tag
	entry     Entry
}

type dictionary struct {
	tags      map[Tag]Entry
	keywords  map[string]Tag
	repeating []repeating
}

var standard = sync.OnceValue(readDictionary)

func readDictionary() *dictionary {
	d := &dictionary{tags: make(map[Tag]Entry, 5400), keywords: make(map[string]Tag, 5400)}
	for line := range strings.Lines(dictionaryText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		v, _ := ParseVR(f[1][:2])
		e := Entry{VR: v, VM: f[2], Keyword: f[3]}
		if len(f[1]) > 2 {
			e.Either = f[1]
		}
		n, err := strconv.ParseUint(strings.ReplaceAll(f[0], "x", "0"), 16, 32)
		switch {
		case err != nil:
		case strings.Contains(f[0], "x"):
			d.repeating = append(d.repeating, repeating{maskOf(f[0]), Tag(n), e})
		default:
			d.tags[Tag(n)] = e
		}
		d.keywords[e.Keyword] = Tag(n)
	}
	return d
}

// maskOf has a 1 for each bit of the tag that is fixed.
func maskOf(pattern string) (mask Tag) {
	for _, c := range pattern {
		mask <<= 4
		if c != 'x' {
			mask |= 0xF
		}
	}
	return mask
}

// Lookup says what the standard knows of a tag. Private tags are unknown, except that the owners of blocks and group lengths have a VR.
func Lookup(t Tag) (Entry, bool) {
	d := standard()
	if e, ok := d.tags[t]; ok {
		return e, true
	}
	switch {
	case t.Number() == 0:
		return Entry{VR: UL, VM: "1", Keyword: "GroupLength"}, true
	case t.creates():
		return Entry{VR: LO, VM: "1", Keyword: "PrivateCreator"}, true
	case t.Private():
		return Entry{VR: UN}, false
	}
	for _, r := range d.repeating {
		if t&r.mask == r.tag {
			return r.entry, true
		}
	}
	return Entry{VR: UN}, false
}

// ByKeyword gives the tag of a keyword of PS3.6; of a repeating group, the first.
func ByKeyword(keyword string) (Tag, bool) {
	t, ok := standard().keywords[keyword]
	return t, ok
}
