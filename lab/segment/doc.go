// Package segment says which voxels of a scan belong to what: by threshold, connection, shape, seeds, a brush.
//
// Every function takes and gives masks (volume.Mask) on the scan's grid; lengths are millimeters, so that anisotropic voxels need no thought. What it promises: a function
// changes no mask that it was given, long work can be stopped by its context, and what a model proposes is a Suggestion that a person has to accept. It leaves surfaces to lab/surface.
package segment
