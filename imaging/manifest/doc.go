// Package manifest puts an imaging study into few files that travel with a case: packs, which hold the instances one after the other, and a manifest, which says
// what they are and where in which pack.
//
// It promises that the packs come in the order in which a reader wants them, each larger than the one before, so that whoever fetches small files first sees the
// middle of every series at once, then each series coarsely, then the rest; that an instance is read without the pack's other instances; and that what is read of
// a foreign manifest stays within its packs. The manifest says all that a viewer needs to lay out a series, so that no pixel is read before it is shown.
//
// Instances are packed as they are given: identities are removed by package deid before.
package manifest
