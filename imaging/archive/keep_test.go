package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"consilium/imaging/dicom"
)

func TestRealFilesAreKeptBitForBit(t *testing.T) {
	a := fresh(t)
	kept := 0
	for _, folder := range []string{"zoo", "charset"} {
		for _, path := range samples(t, folder) {
			file := read(t, path)
			e, outcome, err := keep(t, a, file)
			if errors.Is(err, ErrMismatch) || errors.Is(err, ErrDuplicate) || errors.Is(err, dicom.ErrNotDICOM) {
				continue // no UIDs, one that another sample has, or nothing that says how it is encoded
			}
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if outcome != Stored {
				continue
			}
			kept++
			f, err := dicom.Read(bytes.NewReader(file), int64(len(file)), dicom.Options{})
			if err != nil {
				t.Fatal(err)
			}
			begin, err := dataOffset(f, bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatal(err)
			}
			if got := dataSet(t, a, e, e.Transfer); !bytes.Equal(got, file[begin:]) {
				t.Errorf("%s: %d bytes came back of %d", path, len(got), len(file[begin:]))
			}
			sent := Arrival{Class: e.Class, UID: e.UID, Transfer: e.Transfer}
			whole, err := withHeader(sent, bytes.NewReader(file[begin:]))
			if err != nil {
				t.Fatal(err)
			}
			again, outcome, err := a.KeepFile(t.Context(), sent, whole)
			if err != nil || outcome != Same || again.Blob != e.Blob {
				t.Errorf("%s: the same data set over the network: %v %v", path, outcome, err)
			}
		}
	}
	if n := consistent(t, a); n != kept || kept < 35 {
		t.Errorf("%d instances were kept, the index has %d", kept, n)
	}
}

func TestMalformedFilesAreRefusedOrKeptWhole(t *testing.T) {
	a := fresh(t)
	for _, path := range samples(t, "malformed") {
		began := time.Now()
		_, _, err := keep(t, a, read(t, path))
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s took %s", path, took)
		}
		if err == nil {
			continue
		}
		var e *dicom.Error
		if !errors.As(err, &e) && !errors.Is(err, ErrMismatch) && !errors.Is(err, ErrDuplicate) {
			t.Errorf("%s: %v", path, err)
		}
	}
	consistent(t, a)
}

func TestSecondInstanceUnderOneUID(t *testing.T) {
	each(t, func(t *testing.T, a *Archive) {
		first := image(t, "1.2.3.4", nil)
		kept := mustKeep(t, a, first)
		for name, row := range map[string]struct {
			file []byte
			want Outcome
			err  error
		}{
			"the same":              {first, Same, nil},
			"another name":          {image(t, "1.2.3.4", func(d *dicom.Dataset) { d.SetString(dicom.PatientName, "Doe^Janet") }), Similar, nil},
			"other pixels":          {image(t, "1.2.3.4", func(d *dicom.Dataset) { d.SetBytes(dicom.PixelData, dicom.OB, make([]byte, 16)) }), 0, ErrDuplicate},
			"no pixels":             {image(t, "1.2.3.4", func(d *dicom.Dataset) { d.Delete(dicom.PixelData) }), 0, ErrDuplicate},
			"another series":        {image(t, "1.2.3.4", func(d *dicom.Dataset) { d.SetString(dicom.SeriesInstanceUID, "1.2.9") }), 0, ErrDuplicate},
			"series of two studies": {image(t, "1.2.3.5", func(d *dicom.Dataset) { d.SetString(dicom.StudyInstanceUID, "1.2.9") }), 0, ErrMismatch},
		} {
			e, outcome, err := keep(t, a, row.file)
			if outcome != row.want || !errors.Is(err, row.err) || err == nil && e != kept {
				t.Errorf("%s: %+v, %v, %v; want outcome %v, %v", name, e, outcome, err, row.want, row.err)
			}
		}
		if n := consistent(t, a); n != 1 {
			t.Errorf("%d instances are kept", n)
		}
	})
}

