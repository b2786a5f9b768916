package dicom

import (
	"errors"
	"fmt"
)

// Sorts of what may be wrong with a source. Test with errors.Is.
var (
	// ErrNotDICOM: neither a DICOM file nor a data set without its header.
	ErrNotDICOM = errors.New("not DICOM")
	// ErrTruncated: the source ends inside an element, an item or a sequence.
	ErrTruncated = errors.New("truncated")
	// ErrMalformed: the bytes contradict the encoding rules in a way that leaves no safe reading.
	ErrMalformed = errors.New("malformed")
	// ErrTransferSyntax: the transfer syntax is unknown, or cannot carry what was to be written.
	ErrTransferSyntax = errors.New("transfer syntax")
	// ErrTooLarge: more memory, nesting or inflated bytes than the options allow.
	ErrTooLarge = errors.New("too large")
)

// Error says where in the source reading stopped and why. It never holds a value, which may be a patient's.
type Error struct {
	Sort   error  // one of the sentinels above, or the error of the source
	Offset int64  // bytes from the start of the source (of the inflated data for a deflated data set)
	Tag    Tag    // element being read, 0 when none was
	Why    string // a phrase for people
}

func (e *Error) Error() string {
	if e.Tag == 0 {
		return fmt.Sprintf("DICOM: %v at byte %d: %s", e.Sort, e.Offset, e.Why)
	}
	return fmt.Sprintf("DICOM: %v at byte %d in %v %s: %s", e.Sort, e.Offset, e.Tag, e.Tag.Keyword(), e.Why)
}

// Unwrap gives the sort of the error.
func (e *Error) Unwrap() error { return e.Sort }

// Warning is something in a file that is against the standard and was read nevertheless.
type Warning struct {
	Offset int64
	Tag    Tag
	Text   string
}

func (w Warning) String() string {
	if w.Tag == 0 {
		return fmt.Sprintf("byte %d: %s", w.Offset, w.Text)
	}
	return fmt.Sprintf("byte %d, %v %s: %s", w.Offset, w.Tag, w.Tag.Keyword(), w.Text)
}
