package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// StageState says how far one of the nine verbs has come in a case.
type StageState string

// The states of a stage.
const (
	StageAhead   StageState = "ahead"
	StageDone    StageState = "done"
	StageNow     StageState = "now"
	StageStopped StageState = "stopped" // an operation that was abandoned
	StageSkipped StageState = "skipped" // not needed in this case
)

// Stage is one verb on the stage line, with a short note: a date, a count, a version.
type Stage struct {
	Name, Note string
	State      StageState
}

// current returns the place of the stage that is on, or -1.
func current(stages []Stage) int {
	for i, s := range stages {
		if s.State == StageNow || s.State == StageStopped {
			return i
		}
	}
	return -1
}

// TimelineView is what happened, newest first, with one lane for each hospital.
type TimelineView struct {
	Lanes   []Hospital // in steady order: the home hospital first; at most six
	Entries []TimelineEntry
	Filter  TimelineFilter
	Jumps   []Link // to the entries that a reader looks for first
	Older   Link   // to the entries that are not on this page
}

// TimelineFilter narrows a timeline.
type TimelineFilter struct {
	Kinds     []SavedView
	Hospitals []HospitalFilter
}

// HospitalFilter narrows to what one hospital said.
type HospitalFilter struct {
	Hospital Hospital
	URL      string
	Current  bool
}

// TimelineEntry is one entry of the thread as people read it.
type TimelineEntry struct {
	ID      string // of its element: "e-" and the entry's short hash
	Month   string // a heading above it, where a month or a year begins
	Lane    int    // which of Lanes said it; out of range for none
	Date    string // "Today", "12 Mar"
	Clock   string // "10:42"
	When    string // RFC 3339, for machines; may be ""
	Title   string
	URL     string // of the entry's own page, if any
	By      string // who, in which role, at which hospital
	Said    string // the words themselves; line breaks are kept
	Under   string // one quiet line: what came of it
	Chips   []ChipView
	Marks   []string        // what is odd: late, after the cut, operated without a signed plan
	Content templ.Component // a plan, images, a form
	Quiet   bool            // of little weight
	Struck  bool            // retracted
	Folded  *FoldView       // corrections and what they replaced
}

// FoldView is something folded away under a short label.
type FoldView struct {
	ID, Label string
	Content   templ.Component
}

// lane classes: the hospital's hue, and its shape as the style of the line.
func laneClass(h Hospital, own bool) string {
	c := "lane hue-" + strconv.Itoa(h.Hue) + " line-" + strconv.Itoa(h.Shape)
	if own {
		c += " own"
	}
	return c
}

// titleOf is the full name of the hospital in whose lane an entry stands.
func titleOf(lanes []Hospital, own int) templ.Attributes {
	if own < 0 || own >= len(lanes) {
		return nil
	}
	return lanes[own].title()
}

func entryClass(e TimelineEntry) string {
	c := "t"
	if e.Quiet {
		c += " quiet"
	}
	if e.Struck {
		c += " struck"
	}
	return c
}

// NextView is the one next step: what, why, by whom and when, and the button that does it.
type NextView struct {
	Title, Why string
	Meta       string // who is to do it, by when
	Late       bool
	Do         templ.Component // buttons or a form; see Button and PostButton
}

// ListItem is one line of a list. At most one of End and Act is usual.
type ListItem struct {
	Hospital *Hospital
	Icon     string
	Text     string
	URL      string
	Note     string // below the text
	Chips    []ChipView
	End      string // at the right: a date, a role
	Late     bool   // End is overdue
	Act      templ.Component
}

// title is the full name of the hospital that a line is about, where the line is its name.
func (i ListItem) title() templ.Attributes {
	if i.Hospital == nil || i.Text != i.Hospital.Name {
		return nil
	}
	return i.Hospital.title()
}

// ChangeSort says what became of a piece of text between two versions.
type ChangeSort string

// The sorts of change.
const (
	Same    ChangeSort = ""
	Added   ChangeSort = "ins"
	Removed ChangeSort = "del"
)

// Change is a piece of a line of a plan.
type Change struct {
	Sort ChangeSort
	Text string
}

// PlanLine is one thing the plan fixes. Without a comparison it has one piece.
type PlanLine struct {
	Label  string
	Pieces []Change
	Source Link
}

// PlanView is a plan as the document that people sign.
type PlanView struct {
	Title      string
	Chips      []ChipView
	Compare    Link // to the difference from the version before, or back
	Lines      []PlanLine
	Signatures []Signature
	Do         templ.Component // sign, change, remind
}

// SignatureState says where a signature stands.
type SignatureState string

// The states of a signature.
const (
	SignatureSigned   SignatureState = "signed"
	SignatureWaiting  SignatureState = "waiting"
	SignatureDeclined SignatureState = "declined"
	SignatureOutdated SignatureState = "outdated" // of an earlier version of this plan
)

// Signature is who answers for a plan.
type Signature struct {
	State    SignatureState
	Hospital Hospital
	Who      string
	Note     string // hospital, time, short hash; or when it was asked
}

func (s Signature) chip() (sort Sort, icon string) {
	switch s.State {
	case SignatureSigned:
		return Good, "check"
	case SignatureDeclined:
		return Bad, "x"
	case SignatureOutdated:
		return Line, "history"
	}
	return Warn, "clock"
}

// ConsentState says what a patient has decided about one scope.
type ConsentState string

// The states of a consent.
const (
	ConsentGranted   ConsentState = "granted"
	ConsentWithdrawn ConsentState = "withdrawn"
	ConsentOpen      ConsentState = "open"
	ConsentNotShared ConsentState = "not-shared"
)

// ConsentView is one scope of consent and its state.
type ConsentView struct {
	Scope string // already translated
	State ConsentState
}

func (c ConsentView) chip() (sort Sort, icon string) {
	switch c.State {
	case ConsentGranted:
		return Good, "check"
	case ConsentWithdrawn:
		return Bad, "x"
	case ConsentOpen:
		return Warn, "clock"
	}
	return Line, "lock"
}