func TestManyStoreAtOnce(t *testing.T) {
	each(t, func(t *testing.T, a *Archive) {
		var group sync.WaitGroup
		for worker := range 8 {
			group.Go(func() {
				for i := range 20 { // every instance comes from two workers
					file := image(t, fmt.Sprintf("1.2.3.%d.%d", worker/2, i), func(d *dicom.Dataset) { d.SetString(dicom.SeriesInstanceUID, fmt.Sprint("1.9.", worker/2)) })
					if _, _, err := keep(t, a, file); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if n := consistent(t, a); n != 80 {
			t.Errorf("%d instances are kept of 80", n)
		}
	})
}

func TestWhatBreaksOffIsNotKept(t *testing.T) {
	a := fresh(t)
	file := image(t, "1.2.3.4", func(d *dicom.Dataset) {
		d.SetPixelFormat(dicom.PixelFormat{Rows: 1200, Columns: 1200, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Frames: 2})
		d.SetBytes(dicom.PixelData, dicom.OW, make([]byte, 1200*1200*2*2))
	})
	broken := errors.New("the line is cut")
	for _, n := range []int{0, 100, 400, chunkSize, chunkSize + 1, mostOfOne * chunkSize, mostOfOne*chunkSize + 1, len(file) - 1} {
		for _, end := range []error{broken, io.ErrUnexpectedEOF, io.EOF} {
			r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(end))
			if _, _, err := a.KeepFile(t.Context(), Arrival{}, r); err == nil {
				t.Errorf("%d bytes of %d were kept, ended by %v", n, len(file), end)
			}
		}
	}
	if n := consistent(t, a); n != 0 {
		t.Errorf("%d instances are kept", n)
	}
	mustKeep(t, a, file)
	if n := consistent(t, a); n != 1 {
		t.Errorf("%d instances are kept", n)
	}
	if given := a.memory.given - len(a.memory.free); given != 0 {
		t.Errorf("%d chunks were never given back", given)
	}
}

// fullBatch is a batch on a disk that has so many bytes left, for all batches together.
type fullBatch struct {
	Batch
	left *int64
}

func (b fullBatch) Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error) {
	h, n, err := b.Batch.Put(ctx, r, limit)
	if *b.left -= n; err == nil && *b.left < 0 {
		err = fmt.Errorf("writing a blob: %w", syscall.ENOSPC)
	}
	return h, n, err
}

func TestFullDiskInTheMiddleOfAStudy(t *testing.T) {
	a := fresh(t)
	begin, left := a.Blobs.Batch, int64(20_000)
	a.Blobs.Batch = func() (Batch, error) {
		b, err := begin()
		return fullBatch{b, &left}, err
	}
	acknowledged := 0
	for i := range 50 {
		_, _, err := keep(t, a, image(t, fmt.Sprint("1.2.3.", i), nil))
		switch {
		case err == nil:
			acknowledged++
		case !errors.Is(err, ErrFull):
			t.Fatal(err)
		}
	}
	if acknowledged == 0 || acknowledged == 50 {
		t.Fatalf("%d were acknowledged", acknowledged)
	}
	if n := consistent(t, a); n != acknowledged {
		t.Errorf("%d instances are kept, %d were acknowledged", n, acknowledged)
	}
	left = 1 << 20 // somebody makes room
	if _, _, err := keep(t, a, image(t, "1.2.3.49", nil)); err != nil {
		t.Error(err)
	}
	if n := consistent(t, a); n != acknowledged+1 {
		t.Errorf("%d instances are kept", n)
	}
}

func TestUncompressedSyntaxesTurnIntoEachOther(t *testing.T) {
	a := fresh(t)
	e := mustKeep(t, a, read(t, "../dicom/testdata/zoo/MR_small_bigendian.dcm"))
	for _, want := range []dicom.TransferSyntax{dicom.ExplicitVRBigEndian, dicom.ExplicitVRLittleEndian, dicom.ImplicitVRLittleEndian} {
		d, err := dicom.ReadDataset(bytes.NewReader(dataSet(t, a, e, string(want))), want, dicom.Options{})
		if err != nil || d.String(dicom.SOPInstanceUID) != e.UID {
			t.Errorf("%s: %v", want.Name(), err)
		}
	}
	b := fresh(t)
	rle := mustKeep(t, b, read(t, "../dicom/testdata/zoo/MR_small_RLE.dcm"))
	d, err := dicom.ReadDataset(bytes.NewReader(dataSet(t, b, rle, string(dicom.ExplicitVRLittleEndian))), dicom.ExplicitVRLittleEndian, dicom.Options{})
	if err != nil || d.Find(dicom.PixelData).Data().Len() != 64*64*2 {
		t.Errorf("RLE was not decoded: %v", err)
	}
	if _, _, err := b.DataSet(t.Context(), rle, []string{string(dicom.JPEG2000)}); !errors.Is(err, ErrTransfer) {
		t.Error(err)
	}
}
