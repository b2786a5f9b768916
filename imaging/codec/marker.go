package codec

import (
	"bytes"
	"encoding/binary"
)

// Markers of ITU T.81 Table B.1 and T.87.
const (
	soi, eoi, sos, dqt, dht, dri, lse     = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xF8
	sof0, sof1, sof2, sof3, sof55, adobe  = 0xC0, 0xC1, 0xC2, 0xC3, 0xF7, 0xEE
	markerPrefix, firstRestart, afterLast = 0xFF, 0xD0, 0xD8
)

// component is one channel of an image as its frame header describes it.
type component struct {
	id           byte
	h, v         int // sampling factors
	quant        byte
	dc, ac       byte // Huffman tables of the scan; of JPEG-LS, dc is the mapping table
	dcTable      *huffman
	acTable      *huffman
	across       int // blocks in a line, padding included
	down         int
	plane        []uint16    // decoded samples of a cosine transform, across*8 in a line
	predictor    int32       // last DC value
	coefficients [][64]int32 // of a progressive image
	w, lines     int         // samples that count
	firstSample  int         // index among the components
}

// jpeg is the state of reading one image.
type jpeg struct {
	in            []byte
	sof           byte
	precision     int
	width, height int
	comps         []component
	dc, ac        [4]*huffman
	quant         [4]*[64]uint16
	restart       int
	raster        *raster
	limit         int64
	done          int // components whose scans were read; of a progressive image, scans
	endOfBand     int // blocks that have no more of the pass's coefficients
	ls            lsParameters
}

// readJPEG decodes an image of any process that is supported. limit is how many samples the header announces: more are not decoded.
func readJPEG(b []byte, limit int64) (*raster, error) {
	j := &jpeg{in: b, limit: limit}
	if len(b) < 4 || b[0] != markerPrefix || b[1] != soi {
		return nil, corrupt("a JPEG frame without its first marker")
	}
	j.in = b[2:]
	for {
		m, err := j.marker()
		if err != nil {
			return nil, err
		}
		if m == eoi && j.sof == sof2 && j.done > 0 {
			return j.finish()
		}
		if m == eoi {
			return nil, corrupt("the image ends before all of its components")
		}
		if m >= firstRestart && m <= afterLast || m == 1 {
			continue
		}
		seg, err := j.segment()
		if err != nil {
			return nil, err
		}
		done, err := j.read(m, seg)
		if err != nil {
			return nil, err
		}
		if done {
			return j.finish()
		}
	}
}

// marker goes on to the next marker, over fill bytes and what some writers leave between segments.
func (j *jpeg) marker() (byte, error) {
	for {
		i := bytes.IndexByte(j.in, markerPrefix)
		if i < 0 || i+1 >= len(j.in) {
			return 0, corrupt("the image ends without its last marker")
		}
		m := j.in[i+1]
		j.in = j.in[i+1:]
		if m != markerPrefix {
			j.in = j.in[1:]
		}
		if m != 0 && m != markerPrefix {
			return m, nil
		}
	}
}

func (j *jpeg) segment() ([]byte, error) {
	if len(j.in) < 2 {
		return nil, corrupt("a marker without its segment")
	}
	n := int(binary.BigEndian.Uint16(j.in))
	if n < 2 || n > len(j.in) {
		return nil, corrupt("a segment of %d bytes with %d left", n, len(j.in))
	}
	seg := j.in[2:n]
	j.in = j.in[n:]
	return seg, nil
}

// read takes one segment; done after the last scan.
func (j *jpeg) read(m byte, seg []byte) (done bool, err error) {
	switch m {
	case sof0, sof1, sof2, sof3, sof55:
		return false, j.frame(m, seg)
	case dht:
		return false, j.huffmanTables(seg)
	case dqt:
		return false, j.quantTables(seg)
	case dri:
		if len(seg) < 2 {
			return false, corrupt("a restart interval without its number")
		}
		j.restart = int(binary.BigEndian.Uint16(seg))
	case lse:
		return false, j.ls.read(seg)
	case sos:
		return j.scan(seg)
	case 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF:
		return false, unsupported("JPEG process of frame header %X", m)
	case 0xE8:
		if len(seg) >= 5 && string(seg[:4]) == "mrfx" && seg[4] != 0 {
			return false, unsupported("JPEG-LS with a color transform that is not in the standard")
		}
	}
	return false, nil
}

