package node_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/desk"
	"consilium/imaging/deid"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
	"consilium/ledger"
	"consilium/node/nodetest"
)

// slices are n slices of one study of a patient, each 3 mm below the one before, shuffled as a disc has them.
func slicesOf(t *testing.T, n int, patient string) (files [][]byte) {
	t.Helper()
	for i := range n {
		k := (i * 7) % n
		files = append(files, changed(t, scan(t), func(d *dicom.Dataset) {
			d.SetString(dicom.PatientID, patient)
			d.SetString(dicom.StudyInstanceUID, "1.2.3.4."+patient)
			d.SetString(dicom.SeriesInstanceUID, "1.2.3.4.5."+patient)
			d.SetString(dicom.SOPInstanceUID, fmt.Sprintf("1.2.3.4.5.%s.%d", patient, k+1))
			d.SetInt(dicom.InstanceNumber, k+1)
			d.SetFloat(0x00200032, -80, -80, float64(-3*k))
		}))
	}
	return files
}

// filing is what the API says of one.
type filing struct {
	State, Summary, Error string
	Faults                []string
	Entries               []ledger.Hash
	Held                  []struct{ UID, File, Why string }
	Doubts                []desk.DoubtfulImage
}

// filed waits for a filing to end.
func filed(t *testing.T, w *nodetest.World, h *nodetest.Hospital, id ledger.ThreadID, order map[string]any) (f filing) {
	t.Helper()
	return filedBy(t, w, h, nodetest.Doctor, id, order)
}

// filedBy is filed by somebody, who may or may not use the archive.
func filedBy(t *testing.T, w *nodetest.World, h *nodetest.Hospital, who string, id ledger.ThreadID, order map[string]any) (f filing) {
	t.Helper()
	path := "/cases/" + id.String() + "/images"
	var made struct{ Job int64 }
	h.MustAsk(who, "POST", path, order, &made)
	w.Until("a filing ends", func() bool {
		var list struct {
			Items []struct {
				Job int64
				filing
			}
		}
		h.MustAsk(who, "GET", path, nil, &list)
		for _, i := range list.Items {
			if i.Job == made.Job && (i.State == "done" || i.State == "failed") {
				f = i.filing
				return true
			}
		}
		return false
	})
	return f
}

func sent(h *nodetest.Hospital, label string, content []byte) ledger.BlobRef {
	var b ledger.BlobRef
	h.MustAsk(nodetest.Doctor, "POST", "/blobs", content, &b)
	b.Label = label
	return b
}

// TestAStudyIsFiled drops a ZIP of a CT, named after its patient, with a text beside it and one broken slice. The study is in the case by manifest, says what its
// header says, fills the form and the packet, and comes to the hospital that the patient agreed to, where it opens; nothing of who it is does.
func TestAStudyIsFiled(t *testing.T) {
	w := nodetest.New(t, "North", "South")
	north, south := w.Hospital("North"), w.Hospital("South")
	w.Partners(north, south)
	id := north.Share("Spasm", south)
	files := slicesOf(t, 20, "7312944")
	broken := files[3][:len(files[3])/2]
	zip := zipped(t, append(files, broken, []byte("MUELLER was here"))...)
	f := filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{sent(north, "disc.zip", zip)}})
	if f.State != "done" || len(f.Entries) != 1 || len(f.Faults) != 1 || !strings.Contains(f.Faults[0], "disc.zip") {
		t.Fatalf("filed as %+v", f)
	}
	leaves(t, north, id)
	c := casebook.Fold(north.Log(id))
	i := c.Imaging[len(c.Imaging)-1]
	if i.Says.Modality != "ct" || i.Says.Date != "2026-11-19" || i.Says.Count != 20 || !i.Says.Deidentified || !strings.Contains(i.Says.Description, "HEAD") {
		t.Errorf("the entry says %+v", i.Says)
	}
	if a := c.Answers()["imaging_modality"]; a.String() != "ct" {
		t.Errorf("the pathway's form says %v", a)
	}
	for _, b := range i.Blobs {
		w.Until("a file of the study comes to South", func() bool { return south.Desk().Blobs.Has(b.Hash) })
	}
	studies := south.Desk().Manifests(t.Context(), south.Log(id))
	if len(studies) != 1 || len(studies[0].Series) != 1 || len(studies[0].Series[0].Instances) != 20 {
		t.Fatalf("South has %+v", studies)
	}
	readsThrough(t, south, studies[0].Study, files)
}

