// Package scan reads a scan from files: a folder or file of DICOM images, NIfTI, or an InVesalius project.
//
// It promises that a volume comes from one series, that pixels are decoded exactly (imaging/codec), and that nothing is read into memory before its size is known to
// be bearable. What stands in DICOM about a slice becomes a volume.Slice; sorting, gaps and tilt are lab/volume's.
package scan
