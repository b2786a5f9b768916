package annotation

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"consilium/imaging/deid"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
)

// source is the CT of the zoo: 128 × 128, spacing 0.661468, slope 1, intercept -1024.
func source(t *testing.T) Source { return sourceOf(t, "CT_small.dcm") }

// colored is a picture of the zoo in color: 100 × 100, without a profile of its colors.
func colored(t *testing.T) Source { return sourceOf(t, "SC_rgb_dcmtk_+eb+cy+np.dcm") }

func sourceOf(t *testing.T, name string) Source {
	t.Helper()
	f, done, err := dicom.Open("../dicom/testdata/zoo/"+name, dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { done() })
	return Source{Header: f.Dataset, Image: manifest.Describe(f.Dataset)}
}

func made() Made {
	n := 0
	uids := map[string]string{}
	return Made{Name: "Dr. 林海", Organization: "Harbor City Hospital", Time: time.Date(2026, 11, 30, 14, 5, 9, 0, time.UTC), Software: "test", UID: func(what string) string {
		if uids[what] == "" {
			n++
			uids[what] = fmt.Sprintf("2.25.9%d", n)
		}
		return uids[what]
	}}
}

// drawn is a mark of each sort, with numbers as the viewer writes them.
var drawn = KeyImage{Note: "Widest here.\nEdges smooth: 边缘光滑", Window: &manifest.Window{Center: 40, Width: 400}, Marks: []Mark{
	{Sort: Length, Points: [][2]float64{{20.5, 30.25}, {60.5, 30.25}}, Value: "26.5", Unit: "mm", Label: "26.5 mm"},
	{Sort: Angle, Points: [][2]float64{{10, 10}, {20, 20}, {30, 10}}, Value: "90.0", Unit: "deg", Label: "90.0°"},
	{Sort: Cobb, Points: [][2]float64{{10, 80}, {40, 90}, {10, 120}, {40, 110}}, Value: "36.9", Unit: "deg", Label: "36.9°"},
	{Sort: Ellipse, Points: [][2]float64{{64, 80}, {64, 60}, {50, 70}, {78, 70}}, Value: "374.8", Spread: "48.3", Area: "192", Unit: "[hnsf'U]", Label: "375 ± 48 HU"},
	{Sort: Rectangle, Points: [][2]float64{{90, 90}, {100, 90}, {90, 110}, {100, 110}}, Value: "12.0", Spread: "3.5", Area: "88", Unit: "[hnsf'U]"},
	{Sort: Arrow, Points: [][2]float64{{5, 5}, {15, 25}}},
	{Sort: Cobb, Points: [][2]float64{{1, 1}}}, // too few points: left out
}}

func objects(t *testing.T, from Source, k KeyImage) map[string]*dicom.Dataset {
	t.Helper()
	list := map[string]*dicom.Dataset{}
	for _, d := range Objects(from, k, made()) {
		list[d.String(dicom.Modality)] = d
	}
	return list
}

func file(t *testing.T, d *dicom.Dataset) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "object.dcm")
	if err := os.WriteFile(name, encoded(t, d), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// output is what a program says; one that fails or is missing fails the test.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	b, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, b)
	}
	return string(b)
}

// TestTheStandardIsKept has each object judged by dciodvfy of dicom3tools, which knows modules, types and values of each class.
func TestTheStandardIsKept(t *testing.T) {
	for state, from := range map[string]Source{"GrayscaleSoftcopyPresentationState": source(t), "ColorSoftcopyPresentationState": colored(t)} {
		list := objects(t, from, drawn)
		if len(list) != 3 {
			t.Fatalf("%d objects", len(list))
		}
		for modality, d := range list {
			b, _ := exec.CommandContext(t.Context(), "dciodvfy", "-new", file(t, d)).CombinedOutput()
			said := string(b)
			if !strings.Contains(said, map[string]string{"PR": state, "SR": "ComprehensiveSR", "KO": "KeyObjectSelectionDocument"}[modality]) {
				t.Errorf("%s: dciodvfy did not know it: %s", modality, said)
			}
			for line := range strings.Lines(said) {
				if strings.HasPrefix(line, "Error") && !strings.Contains(line, "not known") {
					t.Errorf("%s of %s: %s", modality, state, line)
				}
			}
		}
	}
}

