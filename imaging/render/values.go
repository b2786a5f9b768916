package render

import (
	"encoding/binary"
	"fmt"
	"math"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
)

// stored gives the frame's samples as numbers, sign and unused bits settled (PS3.5 section 8.1.1), each at its place pixel by pixel.
func stored(b []byte, p dicom.PixelFormat, floating bool) ([]float64, error) {
	n := p.Rows * p.Columns * p.Samples
	out := make([]float64, n)
	switch {
	case floating && p.Allocated == 32:
		for i := range out {
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
		}
	case floating && p.Allocated == 64:
		for i := range out {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
	case p.Allocated == 1:
		for i := range out {
			out[i] = float64(b[i/8] >> (i % 8) & 1)
		}
	case p.Allocated == 8 || p.Allocated == 16 || p.Allocated == 32:
		integers(out, b, p)
	default:
		return nil, fmt.Errorf("%w: pixels of %d bits", codec.ErrUnsupported, p.Allocated)
	}
	return out, nil
}

func integers(out []float64, b []byte, p dicom.PixelFormat) {
	low := p.HighBit + 1 - p.Stored
	up := 64 - p.Stored
	for i := range out {
		var v uint64
		switch p.Allocated {
		case 8:
			v = uint64(b[i])
		case 16:
			v = uint64(binary.LittleEndian.Uint16(b[2*i:]))
		default:
			v = uint64(binary.LittleEndian.Uint32(b[4*i:]))
		}
		v = v >> low << up
		if p.Signed {
			out[i] = float64(int64(v) >> up)
		} else {
			out[i] = float64(v >> up)
		}
	}
}

// group finds the data set that holds an attribute of a frame: the object itself, or the functional group of the frame or of all frames, in which
// newer objects keep it (PS3.3 section C.7.6.16).
func group(d *dicom.Dataset, i int, sequence, want dicom.Tag) *dicom.Dataset {
	const perFrame, shared dicom.Tag = 0x52009230, 0x52009229
	if frames := d.Items(perFrame); i < len(frames) {
		if m := frames[i].Items(sequence); len(m) > 0 && m[0].Has(want) {
			return m[0]
		}
	}
	if s := d.Items(shared); len(s) > 0 {
		if m := s[0].Items(sequence); len(m) > 0 && m[0].Has(want) {
			return m[0]
		}
	}
	return d
}

const (
	rescaleIntercept dicom.Tag = 0x00281052
	rescaleSlope     dicom.Tag = 0x00281053
	modalityLUT      dicom.Tag = 0x00283000
	voiLUT           dicom.Tag = 0x00283010
	windowCenter     dicom.Tag = 0x00281050
	windowWidth      dicom.Tag = 0x00281051
	windowName       dicom.Tag = 0x00281055
	voiFunction      dicom.Tag = 0x00281056
	lutDescriptor    dicom.Tag = 0x00283002
	lutData          dicom.Tag = 0x00283006
	paddingValue     dicom.Tag = 0x00280120
	paddingLimit     dicom.Tag = 0x00280121
	valueTransform   dicom.Tag = 0x00289145
	frameVOI         dicom.Tag = 0x00289132
	presentation     dicom.Tag = 0x20500020
)

// modality gives the transformation from stored values to those of the modality, Hounsfield units for instance (PS3.3 section C.11.1).
func modality(d *dicom.Dataset, i int, signed bool) func(float64) float64 {
	if luts := d.Items(modalityLUT); len(luts) > 0 {
		if t, ok := readLUT(luts[0], lutDescriptor, lutData, signed); ok {
			return t.at
		}
	}
	g := group(d, i, valueTransform, rescaleSlope)
	slope, ok := g.Float(rescaleSlope)
	if !ok || slope == 0 {
		slope = 1
	}
	intercept, _ := g.Float(rescaleIntercept)
	return func(v float64) float64 { return v*slope + intercept }
}

// lut is a table of PS3.3 section C.11.1.1: values from first on, and how many bits they have.
type lut struct {
	first  float64
	values []uint16
	bits   int
}

func readLUT(d *dicom.Dataset, descriptor, data dicom.Tag, signed bool) (lut, bool) {
	head := d.Ints(descriptor)
	e := d.Find(data)
	if len(head) < 3 || e == nil {
		return lut{}, false
	}
	n := head[0] & 0xFFFF
	if n == 0 {
		n = 1 << 16
	}
	t := lut{first: float64(head[1]), bits: head[2]}
	if signed {
		t.first = float64(int16(head[1]))
	}
	b, err := e.Data().Load(int64(2 * n))
	switch {
	case err != nil || t.bits < 1 || t.bits > 16:
		return t, false
	case len(b) >= 2*n:
		for i := range n {
			t.values = append(t.values, binary.LittleEndian.Uint16(b[2*i:]))
		}
	case len(b) >= n && t.bits <= 8:
		for i := range n {
			t.values = append(t.values, uint16(b[i]))
		}
	default:
		return t, false
	}
	return t, true
}

func (t lut) at(v float64) float64 {
	i := min(max(int(v-t.first), 0), len(t.values)-1)
	return float64(t.values[i])
}
