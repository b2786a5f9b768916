package rehearsal

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"consilium/jobs"
	"consilium/ledger"
)

// Kind says what an artefact is.
type Kind string

// The kinds of artefacts.
const (
	Surface      Kind = "surface"      // of the bone, with the segmentation: of a series of images
	Plan         Kind = "plan"         // landmarks, planes, angles: on a surface
	Guide        Kind = "guide"        // cutting guide: of a surface and a plan
	Model        Kind = "model"        // the bone for print: of a surface
	Strength     Kind = "strength"     // stress under a load: of a surface's images
	Registration Kind = "registration" // paired points: of a plan; touched points: of a surface
	Implant      Kind = "implant"      // a user's mesh in its place: on a surface
	Mirror       Kind = "mirror"       // the other side as a template: of a surface
	Segmented    Kind = "segmentation" // what belongs to the bone, changed by hand: of a surface or of another segmentation
)

// Endings of files.
const (
	GLB          = "glb"     // the surface for the screen, LPS mm
	ThreeMF      = "3mf"     // for print: what is signed
	JSON         = "json"    // the plan; the steps of a segmentation
	Values       = "f32"     // a number for each point of the GLB, little endian
	Segmentation = "seg.dcm" // DICOM segmentation
)

// Artefact is one thing that was made in the lab, or is being made.
type Artefact struct {
	ID      string
	Thread  ledger.ThreadID
	Kind    Kind
	Version int   // 1, 2, … in the case and of the kind
	Job     int64 // that makes it; 0: it was made at once
	Entry   ledger.Hash
	Source  string // the artefact that it was made of; "": the images themselves
	Asked   json.RawMessage
	Facts   json.RawMessage // what came of it; nil: nothing yet
	Person  ledger.PersonID
	Name    string // of the person
	At      time.Time
	Files   []File
}

// File is a file of an artefact.
type File struct {
	Ending string
	Hash   ledger.Hash
	Size   int64
}

// Done tells whether it is there.
func (a *Artefact) Done() bool { return a.Facts != nil }

// File finds a file by its ending.
func (a *Artefact) File(ending string) (File, bool) {
	for _, f := range a.Files {
		if f.Ending == ending {
			return f, true
		}
	}
	return File{}, false
}

// Main is the file whose hash stands for the artefact where it is signed: the one for print, or else what was written down, the values, the surface.
func (a *Artefact) Main() (File, bool) {
	endings := []string{JSON, Values, Own, GLB}
	switch a.Kind {
	case Guide, Model:
		endings = []string{ThreeMF} // without it a check failed
	case Segmented:
		endings = []string{Segmentation}
	}
	for _, ending := range endings {
		if f, ok := a.File(ending); ok {
			return f, true
		}
	}
	return File{}, false
}

// Read reads what was asked for and what came of it into the forms of the artefact's kind; facts is left where there are none.
func (a *Artefact) Read(asked, facts any) error {
	if asked != nil {
		if err := json.Unmarshal(a.Asked, asked); err != nil {
			return fmt.Errorf("reading what was asked of the lab: %w", err)
		}
	}
	if facts != nil && a.Facts != nil {
		if err := json.Unmarshal(a.Facts, facts); err != nil {
			return fmt.Errorf("reading what the lab made: %w", err)
		}
	}
	return nil
}

// Newest is the newest artefact of a kind that is there; nil where there is none. The list has the newest first.
func Newest(list []Artefact, kind Kind) *Artefact {
	for i := range list {
		if list[i].Kind == kind && list[i].Done() {
			return &list[i]
		}
	}
	return nil
}

// With is the artefact of an ID; nil where there is none.
func With(list []Artefact, id string) *Artefact {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}

// Work is the job that makes artefacts.
var Work = jobs.Kind{Name: "lab.work", MaxAttempts: 2}

// order is what the job is asked for.
type order struct {
	Thread   ledger.ThreadID `json:"thread"`
	Artefact string          `json:"artefact"`
}

// Errors of the lab.
var (
	// ErrGone: the artefact is not there, or not any more.
	ErrGone = errors.New("the lab has no such thing of this case")
	// ErrAsked: what was asked for cannot be made.
	ErrAsked = errors.New("the lab cannot make this")
	// ErrTooMuch: it would take more memory or time than a hospital's node gives to one case.
	ErrTooMuch = errors.New("it is too much for this node")
	// ErrImplant: a mesh that somebody brought is no body that can be measured.
	ErrImplant = errors.New("the mesh is no closed body in millimeters")
)
