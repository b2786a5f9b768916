package stats

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is why a method gave no number. Test for one with errors.Is(err, stats.Separation).
type Problem string

// The problems of data and of iteration.
const (
	Invalid      Problem = "invalid input"          // lengths that differ, a negative time, a count below zero, an unknown option
	TooFewRows   Problem = "too few rows"           // fewer rows than the model has parameters, or an empty group
	Missing      Problem = "missing values"         // a value that is not a number where the method needs one
	OneLevel     Problem = "one level"              // a variable, group or outcome that never changes
	Collinear    Problem = "collinear"              // a term that the others determine
	Separation   Problem = "separation"             // a term, or several together, that predict the outcome without fault
	NoEvents     Problem = "no events"              // nobody had the event, or all are censored
	EmptyStratum Problem = "empty stratum"          // a stratum, cell or center that says nothing
	Infinite     Problem = "infinite weight"        // a propensity of 0 or 1, a variance of 0
	NotConverged Problem = "did not converge"       // iterations ended before the tolerance was reached
	NotEstimable Problem = "cannot be estimated"    // the data hold no information about the quantity
	Unsupported  Problem = "not a supported option" // asked for in a way that this version does not know
	TooLarge     Problem = "too large"              // it would take more memory than is allowed
)

// Error lets a Problem be a target of errors.Is.
func (p Problem) Error() string { return string(p) }

// Error says which method failed on which variable, and what to do. A method that returns it returns no estimate.
type Error struct {
	Method   string  // as in the guides: "logistic regression"
	Problem  Problem // for the program
	Variable string  // the term, group or stratum concerned; "" if it is none of them
	Detail   string  // what was seen, with its numbers
	Advice   string  // what a statistician would try next
}

// Error writes one sentence or two.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Method, e.Problem)
	if e.Variable != "" {
		fmt.Fprintf(&b, " (%s)", e.Variable)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Advice != "" {
		b.WriteString(". " + e.Advice)
	}
	return b.String()
}

// Unwrap makes errors.Is(err, stats.Collinear) true.
func (e *Error) Unwrap() error { return e.Problem }

// Rename names the method in place of another, which was a step of it.
func Rename(method string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Method = method
	return &named
}

// In names the method that a shared step was called for, where the step could not know it.
func In(method string, err error) error {
	var e *Error
	if errors.As(err, &e) && e.Method == "" {
		return Rename(method, err)
	}
	return err
}
