package desk

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"consilium/casebook"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
	"consilium/ledger"
	"consilium/pathway"
)

const magneticFieldStrength dicom.Tag = 0x00180087

// modality is how the images of one study were made: that of the first image which is one of an entry's codes.
func (h *header) modality() string {
	for _, m := range h.modalities {
		if m != "other" {
			return m
		}
	}
	return "other"
}

// day is the study's own, "" where the header has none or it was moved.
func (h *header) day() string {
	if len(h.days) == 0 {
		return ""
	}
	return h.days[0]
}

// label names the study in lists of files.
func (h *header) label() string {
	return strings.Join(append([]string{strings.ToUpper(h.modality())}, h.parts...), " ")
}

// seriesTold is how many series a description names.
const seriesTold = 6

// described is what the header says that the images show: parts of the body, then the study and its series by their cleaned names.
func (h *header) described(s *manifest.Study) string {
	words := slices.Clone(h.parts)
	add := func(w string) {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	add(s.Description)
	for i, series := range s.Series {
		if i < seriesTold {
			add(series.Description)
		}
	}
	return strings.Join(words, ", ")
}

// imagingForm answers the pathway's form about imaging with what the header says, as far as the form asks it. False: it asks nothing of that.
func (d *Desk) imagingForm(ctx context.Context, thread ledger.ThreadID, s *filed) (draft ledger.Draft, ok bool, err error) {
	var c casebook.Case
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := d.Book.Log(ctx, tx, thread)
		c = casebook.Fold(l)
		return err
	})
	if err != nil {
		return draft, false, err
	}
	pack := d.Packs(c.Pathway, "")
	if pack == nil {
		return draft, false, nil
	}
	values := pathway.Values{}
	answer := func(f pathway.Field) {
		switch f.ID {
		case "imaging_modality":
			values[f.ID] = pathway.String(s.header.modality())
		case "imaging_date":
			if day := s.header.day(); day != "" {
				values[f.ID] = pathway.String(day)
			}
		case "mri_field":
			if s.field > 0 {
				values[f.ID] = pathway.String(strconv.FormatFloat(s.field, 'f', 1, 64))
			}
		}
	}
	for _, f := range pack.Forms {
		if f.ID == imagingFormID {
			for _, field := range f.AllFields() {
				answer(field)
			}
		}
	}
	if len(values) == 0 || len(pack.Check(imagingFormID, values)) > 0 {
		return draft, false, nil // a pack that asks more than the header knows is answered by a person
	}
	ref := &ledger.PackRef{ID: pack.ID, Version: pack.Version, Hash: pack.Hash()}
	return ledger.Draft{Thread: thread, Kind: casebook.KindFinding, At: s.header.day(), Pack: ref, Says: casebook.Finding{Form: imagingFormID, Values: values}}, true, nil
}

// imagingFormID is the form of a pathway that asks about imaging.
const imagingFormID = "imaging"

// Manifests are the studies that a case attaches and whose manifest is here, the newest entry first. A manifest that cannot be read is left out: it came from
// elsewhere, and the case's other images are still to be seen.
func (d *Desk) Manifests(l ledger.Log) (list []FiledStudy) {
	for _, s := range l.Said {
		if s.Content == nil || s.Erased || s.Kind != casebook.KindImaging {
			continue
		}
		for _, b := range s.Content.Blobs {
			if b.Type != manifest.Type || !d.Blobs.Has(b.Hash) {
				continue
			}
			if study, err := d.readManifest(b.Hash); err == nil && study.attachedBy(s.Content.Blobs) {
				list = append(list, FiledStudy{study.Study, b.Hash, s})
			}
		}
	}
	slices.Reverse(list)
	return list
}

// FiledStudy is a study of a case with the entry that attaches it.
type FiledStudy struct {
	*manifest.Study
	Hash  ledger.Hash // of the manifest
	Entry ledger.Said
}

// Pack is the hash of one of the study's packs.
func (f FiledStudy) Pack(i int) ledger.Hash { return ledger.Hash(f.Packs[i].Hash) }

type attachedStudy struct{ *manifest.Study }

// attachedBy tells whether an entry attaches every pack that the manifest names: a manifest opens no other file.
func (a attachedStudy) attachedBy(blobs []ledger.BlobRef) bool {
	return !slices.ContainsFunc(a.Packs, func(p manifest.Pack) bool {
		return !slices.ContainsFunc(blobs, func(b ledger.BlobRef) bool { return b.Hash == ledger.Hash(p.Hash) && b.Size == p.Size && !b.Sealed })
	})
}

func (d *Desk) readManifest(hash ledger.Hash) (attachedStudy, error) {
	f, _, err := d.Blobs.Open(hash)
	if err != nil {
		return attachedStudy{}, fmt.Errorf("opening a manifest of images: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, manifest.MostBytes+1))
	if err != nil {
		return attachedStudy{}, fmt.Errorf("reading a manifest of images: %w", err)
	}
	study, err := manifest.Decode(text)
	return attachedStudy{study}, err
}

// imagesOf are the UIDs of all instances that a case has by manifest.
func (d *Desk) imagesOf(ctx context.Context, thread ledger.ThreadID) (map[string]bool, error) {
	known := map[string]bool{}
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := d.Book.Log(ctx, tx, thread)
		for _, s := range d.Manifests(l) {
			for _, series := range s.Series {
				for _, i := range series.Instances {
					known[i.UID] = true
				}
			}
		}
		return err
	})
	return known, err
}
