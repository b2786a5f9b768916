// Package rows turns what a hospital has into what a protocol names: a file's columns into typed values, those into variables by the protocol's
// expressions, and variables into the complete cases and the model matrices of one analysis.
//
// Nothing here leaves the hospital. Estimating is package method.
package rows

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// Kind is what a column holds.
type Kind string

// The kinds of columns.
const (
	Numbers Kind = "number"
	Bools   Kind = "bool"
	Texts   Kind = "text"
)

// Column is one column of a file. Text is as it was written; an empty field is missing, and NaN in Numbers.
type Column struct {
	Name    string
	Kind    Kind
	Text    []string
	Numbers []float64 // of numbers, and 1 or 0 of bools
}

// value is what an expression sees of a row; not ok where it is missing.
func (c *Column) value(i int) (any, bool) {
	switch {
	case c.Text[i] == "":
		return nil, false
	case c.Kind == Numbers:
		return c.Numbers[i], true
	case c.Kind == Bools:
		return c.Numbers[i] == 1, true
	}
	return c.Text[i], true
}

// File is rows as they came, one a patient unless a column says who the patient is.
type File struct {
	Rows    int
	Columns map[string]*Column
}

// Limits of a file. A row is kept as text and as a number, so memory is some four times the file.
const (
	MaxColumns = 2_000
	maxField   = 4_000 // bytes
)

// Read reads a CSV file (RFC 4180, UTF-8, with or without a byte order mark). A column is numbers if all that it holds are numbers, bools if all are
// true or false, otherwise text; of the columns named in text the text is kept whatever it holds.
func Read(r io.Reader, text ...string) (*File, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if b, _ := in.Peek(3); string(b) == "\ufeff" {
		in.Discard(3)
	}
	c := csv.NewReader(in)
	c.ReuseRecord = true
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: its first line names the columns")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	list, err := columns(header)
	if err != nil {
		return nil, err
	}
	f := &File{Columns: map[string]*Column{}}
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", f.Rows+1, err)
		}
		f.Rows++
		for i, field := range record {
			if len(field) > maxField || !utf8.ValidString(field) {
				return nil, fmt.Errorf("row %d, column %s: not UTF-8, or longer than %d bytes", f.Rows, list[i].Name, maxField)
			}
			list[i].Text = append(list[i].Text, field)
		}
	}
	asText := map[string]bool{}
	for _, name := range text {
		asText[name] = true
	}
	for _, column := range list {
		column.settle(asText[column.Name])
		f.Columns[column.Name] = column
	}
	return f, nil
}

func columns(header []string) ([]*Column, error) {
	if len(header) > MaxColumns {
		return nil, fmt.Errorf("the file has %d columns; %d is the most", len(header), MaxColumns)
	}
	seen := map[string]bool{}
	list := make([]*Column, len(header))
	for i, name := range header {
		if name == "" || seen[name] {
			return nil, fmt.Errorf("column %d: each column has a name of its own, and %q is empty or stands twice", i+1, name)
		}
		seen[name] = true
		list[i] = &Column{Name: name}
	}
	return list, nil
}

// settle finds out what a column holds.
func (c *Column) settle(text bool) {
	c.Kind = Texts
	if text {
		return
	}
	for _, read := range []struct {
		kind Kind
		as   func(string) (float64, bool)
	}{{Numbers, number}, {Bools, truth}} {
		if list, ok := c.all(read.as); ok {
			c.Kind, c.Numbers = read.kind, list
			return
		}
	}
}

func (c *Column) all(as func(string) (float64, bool)) ([]float64, bool) {
	list := make([]float64, len(c.Text))
	for i, s := range c.Text {
		if s == "" {
			list[i] = math.NaN()
			continue
		}
		v, ok := as(s)
		if !ok {
			return nil, false
		}
		list[i] = v
	}
	return list, true
}

func number(s string) (float64, bool) {
	for _, c := range []byte(s) { // no hexadecimals, infinities, NaN or underscores
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

func truth(s string) (float64, bool) {
	switch s {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	return 0, false
}
