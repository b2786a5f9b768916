package dimse

import "fmt"

// RejectedError says that a peer refused the association (PS3.8 table 9-21).
type RejectedError struct{ Result, Source, Reason byte }

// Reasons for refusing an association, as sent by the provider.
var (
	rejectVersion  = RejectedError{1, 2, 2}
	rejectContext  = RejectedError{1, 1, 2}
	rejectCalling  = RejectedError{1, 1, 3}
	rejectCalled   = RejectedError{1, 1, 7}
	rejectTooMany  = RejectedError{2, 3, 2}
	rejectReasonOf = map[[2]byte]string{
		{1, 1}: "no reason given", {1, 2}: "the application context is not supported", {1, 3}: "the calling AE title is not known there",
		{1, 7}: "the called AE title is not known there", {2, 1}: "no reason given", {2, 2}: "the protocol version is not supported",
		{3, 1}: "temporary congestion", {3, 2}: "too many associations: try again later",
	}
)

// Error is the reason in words.
func (e RejectedError) Error() string {
	kind := "refused for good"
	if e.Result == 2 {
		kind = "refused for now"
	}
	reason, ok := rejectReasonOf[[2]byte{e.Source, e.Reason}]
	if !ok {
		reason = fmt.Sprintf("source %d, reason %d", e.Source, e.Reason)
	}
	return "the association was " + kind + ": " + reason
}

func (e RejectedError) encode() []byte {
	b := make([]byte, pduHeader+4)
	putPDUHeader(b, typeAssociateRJ, 4)
	b[7], b[8], b[9] = e.Result, e.Source, e.Reason
	return b
}

// AbortError says that a peer ended the association at once (PS3.8 table 9-26). What had been answered with success stays.
type AbortError struct{ Source, Reason byte }

// Reasons for ending an association at once.
const (
	abortByUser         = 0
	abortByProvider     = 2
	abortNoReason       = 0
	abortUnexpectedPDU  = 2
	abortInvalidPDU     = 6
	abortUnrecognizePDU = 1
)

// Error names who ended it.
func (e AbortError) Error() string {
	if e.Source == abortByProvider {
		return fmt.Sprintf("the association was aborted by the peer's network layer, reason %d", e.Reason)
	}
	return "the association was aborted by the peer"
}

func (e AbortError) encode() []byte {
	b := make([]byte, pduHeader+4)
	putPDUHeader(b, typeAbort, 4)
	b[8], b[9] = e.Source, e.Reason
	return b
}
