// Package guide makes patient-specific cutting guides and anatomical models that can be printed.
//
// A guide is a field of signed distances: the bone, filled where an undercut would keep the guide from seating, gives the contact face and the outer wall; slots, drill sleeves and the
// case's ID are added and taken away as fields, and the surface of the sum is meshed. Unions of meshes, which often do not print, are not used. What it promises: a Report says of the
// finished mesh, not of the design, whether it is manifold, thick enough, seats, and has the slots and bores that were asked for. Whether it is released is decided by two people over the file's hash, elsewhere.
//
// Custom guides are not proven better than standard instruments in knee replacement (doi:10.1080/17453674.2016.1193799); what was planned and what was reached is compared in every case (plan.Compare).
package guide
