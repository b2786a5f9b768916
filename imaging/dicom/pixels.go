package dicom

import (
	"fmt"
	"strings"
)

// PixelFormat says how pixels are laid out (PS3.3 section C.7.6.3, the Image Pixel module).
type PixelFormat struct {
	Rows, Columns int
	Samples       int    // per pixel: 1, 3 or 4
	Photometric   string // interpretation: MONOCHROME2, RGB, …
	Planar        bool   // samples stand in planes, not pixel by pixel
	Allocated     int    // bits of a sample: 1, 8, 16, 32 or 64
	Stored        int    // bits of them that count
	HighBit       int    // place of the highest of those
	Signed        bool
	Frames        int
}

// PixelFormat reads the format of the data set's pixels. ErrMalformed where it describes no image.
func (d *Dataset) PixelFormat() (PixelFormat, error) {
	p := PixelFormat{Samples: 1, Frames: 1, Photometric: strings.ToUpper(strings.TrimSpace(d.String(PhotometricInterpretation)))}
	read := func(t Tag, into *int) {
		if n, ok := d.Int(t); ok {
			*into = n
		}
	}
	read(Rows, &p.Rows)
	read(Columns, &p.Columns)
	read(SamplesPerPixel, &p.Samples)
	read(NumberOfFrames, &p.Frames)
	read(BitsAllocated, &p.Allocated)
	p.Stored = p.Allocated
	read(BitsStored, &p.Stored)
	p.HighBit = p.Stored - 1
	read(HighBit, &p.HighBit)
	var planar, signed int
	read(PlanarConfiguration, &planar)
	read(PixelRepresentation, &signed)
	p.Planar, p.Signed = planar == 1 && p.Samples > 1, signed == 1
	return p, p.check()
}

func (p PixelFormat) check() error {
	bad := func(format string, a ...any) error {
		return fmt.Errorf("DICOM: %w pixels: %s", ErrMalformed, fmt.Sprintf(format, a...))
	}
	switch {
	case p.Rows < 1 || p.Columns < 1 || p.Rows > 0xFFFF || p.Columns > 0xFFFF:
		return bad("%d rows and %d columns", p.Rows, p.Columns)
	case p.Samples != 1 && p.Samples != 3 && p.Samples != 4:
		return bad("%d samples per pixel", p.Samples)
	case p.Allocated != 1 && p.Allocated != 8 && p.Allocated != 16 && p.Allocated != 32 && p.Allocated != 64:
		return bad("%d bits allocated", p.Allocated)
	case p.Stored < 1 || p.Stored > p.Allocated:
		return bad("%d bits stored of %d allocated", p.Stored, p.Allocated)
	case p.HighBit < p.Stored-1 || p.HighBit >= p.Allocated:
		return bad("high bit %d of %d allocated", p.HighBit, p.Allocated)
	case p.Frames < 1:
		return bad("%d frames", p.Frames)
	case p.Allocated == 1 && p.Samples != 1:
		return bad("color of one bit")
	}
	return nil
}

// FrameBits is the size of one uncompressed frame in bits. Only frames of one-bit pixels may end inside of a byte.
func (p PixelFormat) FrameBits() int64 {
	n := int64(p.Rows) * int64(p.Columns)
	if p.Photometric == "YBR_FULL_422" && p.Samples == 3 {
		return n * 2 * int64(p.Allocated) // two pixels share their chroma (PS3.3 section C.7.6.3.1.2)
	}
	return n * int64(p.Samples) * int64(p.Allocated)
}

// FrameBytes is the size of one uncompressed frame in bytes, the last begun one included.
func (p PixelFormat) FrameBytes() int64 { return (p.FrameBits() + 7) / 8 }

// SetPixelFormat writes the Image Pixel module's description of pixels.
func (d *Dataset) SetPixelFormat(p PixelFormat) {
	d.SetInt(SamplesPerPixel, p.Samples)
	d.SetString(PhotometricInterpretation, p.Photometric)
	if p.Samples > 1 {
		planar := 0
		if p.Planar {
			planar = 1
		}
		d.SetInt(PlanarConfiguration, planar)
	}
	d.SetInt(Rows, p.Rows)
	d.SetInt(Columns, p.Columns)
	d.SetInt(BitsAllocated, p.Allocated)
	d.SetInt(BitsStored, p.Stored)
	d.SetInt(HighBit, p.HighBit)
	signed := 0
	if p.Signed {
		signed = 1
	}
	d.SetInt(PixelRepresentation, signed)
	if p.Frames > 1 || d.Has(NumberOfFrames) {
		d.SetInt(NumberOfFrames, p.Frames)
	}
}
