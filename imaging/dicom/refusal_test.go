package dicom

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// refusals are the malformed files that must not be read to their end, with the sort of the answer. All others hold wrong values in a right
// encoding, or errors that toolkits forgive, and are read; truncated-792.dcm ends where an element does, which nothing in it betrays.
var refusals = map[string]error{
	"deflate-bomb-256MB.dcm": ErrTooLarge, "deflated-garbage.dcm": ErrMalformed, "delimiter-only.dcm": ErrTruncated, "empty.dcm": ErrNotDICOM,
	"encapsulated-no-items.dcm": ErrTruncated, "item-outside-sequence.dcm": ErrMalformed,
	"length-4GB.dcm": ErrTruncated, "length-odd-4GB.dcm": ErrTruncated, "one-byte.dcm": ErrNotDICOM, "preamble-dicm-only.dcm": ErrNotDICOM,
	"preamble-only.dcm": ErrNotDICOM, "sequence-5000-deep-unterminated.dcm": ErrTooLarge, "sequence-unterminated.dcm": ErrTruncated,
	"truncated-1000.dcm": ErrTruncated, "truncated-140.dcm": ErrTruncated, "truncated-1583.dcm": ErrTruncated, "truncated-200.dcm": ErrTruncated,
	"truncated-400.dcm": ErrTruncated, "unknown-transfer-syntax.dcm": ErrTransferSyntax,
}

// TestRefusals reads all 107 malformed files, as files and as messages of the network: the right answer, within a second and within 128 MB.
func TestRefusals(t *testing.T) {
	names, err := filepath.Glob("testdata/malformed/*.dcm")
	if err != nil || len(names) != 107 {
		t.Fatalf("%d malformed files: %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		f, err := Read(bytes.NewReader(b), int64(len(b)), Options{})
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s took %v", name, took)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 128<<20 {
			t.Errorf("%s took %d bytes", name, took)
		}
		want, listed := refusals[filepath.Base(name)]
		if mutant := strings.Contains(name, "mutant"); !mutant && !errors.Is(err, want) || !mutant && !listed && err != nil {
			t.Errorf("%s: %v, not %v", name, err, want)
		}
		if err == nil && f == nil {
			t.Errorf("%s: neither file nor error", name)
		}
		typed(t, name, err)
		_, err = ReadDataset(bytes.NewReader(b), ExplicitVRLittleEndian, Options{})
		typed(t, name+" as a message", err)
	}
	if f := open(t, "testdata/malformed/charset-unknown.dcm"); len(f.Warnings) != 1 {
		t.Errorf("an unknown character set: %v", f.Warnings)
	}
	if _, err := Read(strings.NewReader(strings.Repeat("hello, world. ", 20)), 280, Options{}); !errors.Is(err, ErrNotDICOM) {
		t.Errorf("text: %v", err)
	}
	if _, _, err := Open("testdata/zoo/no_meta.dcm", Options{}); !errors.Is(err, ErrNotDICOM) {
		t.Errorf("no_meta.dcm: %v", err)
	}
}

// typed wants an error that says where and of which sort.
func typed(t *testing.T, name string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Errorf("%s: %T %v", name, err, err)
		return
	}
	switch e.Sort {
	case ErrNotDICOM, ErrTruncated, ErrMalformed, ErrTransferSyntax, ErrTooLarge:
	default:
		t.Errorf("%s: an error without a sort: %v", name, err)
	}
}
