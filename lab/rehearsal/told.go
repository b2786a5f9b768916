package rehearsal

import (
	"errors"
	"slices"

	"consilium/lab/align"
	"consilium/lab/derived"
	"consilium/lab/guide"
	"consilium/lab/plan"
	"consilium/lab/scan"
	"consilium/lab/segment"
	"consilium/lab/strength"
	"consilium/lab/surface"
	"consilium/lab/volume"
	"consilium/lang"
)

// sorts are the errors of the lab that a person can do something about, and what they are told: looked through from the top.
var sorts = []struct {
	is  error
	key string
}{
	{derived.ErrFrame, "frame"}, {derived.ErrPlace, "place"}, {derived.ErrChoice, "choice"}, {derived.ErrObject, "object"}, {ErrGone, "gone"}, {ErrTooMuch, "much"}, {volume.ErrTooLarge, "much"}, {volume.ErrOneSlice, "slices"}, {volume.ErrMixed, "slices"}, {volume.ErrMissing, "slices"}, {volume.ErrGeometry, "slices"},
	{scan.ErrNoImages, "slices"}, {segment.ErrStep, "step"}, {segment.ErrNotConverged, "walker"}, {segment.ErrModel, "model"}, {ErrSuggestion, "suggestion"}, {segment.ErrEmpty, "empty"}, {surface.ErrThreshold, "empty"}, {surface.ErrEmpty, "empty"}, {ErrImplant, "implant"}, {surface.ErrFormat, "implant"}, {surface.ErrMesh, "implant"}, {surface.ErrOpen, "open"}, {guide.ErrLabel, "label"}, {guide.ErrDesign, "design"},
	{strength.ErrFloating, "floating"}, {strength.ErrModel, "load"}, {align.ErrUndetermined, "pairs"}, {align.ErrNotANumber, "pairs"}, {plan.ErrFormat, "plan"}, {plan.ErrShape, "plan"},
	{plan.ErrLandmark, "landmark"}, {ErrAsked, "asked"},
}

// Known tells whether an error is the lab's to explain, and not the node's own fault.
func Known(err error) bool {
	return slices.ContainsFunc(sorts, func(s struct {
		is  error
		key string
	}) bool {
		return errors.Is(err, s.is)
	})
}

// Tell is an error of the lab as people read it: what is wrong in their language, and the particulars as the numerics say them.
func Tell(err error) lang.Text {
	for _, s := range sorts {
		if errors.Is(err, s.is) {
			return lang.Phrase("lab.fault."+s.key, map[string]any{"why": err.Error()})
		}
	}
	return lang.Phrase("lab.fault.unknown", map[string]any{"why": err.Error()})
}
