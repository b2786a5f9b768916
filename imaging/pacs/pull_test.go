package pacs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dimse"
)

// TestAStudyIsPulledByItsAccessionNumber fetches one study of two from dcmtk's archive and from Orthanc: over the same association, and where the peer does not
// take that, to our own listener.
func TestAStudyIsPulledByItsAccessionNumber(t *testing.T) {
	for _, way := range []string{"get", "move"} {
		t.Run(way, func(t *testing.T) {
			n := listen(t)
			port := pacsOf(t, n.port())
			dir := t.TempDir()
			for i, name := range []string{"CT_small.dcm", "MR_small.dcm"} {
				file := numbered(t, dir, name, []string{"A4711", "A4712"}[i])
				tool(t, "storescu", "-aec", "PACS", "-aet", "CONSILIUM", "127.0.0.1", port, file)
			}
			p := Puller{Archive: n.archive, Title: "CONSILIUM", Remotes: []dimse.Remote{{Title: "SCANNER"}, {Title: "PACS", Address: "127.0.0.1:" + port}}}
			told := 0
			hear := func(done, _ int) { told = max(told, done) }
			f, _ := sent(t, zoo("CT_small.dcm"))
			study := f.Dataset.String(dicom.StudyInstanceUID)
			if way == "move" {
				identifier, err := asking(map[dicom.Tag]string{dicom.StudyInstanceUID: study})
				if err == nil {
					err = p.move(t.Context(), p.Remotes[1], identifier, hear)
				}
				if err != nil {
					t.Fatal(err)
				}
			} else if list, err := p.Pull(t.Context(), "A4711", hear); err != nil || len(list) != 1 || list[0] != study {
				t.Fatalf("pulled %v: %v", list, err)
			}
			count := 0
			err := n.archive.List(t.Context(), archive.Which{Studies: []string{study}}, func(archive.Entry) error { count++; return nil })
			if err != nil || count != 1 || told != 1 {
				t.Errorf("%d instances are here, %d were told of: %v", count, told, err)
			}
		})
	}
}

func TestNothingIsPulledForANumberThatNobodyHas(t *testing.T) {
	n := listen(t)
	port := pacsOf(t, n.port())
	p := Puller{Archive: n.archive, Title: "CONSILIUM", Remotes: []dimse.Remote{{Title: "PACS", Address: "127.0.0.1:" + port}}}
	for _, number := range []string{"A1", "", "*", "A?", `A\B`, "longer than sixteen characters"} {
		if list, err := p.Pull(t.Context(), number, func(int, int) {}); !errors.Is(err, ErrNoStudy) {
			t.Errorf("%q: %v %v", number, list, err)
		}
	}
	p.Remotes[0].Address = "127.0.0.1:" + freePort(t)
	if _, err := p.Pull(t.Context(), "A1", func(int, int) {}); !errors.Is(err, ErrNoStudy) {
		t.Errorf("a PACS that is away: %v", err)
	}
}

// numbered is a file of the zoo with an accession number.
func numbered(t *testing.T, dir, name, number string) string {
	t.Helper()
	f, done, err := dicom.Open(zoo(name), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	f.Dataset.SetString(dicom.AccessionNumber, number)
	path := filepath.Join(dir, name)
	out, err := os.Create(path)
	if err == nil {
		err = errors.Join(dicom.NewFile(f.Dataset, f.Syntax).Write(out), out.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
