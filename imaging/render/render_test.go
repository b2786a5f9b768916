package render

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
)

// folder is an additional folder of DICOM files to compare, which is not part of the repository.
var folder = os.Getenv("CONSILIUM_DICOM_FILES")

func open(t *testing.T, name string) *dicom.File {
	t.Helper()
	f, closing, err := dicom.Open(name, dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closing() })
	return f
}

// peer has dcmtk render the file and reads the picture.
func peer(t *testing.T, name string, flags ...string) image.Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "peer.png")
	program := "dcmj2pnm"
	if s := open(t, name).Syntax; s == dicom.JPEGLSLossless || s == dicom.JPEGLSNearLossless {
		program = "dcml2pnm"
	}
	arguments := append(append([]string{"+on"}, flags...), name, out)
	if said, err := exec.Command(program, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v %s", program, arguments, err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// difference is the greatest difference of any sample, and the mean.
func difference(a, b image.Image) (worst int, mean float64) {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 256, 256
	}
	n := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, g, bl, _ := a.At(x, y).RGBA()
			rr, gg, bb, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(r>>8) - int(rr>>8), int(g>>8) - int(gg>>8), int(bl>>8) - int(bb>>8)} {
				worst = max(worst, d, -d)
				mean += math.Abs(float64(d))
				n++
			}
		}
	}
	return worst, mean / float64(n)
}

// TestRendersAsDcmtk compares pictures with dcmtk's. Both round to eight bits once, at different places of the pipeline, so a sample may differ by 1;
// dcmtk renders through tables of 256 shades, which costs it 1 more with a table of its own.
func TestRendersAsDcmtk(t *testing.T) {
	zoo := "../dicom/testdata/zoo/"
	cases := []struct {
		name  string
		o     Options
		flags []string
	}{
		{zoo + "CT_small.dcm", Options{}, []string{"+Wm"}},
		{zoo + "CT_small.dcm", Options{Window: &Window{Center: 40, Width: 400}}, []string{"+Ww", "40", "400"}},
		{zoo + "CT_small.dcm", Options{Window: &Window{Center: -600, Width: 1500}}, []string{"+Ww", "-600", "1500"}},
		{zoo + "MR_small.dcm", Options{}, []string{"+Wi", "1"}},
		{zoo + "MR_small_RLE.dcm", Options{}, []string{"+Wi", "1"}},
		{zoo + "MR_small_jpeg_ls_lossless.dcm", Options{}, []string{"+Wi", "1"}},
		{zoo + "MR_small_bigendian.dcm", Options{}, []string{"+Wi", "1"}},
		{zoo + "JPGExtended.dcm", Options{}, []string{"+Wm"}},
		{zoo + "image_dfl.dcm", Options{}, []string{"+Wm"}},
		{zoo + "ExplVR_BigEnd.dcm", Options{}, nil},
		{zoo + "SC_rgb_jpeg_dcmtk.dcm", Options{}, nil},
		{zoo + "SC_rgb_rle_16bit.dcm", Options{}, nil},
		{zoo + "SC_ybr_full_422_uncompressed.dcm", Options{}, nil},
		{"../dicomdir/testdata/77654033/CR1/6154", Options{}, []string{"+Wi", "1"}}, // MONOCHROME1
	}
	if folder != "" {
		for _, n := range []string{"mlut_18.dcm", "vlut_04.dcm", "OBXXXX1A_rle.dcm", "color-pl.dcm", "color-px.dcm"} {
			flags := map[string][]string{"vlut_04.dcm": {"+Wl", "1"}, "mlut_18.dcm": {"+Wm"}}[n]
			cases = append(cases, struct {
				name  string
				o     Options
				flags []string
			}{filepath.Join(folder, n), Options{}, flags})
		}
	}
	for _, c := range cases {
		m, err := Frame(context.Background(), open(t, c.name), 0, c.o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if worst, mean := difference(m, peer(t, c.name, c.flags...)); worst > 1 {
			t.Errorf("%s %v: up to %d of 255 apart, %.3f on average", filepath.Base(c.name), c.flags, worst, mean)
		}
	}
}

// made is a file of one frame with given values of 16 bits, signed.
func made(values []int16, set func(d *dicom.Dataset)) *dicom.File {
	d := &dicom.Dataset{}
	d.SetPixelFormat(dicom.PixelFormat{Rows: 1, Columns: len(values), Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Signed: true, Frames: 1})
	var b []byte
	for _, v := range values {
		b = append(b, byte(v), byte(uint16(v)>>8))
	}
	d.SetBytes(dicom.PixelData, dicom.OW, b)
	set(d)
	return dicom.NewFile(d, dicom.ExplicitVRLittleEndian)
}

// TestWindows checks the functions of values of interest by hand, with the examples of PS3.3 section C.11.2.1.2.1.
func TestWindows(t *testing.T) {
	window := func(center, width float64, function string) func(d *dicom.Dataset) {
		return func(d *dicom.Dataset) {
			d.SetFloat(windowCenter, center)
			d.SetFloat(windowWidth, width)
			d.SetString(voiFunction, function)
		}
	}
	for _, c := range []struct {
		about string
		in    []int16
		set   func(d *dicom.Dataset)
		o     Options
		want  []byte
	}{
		{"c=2048 w=4096: 0 is black, 4095 white", []int16{-5, 0, 2048, 4095, 5000}, window(2048, 4096, ""), Options{}, []byte{0, 0, 128, 255, 255}},
		{"c=2048 w=1: a threshold above 2047.5", []int16{2047, 2048}, window(2048, 1, ""), Options{}, []byte{0, 255}},
		{"c=0 w=100, exact", []int16{-50, 0, 50}, window(0, 100, "LINEAR_EXACT"), Options{}, []byte{0, 128, 255}},
		{"c=0 w=100, sigmoid: 1/(1+e^2) at the edge", []int16{-50, 0, 50}, window(0, 100, "SIGMOID"), Options{}, []byte{30, 128, 225}},
		{"no window: the range of the frame", []int16{-100, 0, 100}, func(d *dicom.Dataset) {}, Options{}, []byte{0, 128, 255}},
		{"padding is not part of the range", []int16{-2000, 0, 100}, func(d *dicom.Dataset) {
			d.Set(dicom.Element{Tag: paddingValue, VR: dicom.SS, Value: []byte{0x30, 0xF8}})
		}, Options{}, []byte{0, 0, 255}},
		{"a given window before the object's", []int16{0, 10}, window(1000, 10, ""), Options{Window: &Window{Center: 5.5, Width: 11}}, []byte{0, 255}},
		{"inverse", []int16{0, 10}, func(d *dicom.Dataset) { d.SetString(dicom.PhotometricInterpretation, "MONOCHROME1") }, Options{}, []byte{255, 0}},
		{"rescaled", []int16{0, 10}, func(d *dicom.Dataset) {
			d.SetFloat(rescaleSlope, 2)
			d.SetFloat(rescaleIntercept, -10)
			window(0.5, 21, "")(d)
		}, Options{}, []byte{0, 255}},
		{"all alike", []int16{7, 7}, func(d *dicom.Dataset) {}, Options{}, []byte{0, 0}},
	} {
		m, err := Frame(context.Background(), made(c.in, c.set), 0, c.o)
		if err != nil {
			t.Errorf("%s: %v", c.about, err)
			continue
		}
		if got := m.(*image.Gray).Pix; !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", c.about, got, c.want)
		}
	}
}

