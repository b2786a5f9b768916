package deid

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"consilium/imaging/dicom"
)

// FuzzApply: whatever can be read is de-identified without the words that identified the patient in it, or refused.
func FuzzApply(f *testing.F) {
	for _, dir := range []string{"zoo", "charset", "malformed"} {
		names, _ := filepath.Glob("../dicom/testdata/" + dir + "/*.dcm")
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil && len(b) < 8000 {
				f.Add(b, uint8(len(b)))
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, options uint8) {
		in, err := dicom.Read(bytes.NewReader(b), int64(len(b)), dicom.Options{Memory: 4 << 20})
		if err != nil {
			return
		}
		p := Profile{Key: key, Dates: Dates(options % 3), CleanDescriptors: options&4 != 0, PatientCharacteristics: options&8 != 0, DeviceIdentity: options&16 != 0, Reviewed: true, Subject: "Q"}
		out, _, err := p.Apply(in)
		if err != nil {
			return
		}
		plain := in.Dataset.Clone()
		plain.ToUTF8()
		for _, w := range identities(plain) {
			if w == "removed" || w == "urn" || harmless(w) || w == "000000" || w == "19000101" || w == "19000101000000" || w == "000y" {
				continue // a dummy, or a word of imaging that may stand in a code
			}
			out.Dataset.Delete(0x00120063) // what this package writes itself
			out.Dataset.Delete(0x00120064)
			out.Dataset.Delete(0x00280303)
			if found := where(out.Dataset, w); found != "" {
				t.Fatalf("%q is left in %s", w, found)
			}
		}
	})
}
