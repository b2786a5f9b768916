package desk

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
)

// TestARefusedFileIsToldInTheReadersLanguage: why a file was not taken stood in English on a Chinese page, in the words of the parser.
func TestARefusedFileIsToldInTheReadersLanguage(t *testing.T) {
	for _, c := range []struct {
		why    error
		en, zh string
	}{
		{fmt.Errorf("reading: %w", &dicom.Error{Sort: dicom.ErrTruncated, Offset: 700, Why: "the file ends in an element"}), "was cut off", "不完整"},
		{fmt.Errorf("storing: %w", archive.ErrDuplicate), "with other content", "编号相同而内容不同"},
		{archive.ErrFull, "disk of this hospital is full", "磁盘已满"},
		{&dicom.Error{Sort: dicom.ErrMalformed, Offset: 7, Why: "a length is odd"}, "breaks the rules of DICOM", "不符合 DICOM 规则"},
		{errors.New("the line broke"), "x.dcm: the line broke", "x.dcm：the line broke"},
	} {
		got := refusedText("x.dcm", c.why)
		if !strings.Contains(got.En, c.en) || !strings.Contains(got.Zh, c.zh) {
			t.Errorf("%v: %q and %q", c.why, got.En, got.Zh)
		}
	}
}
