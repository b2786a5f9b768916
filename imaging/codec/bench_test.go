package codec

import (
	"context"
	"path/filepath"
	"testing"

	"consilium/imaging/dicom"
)

// BenchmarkDecode decodes frames of real images; MB/s are of uncompressed bytes.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"MR_small_RLE.dcm", "SC_rgb_jpeg_gdcm.dcm", "MR_small_jpeg_ls_lossless.dcm", "JPGExtended.dcm", "SC_rgb_dcmtk_+eb+cy+s2.dcm", "MR_small_jp2klossless.dcm"} {
		b.Run(name, func(b *testing.B) { decodeOften(b, "../dicom/testdata/zoo/"+name) })
	}
	if folder == "" {
		return
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*.dcm"))
	for _, name := range names {
		f, closing, err := dicom.Open(name, dicom.Options{})
		if err == nil && f.Syntax.Encapsulated() {
			b.Run(filepath.Base(name), func(b *testing.B) { decodeOften(b, name) })
			closing()
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
