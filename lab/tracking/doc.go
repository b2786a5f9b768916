// Package tracking listens to trackers over OpenIGTLink while somebody looks at them: where each tool was last seen, and how long ago that is.
//
// A [Hub] knows the trackers that the hospital's administrator named, and no others: whoever looks chooses among names and can make the node connect to nothing else. What it promises: a pose is never
// given without its age; a tracker that repeats an old measurement with the same stamp does not make it younger; a line that broke is told as broken and tried again, and its last poses only grow older.
// What a pose means in the patient is decided by who shows it (package rehearsal knows the registration); [Pointer] is the arithmetic of it.
//
// The link is for simulation and rehearsal. Nothing here controls a robot on a patient.
package tracking
