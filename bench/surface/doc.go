// Command surface measures surfaces beside VTK: the same CT, the same steps, each program in a process of its own, one after the other in every run. See tools/bench and
// BENCHMARKS.md.
package main
