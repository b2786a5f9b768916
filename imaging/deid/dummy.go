package deid

import "consilium/imaging/dicom"

// dummies are values that say nothing and are valid for their representation.
var dummies = map[dicom.VR]string{
	dicom.AE: "REMOVED", dicom.AS: "000Y", dicom.CS: "REMOVED", dicom.DA: "19000101", dicom.DS: "0", dicom.DT: "19000101000000", dicom.IS: "0",
	dicom.LO: "REMOVED", dicom.LT: "REMOVED", dicom.PN: "REMOVED", dicom.SH: "REMOVED", dicom.ST: "REMOVED", dicom.TM: "000000", dicom.UC: "REMOVED",
	dicom.UR: "urn:removed", dicom.UT: "REMOVED",
}

// dummy puts a value of the same representation that says nothing. Bytes become zeros of one number, UIDs are replaced.
func (s *subject) dummy(e *dicom.Element, path string) {
	if e.VR == dicom.UI {
		s.replace(e, path)
		return
	}
	s.report.did(path, Dummy)
	e.Bulk = nil
	if text, ok := dummies[e.VR]; ok {
		e.Value = padded(text, ' ')
		return
	}
	e.Value = make([]byte, 8)
}
