package codec

import (
	"bytes"
	"math/bits"
)

// lsReader reads the bits of a JPEG-LS scan, where a byte FF is followed by a byte of seven bits (ITU T.87 section 9.1). It ends at a marker.
type lsReader struct {
	in   []byte
	acc  uint64 // bits at the top
	n    int    // how many
	full bool   // the last byte was FF
	over int    // bits given behind the end
}

func (r *lsReader) fill() {
	for r.n <= 56 {
		if len(r.in) == 0 || r.full && r.in[0] >= 0x80 {
			r.over += 64 - r.n
			r.n = 64
			return
		}
		b := r.in[0]
		r.in = r.in[1:]
		width := 8
		if r.full {
			width = 7
		}
		r.acc |= uint64(b) << (64 - width - r.n)
		r.n += width
		r.full = b == 0xFF
	}
}

func (r *lsReader) ended() bool { return r.over > r.n }

func (r *lsReader) bit() bool {
	if r.n == 0 {
		r.fill()
	}
	b := r.acc>>63 == 1
	r.acc <<= 1
	r.n--
	return b
}

// bits gives n bits, at most 32.
func (r *lsReader) bits(n int) int32 {
	if r.n < n {
		r.fill()
	}
	v := int32(r.acc >> 1 >> (63 - n))
	r.acc <<= n
	r.n -= n
	return v
}

// golomb decodes a number with parameter k and code length limit (ITU T.87 section A.5.3); false where there is none.
func (s *lsScan) golomb(k, limit int) (int32, bool) {
	if s.n < 40 {
		s.fill()
	}
	escape := limit - s.qbpp - 1
	zeros := bits.LeadingZeros64(s.acc)
	if zeros >= s.n { // more zeros than are ready
		return s.golombLong(k, escape)
	}
	s.acc <<= zeros + 1
	s.n -= zeros + 1
	return s.remainder(zeros, k, escape)
}

func (s *lsScan) golombLong(k, escape int) (int32, bool) {
	zeros := 0
	for !s.bit() {
		if zeros++; zeros > escape || s.ended() {
			return 0, false
		}
	}
	return s.remainder(zeros, k, escape)
}

func (s *lsScan) remainder(zeros, k, escape int) (int32, bool) {
	switch {
	case zeros > escape:
		return 0, false
	case zeros == escape:
		return s.bits(s.qbpp) + 1, !s.ended()
	}
	return int32(zeros)<<k | s.bits(k), !s.ended()
}

// rest is what follows the scan: from the next marker on.
func (r *lsReader) rest() []byte {
	in := r.in
	if r.full && len(in) > 0 && in[0] >= 0x80 {
		return append([]byte{0xFF}, in...)
	}
	for {
		i := bytes.IndexByte(in, 0xFF)
		if i < 0 || i+1 >= len(in) {
			return nil
		}
		if in[i+1] >= 0x80 {
			return in[i:]
		}
		in = in[i+1:]
	}
}