// TestColorsAreThoseOfTheImage: a state of a color image says what its colors mean, by the image's own profile if it has one.
func TestColorsAreThoseOfTheImage(t *testing.T) {
	from := colored(t)
	state := objects(t, from, drawn)["PR"]
	raw, err := state.Find(tag("ICCProfile")).Data().Load(1 << 20)
	if err != nil || string(raw[36:40]) != "acsp" || string(raw[12:24]) != "scnrRGB XYZ " || state.String(tag("ColorSpace")) != "SRGB" {
		t.Fatalf("%v, %q, %q", err, raw[:40], state.String(tag("ColorSpace")))
	}
	if size := int(binary.BigEndian.Uint32(raw)); size != len(raw) {
		t.Errorf("the profile says that it has %d bytes, and has %d", size, len(raw))
	}
	for _, none := range []string{"RescaleSlope", "SoftcopyVOILUTSequence", "PresentationLUTShape"} {
		if state.Find(tag(none)) != nil {
			t.Errorf("a state in color has %s", none)
		}
	}
	own := []byte("a profile of a camera")
	from.Header.SetBytes(tag("ICCProfile"), dicom.OB, own)
	state = objects(t, from, drawn)["PR"]
	if got, err := state.Find(tag("ICCProfile")).Data().Load(1 << 20); err != nil || !bytes.HasPrefix(got, own) || state.Find(tag("ColorSpace")) != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestReportsReadAsWritten has dcmtk's dsrdump, which checks the relations of the class, print the reports.
func TestReportsReadAsWritten(t *testing.T) {
	list := objects(t, source(t), drawn)
	said := output(t, "dsrdump", "+Pc", "+Pl", "+U8", file(t, list["SR"]))
	for _, want := range []string{
		`CONTAINER:(126000,DCM,"Imaging Measurement Report")`, `PNAME:(121008,DCM,"Person Observer Name")="Dr. 林海"`,
		`CODE:(121058,DCM,"Procedure reported")=(77477000,SCT,"Computed tomography")`,
		`NUM:(410668003,SCT,"Length")="26.5" (mm,UCUM,"millimeter")`, `SCOORD:=(POLYLINE,20.5/30.25,60.5/30.25)`,
		`NUM:(1483009,SCT,"Angle")="90.0" (deg,UCUM,"degree")`, `NUM:(285285000,SCT,"Cobb angle")="36.9" (deg,UCUM,"degree")`,
		`NUM:(112031,DCM,"Attenuation Coefficient")="374.8" ([hnsf'U],UCUM,"Hounsfield unit")`, `NUM:(112031,DCM,"Attenuation Coefficient")="48.3"`,
		`NUM:(42798000,SCT,"Area")="192" (mm2,UCUM,"square millimeter")`, `SCOORD:(111030,DCM,"Image Region")=(ELLIPSE,50/70,78/70,64/80,64/60)`,
		`IMAGE:=(CT image,`, "边缘光滑",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("dsrdump does not say %s", want)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
	if n := strings.Count(said, `"Measurement Group"`); n != 5 {
		t.Errorf("%d groups", n)
	}
	said = output(t, "dsrdump", "+Pc", "+Pl", "+U8", file(t, list["KO"]))
	if !strings.Contains(said, `CONTAINER:(113000,DCM,"Of Interest")`) || !strings.Contains(said, "(CT image,") || !strings.Contains(said, "GSPS") {
		t.Error(said)
	}
}

// TestStatesDrawAsWritten has dcmtk render the image under the state: in the window that was chosen, with the length drawn from pixel 20 to pixel 60 of row 30.
func TestStatesDrawAsWritten(t *testing.T) {
	from := source(t)
	plain, by := drawn, made()
	plain.Note, by.Name = "Widest here.", "Dr. Lin Hai" // dcmpschk of dcmtk 3.6.7 knows no text in UTF-8
	state := file(t, Objects(from, plain, by)[0])
	picture := filepath.Join(t.TempDir(), "picture.pgm")
	output(t, "dcmp2pgm", "--pstate", state, "../dicom/testdata/zoo/CT_small.dcm", picture)
	raw, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(raw, []byte("P5")) {
		t.Fatalf("no picture: %q", raw[:min(20, len(raw))])
	}
	pixels := raw[len(raw)-128*128:]
	stored, err := from.Header.Find(dicom.PixelData).Data().Load(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{64*128 + 64, 40*128 + 70, 100*128 + 20, 5*128 + 120} {
		v := float64(int16(uint16(stored[2*at])|uint16(stored[2*at+1])<<8)) - 1024
		want := ((v-39.5)/399 + 0.5) * 255 // PS3.3 section C.11.2.1.2
		want = min(255, max(0, want))
		if got := float64(pixels[at]); got < want-2 || got > want+2 {
			t.Errorf("pixel %d is drawn %v, not %v", at, got, want)
		}
	}
	said := output(t, "dcmpschk", state)
	if strings.Contains(said, "Error") || !strings.Contains(said, "Test passed") {
		t.Error(said)
	}
}

// TestObjectsReadBack reads what was written as if it had come with the study.
func TestObjectsReadBack(t *testing.T) {
	from := source(t)
	uid := from.Header.String(dicom.SOPInstanceUID)
	study := &manifest.Study{Series: []manifest.Series{{Instances: []manifest.Instance{{UID: uid, Image: from.Image}}}}}
	read := func(d *dicom.Dataset) *Given {
		t.Helper()
		g, err := Read(dicom.NewFile(d, dicom.ExplicitVRLittleEndian), study)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range g.Drawings {
			if one.Instance != uid || one.Frame != 0 {
				t.Errorf("it is drawn on %+v", one)
			}
		}
		return g
	}
	list := objects(t, from, drawn)
	state := read(list["PR"])
	if state.Sort != "state" || len(state.Drawings) != 1 || *state.Drawings[0].Window != (manifest.Window{Center: 40, Width: 400}) {
		t.Fatalf("%+v", state)
	}
	lines := state.Drawings[0].Lines
	if len(lines) != 7 || !slices.Equal(lines[0].Points, []float64{20.5, 30.25, 60.5, 30.25}) || !lines[4].Closed || len(lines[4].Points) != 2*around {
		t.Errorf("%+v", lines)
	}
	report := read(list["SR"])
	if len(report.Drawings) != 5 || !slices.Equal(report.Drawings[0].Says, []string{"Length: 26.5 mm"}) || len(report.Drawings[2].Lines) != 2 ||
		!slices.Equal(report.Drawings[3].Says, []string{"Area: 192 mm²", "Attenuation Coefficient, Mean: 374.8 HU", "Attenuation Coefficient, Standard Deviation: 48.3 HU"}) {
		t.Errorf("%+v", report.Drawings)
	}
	selection := read(list["KO"])
	if len(selection.Drawings) != 1 || !strings.Contains(selection.Drawings[0].Says[0], "Widest") {
		t.Errorf("%+v", selection.Drawings)
	}
	list["PR"].Items(tag("ReferencedSeriesSequence"))[0].Items(tag("ReferencedImageSequence"))[0].SetString(tag("ReferencedSOPInstanceUID"), "1.2.3")
	if g, err := Read(dicom.NewFile(list["PR"], dicom.ExplicitVRLittleEndian), study); err == nil {
		t.Errorf("it draws on an image of another study: %+v", g)
	}
}

// TestWhatIsNotMeasuredIsNotReported: an arrow makes no report, and values that are no decimals neither.
func TestWhatIsNotMeasuredIsNotReported(t *testing.T) {
	from := source(t)
	list := objects(t, from, KeyImage{Marks: []Mark{{Sort: Arrow, Points: [][2]float64{{1, 2}, {3, 4}}}, {Sort: Length, Points: [][2]float64{{1, 2}, {3, 4}}, Value: "about 5"}}})
	if list["SR"] != nil || list["PR"] == nil || list["KO"] == nil {
		t.Errorf("%v", list)
	}
	if !Own(list["KO"]) || Own(from.Header) {
		t.Error("it does not know its own")
	}
}

// TestKeywords proves that every keyword in this package's files is one of the standard's: tag returns nothing for others.
func TestKeywords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`tag\("(\w+)"|"(\w+(?:Sequence|Patient|UID|Date|Time|Number|Name|ID))"`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
			if word := m[1] + m[2]; tag(word) == 0 {
				t.Errorf("%s: %q is no keyword of DICOM", f, word)
			}
		}
	}
}

