package node_test

import (
	"bytes"
	"strings"
	"testing"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/ledger"
	"consilium/node/nodetest"
)

// inArchive are the objects of a modality that the archive's study of a patient has.
func inArchive(t *testing.T, h *nodetest.Hospital, modality string) (list []*dicom.Dataset) {
	t.Helper()
	err := h.Desk().Images.List(t.Context(), archive.Which{Patient: "7312944"}, func(e archive.Entry) error {
		f, err := h.Desk().Images.Open(t.Context(), e, dicom.PixelData)
		if err != nil {
			return nil // it is being destroyed, its row last
		}
		defer f.Close()
		if f.Dataset.String(dicom.Modality) == modality {
			list = append(list, f.Dataset)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestKeyImagesAreKeptAsDICOM files a study of the archive. A surgeon of the other hospital measures on it: beside the original images the archive of the first has
// a state, a report and a selection that name the patient's own study and image, once, and the case never gets them back as images. What is taken back or erased goes. It is so on both databases.
func TestKeyImagesAreKeptAsDICOM(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, w *nodetest.World, north *nodetest.Hospital) {
		keyImagesAreKept(t, w, north, w.FoundOn("south", ""))
	})
}

func keyImagesAreKept(t *testing.T, w *nodetest.World, north, south *nodetest.Hospital) {
	w.Partners(north, south)
	id := north.Share("Spasm", south)
	for _, raw := range slicesOf(t, 3, "7312944") {
		if _, _, err := north.Desk().Images.KeepFile(t.Context(), archive.Arrival{From: "CT1"}, bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
	}
	order := map[string]any{"study": "1.2.3.4.7312944", "same_patient": true}
	if f := filedBy(t, w, north, nodetest.Head, id, order); f.State != "done" || len(f.Entries) != 1 {
		t.Fatalf("filed as %+v", f)
	}
	var entry ledger.Hash
	w.Until("the study opens at South", func() bool {
		studies := south.Desk().Manifests(t.Context(), south.Log(id))
		if len(studies) == 1 {
			entry = studies[0].Entry.Hash
		}
		return len(studies) == 1
	})
	instance := south.Desk().Manifests(t.Context(), south.Log(id))[0].Series[0].Instances[1].UID
	said := map[string]any{"kind": "case.keyimage", "refs": []ledger.Hash{entry}, "body": map[string]any{"instance": instance, "note": "Widest here.",
		"window": []int{40, 400}, "marks": []any{map[string]any{"sort": "length", "points": []int{2050, 3025, 6050, 3025}, "value": "26.5", "unit": "mm", "grid": 2}}}}
	key, err := south.SayAs(nodetest.Head, id, said)
	if err != nil {
		t.Fatal(err)
	}
	w.Until("the key image comes into North's archive", func() bool { return len(inArchive(t, north, "KO")) == 1 })
	state, report := inArchive(t, north, "PR"), inArchive(t, north, "SR")
	if len(state) != 1 || len(report) != 1 {
		t.Fatalf("%d states and %d reports", len(state), len(report))
	}
	for _, d := range append(state, report...) {
		var all strings.Builder
		if err := dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Dump(&all); err != nil {
			t.Fatal(err)
		}
		if d.String(dicom.PatientName) != "MUELLER^HANS" || d.String(dicom.StudyInstanceUID) != "1.2.3.4.7312944" || !strings.Contains(all.String(), "1.2.3.4.5.7312944.2") || strings.Contains(all.String(), instance) {
			t.Errorf("it does not name the original: %s", all.String())
		}
	}
	if list := inArchive(t, south, "KO"); len(list) != 0 {
		t.Error("South has no such study, and keeps its marks")
	}
	if err := north.Desk().KeepMarks(t.Context()); err != nil || len(inArchive(t, north, "KO")) != 1 {
		t.Errorf("kept again: %v", err)
	}
	if f := filedBy(t, w, north, nodetest.Head, id, order); len(f.Entries) != 0 || f.State != "done" {
		t.Errorf("what the case said comes back into it as images: %+v", f)
	}
	if _, err := south.SayAs(nodetest.Head, id, map[string]any{"kind": ledger.KindRetract, "refs": []ledger.Hash{key}, "body": map[string]any{"why": "wrong level"}}); err != nil {
		t.Fatal(err)
	}
	gone := func() bool {
		return len(inArchive(t, north, "KO"))+len(inArchive(t, north, "PR"))+len(inArchive(t, north, "SR")) == 0
	}
	w.Until("what was taken back leaves the archive", gone)
	if key, err = north.SayAs(nodetest.Head, id, said); err != nil {
		t.Fatal(err)
	}
	w.Until("the next one comes", func() bool { return len(inArchive(t, north, "KO")) == 1 })
	if _, err := north.SayAs(nodetest.Head, id, map[string]any{"kind": ledger.KindErased, "body": map[string]any{"reason": "law"}, "refs": []ledger.Hash{key}}); err != nil {
		t.Fatal(err)
	}
	w.Until("what was erased leaves the archive", gone)
	delete(said["body"].(map[string]any), "marks")
	said["body"].(map[string]any)["plane"] = map[string]any{"position": []int{2000, -10000, 5000}, "orientation": []int{0, 1e6, 0, 0, 0, -1e6},
		"marks": []any{map[string]any{"sort": "length", "points": []int{0, 0, 2650, 0}, "value": "26.5", "unit": "mm", "grid": 2}}}
	if _, err := south.SayAs(nodetest.Head, id, said); err != nil {
		t.Fatal(err)
	}
	w.Until("the key image of a plane comes", func() bool { return len(inArchive(t, north, "KO")) == 1 })
	const space = "1.2.840.10008.5.1.4.1.1.88.34" // Comprehensive 3D SR
	if report := inArchive(t, north, "SR"); len(report) != 1 || report[0].String(dicom.SOPClassUID) != space || len(inArchive(t, north, "PR")) != 0 {
		t.Errorf("a key image of a plane came to %d reports and %d states", len(report), len(inArchive(t, north, "PR")))
	}
	if list := inArchive(t, north, "CT"); len(list) != 3 {
		t.Errorf("%d images stay", len(list))
	}
}
