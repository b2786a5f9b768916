// Package power says how large a study must be, and what a study of a given size can see: two proportions, two means, two survival curves, each for a
// difference or for non-inferiority.
//
// Sizes are numbers per group (or of events) and are not rounded: round up. Tests are two-sided at level alpha unless the name says non-inferiority, which is
// one-sided at alpha. A difference of nothing, a power not above alpha, or a probability outside of 0 to 1 is a *stats.Error.
package power
