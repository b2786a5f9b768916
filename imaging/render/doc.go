// Package render makes a picture of eight bits of a DICOM frame, for thumbnails, reports and browsers that ask for a rendered frame.
//
// It follows the grayscale pipeline of PS3.3 section C.7.6.16 and PS3.4 annex N: stored values, modality transformation, values of interest,
// presentation. Windows are the object's own, one of its presets, one given, or the range of the frame where there is none. A picture is for
// looking at: measurements are made on the values themselves, which package codec gives.
package render
