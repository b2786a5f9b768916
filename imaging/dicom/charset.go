package dicom

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// set is a coded character set that may stand in one half of the code table (PS3.3 section C.12.1.1.2, PS3.5 section 6.1).
type set struct {
	decode func(b []byte) string // b holds bytes of one half only
	high   bool                  // stands in the upper half (G1)
	double bool                  // two bytes a character
	escape string                // designates it
}

func ascii(b []byte) string { return string(b) }

// byCharmap decodes with a table of single bytes.
func byCharmap(c *charmap.Charmap) func([]byte) string {
	return func(b []byte) string {
		r := make([]rune, len(b))
		for i, x := range b {
			r[i] = c.DecodeByte(x)
		}
		return string(r)
	}
}

// byEncoding decodes with a multi-byte encoding after setting the high bit of each byte.
func byEncoding(e encoding.Encoding, before string) func([]byte) string {
	return func(b []byte) string {
		var in []byte
		for i, x := range b {
			if i%2 == 0 {
				in = append(in, before...)
			}
			in = append(in, x|0x80)
		}
		out, err := e.NewDecoder().Bytes(in)
		if err != nil {
			return strings.Repeat("\uFFFD", (len(b)+1)/2)
		}
		return string(out)
	}
}

// romaji is JIS X 0201's left half, which differs from ASCII in two places.
func romaji(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '~' {
			return '‾'
		}
		return r
	}, string(b))
}

// katakana is JIS X 0201's right half.
func katakana(b []byte) string {
	r := make([]rune, len(b))
	for i, x := range b {
		r[i] = utf8.RuneError
		if x >= 0xA1 && x <= 0xDF {
			r[i] = 0xFF61 + rune(x-0xA1)
		}
	}
	return string(r)
}

var (
	setASCII    = &set{decode: ascii, escape: "(B"}
	setRomaji   = &set{decode: romaji, escape: "(J"}
	setKatakana = &set{decode: katakana, high: true, escape: ")I"}
	setLatin1   = &set{decode: byCharmap(charmap.ISO8859_1), high: true, escape: "-A"}
	setKanji    = &set{decode: byEncoding(japanese.EUCJP, ""), double: true, escape: "$B"}
)

// sets are all that an escape sequence can designate (PS3.3 Tables C.12-3 and C.12-4).
var sets = []*set{
	setASCII, setRomaji, setKatakana, setLatin1, setKanji,
	{decode: byCharmap(charmap.ISO8859_2), high: true, escape: "-B"},
	{decode: byCharmap(charmap.ISO8859_3), high: true, escape: "-C"},
	{decode: byCharmap(charmap.ISO8859_4), high: true, escape: "-D"},
	{decode: byCharmap(charmap.ISO8859_5), high: true, escape: "-L"},
	{decode: byCharmap(charmap.ISO8859_6), high: true, escape: "-G"},
	{decode: byCharmap(charmap.ISO8859_7), high: true, escape: "-F"},
	{decode: byCharmap(charmap.ISO8859_8), high: true, escape: "-H"},
	{decode: byCharmap(charmap.ISO8859_9), high: true, escape: "-M"},
	{decode: byCharmap(charmap.ISO8859_15), high: true, escape: "-b"},
	{decode: byCharmap(charmap.Windows874), high: true, escape: "-T"}, // a superset of TIS 620
	{decode: byEncoding(japanese.EUCJP, ""), double: true, escape: "$@"},
	{decode: byEncoding(japanese.EUCJP, "\x8F"), double: true, escape: "$(D"},
	{decode: byEncoding(korean.EUCKR, ""), high: true, double: true, escape: "$)C"},
	{decode: byEncoding(simplifiedchinese.GBK, ""), high: true, double: true, escape: "$)A"},
}

// repertoire is a defined term of Specific Character Set: what the two halves hold at the start of a value, or one encoding for everything.
type repertoire struct {
	low, high *set
	whole     encoding.Encoding
	utf8      bool
}

// repertoires by the number in the term: ISO_IR 100 and ISO 2022 IR 100 are the same set, without and with code extensions.
var repertoires = map[string]repertoire{
	"6": {low: setASCII}, "13": {low: setRomaji, high: setKatakana}, "100": {low: setASCII, high: setLatin1}, "101": latin("-B"), "109": latin("-C"),
	"110": latin("-D"), "144": latin("-L"), "127": latin("-G"), "126": latin("-F"), "138": latin("-H"), "148": latin("-M"), "203": latin("-b"),
	"166": latin("-T"), "87": {low: setASCII}, "159": {low: setASCII}, "149": latin("$)C"), "58": latin("$)A"),
	"192": {utf8: true}, "GB18030": {whole: simplifiedchinese.GB18030}, "GBK": {whole: simplifiedchinese.GBK},
}

func latin(escape string) repertoire { return repertoire{low: setASCII, high: escaped(escape)} }

func escaped(escape string) *set {
	for _, s := range sets {
		if s.escape == escape {
			return s
		}
	}
	return nil
}

// charset is how the text of a data set is encoded.
type charset struct {
	repertoire
	declared bool // by a term that is known
}

// charset reads Specific Character Set of the data set or of the nearest one around it that has one.
func (d *Dataset) charset() charset {
	for ; d != nil; d = d.parent {
		if e := d.Find(SpecificCharacterSet); e != nil {
			return charsetOf(string(e.Value))
		}
	}
	return charset{repertoire: repertoire{low: setASCII}}
}

