package deid

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consilium/imaging/dicom"
)

var key = []byte("a key of this case, 32 bytes lon")

// secret is a value of a representation that must not come out again.
func secret(v dicom.VR) []byte {
	switch v {
	case dicom.AE, dicom.SH:
		return []byte("ZHANGSANFENG9471")
	case dicom.AS:
		return []byte("071Y")
	case dicom.CS:
		return []byte("ZHANGSANFENG")
	case dicom.DA:
		return []byte("19470317")
	case dicom.DT:
		return []byte("19470317112233.444")
	case dicom.TM:
		return []byte("112233")
	case dicom.UI:
		return []byte("1.2.826.0.1.19470317.9471")
	case dicom.DS, dicom.IS:
		return []byte("9471")
	case dicom.US, dicom.SS:
		return []byte("ZH")
	}
	return []byte("ZHANGSANFENG 9471 OF JINAN")
}

// secretOf is a secret that is the patient's own in the attributes that identify the patient, and another elsewhere: what an option keeps is emptied
// if it names the patient all the same, which TestKeptTextDoesNotNameThePatient tries.
func secretOf(t dicom.Tag, v dicom.VR) []byte {
	b := secret(v)
	if !slices.Contains(identifying, t) {
		b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("ZHANGSANFENG"), []byte("QILUHOSPITAL")), []byte("9471"), []byte("8213"))
		b = bytes.ReplaceAll(b, []byte("JINAN"), []byte("TAIAN"))
	}
	return b
}

// secrets are the bytes that a secret can be known by.
var secrets = [][]byte{[]byte("ZHANG"), []byte("19470317"), []byte("9471"), []byte("JINAN"), []byte("QILU"), []byte("8213"), []byte("TAIAN")}

// walk makes an object that has every attribute of the table, once at the top and once in an item of a sequence that is kept.
func walk(t *testing.T) *dicom.File {
	d, nested := &dicom.Dataset{}, &dicom.Dataset{}
	d.SetString(dicom.SpecificCharacterSet, "ISO_IR 192")
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(dicom.Modality, "CT")
	for tag := range profile() {
		if tag.Group() <= 4 || tag == 0x00420011 {
			continue // of files, directories, commands and documents, which are not objects of this package
		}
		known, ok := dicom.Lookup(tag)
		if !ok {
			t.Fatalf("%v is not in the dictionary", tag)
		}
		for _, into := range []*dicom.Dataset{d, nested} {
			if known.VR == dicom.SQ {
				it := &dicom.Dataset{}
				it.SetText(dicom.PatientName, dicom.PN, string(secret(dicom.PN)))
				it.SetText(0x0040A160, dicom.UT, string(secret(dicom.UT)))
				it.SetText(0x00081155, dicom.UI, string(secret(dicom.UI)))
				into.SetItems(tag, it)
			} else {
				into.Set(dicom.Element{Tag: tag, VR: known.VR, Value: secretOf(tag, known.VR)})
			}
		}
	}
	for _, into := range []*dicom.Dataset{d, nested} {
		into.SetText(0x00290010, dicom.LO, "SIEMENS ZHANGSANFENG")
		into.SetText(0x00291010, dicom.LO, "ZHANGSANFENG")
		into.SetText(0x60003000, dicom.LO, "ZHANGSANFENG")
		into.SetText(0x50000010, dicom.LO, "ZHANGSANFENG")
		into.SetText(0x00089999, dicom.LO, "ZHANGSANFENG") // not in the standard
		into.SetText(0x00181016, dicom.LO, "GE")           // Secondary Capture Device Manufacturer, not in the table
	}
	d.SetItems(0x00089215, nested) // Derivation Code Sequence, not in the table
	return dicom.NewFile(d, dicom.ExplicitVRLittleEndian)
}

