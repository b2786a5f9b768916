// Package report tells what a study came to: of each analysis one sentence, a table and a figure, in the reader's language.
//
// It reads a protocol and the results of a run and computes nothing but intervals, p values and E-values from estimates and their errors, so that whoever has a study's entries has
// the same report. It promises that nothing is said which the protocol did not declare, and that what the study cannot tell stands beside what it tells. How a report is laid
// out is for pages.
package report