// charsetOf takes the first term: the later ones only announce what escape sequences may bring, and every sequence is understood anyway.
func charsetOf(terms string) charset {
	first, _, _ := strings.Cut(terms, `\`)
	t := strings.ToUpper(strings.Trim(first, " \x00"))
	t = strings.NewReplacer("ISO_IR ", "", "ISO 2022 IR ", "", "ISO-IR ", "", "ISO_IR_", "", "ISO 2022-IR ", "", "ISO2022 IR ", "").Replace(t)
	if t == "" {
		t = "6"
	}
	switch t {
	case "UTF-8", "UTF8":
		t = "192"
	}
	r, ok := repertoires[t]
	if !ok {
		return charset{repertoire: repertoire{low: setASCII}}
	}
	return charset{r, t != "6"}
}

// knownCharset says whether the data set's character set is one of the standard's, which none is too.
func (d *Dataset) knownCharset() bool {
	e := d.Find(SpecificCharacterSet)
	return e == nil || d.String(SpecificCharacterSet) == "" || charsetOf(string(e.Value)).declared || strings.HasSuffix(d.String(SpecificCharacterSet), "IR 6")
}

func (c charset) decode(b []byte, v VR) string {
	if plain(b) {
		return string(b)
	}
	switch {
	case c.utf8 && utf8.Valid(b):
		return string(b)
	case c.whole != nil:
		if s, err := c.whole.NewDecoder().Bytes(b); err == nil && utf8.Valid(s) {
			return string(s)
		}
	case !c.utf8 && (c.declared || strings.IndexByte(string(b), 0x1B) >= 0):
		return c.extended(b, v)
	}
	return guess(b)
}

// plain says whether all bytes are ASCII without escape sequences.
func plain(b []byte) bool {
	for _, x := range b {
		if x >= 0x80 || x == 0x1B {
			return false
		}
	}
	return true
}

// guess reads text whose character set is missing, unknown or not what it says. Hospitals that leave it out mostly write UTF-8 or the code of
// their country. Pairs of bytes from A1 up are Chinese (GB 2312), single ones Latin.
func guess(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if b[i] < 0xB0 || b[i] > 0xF7 || i+1 == len(b) || b[i+1] < 0xA1 {
			return setLatin1.decode(b)
		}
		i++
	}
	s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return setLatin1.decode(b)
	}
	return string(s)
}

// extended decodes with code extensions (PS3.5 section 6.1.2.5): escape sequences change a half of the table until the end of the value, the
// line, or a component of a name, after which the first term's sets stand again.
func (c charset) extended(b []byte, v VR) string {
	var out strings.Builder
	low, high := c.low, c.high
	for len(b) > 0 {
		if b[0] == 0x1B {
			s, n := designated(b[1:])
			switch {
			case s == nil:
				out.WriteRune(utf8.RuneError)
			case s.high:
				high = s
			default:
				low = s
			}
			b = b[1+n:]
			continue
		}
		n := run(b, low.double, v)
		half := low
		if b[0] >= 0x80 {
			half = high
		}
		if half == nil {
			out.WriteString(setLatin1.decode(b[:n]))
		} else {
			out.WriteString(half.decode(b[:n]))
		}
		if n == 1 && !low.double && resets(b[0], v) {
			low, high = c.low, c.high
		}
		b = b[n:]
	}
	return out.String()
}

// run is the length of the bytes at the start of b that one set decodes: all of one half, a delimiter alone.
func run(b []byte, double bool, v VR) int {
	upper := b[0] >= 0x80
	if !upper && !double && resets(b[0], v) {
		return 1
	}
	n := 1
	for n < len(b) && b[n] != 0x1B && b[n] >= 0x80 == upper && (upper || double || !resets(b[n], v)) {
		n++
	}
	return n
}

// resets says whether a character ends what escape sequences set.
func resets(x byte, v VR) bool {
	switch x {
	case '\r', '\n', '\f', '\t':
		return true
	case '\\':
		return !v.single()
	case '^', '=':
		return v == PN
	}
	return false
}

// designated finds the set of an escape sequence and the sequence's length after ESC.
func designated(b []byte) (*set, int) {
	for _, s := range sets {
		if strings.HasPrefix(string(b[:min(len(b), 3)]), s.escape) {
			return s, len(s.escape)
		}
	}
	return nil, 0
}

// encode writes text where that needs no code extension; false where it does, or cannot be written at all.
func (c charset) encode(s string) ([]byte, bool) {
	if plain([]byte(s)) || c.utf8 {
		return []byte(s), true
	}
	if c.whole != nil {
		b, err := c.whole.NewEncoder().Bytes([]byte(s))
		return b, err == nil
	}
	return nil, false
}

// ToUTF8 rewrites all text of the data set and its items in UTF-8 and says so in Specific Character Set.
func (d *Dataset) ToUTF8() {
	texts := d.decoded()
	for i := range texts {
		texts[i]()
	}
	d.Set(Element{Tag: SpecificCharacterSet, VR: CS, Value: []byte("ISO_IR 192")})
}

// decoded reads every text with the character set that it has now and gives what writes them back; the items' own sets go.
func (d *Dataset) decoded() (write []func()) {
	c := d.charset()
	for i := range d.Elements {
		e := &d.Elements[i]
		if e.VR.Text() && !plain(e.Value) {
			s := []byte(c.decode(e.Value, e.VR))
			write = append(write, func() { e.Value = padded(s, e.VR) })
		}
		for _, it := range e.Items {
			write = append(write, it.decoded()...)
			write = append(write, func() { it.Delete(SpecificCharacterSet) })
		}
	}
	return write
}
