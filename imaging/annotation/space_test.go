package annotation

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"consilium/imaging/dicom"
)

// sagittal is a plane 20 mm to the left, with its right toward the back and its lower side toward the feet: column c and row r are the place (20, -100+c-0.5, 50-r+0.5).
func sagittal(mip bool) KeyImage {
	k := drawn
	k.Plane = &Plane{Position: []float64{20, -100, 50}, Orientation: []float64{0, 1, 0, 0, 0, -1}, MIP: mip}
	return k
}

// TestPlanesAreReportedInThePatient has dciodvfy judge the objects of a plane, and dcmtk's dsrdump print them: places are the patient's, in the frame of reference of the images.
func TestPlanesAreReportedInThePatient(t *testing.T) {
	from := source(t)
	list := objects(t, from, sagittal(true))
	if len(list) != 2 || list["PR"] != nil {
		t.Fatalf("%v", list)
	}
	for modality, class := range map[string]string{"SR": "Comprehensive3DSR", "KO": "KeyObjectSelectionDocument"} {
		b, _ := exec.CommandContext(t.Context(), "dciodvfy", "-new", file(t, list[modality])).CombinedOutput()
		if !strings.Contains(string(b), class) {
			t.Errorf("dciodvfy did not know it: %s", b)
		}
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, "Error") && !strings.Contains(line, "not known") {
				t.Errorf("%s: %s", modality, line)
			}
		}
	}
	said := output(t, "dsrdump", "+Pc", "+Pl", "+U8", file(t, list["SR"]))
	for _, want := range []string{
		`NUM:(410668003,SCT,"Length")="26.5" (mm,UCUM,"millimeter")`, `SCOORD3D:=(POLYLINE,,20/-80/20.25,20/-40/20.25)`,
		`SCOORD3D:(111030,DCM,"Image Region")=(ELLIPSE,,20/-50.5/-19.5,20/-22.5/-19.5,20/-36.5/-29.5,20/-36.5/-9.5)`,
		`SCOORD3D:(111030,DCM,"Image Region")=(POLYGON,,`, `SCOORD3D:=(POINT,,20/-100/50)`, `SCOORD3D:=(POINT,,20/-95.5/45.5)`, "maximum intensity projection", "边缘光滑",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("dsrdump does not say %s", want)
		}
	}
	if n := strings.Count(output(t, "dcmdump", "+P", "3006,0024", file(t, list["SR"])), "["+from.Header.String(tag("FrameOfReferenceUID"))+"]"); n != 7 {
		t.Errorf("%d of 7 places name the frame of reference", n)
	}
	if t.Failed() {
		t.Log(said)
	}
	if said = output(t, "dsrdump", "+Pc", "+Pl", "+U8", file(t, list["KO"])); !strings.Contains(said, "COMPOSITE:=(") || strings.Contains(said, "(CT image,") {
		t.Error(said)
	}
}

// TestAPlaneWithANoteIsReported: there is no state that would say it.
func TestAPlaneWithANoteIsReported(t *testing.T) {
	k := sagittal(false)
	k.Marks = nil
	report := objects(t, source(t), k)["SR"]
	if report == nil {
		t.Fatal("no report")
	}
	var all strings.Builder
	if err := dicom.NewFile(report, dicom.ExplicitVRLittleEndian).Dump(&all); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(all.String(), "Widest here") || strings.Contains(all.String(), "projection") {
		t.Error(all.String())
	}
	k.Plane = &Plane{Position: []float64{1}, Orientation: []float64{0, 0, 0, 0, 0, 0}}
	if list := Objects(source(t), k, made()); len(list) != 0 {
		t.Errorf("a plane that is nowhere came to %s", fmt.Sprint(list))
	}
}
