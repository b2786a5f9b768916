// Package dicomdir reads and writes the directory of a DICOM medium: the file DICOMDIR on a CD, a stick or in an export (PS3.3 annex F, PS3.10
// section 8).
//
// Reading follows the offsets that link the records and, where they are wrong or missing, the order in which the records stand. File IDs come
// out as paths that cannot leave the medium. Writing gives a directory that dcmtk and other readers follow.
package dicomdir
