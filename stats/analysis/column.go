package analysis

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"consilium/stats"
)

// column is of numbers until a field is not one. It remembers what is needed to decide at the end.
type column struct {
	name    string
	missing [][]byte // words that stand for a missing value
	asWords bool     // whatever it looks like

	numbers []float64
	texts   []string
	known   map[string]string // one copy of each word
	late    int               // how many rows were taken for numbers before the first word came

	available       bool  // a field is NA
	filled, numeric int   // fields that are not missing, and that are numbers
	padded          bool  // a whole number begins with a zero
	width           int   // of all fields, if they are whole numbers of one width; -1 if not
	slip            *slip // the first field that begins like a number and is none
	point           *slip // the first lone point, which other programs write for a missing value
	foreign         *slip // the first field that is not UTF-8
	gap             *slip // the first word that mostly stands for a missing value
	commas          int   // fields with a comma within digits
	comma           *slip // the first of them
}

// slip is a field that is refused.
type slip struct {
	row   int
	value string
}

func newColumn(name string, o ReadOptions, words bool) *column {
	c := &column{name: name, asWords: words}
	for _, word := range o.Missing {
		c.missing = append(c.missing, []byte(word))
	}
	if words {
		c.texts, c.known = []string{}, map[string]string{}
	}
	return c
}

func (c *column) grow(rows int) {
	if c.texts != nil {
		c.texts = slices.Grow(c.texts, max(0, rows-len(c.texts)))
	} else {
		c.numbers = slices.Grow(c.numbers, max(0, rows-len(c.numbers)))
	}
}

var notAvailable = []byte("NA")

// gone says whether a field is missing in any column.
func (c *column) gone(field []byte) bool {
	return len(field) == 0 || len(c.missing) > 0 && slices.ContainsFunc(c.missing, func(word []byte) bool { return bytes.Equal(word, field) })
}

// add takes a field, of which number is what it is if it is a short decimal, else NaN.
func (c *column) add(row int, field []byte, number float64) {
	if !math.IsNaN(number) && c.texts == nil && c.missing == nil { // as most fields are
		c.numeric++
		c.filled++
		if c.width >= 0 {
			c.measure(field)
		}
		c.numbers = append(c.numbers, number)
		return
	}
	if c.asWords {
		c.texts = append(c.texts, c.word(row, field))
		return
	}
	v, isNumber := math.NaN(), false
	switch {
	case c.gone(field):
	case bytes.Equal(field, notAvailable):
		c.available = true
	default:
		v, isNumber = decimal(field)
		if !isNumber && (field[0] == ' ' || field[len(field)-1] == ' ') {
			v, isNumber = decimal(bytes.TrimSpace(field))
		}
		c.count(row, field, isNumber)
		if !isNumber && c.texts == nil {
			c.become(row)
		}
	}
	if c.texts == nil {
		c.numbers = append(c.numbers, v)
		return
	}
	c.texts = append(c.texts, c.word(row, field))
}

// count keeps what the column's type is decided by.
func (c *column) count(row int, field []byte, isNumber bool) {
	c.filled++
	if isNumber {
		c.numeric++
		if c.width >= 0 {
			c.measure(field)
		}
		return
	}
	c.width = -1
	switch first := field[0]; {
	case len(field) == 1 && first == '.':
		if c.point == nil {
			c.point = &slip{row, "."}
		}
	case bytes.IndexByte(field, ',') >= 0 && commaDecimal(field):
		if c.commas++; c.comma == nil {
			c.comma = &slip{row, string(field)}
		}
	case c.gap == nil && len(field) <= longestGap && stats.NoNumber(string(field)):
		c.gap = &slip{row, string(field)}
	case c.slip == nil && first < utf8.RuneSelf && (first < 'A' || first > 'Z') && (first < 'a' || first > 'z') && first != '_':
		c.slip = &slip{row, string(field)}
	}
}

// measure notes the width of whole numbers, and zeros that they begin with.
func (c *column) measure(field []byte) {
	if c.width > 0 && len(field) != c.width {
		c.width = -1
		return
	}
	for _, b := range field {
		if b < '0' || b > '9' {
			c.width = -1
			return
		}
	}
	c.width = len(field)
	c.padded = c.padded || len(field) > 1 && field[0] == '0'
}

// become turns a column that looked like numbers into words; those of its rows so far are read again at the end, unless all were missing.
func (c *column) become(row int) {
	c.texts, c.known = make([]string, row, max(row+1, cap(c.numbers))), map[string]string{}
	if c.numeric > 0 || c.available {
		c.late = row
	}
	c.numbers = nil
}

// again is how many rows of the column are to be read again as words.
func (c *column) again() int {
	if c.texts == nil && c.padded && c.width > 0 {
		c.become(len(c.numbers))
	}
	return c.late
}

// manyWords is how many different words of a column are kept once each: beyond them most are different, and looking for them costs more than it saves.
const manyWords = 1 << 16

func (c *column) word(row int, field []byte) string {
	if c.gone(field) {
		return ""
	}
	w, ok := c.known[string(field)]
	if !ok {
		if c.foreign == nil && !utf8.Valid(field) {
			c.foreign = &slip{row, fmt.Sprintf("%q", field)}
		}
		w = string(field)
		if len(c.known) < manyWords {
			c.known[w] = w
		}
	}
	return w
}

// refuse is an error if a field cannot have been meant as it stands.
func (c *column) refuse() error {
	because := func(s *slip, detail, advice string) error {
		return &stats.Error{Method: "data", Problem: stats.Invalid, Variable: c.name, Detail: fmt.Sprintf("row %d has %s %s", s.row+1, s.value, detail), Advice: advice}
	}
	switch {
	case c.foreign != nil:
		return because(c.foreign, "which is not UTF-8", "Save the file as CSV UTF-8")
	case c.point != nil:
		return because(c.point, "which is neither a number nor a word", `Leave the field empty, or name it in the specification: "missing": ["."]`)
	case c.comma != nil && 2*(c.numeric+c.commas) > c.filled:
		c.comma.value = fmt.Sprintf("%q", c.comma.value)
		return because(c.comma, "with a comma in a number", fmt.Sprintf(`Write numbers with a point and without signs between thousands; or name it as missing ("missing": [%s]); or say that the column is of words ("words": [%q])`, c.comma.value, c.name))
	}
	for _, s := range []*slip{c.slip, c.gap} {
		if s != nil && 2*c.numeric > c.filled && !c.padded {
			s.value = fmt.Sprintf("%q", s.value)
			return because(s, "among numbers", fmt.Sprintf(`Correct it; or name it as missing ("missing": [%s]); or say that the column is of words ("words": [%q])`, s.value, c.name))
		}
	}
	return nil
}

// commaDecimal says whether a field is a number but for a comma: 50,3 or 1,200.
func commaDecimal(field []byte) bool {
	_, ok := decimal(bytes.Replace(field, []byte{','}, nil, 1))
	return ok
}

// longestGap is the longest of the words that stand for a missing number, in bytes.
const longestGap = 12
