package volume

import (
	"math"
	"unsafe"

	"consilium/lab/parallel"
)

// Threshold lets a voxel belong if low ≤ value ≤ high. Not-a-number belongs to nothing.
func (v *Volume) Threshold(low, high float64) *Mask {
	m := v.atLeast(low)
	if high < math.Inf(1) {
		m.AndNot(v.atLeast(math.Nextafter(high, math.Inf(1))))
	}
	return m
}

func (v *Volume) atLeast(low float64) *Mask {
	m := NewMask(v.Grid)
	n := v.Size[0]
	parallel.Blocks(v.Size[1]*v.Size[2], 64, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			words := m.Words[row*m.Stride : (row+1)*m.Stride]
			if v.Int16 != nil {
				compareInt16(words, v.Int16[row*n:(row+1)*n], low)
			} else {
				compareFloat32(words, v.Float32[row*n:(row+1)*n], low)
			}
		}
	})
	return m
}

func compareFloat32(words []uint64, row []float32, low float64) {
	for w := range words {
		part := row[w*64 : min(w*64+64, len(row))]
		var word uint64
		for i, f := range part {
			var bit uint64
			if float64(f) >= low {
				bit = 1
			}
			word |= bit << i
		}
		words[w] = word
	}
}

// compareInt16 compares four samples in one step: a CT of 512³ has 134 million of them, and this is the loop that decides how long its surface takes.
func compareInt16(words []uint64, row []int16, low float64) {
	switch {
	case !(low <= math.MaxInt16): // above everything, or not a number
		clear(words)
		return
	case low <= math.MinInt16:
		low = math.MinInt16
	}
	bound := int16(math.Ceil(low))
	full := len(row) / 64
	if full > 0 {
		compareLanes(words[:full], unsafe.Slice((*uint64)(unsafe.Pointer(&row[0])), full*16), bound)
	}
	if rest := row[full*64:]; len(rest) > 0 {
		var word uint64
		for i, s := range rest {
			var bit uint64
			if s >= bound {
				bit = 1
			}
			word |= bit << i
		}
		words[full] = word
	}
}

// compareLanes fills each word with the answers of 64 samples, 4 samples in each of lanes. With sign bits flipped the samples order as unsigned numbers; x ≥ t then is
// the high bit of (x | H) − (t without H), or'ed with x's own high bit where t has none, and'ed with it where t has one. The four answers stand 16 bits apart; one
// multiplication brings them together (Warren, Hacker's Delight, 2nd ed., sections 2-18 and 7-4, for the two ideas). A row of 16-bit numbers of a little-endian machine is
// read as it is; a big-endian one would read the lanes in another order, so Go's other ports take the slow way.
func compareLanes(words, lanes []uint64, bound int16) {
	const high = 0x8000800080008000
	if !littleEndian {
		compareSlowly(words, lanes, bound)
		return
	}
	t := uint64(uint16(bound) ^ 0x8000)
	t |= t<<16 | t<<32 | t<<48
	below := t &^ high
	if t&high != 0 {
		for w := range words {
			part := lanes[w*16 : w*16+16 : w*16+16]
			var word uint64
			for i := 15; i >= 0; i-- {
				x := part[i] ^ high
				word = word<<4 | ((x|high)-below)&x&high>>15*0x1000200040008>>48&15
			}
			words[w] = word
		}
		return
	}
	for w := range words {
		part := lanes[w*16 : w*16+16 : w*16+16]
		var word uint64
		for i := 15; i >= 0; i-- {
			x := part[i] ^ high
			word = word<<4 | (((x|high)-below)|x)&high>>15*0x1000200040008>>48&15
		}
		words[w] = word
	}
}

var littleEndian = func() bool { one := uint16(1); return *(*byte)(unsafe.Pointer(&one)) == 1 }()

func compareSlowly(words, lanes []uint64, bound int16) {
	row := unsafe.Slice((*int16)(unsafe.Pointer(&lanes[0])), len(lanes)*4)
	for w := range words {
		words[w] = 0
		for i, s := range row[w*64 : w*64+64] {
			if s >= bound {
				words[w] |= 1 << i
			}
		}
	}
}
