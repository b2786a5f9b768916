package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"consilium/casebook"
	"consilium/imaging/manifest"
	"consilium/lab/guide"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/ledger"
)

// rehearses makes the surface of the head that was filed last in a case, plans the bone window behind the left ear on it, and orders the guide for it. All of it is computed from the CT, as the page does it;
// where the CT is not installed there is nothing to rehearse on, and the page says so.
func (s *story) rehearses(p *person, thread ledger.ThreadID) {
	if s.err != nil || !s.headed {
		return
	}
	entry := s.newest[thread]
	series, err := s.seriesOf(p, thread, entry)
	if err != nil {
		s.err = err
		return
	}
	bone, err := s.labDone(p, thread, map[string]any{"kind": rehearsal.Surface, "entry": entry, "asked": rehearsal.SurfaceOrder{Series: series, Preset: "bone", Low: 226, High: 3071, Smooth: 20, Triangles: 120_000}})
	if err != nil {
		s.err = fmt.Errorf("rehearsing: %w", err)
		return
	}
	s.shows(p.at, "The skull as a surface, from the CT")
	if err := s.window(p, thread, bone); err != nil {
		s.err = fmt.Errorf("planning the bone window: %w", err)
		return
	}
	s.shows(p.at, "Two cuts planned behind the left ear; the guide is being made")
}

// labItem is what the story reads of something made in the lab.
type labItem struct {
	ID, State, Fault string
	Facts            json.RawMessage
}

// labDone orders something and waits until it is there.
func (s *story) labDone(p *person, thread ledger.ThreadID, order map[string]any) (made labItem, err error) {
	path := s.under[thread] + "/" + thread.String() + "/lab"
	if err := p.post(s.ctx, path, order, &made); err != nil {
		return made, err
	}
	id := made.ID
	return made, s.until(s.ctx, p.at, "the lab of "+p.at.short, func() (bool, error) {
		var list struct{ Items []labItem }
		if err := p.get(s.ctx, path, &list); err != nil {
			return false, err
		}
		for _, i := range list.Items {
			if i.ID != id {
				continue
			}
			if made = i; i.State == "failed" {
				return false, errors.New(i.Fault)
			}
			return i.State == "done", nil
		}
		return false, nil
	})
}

// seriesOf is the first series of the study that an entry attaches.
func (s *story) seriesOf(p *person, thread ledger.ThreadID, entry ledger.Hash) (string, error) {
	var list struct {
		Items []struct {
			Hash  ledger.Hash
			Blobs []ledger.BlobRef
		}
	}
	if err := p.get(s.ctx, s.under[thread]+"/"+thread.String()+"/entries?limit=1000", &list); err != nil {
		return "", err
	}
	for _, e := range list.Items {
		for _, b := range e.Blobs {
			if e.Hash != entry || b.Type != manifest.Type {
				continue
			}
			raw, err := p.file(s.ctx, b.Hash)
			if err != nil {
				return "", err
			}
			study, err := manifest.Decode(raw)
			if err != nil || len(study.Series) == 0 {
				return "", errors.Join(errors.New("the study has no series"), err)
			}
			return study.Series[0].UID, nil
		}
	}
	return "", errors.New("the case has no study")
}

// window plans the two cuts of a bone window behind the left ear, and orders a guide with their slots.
func (s *story) window(p *person, thread ledger.ThreadID, bone labItem) error {
	path := s.under[thread] + "/" + thread.String() + "/lab"
	var glb bytes.Buffer
	if err := p.get(s.ctx, path+"/"+bone.ID+"/glb", &glb); err != nil {
		return err
	}
	m, err := surface.ReadGLB(glb.Bytes())
	if err != nil {
		return err
	}
	low, high := m.Bounds()
	spot := rehearsal.Nearest(m, space.Vec{high[0], low[1] + 0.74*(high[1]-low[1]), low[2] + 0.55*(high[2]-low[2])})
	cuts := rehearsal.StartPlan(thread, "left")
	cuts.Version = 1
	cuts.Planes, cuts.Angles = map[string]plan.Plane{"A": spot.Cut(0, 12), "B": spot.Cut(90, 8)}, map[string]float64{"A": 12, "B": 8}
	var planned labItem
	if err := p.post(s.ctx, path, map[string]any{"kind": rehearsal.Plan, "source": bone.ID, "asked": cuts}, &planned); err != nil {
		return err
	}
	d := guide.Defaults()
	d.Case, d.Center, d.Approach, d.Radius, d.Reach, d.Resolution = casebook.Number(thread), spot.Point, spot.Out, 24, 9, 0.5
	d.Label = &guide.Label{Text: casebook.Engraving(thread, "left"), Height: 3, Depth: 0.6}
	d.Slots = []guide.Slot{{Name: "A", Plane: cuts.Planes["A"], Length: 16, Height: 9}}
	return p.post(s.ctx, path, map[string]any{"kind": rehearsal.Guide, "source": bone.ID, "asked": rehearsal.GuideOrder{Design: d, Plan: planned.ID, Side: "left"}}, nil)
}
