package codec

import (
	"encoding/binary"
	"math/bits"
)

// lsParameters are the numbers that adapt JPEG-LS to an image (ITU T.87 section C.2.4.1.1); zero where an image leaves them to be computed.
type lsParameters struct{ maxval, t1, t2, t3, reset int }

// read takes a preset segment.
func (l *lsParameters) read(seg []byte) error {
	if len(seg) < 1 {
		return corrupt("an empty preset segment")
	}
	switch {
	case seg[0] == 1 && len(seg) >= 11:
		n := func(i int) int { return int(binary.BigEndian.Uint16(seg[i:])) }
		*l = lsParameters{n(1), n(3), n(5), n(7), n(9)}
	case seg[0] == 1:
		return corrupt("a short preset segment")
	default:
		return unsupported("JPEG-LS with preset segment %d", seg[0])
	}
	return nil
}

// filled gives the parameters for a precision and an allowed error, computed where they were not given, or an error where they are not possible.
func (l lsParameters) filled(precision, near int) (lsParameters, error) {
	if l.maxval == 0 {
		l.maxval = 1<<precision - 1
	}
	clamp := func(v, low int) int {
		if v > l.maxval || v < low {
			return low
		}
		return v
	}
	var a, b, c int
	if l.maxval >= 128 {
		f := (min(l.maxval, 4095) + 128) / 256
		a, b, c = f+2+3*near, f*4+3+5*near, f*17+4+7*near
	} else {
		f := 256 / (l.maxval + 1)
		a, b, c = max(2, 3/f+3*near), max(3, 7/f+5*near), max(4, 21/f+7*near)
	}
	given := func(v *int, computed, low int) {
		if *v == 0 {
			*v = clamp(computed, low)
		}
	}
	given(&l.t1, a, near+1)
	given(&l.t2, b, l.t1)
	given(&l.t3, c, l.t2)
	if l.reset == 0 {
		l.reset = 64
	}
	if l.maxval > 1<<precision-1 || near > min(255, l.maxval/2) || l.t1 < near+1 || l.t2 < l.t1 || l.t3 < l.t2 || l.t3 > l.maxval || l.reset < 3 {
		return l, corrupt("JPEG-LS parameters %+v with an error of %d", l, near)
	}
	return l, nil
}

// lsContext is what the coder has learned about pixels whose surroundings are alike (ITU T.87 section A.2).
type lsContext struct {
	a, b, c, n int32
}

// runContext is the same for pixels that end a run.
type runContext struct {
	a, n, nn int32
}

// lsScan holds the state of decoding one scan.
type lsScan struct {
	lsParameters
	lsReader
	near, span   int32 // span is 2·near+1, the distance of values that are told apart
	values       int32 // how many error values there are (RANGE)
	qbpp, limit  int
	contexts     [365]lsContext
	runs         [2]runContext
	classes      []int8 // of local gradients from -t3 to t3
	edge         int32  // t3: no gradient beyond it is of another class
	runIndex     []int
	top          int32
	line, before []int32 // one pixel of margin at both ends, n samples a pixel
}