// TestPresets gives the object's windows with their names, those of a frame of a newer object too.
func TestPresets(t *testing.T) {
	d := &dicom.Dataset{}
	d.SetFloat(windowCenter, 40, -600)
	d.SetFloat(windowWidth, 400, 1500)
	d.SetString(windowName, "软组织", "LUNG")
	if p := Presets(d, 0); len(p) != 2 || p[0] != (Window{40, 400, "软组织"}) || p[1].Center != -600 {
		t.Errorf("%v", p)
	}
	macro, frame, enhanced := &dicom.Dataset{}, &dicom.Dataset{}, &dicom.Dataset{}
	macro.SetFloat(windowCenter, 300)
	macro.SetFloat(windowWidth, 50)
	frame.SetItems(frameVOI, macro)
	enhanced.SetItems(0x52009230, &dicom.Dataset{}, frame)
	if p := Presets(enhanced, 1); len(p) != 1 || p[0].Center != 300 {
		t.Errorf("%v", p)
	}
	if p := Presets(enhanced, 0); len(p) != 0 {
		t.Errorf("%v", p)
	}
}

// TestPalette and shapes: a picture of three indices, and a smaller one.
func TestPalette(t *testing.T) {
	d := &dicom.Dataset{}
	d.SetPixelFormat(dicom.PixelFormat{Rows: 1, Columns: 3, Samples: 1, Photometric: "PALETTE COLOR", Allocated: 8, Stored: 8, HighBit: 7, Frames: 1})
	d.SetBytes(dicom.PixelData, dicom.OB, []byte{0, 1, 9})
	for c, v := range []byte{10, 20, 30} {
		d.SetInt(dicom.Tag(0x00281101+c), 2, 0, 16)
		d.SetBytes(dicom.Tag(0x00281201+c), dicom.OW, []byte{0, v, 0, v + 100})
	}
	f := dicom.NewFile(d, dicom.ExplicitVRLittleEndian)
	m, err := Frame(context.Background(), f, 0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte{10, 20, 30, 255, 110, 120, 130, 255, 110, 120, 130, 255}; !bytes.Equal(m.(*image.RGBA).Pix, want) {
		t.Errorf("%v", m.(*image.RGBA).Pix)
	}
	small, err := Frame(context.Background(), f, 0, Options{Width: 1})
	if err != nil || small.Bounds().Dx() != 1 || small.(*image.RGBA).Pix[0] != 77 {
		t.Errorf("%v %v", small, err)
	}
	d.Delete(0x00281201)
	if _, err := Frame(context.Background(), f, 0, Options{}); !errors.Is(err, codec.ErrUnsupported) {
		t.Errorf("a palette without red: %v", err)
	}
}

// TestRendersEverything: each real image with pixels becomes a picture or a typed refusal, and no frame is out of range in silence.
func TestRendersEverything(t *testing.T) {
	names, _ := filepath.Glob("../dicom/testdata/zoo/*.dcm")
	if folder != "" {
		more, _ := filepath.Glob(filepath.Join(folder, "*.dcm"))
		names = append(names, more...)
	}
	for _, name := range names {
		f, closing, err := dicom.Open(name, dicom.Options{})
		if err != nil || !f.Dataset.Has(dicom.Rows) {
			continue
		}
		m, err := Frame(context.Background(), f, 0, Options{Width: 128, Height: 128})
		switch known := errors.Is(err, codec.ErrUnsupported) || errors.Is(err, codec.ErrMismatch) || errors.Is(err, codec.ErrCorrupt) || errors.Is(err, dicom.ErrMalformed); {
		case err == nil && (m.Bounds().Dx() > 128 || m.Bounds().Dy() > 128):
			t.Errorf("%s: %v", name, m.Bounds())
		case err != nil && !known:
			t.Errorf("%s: %v", name, err)
		case err != nil:
			t.Logf("%s: %v", name, err)
		}
		if _, err := Frame(context.Background(), f, 1<<20, Options{}); err == nil {
			t.Errorf("%s: frame %s", name, strconv.Itoa(1<<20))
		}
		closing()
	}
}
