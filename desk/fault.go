package desk

import (
	"errors"
	"fmt"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/lab/rehearsal"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/record"
)

// Fault is an error as a person is told it: what happened, what was kept, what to do.
type Fault struct {
	Sort   Sort
	Code   string    // stable, for programs
	Title  lang.Text // the sort of fault
	Detail lang.Text // this one
	Fields []record.Fault
	Retry  int  // seconds until it may be tried again; 0: no word on that
	Hidden bool // the cause is the node's own affair: log it, do not show it
}

// Sort is what sort of fault an error is. Each way into the node has its own number for it, HTTP a status.
type Sort int

// The sorts of faults. The zero value is the node's own fault.
const (
	Broken      Sort = iota // the node has a fault
	Unreadable              // what was sent cannot be read
	Unknown                 // nobody knows who asks
	Forbidden               // who asks may not
	Missing                 // it is not here, or not for who asks
	Conflict                // it does not fit what is here
	Outdated                // it was meant for what was here before
	Invalid                 // it was read, and cannot be done or recorded
	TooOften                // too many attempts
	Unavailable             // the node cannot do it now
)

// row is one line of the table that turns errors into faults.
type row struct {
	is   error
	sort Sort
	code string // its title is the phrase fault.<code>
}

// sorts are looked through from the top. What none of them is, is the node's own fault and shown as such.
var sorts = []row{
	{ErrSignIn, Unknown, "sign-in"},
	{people.ErrWrongCredentials, Unknown, "credentials"},
	{people.ErrExpired, Unknown, "expired"},
	{ErrScope, Forbidden, "scope"},
	{ErrAgain, Forbidden, "again"},
	{access.ErrDenied, Forbidden, "denied"},
	{ledger.ErrNotSayable, Invalid, "not-sayable"},
	{ledger.ErrNotMember, Conflict, "not-member"},
	{ledger.ErrBody, Invalid, "body"},
	{ledger.ErrNoThread, Missing, "not-found"},
	{ErrNotHere, Missing, "not-found"},
	{people.ErrNotFound, Missing, "not-found"},
	{people.ErrTaken, Conflict, "taken"},
	{casebook.ErrAlike, Conflict, "alike"},
	{network.ErrNoPartner, Missing, "no-partner"},
	{network.ErrInvitation, Invalid, "invitation"},
	{network.ErrAddress, Invalid, "address"},
	{ErrKeyReused, Invalid, "key-reused"},
	{ErrKeyOpen, Conflict, "key-open"},
	{ErrKeyRights, Conflict, "key-rights"},
	{ErrKeyDone, Conflict, "key-done"},
	{ErrQuota, TooOften, "quota"},
	{ErrLabBusy, TooOften, "lab-busy"},
	{ErrChanged, Outdated, "changed"},
	{ErrInput, Unreadable, "input"},
	{ErrForged, Forbidden, "forged"},
	{ErrUnavailable, Unavailable, "unavailable"},
}

// Errors of the desk itself.
var (
	// ErrNotHere: there is no such thing, or none that this caller may know of.
	ErrNotHere = errors.New("it is not here")
	// ErrInput: what was sent cannot be read.
	ErrInput = errors.New("what was sent cannot be read")
	// ErrChanged: what the caller goes by has changed since it was read. Nothing was recorded.
	ErrChanged = errors.New("it has changed since it was read")
	// ErrAgain: what was asked opens doors or takes records out, and the sign-in was too long ago for that.
	ErrAgain = errors.New("show once more who you are")
	// ErrForged: a form came without the token of its page.
	ErrForged = errors.New("the form's token does not fit")
	// ErrUnavailable: the node cannot do this now. Node wraps full disks and busy databases in it.
	ErrUnavailable = errors.New("the node cannot do this now")
)

// retryUnavailable is how many seconds a program waits before it asks a node again that cannot do something now.
const retryUnavailable = 10

// FaultOf tells an error as a fault.
func FaultOf(err error) Fault {
	var invalid people.ErrInvalid
	var limited people.ErrRateLimited
	var control *ledger.ControlError
	switch {
	case errors.As(err, &control):
		text := lang.Phrase("fault.detail.control", map[string]any{"code": fmt.Sprintf("U+%04X", control.Code)})
		return Fault{Sort: Invalid, Code: "body", Title: lang.Phrase("fault.body", nil), Detail: text,
			Fields: []record.Fault{{Field: strings.TrimPrefix(control.Pointer, "/says/"), Text: text}}}
	case errors.As(err, &invalid):
		return Fault{Sort: Invalid, Code: "invalid", Title: lang.Phrase("fault.invalid", nil), Detail: invalid.Text,
			Fields: []record.Fault{{Field: invalid.Field, Text: invalid.Text}}}
	case errors.As(err, &limited):
		wait := int(limited.RetryAfter.Seconds()) + 1
		return Fault{Sort: TooOften, Code: "slow-down", Title: lang.Phrase("fault.slow-down", nil), Retry: wait,
			Detail: lang.Phrase("fault.detail.slow-down", nil)}
	}
	for _, s := range sorts {
		if errors.Is(err, s.is) {
			f := Fault{Sort: s.sort, Code: s.code, Title: lang.Phrase("fault."+s.code, nil), Detail: detail(err, s)}.with(err)
			if s.sort == Unavailable {
				f.Retry = retryUnavailable
			}
			return f
		}
	}
	if rehearsal.Known(err) {
		return Fault{Sort: Invalid, Code: "lab", Title: lang.Phrase("fault.lab", nil), Detail: rehearsal.Tell(err)}
	}
	return Fault{Sort: Broken, Code: "node", Hidden: true, Title: lang.Phrase("fault.node", nil), Detail: lang.Phrase("fault.detail.node", nil)}
}

// Told is an error that knows how it is told to people, field by field and as a whole: what stops the writer of an entry does.
type Told interface {
	error
	Faults() []record.Fault
	Tell() lang.Text
}

func (f Fault) with(err error) Fault {
	var told Told
	if errors.As(err, &told) {
		f.Fields = told.Faults()
	}
	return f
}

// detail is what this error adds to its sort: a denial's reason in both languages, or its own words.
func detail(err error, s row) lang.Text {
	var denial *access.Denial
	if errors.As(err, &denial) {
		return denial.Reason
	}
	var told Told
	if errors.As(err, &told) {
		return told.Tell()
	}
	if s.sort == Unknown || s.sort == Missing {
		return lang.Text{}
	}
	own := strings.TrimPrefix(err.Error(), s.is.Error()+": ")
	return lang.Same(own)
}
