package face

import (
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/ledger"
)

// ShortID is a case's number as its pages show it.
func ShortID(id ledger.ThreadID) string { return casebook.Number(id) }

// JoinDots joins what is not empty by a middle dot, as the pages write several short facts on one line.
func JoinDots(parts ...string) string { return Joined(" · ", parts...) }

// Joined joins what is not empty.
func Joined(by string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), by)
}

// LinesOf are the lines of what was typed, without empty ones.
func LinesOf(s string) []string {
	var list []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
