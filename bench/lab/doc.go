// Command lab measures the surgery lab beside its peers, on the same inputs, in one run: finite elements beside CalculiX, points to a surface beside VTK. Each
// figure is the median of interleaved runs, every program in a process of its own, with the largest memory that the process held.
//
// A comparison that the peer's own answer does not agree with is said to be one: the table shows how far apart both are.
package main
