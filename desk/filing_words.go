package desk

import (
	"cmp"
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

// modality is how most images of a study were made, as far as an entry has a code for it; of equally many the one that was met first.
func (h *header) modality() string {
	most := "other"
	for _, m := range h.modalities {
		if m != "other" && (most == "other" || h.images[m] > h.images[most]) {
			most = m
		}
	}
	return most
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

// described is what the header says that the images show: parts of the body, then the study by its cleaned name, or its series
// where it has none.
func (h *header) described(s *manifest.Study) string {
	words := slices.Clone(h.parts)
	add := func(w string) {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	add(s.Description)
	if s.Description != "" {
		return strings.Join(words, ", ")
	}
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

// Manifests are the studies that a case attaches and whose manifest is here, the newest examination first and those of an unknown day last. What was added to a
// study later stands behind it. A manifest that cannot be read is left out: it came from elsewhere, and the case's other images are still to be seen.
func (d *Desk) Manifests(ctx context.Context, l ledger.Log) (list []FiledStudy) {
	for _, s := range l.Said {
		if s.Content == nil || s.Erased || s.Kind != casebook.KindImaging {
			continue
		}
		for _, b := range s.Content.Blobs {
			if b.Type != manifest.Type || !d.Blobs.Has(b.Hash) {
				continue
			}
			if study, err := d.readManifest(ctx, b.Hash); err == nil && study.attachedBy(s.Content.Blobs) {
				list = append(list, FiledStudy{study.Study, b.Hash, s, examined(s)})
			}
		}
	}
	sortStudies(list)
	return list
}

// examined is the day of the examination that an entry tells, perhaps only its month or year; "" where it tells none.
func examined(s ledger.Said) string {
	says, err := ledger.Decode[casebook.Imaging](s.Content.Says)
	if err != nil {
		return ""
	}
	return says.Date
}

// sortStudies puts studies, given in the order in which they were filed, into that of their examinations. The parts of one study stay together.
func sortStudies(list []FiledStudy) {
	type part struct {
		moment string // of the examination: the day, then the time
		filed  int    // when its first part was
	}
	studies := map[string]part{}
	for i, s := range list {
		p, ok := studies[s.UID]
		if !ok {
			p.filed = i
		}
		if s.Day != "" {
			p.moment = max(p.moment, s.Day+" "+s.Time)
		}
		studies[s.UID] = p
	}
	slices.SortStableFunc(list, func(a, b FiledStudy) int {
		x, y := studies[a.UID], studies[b.UID]
		return cmp.Or(cmp.Compare(y.moment, x.moment), cmp.Compare(y.filed, x.filed))
	})
}

// FiledStudy is a study of a case with the entry that attaches it.
type FiledStudy struct {
	*manifest.Study
	Hash  ledger.Hash // of the manifest
	Entry ledger.Said
	Day   string // of the examination, as far as its entry tells it
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

func (d *Desk) readManifest(ctx context.Context, hash ledger.Hash) (attachedStudy, error) {
	f, _, err := d.Blobs.Open(ctx, hash)
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
		for _, s := range d.Manifests(ctx, l) {
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
