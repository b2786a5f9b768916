package rehearsal

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"slices"
	"time"

	"consilium/casebook"
	"consilium/imaging/dicom"
	"consilium/jobs"
	"consilium/lab/derived"
	"consilium/lab/scan"
	"consilium/lab/segment"
	"consilium/lab/volume"
	"consilium/lang"
	"consilium/ledger"
)

// SegmentationOrder is a segmentation that a person changed. The steps themselves are a file beside it (ending [JSON]): a hand's strokes are far longer than what a list of artefacts reads.
type SegmentationOrder struct {
	Series string         `json:"series"` // as of what it was made
	Preset string         `json:"preset,omitempty"`
	Low    float64        `json:"low_HU"`
	High   float64        `json:"high_HU"`
	Steps  map[string]int `json:"steps"` // how many of each kind

	Brought   *Brought   `json:"brought,omitempty"`   // the segmentation of another program that it began as
	Suggested *Suggested `json:"suggested,omitempty"` // the learned model that proposed it, or what it began as
}

// SegmentationFacts is what came of it, and what it rests on.
type SegmentationFacts struct {
	Base    string       `json:"base_sha256"`  // of the segmentation that was changed
	Steps   string       `json:"steps_sha256"` // of what was done to it
	Added   int          `json:"voxels_added"`
	Removed int          `json:"voxels_removed"`
	HU      volume.Stats `json:"HU"` // of what belongs, with its count and volume
	Seconds float64      `json:"seconds"`
}

// mostSteps bounds the file of an edit, in bytes.
const mostSteps = 8 << 20

// OrderSegmentation is the order of a change, with the file of its steps, which is kept here. Base is a surface or a segmentation.
func (l *Lab) OrderSegmentation(ctx context.Context, base *Artefact, steps []segment.Step) (o SegmentationOrder, f File, err error) {
	if _, ok := base.File(Segmentation); !ok || base.Kind != Surface && base.Kind != Segmented {
		return o, f, ErrGone
	}
	if len(steps) == 0 || len(steps) > segment.MostSteps {
		return o, f, fmt.Errorf("%w: %d changes; 1 to %d are taken at once", ErrAsked, len(steps), segment.MostSteps)
	}
	if err := base.Read(&o, nil); err != nil {
		return o, f, err
	}
	o.Steps = map[string]int{}
	for n := range steps {
		if err := steps[n].Check(); err != nil {
			return o, f, fmt.Errorf("change %d: %w", n+1, err)
		}
		o.Steps[steps[n].Kind()]++
	}
	raw, err := json.Marshal(steps)
	if err != nil {
		return o, f, err
	}
	if len(raw) > mostSteps {
		return o, f, fmt.Errorf("%w: changes of %d MB; keep them more often", ErrTooMuch, len(raw)>>20)
	}
	f, err = l.put(ctx, JSON, raw)
	return o, f, err
}

// segmentation changes one by steps, or lets a model propose one, or accepts what it proposed.
func (w *work) segmentation() (any, error) {
	var o SegmentationOrder
	if err := w.of.Read(&o, nil); err != nil {
		return nil, err
	}
	_, steps := w.of.File(JSON)
	switch {
	case steps:
		return w.replay(o)
	case o.Suggested == nil:
		return nil, ErrGone
	case o.Unchecked():
		return w.suggest(o)
	}
	return w.accept(o)
}

// scan is the scan of the artefact, with the job's word of how far it is read.
func (w *work) scan() (*scan.Scan, error) {
	return w.lab.Scan(w.ctx, &w.of, func(done, total int) {
		w.report(jobs.Progress{Done: int64(done) * surfaceSteps / 2 / int64(total), Total: surfaceSteps, Note: lang.Phrase("lab.job.read", map[string]any{"done": done, "total": total})})
	})
}

// keepMask keeps a segmentation as a DICOM object beside the images.
func (w *work) keepMask(of *scan.Origin, s derived.Segment) error {
	if err := w.step(90, surfaceSteps, "keep"); err != nil {
		return err
	}
	var object bytes.Buffer
	made := derived.Made{Title: casebook.Number(w.of.Thread), Software: "Consilium", Time: w.lab.Now()}
	if err := derived.WriteSegmentation(&object, of, []derived.Segment{s}, made); err != nil {
		return err
	}
	_, err := w.keep(Segmentation, object.Bytes())
	return err
}

