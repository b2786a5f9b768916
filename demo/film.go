package demo

import (
	"bytes"
	"errors"
	"fmt"

	"consilium/ledger"
)

// head files the CT of a real head in a case, as it comes from a scanner: with the patient's name in every slice. Where the CT is not installed the story says so
// and goes on.
func (s *story) head(p *person, thread ledger.ThreadID, day string) {
	if s.err != nil {
		return
	}
	var content bytes.Buffer
	err := HeadCT{Patient: "ZHOU^YANSHI", ID: "HC-DEMO-0001", Day: day, Accession: "A20260301"}.Zip(&content)
	if errors.Is(err, ErrNoHead) {
		s.shows(p.at, "No CT: Debian's invesalius-examples is not installed")
		return
	}
	if err == nil {
		err = s.filed(p, thread, s.file(p, content.Bytes(), "application/zip", "head.zip", ""))
	}
	if s.err == nil {
		s.err = err
	}
	s.headed = true
	s.shows(p.at, "CT of the head, filed by its header, de-identified")
}

// filed has images filed in a case, and waits for it.
func (s *story) filed(p *person, thread ledger.ThreadID, b ledger.BlobRef) error {
	if s.err != nil {
		return s.err
	}
	path := s.under[thread] + "/" + thread.String() + "/images"
	var made struct{ Job int64 }
	if err := p.post(s.ctx, path, map[string]any{"files": []ledger.BlobRef{b}}, &made); err != nil {
		return fmt.Errorf("filing images: %w", err)
	}
	return s.until(s.ctx, p.at, "the images of "+p.at.short, func() (bool, error) {
		var list struct {
			Items []struct {
				Job     int64
				State   string
				Error   string
				Entries []ledger.Hash
			}
		}
		if err := p.get(s.ctx, path, &list); err != nil {
			return false, err
		}
		for _, f := range list.Items {
			switch {
			case f.Job != made.Job:
			case f.State == "failed":
				return false, fmt.Errorf("filing images: %s", f.Error)
			case f.State == "done" && len(f.Entries) > 0:
				s.newest[thread], s.where[thread] = f.Entries[len(f.Entries)-1], p.at
				return true, nil
			}
		}
		return false, nil
	})
}
