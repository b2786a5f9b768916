package stage

import (
	"context"
	"strconv"

	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/ledger"
	"consilium/web/face"
)

// SegmentationName is what people call a segmentation: of a surface's range, changed by hand, or another program's.
func SegmentationName(q *face.Request, a *rehearsal.Artefact) string {
	args := map[string]any{"version": a.Version}
	if a.Kind != rehearsal.Segmented {
		return q.P("segment.of-range", args)
	}
	var o rehearsal.SegmentationOrder
	if a.Read(&o, nil) == nil && o.Suggested != nil {
		return suggestionName(q, a, &o)
	}
	if o.Brought != nil && len(o.Steps) == 0 {
		args["label"], args["file"] = o.Brought.Segment, o.Brought.File
		return q.P("segment.of-file", args)
	}
	return q.P("segment.of-hand", args)
}

// Name is what people call an artefact; of a segmentation it says by whom or what.
func Name(q *face.Request, a *rehearsal.Artefact) string {
	if a.Kind == rehearsal.Segmented {
		return SegmentationName(q, a)
	}
	return q.P("lab.job.made-of", map[string]any{"what": q.P("lab.kind."+string(a.Kind), nil), "version": a.Version})
}

// suggestionName names the model with its version, and never leaves out whether a person has looked through what it proposed.
func suggestionName(q *face.Request, a *rehearsal.Artefact, o *rehearsal.SegmentationOrder) string {
	key := "segment.suggestion.accepted"
	if o.Unchecked() {
		key = "segment.suggestion.unchecked"
	}
	edited := ""
	if len(o.Steps) > 0 {
		edited = q.P("segment.suggestion.edited", nil)
	}
	return q.P(key, map[string]any{"model": o.Suggested.Model, "number": o.Suggested.Version, "edited": edited, "version": a.Version})
}

// Unchecked tells whether an artefact is a suggestion that nobody has accepted. What cannot be read counts as one.
func Unchecked(a *rehearsal.Artefact) bool {
	var o rehearsal.SegmentationOrder
	return a.Kind == rehearsal.Segmented && (a.Read(&o, nil) != nil || o.Unchecked())
}

// waiting is the newest segmentation, where it is a suggestion that nobody has accepted; nil where it is not.
func waiting(items []desk.LabItem) *desk.LabItem {
	for n := range items {
		if i := &items[n]; i.Kind == rehearsal.Segmented && i.Artefact.Done() {
			if Unchecked(&i.Artefact) {
				return i
			}
			return nil
		}
	}
	return nil
}

// BoardData is what the board on which a segmentation is changed reads: where its voxels lie, and where slices come from.
type BoardData struct {
	ID         string     `json:"id"`
	Size       [3]int     `json:"size"`
	Spacing    [3]float64 `json:"spacing_mm"`
	Origin     [3]float64 `json:"origin_mm"`  // of the first voxel's middle
	Directions [9]float64 `json:"directions"` // of the axes, one after another
	Slice      string     `json:"slice"`      // wants axis, index, window
	Mask       string     `json:"mask"`       // wants axis, index
}

// Board gives what the board reads of a surface or a segmentation.
func Board(q *face.Request) error {
	list, err := listed(q)
	if err != nil {
		return err
	}
	a := rehearsal.With(list, q.FormValue("of"))
	if a == nil || !a.Done() {
		return desk.ErrNotHere
	}
	s, err := q.Desk.Lab.Scan(q.Context(), a, func(int, int) {})
	if err != nil {
		return told(err)
	}
	g, base := s.Volume.Grid, "/cases/"+a.Thread.String()+"/lab/"
	ticket := "?t=" + Ticket(q, a.Thread) + "&of=" + a.ID
	d := BoardData{ID: a.ID, Size: g.Size, Spacing: g.Spacing, Origin: g.Origin, Slice: base + "slice" + ticket, Mask: base + "mask" + ticket}
	for axis := range 3 {
		c := g.Direction.Column(axis)
		copy(d.Directions[3*axis:], c[:])
	}
	q.W.Header().Set("Cache-Control", "private, no-store")
	return q.JSON(d)
}

// Mask gives what of a slice belongs to a segmentation, as PNG.
func Mask(q *face.Request) error {
	a, err := found(q)
	if err != nil {
		return err
	}
	index, err := strconv.Atoi(q.FormValue("index"))
	if err != nil {
		return desk.ErrNotHere
	}
	raw, err := q.Desk.Lab.MaskSlice(q.Context(), a, q.FormValue("axis"), index)
	if err != nil {
		return told(err)
	}
	return png(q, raw)
}

// found is the artefact that a request names, found without listing the case's: slices are asked for by the dozen.
func found(q *face.Request) (*rehearsal.Artefact, error) {
	l, err := opened(q)
	if err != nil {
		return nil, err
	}
	var a rehearsal.Artefact
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = q.Desk.Lab.Find(ctx, tx, l.Thread, q.FormValue("of"))
		return err
	})
	if err == nil && (!a.Done() || Erased(l, a.Entry)) {
		err = rehearsal.ErrGone
	}
	return &a, told(err)
}
