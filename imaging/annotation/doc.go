// Package annotation keeps what people draw and measure on images as objects of DICOM, and reads such objects of others: presentation states for marks (PS3.3 section
// A.33.1), reports by template TID 1500 for measurements (PS3.16), selections of key images (TID 2010), and segmentations (PS3.3 section A.51).
//
// What it writes names patient, study, image and frame as the image has them, so that an archive shows it beside the image, and any viewer over it. A place is a column
// and a row in pixels from the top left corner of the first pixel, so that centers of pixels are halves: that is the space of marks in entries, of graphics in units of
// PIXEL (PS3.3 section C.10.5.1.2) and of spatial coordinates in reports (section C.18.6.1.2). No number is computed anew: a report says the digits that were shown.
//
// What it reads of others comes as lines over the frames of images, measured values as they stand in the object, and each thing that it cannot place is left out. It
// leaves to package archive where objects are kept, and to package deid what leaves the hospital.
package annotation
