// Package export writes a registry's frame for other programs: CSV with its dictionary, Parquet, REDCap, CDISC ODM, and scripts that read the CSV with labels in R and Stata.
//
// Every format has the same rows and columns. What stands in a cell is text as the frame has it; a missing value is empty, and why it is missing stands in two tables of
// their own (reasons.csv, missing.csv), because no format has a place for it that all readers know. Writers stream: memory does not grow with the rows, but for Parquet's row groups.
package export

import (
	"io"
	"strings"
	"time"

	"consilium/lang"
	"consilium/registry"
)

// Table is what is exported.
type Table struct {
	Name    string // short, in lower case: of files and of the data set
	Title   lang.Text
	Columns []registry.Column
	// Each hands every row to do, which does not keep it.
	Each func(do func([]registry.Cell) error) error
	// Made is when rows were taken out.
	Made time.Time
	// Mark is the line that says who exported what when; it goes into every format that has a place for words, and into the README of every archive.
	Mark string

	Number   string // of the export, see [NumberColumn]
	Rows     int
	Patients int
	Waiver   string // under which rows of patients who were not asked are in it; empty: none are
}

// Formats are the formats by name, each as the files that it makes.
var Formats = map[string][]File{
	"csv":     {readme, {"rows.csv", CSV}, {"dictionary.csv", Dictionary}, {"missing.csv", Missing}, {"reasons.csv", Reasons}},
	"r":       {readme, {"rows.csv", CSV}, {"read.R", R}, {"missing.csv", Missing}, {"reasons.csv", Reasons}},
	"stata":   {readme, {"rows.csv", CSV}, {"read.do", Stata}, {"missing.csv", Missing}, {"reasons.csv", Reasons}},
	"parquet": {readme, {"rows.parquet", Parquet}, {"dictionary.csv", Dictionary}, {"missing.csv", Missing}, {"reasons.csv", Reasons}},
	"redcap":  {readme, {"redcap_dictionary.csv", REDCapDictionary}, {"redcap_records.csv", REDCapRecords}},
	"odm":     {readme, {"rows.xml", ODM}},
}

// readme stands in every archive.
var readme = File{"README.txt", Readme}

// File is one file of a format.
type File struct {
	Name  string
	Write func(io.Writer, *Table) error
}

// levels are the codes of a column with their labels.
func levels(c registry.Column, l lang.Language) (codes, labels []string) {
	for _, choice := range c.Choices {
		codes, labels = append(codes, choice.Code), append(labels, choice.Label.In(l))
	}
	return codes, labels
}

// oneLine is a text without line breaks, for comments.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
