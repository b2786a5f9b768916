// Package codec decodes the pixels of DICOM images.
//
// RLE, JPEG lossless, JPEG-LS, JPEG baseline and extended (8 and 12 bits) and deflated frames are decoded here; the lossless ones give the exact
// values that were stored and the lossy ones the same values as the Independent JPEG Group's library, which dcmtk and most viewers use. JPEG 2000
// and HTJ2K are decoded by OpenJPEG's opj_decompress or OpenJPH's ojph_expand if they are installed; where they are not, the error is
// *MissingTool. One frame is in memory at a time, and its size is that of the header, never that of the compressed bytes.
//
// Decoding does not interpret values: windows, tables and colors are package render's.
package codec
