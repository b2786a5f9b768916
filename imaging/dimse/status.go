package dimse

import (
	"errors"
	"fmt"
)

// Status is the outcome of an operation (PS3.7 annex C and the services of PS3.4).
type Status uint16

// The statuses that this program gives; a peer may give others.
const (
	StatusSuccess          Status = 0x0000
	StatusCanceled         Status = 0xFE00
	StatusPending          Status = 0xFF00
	StatusProcessing       Status = 0x0110 // processing failure
	StatusDuplicate        Status = 0x0111 // another instance has this UID
	StatusNoSuchClass      Status = 0x0118
	StatusUnrecognized     Status = 0x0211 // unrecognized operation
	StatusNotAuthorized    Status = 0x0124
	StatusOutOfResources   Status = 0xA700 // C-STORE: the disk is full
	StatusCannotCount      Status = 0xA701
	StatusCannotSend       Status = 0xA702 // C-MOVE, C-GET: every sub-operation failed
	StatusUnknownTarget    Status = 0xA801 // C-MOVE: destination unknown
	StatusWrongClass       Status = 0xA900 // the data set is not of the SOP class, or the query of the model
	StatusSomeFailed       Status = 0xB000
	StatusCannotUnderstand Status = 0xC000
	StatusUnableToProcess  Status = 0xC001
)

// Failed reports whether nothing, or not all, was done. Warnings (Bxxx, 0001, 0107, 0116) are not failures.
func (s Status) Failed() bool {
	switch {
	case s == StatusSuccess, s == StatusPending, s == 0xFF01, s>>12 == 0xB, s == 0x0001, s == 0x0107, s == 0x0116:
		return false
	}
	return true
}

// StatusError is an operation that was refused or did not succeed.
type StatusError struct {
	Status  Status
	Comment string
}

// Error gives the number and the peer's own words.
func (e *StatusError) Error() string {
	if e.Comment == "" {
		return fmt.Sprintf("status %04X", uint16(e.Status))
	}
	return fmt.Sprintf("status %04X: %s", uint16(e.Status), e.Comment)
}

// statusOf is what a peer is told of an archive's error. Its inner words stay at home: they may name folders or patients.
func statusOf(err error, otherwise Status) (Status, string) {
	var s *StatusError
	switch {
	case err == nil:
		return StatusSuccess, ""
	case errors.As(err, &s):
		return s.Status, s.Comment
	}
	return otherwise, "not done: see the log of the archive"
}

// refused makes the error of a response that is not a success.
func (c *command) refused() error {
	if !c.status.Failed() {
		return nil
	}
	return &StatusError{c.status, c.comment}
}
