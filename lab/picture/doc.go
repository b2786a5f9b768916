// Package picture draws surfaces without a graphics card: for ward computers that have none, for print, and for what a page shows before its script has come.
//
// It promises that the nearer surface hides the farther one, that a picture is drawn to scale (orthographic, so that a length measured on it is a length in the
// patient whatever its depth), and that the same parts and view give the same bytes on any number of cores. What the colors mean is said by who shows the picture.
package picture
