// Package reference reads cases of the surgery lab written as JSON, computes each from its own inputs, and says whether the answers that stand in
// the file are met within the tolerances of their format.
//
// A file is recognized by what it holds, not by its name: voxel finite elements (a case, elements_xyz and a reference), registrations
// (cases with source_mm and measured_mm), surfaces (a convention and a ct or phantom section). What it does not know is named and not counted.
// Numbers may be written as JSON has them or as Python leaves them (NaN, Infinity).
package reference
