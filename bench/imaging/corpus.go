package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"consilium/imaging/dicom"
)

// cranium is a CT of a real head in Debian's package invesalius-examples (GPL-2): 108 slices of 256 x 256, 16 bits, Hounsfield units.
const (
	cranium   = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"
	headSide  = 256
	headDepth = 108
)

// study is one of a corpus, as the clients of the measurements know it.
type study struct {
	dir, patient, name, date, study, series string
	instances                               []string // SOP instance UIDs; the file of number i is dir/i.dcm
}

func (s study) file(i int) string { return filepath.Join(s.dir, fmt.Sprintf("%03d.dcm", i)) }

// corpus makes studies of so many slices of the head, matrix pixels wide: 512 doubles a slice, 16 cuts a corner out of it.
type corpus struct {
	dir    string
	name   string // two corpora of two names have no UID in common
	head   []int16
	matrix int
}

var (
	families = strings.Fields("MARTIN BERNARD THOMAS PETIT ROBERT RICHARD DURAND DUBOIS MOREAU LAURENT SIMON MICHEL LEFEBVRE LEROY ROUX DAVID BERTRAND MOREL FOURNIER GIRARD")
	givens   = strings.Fields("ANNE JEAN MARIE PAUL CLAIRE LUC SOPHIE MARC JULIE PIERRE")
)

// readHead reads the volume.
func readHead() ([]int16, error) {
	f, err := os.Open(cranium)
	if err != nil {
		return nil, fmt.Errorf("the benchmark needs Debian's invesalius-examples: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err != nil {
			return nil, errors.Join(errors.New("the example holds no volume"), err)
		}
		if filepath.Base(h.Name) == "matrix.dat" {
			head := make([]int16, headSide*headSide*headDepth)
			return head, binary.Read(t, binary.LittleEndian, head)
		}
	}
}

func (c corpus) uid(parts ...any) string {
	sum := sha256.Sum256([]byte(c.name + "/" + fmt.Sprintln(parts...)))
	return dicom.UIDOf([16]byte(sum[:16]))
}

// make writes the studies and returns what they are.
func (c corpus) make(studies, instances int) ([]study, error) {
	var all []study
	for s := range studies {
		one := study{dir: filepath.Join(c.dir, fmt.Sprintf("%05d", s)), patient: fmt.Sprintf("P%s%06d", strings.ToUpper(c.name), s),
			name:  families[s%len(families)] + "^" + givens[s/len(families)%len(givens)],
			date:  time.Date(2020, 1, 1+s*37%1800, 0, 0, 0, 0, time.UTC).Format("20060102"),
			study: c.uid("study", s), series: c.uid("series", s)}
		if err := os.MkdirAll(one.dir, 0o755); err != nil {
			return nil, err
		}
		for i := range instances {
			uid := c.uid("instance", s, i)
			one.instances = append(one.instances, uid)
			if err := c.write(one, s, i, uid); err != nil {
				return nil, err
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// write makes one slice, with the attributes that a scanner writes.
func (c corpus) write(s study, number, i int, uid string) error {
	d := &dicom.Dataset{}
	set := func(keyword string, values ...string) {
		t, ok := dicom.ByKeyword(keyword)
		if !ok {
			panic("no attribute " + keyword)
		}
		d.SetString(t, values...)
	}
	set("SpecificCharacterSet", "ISO_IR 192")
	set("ImageType", "DERIVED", "SECONDARY", "AXIAL")
	set("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2")
	set("SOPInstanceUID", uid)
	for _, k := range []string{"StudyDate", "SeriesDate", "ContentDate"} {
		set(k, s.date)
	}
	set("StudyTime", fmt.Sprintf("%02d%02d00", 8+number%10, number%60))
	set("AccessionNumber", fmt.Sprintf("A%06d", number))
	set("Modality", "CT")
	set("Manufacturer", "GENERATED")
	set("StudyDescription", "CT HEAD")
	set("SeriesDescription", "BONE")
	set("PatientName", s.name)
	set("PatientID", s.patient)
	set("PatientBirthDate", fmt.Sprintf("19%02d0101", 30+number%60))
	set("PatientSex", "MF"[number%2:number%2+1])
	set("SliceThickness", "1.5")
	set("KVP", "120")
	set("StudyInstanceUID", s.study)
	set("SeriesInstanceUID", s.series)
	set("StudyID", fmt.Sprint(number))
	set("SeriesNumber", "1")
	set("InstanceNumber", fmt.Sprint(i+1))
	set("ImagePositionPatient", "0", "0", fmt.Sprint(1.5*float64(i)))
	set("ImageOrientationPatient", "1", "0", "0", "0", "1", "0")
	set("FrameOfReferenceUID", c.uid("frame", number))
	spacing := fmt.Sprintf("%.6g", 0.957*headSide/float64(max(c.matrix, headSide)))
	set("PixelSpacing", spacing, spacing)
	set("WindowCenter", "400")
	set("WindowWidth", "1800")
	set("RescaleIntercept", "0")
	set("RescaleSlope", "1")
	set("RescaleType", "HU")
	d.SetPixelFormat(dicom.PixelFormat{Rows: c.matrix, Columns: c.matrix, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Signed: true})
	d.SetBytes(dicom.PixelData, dicom.OW, c.pixels(i))
	f, err := os.Create(s.file(i))
	if err != nil {
		return err
	}
	return errors.Join(dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Write(f), f.Close())
}

// pixels are those of one slice.
func (c corpus) pixels(i int) []byte {
	slice := c.head[(4+i)%headDepth*headSide*headSide:][:headSide*headSide]
	b := make([]byte, 0, 2*c.matrix*c.matrix)
	for y := range c.matrix {
		for x := range c.matrix {
			b = binary.LittleEndian.AppendUint16(b, uint16(c.sample(slice, x, y)))
		}
	}
	return b
}

// sample interpolates where the matrix is finer than the scan.
func (c corpus) sample(slice []int16, x, y int) int16 {
	if c.matrix < headSide {
		return slice[(120+y)*headSide+40+x]
	}
	fine := c.matrix / headSide
	at := func(x, y int) int { return int(slice[min(y, headSide-1)*headSide+min(x, headSide-1)]) }
	px, py, fx, fy := x/fine, y/fine, x%fine, y%fine
	top := at(px, py)*(fine-fx) + at(px+1, py)*fx
	bottom := at(px, py+1)*(fine-fx) + at(px+1, py+1)*fx
	return int16((top*(fine-fy) + bottom*fy) / (fine * fine))
}
