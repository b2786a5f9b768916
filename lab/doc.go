// Package lab is the surgery lab: from images of one patient to a surface, a plan, a guide, a strength and a position, so that an
// operation can be rehearsed before it is done. It holds packages that know numbers and files and nothing of cases or pages, but for one:
//
//	space      points, directions, rigid motions
//	volume     scans, masks and fields: slices into a volume, NIfTI, resampling, thresholds, HU statistics
//	scan       a scan from files: DICOM, NIfTI, InVesalius
//	surface    from a volume to triangles: smoothed, thinned, mended, measured; STL, PLY, 3MF, GLB
//	segment    which voxels belong to what: thresholds, parts, shape, seeds, a brush, bones that touch
//	derived    DICOM objects made from a scan: segmentations, encapsulated STL
//	plan       landmarks, angles, osteotomies, implants: a versioned document, measured
//	guide      cutting guides and anatomical models for print, checked on the finished mesh
//	strength   voxel finite elements from CT: displacement, stress, factor of risk
//	align      registration: paired points, points to a surface, volume to volume, each with its uncertainty
//	picture    surfaces drawn without a graphics card
//	igtlink    OpenIGTLink: poses, images and points between the lab, trackers and 3D Slicer
//	rehearsal  what one case has in the lab: artefacts, the jobs that make them, their end
//	reference  cases written as JSON, and their comparison with what the packages compute
//
// Lengths are millimeters, forces newtons, stresses megapascals, angles degrees at the edge of a package and radians inside, and
// points are in the patient's coordinates (LPS) unless a package says otherwise.
//
// The lab is for simulation and rehearsal. It does not control a robot on a patient, and it is not a certified medical device: every
// figure comes with its uncertainty or its convergence, and a person who knows the patient decides.
package lab
