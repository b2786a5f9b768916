package codec

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"consilium/imaging/dicom"
)

// written makes a DICOM file of noise in a format.
func written(t *testing.T, dir string, p dicom.PixelFormat, seed uint64) string {
	t.Helper()
	d := &dicom.Dataset{}
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7")
	d.SetString(dicom.SOPInstanceUID, dicom.NewUID())
	d.SetString(dicom.StudyInstanceUID, "1.2.3")
	d.SetString(dicom.SeriesInstanceUID, "1.2.3.4")
	d.SetString(dicom.Modality, "OT")
	d.SetPixelFormat(p)
	v := dicom.OB
	if p.Allocated == 16 {
		v = dicom.OW
	}
	var b []byte
	for f := range p.Frames {
		b = append(b, noise(p, seed+uint64(f))...)
	}
	d.SetBytes(dicom.PixelData, v, b)
	name := filepath.Join(dir, "in.dcm")
	h, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Write(h); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func format(rows, columns, samples, allocated, stored int, signed bool) dicom.PixelFormat {
	p := dicom.PixelFormat{Rows: rows, Columns: columns, Samples: samples, Photometric: "MONOCHROME2", Allocated: allocated, Stored: stored, HighBit: stored - 1, Signed: signed, Frames: 1}
	if samples == 3 {
		p.Photometric = "RGB"
	}
	return p
}

// TestSweep compresses images of odd sizes and all depths with every mode of dcmtk's encoders, and decodes them as dcmtk does; without loss, it
// also wants what was compressed.
func TestSweep(t *testing.T) {
	gray8, gray12, gray16, signed16 := format(37, 53, 1, 8, 8, false), format(50, 41, 1, 16, 12, false), format(33, 64, 1, 16, 16, false), format(29, 31, 1, 16, 16, true)
	color, odd, frames := format(35, 45, 3, 8, 8, false), format(1, 3, 3, 8, 8, false), format(16, 16, 1, 16, 12, true)
	frames.Frames = 5
	color16 := format(20, 30, 3, 16, 16, false)
	color16.Planar = false
	all := []dicom.PixelFormat{gray8, gray12, gray16, signed16, color, odd, frames, color16}
	for _, c := range []struct {
		command  string
		lossless bool
		formats  []dicom.PixelFormat
	}{
		{"dcmcrle", true, all},
		{"dcmcjpeg +e1", true, all},
		{"dcmcjpeg +el +sv 1", true, []dicom.PixelFormat{gray16}}, {"dcmcjpeg +el +sv 2", true, []dicom.PixelFormat{gray16, color}},
		{"dcmcjpeg +el +sv 3", true, []dicom.PixelFormat{gray16}}, {"dcmcjpeg +el +sv 4", true, []dicom.PixelFormat{gray12, color}},
		{"dcmcjpeg +el +sv 5", true, []dicom.PixelFormat{signed16, gray12}}, {"dcmcjpeg +el +sv 6", true, []dicom.PixelFormat{gray12}},
		{"dcmcjpeg +el +sv 7", true, []dicom.PixelFormat{gray16, gray8}}, {"dcmcjpeg +e1 +pt 2", false, []dicom.PixelFormat{gray12}},
		{"dcmcjpeg +eb +s4", false, []dicom.PixelFormat{gray8, color, odd}}, {"dcmcjpeg +eb +s2 -ho +q 60", false, []dicom.PixelFormat{gray8, color, odd}},
		{"dcmcjpeg +ep", false, []dicom.PixelFormat{gray8, color, gray12}}, {"dcmcjpeg +es", false, []dicom.PixelFormat{gray12, color}}, {"dcmcjpeg +eb +cr +q 100", false, []dicom.PixelFormat{color}},
		{"dcmcjpeg +ee +q 75", false, []dicom.PixelFormat{gray8, gray12, frames}}, {"dcmcjpeg +ee +bt +q 98", false, []dicom.PixelFormat{gray12}},
		{"dcmcjpls +el +il", true, all}, {"dcmcjpls +el +is", true, []dicom.PixelFormat{color, odd, color16}}, {"dcmcjpls +el +in", true, []dicom.PixelFormat{color, odd, gray16}},
		{"dcmcjpls +en +md 3 +il", false, []dicom.PixelFormat{gray8, gray12, color}}, {"dcmcjpls +en +md 2 +is", false, []dicom.PixelFormat{color}},
		{"dcmcjpls +en +md 1 +in", false, []dicom.PixelFormat{color, gray16, gray8}}, {"dcmcjpls +el +pc +rs 31 +t1 5 +t2 9 +t3 30", true, []dicom.PixelFormat{gray8}},
		{"dcmcjpls +el +fs 1", true, []dicom.PixelFormat{gray16}},
	} {
		for i, p := range c.formats {
			dir := t.TempDir()
			in, out := written(t, dir, p, uint64(i)), filepath.Join(dir, "out.dcm")
			arguments := append(strings.Fields(c.command), in, out)
			if said, err := exec.Command(arguments[0], arguments[1:]...).CombinedOutput(); err != nil {
				t.Errorf("%s of %+v: %v %s", c.command, p, err, said)
				continue
			}
			f := open(t, out)
			before := t.Failed()
			compare(t, out, f, peer(f.Syntax))
			if got := pixels(t, f); c.lossless && !bytes.Equal(got, pixels(t, open(t, in))[:len(got)]) { // the other was padded to be even
				t.Errorf("%s: not what was compressed", c.command)
			}
			if t.Failed() && !before {
				t.Errorf("%s of %+v", c.command, p)
			}
		}
	}
}

// TestRefusals: frames that are cut off, lie about their size or are none are refused with their sort.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		sort error
	}{
		{"jpeg-truncated.dcm", ErrCorrupt}, {"rle-run-past-end.dcm", ErrCorrupt}, {"rle-segment-offsets-out-of-range.dcm", ErrCorrupt},
		{"encapsulated-bad-offset-table.dcm", ErrCorrupt}, {"rows-65535-cols-65535-tiny-data.dcm", dicom.ErrMalformed},
	} {
		_, _, err := Frame(context.Background(), open(t, "../dicom/testdata/malformed/"+c.name), 0)
		if !errors.Is(err, c.sort) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	f := open(t, "../dicom/testdata/zoo/MR_small_jpeg_ls_lossless.dcm")
	if _, _, err := Frame(context.Background(), f, 1); !errors.Is(err, ErrNoFrame) {
		t.Errorf("a second frame of one: %v", err)
	}
	fr, err := f.Frames()
	if err != nil {
		t.Fatal(err)
	}
	d, _ := fr.Frame(0)
	b, _ := d.Load(1 << 20)
	p := fr.Format
	p.Rows++
	if _, _, err := Decode(context.Background(), f.Syntax, b, p); !errors.Is(err, ErrMismatch) {
		t.Errorf("a row more in the header: %v", err)
	}
	for n := range len(b) - 8 {
		if _, _, err := Decode(context.Background(), f.Syntax, b[:n], fr.Format); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
	}
	if _, _, err := Decode(context.Background(), "1.2.840.10008.1.2.4.102", b, fr.Format); !errors.Is(err, ErrUnsupported) {
		t.Errorf("video: %v", err)
	}
}

