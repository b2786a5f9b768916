// Package reference runs analyses that are written as JSON, and compares their results with those of another program.
//
// A case names a method, a data set and a specification, and may carry the result that R gave with the tolerance it holds to (testdata/README.md has
// the definitions where conventions differ). [Run] computes our result; [Compare] lists what differs.
// One file holds the cases of one section, and says there which functions of which package they call: nothing is computed here.
package reference
