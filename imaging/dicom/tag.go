package dicom

import (
	"fmt"
	"strconv"
	"strings"
)

// Tag names an element: the group in the high 16 bits, the element number in the low.
type Tag uint32

// Group is the first of the tag's two numbers.
func (t Tag) Group() uint16 { return uint16(t >> 16) }

// Number is the second of the tag's two numbers.
func (t Tag) Number() uint16 { return uint16(t) }

// Private says whether the tag belongs to a manufacturer (odd group).
func (t Tag) Private() bool { return t>>16&1 == 1 }

// creator is the tag that names the owner of a private element's block, 0 where there is none.
func (t Tag) creator() Tag {
	if !t.Private() || t.Number() < 0x1000 {
		return 0
	}
	return t&0xFFFF0000 | t>>8&0xFF
}

// creates says whether the element names the owner of a private block.
func (t Tag) creates() bool { return t.Private() && t.Number() >= 0x10 && t.Number() <= 0xFF }

func (t Tag) String() string { return fmt.Sprintf("(%04X,%04X)", t.Group(), t.Number()) }

// Hex is the tag as eight hexadecimal digits, as DICOM JSON and DICOMweb write it.
func (t Tag) Hex() string { return fmt.Sprintf("%08X", uint32(t)) }

// Keyword is the tag's name in PS3.6 without spaces, "" for private and unknown tags.
func (t Tag) Keyword() string {
	e, _ := Lookup(t)
	return e.Keyword
}

// ParseTag reads a keyword, eight hexadecimal digits, or gggg,eeee with or without parentheses.
func ParseTag(s string) (Tag, bool) {
	if t, ok := ByKeyword(s); ok {
		return t, true
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	if len(s) == 9 && s[4] == ',' {
		s = s[:4] + s[5:]
	}
	if len(s) != 8 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 32)
	return Tag(n), err == nil
}

const (
	item         Tag = 0xFFFEE000
	itemEnd      Tag = 0xFFFEE00D
	sequenceEnd  Tag = 0xFFFEE0DD
	undefined        = 0xFFFFFFFF // length of what ends with a delimiter
	maxItemBytes     = 0xFFFFFFFE
)

// Tags that this program reads or writes by name. All others are found by Lookup and ByKeyword.
const (
	FileMetaInformationGroupLength Tag = 0x00020000
	FileMetaInformationVersion     Tag = 0x00020001
	MediaStorageSOPClassUID        Tag = 0x00020002
	MediaStorageSOPInstanceUID     Tag = 0x00020003
	TransferSyntaxUID              Tag = 0x00020010
	ImplementationClassUID         Tag = 0x00020012
	ImplementationVersionName      Tag = 0x00020013
	SpecificCharacterSet           Tag = 0x00080005
	ImageType                      Tag = 0x00080008
	SOPClassUID                    Tag = 0x00080016
	SOPInstanceUID                 Tag = 0x00080018
	StudyDate                      Tag = 0x00080020
	SeriesDate                     Tag = 0x00080021
	StudyTime                      Tag = 0x00080030
	AccessionNumber                Tag = 0x00080050
	Modality                       Tag = 0x00080060
	StudyDescription               Tag = 0x00081030
	SeriesDescription              Tag = 0x0008103E
	PatientName                    Tag = 0x00100010
	PatientID                      Tag = 0x00100020
	PatientBirthDate               Tag = 0x00100030
	PatientSex                     Tag = 0x00100040
	BodyPartExamined               Tag = 0x00180015
	StudyInstanceUID               Tag = 0x0020000D
	SeriesInstanceUID              Tag = 0x0020000E
	StudyID                        Tag = 0x00200010
	SeriesNumber                   Tag = 0x00200011
	InstanceNumber                 Tag = 0x00200013
	SamplesPerPixel                Tag = 0x00280002
	PhotometricInterpretation      Tag = 0x00280004
	PlanarConfiguration            Tag = 0x00280006
	NumberOfFrames                 Tag = 0x00280008
	Rows                           Tag = 0x00280010
	Columns                        Tag = 0x00280011
	BitsAllocated                  Tag = 0x00280100
	BitsStored                     Tag = 0x00280101
	HighBit                        Tag = 0x00280102
	PixelRepresentation            Tag = 0x00280103
	ExtendedOffsetTable            Tag = 0x7FE00001
	ExtendedOffsetTableLengths     Tag = 0x7FE00002
	FloatPixelData                 Tag = 0x7FE00008
	DoubleFloatPixelData           Tag = 0x7FE00009
	PixelData                      Tag = 0x7FE00010
)
