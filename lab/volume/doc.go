// Package volume holds images with three dimensions: CT in Hounsfield units, masks, and fields of distance.
//
// It reads a stack of slices by their geometry alone (never by file name or instance number) and says what it had to do: sort, drop doubles, fill a gap, even out
// spacing, undo a gantry tilt. It reads and writes NIfTI, resamples, and counts Hounsfield units. What it promises: a voxel's place in the patient (LPS, mm) is right
// or the slices are refused; no file makes it allocate more than it says it will (MaxBytes). It leaves parsing of DICOM to imaging/dicom, and what a voxel is part of
// to lab/segment.
package volume
