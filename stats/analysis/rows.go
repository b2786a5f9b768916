package analysis

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"consilium/stats"
)

// counted is the table whose rows a method last took, without those that it could not use. A method tells of its row 5; the person who is to mend it looks for it in the file, where rows that the
// specification left out, and those with a missing value, stand too.
type counted struct{ table *stats.Table }

// complete is the table of the rows in which none of the named variables is missing.
func (in Input) complete(t *stats.Table, names ...string) (*stats.Table, error) {
	out, err := t.Complete(names...)
	if err == nil {
		in.used(out)
	}
	return out, err
}

// used notes which rows a method goes on with.
func (in Input) used(t *stats.Table) {
	if in.counted != nil && t != nil {
		in.counted.table = t
	}
}

// rowTold is a row of the data in a refusal; "row 2, column 3" is a place in a table of counts.
var rowTold = regexp.MustCompile(`\brow (\d+) `)

// inFile tells of a row by its number in the file.
func (c *counted) inFile(err error) error {
	var e *stats.Error
	if c.table == nil || !errors.As(err, &e) {
		return err
	}
	told := *e
	told.Detail = rowTold.ReplaceAllStringFunc(e.Detail, func(text string) string {
		row, _ := strconv.Atoi(rowTold.FindStringSubmatch(text)[1])
		return fmt.Sprintf("row %d ", c.table.Origin(row-1)+1)
	})
	if told.Detail == e.Detail {
		return err
	}
	return &told
}
