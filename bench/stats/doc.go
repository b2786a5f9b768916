// Command stats measures the statistics beside R, on the same data, in one run.
//
// It writes synthetic data sets into a folder, then lets R (peer.R, with the packages that a surgical study would use) and this program fit the
// same model on the same file in turn, each in a process of its own, and prints medians: processor seconds and elapsed seconds of the fit alone,
// and the largest memory of the whole process. The answers are compared before a time counts. Without R it measures this program alone and says so.
package main
