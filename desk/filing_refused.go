package desk

import (
	"cmp"
	"errors"
	"strings"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
	"consilium/lang"
)

// refusals are why a file of images is not taken, by the error that says so, with the phrase that tells people what that means and what to do (images.fault.refused-…).
var refusals = []struct {
	sort   error
	phrase string
}{
	{archive.ErrFull, "images.fault.refused-full"},
	{archive.ErrDuplicate, "images.fault.refused-duplicate"},
	{archive.ErrMismatch, "images.fault.refused-mismatch"},
	{manifest.ErrOtherStudy, "images.fault.refused-study"},
	{dicom.ErrTruncated, "images.fault.refused-truncated"},
	{dicom.ErrTransferSyntax, "images.fault.refused-syntax"},
	{dicom.ErrTooLarge, "images.fault.refused-large"},
	{dicom.ErrMalformed, "images.fault.refused-malformed"},
}

// refusedText says why a file is not taken. What the program saw in detail follows, for who looks into the file: it never holds a value.
func refusedText(file string, why error) lang.Text {
	phrase := "images.fault.refused"
	for _, r := range refusals {
		if errors.Is(why, r.sort) {
			phrase = r.phrase
			break
		}
	}
	return lang.Phrase(phrase, map[string]any{"file": file, "why": cmp.Or(strings.TrimSpace(why.Error()), "?")})
}