// runLength is the order of run segments by index (ITU T.87 section A.2.1).
var runLength = [32]int{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// lsScan decodes one scan of JPEG-LS: of one component, or of several by line or by sample.
func (j *jpeg) lsScan(scan []*component, near, interleave, shift int) error {
	switch {
	case shift != 0 || j.restart != 0:
		return unsupported("JPEG-LS with point transform or restarts")
	case interleave > 2 || len(scan) > 1 && interleave == 0 || len(scan) == 1 && interleave != 0 && len(j.comps) > 1:
		return corrupt("JPEG-LS of %d components with interleave %d", len(scan), interleave)
	}
	for _, c := range scan {
		if c.dc != 0 || c.ac != 0 {
			return unsupported("JPEG-LS with a mapping table")
		}
	}
	p, err := j.ls.filled(j.precision, near)
	if err != nil {
		return err
	}
	s := newLSScan(p, near, len(scan))
	s.in = j.in
	perLine, lines := 1, len(scan)
	if interleave == 2 {
		perLine, lines = len(scan), 1
	}
	rows := make([][2][]int32, lines) // this line and the one before, of each component that has lines of its own
	for i := range rows {
		rows[i] = [2][]int32{make([]int32, (j.width+2)*perLine), make([]int32, (j.width+2)*perLine)}
	}
	for y := range j.height {
		for i := range rows {
			s.before, s.line = rows[i][(y+1)%2], rows[i][y%2]
			margins(s.line, s.before, perLine)
			ok := perLine == 1 && s.decodeLine(j.width, i) || perLine > 1 && s.decodePixels(j.width, perLine)
			if !ok || s.ended() {
				return corrupt("line %d of JPEG-LS", y)
			}
			j.raster.put(y, scan[i].firstSample, perLine, s.line[perLine:])
		}
	}
	j.in = s.rest()
	return nil
}

// margins gives the edges of a line what ITU T.87 section A.2.1 says stands there: the pixel above on the left, the last one above on the right.
// The corner above the first pixel is the left margin that the line before had.
func margins(line, before []int32, n int) {
	copy(line[:n], before[n:])
	copy(before[len(before)-n:], before[len(before)-2*n:])
}

func (r *raster) put(y, first, n int, line []int32) {
	out := r.samples[y*r.width*r.comps+first:]
	if n == r.comps {
		for i := range r.width * n {
			out[i] = uint16(line[i])
		}
		return
	}
	for x := range r.width {
		out[x*r.comps] = uint16(line[x])
	}
}

func newLSScan(p lsParameters, near, comps int) *lsScan {
	s := &lsScan{lsParameters: p, near: int32(near), span: int32(2*near + 1), top: int32(p.maxval), runIndex: make([]int, comps)}
	s.values = (s.top+2*s.near)/s.span + 1
	s.qbpp = bits.Len(uint(s.values - 1))
	bpp := max(2, bits.Len(uint(p.maxval)))
	s.limit = 2 * (bpp + max(8, bpp))
	a := max(2, (s.values+32)/64)
	for i := range s.contexts {
		s.contexts[i] = lsContext{a: a, n: 1}
	}
	s.runs = [2]runContext{{a: a, n: 1}, {a: a, n: 1}}
	s.edge, s.classes = int32(p.t3), make([]int8, 2*p.t3+1)
	for d := range s.classes {
		s.classes[d] = s.class(d - p.t3)
	}
	return s
}

// class is the region of a local gradient (ITU T.87 section A.3.3).
func (s *lsScan) class(d int) int8 {
	n, sign := d, int8(1)
	if d < 0 {
		n, sign = -d, -1
	}
	switch {
	case n <= int(s.near):
		return 0
	case n < s.t1:
		return sign
	case n < s.t2:
		return 2 * sign
	case n < s.t3:
		return 3 * sign
	}
	return 4 * sign
}

// decodeLine decodes a line of one component.
func (s *lsScan) decodeLine(width, comp int) bool {
	line, before := s.line, s.before
	for x := 1; x <= width; {
		ra, rb, rc, rd := line[x-1], before[x], before[x-1], before[x+1]
		q := s.surroundings(ra, rb, rc, rd)
		if q == 0 {
			n := s.run(width+1-x, comp)
			if n < 0 {
				return false
			}
			for range n {
				line[x] = ra
				x++
			}
			if x > width {
				break
			}
			v, ok := s.endRun(ra, before[x], comp)
			if !ok {
				return false
			}
			line[x] = v
			s.shorten(comp)
			x++
			continue
		}
		v, ok := s.regular(q, ra, rb, rc)
		if !ok {
			return false
		}
		line[x] = v
		x++
	}
	return true
}

// decodePixels decodes a line whose pixels have all of their samples together: a run is one of whole pixels.
func (s *lsScan) decodePixels(width, n int) bool {
	line, before := s.line, s.before
	var q [4]int32
	for x := 1; x <= width; {
		flat := true
		for c := range n {
			i := x*n + c
			q[c] = s.surroundings(line[i-n], before[i], before[i-n], before[i+n])
			flat = flat && q[c] == 0
		}
		if flat {
			count := s.run(width+1-x, 0)
			if count < 0 {
				return false
			}
			for i := x * n; i < (x+count)*n; i++ {
				line[i] = line[i-n]
			}
			if x += count; x > width {
				break
			}
		}
		for c := range n {
			i := x*n + c
			var ok bool
			if flat {
				line[i], ok = s.breakRun(line[i-n], before[i], 0, 0)
			} else {
				line[i], ok = s.regular(q[c], line[i-n], before[i], before[i-n])
			}
			if !ok {
				return false
			}
		}
		if flat {
			s.shorten(0)
		}
		x++
	}
	return true
}

// surroundings is the number of the context of a pixel, negative where its signs are turned, 0 where it is flat.
func (s *lsScan) surroundings(ra, rb, rc, rd int32) int32 {
	return 81*s.gradient(rd-rb) + 9*s.gradient(rb-rc) + s.gradient(rc-ra)
}

func (s *lsScan) gradient(d int32) int32 {
	return int32(s.classes[min(max(d, -s.edge), s.edge)+s.edge])
}

// regular decodes a pixel outside of runs (ITU T.87 section A.4 to A.6). A context whose number is 0 but which is not part of a run of whole
// pixels is an ordinary one.
func (s *lsScan) regular(q, ra, rb, rc int32) (int32, bool) {
	sign := q >> 31
	cx := &s.contexts[(q^sign)-sign]
	px := ra + rb - rc // the median edge detector
	if low, high := min(ra, rb), max(ra, rb); rc >= high {
		px = low
	} else if rc <= low {
		px = high
	}
	px = min(max(px+(cx.c^sign)-sign, 0), s.top)
	k := golombParameter(cx.n, cx.a)
	m, ok := s.golomb(k, s.limit)
	if !ok {
		return 0, false
	}
	e := m>>1 ^ -(m & 1)
	if k == 0 && s.near == 0 && 2*cx.b <= -cx.n {
		e = ^e
	}
	cx.learn(e, s.span, int32(s.reset))
	return s.reconstruct(px, (e^sign)-sign), true
}

// learn updates a context with an error (ITU T.87 section A.6).
func (c *lsContext) learn(e, span, reset int32) {
	c.b += e * span
	c.a += max(e, -e)
	if c.n == reset {
		c.a >>= 1
		c.b >>= 1
		c.n >>= 1
	}
	c.n++
	if c.b <= -c.n {
		c.b = max(c.b+c.n, 1-c.n)
		if c.c > -128 {
			c.c--
		}
	} else if c.b > 0 {
		c.b = min(c.b-c.n, 0)
		if c.c < 127 {
			c.c++
		}
	}
}

// reconstruct adds an error to a prediction, modulo the number of values.
func (s *lsScan) reconstruct(px, e int32) int32 {
	v := px + e*s.span
	if v < -s.near {
		v += s.values * s.span
	} else if v > s.top+s.near {
		v -= s.values * s.span
	}
	return min(max(v, 0), s.top)
}

// run decodes how many pixels repeat the one before (ITU T.87 section A.7.1); -1 where that is more than are left.
func (s *lsScan) run(left, comp int) int {
	n := 0
	for s.bit() {
		part := 1 << runLength[s.runIndex[comp]]
		if part <= left-n && s.runIndex[comp] < 31 {
			s.runIndex[comp]++
		}
		if n += min(part, left-n); n == left {
			return n
		}
		if s.ended() {
			return -1
		}
	}
	if n += int(s.bits(runLength[s.runIndex[comp]])); n >= left {
		return -1
	}
	return n
}

func (s *lsScan) shorten(comp int) {
	if s.runIndex[comp] > 0 {
		s.runIndex[comp]--
	}
}

// endRun decodes the pixel behind a run (ITU T.87 section A.7.2).
func (s *lsScan) endRun(ra, rb int32, comp int) (int32, bool) {
	if d := ra - rb; d <= s.near && d >= -s.near {
		return s.breakRun(ra, ra, 1, comp)
	}
	return s.breakRun(ra, rb, 0, comp)
}

// breakRun decodes the pixel with the run context of a kind: 1 where left and above are alike.
func (s *lsScan) breakRun(ra, px int32, kind int32, comp int) (int32, bool) {
	cx := &s.runs[kind]
	t := cx.a
	if kind == 1 {
		t += cx.n >> 1
	}
	k := golombParameter(cx.n, t)
	m, ok := s.golomb(k, s.limit-runLength[s.runIndex[comp]]-1)
	if !ok {
		return 0, false
	}
	e := (m + kind + 1) >> 1
	if odd := (m+kind)&1 == 1; (k != 0 || 2*cx.nn >= cx.n) == odd {
		e = -e
	}
	if e < 0 {
		cx.nn++
	}
	cx.a += (m + 1 - kind) >> 1
	if cx.n == int32(s.reset) {
		cx.a, cx.n, cx.nn = cx.a>>1, cx.n>>1, cx.nn>>1
	}
	cx.n++
	if kind == 0 && ra > px {
		e = -e
	}
	return s.reconstruct(px, e), true
}
