package derived

import (
	"bytes"
	"fmt"
	"io"

	"consilium/imaging/dicom"
	"consilium/lab/scan"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

const encapsulatedSTLClass = "1.2.840.10008.5.1.4.1.1.104.3"

// WriteSTL writes a surface as encapsulated STL: binary STL in millimeters in the frame of reference of the scan.
func WriteSTL(w io.Writer, o *scan.Origin, m *surface.Mesh, made Made) error {
	d, err := newObject(o, encapsulatedSTLClass, "M3D", made)
	if err != nil {
		return err
	}
	var stl bytes.Buffer
	if err := m.WriteSTL(&stl, made.Title); err != nil {
		return err
	}
	set := func(keyword, value string) { d.SetString(tag(keyword), value) }
	set("BurnedInAnnotation", "NO")
	set("DocumentTitle", made.Title)
	set("MIMETypeOfEncapsulatedDocument", "model/stl")
	set("ModelModification", "NO")
	set("ModelMirroring", "NO")
	d.SetInt(tag("EncapsulatedDocumentLength"), stl.Len())
	d.SetItems(tag("ConceptNameCodeSequence")) // type 2: no coded title is claimed
	d.SetItems(tag("MeasurementUnitsCodeSequence"), code("mm", "UCUM", "mm"))
	if stl.Len()%2 == 1 {
		stl.WriteByte(0)
	}
	d.SetBytes(tag("EncapsulatedDocument"), dicom.OB, stl.Bytes())
	return dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Write(w)
}

// ReadSTL reads the surface of an encapsulated STL.
func ReadSTL(name string) (*surface.Mesh, error) {
	f, closeFile, err := dicom.Open(name, dicom.Options{})
	if err != nil {
		return nil, err
	}
	defer closeFile()
	d := f.Dataset
	e := d.Find(tag("EncapsulatedDocument"))
	if d.String(tag("SOPClassUID")) != encapsulatedSTLClass || e == nil {
		return nil, fmt.Errorf("%w: %s is no encapsulated STL", ErrObject, name)
	}
	raw, err := e.Data().Load(volume.MaxBytes)
	if err != nil {
		return nil, err
	}
	if n, ok := d.Int(tag("EncapsulatedDocumentLength")); ok && n >= 0 && n < len(raw) {
		raw = raw[:n]
	}
	return surface.Read(".stl", raw)
}
