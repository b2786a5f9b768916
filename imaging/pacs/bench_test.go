package pacs

import (
	"bytes"
	"fmt"
	"testing"

	"consilium/imaging/dicom"
	"consilium/imaging/dimse"
)

// BenchmarkStore is one association that sends slices of 512 x 512: what an instance costs from the network to the disk.
func BenchmarkStore(b *testing.B) {
	n := listen(b)
	a, err := dimse.Peer{Address: n.address, Calling: "BENCH", Called: "CONSILIUM"}.Associate(b.Context(), []dimse.Proposal{explicit("1.2.840.10008.5.1.4.1.1.2", false)})
	if err != nil {
		b.Fatal(err)
	}
	d := &dicom.Dataset{}
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(dicom.StudyInstanceUID, "1.2.3")
	d.SetString(dicom.SeriesInstanceUID, "1.2.3.4")
	d.SetPixelFormat(dicom.PixelFormat{Rows: 512, Columns: 512, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Frames: 1})
	d.SetBytes(dicom.PixelData, dicom.OW, make([]byte, 512*512*2))
	b.SetBytes(512 * 512 * 2)
	for i := 0; b.Loop(); i++ {
		uid := fmt.Sprint("1.2.3.4.", i)
		d.SetString(dicom.SOPInstanceUID, uid)
		var data bytes.Buffer
		if err := d.Write(&data, dicom.ExplicitVRLittleEndian); err != nil {
			b.Fatal(err)
		}
		if _, err := a.Store(dimse.Instance{Class: "1.2.840.10008.5.1.4.1.1.2", UID: uid, Transfer: dimse.ExplicitLittle}, &data); err != nil {
			b.Fatal(err)
		}
	}
	if err := a.Release(); err != nil {
		b.Fatal(err)
	}
}