// TestExpandEnds: an error in a later frame ends the writing, with the frame's number.
func TestExpandEnds(t *testing.T) {
	f := open(t, "../dicom/testdata/zoo/SC_rgb_rle_16bit_2frame.dcm")
	f.Dataset.Find(dicom.PixelData).Fragments[2] = dicom.Bytes(make([]byte, 64))
	x, err := Expand(context.Background(), f, dicom.ExplicitVRLittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Write(&bytes.Buffer{}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "frame 2") {
		t.Errorf("%v", err)
	}
}

// FuzzDecode: any bytes in any syntax are decoded or refused, within the memory that the header says.
func FuzzDecode(f *testing.F) {
	syntaxes := []dicom.TransferSyntax{dicom.RLELossless, dicom.JPEGBaseline, dicom.JPEGLSLossless, dicom.DeflatedFrame}
	names, _ := filepath.Glob("../dicom/testdata/zoo/*.dcm")
	for _, name := range names {
		in, closing, err := dicom.Open(name, dicom.Options{})
		if err != nil || !in.Syntax.Encapsulated() {
			continue
		}
		fr, err := in.Frames()
		if err != nil {
			continue
		}
		d, _ := fr.Frame(0)
		if b, err := d.Load(20000); err == nil {
			for k := range syntaxes {
				if syntaxes[k] == in.Syntax || k == 1 && isJPEG(in.Syntax) {
					f.Add(b, uint8(k), uint16(fr.Format.Rows), uint16(fr.Format.Columns), uint8(fr.Format.Samples), fr.Format.Allocated > 8)
				}
			}
		}
		closing()
	}
	f.Fuzz(func(t *testing.T, b []byte, syntax uint8, rows, columns uint16, samples uint8, wide bool) {
		p := format(int(rows%1100)+1, int(columns%1100)+1, 1, 8, 8, false)
		if samples%2 == 1 {
			p.Samples, p.Photometric = 3, "YBR_FULL"
		}
		if wide {
			p.Allocated, p.Stored, p.HighBit = 16, 16, 15
		}
		out, got, err := Decode(context.Background(), syntaxes[int(syntax)%len(syntaxes)], b, p)
		if err == nil && int64(len(out)) != got.FrameBytes() {
			t.Fatalf("%d bytes for a frame of %d", len(out), got.FrameBytes())
		}
	})
}
