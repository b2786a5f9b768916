package render

import (
	"context"
	"fmt"
	"image"
	"math"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
)

// Options say how a frame is shown. The zero value shows it as the object asks to be.
type Options struct {
	Window   *Window // instead of the object's own
	Function string  // of that window: LINEAR, LINEAR_EXACT, SIGMOID; "" is the object's
	Preset   int     // which of the object's windows, counted from 0
	// Width and Height bound the picture, which keeps its shape; 0 leaves it as large as it is. Smaller pictures average pixels.
	Width, Height int
}

// Frame renders frame i of a file's pixels, counted from 0: *image.Gray for shades, *image.RGBA for color. The errors are those of dicom and codec.
func Frame(ctx context.Context, f *dicom.File, i int, o Options) (image.Image, error) {
	b, p, err := codec.Frame(ctx, f, i)
	if err != nil {
		return nil, err
	}
	var m image.Image
	switch p.Photometric {
	case "MONOCHROME1", "MONOCHROME2", "":
		m, err = gray(f.Dataset, i, b, p, o)
	case "PALETTE COLOR":
		m, err = palette(f.Dataset, b, p)
	case "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "YBR_PARTIAL_420", "YBR_PARTIAL_422":
		m, err = color(b, p)
	default:
		err = fmt.Errorf("%w: photometric interpretation %q", codec.ErrUnsupported, p.Photometric)
	}
	if err != nil {
		return nil, err
	}
	return fit(m, o.Width, o.Height), nil
}

// gray renders shades. Values of up to 16 bits go through a table, since there are fewer of them than pixels.
func gray(d *dicom.Dataset, frame int, b []byte, p dicom.PixelFormat, o Options) (image.Image, error) {
	if p.Samples != 1 {
		return nil, fmt.Errorf("%w: %d samples of %s", codec.ErrMismatch, p.Samples, p.Photometric)
	}
	floating := d.Find(dicom.PixelData) == nil
	values, err := stored(b, p, floating)
	if err != nil {
		return nil, err
	}
	units := modality(d, frame, p.Signed)
	low, high := span(d, values, units)
	shade := shades(d, frame, o, low, high, p.Signed)
	invert := p.Photometric == "MONOCHROME1"
	if d.String(presentation) == "INVERSE" {
		invert = p.Photometric != "MONOCHROME1"
	}
	byteOf := func(v float64) byte {
		s := min(max(shade(units(v)), 0), 1)
		if invert {
			s = 1 - s
		}
		return byte(s*255 + 0.5)
	}
	m := image.NewGray(image.Rect(0, 0, p.Columns, p.Rows))
	if floating || p.Stored > 16 {
		for i, v := range values {
			m.Pix[i] = byteOf(v)
		}
		return m, nil
	}
	first := 0.0
	if p.Signed {
		first = -float64(int(1) << (p.Stored - 1))
	}
	table := make([]byte, 1<<p.Stored)
	for i := range table {
		table[i] = byteOf(first + float64(i))
	}
	for i, v := range values {
		m.Pix[i] = table[int(v-first)]
	}
	return m, nil
}

// span is the range of the frame's values in units of the modality, without those that only pad it.
func span(d *dicom.Dataset, values []float64, units func(float64) float64) (low, high float64) {
	from, padded := d.Float(paddingValue)
	to, ranged := d.Float(paddingLimit)
	if !ranged {
		to = from
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if padded && v >= min(from, to) && v <= max(from, to) || math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		low, high = min(low, v), max(high, v)
	}
	if low > high {
		return 0, 0
	}
	a, b := units(low), units(high)
	return min(a, b), max(a, b)
}
