package segment

import (
	"context"
	"math/bits"

	"consilium/lab/volume"
)

// Editor changes a mask by strokes of a brush and by other masks that replace it, and counts what changed. Whoever paints keeps the strokes and not the masks: what is undone is left out of the list.
type Editor struct {
	mask    *volume.Mask
	Added   int // voxels, each time that one was added
	Removed int
}

// NewEditor works on a copy of a mask.
func NewEditor(m *volume.Mask) *Editor { return &Editor{mask: m.Clone()} }

// Mask is the mask as it is now. It changes with the next stroke.
func (e *Editor) Mask() *volume.Mask { return e.mask }

// Brush paints a stroke. The context stops it; what was painted until then stays.
func (e *Editor) Brush(ctx context.Context, s Stroke) error {
	if err := s.Check(); err != nil {
		return err
	}
	return s.covers(ctx, e.mask.Grid, func(i, j, k int) {
		if e.mask.At(i, j, k) != s.Erase {
			return
		}
		e.mask.Set(i, j, k, !s.Erase)
		if s.Erase {
			e.Removed++
		} else {
			e.Added++
		}
	})
}

// Replace takes another mask of the same grid over.
func (e *Editor) Replace(m *volume.Mask) {
	for w, word := range m.Words {
		e.Added += bits.OnesCount64(word &^ e.mask.Words[w])
		e.Removed += bits.OnesCount64(e.mask.Words[w] &^ word)
	}
	e.mask = m
}
