package dicom

import (
	"errors"
	"testing"
)

// TestFrames finds every frame of the real files with pixels and the refusals of those whose header and data contradict each other.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name   string
		frames int
		sort   error
	}{
		{"zoo/CT_small.dcm", 1, nil}, {"zoo/SC_rgb_rle_16bit_2frame.dcm", 2, nil}, {"zoo/rtdose_expb.dcm", 15, nil}, {"zoo/liver_1frame.dcm", 1, nil},
		{"zoo/SC_ybr_full_422_uncompressed.dcm", 1, nil}, {"zoo/image_dfl.dcm", 1, nil}, {"zoo/JPEG-lossy.dcm", 1, nil},
		{"zoo/test-SR.dcm", 0, ErrMalformed}, {"malformed/frames-2e9.dcm", 0, ErrMalformed}, {"malformed/frames-negative.dcm", 0, ErrMalformed},
		{"malformed/rows-zero.dcm", 0, ErrMalformed}, {"malformed/bits-0.dcm", 0, ErrMalformed}, {"malformed/bits-stored-over-allocated.dcm", 0, ErrMalformed},
		{"malformed/rows-65535-cols-65535-tiny-data.dcm", 0, ErrMalformed}, {"malformed/encapsulated-bad-offset-table.dcm", 1, nil},
	} {
		fr, err := open(t, "testdata/"+c.name).Frames()
		if !errors.Is(err, c.sort) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err == nil && fr.Format.Frames != c.frames {
			t.Errorf("%s: %d frames", c.name, fr.Format.Frames)
		}
		for i := range c.frames {
			d, err := fr.Frame(i)
			if err != nil || d.Len() == 0 {
				t.Errorf("%s frame %d: %v", c.name, i, err)
				continue
			}
			if _, err := d.Load(1 << 24); err != nil {
				t.Errorf("%s frame %d: %v", c.name, i, err)
			}
		}
	}
}

// TestFragmentsAreSharedOut tries the ways in which frames are told apart, by hand.
func TestFragmentsAreSharedOut(t *testing.T) {
	start, more := Bytes([]byte{0xFF, 0xD8, 1, 2}), Bytes([]byte{3, 4})
	for _, c := range []struct {
		name  string
		table []byte
		parts []Data
		want  []int // fragments of each frame, nil for a refusal
	}{
		{"one each", nil, []Data{start, start}, []int{1, 1}},
		{"by the table", []byte{0, 0, 0, 0, 22, 0, 0, 0}, []Data{start, more, more}, []int{2, 1}},
		{"a table that lies, by markers", []byte{0, 0, 0, 0, 23, 0, 0, 0}, []Data{start, more, start}, []int{2, 1}},
		{"no table, by markers", nil, []Data{start, start, more}, []int{1, 2}},
		{"nothing tells them apart", nil, []Data{more, more, more}, nil},
		{"too few", nil, []Data{start}, nil},
	} {
		f := &File{Dataset: &Dataset{}, Syntax: JPEGBaseline}
		f.Dataset.SetPixelFormat(PixelFormat{Rows: 1, Columns: 1, Samples: 1, Photometric: "MONOCHROME2", Allocated: 8, Stored: 8, HighBit: 7, Frames: 2})
		f.Dataset.Set(Element{Tag: PixelData, VR: OB, Fragments: append([]Data{Bytes(c.table)}, c.parts...)})
		fr, err := f.Frames()
		if c.want == nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, n := range c.want {
			if len(fr.split[i]) != n {
				t.Errorf("%s: frame %d has %d fragments, not %d", c.name, i, len(fr.split[i]), n)
			}
		}
	}
}

// TestBitsBetweenFrames checks a frame of single bits that begins inside of a byte: two frames of 3 pixels in one byte.
func TestBitsBetweenFrames(t *testing.T) {
	f := &File{Dataset: &Dataset{}, Syntax: ExplicitVRLittleEndian}
	f.Dataset.SetPixelFormat(PixelFormat{Rows: 1, Columns: 3, Samples: 1, Photometric: "MONOCHROME2", Allocated: 1, Stored: 1, Frames: 2})
	f.Dataset.SetBytes(PixelData, OB, []byte{0b00_101_110, 0})
	fr, err := f.Frames()
	if err != nil {
		t.Fatal(err)
	}
	second, err := fr.Frame(1)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := second.Load(1); b[0]&7 != 0b101 {
		t.Errorf("the second frame is %03b", b[0]&7)
	}
}
