// Package dicom reads and writes DICOM data sets: files (PS3.10), the data sets of network messages (PS3.5) and their text in every character set.
//
// A Dataset is a sorted list of elements, a File is a data set with its file meta information. Values are kept as bytes in little endian order and
// are decoded when asked for, so reading costs what is used. Long values (pixel data above all) stay in the source and are streamed when written
// or opened: a study of any size is read and rewritten in bounded memory.
//
// The reader is strict about what could hurt and forgiving about the rest: every length is compared with the bytes that are left, nesting and
// memory are bounded, nothing panics; a missing preamble, a wrong group length, unknown value representations, tags out of order and the like are
// read as other toolkits read them and noted in File.Warnings. A file that cannot be read to its end gives what was read and an *Error whose
// sort (ErrNotDICOM, ErrTruncated, ErrMalformed, ErrTransferSyntax, ErrTooLarge) a caller can decide on.
//
// Compressed pixels are decoded in package codec, identities are removed in package deid; this package moves both unseen.
package dicom
