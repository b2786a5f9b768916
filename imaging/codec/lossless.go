package codec

// losslessScan decodes a scan of JPEG lossless (ITU T.81 annex H): each sample is its prediction from neighbors plus a coded difference.
func (j *jpeg) losslessScan(scan []*component, selection, shift int) error {
	if selection < 1 || selection > 7 || shift >= j.precision {
		return corrupt("lossless JPEG with predictor %d and point transform %d", selection, shift)
	}
	tables := make([]*huffman, len(scan))
	for i, c := range scan {
		if tables[i] = j.dc[c.dc]; tables[i] == nil {
			return corrupt("a scan without its Huffman table")
		}
	}
	lines := j.height
	if j.restart > 0 {
		if j.restart%j.width != 0 {
			return unsupported("lossless JPEG that restarts inside of a line")
		}
		lines = j.restart / j.width
	}
	row := make([]int32, j.width*len(scan))
	parts := j.entropy()
	for top := 0; top < j.height; top += lines {
		if len(parts) == 0 {
			return corrupt("the image ends before its last line")
		}
		r := &bitReader{in: parts[0]}
		parts = parts[1:]
		for y := top; y < min(top+lines, j.height); y++ {
			if !differences(row, r, tables) {
				return corrupt("line %d of lossless JPEG", y)
			}
			for i, c := range scan {
				j.predict(c.firstSample, y, y == top, selection, shift, row[i:], len(scan))
			}
		}
	}
	if shift > 0 {
		for i := range j.raster.samples {
			j.raster.samples[i] <<= shift
		}
	}
	return nil
}

// differences decodes one line, the components of each pixel together.
func differences(row []int32, r *bitReader, tables []*huffman) bool {
	c := 0
	for i := range row {
		h := tables[c]
		if c++; c == len(tables) {
			c = 0
		}
		r.fill()
		size, ok := h.next(r)
		switch {
		case !ok || size > 16:
			return false
		case size == 16:
			row[i] = 32768
		default:
			row[i] = extend(r.take(int(size)), int(size))
		}
	}
	return !r.exhausted()
}

// predict turns the differences of a line into samples (ITU T.81 Table H.1), modulo 2^16.
func (j *jpeg) predict(comp, y int, first bool, selection, shift int, diff []int32, step int) {
	n := j.raster.comps
	line := j.raster.samples[y*j.width*n+comp:]
	if first {
		left := int32(1) << (j.precision - shift - 1)
		for x := range j.width {
			left = (left + diff[x*step]) & 0xFFFF
			line[x*n] = uint16(left)
		}
		return
	}
	above := j.raster.samples[(y-1)*j.width*n+comp:]
	left := (int32(above[0]) + diff[0]) & 0xFFFF
	line[0] = uint16(left)
	corner := int32(above[0])
	for x := 1; x < j.width; x++ {
		up := int32(above[x*n])
		var p int32
		switch selection {
		case 1:
			p = left
		case 2:
			p = up
		case 3:
			p = corner
		case 4:
			p = left + up - corner
		case 5:
			p = left + (up-corner)>>1
		case 6:
			p = up + (left-corner)>>1
		case 7:
			p = (left + up) >> 1
		}
		left = (p + diff[x*step]) & 0xFFFF
		line[x*n] = uint16(left)
		corner = up
	}
}
