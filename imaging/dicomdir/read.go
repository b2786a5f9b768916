package dicomdir

import (
	"fmt"
	"io"
	"path"
	"strings"

	"consilium/imaging/dicom"
)

// Class is the SOP class of a directory, which is how one is told from other files.
const Class = "1.2.840.10008.1.3.10"

// Tags of the directory information module.
const (
	fileSetID      dicom.Tag = 0x00041130
	firstRoot      dicom.Tag = 0x00041200
	lastRoot       dicom.Tag = 0x00041202
	consistency    dicom.Tag = 0x00041212
	records        dicom.Tag = 0x00041220
	nextRecord     dicom.Tag = 0x00041400
	inUse          dicom.Tag = 0x00041410
	lowerRecord    dicom.Tag = 0x00041420
	recordType     dicom.Tag = 0x00041430
	fileID         dicom.Tag = 0x00041500
	classInFile    dicom.Tag = 0x00041510
	instanceInFile dicom.Tag = 0x00041511
	syntaxInFile   dicom.Tag = 0x00041512
)

// Record is one entry of a directory with those below it.
type Record struct {
	Type     string         // PATIENT, STUDY, SERIES, IMAGE, …
	Keys     *dicom.Dataset // what the record says about itself
	File     string         // path below the directory's folder, with slashes; "" where it refers to no file
	Children []*Record
}

// Directory is what a DICOMDIR says.
type Directory struct {
	ID       string // of the file set
	Records  []*Record
	Warnings []string
}

// Read reads a directory. The error is dicom's, or dicom.ErrMalformed where the file is none.
func Read(src io.ReaderAt, size int64) (*Directory, error) {
	f, err := dicom.Read(src, size, dicom.Options{})
	if err != nil {
		return nil, err
	}
	e := f.Dataset.Find(records)
	if e == nil {
		return nil, fmt.Errorf("DICOMDIR: %w: it has no directory records", dicom.ErrMalformed)
	}
	d := &Directory{ID: f.Dataset.String(fileSetID)}
	first, _ := f.Dataset.Int(firstRoot)
	if d.follow(e.Items, int64(first)) {
		return d, nil
	}
	if d.follow(e.Items, heads(e.Items)...) {
		d.Warnings = append(d.Warnings, "the offset of the first record is wrong, and the records that no other refers to were taken")
		return d, nil
	}
	d.inOrder(e.Items)
	d.Warnings = append(d.Warnings, "the records' offsets are wrong, and their order was followed instead")
	return d, nil
}

// follow reads the records along their offsets, from those given; false where that breaks off or does not reach all.
func (d *Directory) follow(items []*dicom.Dataset, from ...int64) bool {
	l := &linker{dir: d, at: map[int64]*dicom.Dataset{}, seen: map[*dicom.Dataset]bool{}}
	for _, it := range items {
		l.at[it.Offset()] = it
	}
	d.Records, d.Warnings = nil, nil
	for _, offset := range from {
		d.Records = append(d.Records, l.chain(offset, 0)...)
	}
	return !l.broken && len(l.seen) >= active(items)
}

// heads are the offsets of records that no other record refers to.
func heads(items []*dicom.Dataset) (list []int64) {
	referred := map[int64]bool{}
	for _, it := range items {
		for _, t := range []dicom.Tag{nextRecord, lowerRecord} {
			n, _ := it.Int(t)
			referred[int64(n)] = true
		}
	}
	for _, it := range items {
		if !referred[it.Offset()] {
			list = append(list, it.Offset())
		}
	}
	return list
}

// active counts the records that are in use: others were deleted and are left to be skipped.
func active(items []*dicom.Dataset) (n int) {
	for _, it := range items {
		if used(it) {
			n++
		}
	}
	return n
}

func used(it *dicom.Dataset) bool {
	n, ok := it.Int(inUse)
	return !ok || n != 0
}

// linker follows offsets. Each record is followed once, so that a circle ends.
type linker struct {
	dir    *Directory
	at     map[int64]*dicom.Dataset
	seen   map[*dicom.Dataset]bool
	broken bool
}

// maxDepth is above what the standard's records need: patient, study, series, instance.
const maxDepth = 16

func (l *linker) chain(offset int64, depth int) (list []*Record) {
	for offset != 0 {
		it := l.at[offset]
		if it == nil || l.seen[it] || depth > maxDepth {
			l.broken = true
			return list
		}
		l.seen[it] = true
		next, _ := it.Int(nextRecord)
		lower, _ := it.Int(lowerRecord)
		below := l.chain(int64(lower), depth+1)
		if used(it) {
			r := l.dir.record(it)
			r.Children = below
			list = append(list, r)
		}
		offset = int64(next)
	}
	return list
}

// record reads one record without its links.
func (d *Directory) record(it *dicom.Dataset) *Record {
	r := &Record{Type: strings.ToUpper(it.String(recordType)), Keys: it}
	if id := it.Strings(fileID); len(id) > 0 {
		p, ok := filePath(id)
		if !ok {
			d.Warnings = append(d.Warnings, "a file ID leads out of the medium and was left out")
		}
		r.File = p
	}
	return r
}

// filePath makes a path of a file ID's components, which may not lead elsewhere.
func filePath(id []string) (string, bool) {
	for _, c := range id {
		if c == "" || c == "." || c == ".." || strings.ContainsAny(c, "/\\:\x00") {
			return "", false
		}
	}
	return path.Join(id...), true
}

// level is how deep a record stands by its type, where offsets do not say it.
func level(kind string) int {
	switch kind {
	case "PATIENT", "HANGING PROTOCOL", "PALETTE", "IMPLANT", "IMPLANT GROUP", "IMPLANT ASSY", "PRIVATE":
		return 0
	case "STUDY":
		return 1
	case "SERIES":
		return 2
	}
	return 3
}

// inOrder makes the tree of the order of the records: each is below the nearest one before it that stands higher.
func (d *Directory) inOrder(items []*dicom.Dataset) {
	d.Records, d.Warnings = nil, nil
	var open [4]*Record
	for _, it := range items {
		if !used(it) {
			continue
		}
		r := d.record(it)
		n := level(r.Type)
		up := n - 1
		for up >= 0 && open[up] == nil {
			up--
		}
		if up < 0 {
			d.Records = append(d.Records, r)
		} else {
			open[up].Children = append(open[up].Children, r)
		}
		open[n] = r
		for i := n + 1; i < len(open); i++ {
			open[i] = nil
		}
	}
}

// Instance is a file that a directory lists, with the records above it.
type Instance struct {
	*Record
	Above []*Record // patient, study, series
}

// Instances are all files of the directory in its order.
func (d *Directory) Instances() (list []Instance) {
	var walk func(rs, above []*Record)
	walk = func(rs, above []*Record) {
		for _, r := range rs {
			if r.File != "" {
				list = append(list, Instance{r, above})
			}
			walk(r.Children, append(above[:len(above):len(above)], r))
		}
	}
	walk(d.Records, nil)
	return list
}
