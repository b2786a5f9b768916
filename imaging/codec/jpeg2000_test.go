package codec

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"consilium/imaging/dicom"
)

// TestJPEG2000 compresses images without loss with OpenJPEG and OpenJPH and wants them back exactly, with each program that decodes them.
func TestJPEG2000(t *testing.T) {
	both := decoders
	defer func() { decoders = both }()
	for _, p := range []dicom.PixelFormat{
		{Rows: 61, Columns: 83, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Signed: true, Frames: 1},
		{Rows: 61, Columns: 83, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 12, HighBit: 11, Frames: 1},
		{Rows: 61, Columns: 83, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 12, HighBit: 11, Signed: true, Frames: 1},
		{Rows: 32, Columns: 40, Samples: 1, Photometric: "MONOCHROME2", Allocated: 8, Stored: 8, HighBit: 7, Frames: 1},
		{Rows: 32, Columns: 40, Samples: 3, Photometric: "YBR_RCT", Allocated: 8, Stored: 8, HighBit: 7, Frames: 1},
	} {
		want := noise(p, 1)
		for _, s := range []dicom.TransferSyntax{dicom.JPEG2000Lossless, dicom.HTJ2KLossless} {
			frame := compressed(t, s, want, p)
			for _, d := range both {
				if d.high && (s == dicom.JPEG2000Lossless || p.Signed) {
					continue
				}
				decoders = []decoder{d}
				got, format, err := Decode(context.Background(), s, frame, p)
				if err != nil || !bytes.Equal(got, want) || format.Signed != p.Signed {
					t.Errorf("%s by %s, %d of %d bits, signed %v, %d samples: %v, equal %v", s.Name(), d.name, p.Stored, p.Allocated, p.Signed, p.Samples, err, bytes.Equal(got, want))
				}
			}
		}
	}
}

// noise is a smooth image with noise on it, in the format's bits, the sign extended.
func noise(p dicom.PixelFormat, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	var out []byte
	top := 1 << p.Stored
	for y := range p.Rows {
		for x := range p.Columns {
			for c := range p.Samples {
				v := (top*(x+2*y+9*c)/(p.Columns+2*p.Rows) + r.IntN(1+top/16)) % top
				if x > p.Columns/2 && y > p.Rows/2 {
					v = top / 3 // flat, for runs
				}
				if p.Signed {
					v -= top / 2
				}
				out = append(out, byte(v))
				if p.Allocated == 16 {
					out = append(out, byte(v>>8))
				}
			}
		}
	}
	return out
}

// compressed runs a reference encoder on raw planes. ojph_compress reads no negative values, but a codestream of signed values is that of the same
// values moved up to be unsigned, with another bit in its size marker (ITU T.800 section G.1).
func compressed(t *testing.T, s dicom.TransferSyntax, pixels []byte, p dicom.PixelFormat) []byte {
	t.Helper()
	dir := t.TempDir()
	raw, out := filepath.Join(dir, "in.raw"), filepath.Join(dir, "out.j2k")
	planes := make([]byte, 0, len(pixels))
	w, shift := p.Allocated/8, p.Signed && s == dicom.HTJ2KLossless
	for c := range p.Samples {
		for i := c * w; i < len(pixels); i += p.Samples * w {
			v := bytes.Clone(pixels[i : i+w])
			if shift {
				v[p.HighBit/8] ^= 1 << (p.HighBit % 8)
				v[1] &= 1<<(p.Stored-8) - 1
			}
			planes = append(planes, v...)
		}
	}
	sign := "u"
	if p.Signed {
		sign = "s"
	}
	size, n := strconv.Itoa(p.Columns)+","+strconv.Itoa(p.Rows), strconv.Itoa(p.Samples)
	var cmd *exec.Cmd
	if s == dicom.JPEG2000Lossless {
		raw += "l" // low byte first
		cmd = exec.Command("opj_compress", "-i", raw, "-o", out, "-n", "3", "-F", size+","+n+","+strconv.Itoa(p.Stored)+","+sign)
	} else {
		raw, out = filepath.Join(dir, "in.yuv"), filepath.Join(dir, "out.j2c")
		arguments := []string{"-o", out, "-num_decomps", "3", "-reversible", "true"}
		if p.Samples == 3 { // with the color transform
			raw, planes = filepath.Join(dir, "in.ppm"), append([]byte("P6\n"+strings.Replace(size, ",", " ", 1)+"\n255\n"), pixels...)
		} else {
			arguments = append(arguments, "-dims", "{"+size+"}", "-num_comps", n, "-signed", "false", "-bit_depth", strconv.Itoa(p.Stored), "-downsamp", "{1,1}")
		}
		cmd = exec.Command("ojph_compress", append(arguments, "-i", raw)...)
	}
	if err := os.WriteFile(raw, planes, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v %s", cmd, err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if shift {
		b[bytes.Index(b, []byte{0xFF, 0x4F, 0xFF, 0x51})+42] |= 0x80
	}
	return b
}

// TestJPEG2000OfOthers decodes the real files. The values are those that pydicom's tests give for them.
func TestJPEG2000OfOthers(t *testing.T) {
	for _, c := range []struct {
		name   string
		signed bool
		at     map[int]int // sample index: value
	}{
		{"MR_small_jp2klossless.dcm", true, nil},
		{"693_J2KI.dcm", true, nil},
		{"J2K_pixelrep_mismatch.dcm", true, map[int]int{0: -2000, 47*512 + 279: 621, 48*512 + 279: 412, 328*512 + 106: -377}},
		{"GDCMJ2K_TextGBR.dcm", false, nil},
	} {
		b, p, err := Frame(context.Background(), open(t, "../dicom/testdata/zoo/"+c.name), 0)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p.Signed != c.signed || int64(len(b)) != p.FrameBytes() {
			t.Errorf("%s: signed %v, %d bytes", c.name, p.Signed, len(b))
		}
		for i, want := range c.at {
			if got := int(int16(uint16(b[2*i]) | uint16(b[2*i+1])<<8)); got != want {
				t.Errorf("%s: sample %d is %d, not %d", c.name, i, got, want)
			}
		}
	}
	if _, _, err := Frame(context.Background(), open(t, "../dicom/testdata/zoo/JPEG2000-embedded-sequence-delimiter.dcm"), 0); !errors.Is(err, ErrMismatch) {
		t.Errorf("a codestream of another size: %v", err) // the file's size marker was overwritten with a delimiter to try parsers
	}
	raw, _, _ := Frame(context.Background(), open(t, "../dicom/testdata/zoo/MR_small.dcm"), 0)
	j2k, _, _ := Frame(context.Background(), open(t, "../dicom/testdata/zoo/MR_small_jp2klossless.dcm"), 0)
	if !bytes.Equal(raw, j2k) {
		t.Error("the same image raw and in JPEG 2000 differ")
	}
}

// TestMissingProgram: a server without the programs says which is needed.
func TestMissingProgram(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, _, err := Frame(context.Background(), open(t, "../dicom/testdata/zoo/MR_small_jp2klossless.dcm"), 0)
	var missing *MissingTool
	if !errors.As(err, &missing) || missing.Programs[0] != "opj_decompress" {
		t.Errorf("%v", err)
	}
}
