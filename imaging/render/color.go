package render

import (
	"fmt"
	"image"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
)

// color renders samples of red, green and blue, or of luminance and chroma.
func color(b []byte, p dicom.PixelFormat) (image.Image, error) {
	if p.Samples != 3 || p.Allocated != 8 && p.Allocated != 16 && p.Allocated != 32 {
		return nil, fmt.Errorf("%w: %s of %d samples with %d bits", codec.ErrUnsupported, p.Photometric, p.Samples, p.Allocated)
	}
	at := sampler(b, p)
	m := image.NewRGBA(image.Rect(0, 0, p.Columns, p.Rows))
	for i := range p.Rows * p.Columns {
		x, y, z := at(i)
		switch p.Photometric {
		case "RGB", "YBR_RCT", "YBR_ICT": // the last two were turned back by their decoder
		default:
			x, y, z = rgb(int32(x), int32(y), int32(z))
		}
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = x, y, z, 255
	}
	return m, nil
}

// sampler gives the three samples of pixel i in eight bits, for each layout (PS3.3 section C.7.6.3.1).
func sampler(b []byte, p dicom.PixelFormat) func(i int) (x, y, z byte) {
	w, n := p.Allocated/8, p.Rows*p.Columns
	top := func(i int) byte { // the eight highest of the bits that count
		at, bit := i*w+p.HighBit/8, p.HighBit%8
		if bit == 7 || at == 0 {
			return b[at] << (7 - bit)
		}
		v := uint(b[at]) << 8
		if at%w > 0 {
			v |= uint(b[at-1])
		}
		return byte(v << (7 - bit) >> 8)
	}
	switch {
	case p.Photometric == "YBR_FULL_422" && len(b) < n*3*w:
		return func(i int) (x, y, z byte) { // two luminances, then their chroma
			pair := i / 2 * 4
			return top(pair + i%2), top(pair + 2), top(pair + 3)
		}
	case p.Planar:
		return func(i int) (x, y, z byte) { return top(i), top(n + i), top(2*n + i) }
	}
	return func(i int) (x, y, z byte) { return top(3 * i), top(3*i + 1), top(3*i + 2) }
}

// rgb converts full range luminance and chroma (PS3.3 section C.7.6.3.1.2) with 16 bits of fraction.
func rgb(y, cb, cr int32) (r, g, b byte) {
	cb, cr = cb-128, cr-128
	clamp := func(v int32) byte { return byte(min(max((v+1<<15)>>16, 0), 255)) }
	return clamp(y<<16 + 91881*cr), clamp(y<<16 - 22554*cb - 46802*cr), clamp(y<<16 + 116130*cb)
}

// palette renders indices into tables of red, green and blue (PS3.3 section C.7.9).
func palette(d *dicom.Dataset, b []byte, p dicom.PixelFormat) (image.Image, error) {
	var tables [3]lut
	for c := range tables {
		t, ok := readLUT(d, dicom.Tag(0x00281101+c), dicom.Tag(0x00281201+c), p.Signed)
		if !ok {
			return nil, fmt.Errorf("%w: a palette without its tables, or with segmented ones", codec.ErrUnsupported)
		}
		tables[c] = t
	}
	index, err := stored(b, p, false)
	if err != nil {
		return nil, err
	}
	m := image.NewRGBA(image.Rect(0, 0, p.Columns, p.Rows))
	for i, v := range index[:p.Rows*p.Columns] {
		for c, t := range tables {
			m.Pix[4*i+c] = byte(uint(t.at(v)) >> max(t.bits-8, 0))
		}
		m.Pix[4*i+3] = 255
	}
	return m, nil
}