// TestEveryAttributeOfTheTable walks Table E.1-1 for the basic profile and each option: every attribute has what its action says, at the top and
// in items, and no secret is left anywhere but in what an option keeps.
func TestEveryAttributeOfTheTable(t *testing.T) {
	if n := len(profile()); n != 617 {
		t.Fatalf("the table has %d rows", n)
	}
	for _, c := range []struct {
		name string
		p    Profile
	}{
		{"basic", Profile{}}, {"full dates", Profile{Dates: DatesKept}}, {"modified dates", Profile{Dates: DatesMoved}},
		{"descriptors", Profile{CleanDescriptors: true}}, {"characteristics", Profile{PatientCharacteristics: true}}, {"device", Profile{DeviceIdentity: true}},
		{"all", Profile{Dates: DatesMoved, CleanDescriptors: true, PatientCharacteristics: true, DeviceIdentity: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.p.Key = key
			in := walk(t)
			out, report, err := c.p.Apply(in)
			if err != nil {
				t.Fatal(err)
			}
			if out.Dataset.Has(dicom.PixelData) || report.Objects != 1 || len(report.Done) == 0 {
				t.Errorf("%+v", report)
			}
			checkAll(t, &c.p, in.Dataset, out.Dataset, "")
			checkAll(t, &c.p, in.Dataset.Items(0x00089215)[0], out.Dataset.Items(0x00089215)[0], "nested ")
			if c.name == "basic" || c.name == "descriptors" {
				noSecret(t, out)
			}
		})
	}
}

func noSecret(t *testing.T, f *dicom.File) {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if i := bytes.Index(b.Bytes(), s); i >= 0 {
			t.Errorf("%q is left: %q", s, b.Bytes()[max(0, i-30):min(b.Len(), i+30)])
		}
	}
}

func checkAll(t *testing.T, p *Profile, in, out *dicom.Dataset, where string) {
	t.Helper()
	for tag, r := range profile() {
		before, after := in.Find(tag), out.Find(tag)
		if before == nil || tag == dicom.PatientName || tag == dicom.PatientID {
			continue
		}
		if err := right(p, r, tag, before, after); err != nil {
			t.Errorf("%s%v %s (%s): %v", where, tag, tag.Keyword(), r.basic, err)
		}
	}
	for _, gone := range []dicom.Tag{0x00290010, 0x00291010, 0x60003000, 0x50000010, 0x00089999} {
		if out.Find(gone) != nil {
			t.Errorf("%s%v is left", where, gone)
		}
	}
	if out.String(0x00181016) != "GE" {
		t.Errorf("%sa harmless attribute is gone", where)
	}
}

// right checks one attribute against the table itself: what each action of the standard allows.
func right(p *Profile, r rule, tag dicom.Tag, before, after *dicom.Element) error {
	allowed := strings.Split(strings.TrimSuffix(r.basic, "*"), "/")
	for _, o := range []struct {
		on     bool
		action Action
	}{
		{p.CleanDescriptors, r.descriptor}, {p.Dates == DatesMoved, r.modified}, {p.Dates == DatesKept, r.full}, {p.PatientCharacteristics, r.characteristics},
		{p.DeviceIdentity, r.device},
	} {
		if o.on && o.action != "" && (before.VR != dicom.SQ || o.action == Keep) {
			allowed = []string{string(o.action)}
		}
	}
	for _, a := range allowed {
		if is(Action(a), before, after, p) {
			return nil
		}
	}
	return fmt.Errorf("it is %q, and none of %v", after.Value, allowed)
}

func is(a Action, before, after *dicom.Element, p *Profile) bool {
	same := after != nil && bytes.Equal(bytes.TrimRight(before.Value, " \x00"), bytes.TrimRight(after.Value, " \x00"))
	switch a {
	case Remove:
		return after == nil
	case Empty:
		return after != nil && after.Empty()
	case Dummy:
		return after != nil && !after.Empty() && (!same || before.VR == dicom.SQ)
	case Replace:
		if before.VR == dicom.SQ {
			return len(after.Items) == len(before.Items) && after.Items[0].String(0x00081155) == p.UID(string(secret(dicom.UI)))
		}
		return after != nil && strings.Trim(string(after.Value), "\x00") == p.UID(string(before.Value))
	case Keep:
		return same && (before.VR != dicom.SQ || after != nil)
	case Clean:
		return after != nil && (!same || before.VR == dicom.TM)
	}
	return false
}

