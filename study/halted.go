package study

import (
	"errors"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/study/mask"
	"consilium/study/run"
)

// Why a hospital's node does not go on with a run. They are signed: add, never rename.
const (
	HaltMasks     = "masks"     // a hospital of the run masks in a way that this node does not trust, or a key is not its owner's alone
	HaltAlone     = "alone"     // figures would be those of fewer hospitals than the approval here allows
	HaltPoint     = "point"     // the point that the others led the fit to would show a few patients
	HaltRows      = "rows"      // the frozen rows are gone
	HaltKey       = "key"       // the key of the run is gone
	HaltLedger    = "ledger"    // with what has left before, the figures would show a few patients
	HaltWaiver    = "waiver"    // the waiver of consent that the approval here rests on is not in force; added later
	HaltForgotten = "forgotten" // the node was restored and does not know all that left here before; added later
)

var haltReasons = []string{HaltMasks, HaltAlone, HaltPoint, HaltRows, HaltKey, HaltLedger, HaltWaiver, HaltForgotten}

// Halt is an error that ends a hospital's part in a run for good: trying again would come to the same. What its people are told stands in Because.
type Halt struct {
	Why     string
	Because error
}

func (h *Halt) Error() string { return h.Because.Error() }

// Unwrap gives what stands behind it.
func (h *Halt) Unwrap() error { return h.Because }

// halted is the reason for which an error ends the hospital's part; empty where trying again may help.
func halted(err error) string {
	var h *Halt
	switch {
	case errors.As(err, &h):
		return h.Why
	case errors.Is(err, run.ErrPoint):
		return HaltPoint
	case errors.Is(err, ErrWaived):
		return HaltWaiver
	case errors.Is(err, ErrRowsGone):
		return HaltRows
	case errors.Is(err, ErrNoKey):
		return HaltKey
	case errors.Is(err, mask.ErrTwice), errors.Is(err, mask.ErrWeakKey):
		return HaltMasks
	}
	return ""
}

// Halted says that a hospital's node does not go on with the run that it refers to, and the sort of reason. The numbers behind it stay at home.
type Halted struct {
	Why string `json:"why"`
}

// Check is the form of the body.
func (h *Halted) Check() error {
	var c record.Checks
	c.Need(slices.Contains(haltReasons, h.Why), "why", "study.unfit.why")
	return c.Err()
}

var haltedEntry = record.Declare(KindHalted, record.Meaning[*Study, Halted]{
	Doc:     "By a hospital's node: it does not go on with the run that it refers to, and never will. `why` is the sort of reason: masks, alone (too few hospitals), point (that a fit was led to), rows, key, ledger (of what has left before), waiver (of consent, that is not in force), forgotten (what left before a restore). The numbers behind it stay at home. The run is at its end; what was said in it stands.",
	Example: `{"why":"point"}`,
	Roles:   machines, Answers: true, Narrows: true, FirstSaid: true,
	Rule: func(s *Study, a record.Said[Halted]) []record.Mark {
		r := s.runOf(a.Ref())
		if r == nil || r.Over {
			return record.When(true, "no-run")
		}
		return record.All(record.When(!r.Member(a.By.Hospital), "not-in-run"), record.When(r.Done(), "run-done"))
	},
	Fold: func(s *Study, a record.Said[Halted]) {
		r := s.runOf(a.Ref())
		if r == nil || !r.Member(a.By.Hospital) || r.Done() {
			return // narrowing entries are folded whatever their marks
		}
		r.Halted = append(r.Halted, a)
	},
	Words: func(a record.Said[Halted]) record.Words {
		return record.Titled("study.told.halted", nil, lang.Phrase("study.halt."+lang.Key(a.Says.Why), nil))
	},

	Component: record.ByNode,
	Offer:     func(*Study, *record.Asking) ([]ledger.Hash, bool) { return nil, false },
})
