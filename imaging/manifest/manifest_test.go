package manifest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/imaging/dicom"
)

// slice is a small image k millimeters above the first one.
func slice(k int, number int) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(dicom.SOPInstanceUID, fmt.Sprintf("1.2.3.%d", k+1))
	d.SetString(dicom.StudyInstanceUID, "1.2")
	d.SetString(dicom.SeriesInstanceUID, "1.2.3")
	d.SetString(dicom.Modality, "CT")
	d.SetInt(dicom.InstanceNumber, number)
	d.SetString(imagePosition, "0", "0", fmt.Sprint(k))
	d.SetString(imageOrientation, "1", "0", "0", "0", "1", "0")
	d.SetPixelFormat(dicom.PixelFormat{Rows: 2, Columns: 2, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 12, HighBit: 11, Signed: true, Frames: 1})
	d.SetBytes(dicom.PixelData, dicom.OW, []byte{0xff, 0x0f, 0x00, 0xf8, 0x01, 0x00, 0xff, 0xf7})
	return d
}

// kept are files in memory.
type kept map[Hash][]byte

func (k kept) put(_ context.Context, r io.Reader) (Hash, int64, error) {
	b, err := io.ReadAll(r)
	h := Hash(sha256.Sum256(b))
	k[h] = b
	return h, int64(len(b)), err
}

func build(t testing.TB, order []int) (*Study, kept) {
	t.Helper()
	var b Builder
	for _, k := range order {
		d := slice(k, len(order)-k) // numbered from above: places count, not numbers
		open := func(context.Context) (*dicom.File, func() error, error) {
			return dicom.NewFile(d, dicom.ExplicitVRLittleEndian), func() error { return nil }, nil
		}
		if err := b.Look(d, 1<<20, Source{File: fmt.Sprint(k), Open: open}); err != nil {
			t.Fatal(err)
		}
	}
	files := kept{}
	s, err := b.Pack(t.Context(), files.put, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Decode(text); err != nil {
		t.Fatal(err)
	}
	return s, files
}

// TestAStudyReadsBack: whatever the order in which instances are looked at, they stand in the order of their places, and each is read from its pack.
func TestAStudyReadsBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(r, "n")
		order := rapid.Permutation(upTo(n)).Draw(r, "order")
		s, files := build(t, order)
		if s.Images() != n || len(s.Series) != 1 {
			r.Fatalf("%d images in %d series", s.Images(), len(s.Series))
		}
		for k, i := range s.Series[0].Instances {
			f, err := i.Read(bytes.NewReader(files[s.Packs[i.Pack].Hash]))
			if err != nil {
				r.Fatal(err)
			}
			if want := fmt.Sprintf("1.2.3.%d", k+1); f.Dataset.String(dicom.SOPInstanceUID) != want || i.UID != want {
				r.Fatalf("instance %d is %s", k, i.UID)
			}
		}
	})
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// TestPixelsAreSettled: 12 bits with a sign in 16, of which the upper four hold something else.
func TestPixelsAreSettled(t *testing.T) {
	b, err := Pixels(t.Context(), dicom.NewFile(slice(0, 1), dicom.ExplicitVRLittleEndian), 0)
	want := []byte{0xff, 0xff, 0x00, 0xf8, 0x01, 0x00, 0xff, 0x07} // -1, -2048, 1, 2047
	if err != nil || !bytes.Equal(b, want) {
		t.Errorf("% x, want % x: %v", b, want, err)
	}
}

// TestTheMiddleComesFirst: every neighbor is wanted once, the middle first, and half of all after that never leave a gap of more than three.
func TestTheMiddleComesFirst(t *testing.T) {
	for n := 1; n < 300; n++ {
		order := wanted(n)
		if order[0] != n/2 || len(order) != n {
			t.Fatalf("%d: %v", n, order)
		}
		half := slices.Sorted(slices.Values(order[:(n+1)/2]))
		for i := 1; i < len(half); i++ {
			if half[i]-half[i-1] > 4 {
				t.Errorf("%d: a gap from %d to %d", n, half[i-1], half[i])
			}
		}
		if all := slices.Sorted(slices.Values(order)); !slices.Equal(all, upTo(n)) {
			t.Errorf("%d: %v", n, all)
		}
	}
}

// TestAManifestStaysInItsPacks refuses what points elsewhere.
func TestAManifestStaysInItsPacks(t *testing.T) {
	for name, change := range map[string]func(*Study){
		"no such pack":        func(s *Study) { s.Series[0].Instances[0].Pack = 9 },
		"before the pack":     func(s *Study) { s.Series[0].Instances[0].Offset = -1 },
		"behind the pack":     func(s *Study) { s.Series[0].Instances[0].Size = 1 << 40 },
		"around the corner":   func(s *Study) { i := &s.Series[0].Instances[0]; i.Offset, i.Size = 1<<62, 1<<62 },
		"a later format":      func(s *Study) { s.Format = 2 },
		"an image of nothing": func(s *Study) { s.Series[0].Instances[0].Image.Frames = nil },
	} {
		s, _ := build(t, upTo(3))
		change(s)
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(text); !errors.Is(err, ErrManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	s, _ := build(f, upTo(2))
	text, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":1,"packs":[],"series":[{"instances":[{"pack":0}]}]}`))
	for _, place := range []string{`"position":[],"orientation":[0]`, `"position":[1,2],"orientation":[1,0,0,0,1,0]`, `"position":[1,2,3],"orientation":[1,0,0,0,1,0,0]`, `"position":[],"orientation":[]`} { // hostile partners
		f.Add([]byte(`{"format":1,"packs":[{"size":100}],"series":[{"instances":[{"pack":0,"size":10,"image":{"rows":1,"columns":1,"frames":[{` + place + `}]}}]}]}`))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			return
		}
		if s.Images() < 0 {
			t.Error("less than no images")
		}
	})
}
