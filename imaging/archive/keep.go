package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"consilium/imaging/dicom"
)

// Arrival is what is known of an instance beside its bytes.
type Arrival struct {
	From string // AE title, address or name of what was imported; goes into the index
	// Class, UID and Transfer are what the sender says; "" is nothing. The instance must agree.
	Class, UID, Transfer string
	// Study is the study that it must belong to; "" is any.
	Study string
}

// Outcome says what became of an instance that was taken.
type Outcome int

// The outcomes. In all three the sender can forget the instance.
const (
	Stored  Outcome = iota // it is new, and on disk
	Same                   // it was here already, bit for bit
	Similar                // it was here already with the same pixels and another header, or in another transfer syntax: that one stays
)

// Kept is what became of one instance: where it is, or why it was refused.
type Kept struct {
	Entry
	Outcome Outcome
	Err     error
}

// Entry is an instance as the index knows it.
type Entry struct {
	Study, Series, UID string
	Class              string
	Transfer           string
	Frames             int // 0: it has no pixels
	Blob               Hash
	Size               int64 // of its file
	Offset             int64 // of the data set in its file
}

// withHeader makes a file of a data set.
func withHeader(arrival Arrival, data io.Reader) (io.Reader, error) {
	header, err := FileHeader(arrival.Class, arrival.UID, dicom.TransferSyntax(arrival.Transfer))
	if err != nil {
		return nil, err
	}
	return io.MultiReader(bytes.NewReader(header), data), nil
}

// KeepFile stores a file with its header (PS3.10), or a data set that tells by itself what it is. When it returns nil, the instance is on disk and in the
// index. It returns [ErrFull], [ErrMismatch], [ErrDuplicate], an error of dicom that says what is wrong with the bytes, or that of the source.
func (a *Archive) KeepFile(ctx context.Context, arrival Arrival, file io.Reader) (Entry, Outcome, error) {
	g, err := a.Begin()
	if err != nil {
		return Entry{}, 0, err
	}
	defer g.Close()
	if err := g.Add(ctx, arrival, file); err != nil {
		return Entry{}, 0, err
	}
	kept, err := g.Commit(ctx)
	if err != nil {
		return Entry{}, 0, err
	}
	return kept[0].Entry, kept[0].Outcome, kept[0].Err
}

// prepared is an instance whose bytes are in a batch, or have landed, and whose rows are ready.
type prepared struct {
	Kept
	path    string // where it has landed
	arrival Arrival
	now     int64
	columns columns
	rows    map[Level][]byte
}

// examine reads an instance and makes its rows.
func (a *Archive) examine(arrival Arrival, src io.ReaderAt, size int64) (*prepared, *dicom.File, error) {
	p := &prepared{arrival: arrival, now: a.Now().UnixMilli(), rows: map[Level][]byte{}}
	f, err := a.read(src, size, 0)
	if err != nil {
		return p, nil, err
	}
	if p.Entry, err = identify(f, arrival); err != nil {
		return p, nil, err
	}
	p.columns = columnsOf(f.Dataset)
	for _, level := range []Level{Studies, Series, Instances} {
		if p.rows[level], err = attributes(f.Dataset, level); err != nil {
			return p, nil, err
		}
	}
	return p, f, nil
}

// prepare reads an instance, compares it with what is known, and puts it into the batch unless it is here already.
func (a *Archive) prepare(ctx context.Context, batch Batch, arrival Arrival, src io.ReaderAt, size int64) (*prepared, error) {
	p, f, err := a.examine(arrival, src, size)
	if err != nil {
		return p, err
	}
	if known, err := a.Find(ctx, p.UID); err == nil {
		p.Outcome, err = a.compare(ctx, known, p, f, src, size)
		p.Entry = known
		return p, err
	} else if !errors.Is(err, ErrNotFound) {
		return p, err
	}
	content, err := p.content(f, src, size)
	if err != nil {
		return p, err
	}
	p.Blob, p.Size, err = batch.Put(ctx, content, a.Largest+maxHeader)
	if err != nil {
		return p, fmt.Errorf("storing instance %s: %w", p.UID, a.sorted(err))
	}
	return p, nil
}

const maxHeader = 4096

