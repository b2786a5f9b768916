// Package analysis is the registry of methods: analyses that are written as JSON, and run by their name.
//
// An analysis names a method, a data set and a specification. [Methods] lists what there is; each [Method] declares the keys that its specification
// may have, with kind, default and example, so that a person or a program can find out what to write ("consilium stats methods NAME --json"), and so
// that a misspelt key is refused instead of passed over. [Run] computes the result.
//
// One file holds the methods of one section, and says there which functions of which package they call. Computing is left to those packages, and the
// comparison with results of other programs to package agree.
package analysis
