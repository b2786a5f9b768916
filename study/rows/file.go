// Package rows turns what a hospital has into what a protocol names: a file's columns into typed values, those into variables by the protocol's
// expressions, and variables into the complete cases and the model matrices of one analysis.
//
// Nothing here leaves the hospital. Estimating is package method.
package rows

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"consilium/stats"
	"consilium/stats/analysis"
	"consilium/study/protocol"
)

// Kind is what a column holds.
type Kind string

// The kinds of columns.
const (
	Numbers Kind = "number"
	Bools   Kind = "bool"
	Texts   Kind = "text"
)

// Column is one column of a file. Of numbers and bools (1 and 0) a missing value is NaN, of texts it is empty.
type Column struct {
	Name    string
	Kind    Kind
	Text    []string // as it was written; nil of numbers and bools that nobody needs as words
	Numbers []float64
}

// value is what an expression sees of a row; not ok where it is missing.
func (c *Column) value(i int) (any, bool) {
	switch {
	case c.Kind == Texts:
		return c.Text[i], c.Text[i] != ""
	case math.IsNaN(c.Numbers[i]):
		return nil, false
	case c.Kind == Bools:
		return c.Numbers[i] == 1, true
	}
	return c.Numbers[i], true
}

// text is a value as a person would write it; "" where it is missing.
func (c *Column) text(i int) string {
	switch {
	case c.Text != nil:
		return c.Text[i]
	case math.IsNaN(c.Numbers[i]):
		return ""
	case c.Kind == Bools:
		return strconv.FormatBool(c.Numbers[i] == 1)
	}
	return strconv.FormatFloat(c.Numbers[i], 'f', -1, 64)
}

// File is rows as they came, one a patient unless a column says who the patient is.
type File struct {
	Rows    int
	Columns map[string]*Column
}

// MaxColumns is the most columns of a file.
const MaxColumns = 2_000

// Reading says how a file of rows is read.
type Reading struct {
	Words   []string // columns whose text is kept as it is written, whatever it looks like
	Missing []string // words that stand for a missing value beside the empty field
}

// ReadingOf is how a file is read for a protocol: the levels of its categories are words, as are the columns named.
func ReadingOf(p *protocol.Protocol, words ...string) Reading {
	var r Reading
	for _, v := range p.Variables {
		if v.Type == protocol.Category && v.Value.IsZero() {
			r.Words = append(r.Words, v.Name)
		}
	}
	for _, w := range words {
		if w != "" {
			r.Words = append(r.Words, w)
		}
	}
	return r
}

// Read reads a CSV file as `stats` does ([analysis.ReadTable]): a column is of numbers if each of its fields is one, or empty, or NA; else of words. Where all words are true
// and false, in whatever letters, beside empty fields and NA, it is of bools.
//
// Where `stats` refuses a column of numbers for a field that is none, it is of words here: what the protocol has no place for is told of its variable ([Odd]), and a column that it does
// not name stops nobody.
func Read(r io.ReadSeeker, o Reading) (*File, error) {
	t, err := table(r, o)
	if err != nil {
		return nil, err
	}
	if len(t.Columns) > MaxColumns {
		return nil, fmt.Errorf("the file has %d columns; %d is the most", len(t.Columns), MaxColumns)
	}
	f := &File{Rows: t.Rows(), Columns: map[string]*Column{}}
	kept := map[string]bool{}
	for _, name := range o.Words {
		kept[name] = true
	}
	for _, c := range t.Columns {
		if c.Name == "" {
			return nil, errors.New("a column has no name: the first line of the file names them")
		}
		column := &Column{Name: c.Name, Kind: Numbers, Numbers: c.Numbers}
		if c.Texts != nil {
			column.words(c.Texts, kept[c.Name])
		}
		f.Columns[c.Name] = column
	}
	return f, nil
}

// mostMixed is how many columns of numbers and other fields a file may have: for each it is read again.
const mostMixed = 50

func table(r io.ReadSeeker, o Reading) (t *stats.Table, err error) {
	words := slices.Clone(o.Words)
	for range mostMixed {
		t, err = analysis.ReadTable(r, analysis.ReadOptions{Missing: o.Missing, Words: words})
		var e *stats.Error
		if !errors.As(err, &e) || e.Variable == "" || slices.Contains(words, e.Variable) || !strings.Contains(e.Advice, `"missing"`) {
			break
		}
		words = append(words, e.Variable)
	}
	return t, err
}

const notAvailable = "NA"

// words are taken as bools where they are nothing else, and kept otherwise.
func (c *Column) words(texts []string, kept bool) {
	c.Kind, c.Text = Texts, texts
	if kept {
		c.alsoNumbers()
		return
	}
	list, some := make([]float64, len(texts)), false
	for i, s := range texts {
		switch {
		case s == "" || s == notAvailable:
			list[i] = math.NaN()
		case strings.EqualFold(s, "true"):
			list[i], some = 1, true
		case strings.EqualFold(s, "false"):
			some = true
		default:
			return
		}
	}
	if some {
		c.Kind, c.Text, c.Numbers = Bools, nil, list
	}
}

// alsoNumbers makes a column whose text is kept one of numbers, where all that it holds are such: a category of 1, 2 and 3 is a number to expressions.
func (c *Column) alsoNumbers() {
	list := make([]float64, len(c.Text))
	for i, s := range c.Text {
		list[i] = math.NaN()
		if s == "" || s == notAvailable {
			continue
		}
		v, ok := decimal(s)
		if !ok {
			return
		}
		list[i] = v
	}
	c.Kind, c.Numbers = Numbers, list
	for i := range c.Text {
		if math.IsNaN(list[i]) {
			c.Text[i] = ""
		}
	}
}

// decimal reads a number as people write one: no hexadecimals, infinities or underscores.
func decimal(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && strings.Trim(s, "0123456789.eE+-") == ""
}
