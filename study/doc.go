// Package study is a comparison of techniques over many hospitals in which no patient's row leaves a hospital.
//
// A study is a thread. Its steward says the protocol; each hospital's head approves that very protocol by its hash, or declines; the steward begins a run with those who
// approved; each joins with a key made for this run and says to which analyses it contributes; then round follows round, every hospital saying its figures once, until
// every node stands at the same result, and each signs the hash of what it came to. All of that is entries, and [Fold] reads them: there is no coordinator.
//
//	protocol   reads the file that is approved
//	rows       a hospital's columns become variables, complete cases, designs
//	disclosure which analyses a hospital may contribute to
//	method     what one hospital computes, and the step that all take
//	exact      sums and systems that come out the same on every machine
//	mask       figures that can be read only in the sum
//	run        rounds
//	pooled     all rows together by package stats, to compare with
//	rehearse   a protocol on one file
//
// Rows are the registry's, handed over by node. Who may say what is decided in package access. What the result looks like is package web's.
package study
