package node_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/imaging/dicom"
	"consilium/ledger"
	"consilium/node/nodetest"
)

// scan is a CT slice whose header names its patient, as a scanner sends it.
func scan(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile("../imaging/dicom/testdata/zoo/CT_small.dcm")
	if err != nil {
		t.Fatal(err)
	}
	return changed(t, raw, func(d *dicom.Dataset) {
		d.SetString(dicom.PatientName, "MUELLER^HANS")
		d.SetString(dicom.PatientID, "7312944")
		d.SetString(dicom.StudyDate, "20261119")
		d.SetString(dicom.SeriesDate, "20261119")
		d.SetString(0x00180015, "HEAD")
	})
}

// changed is a DICOM file with another header.
func changed(t *testing.T, raw []byte, change func(*dicom.Dataset)) []byte {
	t.Helper()
	f, err := dicom.Read(bytes.NewReader(raw), int64(len(raw)), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	change(f.Dataset)
	var b bytes.Buffer
	if err := dicom.NewFile(f.Dataset, f.Syntax).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zipped is a ZIP of files called after their patient.
func zipped(t *testing.T, contents ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, content := range contents {
		f, err := z.Create(fmt.Sprintf("MUELLER_HANS/%d", i))
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(content)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// attachment is an entry about images with one file that was sent.
func attachment(sent ledger.Hash, kind string, says nodetest.Says, ref ledger.BlobRef) map[string]any {
	ref.Hash, ref.Size = sent, 1 // a wrong size, which nobody must believe
	return map[string]any{"kind": kind, "body": says, "blobs": []ledger.BlobRef{ref}}
}

const typeAny = "application/octet-stream"

var ticked = nodetest.Says{"modality": "ct", "date": "2026-11-19", "deidentified": true}

// leaves fails where the patient's name is in any file that an entry of a case attaches unsealed, and gives the files.
func leaves(t *testing.T, h *nodetest.Hospital, id ledger.ThreadID) (list []ledger.BlobRef) {
	t.Helper()
	for _, s := range h.Log(id).Said {
		if s.Content == nil {
			continue
		}
		for _, b := range s.Content.Blobs {
			if b.Sealed {
				continue
			}
			f, size, err := h.Desk().Blobs.Open(t.Context(), b.Hash)
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(f)
			if err := errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(content, []byte("MUELLER")) || bytes.Contains(content, []byte("7312944")) || strings.Contains(b.Label, "MUELLER") {
				t.Errorf("%s attaches a file that names the patient: %+v", s.Kind, b)
			}
			kept, stored, err := h.Desk().Blobs.Kept.Open(t.Context(), b.Hash)
			if err == nil {
				err = kept.Close()
			}
			if err != nil || stored != b.Size || size != int64(len(content)) {
				t.Errorf("%s says of a file that is kept in %d bytes that it has %d, %v", s.Kind, stored, b.Size, err)
			}
			if s.Kind != casebook.KindOpened {
				list = append(list, b)
			}
		}
	}
	return list
}

// TestAnIdentifiedImageIsDeidentifiedAtTheDoor: whatever its name and whatever is claimed of it, a CT that names its patient is attached without the name.
func TestAnIdentifiedImageIsDeidentifiedAtTheDoor(t *testing.T) {
	w := nodetest.New(t, "north", "south")
	north, south := w.Hospital("north"), w.Hospital("south")
	w.Partners(north, south)
	ct := scan(t)
	sent := north.Send(nodetest.Head, ct)
	bare := ct[bytes.Index(ct, []byte("\x08\x00\x05\x00")):] // the data set without its file's header
	headless := north.Send(nodetest.Head, bare)
	for what, entry := range map[string]map[string]any{
		"ticked":      attachment(sent, "case.imaging", ticked, ledger.BlobRef{Type: "application/dicom", Label: "MUELLER_HANS.dcm", Scope: "images"}),
		"a text":      attachment(sent, "case.finding", nodetest.Says{"note": "A letter."}, ledger.BlobRef{Type: "text/plain", Label: "letter.txt"}),
		"a picture":   attachment(sent, "case.imaging", ticked, ledger.BlobRef{Type: "image/png", Label: "a.png", Scope: "images"}),
		"no header":   attachment(headless, "case.imaging", ticked, ledger.BlobRef{Type: "application/octet-stream", Label: "a.bin", Scope: "images"}),
		"says sealed": attachment(sent, "case.imaging", ticked, ledger.BlobRef{Type: "application/age", Label: "a.age", Scope: "images", Sealed: true}),
	} {
		t.Run(what, func(t *testing.T) {
			id := north.Share("A case", south)
			_, err := north.SayAs(nodetest.Head, id, entry)
			if what == "says sealed" {
				refused(t, err, "not sealed")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			list := leaves(t, north, id)
			if len(list) != 1 || list[0].Type != "application/dicom" || list[0].Scope != "images" {
				t.Fatalf("attached is %+v", list)
			}
			w.Same(id, north, south)
			w.Until("the image arrives", func() bool { return south.Desk().Blobs.Has(list[0].Hash) })
			if south.Desk().Blobs.Has(sent) {
				t.Error("the original left")
			}
		})
	}
}

func refused(t *testing.T, err error, why string) {
	t.Helper()
	var p *nodetest.Problem
	if !errors.As(err, &p) || p.Status != 422 {
		t.Fatalf("not refused: %v", err)
	}
	if told, _ := json.Marshal(p); !strings.Contains(string(told), why) {
		t.Errorf("told is %s, not %q", told, why)
	}
}

// TestWhatCannotBeDeidentifiedIsNotAttached: nothing is left out of an archive or a broken file, so that it is refused as a whole.
func TestWhatCannotBeDeidentifiedIsNotAttached(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("A case")
	ct := scan(t)
	directory := changed(t, ct, func(d *dicom.Dataset) { d.SetItems(0x00041220, &dicom.Dataset{}) })
	ultrasound := changed(t, ct, func(d *dicom.Dataset) { d.SetString(dicom.Modality, "US") })
	for what, c := range map[string]struct {
		content []byte
		why     string
	}{
		"zip":         {zipped(t, ct, []byte("Hans Mueller, born 1960")), "archive"},
		"zip in zip":  {zipped(t, zipped(t, ct)), "archive"},
		"polyglot":    {append([]byte("%PDF-1.4 and after it a ZIP\n"), zipped(t, ct, []byte("a letter"))...), "archive"},
		"directory":   {directory, "archive"},
		"zip with us": {zipped(t, ct, ultrasound), "looked"},
		"gzip":        {gzipped(t, ct), "archive"},
		"7z":          {[]byte("7z\xbc\xaf\x27\x1c and what nobody looks into"), "archive"},
		"truncated":   {ct[:len(ct)/8], "cannot be read"},
		"ultrasound":  {ultrasound, "looked"},
		"no preamble": {append([]byte("DICM"), make([]byte, 1000)...), "cannot be read"},
	} {
		t.Run(what, func(t *testing.T) {
			sent := north.Send(nodetest.Head, c.content)
			for kind, says := range map[string]nodetest.Says{"case.imaging": {"modality": "us", "deidentified": true}, "case.finding": {"note": "A letter."}} {
				_, err := north.SayAs(nodetest.Head, id, attachment(sent, kind, says, ledger.BlobRef{Type: "application/octet-stream", Label: "a.bin", Scope: "images"}))
				refused(t, err, c.why)
			}
			leaves(t, north, id)
		})
	}
	report := changed(t, ct, func(d *dicom.Dataset) { d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.104.1") })
	document := north.Send(nodetest.Head, report)
	_, err := north.SayAs(nodetest.Head, id, attachment(document, "case.imaging", nodetest.Says{"looked": true}, ledger.BlobRef{Type: typeAny}))
	refused(t, err, "document")
	looked := attachment(north.Send(nodetest.Head, ultrasound), "case.imaging", nodetest.Says{"modality": "us", "deidentified": true, "looked": true}, ledger.BlobRef{Type: typeAny, Label: "a.dcm", Scope: "images"})
	if _, err := north.SayAs(nodetest.Head, id, looked); err != nil {
		t.Errorf("images that somebody looked at: %v", err)
	}
	letter := bytes.ReplaceAll(zipped(t, []byte("<w:document/>")), []byte("MUELLER_HANS"), []byte("word_xml_doc"))
	word := north.Send(nodetest.Head, letter)
	if _, err := north.SayAs(nodetest.Head, id, attachment(word, "case.finding", nodetest.Says{"note": "A letter."}, ledger.BlobRef{Type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Label: "a.docx"})); err != nil {
		t.Errorf("a letter, which is a ZIP of texts: %v", err)
	}
	leaves(t, north, id)
}

// TestACaseOpenedWithAnImage goes in by the other way.
func TestACaseOpenedWithAnImage(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	ct := scan(t)
	sent := north.Send(nodetest.Head, ct)
	var made struct{ ID ledger.ThreadID }
	north.MustAsk(nodetest.Head, "POST", "/cases", map[string]any{"title": "A case", "pathway": "hfs-mvd", "urgency": "routine", "sub_specialty": "functional",
		"entries": []any{attachment(sent, "case.imaging", ticked, ledger.BlobRef{Type: "image/png", Scope: "images"})}}, &made)
	if list := leaves(t, north, made.ID); len(list) != 1 || list[0].Type != "application/dicom" {
		t.Errorf("attached is %+v", list)
	}
}

// TestTheHeaderSaysWhatAnImageIs: modality, day and part of the body come from the header, and what contradicts it is refused.
func TestTheHeaderSaysWhatAnImageIs(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("A case")
	ct := scan(t)
	sent := north.Send(nodetest.Head, ct)
	ref := ledger.BlobRef{Type: typeAny, Scope: "images"}
	say := func(says nodetest.Says) error {
		_, err := north.SayAs(nodetest.Head, id, attachment(sent, "case.imaging", says, ref))
		return err
	}
	refused(t, say(nodetest.Says{"modality": "mr", "deidentified": true}), `"modality"`)
	refused(t, say(nodetest.Says{"modality": "ct", "date": "2026-11-20", "deidentified": true}), `"date"`)
	for _, says := range []nodetest.Says{{"deidentified": false}, {"modality": "ct", "date": "2026-11"}} {
		if err := say(says); err != nil {
			t.Fatal(err)
		}
	}
	log := north.Log(id)
	first, err := ledger.Decode[casebook.Imaging](log.Said[len(log.Said)-2].Says())
	if err != nil || first.Modality != "ct" || first.Date != "2026-11-19" || first.Description != "HEAD" || !first.Deidentified {
		t.Errorf("the entry says %+v, %v", first, err)
	}
	list := leaves(t, north, id)
	if len(list) != 2 || list[0].Hash != list[1].Hash {
		t.Errorf("one file gives %+v", list)
	}
	// An answer that names the file names the copy.
	hash, err := north.SayAs(nodetest.Head, id, attachment(sent, "case.finding", nodetest.Says{"note": sent.String()}, ref))
	if err != nil {
		t.Fatal(err)
	}
	if says := string(north.Log(id).Find(hash).Says()); !strings.Contains(says, list[0].Hash.String()) {
		t.Errorf("the answer names the original: %s", says)
	}
	// What was de-identified for this case is not changed once more, by which its dates would move again.
	again := attachment(ledger.Hash{}, "case.imaging", ticked, ref)
	again["blobs"] = []ledger.BlobRef{list[0]}
	if _, err := north.SayAs(nodetest.Head, id, again); err != nil {
		t.Fatal(err)
	}
	if list := leaves(t, north, id); list[3].Hash != list[0].Hash {
		t.Error("a de-identified file was de-identified again")
	}
	other := north.OpenCase("Another case")
	if _, err := north.SayAs(nodetest.Head, other, attachment(sent, "case.imaging", ticked, ref)); err != nil {
		t.Fatal(err)
	}
	if list := leaves(t, north, other); list[0].Hash == leaves(t, north, id)[0].Hash {
		t.Error("two cases show the same file, by which one could tell that they are one patient's")
	}
}

// TestASeriesThatComesAsZIP: an entry has 64 files at most and a series may have a thousand slices. Each is de-identified, and none keeps its name.
func TestASeriesThatComesAsZIP(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("A case")
	ct := scan(t)
	other := changed(t, ct, func(d *dicom.Dataset) { d.SetString(dicom.SOPInstanceUID, "1.2.3.4.5") })
	directory := changed(t, ct, func(d *dicom.Dataset) { d.SetItems(0x00041220, &dicom.Dataset{}) })
	series := zipped(t, ct, directory, other)
	archive := north.Send(nodetest.Head, series)
	entry := attachment(archive, "case.imaging", nodetest.Says{}, ledger.BlobRef{Type: "text/plain", Label: "MUELLER.zip"})
	for range 2 {
		if _, err := north.SayAs(nodetest.Head, id, entry); err != nil {
			t.Fatal(err)
		}
	}
	list := leaves(t, north, id)
	if len(list) != 2 || list[0].Hash != list[1].Hash || list[0].Type != "application/zip" || list[0].Scope != "images" {
		t.Fatalf("attached is %+v", list)
	}
	f, size, err := north.Desk().Blobs.Open(t.Context(), list[0].Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), size)
	if err != nil || len(z.File) != 2 {
		t.Fatalf("%d images, %v", len(z.File), err)
	}
	var study string
	for _, m := range z.File {
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		image, err := io.ReadAll(r)
		if err != nil || bytes.Contains(image, []byte("MUELLER")) || bytes.Contains(image, []byte("7312944")) {
			t.Errorf("%s names the patient, %v", m.Name, err)
		}
		read, err := dicom.Read(bytes.NewReader(image), int64(len(image)), dicom.Options{})
		if err != nil {
			t.Fatal(err)
		}
		uid := read.Dataset.String(dicom.StudyInstanceUID)
		if study != "" && study != uid {
			t.Error("the slices of one study are of two")
		}
		study = uid
	}
}
