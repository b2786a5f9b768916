// Command imaging measures the archive of images side by side with Orthanc and dcmtk: receiving over DIMSE and DICOMweb, searching, giving back, starting
// again, and what each takes of the processor and of memory. It prints tables for BENCHMARKS.md.
//
//	tools/bench imaging                   everything, three rounds, a quarter of an hour
//	tools/bench imaging -rounds 1 -only find
//
// The images are slices of a real head (Debian's invesalius-examples). The peers run one after the other in every round, on this machine, and the
// table shows medians. Debian's dcmtk, and Orthanc with it, leaves Nagle's algorithm on, which makes every C-STORE wait 44 ms for a delayed
// acknowledgement: TCP_NODELAY=1 is set for all programs here, ours included, which does not need it.
package main