// frame reads a frame header and takes memory for the image, whose size must be what the file's header says.
func (j *jpeg) frame(m byte, seg []byte) error {
	if j.sof != 0 {
		return corrupt("two frame headers")
	}
	if len(seg) < 6 || len(seg) < 6+3*int(seg[5]) {
		return corrupt("a short frame header")
	}
	j.sof, j.precision = m, int(seg[0])
	j.height, j.width = int(binary.BigEndian.Uint16(seg[1:])), int(binary.BigEndian.Uint16(seg[3:]))
	n := int(seg[5])
	if n != 1 && n != 3 && n != 4 || j.width == 0 || j.height == 0 || j.precision < 2 || j.precision > 16 {
		return unsupported("%d×%d pixels of %d samples of %d bits", j.height, j.width, n, j.precision)
	}
	if int64(j.width)*int64(j.height)*int64(n) > j.limit {
		return corrupt("%d×%d pixels of %d samples are more than the header says", j.height, j.width, n)
	}
	for i := range n {
		c := seg[6+3*i:]
		j.comps = append(j.comps, component{id: c[0], h: int(c[1] >> 4), v: int(c[1] & 15), quant: c[2], firstSample: i})
		if h, v := int(c[1]>>4), int(c[1]&15); h < 1 || h > 4 || v < 1 || v > 4 {
			return corrupt("sampling factors %d×%d", h, v)
		}
		if (m == sof3 || m == sof55) && (c[1] != j.comps0()) {
			return unsupported("lossless JPEG with subsampled color")
		}
	}
	j.raster = &raster{width: j.width, height: j.height, comps: n, precision: j.precision, lossy: m <= sof2}
	j.raster.samples = make([]uint16, j.width*j.height*n)
	return nil
}

// comps0 is the first component's sampling as its byte.
func (j *jpeg) comps0() byte { return byte(j.comps[0].h<<4 | j.comps[0].v) }

func (j *jpeg) huffmanTables(seg []byte) error {
	for len(seg) > 0 {
		if len(seg) < 17 {
			return corrupt("a short Huffman table")
		}
		class, id, total := seg[0]>>4, seg[0]&15, 0
		for _, n := range seg[1:17] {
			total += int(n)
		}
		if class > 1 || id > 3 || len(seg) < 17+total {
			return corrupt("a Huffman table %d of class %d with %d values", id, class, total)
		}
		h, err := newHuffman(seg[1:17], seg[17:17+total])
		if err != nil {
			return err
		}
		if class == 0 {
			j.dc[id] = h
		} else {
			j.ac[id] = h
		}
		seg = seg[17+total:]
	}
	return nil
}

func (j *jpeg) quantTables(seg []byte) error {
	for len(seg) > 0 {
		wide, id := int(seg[0]>>4), seg[0]&15
		if wide > 1 || id > 3 || len(seg) < 1+64*(1+wide) {
			return corrupt("a quantization table")
		}
		t := &[64]uint16{}
		for i := range 64 {
			if wide == 1 {
				t[i] = binary.BigEndian.Uint16(seg[1+2*i:])
			} else {
				t[i] = uint16(seg[1+i])
			}
		}
		j.quant[id] = t
		seg = seg[1+64*(1+wide):]
	}
	return nil
}

// scan reads a scan header and the scan's data.
func (j *jpeg) scan(seg []byte) (done bool, err error) {
	if j.sof == 0 || len(seg) < 1 || len(seg) < 4+2*int(seg[0]) || seg[0] == 0 || int(seg[0]) > len(j.comps) {
		return false, corrupt("a scan header")
	}
	n := int(seg[0])
	scan := make([]*component, 0, n)
	for i := range n {
		c := j.find(seg[1+2*i])
		if c == nil {
			return false, corrupt("a scan of a component that is not in the frame")
		}
		c.dc, c.ac = seg[2+2*i]>>4&3, seg[2+2*i]&3
		scan = append(scan, c)
	}
	a, b, last := seg[1+2*n], seg[2+2*n], seg[3+2*n]
	switch j.sof {
	case sof55:
		err = j.lsScan(scan, int(a), int(b), int(last&15))
	case sof3:
		err = j.losslessScan(scan, int(a), int(last&15))
	case sof2:
		if j.done++; j.done > 200 {
			return false, corrupt("more passes than an image has coefficients and bits")
		}
		return false, j.progressiveScan(scan, int(a), int(b), int(last>>4), int(last&15))
	default:
		err = j.dctScan(scan)
	}
	j.done += n
	return j.done >= len(j.comps), err
}

func (j *jpeg) find(id byte) *component {
	for i := range j.comps {
		if j.comps[i].id == id {
			return &j.comps[i]
		}
	}
	return nil
}

// finish makes the image of what the scans gave.
func (j *jpeg) finish() (*raster, error) {
	if j.sof == sof2 {
		if err := j.transform(); err != nil {
			return nil, err
		}
	}
	if j.raster.lossy {
		j.upsample()
	}
	return j.raster, nil
}

// entropy takes the scan's data: its restart intervals, without stuffed bytes, and goes on to the marker behind it.
func (j *jpeg) entropy() (intervals [][]byte) {
	part := make([]byte, 0, len(j.in))
	for {
		i := bytes.IndexByte(j.in, markerPrefix)
		if i < 0 || i+1 >= len(j.in) {
			part = append(part, j.in...)
			j.in = nil
			return append(intervals, part)
		}
		part = append(part, j.in[:i]...)
		switch m := j.in[i+1]; {
		case m == 0:
			part = append(part, markerPrefix)
			j.in = j.in[i+2:]
		case m >= firstRestart && m < afterLast:
			intervals, part = append(intervals, part), nil
			j.in = j.in[i+2:]
		case m == markerPrefix:
			j.in = j.in[i+1:]
		default:
			j.in = j.in[i:]
			return append(intervals, part)
		}
	}
}
