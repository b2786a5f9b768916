package desk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"consilium/lab/rehearsal"
	"consilium/ledger"
)

// MostSegmentation bounds a segmentation that somebody brings, in bytes.
const MostSegmentation = 64 << 20

// BringSegmentation takes another program's segmentation of a series of the case over: each of its segments becomes a segmentation. The order names the thread and the entry that attaches the images.
// The file may be made on the images as the case has them, or as they were at this hospital before: its frame of reference is compared under the case's pseudonym too.
func (d *Desk) BringSegmentation(ctx context.Context, caller Caller, o LabOrder, series string, other rehearsal.Other) ([]rehearsal.Artefact, error) {
	if d.Lab == nil {
		return nil, ErrNotHere
	}
	if err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error { return d.mayRehearse(ctx, tx, caller, o.Thread) }); err != nil {
		return nil, err
	}
	profile := d.caseProfile(o.Thread, false)
	other.Same = func(scan, file string) bool { return file != "" && (file == scan || profile.UID(file) == scan) }
	return d.Lab.Bring(ctx, rehearsal.Artefact{Thread: o.Thread, Entry: o.Entry, Person: caller.Person, Name: caller.Name}, series, other)
}

// importAsked is what a program asks of another program's segmentation that it uploaded.
type importAsked struct {
	File     ledger.BlobRef `json:"file"` // as the upload answered
	Series   string         `json:"series"`
	Segments []int          `json:"segments,omitempty"` // their numbers; empty: all
}

// askImport takes an uploaded segmentation over, and answers with the first of what came of it.
func (d *Desk) askImport(ctx context.Context, caller Caller, o LabOrder, asked *importAsked) (a rehearsal.Artefact, err error) {
	if err := d.MayAttach(ctx, caller, ledger.Draft{Blobs: []ledger.BlobRef{asked.File}}); err != nil {
		return a, err
	}
	f, size, err := d.Blobs.Open(ctx, asked.File.Hash)
	if err != nil {
		return a, errors.Join(ErrNotHere, err)
	}
	defer f.Close()
	if size > MostSegmentation {
		return a, fmt.Errorf("%w: a segmentation of %d MB", rehearsal.ErrTooMuch, size>>20)
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		return a, err
	}
	list, err := d.BringSegmentation(ctx, caller, o, asked.Series, rehearsal.Other{Name: asked.File.Label, Raw: raw, Numbers: asked.Segments})
	if err != nil {
		return a, err
	}
	return list[0], nil
}
