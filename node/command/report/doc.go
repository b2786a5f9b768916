// Package report writes answers of package analysis for readers: a table of patients as CSV, Markdown or HTML that a word processor takes over, and several answers as
// one page with their figures and the text that says by which methods they were computed. It computes nothing; numbers are those of the answers.
package report
