package volume

import (
	"math"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// way says, for each voxel along an axis of a new grid, which two voxels of the old one it lies between, and how far from the first; −1 is outside.
type way struct {
	low  []int32
	part []float32
}

// straight finds the ways along the axes if both grids' axes are the same: then every voxel of a row lies in the same rows, which makes resampling a CT to cubes ten times as fast.
func (v *Volume) straight(g Grid, start space.Vec, step [3]space.Vec) (ways [3]way, ok bool) {
	for axis := range 3 {
		for other := range 3 {
			if other != axis && math.Abs(step[axis][other])*float64(g.Size[axis]) > 1e-6 {
				return ways, false
			}
		}
		w := way{make([]int32, g.Size[axis]), make([]float32, g.Size[axis])}
		for i := range w.low {
			at := start[axis] + float64(i)*step[axis][axis]
			if near := math.Round(at); math.Abs(at-near) < 1e-9 {
				at = near
			}
			low := math.Floor(at)
			if low == float64(v.Size[axis]-1) && at == low && low > 0 {
				low-- // the last voxel itself: all of the second
			}
			if !(low >= 0 && (low <= float64(v.Size[axis]-2) || at == low && low == 0)) {
				w.low[i] = -1
				continue
			}
			w.low[i], w.part[i] = int32(low), float32(at-low)
		}
		ways[axis] = w
	}
	return ways, true
}

func (v *Volume) resampleStraight(from *Volume, ways [3]way, background float64) {
	parallel.Blocks(v.Size[1]*v.Size[2], 16, func(lo, hi int) {
		line := make([]float32, from.Size[0])
		for row := lo; row < hi; row++ {
			j, k := row%v.Size[1], row/v.Size[1]
			inside := ways[1].low[j] >= 0 && ways[2].low[k] >= 0
			if inside {
				from.blend(line, int(ways[1].low[j]), int(ways[2].low[k]), ways[1].part[j], ways[2].part[k])
			}
			for i := range v.Size[0] {
				at, part := ways[0].low[i], ways[0].part[i]
				f := float32(background)
				switch {
				case !inside || at < 0:
				case part == 0:
					f = line[at]
				default:
					f = line[at] + part*(line[at+1]-line[at])
				}
				v.set(row*v.Size[0]+i, float64(f))
			}
		}
	})
}

// blend mixes four rows: (j, k), (j+1, k), (j, k+1), (j+1, k+1).
func (v *Volume) blend(line []float32, j, k int, pj, pk float32) {
	nextJ, nextK := j, k
	if pj > 0 {
		nextJ++
	}
	if pk > 0 {
		nextK++
	}
	for n, corner := range [4][2]int{{j, k}, {nextJ, k}, {j, nextK}, {nextJ, nextK}} {
		weight := [4]float32{(1 - pj) * (1 - pk), pj * (1 - pk), (1 - pj) * pk, pj * pk}[n]
		at := v.Offset(0, corner[0], corner[1])
		for i := range line {
			var f float32
			switch {
			case weight == 0: // also keeps what is no number out of where it does not count
			case v.Int16 != nil:
				f = weight * float32(v.Int16[at+i])
			default:
				f = weight * v.Float32[at+i]
			}
			if n == 0 {
				line[i] = f
			} else {
				line[i] += f
			}
		}
	}
}