// readsThrough opens every instance of a study, wants them in their order from the feet up, de-identified, with the pixels of the originals.
func readsThrough(t *testing.T, h *nodetest.Hospital, s *manifest.Study, files [][]byte) {
	t.Helper()
	last := -1e9
	for _, i := range s.Series[0].Instances {
		z := i.Image.Frames[0].Position[2]
		if z <= last {
			t.Errorf("a slice at %v comes after one at %v", z, last)
		}
		last = z
		pack, _, err := h.Desk().Blobs.Open(t.Context(), ledger.Hash(s.Packs[i.Pack].Hash))
		if err != nil {
			t.Fatal(err)
		}
		defer pack.Close()
		f, err := i.Read(desk.Seeking(pack))
		if err != nil {
			t.Fatal(err)
		}
		if !deid.Done(f.Dataset) || f.Dataset.String(dicom.PatientID) == "7312944" || f.Dataset.String(dicom.SOPInstanceUID) != i.UID {
			t.Error("an instance that names its patient, or another one")
		}
		pixels, err := manifest.Pixels(t.Context(), f, 0)
		if err != nil || !bytes.Contains(files[0], pixels) {
			t.Errorf("the pixels are not those that came: %v", err)
		}
	}
}

// TestFilingAgainAddsNothing files the same files twice, then one slice more.
func TestFilingAgainAddsNothing(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	id := north.OpenCase("Spasm")
	files := slicesOf(t, 3, "1")
	order := func(files ...[]byte) map[string]any {
		return map[string]any{"files": []ledger.BlobRef{sent(north, "disc.zip", zipped(t, files...))}}
	}
	filed(t, w, north, id, order(files[0], files[1]))
	if f := filed(t, w, north, id, order(files[0], files[1])); len(f.Entries) != 0 || f.State != "done" {
		t.Errorf("the same again: %+v", f)
	}
	if f := filed(t, w, north, id, order(files...)); len(f.Entries) != 1 {
		t.Errorf("one more: %+v", f)
	}
	c := casebook.Fold(north.Log(id))
	if n := len(c.Imaging); n != 2 || c.Imaging[n-1].Says.Count != 1 {
		t.Errorf("%d entries", n)
	}
}

// TestFilingStopsAtTwoPatients: images of two patients in one order are the wrong patient's.
func TestFilingStopsAtTwoPatients(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	id := north.OpenCase("Spasm")
	both := zipped(t, slicesOf(t, 1, "1")[0], slicesOf(t, 1, "2")[0])
	f := filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{sent(north, "two.zip", both)}})
	if f.State != "failed" || len(f.Entries) != 0 || !strings.Contains(f.Error, "more than one patient") {
		t.Errorf("filed as %+v", f)
	}
}

// TestHeldImagesWaitForALook: a screenshot is held back, and filed once somebody says what was seen.
func TestHeldImagesWaitForALook(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	id := north.OpenCase("Spasm")
	shot := changed(t, scan(t), func(d *dicom.Dataset) {
		d.SetString(dicom.SOPInstanceUID, "1.2.3.99")
		d.SetString(dicom.ImageType, "DERIVED", "SECONDARY", "SCREEN SAVE")
	})
	order := map[string]any{"files": []ledger.BlobRef{sent(north, "disc.zip", zipped(t, scan(t), shot))}}
	f := filed(t, w, north, id, order)
	if len(f.Entries) != 1 || len(f.Held) != 1 || f.Held[0].UID != "1.2.3.99" {
		t.Fatalf("filed as %+v", f)
	}
	order["looked"] = []string{"1.2.3.99"}
	if f := filed(t, w, north, id, order); len(f.Entries) != 1 || len(f.Held) != 0 {
		t.Errorf("after the look: %+v", f)
	}
}

