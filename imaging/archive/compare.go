package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"consilium/imaging/dicom"
)

const instanceColumns = `study_uid, series_uid, sop_uid, sop_class, transfer, frames, blob, size, data_offset`

// Find returns an instance by its SOP Instance UID, or [ErrNotFound].
func (a *Archive) Find(ctx context.Context, uid string) (e Entry, err error) {
	err = a.Tables.View(ctx, func(ctx context.Context, tx *sql.Tx) error {
		e, err = find(ctx, tx, uid)
		return err
	})
	return e, err
}

func find(ctx context.Context, tx *sql.Tx, uid string) (Entry, error) {
	return scanEntry(tx.QueryRowContext(ctx, `SELECT `+instanceColumns+` FROM image_instance WHERE sop_uid = $1`, uid))
}

func scanEntry(row interface{ Scan(...any) error }) (e Entry, err error) {
	var blob []byte
	err = row.Scan(&e.Study, &e.Series, &e.UID, &e.Class, &e.Transfer, &e.Frames, &blob, &e.Size, &e.Offset)
	if errors.Is(err, sql.ErrNoRows) {
		return e, ErrNotFound
	}
	if err == nil && len(blob) != len(e.Blob) {
		err = fmt.Errorf("the index names a blob with %d bytes of hash", len(blob))
	}
	copy(e.Blob[:], blob)
	return e, err
}

// compare says whether an instance under a UID that is kept here already is the same one. Data sets are compared bit for bit, then pixels alone; in two
// transfer syntaxes, what describes the pixels.
func (a *Archive) compare(ctx context.Context, known Entry, p *prepared, f *dicom.File, src io.ReaderAt, size int64) (Outcome, error) {
	old, length, err := a.Blobs.Open(ctx, known.Blob)
	if err != nil {
		return 0, fmt.Errorf("comparing with the instance that is kept under the same UID: %w", err)
	}
	defer old.Close()
	begin, err := dataOffset(f, src, size)
	if err != nil {
		return 0, err
	}
	same, err := sameBytes(io.NewSectionReader(src, begin, size-begin), io.NewSectionReader(old, known.Offset, length-known.Offset))
	if err != nil || same {
		return Same, err
	}
	g, err := a.read(old, length, 0)
	if err != nil {
		return 0, fmt.Errorf("reading the instance that is kept under the same UID: %w", err)
	}
	if known.Class == p.Class && known.Series == p.Series && samePixels(f, g) {
		return Similar, nil
	}
	return 0, fmt.Errorf("instance %s: %w", p.UID, ErrDuplicate)
}

func sameBytes(x, y *io.SectionReader) (bool, error) {
	if x.Size() != y.Size() {
		return false, nil
	}
	var sums [2][]byte
	for i, r := range []io.Reader{x, y} {
		h := sha256.New()
		if _, err := io.Copy(h, r); err != nil {
			return false, err
		}
		sums[i] = h.Sum(nil)
	}
	return bytes.Equal(sums[0], sums[1]), nil
}

// shapeTags describe pixels in any transfer syntax.
var shapeTags = []dicom.Tag{dicom.Rows, dicom.Columns, dicom.NumberOfFrames, dicom.BitsStored, dicom.PixelRepresentation}

// samePixels compares the pixel data of two files: bit for bit if both are kept alike, by their shape otherwise. Of instances without pixels nothing is
// left to be compared, and they differ.
func samePixels(f, g *dicom.File) bool {
	if f.Syntax != g.Syntax {
		for _, t := range shapeTags {
			if f.Dataset.String(t) != g.Dataset.String(t) {
				return false
			}
		}
		return frames(f.Dataset) > 0
	}
	for _, t := range []dicom.Tag{dicom.PixelData, dicom.FloatPixelData, dicom.DoubleFloatPixelData} {
		x, y := f.Dataset.Find(t), g.Dataset.Find(t)
		if x == nil && y == nil {
			continue
		}
		return x != nil && y != nil && sameValue(x, y)
	}
	return false
}

func sameValue(x, y *dicom.Element) bool {
	if len(x.Fragments) != len(y.Fragments) {
		return false
	}
	if x.Fragments == nil {
		return sameData(x.Data(), y.Data())
	}
	for i := range x.Fragments {
		if !sameData(x.Fragments[i], y.Fragments[i]) {
			return false
		}
	}
	return true
}

func sameData(x, y dicom.Data) bool {
	if x.Len() != y.Len() {
		return false
	}
	h, k := sha256.New(), sha256.New()
	_, err := io.Copy(h, x.Open())
	_, err2 := io.Copy(k, y.Open())
	return err == nil && err2 == nil && bytes.Equal(h.Sum(nil), k.Sum(nil))
}
