package segment

import (
	"context"
	"errors"
	"fmt"
	"math"

	"consilium/lab/parallel"
	"consilium/lab/volume"
)

// ErrNotConverged says that an iteration was stopped before its answer was exact enough; nothing is returned then.
var ErrNotConverged = errors.New("segment: not converged")

// mostWalked is how many voxels a random walker takes: each needs 28 bytes.
const mostWalked = 64 << 20

// RandomWalker divides a scan between seeds of an object and seeds of its background (Grady, IEEE Transactions on Pattern Analysis and Machine Intelligence 28 (2006) 1768–1783): a voxel belongs to the object if a walker that starts there,
// and steps less readily where values change, comes to an object's seed first. Beta says how much a change counts: the step's weight is exp(−beta·difference²/mean of all differences²); 1 is usual, more follows edges more closely.
// It works on the box around the seeds, wider by margin voxels; outside of it nothing belongs to the object.
func RandomWalker(ctx context.Context, v *volume.Volume, object, background *volume.Mask, beta float64, margin int) (*volume.Mask, error) {
	if !object.Same(v.Grid) || !background.Same(v.Grid) {
		return nil, fmt.Errorf("%w: seeds lie on another grid than the scan", volume.ErrGeometry)
	}
	seeds := object.Clone()
	seeds.And(background)
	if seeds.Count() > 0 {
		return nil, fmt.Errorf("segment: %d voxels are seeds of both object and background", seeds.Count())
	}
	if object.Count() == 0 || background.Count() == 0 {
		return nil, fmt.Errorf("%w: seeds of the object (%d) and of the background (%d) are needed", ErrEmpty, object.Count(), background.Count())
	}
	from, size := walked(object, background, margin)
	part, err := v.Crop(from, size)
	if err != nil {
		return nil, err
	}
	if part.Voxels() > mostWalked {
		return nil, fmt.Errorf("%w: a random walker takes %d voxels at most, its box has %d; resample the scan", volume.ErrTooLarge, mostWalked, part.Voxels())
	}
	w := newWalk(part, beta)
	for at := range w.x {
		i, j, k := from[0]+at%size[0], from[1]+at/size[0]%size[1], from[2]+at/size[0]/size[1]
		if object.At(i, j, k) {
			w.x[at], w.fixed[at] = 1, true
		} else if background.At(i, j, k) {
			w.fixed[at] = true
		}
	}
	if err := w.solve(ctx); err != nil {
		return nil, err
	}
	out := volume.NewMask(v.Grid)
	for at, x := range w.x {
		if x > 0.5 {
			out.Set(from[0]+at%size[0], from[1]+at/size[0]%size[1], from[2]+at/size[0]/size[1], true)
		}
	}
	return out, nil
}

// walked is the box in which a walker decides: around all seeds, wider by margin voxels where the scan is.
func walked(object, background *volume.Mask, margin int) (from, size [3]int) {
	seeds := object.Clone()
	seeds.Or(background)
	from, size = seeds.Bounds()
	for axis := range 3 {
		end := min(from[axis]+size[axis]+margin, seeds.Size[axis])
		from[axis] = max(from[axis]-margin, 0)
		size[axis] = end - from[axis]
	}
	return from, size
}

// walk is the linear system: the Laplacian of the box's voxels, with the seeds' values given.
type walk struct {
	size   [3]int
	weight [3][]float32 // of the step to the next voxel along each axis
	x      []float32
	fixed  []bool
}

func newWalk(v *volume.Volume, beta float64) *walk {
	n := v.Voxels()
	w := &walk{size: v.Size, x: make([]float32, n), fixed: make([]bool, n)}
	sum, count := 0.0, 0.0
	for axis, step := range [3]int{1, v.Size[0], v.Size[0] * v.Size[1]} {
		w.weight[axis] = make([]float32, n)
		for at := range n {
			if at/step%v.Size[axis] < v.Size[axis]-1 {
				d := v.At(at) - v.At(at+step)
				w.weight[axis][at] = float32(d * d)
				if d == d {
					sum, count = sum+d*d, count+1
				}
			}
		}
	}
	spread := math.Max(sum/math.Max(count, 1), 1e-12)
	for axis, step := range [3]int{1, v.Size[0], v.Size[0] * v.Size[1]} {
		for at := range n {
			switch d2 := float64(w.weight[axis][at]); {
			case at/step%v.Size[axis] == v.Size[axis]-1:
				w.weight[axis][at] = 0
			default: // a little weight stays, so that nothing is cut off; a value that is no number is a wall
				f := math.Exp(-beta * d2 / spread)
				w.weight[axis][at] = float32(max(f, 1e-6))
				if f != f {
					w.weight[axis][at] = 1e-6
				}
			}
		}
	}
	return w
}

// apply is out = L·in at voxels that are free, 0 at seeds; and the sum of in·out.
func (w *walk) apply(in, out []float32) float64 {
	nx, ny := w.size[0], w.size[1]
	slabs := make([]float64, w.size[2])
	parallel.Blocks(w.size[2], 1, func(k, _ int) {
		sum := 0.0
		for at := k * nx * ny; at < (k+1)*nx*ny; at++ {
			out[at] = 0
			if w.fixed[at] {
				continue
			}
			here := in[at]
			f := float32(0)
			for axis, step := range [3]int{1, nx, nx * ny} {
				if g := w.weight[axis][at]; g > 0 {
					f += g * (here - in[at+step])
				}
				if at >= step {
					if g := w.weight[axis][at-step]; g > 0 {
						f += g * (here - in[at-step])
					}
				}
			}
			out[at] = f
			sum += float64(here) * float64(f)
		}
		slabs[k] = sum
	})
	total := 0.0
	for _, s := range slabs {
		total += s
	}
	return total
}

// diagonal of L.
func (w *walk) diagonal(at int) float32 {
	d := float32(0)
	for axis, step := range [3]int{1, w.size[0], w.size[0] * w.size[1]} {
		d += w.weight[axis][at]
		if at >= step {
			d += w.weight[axis][at-step]
		}
	}
	return max(d, 1e-12)
}

// solve runs conjugate gradients with the diagonal as preconditioner until the residual is a ten-thousandth of the first.
func (w *walk) solve(ctx context.Context) error {
	n := len(w.x)
	r, p, q := make([]float32, n), make([]float32, n), make([]float32, n)
	w.apply(w.x, r)
	rho := 0.0
	for at := range r {
		r[at] = -r[at]
		p[at] = r[at] / w.diagonal(at)
		rho += float64(r[at]) * float64(p[at])
	}
	goal := rho * 1e-8
	for range 5000 {
		if rho <= goal || rho == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		alpha := float32(rho / w.apply(p, q))
		next := 0.0
		for at := range r {
			w.x[at] += alpha * p[at]
			r[at] -= alpha * q[at]
			next += float64(r[at]) * float64(r[at]/w.diagonal(at))
		}
		scale := float32(next / rho)
		rho = next
		for at := range p {
			p[at] = r[at]/w.diagonal(at) + scale*p[at]
		}
	}
	return fmt.Errorf("%w: a random walker over %d voxels; put seeds nearer to the border, or lower beta", ErrNotConverged, n)
}
