package manifest

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
	"consilium/imaging/render"
)

// Read opens an instance in its pack.
func (i Instance) Read(pack io.ReaderAt) (*dicom.File, error) {
	return dicom.Read(io.NewSectionReader(pack, i.Offset, i.Size), i.Size, dicom.Options{})
}

// Pixels are the values of a frame as a browser's typed arrays take them: little endian, without padding or unused bits. Shades are bytes where all values fit,
// 16 bits otherwise, signed as the manifest says; color is red, green, blue and opacity, a byte each.
func Pixels(ctx context.Context, f *dicom.File, n int) ([]byte, error) {
	b, p, err := codec.Frame(ctx, f, n)
	if err != nil {
		return nil, err
	}
	if p.Samples > 1 || p.Photometric == "PALETTE COLOR" {
		m, err := render.Frame(ctx, f, n, render.Options{})
		if err != nil {
			return nil, err
		}
		return rgba(m), nil
	}
	switch {
	case p.Allocated == 1:
		return unpacked(b, p.Rows*p.Columns), nil
	case p.Allocated == 8 && p.Stored == 8, p.Allocated == 16 && p.Stored == 16:
		return b, nil
	case p.Allocated == 8:
		return settled(b, p, 1), nil
	case p.Allocated == 16:
		return settled(b, p, 2), nil
	}
	return nil, fmt.Errorf("%w: pixels of %d bits", codec.ErrUnsupported, p.Allocated)
}

func rgba(m image.Image) []byte {
	if c, ok := m.(*image.RGBA); ok {
		return c.Pix
	}
	size := m.Bounds().Size()
	c := image.NewRGBA(image.Rect(0, 0, size.X, size.Y))
	for y := range size.Y {
		for x := range size.X {
			c.Set(x, y, m.At(x, y))
		}
	}
	return c.Pix
}

func unpacked(b []byte, n int) []byte {
	out := make([]byte, n)
	for i := range min(n, 8*len(b)) {
		out[i] = b[i/8] >> (i % 8) & 1
	}
	return out
}

// settled moves the bits that count to the bottom and gives them their sign (PS3.5 section 8.1.1): what stands in the others is not the image's.
func settled(b []byte, p dicom.PixelFormat, width int) []byte {
	low, up := p.HighBit+1-p.Stored, 64-p.Stored
	out := make([]byte, len(b))
	for i := 0; i+width <= len(b); i += width {
		v := uint64(b[i])
		if width == 2 {
			v = uint64(binary.LittleEndian.Uint16(b[i:]))
		}
		v = v >> low << up
		if p.Signed {
			v = uint64(int64(v) >> up)
		} else {
			v >>= up
		}
		out[i] = byte(v)
		if width == 2 {
			out[i+1] = byte(v >> 8)
		}
	}
	return out
}
