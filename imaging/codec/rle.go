package codec

import (
	"encoding/binary"

	"consilium/imaging/dicom"
)

// rle decodes a frame by PS3.5 annex G: each byte of each sample is a segment of its own, highest byte first, packed as in TIFF.
func rle(frame []byte, p dicom.PixelFormat) ([]byte, error) {
	width := p.Allocated / 8
	if width == 0 || len(frame) < 64 {
		return nil, corrupt("RLE of %d bytes with %d bits allocated", len(frame), p.Allocated)
	}
	want := p.Samples * width
	if n := binary.LittleEndian.Uint32(frame); n != uint32(want) {
		return nil, corrupt("RLE has %d segments, not %d", n, want)
	}
	pixels := p.Rows * p.Columns
	// A run of two bytes makes at most 128, so a frame that could not fill itself is refused before memory is taken for it.
	if int64(pixels)*int64(want) > int64(len(frame))*64 {
		return nil, corrupt("RLE of %d bytes cannot hold %d", len(frame), pixels*want)
	}
	out := make([]byte, pixels*want)
	for s := range want {
		begin, end := int64(binary.LittleEndian.Uint32(frame[4+4*s:])), int64(len(frame))
		if s+1 < want {
			end = int64(binary.LittleEndian.Uint32(frame[8+4*s:]))
		}
		if begin < 64 || begin > end || end > int64(len(frame)) {
			return nil, corrupt("RLE segment %d lies outside of the frame", s)
		}
		sample, high := s/width, s%width
		if !unpack(out[sample*width+width-1-high:], want, pixels, frame[begin:end]) {
			return nil, corrupt("RLE segment %d ends early", s)
		}
	}
	return out, nil
}

// unpack puts n bytes of a segment at every step-th place of out; false where the segment has fewer.
func unpack(out []byte, step, n int, in []byte) bool {
	at, end := 0, n*step
	for at < end {
		if len(in) < 2 {
			return false
		}
		switch c := in[0]; {
		case c < 128:
			count := int(c) + 1
			if len(in) < 1+count {
				return false
			}
			for _, b := range in[1 : 1+count] {
				if at >= end {
					break // padding of an odd segment
				}
				out[at] = b
				at += step
			}
			in = in[1+count:]
		case c > 128:
			for range 257 - int(c) {
				if at >= end {
					break
				}
				out[at] = in[1]
				at += step
			}
			in = in[2:]
		default:
			in = in[1:]
		}
	}
	return true
}