// TestAFileThatIsNoImageIsNamed: where nothing but false files came they are named with what to do; beside images they are counted, for every disc has some.
func TestAFileThatIsNoImageIsNamed(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	id := north.OpenCase("Spasm")
	f := filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{sent(north, "scan.dcm", []byte("this is no image"))}})
	if f.State != "done" || len(f.Entries) != 0 || len(f.Faults) != 1 || !strings.Contains(f.Faults[0], "scan.dcm is no DICOM image") {
		t.Errorf("a false file alone: %+v", f)
	}
	f = filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{sent(north, "a.dcm", scan(t)), sent(north, "readme.txt", []byte("hello"))}})
	if f.State != "done" || len(f.Entries) != 1 || len(f.Faults) != 0 {
		t.Errorf("beside an image: %+v", f)
	}
}

// TestAForgedManifestOpensNothing: an entry that attaches a manifest which names a file that the entry does not attach shows no images.
func TestAForgedManifestOpensNothing(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	id := north.OpenCase("Spasm")
	filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{sent(north, "a.dcm", scan(t))}})
	study := north.Desk().Manifests(t.Context(), north.Log(id))[0]
	other := north.OpenCase("Another")
	text, err := study.Encode()
	if err != nil {
		t.Fatal(err)
	}
	b := sent(north, "CT", text)
	b.Type, b.Scope = manifest.Type, "images"
	north.MustAsk(nodetest.Doctor, "POST", "/cases/"+other.String()+"/entries", map[string]any{"kind": casebook.KindImaging, "body": ticked, "blobs": []ledger.BlobRef{b}}, nil)
	if list := north.Desk().Manifests(t.Context(), north.Log(other)); len(list) != 0 {
		t.Errorf("another case's images are open: %d", len(list))
	}
}

// TestAnotherPatientsImagesAreAskedAbout: images of a boy do not come into the case of a woman until somebody compared the two, by whichever door, and afterwards
// images of a third patient are asked about again.
func TestAnotherPatientsImagesAreAskedAbout(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	id := north.OpenCase("Spasm")
	image := func(n int, patient, name, sex, age string) []byte {
		return changed(t, scan(t), func(d *dicom.Dataset) {
			d.SetString(dicom.SOPInstanceUID, fmt.Sprintf("1.2.3.7.%d", n))
			d.SetString(dicom.PatientID, patient)
			d.SetString(dicom.PatientName, name)
			d.SetString(dicom.PatientSex, sex)
			d.SetString(0x00101010, age)
		})
	}
	boy := image(1, "OTHER", "Other^Bob", "M", "007Y")
	file := sent(north, "b.dcm", boy)
	order := map[string]any{"files": []ledger.BlobRef{file}}
	f := filed(t, w, north, id, order)
	if f.State != "done" || len(f.Entries) != 0 || len(f.Doubts) != 1 || fmt.Sprint(f.Doubts[0].Why) != "[sex age]" || f.Doubts[0].Of != "case" {
		t.Fatalf("filed as %+v", f)
	}
	_, err := north.SayAs(nodetest.Doctor, id, attachment(file.Hash, "case.imaging", ticked, ledger.BlobRef{Scope: "images"}))
	refused(t, err, `"blobs"`)
	order["same_patient"] = true
	if f := filed(t, w, north, id, order); len(f.Entries) != 1 || len(f.Doubts) != 0 {
		t.Fatalf("after the look: %+v", f)
	}
	third := map[string]any{"files": []ledger.BlobRef{sent(north, "c.dcm", image(2, "", "Third^Carla", "F", ""))}}
	if f := filed(t, w, north, id, third); len(f.Entries) != 0 || len(f.Doubts) == 0 || f.Doubts[0].Of != "images" {
		t.Errorf("a third patient: %+v", f)
	}
	names := zipped(t, image(3, "", "Phantom^Ann", "F", ""), image(4, "", "Other^Bob", "F", ""))
	if f := filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{sent(north, "d.zip", names)}}); len(f.Entries) != 0 || len(f.Doubts) == 0 {
		t.Errorf("two names in one order: %+v", f)
	}
}