// TestKeptTextDoesNotNameThePatient: a station or a manufacturer's field into which somebody typed the name is emptied.
func TestKeptTextDoesNotNameThePatient(t *testing.T) {
	d := &dicom.Dataset{}
	d.SetString(dicom.PatientName, "Weber^Hans", "王^小东")
	d.SetString(0x00080070, "Siemens, for WEBER")
	d.SetString(0x00081010, "CT 2 王小东") // station name, kept with the device
	d.SetString(0x00180015, "HEAD")
	d.SetString(0x00185100, "WEBER") // patient position, a code
	d.Set(dicom.Element{Tag: 0x00181000, VR: dicom.UN, Value: []byte("WEBER")})
	out, _, err := Profile{Key: key, DeviceIdentity: true}.Apply(dicom.NewFile(d, dicom.ExplicitVRLittleEndian))
	if err != nil {
		t.Fatal(err)
	}
	if m, n, b := out.Dataset.String(0x00080070), out.Dataset.String(0x00081010), out.Dataset.String(0x00180015); m != "" || n != "" || b != "HEAD" {
		t.Errorf("%q %q %q", m, n, b)
	}
	if out.Dataset.Has(0x00185100) || out.Dataset.Has(0x00181000) {
		t.Error("a name in a code or in bytes of unknown representation is left")
	}
}

