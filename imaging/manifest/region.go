package manifest

import (
	"math"

	"consilium/imaging/dicom"
)

// Attributes of the US Region Calibration module (PS3.3 section C.8.5.5).
const (
	ultrasoundRegions              dicom.Tag = 0x00186011
	regionFormat                   dicom.Tag = 0x00186012
	regionMinX, regionMinY         dicom.Tag = 0x00186018, 0x0018601A
	regionMaxX, regionMaxY         dicom.Tag = 0x0018601C, 0x0018601E
	physicalUnitsX, physicalUnitsY dicom.Tag = 0x00186024, 0x00186026
	physicalDeltaX, physicalDeltaY dicom.Tag = 0x0018602C, 0x0018602E
)

// The values of a plane of the patient, and of a scale in centimeters, of 10 mm each.
const flatRegion, centimeters, perCentimeter = 1, 3, 10

// mostRegions is more than any machine writes.
const mostRegions = 64

// regions are those of an image of ultrasound, nil where it has none.
func regions(d *dicom.Dataset) (list []Region) {
	for _, r := range d.Items(ultrasoundRegions) {
		if len(list) == mostRegions {
			break
		}
		var one Region
		for _, end := range []struct {
			tag  dicom.Tag
			into *int
		}{{regionMinX, &one.From[0]}, {regionMinY, &one.From[1]}, {regionMaxX, &one.To[0]}, {regionMaxY, &one.To[1]}} {
			*end.into, _ = r.Int(end.tag)
		}
		one.Width, one.Height = sizes(r)
		list = append(list, one)
	}
	return list
}

// sizes are a pixel's in millimeters, where the region is a plane and says so in centimeters.
func sizes(r *dicom.Dataset) (width, height float64) {
	format, _ := r.Int(regionFormat)
	across, _ := r.Int(physicalUnitsX)
	down, _ := r.Int(physicalUnitsY)
	x, _ := r.Float(physicalDeltaX)
	y, _ := r.Float(physicalDeltaY)
	if format != flatRegion || across != centimeters || down != centimeters || x == 0 || y == 0 {
		return 0, 0
	}
	return perCentimeter * math.Abs(x), perCentimeter * math.Abs(y) // an axis may run the other way
}