func encoded(t testing.TB, d *dicom.Dataset) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readBytes(raw []byte) (*dicom.File, error) {
	return dicom.Read(bytes.NewReader(raw), int64(len(raw)), dicom.Options{Memory: 16 << 20})
}

// TestObjectsLeaveWithoutNames de-identifies the objects as for a case: name and note are gone, lines, values and codes stay, and they still belong to the image.
func TestObjectsLeaveWithoutNames(t *testing.T) {
	from := source(t)
	from.Header.SetString(dicom.PatientName, "MUELLER^HANS")
	profile := deid.Profile{Key: []byte("sixteen bytes of key"), Dates: deid.DatesKept, CleanDescriptors: true, PatientCharacteristics: true}
	study := &manifest.Study{Series: []manifest.Series{{Instances: []manifest.Instance{{UID: profile.UID(from.Header.String(dicom.SOPInstanceUID)), Image: from.Image}}}}}
	telling := drawn
	telling.Note = "Dr Zhivago saw Mueller"
	for modality, d := range objects(t, from, telling) {
		out, _, err := profile.Apply(dicom.NewFile(d, dicom.ExplicitVRLittleEndian))
		if err != nil {
			t.Fatal(modality, err)
		}
		text := strings.ToLower(string(encoded(t, out.Dataset)))
		for _, name := range []string{"mueller", "zhivago", "\u6797\u6d77", "harbor"} {
			if strings.Contains(text, name) {
				t.Errorf("%s still says %s", modality, name)
			}
		}
		g, err := Read(out, study)
		if err != nil {
			t.Errorf("%s: %v", modality, err)
			continue
		}
		if modality == "SR" && (len(g.Drawings) != 5 || g.Drawings[0].Says[0] != "Length: 26.5 mm") || modality == "PR" && len(g.Drawings[0].Lines) != 7 {
			t.Errorf("%s came out as %+v", modality, g.Drawings)
		}
	}
}