// replay replays the steps on what they were painted on.
func (w *work) replay(o SegmentationOrder) (any, error) {
	begun := time.Now()
	steps, facts, err := w.steps()
	if err != nil {
		return nil, err
	}
	from, err := w.source()
	if err != nil {
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
	e := segment.NewEditor(mask)
	err = e.Apply(w.ctx, s.Volume, steps, func(done int, kind string) {
		w.report(jobs.Progress{Done: surfaceSteps/2 + int64(done)*surfaceSteps*4/10/int64(len(steps)), Total: surfaceSteps, Note: lang.Phrase("lab.job.edit."+kind, map[string]any{"done": done + 1, "total": len(steps)})})
	})
	if err != nil {
		return nil, err
	}
	if err := w.keepMask(s.Origin, o.segment(e.Mask())); err != nil {
		return nil, err
	}
	facts.Added, facts.Removed, facts.HU = e.Added, e.Removed, s.Volume.Stats(e.Mask())
	facts.Seconds = time.Since(begun).Seconds()
	return facts, nil
}

// steps reads what is to be done.
func (w *work) steps() (steps []segment.Step, facts SegmentationFacts, err error) {
	f, ok := w.of.File(JSON)
	if !ok {
		return nil, facts, ErrGone
	}
	raw, err := w.lab.bytes(w.ctx, f)
	if err != nil {
		return nil, facts, err
	}
	facts.Steps = hex.EncodeToString(f.Hash[:])
	return steps, facts, json.Unmarshal(raw, &steps)
}

// Mask is the segmentation of an artefact on the grid of its scan. It is shared: who changes it takes a copy.
func (l *Lab) Mask(ctx context.Context, a *Artefact) (*volume.Mask, error) {
	f, ok := a.File(Segmentation)
	if !ok {
		return nil, ErrGone
	}
	s, err := l.Scan(ctx, a, func(int, int) {})
	if err != nil {
		return nil, err
	}
	return l.shelf.mask(f.Hash, func() (*volume.Mask, error) {
		raw, err := l.bytes(ctx, f)
		if err != nil {
			return nil, err
		}
		object, err := dicom.Read(bytes.NewReader(raw), int64(len(raw)), dicom.Options{})
		if err != nil {
			return nil, err
		}
		segments, err := derived.Segments(ctx, object, s.Volume.Grid)
		if err != nil {
			return nil, err
		}
		if len(segments) == 0 {
			return nil, fmt.Errorf("%w: its file holds no segment", ErrGone)
		}
		return segments[0].Mask, nil
	})
}

// mostMasks bounds the segmentations on the shelf: of a large scan one takes 50 MB.
const mostMasks = 2

// kept is a segmentation on the shelf.
type kept struct {
	hash ledger.Hash
	mask *volume.Mask
}

func (s *shelf) mask(hash ledger.Hash, read func() (*volume.Mask, error)) (*volume.Mask, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.IndexFunc(s.masks, func(k kept) bool { return k.hash == hash }); at >= 0 {
		return s.masks[at].mask, nil
	}
	m, err := read()
	if err != nil {
		return nil, err
	}
	s.masks = append(s.masks, kept{hash, m})
	if len(s.masks) > mostMasks {
		s.masks = s.masks[1:]
	}
	return m, nil
}

// MaskSlice draws which pixels of a slice belong to a segmentation: white on black, in the rows and columns of [Lab.Slice].
func (l *Lab) MaskSlice(ctx context.Context, a *Artefact, axis string, index int) ([]byte, error) {
	m, err := l.Mask(ctx, a)
	if err != nil {
		return nil, err
	}
	along, ok := segment.Axes[axis]
	if !ok || index < 0 || index >= m.Size[along] {
		return nil, ErrGone
	}
	across, down := inSlice(along)
	g := image.NewGray(image.Rect(0, 0, m.Size[across], m.Size[down]))
	var at [3]int
	at[along] = index
	for y := range m.Size[down] {
		at[down] = y
		for x := range m.Size[across] {
			if at[across] = x; m.At(at[0], at[1], at[2]) {
				g.Pix[rowOf(along, y, m.Size[down])*g.Stride+x] = 255
			}
		}
	}
	return encoded(g)
}