// content is the file as it is kept: a header of our own, and the data set bit for bit.
func (p *prepared) content(f *dicom.File, src io.ReaderAt, size int64) (io.Reader, error) {
	begin, err := dataOffset(f, src, size)
	if err != nil {
		return nil, err
	}
	header, err := FileHeader(p.Class, p.UID, f.Syntax)
	if err != nil {
		return nil, err
	}
	p.Offset = int64(len(header))
	return io.MultiReader(bytes.NewReader(header), io.NewSectionReader(src, begin, size-begin)), nil
}

// dataOffset finds where the data set of a file begins.
func dataOffset(f *dicom.File, src io.ReaderAt, size int64) (int64, error) {
	if len(f.Meta.Elements) == 0 {
		return prefixLength(src)
	}
	if f.Syntax.Deflated() { // there the reader counts inflated bytes
		return deflatedOffset(f), nil
	}
	head, err := dicom.Read(src, size, dicom.Options{StopBefore: 0x00030000})
	if err != nil {
		return 0, err
	}
	return head.End, nil
}

// prefixLength is what stands before the data set of a file without file meta information.
func prefixLength(src io.ReaderAt) (int64, error) {
	var b [132]byte
	n, err := src.ReadAt(b[:], 0)
	switch {
	case err != nil && err != io.EOF:
		return 0, err
	case n == len(b) && string(b[128:]) == "DICM":
		return 132, nil
	case string(b[:4]) == "DICM":
		return 4, nil
	}
	return 0, nil
}

// deflatedOffset is the length of the file's header, which a deflated data set needs to have.
func deflatedOffset(f *dicom.File) int64 {
	n, _ := f.Meta.Int(dicom.FileMetaInformationGroupLength)
	return 132 + 12 + int64(n)
}

// FileHeader is the preamble and the file meta information of an instance. It depends on nothing else, so that an instance gives the same file
// from whomever it comes.
func FileHeader(class, uid string, syntax dicom.TransferSyntax) ([]byte, error) {
	if err := syntax.Check(); err != nil {
		return nil, err
	}
	f := dicom.NewFile(&dicom.Dataset{}, syntax)
	f.Meta.SetString(dicom.MediaStorageSOPClassUID, class)
	f.Meta.SetString(dicom.MediaStorageSOPInstanceUID, uid)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("writing a file's header: %w", err)
	}
	length := 144 + binary.LittleEndian.Uint32(b.Bytes()[140:]) // what follows is the end of an empty deflated data set
	return b.Bytes()[:length], nil
}

// identify reads who an instance is and compares it with what was said of it.
func identify(f *dicom.File, said Arrival) (Entry, error) {
	d := f.Dataset
	e := Entry{Study: d.String(dicom.StudyInstanceUID), Series: d.String(dicom.SeriesInstanceUID), UID: d.String(dicom.SOPInstanceUID),
		Class: d.String(dicom.SOPClassUID), Transfer: string(f.Syntax), Frames: frames(d)}
	for _, id := range []struct{ what, uid string }{{"Study Instance UID", e.Study}, {"Series Instance UID", e.Series}, {"SOP Instance UID", e.UID},
		{"SOP Class UID", e.Class}} {
		if !isUID(id.uid) {
			return e, fmt.Errorf("it has no usable %s: %w", id.what, ErrMismatch)
		}
	}
	for _, pair := range []struct{ what, said, is string }{{"SOP Class UID", said.Class, e.Class}, {"SOP Instance UID", said.UID, e.UID},
		{"transfer syntax", said.Transfer, e.Transfer}, {"Study Instance UID", said.Study, e.Study}} {
		if pair.said != "" && pair.said != pair.is {
			return e, fmt.Errorf("its %s is not the one that was said: %w", pair.what, ErrMismatch)
		}
	}
	return e, nil
}

// isUID takes what real devices send: digits and points, at most 64, leading zeros too.
func isUID(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "0123456789.") == ""
}

// frames is how many frames an instance has, 0 without pixel data.
func frames(d *dicom.Dataset) int {
	if !d.Has(dicom.PixelData) && !d.Has(dicom.FloatPixelData) && !d.Has(dicom.DoubleFloatPixelData) {
		return 0
	}
	n, _ := d.Int(dicom.NumberOfFrames)
	return max(n, 1)
}
