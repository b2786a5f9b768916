// Package surface makes, mends, measures and writes surfaces of triangles.
//
// Extract finds the surface of a threshold in a volume (Flying Edges, on bit masks); Smooth, Decimate and Repair change it; Inspect, Measure and the thickness, curvature
// and distance functions measure it; STL, PLY, 3MF and GLB are read and written. What it promises: coordinates are millimeters in the patient (LPS), triangles are
// wound so that their normals point out of what is enclosed, Decimate changes no topology and makes no edge of three triangles, and whether a surface is closed is
// counted, never assumed. It leaves choosing a threshold to lab/segment.
package surface
