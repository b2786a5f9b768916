package codec

import (
	"bytes"
	"encoding/binary"
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

// fill makes at least 57 bits ready; beyond the end they are zeros, and counted. Where no byte of eight is FF they are taken at once. The bits of a
// byte that only fits in part are left below those that count: they are what the next call puts there.
func (r *lsReader) fill() {
	if !r.full && len(r.in) >= 8 {
		x := binary.BigEndian.Uint64(r.in)
		const ones, tops = 0x0101010101010101, 0x8080808080808080
		if y := ^x; (y-ones)&x&tops == 0 {
			bytes := (64 - r.n) / 8
			r.acc |= x >> r.n
			r.in, r.n = r.in[bytes:], r.n+8*bytes
			return
		}
	}
	r.fillSlowly()
}

func (r *lsReader) fillSlowly() {
	r.acc &^= 1<<(64-r.n) - 1
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

// golomb decodes a number with parameter k and code length limit (ITU T.87 section A.5.3); false where there is none. Whether the bits lasted is
// asked once a line.
func (s *lsScan) golomb(k, limit int) (int32, bool) {
	if s.n < 48 {
		s.fill()
	}
	escape := limit - s.qbpp - 1
	zeros := bits.LeadingZeros64(s.acc)
	if zeros < escape && zeros+1+k <= s.n {
		rest := s.acc << (zeros + 1)
		s.acc = rest << k
		s.n -= zeros + 1 + k
		return int32(zeros)<<k | int32(rest>>1>>(63-k)), true
	}
	return s.golombLong(k, escape)
}

func (s *lsScan) golombLong(k, escape int) (int32, bool) {
	zeros := 0
	for !s.bit() {
		if zeros++; zeros > escape || s.ended() {
			return 0, false
		}
	}
	switch {
	case zeros > escape:
		return 0, false
	case zeros == escape:
		return s.bits(s.qbpp) + 1, true
	}
	return int32(zeros)<<k | s.bits(k), true
}

// golombParameter is the smallest k for which n·2^k is not below a.
func golombParameter(n, a int32) int {
	k := bits.Len32(uint32(a)) - bits.Len32(uint32(n))
	if k < 0 {
		return 0
	}
	if n<<k < a {
		k++
	}
	return k
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
