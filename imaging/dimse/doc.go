// Package dimse speaks DICOM's own network protocol: the upper layer of PS3.8 (associations and PDUs) and the
// message services of PS3.7 and PS3.4 (echo, store, find, move, get, storage commitment), as provider and as user.
//
// It promises that nothing a peer sends makes it panic, hold more memory than one PDU and one command for each
// association, or wait for ever: every PDU has a deadline, every message a least rate, every peer a number of
// associations. A provider answers a C-STORE only after its archive has said that the instance is on disk.
//
// What an instance means, where it is kept and who may read a case is left to the [Archive] that the caller hands
// in. Data sets pass through as streams and are never held whole.
package dimse
