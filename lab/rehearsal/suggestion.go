package rehearsal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"consilium/lab/derived"
	"consilium/lab/segment"
	"consilium/lab/volume"
	"consilium/ledger"
)

// Suggested is the learned model of which a segmentation is the suggestion, or began as it.
type Suggested struct {
	Model    string    `json:"model"`
	Version  string    `json:"version"`
	SHA256   string    `json:"sha256"`             // of the model's file
	Accepted *Accepted `json:"accepted,omitempty"` // nil: nobody has looked through it
}

// Accepted is who looked through a suggestion and stands for it.
type Accepted struct {
	Person ledger.PersonID `json:"person"`
	Name   string          `json:"name"`
	At     time.Time       `json:"at"`
}

// ErrSuggestion says that nobody has accepted a suggestion, or that there is none to be accepted.
var ErrSuggestion = errors.New("a suggestion is looked through and accepted by a person before anything is made of it")

// Unchecked tells whether a segmentation is a suggestion that nobody has accepted. Changing it by hand is not accepting it: who paints in one slice has not looked at the others.
func (o *SegmentationOrder) Unchecked() bool {
	return o.Suggested != nil && o.Suggested.Accepted == nil
}

// OrderSuggestion is the order of what a model of this hospital proposes for a series.
func (l *Lab) OrderSuggestion(series, model string) (o SegmentationOrder, err error) {
	at := slices.IndexFunc(l.Models, func(m segment.Model) bool { return m.Name == model })
	if at < 0 {
		return o, fmt.Errorf("%w: this hospital has no model of the name %q", ErrAsked, model)
	}
	m := l.Models[at]
	return SegmentationOrder{Series: series, Suggested: &Suggested{Model: m.Name, Version: m.Version, SHA256: m.SHA256}}, nil
}

// OrderAcceptance is the order of a suggestion as somebody accepts it: a version of its own, so that what was proposed stays beside it.
func (l *Lab) OrderAcceptance(base *Artefact, person ledger.PersonID, name string) (o SegmentationOrder, err error) {
	if base.Kind != Segmented || !base.Done() {
		return o, ErrGone
	}
	if err := base.Read(&o, nil); err != nil {
		return o, err
	}
	if !o.Unchecked() {
		return o, ErrSuggestion
	}
	o.Suggested.Accepted = &Accepted{Person: person, Name: name, At: l.Now()}
	return o, nil
}

// suggest lets the model propose.
func (w *work) suggest(o SegmentationOrder) (any, error) {
	begun := time.Now()
	at := slices.IndexFunc(w.lab.Models, func(m segment.Model) bool { return m.Name == o.Suggested.Model && m.SHA256 == o.Suggested.SHA256 })
	if at < 0 {
		return nil, fmt.Errorf("%w: this hospital has it no more", segment.ErrModel)
	}
	s, err := w.scan()
	if err != nil {
		return nil, err
	}
	if err := w.step(50, surfaceSteps, "learned"); err != nil {
		return nil, err
	}
	got, err := w.lab.Models[at].Suggest(w.ctx, s.Volume)
	if err != nil {
		return nil, err
	}
	if got.Voxels == 0 {
		return nil, fmt.Errorf("%w: the model found nothing", segment.ErrEmpty)
	}
	if err := w.keepMask(s.Origin, o.segment(got.Mask)); err != nil {
		return nil, err
	}
	return SegmentationFacts{Added: got.Voxels, HU: s.Volume.Stats(got.Mask), Seconds: time.Since(begun).Seconds()}, nil
}

// accept writes the suggestion anew as one that a person stands for.
func (w *work) accept(o SegmentationOrder) (any, error) {
	from, err := w.source()
	if err != nil {
		return nil, err
	}
	var facts SegmentationFacts
	if err := from.Read(nil, &facts); err != nil {
		return nil, err
	}
	s, err := w.scan()
	if err != nil {
		return nil, err
	}
	mask, err := w.lab.Mask(w.ctx, &from)
	if err != nil {
		return nil, err
	}
	base, _ := from.File(Segmentation)
	facts.Base = hex.EncodeToString(base.Hash[:])
	return facts, w.keepMask(s.Origin, o.segment(mask))
}

// segment is the segment as its DICOM object has it, which goes to programs that know nothing of this page: a suggestion that nobody has checked says so there too.
func (o *SegmentationOrder) segment(m *volume.Mask) derived.Segment {
	s := derived.Segment{Label: label(SurfaceOrder{Preset: o.Preset, Low: o.Low, High: o.High}), Algorithm: "SEMIAUTOMATIC", Mask: m}
	if o.Brought != nil {
		s.Label = o.Brought.Segment
	}
	if o.Suggested != nil {
		s.Label, s.Program = "Suggestion, accepted", o.Suggested.Model+" "+o.Suggested.Version
		if o.Unchecked() {
			s.Label = "Suggestion, not checked"
		}
		if len(o.Steps) == 0 {
			s.Algorithm = "AUTOMATIC"
		}
	}
	if len(o.Steps) > 0 {
		s.Label += ", edited"
	}
	return s
}
