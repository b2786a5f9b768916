package dicom

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDumpListsWhatDcmtkLists compares the tags and representations of every real file with dcmdump's.
func TestDumpListsWhatDcmtkLists(t *testing.T) {
	theirs := regexp.MustCompile(`(?m)^\s*\(([0-9a-f]{4},[0-9a-f]{4})\) ([A-Za-z]{2}|\?\?)`)
	ours := regexp.MustCompile(`(?m)^\s*\(([0-9A-F]{4},[0-9A-F]{4})\) ([A-Z]{2})`)
	for _, name := range real(t) {
		var out bytes.Buffer
		if err := open(t, name).Dump(&out); err != nil {
			t.Fatal(err)
		}
		b, err := exec.Command("dcmdump", "-q", "+L", "+uc", name).Output()
		if err != nil {
			t.Fatalf("%s: dcmdump: %v", name, err)
		}
		var want, got []string
		for _, m := range theirs.FindAllStringSubmatch(string(b), -1) {
			if m[1][:4] != "fffe" {
				want = append(want, strings.ToUpper(m[1]))
			}
		}
		for _, m := range ours.FindAllStringSubmatch(out.String(), -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			i := 0
			for i < min(len(got), len(want)) && got[i] == want[i] {
				i++
			}
			t.Errorf("%s: %d elements, dcmdump %d; after %d, %v and %v", name, len(got), len(want), i, got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	}
}

// TestDumpIsSafe: a name with an escape sequence and markup stays text.
func TestDumpIsSafe(t *testing.T) {
	d := &Dataset{}
	d.SetString(SpecificCharacterSet, "ISO_IR 192")
	d.Set(Element{Tag: PatientName, VR: PN, Value: []byte("\x1b[2J\x07王^小东\u202e")})
	var out bytes.Buffer
	if err := NewFile(d, ExplicitVRLittleEndian).Dump(&out); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.ContainsAny(s, "\x1b\x07\u202e") || !strings.Contains(s, "王^小东") {
		t.Errorf("%q", s)
	}
}
