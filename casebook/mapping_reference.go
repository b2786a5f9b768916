package casebook

import (
	"fmt"
	"strings"
)

// mappingKeys are the keys of a mapping, of its entries and of where an answer comes from, as the reference lists them. A test holds them against the types.
var mappingKeys = []struct {
	of   string
	keys [][2]string
}{
	{"A mapping", [][2]string{
		{"pathway", "the pathway pack whose forms the answers are for; needed"},
		{"source", "what the table is, in words: it stands in every case; needed"},
		{"encoding", "utf-8, gb18030, utf-16le, utf-16be or latin-1: needed where the bytes of the table do not prove it"},
		{"separator", "between the cells: found out where it is not given"},
		{"decimal", "\",\" where the table writes 13,2"},
		{"dates", "how it writes 2 January 2006, such as 2/1/2006; or excel, excel1904 for serial numbers; 2006-01-02 where it is not given"},
		{"missing", "cells without an answer, each with why: unknown, not_done, refused, not_applicable. A code that is a number counts only for columns that name it"},
		{"number", "column of the hospital's own number of the patient; needed"},
		{"series", "whose numbers these are, where two series of the hospital have the same numbers"},
		{"corrections", "refuse (where it is not given) or amend: what becomes of a row that says something else than what is here"},
		{"name", "column of the name; stays at this hospital, as the next two"},
		{"latin", "column of the name in Latin letters"},
		{"birth", "column of the date or year of birth"},
		{"title", "what the case is called, in words; needed"},
		{"urgency", "routine (where it is not given), soon or emergency"},
		{"age", "column of the age in years"},
		{"sex", "column, with codes for female, male, other"},
		{"side", "column, with codes for left, right, bilateral"},
		{"demo", "true: the patients are invented"},
		{"entries", "what each row gives, in the order in which it is said"},
	}},
	{"An entry", [][2]string{
		{"kind", "finding, operation, followup or complication; needed"},
		{"form", "the pack's form that its values are answers of"},
		{"date", "column of its date; needed. A row that tells of the entry and not of its date is refused"},
		{"undated", "leave-out: such a row is taken without the entry, and the report says so"},
		{"when", "the row gives the entry only where this gives something"},
		{"procedure", "of an operation: the pack's code"},
		{"guidance", "of an operation: how it was guided"},
		{"schedule", "of a follow-up: which of the pack's appointments"},
		{"lost", "of a follow-up: column that says why nobody knows"},
		{"code", "of a complication: the pack's code"},
		{"grade", "of a complication: Clavien-Dindo"},
		{"values", "answers: the form's field, and where it comes from"},
	}},
	{"Where an answer comes from: a column's name, or", [][2]string{
		{"column", "the column"},
		{"always", "the same in every row, instead of a column"},
		{"codes", "the table's codes, each with the pack's; a code that is not named is refused"},
		{"unit", "of the table, in UCUM, where it is not the pack's: values are turned into it"},
		{"missing", "codes of this column without an answer, each with why, or as a list with the reasons of the mapping"},
		{"split", "between the codes of one cell; a semicolon where it is not given"},
	}},
}

// MappingReference lists every key of a mapping.
func MappingReference() string {
	var b strings.Builder
	for _, part := range mappingKeys {
		fmt.Fprintf(&b, "%s:\n", part.of)
		for _, k := range part.keys {
			fmt.Fprintf(&b, "  %-12s %s\n", k[0], k[1])
		}
	}
	return b.String()
}