// TestRealObjects de-identifies real images: nothing of what identified the patient is left, dcmtk reads them, and their pixels are what they were.
func TestRealObjects(t *testing.T) {
	for _, name := range []string{"zoo/CT_small.dcm", "zoo/MR_small.dcm", "zoo/MR_small_RLE.dcm", "zoo/MR_small_bigendian.dcm", "zoo/JPEG-lossy.dcm", "charset/chrH32.dcm", "charset/chrX2.dcm",
		"charset/chrKoreanMulti.dcm", "zoo/rtdose_expb.dcm", "zoo/test-SR.dcm", "zoo/reportsi_with_empty_number_tags.dcm", "zoo/waveform_ecg.dcm", "zoo/rtstruct.dcm"} {
		f, closing, err := dicom.Open("../dicom/testdata/"+name, dicom.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer closing()
		out, _, err := Profile{Key: key, Dates: DatesMoved, CleanDescriptors: true, PatientCharacteristics: true, Reviewed: true}.Apply(f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var b bytes.Buffer
		if err := out.Write(&b); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := dicom.Read(bytes.NewReader(b.Bytes()), int64(b.Len()), dicom.Options{Inline: 1 << 30})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f.Dataset.ToUTF8()
		for _, w := range identities(f.Dataset) {
			if found := where(again.Dataset, w); found != "" {
				t.Errorf("%s: a word of %d characters that identified the patient is left in %s", name, len(w), found)
			}
		}
		samePixels(t, name, f, again)
		accepted(t, b.Bytes())
	}
}

// where finds a word in the text of a data set.
func where(d *dicom.Dataset, word string) string {
	s := &subject{known: []string{word}}
	for i := range d.Elements {
		e := &d.Elements[i]
		if e.VR.IsString() && e.VR != dicom.UI && e.VR != dicom.CS && s.names(string(e.Value)) {
			return e.Tag.String()
		}
		for _, it := range e.Items {
			if w := where(it, word); w != "" {
				return e.Tag.String() + w
			}
		}
	}
	return ""
}

func samePixels(t *testing.T, name string, a, b *dicom.File) {
	t.Helper()
	x, err := a.Frames()
	if err != nil {
		return // no image
	}
	y, err := b.Frames()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i := range x.Format.Frames {
		p, _ := x.Frame(i)
		q, _ := y.Frame(i)
		m, err := p.Load(1 << 30)
		if err != nil {
			t.Fatal(err)
		}
		n, err := q.Load(1 << 30)
		if a.Dataset.Find(dicom.PixelData).Fragments != nil {
			m = uncommented(m)
		}
		if err != nil || !bytes.Equal(bytes.TrimRight(m, "\x00"), bytes.TrimRight(n, "\x00")) {
			t.Errorf("%s: frame %d changed: %v", name, i, err)
		}
	}
}

func accepted(t *testing.T, b []byte) {
	t.Helper()
	cmd := exec.Command("dcmdump", "-q", "-")
	cmd.Stdin = bytes.NewReader(b)
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("E: ")) {
		t.Errorf("dcmdump: %v %.200s", err, out)
	}
}

// TestScreen holds back what may show text: kinds of images, colors where there are none, captures.
func TestScreen(t *testing.T) {
	image := func(set func(d *dicom.Dataset)) *dicom.File {
		d := &dicom.Dataset{}
		d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
		d.SetString(dicom.Modality, "CT")
		d.SetString(dicom.ImageType, "ORIGINAL", "PRIMARY", "AXIAL")
		d.SetString(dicom.PhotometricInterpretation, "MONOCHROME2")
		d.SetBytes(dicom.PixelData, dicom.OW, []byte{0, 0})
		set(d)
		return dicom.NewFile(d, dicom.ExplicitVRLittleEndian)
	}
	for _, c := range []struct {
		about string
		set   func(d *dicom.Dataset)
		held  bool
	}{
		{"a CT slice", func(d *dicom.Dataset) {}, false},
		{"an ultrasound", func(d *dicom.Dataset) { d.SetString(dicom.Modality, "US") }, true},
		{"a secondary capture", func(d *dicom.Dataset) { d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7") }, true},
		{"a multi-frame secondary capture", func(d *dicom.Dataset) { d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7.4") }, true},
		{"a dose report of a CT", func(d *dicom.Dataset) { d.SetString(dicom.ImageType, "DERIVED", "SECONDARY", "DOSE_INFO") }, true},
		{"a screenshot", func(d *dicom.Dataset) { d.SetString(dicom.ImageType, "DERIVED", "SECONDARY", "SCREEN SAVE") }, true},
		{"a CT in color", func(d *dicom.Dataset) { d.SetString(dicom.PhotometricInterpretation, "RGB") }, true},
		{"what says so itself", func(d *dicom.Dataset) { d.SetString(0x00280301, "YES") }, true},
		{"a scanned film", func(d *dicom.Dataset) { d.SetString(0x00080064, "DF") }, true},
		{"no modality", func(d *dicom.Dataset) { d.Delete(dicom.Modality) }, true},
		{"a report by its description", func(d *dicom.Dataset) { d.SetString(dicom.SeriesDescription, "剂量报告") }, true},
		{"an overlay in unused bits", func(d *dicom.Dataset) { d.SetInt(0x60000010, 512); d.SetInt(0x60000102, 12) }, true},
		{"an overlay of its own, which is removed", func(d *dicom.Dataset) { d.SetInt(0x60000010, 1); d.SetBytes(0x60003000, dicom.OW, []byte{1, 0}) }, false},
		{"no pixels", func(d *dicom.Dataset) { d.Delete(dicom.PixelData); d.SetString(dicom.Modality, "SR") }, false},
	} {
		f := image(c.set)
		_, _, err := Profile{Key: key}.Apply(f)
		var held *Held
		if errors.As(err, &held) != c.held {
			t.Errorf("%s: %v", c.about, err)
		}
		out, _, err := Profile{Key: key, Reviewed: true}.Apply(f)
		if err != nil || out.Dataset.Has(dicom.PixelData) && out.Dataset.String(0x00280301) != "NO" {
			t.Errorf("%s, looked at: %v", c.about, err)
		}
	}
	pdf := image(func(d *dicom.Dataset) { d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.104.1") })
	if _, _, err := (Profile{Key: key, Reviewed: true}).Apply(pdf); err == nil {
		t.Error("a document went out")
	}
	if _, _, err := (Profile{Key: key[:8]}).Apply(pdf); !errors.Is(err, ErrKey) {
		t.Errorf("a short key: %v", err)
	}
}

// TestDescriptions keeps what a radiologist needs and drops what names somebody.
func TestDescriptions(t *testing.T) {
	s := &subject{known: []string{"hand", "weber", "王", "李四"}}
	for in, want := range map[string]string{
		"CT HEAD W/O CONTRAST 3mm":          "CT HEAD W/O CONTRAST 3mm",
		"t2_tse_sag_lumbar":                 "t2_tse_sag_lumbar",
		"T1 MPRAGE for Dr. Smith 555-0123":  "T1 MPRAGE for",
		"MRI L-Spine Müller, Anna 19470317": "MRI L-Spine",
		"颈椎平扫+增强":                           "颈椎平扫+增强",
		"腰椎平扫 张三":                           "腰椎平扫",
		"left hand":                         "left", // here a patient is called Hand
		"":                                  "",
	} {
		if got := s.describe(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

// TestDatesAndUIDsAreStable: one case keeps intervals and references, another case shows no connection.
func TestDatesAndUIDsAreStable(t *testing.T) {
	a, b := Profile{Key: key}, Profile{Key: []byte("another key of another case, yes")}
	if again := (Profile{Key: key}); a.UID("1.2.3") != again.UID("1.2.3") || a.UID("1.2.3") == b.UID("1.2.3") || a.UID("1.2.3") == a.UID("1.2.4") || !dicom.ValidUID(a.UID("1.2.3")) {
		t.Error("UIDs")
	}
	days := a.days("P1")
	if days%7 != 0 || days > -364 || days == b.days("P1") {
		t.Errorf("%d days", days)
	}
	for in, want := range map[string]string{
		"20240229": "20230302", "2024.02.29": "20230302", "20240229112233.5+0800": "20230302112233.5+0800", "2024": "2023", "202402": "202302", "garbage": "",
		"20240231": "", "20240229Smith": "20230302", "99": "",
	} {
		if got := moved(in, -364); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

// TestReportHasNoValues: the report of an object full of secrets names attributes and nothing else.
func TestReportHasNoValues(t *testing.T) {
	_, r, err := Profile{Key: key}.Apply(walk(t))
	if err != nil {
		t.Fatal(err)
	}
	text := r.String()
	for _, s := range secrets {
		if strings.Contains(text, string(s)) {
			t.Errorf("the report says %q", s)
		}
	}
	if !strings.Contains(text, "ReferringPhysicianName") || !strings.Contains(text, "Basic Application Confidentiality Profile") {
		t.Errorf("%.300s", text)
	}
	sum := &Report{}
	sum.Add(r)
	sum.Add(r)
	if first := r.Steps()[0]; sum.Objects != 2 || sum.Done[first] != 2*r.Done[first] || !slices.Equal(sum.Options, r.Options) {
		t.Error("reports do not add up")
	}
}

// TestOriginalIsUntouched: what is archived must not change because a copy left.
func TestOriginalIsUntouched(t *testing.T) {
	names, _ := filepath.Glob("../dicom/testdata/charset/*.dcm")
	for _, name := range names {
		f, closing, err := dicom.Open(name, dicom.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var before, after bytes.Buffer
		f.Write(&before)
		if _, _, err := (Profile{Key: key, CleanDescriptors: true, Reviewed: true}).Apply(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.Write(&after)
		if !bytes.Equal(before.Bytes(), after.Bytes()) {
			t.Errorf("%s changed", name)
		}
		closing()
	}
}

// TestMalformedObjects: what could be read of a damaged or hostile file is de-identified or refused, and never stops the program.
func TestMalformedObjects(t *testing.T) {
	names, _ := filepath.Glob("../dicom/testdata/malformed/*.dcm")
	if len(names) != 107 {
		t.Fatal(len(names))
	}
	for _, name := range names {
		f, closing, err := dicom.Open(name, dicom.Options{})
		if f == nil {
			continue
		}
		if out, _, failed := (Profile{Key: key, Dates: DatesMoved, CleanDescriptors: true, PatientCharacteristics: true, Reviewed: true}).Apply(f); failed == nil && err == nil {
			var b bytes.Buffer
			if err := out.Write(&b); err == nil && out.Dataset.String(dicom.PatientName) == f.Dataset.String(dicom.PatientName) {
				t.Errorf("%s keeps the patient's name", name)
			}
		}
		closing()
	}
}
