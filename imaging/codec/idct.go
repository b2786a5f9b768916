package codec

// Constants of the transform by Loeffler, Ligtenberg and Moschytz (ICASSP 1989), times 2^13 and rounded. The integer form with two passes and
// these roundings is the one that the Independent JPEG Group calls accurate; doing the same arithmetic gives the same samples.
const (
	c0298, c0390, c0541, c0765 = 2446, 3196, 4433, 6270
	c0899, c1175, c1501, c1847 = 7373, 9633, 12299, 15137
	c1961, c2053, c2562, c3072 = 16069, 16819, 20995, 25172
)

// inverse turns the coefficients of a block into samples of that precision, in lines of the given stride.
func inverse(b *[64]int32, out []uint16, stride, precision int) {
	keep := 2 // bits of fraction between the passes; 12 bits leave room for one
	if precision > 8 {
		keep = 1
	}
	var mid [64]int64
	for x := range 8 {
		column(b, &mid, x, keep)
	}
	center, top := int64(1)<<(precision-1), int64(1)<<precision-1
	for y := range 8 {
		in := (*[8]int64)(mid[8*y:])
		if in[1]|in[2]|in[3]|in[4]|in[5]|in[6]|in[7] == 0 {
			v := uint16(min(max((in[0]+4<<keep)>>(keep+3)+center, 0), top))
			*(*[8]uint16)(out[y*stride:]) = [8]uint16{v, v, v, v, v, v, v, v}
			continue
		}
		e0, e1, e2, e3 := even(in[0], in[2], in[4], in[6])
		o0, o1, o2, o3 := odd(in[7], in[5], in[3], in[1])
		line := (*[8]uint16)(out[y*stride:])
		shift := 13 + keep + 3
		half := int64(1) << (shift - 1)
		for x, v := range [8]int64{e0 + o3, e1 + o2, e2 + o1, e3 + o0, e3 - o0, e2 - o1, e1 - o2, e0 - o3} {
			line[x] = uint16(min(max((v+half)>>shift+center, 0), top))
		}
	}
}

func column(b *[64]int32, mid *[64]int64, x, keep int) {
	in := b[x:]
	_ = in[56]
	if in[8]|in[16]|in[24]|in[32]|in[40]|in[48]|in[56] == 0 {
		for y := range 8 {
			mid[8*y+x] = int64(in[0]) << keep
		}
		return
	}
	e0, e1, e2, e3 := even(int64(in[0]), int64(in[16]), int64(in[32]), int64(in[48]))
	o0, o1, o2, o3 := odd(int64(in[56]), int64(in[40]), int64(in[24]), int64(in[8]))
	shift := 13 - keep
	half := int64(1) << (shift - 1)
	for y, s := range [8]int64{e0 + o3, e1 + o2, e2 + o1, e3 + o0, e3 - o0, e2 - o1, e1 - o2, e0 - o3} {
		mid[8*y+x] = (s + half) >> shift
	}
}

// even is the part of the even coefficients.
func even(x0, x2, x4, x6 int64) (e0, e1, e2, e3 int64) {
	z := (x2 + x6) * c0541
	t2, t3 := z-x6*c1847, z+x2*c0765
	t0, t1 := (x0+x4)<<13, (x0-x4)<<13
	return t0 + t3, t1 + t2, t1 - t2, t0 - t3
}

// odd is the part of the odd coefficients, given from the highest down.
func odd(x7, x5, x3, x1 int64) (o0, o1, o2, o3 int64) {
	z1, z2, z3, z4 := -(x7+x1)*c0899, -(x5+x3)*c2562, x7+x3, x5+x1
	z5 := (z3 + z4) * c1175
	z3, z4 = z5-z3*c1961, z5-z4*c0390
	return x7*c0298 + z1 + z3, x5*c2053 + z2 + z4, x3*c3072 + z2 + z3, x1*c1501 + z1 + z4
}
