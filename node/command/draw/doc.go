// Package draw makes the figure of a statistical result: the answer of an analysis in, a figure of package figure out.
//
// It draws what the answer holds and computes nothing, so that every mark of a figure can be found as a number in the JSON beside it. Words come from lang; names of variables are
// the data's own.
package draw
