// Package agree compares results with those of another program, within tolerances.
//
// A [Case] is an analysis (package analysis) that carries the result that R gave, and the tolerance to which it holds. [Folder.Check] computes it and lists
// what differs. testdata holds the cases that the tests demand, with the scripts that made them; testdata/README.md has the definitions where conventions
// differ. Where R writes an artefact of its own way of computing (a value rounded by its summary, errors from before its last step), the rules of this package
// know of it, and the methods do not.
package agree
