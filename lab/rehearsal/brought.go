package rehearsal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"consilium/casebook"
	"consilium/imaging/dicom"
	"consilium/lab/derived"
	"consilium/lab/scan"
	"consilium/lab/space"
	"consilium/ledger"
)

// Brought is the segment of another program's file that a segmentation began as.
type Brought struct {
	File      string    `json:"file"`    // as who brought it calls it
	SHA256    string    `json:"sha256"`  // of that file. The file itself is not kept: it names the patient
	Program   string    `json:"program"` // as the file has it
	Type      string    `json:"type"`    // BINARY, FRACTIONAL (what was at least one half of its scale belongs) or LABELMAP
	Number    int       `json:"segment"`
	Segment   string    `json:"label"`
	Algorithm string    `json:"algorithm"` // MANUAL, SEMIAUTOMATIC or AUTOMATIC
	Exact     bool      `json:"exact"`     // its voxels are the scan's; else each voxel of the scan took what lay nearest
	Spacing   space.Vec `json:"spacing_mm"`
}

// mostBrought is how many segments of one file become segmentations at once.
const mostBrought = 8

// Other is the DICOM segmentation of another program.
type Other struct {
	Name    string // of its file
	Raw     []byte
	Numbers []int                        // of the segments that are wanted; empty: all, if they are not too many
	Same    func(scan, file string) bool // whether two frames of reference are one, for those of the case are pseudonyms
}

// Bring makes a segmentation of each segment of another program's file. Of names thread, entry and person; the series is the one that the file was made on.
func (l *Lab) Bring(ctx context.Context, of Artefact, series string, o Other) (list []Artefact, err error) {
	begun := time.Now()
	of.Kind = Segmented
	if of.Asked, err = json.Marshal(SegmentationOrder{Series: series}); err != nil {
		return nil, err
	}
	s, err := l.Scan(ctx, &of, func(int, int) {})
	if err != nil {
		return nil, err
	}
	r, err := o.lay(ctx, s)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(o.Raw)
	for _, segment := range r.Segments {
		b := Brought{File: o.Name, SHA256: hex.EncodeToString(sum[:]), Program: r.Program, Type: r.Type, Number: segment.Number, Segment: segment.Label, Algorithm: segment.Algorithm, Exact: r.Exact, Spacing: r.Spacing}
		a, err := l.brought(ctx, of, s, SegmentationOrder{Series: series, Brought: &b}, segment, begun)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, l.addAll(ctx, list)
}

// lay lays the file onto the scan.
func (o *Other) lay(ctx context.Context, s *scan.Scan) (*derived.Read, error) {
	f, err := dicom.Read(bytes.NewReader(o.Raw), int64(len(o.Raw)), dicom.Options{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", derived.ErrObject, err)
	}
	on := derived.Onto{Grid: s.Volume.Grid, Numbers: o.Numbers, Most: mostBrought}
	if own := s.Origin.FrameOfReference(); own != "" {
		on.Frame = func(uid string) bool { return o.Same(own, uid) }
	}
	return derived.Lay(ctx, f, on)
}

// brought is the artefact of one segment, with its file kept in the study of the case.
func (l *Lab) brought(ctx context.Context, a Artefact, s *scan.Scan, o SegmentationOrder, segment derived.Segment, begun time.Time) (Artefact, error) {
	facts := SegmentationFacts{Added: segment.Mask.Count(), HU: s.Volume.Stats(segment.Mask), Seconds: time.Since(begun).Seconds()}
	var object bytes.Buffer
	made := derived.Made{Title: casebook.Number(a.Thread), Software: "Consilium", Time: l.Now()}
	if err := derived.WriteSegmentation(&object, s.Origin, []derived.Segment{segment}, made); err != nil {
		return a, err
	}
	f, err := l.put(ctx, Segmentation, object.Bytes())
	if err != nil {
		return a, err
	}
	var unread error
	a.Files = []File{f}
	a.Asked, err = json.Marshal(o)
	a.Facts, unread = json.Marshal(facts)
	return a, errors.Join(err, unread)
}

// addAll notes artefacts that are there already, all or none.
func (l *Lab) addAll(ctx context.Context, list []Artefact) error {
	err := l.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		for n := range list {
			if list[n], err = l.Add(ctx, tx, list[n]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for _, a := range list {
			err = errors.Join(err, l.drop(context.WithoutCancel(ctx), "", a.Files[0]))
		}
		return err
	}
	if len(list) > 0 {
		l.Changed(list[0].Thread)
	}
	return nil
}
