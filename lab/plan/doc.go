// Package plan holds what is planned on a patient's bones: landmarks, axes, planes and angles; osteotomies and what they do to the angles; implants and
// whether they fit; the healthy side mirrored.
//
// A Plan is a versioned JSON document; reading one that was written by a newer release is refused, never guessed. Points are LPS mm, angles degrees. What it promises: an angle is computed
// by the definition named at it, in the plane named at it, and a plan that lacks a landmark says which. It leaves surfaces to lab/surface and guides to lab/guide.
package plan
