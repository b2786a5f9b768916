package codec

// progressiveScan decodes one pass over the coefficients of an image of several passes (ITU T.81 annex G): those from first to last, with the bits
// above low if the pass begins them, the one bit at low if it refines them. No current transfer syntax has such images; some devices write them.
func (j *jpeg) progressiveScan(scan []*component, first, last, high, low int) error {
	if first > last || last > 63 || low > 13 || first == 0 && last != 0 || first > 0 && len(scan) != 1 || high != 0 && high != low+1 {
		return corrupt("a pass over coefficients %d to %d, bits %d to %d", first, last, high, low)
	}
	for _, c := range scan {
		c.dcTable, c.acTable = j.dc[c.dc], j.ac[c.ac]
		if first == 0 && high == 0 && c.dcTable == nil || first > 0 && c.acTable == nil {
			return corrupt("a scan without its table")
		}
	}
	return j.blocks(scan, func(r *bitReader, c *component, x, y int) bool {
		if c.coefficients == nil {
			c.coefficients = make([][64]int32, c.across*c.down)
		}
		b := &c.coefficients[y*c.across+x]
		switch {
		case first == 0 && high == 0:
			return c.beginDC(r, b, low)
		case first == 0:
			r.fill()
			b[0] |= int32(r.take(1)) << low
			return true
		case high == 0:
			return j.beginBand(r, c.acTable, b, first, last, low)
		}
		return j.refineBand(r, c.acTable, b, first, last, 1<<low)
	})
}

func (c *component) beginDC(r *bitReader, b *[64]int32, low int) bool {
	r.fill()
	size, ok := c.dcTable.next(r)
	if !ok || size > 16 {
		return false
	}
	c.predictor += extend(r.take(int(size)), int(size))
	b[0] = c.predictor << low
	return true
}

// beginBand decodes the upper bits of a band; a run of blocks may have no more of it (ITU T.81 section G.1.2.2).
func (j *jpeg) beginBand(r *bitReader, h *huffman, b *[64]int32, first, last, low int) bool {
	if j.endOfBand > 0 {
		j.endOfBand--
		return true
	}
	for k := first; k <= last; k++ {
		r.fill()
		v, ok := h.next(r)
		if !ok {
			return false
		}
		run, size := int(v>>4), int(v&15)
		if size == 0 {
			if run < 15 {
				j.endOfBand = 1<<run - 1 + int(r.take(run))
				return true
			}
			k += 15
			continue
		}
		if k += run; k > last {
			return false
		}
		b[zigzag[k]] = extend(r.take(size), size) << low
	}
	return true
}

// refineBand adds one bit to the coefficients that are not zero, and those that become 1 or -1 now (ITU T.81 section G.1.2.3).
func (j *jpeg) refineBand(r *bitReader, h *huffman, b *[64]int32, first, last int, bit int32) bool {
	k := first
	for j.endOfBand == 0 && k <= last {
		r.fill()
		v, ok := h.next(r)
		if !ok {
			return false
		}
		run, size := int(v>>4), v&15
		var fresh int32
		switch {
		case size > 1:
			return false
		case size == 1:
			if fresh = bit; r.take(1) == 0 {
				fresh = -bit
			}
		case run < 15:
			j.endOfBand = 1<<run + int(r.take(run))
			run = 64 // no more coefficients begin here
		}
		if j.endOfBand > 0 {
			break
		}
		if k = refine(r, b, k, last, run, bit); k > last && fresh != 0 {
			return false
		}
		if fresh != 0 {
			b[zigzag[k]] = fresh
		}
		k++
	}
	if j.endOfBand > 0 {
		refine(r, b, k, last, 64, bit)
		j.endOfBand--
	}
	return true
}

// refine passes over a run of zeros, with a bit for each coefficient between them that is not, and gives where it stopped.
func refine(r *bitReader, b *[64]int32, k, last, zeros int, bit int32) int {
	for ; k <= last; k++ {
		v := &b[zigzag[k]]
		if *v == 0 {
			if zeros == 0 {
				return k
			}
			zeros--
			continue
		}
		r.fill()
		if r.take(1) == 0 || *v&bit != 0 && *v > 0 || *v < 0 && -*v&bit != 0 {
			continue
		}
		if *v > 0 {
			*v += bit
		} else {
			*v -= bit
		}
	}
	return k
}

// transform turns the coefficients of all passes into samples.
func (j *jpeg) transform() error {
	for i := range j.comps {
		c := &j.comps[i]
		if c.coefficients == nil || c.quant > 3 || j.quant[c.quant] == nil {
			return corrupt("component %d has no coefficients or no table", i)
		}
		quant := j.quant[c.quant]
		for at := range c.coefficients {
			b := &c.coefficients[at]
			for k, q := range quant {
				b[zigzag[k]] *= int32(q)
			}
			x, y := at%c.across, at/c.across
			inverse(b, c.plane[(y*c.across*8+x)*8:], c.across*8, j.precision)
		}
	}
	return nil
}
