// Command bench measures what BENCHMARKS.md promises: durable appends, the fold of a long case, the list of many cases, catching up with a partner, start
// and idle memory. It prints a table of medians beside the goals. It works in a temporary folder on the disk of TMPDIR.
package main