// TestStudiesStandInTheOrderOfTheirExaminations: whichever was filed first, the newest examination comes first, what has no day last, and an image that was held
// back stands with the study that it belongs to.
func TestStudiesStandInTheOrderOfTheirExaminations(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	id := north.OpenCase("Spasm")
	image := func(n int, study, day string, change func(*dicom.Dataset)) ledger.BlobRef {
		return sent(north, "a.dcm", changed(t, scan(t), func(d *dicom.Dataset) {
			d.SetString(dicom.SOPInstanceUID, fmt.Sprintf("1.2.3.8.%d", n))
			d.SetString(dicom.StudyInstanceUID, study)
			for _, tag := range []dicom.Tag{dicom.StudyDate, dicom.SeriesDate, 0x00080022, 0x00080023} {
				d.SetString(tag, day)
			}
			if change != nil {
				change(d)
			}
		}))
	}
	screen := func(d *dicom.Dataset) { d.SetString(dicom.ImageType, "DERIVED", "SECONDARY", "SCREEN SAVE") }
	newest := map[string]any{"files": []ledger.BlobRef{image(1, "1.2.3.26", "20261120", nil), image(2, "1.2.3.26", "20261120", screen)}}
	filed(t, w, north, id, newest)
	filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{image(3, "1.2.3.25", "20251120", nil)}})
	filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{image(4, "1.2.3.0", "", nil)}})
	newest["looked"] = []string{"1.2.3.8.2"}
	filed(t, w, north, id, newest)
	var days, uids []string
	for _, s := range north.Desk().Manifests(t.Context(), north.Log(id)) {
		days, uids = append(days, s.Day), append(uids, s.UID)
	}
	if fmt.Sprint(days) != "[2026-11-20 2026-11-20 2025-11-20 ]" || uids[0] != uids[1] {
		t.Errorf("%q %q", days, uids)
	}
}

// TestMovedDaysAreMovedEverywhere: with the days moved neither the entry nor an image at the other hospital tells the day of the examination, and both move by the
// same, so that one does not give the other away. Without it both tell the day.
func TestMovedDaysAreMovedEverywhere(t *testing.T) {
	w := nodetest.New(t, "North")
	north := w.Hospital("North")
	for _, move := range []bool{false, true} {
		id := north.OpenCase("Spasm")
		filed(t, w, north, id, map[string]any{"files": []ledger.BlobRef{sent(north, "a.dcm", scan(t))}, "move_dates": move})
		study := north.Desk().Manifests(t.Context(), north.Log(id))[0]
		pack, _, err := north.Desk().Blobs.Open(t.Context(), study.Pack(0))
		if err != nil {
			t.Fatal(err)
		}
		defer pack.Close()
		f, err := study.Series[0].Instances[0].Read(desk.Seeking(pack))
		if err != nil {
			t.Fatal(err)
		}
		inside, told := f.Dataset.String(dicom.StudyDate), strings.ReplaceAll(study.Day, "-", "")
		if inside != told || (told == "20261119") == move {
			t.Errorf("moved %v: the entry tells %s, the image %s", move, told, inside)
		}
		for _, s := range north.Log(id).Said {
			if s.Content != nil && move && (strings.Contains(string(s.Says()), "2026-11-19") || s.Content.At == "2026-11-19") {
				t.Errorf("%s tells the day", s.Kind)
			}
		}
	}
}
