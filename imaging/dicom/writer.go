package dicom

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
)

// Implementation names this program in the files that it writes (PS3.10 section 7.1).
const (
	Implementation        = "2.25.128372604738409213498705911640962150171"
	ImplementationVersion = "CONSILIUM_1"
)

// NewFile makes a file of a data set, which must have its SOP class and instance UID.
func NewFile(d *Dataset, s TransferSyntax) *File { return &File{Dataset: d, Syntax: s} }

// Write writes the file: preamble, file meta information made anew from the data set and Syntax, and the data set. Other elements of Meta, such
// as the sending application, are kept.
func (f *File) Write(w io.Writer) error {
	b := bufio.NewWriterSize(w, 32<<10)
	if err := f.writeMeta(b); err != nil {
		return err
	}
	if err := f.Dataset.Write(b, f.Syntax); err != nil {
		return err
	}
	return b.Flush()
}

func (f *File) writeMeta(w io.Writer) error {
	m := f.Meta.Clone()
	m.Delete(FileMetaInformationGroupLength)
	m.Set(Element{Tag: FileMetaInformationVersion, VR: OB, Value: []byte{0, 1}})
	if class := f.Dataset.String(SOPClassUID); class != "" {
		m.SetString(MediaStorageSOPClassUID, class)
	}
	if instance := f.Dataset.String(SOPInstanceUID); instance != "" {
		m.SetString(MediaStorageSOPInstanceUID, instance)
	}
	m.SetString(TransferSyntaxUID, string(f.Syntax))
	m.SetString(ImplementationClassUID, Implementation)
	m.SetString(ImplementationVersionName, ImplementationVersion)
	var body bytes.Buffer
	if err := m.Write(&body, ExplicitVRLittleEndian); err != nil {
		return err
	}
	head := make([]byte, 128, 144)
	head = append(head, prefix...)
	head = append(head, 2, 0, 0, 0, 'U', 'L', 4, 0)
	head = binary.LittleEndian.AppendUint32(head, uint32(body.Len()))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(body.Bytes())
	return err
}

// Write writes the data set in a transfer syntax. Sequences and items are written without lengths, values left in their source are copied from
// there. ErrTransferSyntax where the syntax cannot carry the pixel data as it is: compressed pixels must be decoded before they are written in an
// uncompressed syntax.
func (d *Dataset) Write(w io.Writer, s TransferSyntax) error {
	if err := s.Check(); err != nil {
		return err
	}
	if e := d.Find(PixelData); e != nil && !e.Empty() && (e.Fragments != nil) != s.Encapsulated() {
		return fmt.Errorf("DICOM: %w %s cannot hold this pixel data: encapsulated %v", ErrTransferSyntax, s.Name(), e.Fragments != nil)
	}
	if !s.Deflated() {
		return newWriter(w, s).dataset(d)
	}
	z, err := flate.NewWriter(w, flate.DefaultCompression)
	if err != nil {
		return err
	}
	if err := newWriter(z, s).dataset(d); err != nil {
		return err
	}
	return z.Close()
}

type writer struct {
	w        io.Writer
	explicit bool
	big      bool
	order    binary.AppendByteOrder
	scratch  []byte
}

func newWriter(w io.Writer, s TransferSyntax) *writer {
	x := &writer{w: w, explicit: s.Explicit(), big: s.BigEndian(), order: binary.LittleEndian}
	if x.big {
		x.order = binary.BigEndian
	}
	return x
}

func (w *writer) dataset(d *Dataset) error {
	for i := range d.Elements {
		if err := w.element(&d.Elements[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) element(e *Element) error {
	switch {
	case e.Tag.Number() == 0 && e.Tag.Group() > 2:
		return nil // group lengths are retired, and would be wrong
	case e.VR == SQ:
		return w.sequence(e)
	case e.Fragments != nil:
		return w.fragments(e)
	}
	d := e.Data()
	if d.n > maxItemBytes-1 {
		return fmt.Errorf("DICOM: %w: %v has %d bytes", ErrTooLarge, e.Tag, d.n)
	}
	v := e.VR
	if !v.known() || w.explicit && !v.long() && d.n+d.n%2 > 0xFFFF {
		v = UN // PS3.5 section 6.2.2: a value too long for its VR
	}
	if err := w.head(e.Tag, v, uint32(d.n+d.n%2)); err != nil {
		return err
	}
	if err := w.value(d, e.VR, v); err != nil {
		return fmt.Errorf("DICOM: writing %v: %w", e.Tag, err)
	}
	return nil
}

func (w *writer) head(t Tag, v VR, n uint32) error {
	b := w.tag(w.scratch[:0], t)
	switch {
	case !w.explicit || t.Group() == 0xFFFE:
		b = w.order.AppendUint32(b, n)
	case v.long():
		b = append(b, byte(v>>8), byte(v), 0, 0)
		b = w.order.AppendUint32(b, n)
	default:
		b = append(b, byte(v>>8), byte(v))
		b = w.order.AppendUint16(b, uint16(n))
	}
	w.scratch = b[:0]
	_, err := w.w.Write(b)
	return err
}

func (w *writer) tag(b []byte, t Tag) []byte {
	return w.order.AppendUint16(w.order.AppendUint16(b, t.Group()), t.Number())
}

// value writes bytes, swapped for big endian and padded to an even number.
func (w *writer) value(d Data, v, as VR) error {
	swap := w.big && v.width() > 1 && as != UN
	var err error
	switch {
	case d.from == nil && !swap:
		_, err = w.w.Write(d.held)
	case swap:
		_, err = io.Copy(w.w, &swapper{r: d.Open(), width: v.width()})
	default:
		_, err = io.Copy(w.w, d.Open())
	}
	if err == nil && d.n%2 == 1 {
		_, err = w.w.Write([]byte{v.pad()})
	}
	return err
}

func (w *writer) sequence(e *Element) error {
	if len(e.Items) == 0 {
		return w.head(e.Tag, SQ, 0)
	}
	if err := w.head(e.Tag, SQ, undefined); err != nil {
		return err
	}
	for _, it := range e.Items {
		if err := w.head(item, 0, undefined); err != nil {
			return err
		}
		if err := w.dataset(it); err != nil {
			return err
		}
		if err := w.head(itemEnd, 0, 0); err != nil {
			return err
		}
	}
	return w.head(sequenceEnd, 0, 0)
}

// fragments writes encapsulated pixel data, which is always OB.
func (w *writer) fragments(e *Element) error {
	if err := w.head(e.Tag, OB, undefined); err != nil {
		return err
	}
	for _, f := range e.Fragments {
		if f.n > maxItemBytes-1 {
			return fmt.Errorf("DICOM: %w: a fragment of %d bytes", ErrTooLarge, f.n)
		}
		if err := w.head(item, 0, uint32(f.n+f.n%2)); err != nil {
			return err
		}
		if err := w.value(f, OB, OB); err != nil {
			return err
		}
	}
	return w.head(sequenceEnd, 0, 0)
}
