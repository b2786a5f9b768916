package derived

import (
	"cmp"
	"fmt"
	"io"

	"consilium/imaging/dicom"
	"consilium/lab/scan"
	"consilium/lab/space"
	"consilium/lab/volume"
)

const segmentationClass = "1.2.840.10008.5.1.4.1.1.66.4"

// Segment is one segment of a segmentation.
type Segment struct {
	Label     string
	Algorithm string // MANUAL, SEMIAUTOMATIC or AUTOMATIC (C.8.20.2)
	Program   string // that found it, where it was not by hand; empty: this lab
	Mask      *volume.Mask
	Number    int // of a segmentation that was read; written ones are numbered from 1 on
}

// WriteSegmentation writes a binary segmentation on the grid of the scan, one frame for each slice that a segment has a voxel in.
func WriteSegmentation(w io.Writer, o *scan.Origin, segments []Segment, m Made) error {
	d, err := newObject(o, segmentationClass, "SEG", m)
	if err != nil {
		return err
	}
	if len(segments) == 0 || len(segments) > 65535 {
		return fmt.Errorf("%w: %d segments", ErrObject, len(segments))
	}
	g := segments[0].Mask.Grid
	d.SetString(tag("ImageType"), "DERIVED", "PRIMARY")
	d.SetString(tag("SegmentationType"), "BINARY")
	d.SetString(tag("LossyImageCompression"), "00")
	d.SetString(tag("ContentLabel"), "SEGMENTATION")
	d.SetString(tag("ContentDescription"), m.Title)
	d.SetString(tag("ContentCreatorName"), "")
	organize(d)
	d.SetItems(tag("SharedFunctionalGroupsSequence"), shared(g))
	var described, frames []*dicom.Dataset
	var bits packer
	for n, s := range segments {
		if !s.Mask.Same(g) {
			return fmt.Errorf("%w: segment %q lies on another grid", volume.ErrGeometry, s.Label)
		}
		described = append(described, describe(n+1, s))
		for k := range g.Size[2] {
			if bits.addSlice(s.Mask, k) {
				frames = append(frames, frame(g, n+1, k))
			}
		}
	}
	if len(frames) == 0 {
		return fmt.Errorf("%w: no segment has a voxel", ErrObject)
	}
	d.SetItems(tag("SegmentSequence"), described...)
	d.SetItems(tag("PerFrameFunctionalGroupsSequence"), frames...)
	d.SetPixelFormat(dicom.PixelFormat{Rows: g.Size[1], Columns: g.Size[0], Samples: 1, Photometric: "MONOCHROME2", Allocated: 1, Stored: 1, Frames: len(frames)})
	d.SetInt(tag("NumberOfFrames"), len(frames))
	if len(bits.bytes)%2 == 1 {
		bits.bytes = append(bits.bytes, 0)
	}
	d.SetBytes(dicom.PixelData, dicom.OB, bits.bytes)
	return dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Write(w)
}

// organize says that frames are ordered by segment and place (C.7.6.17).
func organize(d *dicom.Dataset) {
	uid := dicom.NewUID()
	organization := &dicom.Dataset{}
	organization.SetString(tag("DimensionOrganizationUID"), uid)
	d.SetItems(tag("DimensionOrganizationSequence"), organization)
	var indexes []*dicom.Dataset
	for _, pair := range [][2]string{{"ReferencedSegmentNumber", "SegmentIdentificationSequence"}, {"ImagePositionPatient", "PlanePositionSequence"}} {
		i := &dicom.Dataset{}
		i.SetString(tag("DimensionOrganizationUID"), uid)
		i.Set(pointer(tag("DimensionIndexPointer"), tag(pair[0])))
		i.Set(pointer(tag("FunctionalGroupPointer"), tag(pair[1])))
		indexes = append(indexes, i)
	}
	d.SetItems(tag("DimensionIndexSequence"), indexes...)
}

// pointer is an element whose value is a tag: two 16-bit numbers.
func pointer(at, to dicom.Tag) dicom.Element {
	g, n := to.Group(), to.Number()
	return dicom.Element{Tag: at, VR: dicom.AT, Value: []byte{byte(g), byte(g >> 8), byte(n), byte(n >> 8)}}
}

func shared(g volume.Grid) *dicom.Dataset {
	orientation, measures, out := &dicom.Dataset{}, &dicom.Dataset{}, &dicom.Dataset{}
	row, column := g.Direction.Column(0), g.Direction.Column(1)
	orientation.SetFloat(tag("ImageOrientationPatient"), row[0], row[1], row[2], column[0], column[1], column[2])
	measures.SetFloat(tag("PixelSpacing"), g.Spacing[1], g.Spacing[0])
	measures.SetFloat(tag("SliceThickness"), g.Spacing[2])
	measures.SetFloat(tag("SpacingBetweenSlices"), g.Spacing[2])
	out.SetItems(tag("PlaneOrientationSequence"), orientation)
	out.SetItems(tag("PixelMeasuresSequence"), measures)
	return out
}

func describe(number int, s Segment) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetInt(tag("SegmentNumber"), number)
	d.SetString(tag("SegmentLabel"), s.Label)
	d.SetString(tag("SegmentAlgorithmType"), s.Algorithm)
	if s.Algorithm != "MANUAL" {
		d.SetString(tag("SegmentAlgorithmName"), cmp.Or(s.Program, "Consilium lab"))
	}
	d.SetItems(tag("SegmentedPropertyCategoryCodeSequence"), code("123037004", "SCT", "Anatomical Structure"))
	d.SetItems(tag("SegmentedPropertyTypeCodeSequence"), code("272673000", "SCT", "Bone"))
	return d
}

func frame(g volume.Grid, segment, k int) *dicom.Dataset {
	content, position, identification, out := &dicom.Dataset{}, &dicom.Dataset{}, &dicom.Dataset{}, &dicom.Dataset{}
	content.SetInt(tag("DimensionIndexValues"), segment, k+1)
	p := g.Point(space.Vec{0, 0, float64(k)})
	position.SetFloat(tag("ImagePositionPatient"), p[:]...)
	identification.SetInt(tag("ReferencedSegmentNumber"), segment)
	out.SetItems(tag("FrameContentSequence"), content)
	out.SetItems(tag("PlanePositionSequence"), position)
	out.SetItems(tag("SegmentIdentificationSequence"), identification)
	return out
}

// packer packs frames of one bit a pixel, without gaps between frames (PS3.5 8.1.1).
type packer struct {
	bytes []byte
	bits  int
}

// addSlice adds a slice of the mask unless it is empty.
func (p *packer) addSlice(m *volume.Mask, k int) bool {
	any := false
	for j := range m.Size[1] {
		for _, w := range m.Row(j, k) {
			any = any || w != 0
		}
	}
	if !any {
		return false
	}
	for j := range m.Size[1] {
		row := m.Row(j, k)
		for i := range m.Size[0] {
			if p.bits%8 == 0 {
				p.bytes = append(p.bytes, 0)
			}
			p.bytes[p.bits/8] |= byte(row[i>>6]>>(i&63)&1) << (p.bits % 8)
			p.bits++
		}
	}
	return true
}
