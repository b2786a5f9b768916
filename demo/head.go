package demo

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"consilium/imaging/dicom"
	"consilium/lab/volume"
)

// HeadFile is a CT of a real head in Debian's package invesalius-examples. It is under the GPL (version 2), so that it is read where it is installed and never
// comes with this program.
const HeadFile = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"

// ErrNoHead: the CT is not installed on this machine.
var ErrNoHead = errors.New("the CT of Debian's invesalius-examples is not installed")

// HeadCT is how the CT is written as a scanner sends it. The patient is invented.
type HeadCT struct {
	Patient, ID, Day, Accession string // Day as 2026-11-21
	Slices                      int    // 0: as many as there are; others are interpolated between them
	Double                      bool   // 512 columns and rows of interpolated values instead of 256
}

// Zip writes a ZIP of DICOM files.
func (h HeadCT) Zip(w io.Writer) error {
	v, err := volume.ReadInVesalius(HeadFile)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoHead
	}
	if err != nil {
		return fmt.Errorf("reading the CT of a head: %w", err)
	}
	n := h.Slices
	if n == 0 {
		n = v.Size[2]
	}
	z := zip.NewWriter(w)
	for k := range n {
		to, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("CT%04d.dcm", k+1), Method: zip.Store})
		if err == nil {
			err = h.slice(v, k, n).Write(to)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// slice is slice k of n, the lowest first.
func (h HeadCT) slice(v *volume.Volume, k, n int) *dicom.File {
	at := float64(k) * float64(v.Size[2]-1) / float64(max(1, n-1))
	side, spacing := v.Size[0], v.Spacing[0]
	values := between(v, at)
	if h.Double {
		values, side, spacing = doubled(values, side), 2*side, spacing/2
	}
	d := &dicom.Dataset{}
	set := func(keyword string, values ...string) {
		if t, ok := dicom.ByKeyword(keyword); ok {
			d.SetString(t, values...)
		}
	}
	day := strings.ReplaceAll(h.Day, "-", "")
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
	set("SpecificCharacterSet", "ISO_IR 192")
	set("ImageType", "ORIGINAL", "PRIMARY", "AXIAL")
	set("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2")
	set("SOPInstanceUID", h.uid("instance", k))
	set("StudyInstanceUID", h.uid("study"))
	set("SeriesInstanceUID", h.uid("series"))
	set("FrameOfReferenceUID", h.uid("frame"))
	set("StudyDate", day)
	set("SeriesDate", day)
	set("StudyTime", "091500")
	set("AccessionNumber", h.Accession)
	set("Modality", "CT")
	set("BodyPartExamined", "HEAD")
	set("StudyDescription", "CT HEAD")
	set("SeriesDescription", "AXIAL BONE")
	set("PatientName", h.Patient)
	set("PatientID", h.ID)
	set("SeriesNumber", "2")
	set("InstanceNumber", strconv.Itoa(k+1))
	set("SliceThickness", number(v.Spacing[2]*float64(v.Size[2]-1)/float64(max(1, n-1))))
	set("PixelSpacing", number(spacing), number(spacing))
	set("ImageOrientationPatient", "1", "0", "0", "0", "1", "0")
	set("ImagePositionPatient", number(-float64(side)*spacing/2), number(-float64(side)*spacing/2), number(at*v.Spacing[2]))
	set("WindowCenter", "500", "40")
	set("WindowWidth", "2000", "80")
	set("RescaleSlope", "1")
	set("RescaleIntercept", "0")
	set("RescaleType", "HU")
	d.SetPixelFormat(dicom.PixelFormat{Rows: side, Columns: side, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Signed: true, Frames: 1})
	pixels := make([]byte, 0, 2*len(values))
	for _, x := range values {
		pixels = binary.LittleEndian.AppendUint16(pixels, uint16(x))
	}
	d.SetBytes(dicom.PixelData, dicom.OW, pixels)
	return dicom.NewFile(d, dicom.ExplicitVRLittleEndian)
}

func (h HeadCT) uid(parts ...any) string {
	sum := sha256.Sum256([]byte(h.ID + h.Accession + h.Day + fmt.Sprintln(parts...)))
	return dicom.UIDOf([16]byte(sum[:16]))
}

// between is a slice at a place between two, in linear interpolation. The file's columns run towards the patient's right and its rows towards the face: both are
// turned around, so that they run towards left and back as a scanner's do.
func between(v *volume.Volume, at float64) []int16 {
	area := v.Size[0] * v.Size[1]
	low := int(at)
	high := min(low+1, v.Size[2]-1)
	f := at - float64(low)
	out := make([]int16, area)
	a, b := v.Int16[low*area:][:area], v.Int16[high*area:][:area]
	for i := range out {
		out[area-1-i] = int16(float64(a[i])*(1-f) + float64(b[i])*f)
	}
	return out
}

// doubled is a square slice with twice the columns and rows, in linear interpolation.
func doubled(in []int16, side int) []int16 {
	out := make([]int16, 4*side*side)
	at := func(x, y int) int { return int(in[min(y, side-1)*side+min(x, side-1)]) }
	for y := range 2 * side {
		for x := range 2 * side {
			x0, y0, x1, y1 := x/2, y/2, (x+1)/2, (y+1)/2
			out[y*2*side+x] = int16((at(x0, y0) + at(x1, y0) + at(x0, y1) + at(x1, y1)) / 4)
		}
	}
	return out
}
