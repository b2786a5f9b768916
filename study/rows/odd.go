package rows

import (
	"fmt"
	"slices"
	"strings"

	"consilium/study/protocol"
)

// Odd are the values of a variable that its type in the protocol has no place for. They count as missing, which nobody would see: a column of words where the protocol has a number
// makes a whole study "too few patients". So who has the rows is told, with how many there are and the first of them.
type Odd struct {
	Variable string        `json:"variable"`
	Type     protocol.Type `json:"type"`
	Rows     int           `json:"rows"`
	Never    bool          `json:"never,omitempty"` // an expression that comes to no value in any row
	Examples []Example     `json:"examples,omitempty"`
}

// Example is one of the values, how often it stands there, and in which row first.
type Example struct {
	Value string `json:"value"`
	Rows  int    `json:"rows"`
	First int    `json:"first_row"`
}

// mostExamples is how many different values are told.
const mostExamples = 5

func (o *Odd) add(row int, raw any) {
	o.Rows++
	value := fmt.Sprint(raw)
	if i := slices.IndexFunc(o.Examples, func(e Example) bool { return e.Value == value }); i >= 0 {
		o.Examples[i].Rows++
	} else if len(o.Examples) < mostExamples {
		o.Examples = append(o.Examples, Example{value, 1, row + 1})
	}
}

// String says what is odd and what to do about it. It is for who has the rows: it has values of them.
func (o Odd) String() string {
	if o.Never {
		return fmt.Sprintf("%s: its expression comes to no value in any of the %d rows: look at the columns that it names, and whether they are numbers or words", o.Variable, o.Rows)
	}
	var list []string
	for _, e := range o.Examples {
		list = append(list, fmt.Sprintf("%q (%d, first in row %d)", e.Value, e.Rows, e.First))
	}
	what, do := "no number", "Write numbers with a decimal point, dates as days from the operation"
	switch o.Type {
	case protocol.Bool:
		what, do = "neither yes nor no", "Write true and false, yes and no, or 1 and 0"
	case protocol.Category:
		what, do = "none of its levels", "Write a level as the protocol has it, blanks and letters too, or add it there"
	}
	return fmt.Sprintf("%s: %d rows have what is %s and counts as missing: %s. %s; what stands for a missing value is named by --missing", o.Variable, o.Rows, what, strings.Join(list, ", "), do)
}
