// Package derived writes and reads DICOM objects that are made from a scan: segmentations (PS3.3 A.51) and surfaces as encapsulated STL (A.85.1), so that an archive
// keeps them beside the images and other programs lay them over those.
//
// An object names the patient, the study, the frame of reference and the images that it was made of, as the first image of the series has them. What it promises: the place of every voxel and
// point is the one that it has in lab/volume and lab/surface. It leaves sending to imaging/dimse and de-identification to imaging/deid.
package derived
