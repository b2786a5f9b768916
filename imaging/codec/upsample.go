package codec

// upsample brings all components to the size of the image. Halved chroma is interpolated with weights 3 and 1, as the Independent JPEG Group's
// library does by default; other factors repeat samples.
func (j *jpeg) upsample() {
	hmax, vmax := j.sampling()
	n := len(j.comps)
	for i := range j.comps {
		c := &j.comps[i]
		stride := c.across * 8
		wide, high := hmax/c.h, vmax/c.v
		smooth := wide*c.h == 2*c.h && hmax%c.h == 0 && c.w > 2
		line := make([]int32, c.w)
		for y := range j.height {
			out := j.raster.samples[y*j.width*n+i:]
			switch {
			case wide == 1 && high == 1 && hmax%c.h == 0 && vmax%c.v == 0:
				for x := range j.width {
					out[x*n] = c.plane[y*stride+x]
				}
			case smooth && high == 1 && vmax%c.v == 0:
				for x := range line {
					line[x] = int32(c.plane[y*stride+x])
				}
				doubled(line, out, n, j.width, 1, 2, 2)
			case smooth && high == 2 && vmax%c.v == 0:
				near, other := y/2, y/2-1+2*(y%2)
				other = min(max(other, 0), c.lines-1)
				for x := range line {
					line[x] = 3*int32(c.plane[near*stride+x]) + int32(c.plane[other*stride+x])
				}
				doubled(line, out, n, j.width, 8, 7, 4)
			default:
				for x := range j.width {
					out[x*n] = c.plane[y*c.v/vmax*stride+x*c.h/hmax]
				}
			}
		}
	}
}

// doubled makes two samples of each, weighted 3 to 1 with the neighbor on their side; the outermost are their own neighbors. The roundings
// alternate, so that they have no direction on average.
func doubled(line []int32, out []uint16, step, width int, left, right int32, shift int) {
	last := len(line) - 1
	for x := range width {
		i := x / 2
		other, round := i-1, left
		if x%2 == 1 {
			other, round = i+1, right
		}
		if other < 0 || other > last {
			if shift == 2 { // of one line only: the sample itself
				out[x*step] = uint16(line[i])
				continue
			}
			other = i
		}
		out[x*step] = uint16((3*line[i] + line[other] + round) >> shift)
	}
}

// toRGB converts YCbCr to RGB (ITU T.871) in fixed point with 16 bits of fraction.
func (r *raster) toRGB() {
	const cr2r, cb2b, cr2g, cb2g, half = 91881, 116130, 46802, 22554, 1 << 15
	center, top := int32(1)<<(r.precision-1), int32(1)<<r.precision-1
	clamp := func(v int32) uint16 { return uint16(min(max(v, 0), top)) }
	for s := r.samples; len(s) >= 3; s = s[3:] {
		y, cb, cr := int32(s[0]), int32(s[1])-center, int32(s[2])-center
		s[0] = clamp(y + (cr2r*cr+half)>>16)
		s[1] = clamp(y + (-cr2g*cr-cb2g*cb+half)>>16)
		s[2] = clamp(y + (cb2b*cb+half)>>16)
	}
}
