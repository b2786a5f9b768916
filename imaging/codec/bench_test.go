package codec

import (
	"context"
	"testing"

	"consilium/imaging/dicom"
)

// BenchmarkDecode decodes frames of real images; MB/s are of uncompressed bytes.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"MR_small_RLE.dcm", "SC_rgb_jpeg_gdcm.dcm", "MR_small_jpeg_ls_lossless.dcm", "JPGExtended.dcm", "SC_rgb_dcmtk_+eb+cy+s2.dcm", "MR_small_jp2klossless.dcm"} {
		b.Run(name, func(b *testing.B) { decodeOften(b, "../dicom/testdata/zoo/"+name) })
	}
	if folder != "" {
		for _, name := range []string{"JPEG-LL.dcm", "JPGLosslessP14SV1_1s_1f_8b.dcm", "bad_sequence.dcm", "JLSL_16_15_1_1F.dcm", "JLSN_RGB_ILV0.dcm", "OBXXXX1A_rle.dcm", "HTJ2K_08_RGB.dcm", "US1_J2KR.dcm"} {
			b.Run(name, func(b *testing.B) { decodeOften(b, folder+"/"+name) })
		}
	}
}

func decodeOften(b *testing.B, name string) {
	f, closing, err := dicom.Open(name, dicom.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer closing()
	fr, err := f.Frames()
	if err != nil {
		b.Fatal(err)
	}
	d, err := fr.Frame(0)
	if err != nil {
		b.Fatal(err)
	}
	in, err := d.Load(MaxFrame)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(fr.Format.FrameBytes())
	for b.Loop() {
		if _, _, err := Decode(context.Background(), f.Syntax, in, fr.Format); err != nil {
			b.Fatal(err)
		}
	}
}
