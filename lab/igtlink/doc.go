// Package igtlink speaks OpenIGTLink, versions 1 to 3, as client and as server: the protocol by which 3D Slicer, trackers and robot controllers exchange poses,
// images and points.
//
// [Read] and [Message.Write] move one message; [Decode] and the bodies (Transform, Position, Status, Image, Points, PolyData, Text) give it meaning; [Conn] bounds
// how long a peer may stall; [Server] answers queries (GET_) and streams (STT_, STP_); [Recorder] holds a tracker's path against a plan.
//
// Everything a peer says is bounded before it is believed: sizes are compared with a limit and with the bytes that really came, checksums are
// verified, and a peer that stops in the middle of a message is cut off.
//
// The link is for simulation and rehearsal. Nothing in it is made to control a robot on a patient: there is no guarantee of delay, and no safety channel.
//
// Source: the protocol's specification, versions 1, 2 and 3 (openigtlink.org); the reference library libopenigtlink is the other end of the tests.
package igtlink
