package desk

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"consilium/imaging/deid"
	"consilium/imaging/dicom"
	"consilium/ledger"
)

// errMember: a file of an archive is no image that can be read.
var errMember = errors.New("not an image that can be read")

// mostImage bounds one image of an archive: it is held in memory.
const mostImage = 256 << 20

// series attaches a ZIP file of de-identified copies in place of one of images. Every member must be an image: nothing is left out but a DICOMDIR, which names
// patients and tells nothing that the images do not.
func (p *preparation) series(ctx context.Context, b ledger.BlobRef, z *zip.Reader) (ledger.BlobRef, error) {
	b = p.asImages(b)
	images, done := 0, true
	for _, m := range z.File {
		f, err := member(m)
		if err != nil {
			return b, fileFault("packed", within(b, m))
		}
		if f != nil {
			images++
			done = done && deid.Done(f.Dataset)
			p.header.read(f.Dataset, deid.Done(f.Dataset))
		}
	}
	if images == 0 {
		return b, fileFault("packed", b)
	}
	if ours, err := p.attached(ctx, b); err != nil || done && ours {
		return b, err
	}
	made, err := p.put(ctx, b, func(w io.Writer) error { return p.repack(w, b, z) })
	made.Label, made.Type = fmt.Sprintf("DICOM %d.zip", p.images), typeZip
	return made, err
}

// repack writes the copies under numbers: the names of files are often the patient's.
func (p *preparation) repack(w io.Writer, b ledger.BlobRef, z *zip.Reader) error {
	out, n := zip.NewWriter(w), 0
	for _, m := range z.File {
		f, err := member(m)
		if err != nil {
			return fileFault("packed", within(b, m))
		}
		if f == nil {
			continue
		}
		if err := p.meet(within(b, m), f); err != nil {
			return err
		}
		if f, err = p.deidentify(within(b, m), f); err != nil {
			return err
		}
		n++
		to, err := out.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%05d.dcm", n), Method: zip.Deflate}) // without a time: the same images make the same file
		if err == nil {
			err = f.Write(to)
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// member reads an image of an archive. It is nil for a folder and for a DICOMDIR.
func member(m *zip.File) (*dicom.File, error) {
	if m.FileInfo().IsDir() {
		return nil, nil
	}
	r, err := m.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, mostImage+1))
	if err != nil || len(raw) > mostImage {
		return nil, errors.Join(errMember, err)
	}
	c := look(bytes.NewReader(raw), int64(len(raw)), deepest)
	switch {
	case c.image == nil && c.broken == nil:
		return nil, fmt.Errorf("%w: %w", errMember, errForeign)
	case c.image == nil || c.broken != nil:
		return nil, errors.Join(errMember, c.broken)
	case isDirectory(c.image):
		return nil, nil
	}
	return c.image, nil
}

// isDirectory tells a DICOMDIR (PS3.3 annex F) by its class or its records: it lists patients.
func isDirectory(f *dicom.File) bool {
	const class, records = "1.2.840.10008.1.3.10", dicom.Tag(0x00041220)
	return f.Meta.String(dicom.MediaStorageSOPClassUID) == class || f.Dataset.Has(records)
}

// within names a file of an archive, to who sent it.
func within(b ledger.BlobRef, m *zip.File) ledger.BlobRef {
	b.Label += " > " + m.Name
	return b
}
