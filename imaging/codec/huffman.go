package codec

import "encoding/binary"

// bitReader reads bits, highest first, of a segment whose stuffed bytes were taken out.
type bitReader struct {
	in   []byte
	acc  uint64 // bits at the top
	n    int    // how many are in acc
	over int    // bits given beyond the end, as zeros
}

// fill makes at least 32 bits ready; beyond the end they are zeros, and counted.
func (r *bitReader) fill() {
	if r.n < 32 {
		r.refill()
	}
}

func (r *bitReader) refill() {
	if len(r.in) >= 4 {
		r.acc |= uint64(binary.BigEndian.Uint32(r.in)) << (32 - r.n)
		r.in, r.n = r.in[4:], r.n+32
		return
	}
	for r.n <= 56 && len(r.in) > 0 {
		r.acc |= uint64(r.in[0]) << (56 - r.n)
		r.in, r.n = r.in[1:], r.n+8
	}
	if r.n < 32 {
		r.over += 32 - r.n
		r.n = 32
	}
}

// take gives n bits, at most 32 of those that fill made ready.
func (r *bitReader) take(n int) uint32 {
	v := uint32(r.acc >> 1 >> (63 - n))
	r.acc <<= n
	r.n -= n
	return v
}

// exhausted says whether more bits were used than there were.
func (r *bitReader) exhausted() bool { return r.over > r.n }

// huffman is a table of ITU T.81 annex C, with the codes of up to 9 bits looked up at once.
type huffman struct {
	quick  [512]uint16 // length in the high byte, value in the low; 0 for longer codes
	limit  [18]uint32  // first 16-bit number above the codes of each length
	first  [17]int32   // index of a length's first value, less its first code
	values []byte
}

// newHuffman makes the table of how many codes there are of each length from 1 to 16, and of their values.
func newHuffman(counts []byte, values []byte) (*huffman, error) {
	h := &huffman{values: values}
	code, index := uint32(0), int32(0)
	for n := 1; n <= 16; n++ {
		h.first[n] = index - int32(code)
		for range counts[n-1] {
			if code >= 1<<n {
				return nil, corrupt("a Huffman table with more codes than bits allow")
			}
			if n <= 9 {
				for j := range uint32(1) << (9 - n) {
					h.quick[code<<(9-n)|j] = uint16(n)<<8 | uint16(values[index])
				}
			}
			code, index = code+1, index+1
		}
		h.limit[n] = code << (16 - n)
		code <<= 1
	}
	h.limit[17] = 1 << 17
	return h, nil
}

// next decodes a value; false where the bits are no code. The reader must have been filled.
func (h *huffman) next(r *bitReader) (byte, bool) {
	if q := h.quick[r.acc>>55]; q != 0 {
		n := int(q >> 8)
		r.acc <<= n
		r.n -= n
		return byte(q), true
	}
	return h.slow(r)
}

func (h *huffman) slow(r *bitReader) (byte, bool) {
	bits := uint32(r.acc >> 48)
	n := 1
	for bits >= h.limit[n] {
		n++
	}
	if n > 16 {
		return 0, false
	}
	return h.values[h.first[n]+int32(r.take(n))], true
}

// extend gives the number that n extra bits stand for (ITU T.81 figure F.12): those below half of the range are negative. Without a branch, since
// the sign of a difference cannot be foreseen.
func extend(v uint32, n int) int32 {
	d := int32(v) - int32(1<<n>>1)
	return int32(v) + d>>31&(1-int32(1)<<n)
}
