// Package align finds the rigid motion that carries one set of coordinates onto another, and says how far to trust it.
//
// [Points] pairs fiducials (closed form), [Surface.Fit] brings points that a pointer touched onto a bone's surface (iterated closest point with
// a robust loss), and [Volumes] brings one scan onto another (mutual information). Each answers with the motion and with the covariance of
// its error, from which [Fit.At] gives the error to expect at a place in the body. What cannot be determined is an error, and what can be
// determined and looks wrong is said in Warnings: an answer is never bare.
//
// Coordinates are millimeters, angles radians. Nothing here reads files.
package align
