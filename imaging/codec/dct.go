package codec

// zigzag is where the coefficients of a block stand, in the order in which they are coded (ITU T.81 figure A.6). The tail catches runs that lead
// out of a corrupt block.
var zigzag = [80]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
	63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
}

// planes takes memory for the components' blocks.
func (j *jpeg) planes() error {
	if j.precision != 8 && j.precision != 12 {
		return unsupported("cosine transform of %d bits", j.precision)
	}
	hmax, vmax := j.sampling()
	for i := range j.comps {
		c := &j.comps[i]
		c.w, c.lines = (j.width*c.h+hmax-1)/hmax, (j.height*c.v+vmax-1)/vmax
		c.across = (j.width + 8*hmax - 1) / (8 * hmax) * c.h
		c.down = (j.height + 8*vmax - 1) / (8 * vmax) * c.v
		c.plane = make([]uint16, c.across*c.down*64)
	}
	return nil
}

func (j *jpeg) sampling() (hmax, vmax int) {
	for _, c := range j.comps {
		hmax, vmax = max(hmax, c.h), max(vmax, c.v)
	}
	return hmax, vmax
}

// dctScan decodes a sequential scan (ITU T.81 annex F).
func (j *jpeg) dctScan(scan []*component) error {
	for _, c := range scan {
		c.dcTable, c.acTable = j.dc[c.dc], j.ac[c.ac]
		if c.dcTable == nil || c.acTable == nil || c.quant > 3 || j.quant[c.quant] == nil {
			return corrupt("a scan without its tables")
		}
	}
	var block [64]int32
	return j.blocks(scan, func(r *bitReader, c *component, x, y int) bool {
		if !c.block(r, &block, j.quant[c.quant]) {
			return false
		}
		inverse(&block, c.plane[(y*c.across*8+x)*8:], c.across*8, j.precision)
		return true
	})
}

// blocks goes through the blocks of a scan in their order: of one component line by line, of several by minimum coded units (ITU T.81 section
// A.2). Each restart interval has a reader of its own.
func (j *jpeg) blocks(scan []*component, decode func(r *bitReader, c *component, x, y int) bool) error {
	if j.comps[0].plane == nil {
		if err := j.planes(); err != nil {
			return err
		}
	}
	across, units := scan[0].across/scan[0].h, scan[0].across/scan[0].h*(scan[0].down/scan[0].v)
	if len(scan) == 1 {
		across = (scan[0].w + 7) / 8
		units = across * ((scan[0].lines + 7) / 8)
	}
	every := j.restart
	if every == 0 {
		every = units
	}
	parts := j.entropy()
	for first := 0; first < units; first += every {
		if len(parts) == 0 {
			return corrupt("the image ends before its last block")
		}
		r := &bitReader{in: parts[0]}
		parts = parts[1:]
		j.endOfBand = 0
		for _, c := range scan {
			c.predictor = 0
		}
		for u := first; u < min(first+every, units); u++ {
			if !unit(r, scan, u%across, u/across, decode) {
				return corrupt("block %d of %d", u, units)
			}
		}
	}
	return nil
}

// unit decodes the blocks of one minimum coded unit.
func unit(r *bitReader, scan []*component, x, y int, decode func(r *bitReader, c *component, x, y int) bool) bool {
	if len(scan) == 1 {
		return decode(r, scan[0], x, y) && !r.exhausted()
	}
	for _, c := range scan {
		for i := range c.h * c.v {
			if !decode(r, c, x*c.h+i%c.h, y*c.v+i/c.h) {
				return false
			}
		}
	}
	return !r.exhausted()
}

// block decodes the coefficients of one block and multiplies them by their quantization.
func (c *component) block(r *bitReader, b *[64]int32, quant *[64]uint16) bool {
	*b = [64]int32{}
	r.fill()
	size, ok := c.dcTable.next(r)
	if !ok || size > 16 {
		return false
	}
	c.predictor += extend(r.take(int(size)), int(size))
	b[0] = c.predictor * int32(quant[0])
	for k := 1; k < 64; k++ {
		r.fill()
		v, ok := c.acTable.next(r)
		if !ok {
			return false
		}
		run, size := int(v>>4), int(v&15)
		if size == 0 {
			if run != 15 {
				break
			}
			k += 15
			continue
		}
		k += run
		if k > 63 {
			return false
		}
		b[zigzag[k]] = extend(r.take(size), size) * int32(quant[k])
	}
	return true
}
