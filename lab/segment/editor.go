package segment

import (
	"math/bits"

	"consilium/lab/space"
	"consilium/lab/volume"
)

// Editor changes a mask by strokes of a brush that can be undone one by one, and done again.
type Editor struct {
	mask   *volume.Mask
	done   []stroke
	undone []stroke
}

// stroke is the words that a stroke changed, as they were before and after.
type stroke []change

type change struct {
	word          int
	before, after uint64
}

// NewEditor works on a copy of a mask.
func NewEditor(m *volume.Mask) *Editor { return &Editor{mask: m.Clone()} }

// Mask is the mask as it is now. It changes with the next stroke.
func (e *Editor) Mask() *volume.Mask { return e.mask }

// Brush adds or removes a ball of r mm along a path of points (LPS mm): one stroke. It returns how many voxels changed.
func (e *Editor) Brush(path []space.Vec, r float64, add bool) int {
	touched := map[int]uint64{}
	for n, p := range path {
		from := path[max(n-1, 0)]
		steps := int(p.Sub(from).Norm()/max(r/2, 1e-3)) + 1
		for s := range min(steps, 100000) {
			e.ball(from.Lerp(p, float64(s+1)/float64(steps)), r, add, touched)
		}
	}
	return e.finish(touched)
}

func (e *Editor) ball(center space.Vec, r float64, add bool, touched map[int]uint64) {
	g := e.mask.Grid
	at := g.Index(center)
	var low, high [3]int
	for axis := range 3 {
		reach := r / g.Spacing[axis]
		low[axis], high[axis] = max(0, nearest(at[axis]-reach)), min(g.Size[axis]-1, nearest(at[axis]+reach))
	}
	for k := low[2]; k <= high[2]; k++ {
		for j := low[1]; j <= high[1]; j++ {
			for i := low[0]; i <= high[0]; i++ {
				d := space.Vec{(float64(i) - at[0]) * g.Spacing[0], (float64(j) - at[1]) * g.Spacing[1], (float64(k) - at[2]) * g.Spacing[2]}
				if d.Dot(d) > r*r || e.mask.At(i, j, k) == add {
					continue
				}
				word := (k*g.Size[1]+j)*e.mask.Stride + i>>6
				if _, known := touched[word]; !known {
					touched[word] = e.mask.Words[word]
				}
				e.mask.Set(i, j, k, add)
			}
		}
	}
}

// Replace takes another mask over as one stroke, so that an automatic step can be undone as a brush can.
func (e *Editor) Replace(m *volume.Mask) int {
	touched := map[int]uint64{}
	for w, word := range m.Words {
		if e.mask.Words[w] != word {
			touched[w] = e.mask.Words[w]
			e.mask.Words[w] = word
		}
	}
	return e.finish(touched)
}

func (e *Editor) finish(touched map[int]uint64) int {
	var s stroke
	changed := 0
	for w, before := range touched {
		s = append(s, change{w, before, e.mask.Words[w]})
		changed += bits.OnesCount64(before ^ e.mask.Words[w])
	}
	if len(s) > 0 {
		e.done, e.undone = append(e.done, s), nil
	}
	return changed
}

// Undo takes the last stroke back; false if there is none.
func (e *Editor) Undo() bool {
	if len(e.done) == 0 {
		return false
	}
	s := e.done[len(e.done)-1]
	e.done, e.undone = e.done[:len(e.done)-1], append(e.undone, s)
	for _, c := range s {
		e.mask.Words[c.word] = c.before
	}
	return true
}

// Redo does the last stroke that was taken back again; false if there is none.
func (e *Editor) Redo() bool {
	if len(e.undone) == 0 {
		return false
	}
	s := e.undone[len(e.undone)-1]
	e.undone, e.done = e.undone[:len(e.undone)-1], append(e.done, s)
	for _, c := range s {
		e.mask.Words[c.word] = c.after
	}
	return true
}
