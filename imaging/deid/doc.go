// Package deid makes DICOM objects leave a hospital without the patient's identity, by the profile of DICOM PS3.15 annex E.
//
// A Profile applies the Basic Application Level Confidentiality Profile with the options that a case chooses: longitudinal dates kept or moved,
// descriptors cleaned, patient characteristics, device identity. UIDs are replaced by a keyed hash: the same case keeps its studies, series and
// references together, and nobody without the case's key can tell which original a new UID stands for. What the table of the standard does not
// name is judged by its representation, towards removal: unknown attributes, names, dates, titles of applications and UIDs do not pass.
//
// Pixels are not changed. Objects that may show text in them are held back by Screen until a person has looked. A head's surface can be made from
// its slices, and no attribute changes that: de-identified is not anonymous, and the report says so where it matters.
package deid
