package rows

import (
	"fmt"
	"math"
	"strconv"
)

// Builder makes a file of rows that come one after the other, such as those of a registry.
type Builder struct{ file File }

// Add adds a column before the first row.
func (b *Builder) Add(name string, kind Kind) {
	if b.file.Columns == nil {
		b.file.Columns = map[string]*Column{}
	}
	b.file.Columns[name] = &Column{Name: name, Kind: kind}
}

// Row adds a row: the text of each of the columns named, "" where it is missing.
func (b *Builder) Row(names, texts []string) error {
	b.file.Rows++
	for i, name := range names {
		c := b.file.Columns[name]
		if c.Kind == Texts {
			c.Text = append(c.Text, texts[i])
			continue
		}
		x, err := reading(c.Kind, texts[i])
		if err != nil {
			return fmt.Errorf("row %d, column %s: %w", b.file.Rows, name, err)
		}
		c.Numbers = append(c.Numbers, x)
	}
	return nil
}

func reading(kind Kind, text string) (float64, error) {
	switch {
	case text == "":
		return math.NaN(), nil
	case kind == Bools && text == "true":
		return 1, nil
	case kind == Bools && text == "false":
		return 0, nil
	case kind == Bools:
		return 0, fmt.Errorf("%.20q is neither true nor false", text)
	}
	return strconv.ParseFloat(text, 64)
}

// File is the file as it was built.
func (b *Builder) File() *File { return &b.file }
