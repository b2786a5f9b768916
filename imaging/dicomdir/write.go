package dicomdir

import (
	"bytes"
	"fmt"
	"io"

	"consilium/imaging/dicom"
)

// placed is a record on its way into a file.
type placed struct {
	*Record
	next *Record // on the same level
	item *dicom.Dataset
}

// Write writes the directory as a file. Offsets are made anew.
func (d *Directory) Write(w io.Writer) error {
	root := &dicom.Dataset{}
	root.SetString(fileSetID, d.ID)
	root.SetInt(firstRoot, 0)
	root.SetInt(lastRoot, 0)
	root.SetInt(consistency, 0)
	f := dicom.NewFile(root, dicom.ExplicitVRLittleEndian)
	f.Meta.SetString(dicom.MediaStorageSOPClassUID, Class)
	f.Meta.SetString(dicom.MediaStorageSOPInstanceUID, dicom.NewUID())
	list := flatten(d.Records)
	offsets, err := offsets(f, list)
	if err != nil {
		return err
	}
	items := make([]*dicom.Dataset, len(list))
	for i, p := range list {
		p.item.SetInt(nextRecord, offsets[p.next])
		if len(p.Children) > 0 {
			p.item.SetInt(lowerRecord, offsets[p.Children[0]])
		}
		items[i] = p.item
	}
	if n := len(d.Records); n > 0 {
		root.SetInt(firstRoot, offsets[d.Records[0]])
		root.SetInt(lastRoot, offsets[d.Records[n-1]])
	}
	root.SetItems(records, items...)
	return f.Write(w)
}

// flatten lists the records, each before those below it, with items whose links have their size and no value yet.
func flatten(rs []*Record) (list []placed) {
	for i, r := range rs {
		p := placed{Record: r, item: r.Keys.Clone()}
		if i+1 < len(rs) {
			p.next = rs[i+1]
		}
		p.item.SetInt(nextRecord, 0)
		p.item.SetInt(inUse, 0xFFFF)
		p.item.SetInt(lowerRecord, 0)
		p.item.SetString(recordType, r.Type)
		list = append(append(list, p), flatten(r.Children)...)
	}
	return list
}

// offsets says where each record will stand in the file, which begins with f as it is.
func offsets(f *dicom.File, list []placed) (map[*Record]int, error) {
	const sequenceHead, itemHead, itemTail = 12, 8, 8
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	at := map[*Record]int{}
	pos := b.Len() + sequenceHead
	for _, p := range list {
		at[p.Record] = pos
		b.Reset()
		if err := p.item.Write(&b, dicom.ExplicitVRLittleEndian); err != nil {
			return nil, err
		}
		pos += itemHead + b.Len() + itemTail
	}
	if int64(pos) > 0xFFFFFFFF {
		return nil, fmt.Errorf("DICOMDIR: %w: %d records", dicom.ErrTooLarge, len(list))
	}
	return at, nil
}
