package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"consilium/casebook"
	"consilium/lab/guide"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/ledger"
)

// AskLab has something made from what a program wrote down, in the form of its kind. It is read strictly and checked against the case before anything is made.
func (d *Desk) AskLab(ctx context.Context, caller Caller, o LabOrder, asked json.RawMessage) (rehearsal.Artefact, error) {
	switch {
	case o.Kind == rehearsal.Segmented:
		var change struct {
			Steps   []segment.Step
			Import  *importAsked
			Suggest *struct{ Series, Model string }
			Accept  bool
		}
		if err := strictly(asked, &change); err != nil {
			return rehearsal.Artefact{}, err
		}
		switch {
		case change.Import != nil:
			return d.askImport(ctx, caller, o, change.Import)
		case change.Suggest != nil:
			return d.SuggestSegmentation(ctx, caller, o, change.Suggest.Series, change.Suggest.Model)
		case change.Accept:
			return d.AcceptSegmentation(ctx, caller, o)
		}
		return d.EditSegmentation(ctx, caller, o, change.Steps)
	case o.Kind == rehearsal.Implant:
		return d.askImplant(ctx, caller, o, asked)
	case o.Kind == rehearsal.Surface && o.Source != "":
		return d.askSurfaceOf(ctx, caller, o, asked)
	}
	side := ""
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := d.Book.Log(ctx, tx, o.Thread)
		side = casebook.Fold(l).Side
		return err
	})
	if err != nil {
		return rehearsal.Artefact{}, err
	}
	if o.Asked, err = labAsked(o.Kind, asked, o.Thread, side); err != nil {
		return rehearsal.Artefact{}, err
	}
	if pairs, ok := o.Asked.(rehearsal.RegistrationOrder); o.Kind == rehearsal.Plan || ok && pairs.Kind == "" {
		return d.MakeInLab(ctx, caller, o)
	}
	return d.OrderLab(ctx, caller, o)
}

// askSurfaceOf has the surface of a segmentation made, which says itself of which series it is.
func (d *Desk) askSurfaceOf(ctx context.Context, caller Caller, o LabOrder, raw json.RawMessage) (a rehearsal.Artefact, err error) {
	from, err := d.labSource(ctx, caller, o)
	if err != nil {
		return a, err
	}
	var asked rehearsal.SurfaceOrder
	if err := errors.Join(strictly(raw, &asked), asked.Of(&from), asked.Check()); err != nil {
		return a, err
	}
	o.Asked, o.Entry = asked, from.Entry
	return d.OrderLab(ctx, caller, o)
}

// implantAsked is what a program asks of an implant: a mesh that it uploaded, or without one another place for an implant that stands on the stage.
type implantAsked struct {
	rehearsal.ImplantOrder
	Mesh *ledger.BlobRef `json:"mesh,omitempty"`  // as the upload answered; its label ends as its format does
	On   *space.Vec      `json:"on_mm,omitempty"` // a place on the bone to stand on, instead of at_mm and angles_deg
}

// askImplant has an implant placed, moved, or taken away.
func (d *Desk) askImplant(ctx context.Context, caller Caller, o LabOrder, raw json.RawMessage) (a rehearsal.Artefact, err error) {
	bone, err := d.labSource(ctx, caller, o)
	if err != nil {
		return a, err
	}
	var asked implantAsked
	if err := errors.Join(strictly(raw, &asked), asked.Check()); err != nil {
		return a, err
	}
	stage, own, err := d.standing(ctx, o.Thread, asked.Name)
	if err != nil {
		return a, err
	}
	o.Entry, o.Source = bone.Entry, bone.ID
	if asked.Away {
		o.Asked = asked.ImplantOrder
		return d.MakeInLab(ctx, caller, o)
	}
	if err := rehearsal.RoomForImplant(stage, asked.Name); err != nil {
		return a, err
	}
	if asked.Mesh != nil {
		own, err = d.broughtMesh(ctx, caller, &asked)
	} else if own.Ending == "" {
		err = ErrNotHere // there is none of this name to be moved
	}
	if err == nil && asked.On != nil {
		err = d.Lab.StandOn(ctx, &asked.ImplantOrder, own, &bone, *asked.On)
	}
	if err != nil {
		return a, err
	}
	o.Asked, o.Files = asked.ImplantOrder, []rehearsal.File{own}
	return d.OrderLab(ctx, caller, o)
}

// standing is the stage of a case, and the mesh of the implant of a name where it stands there.
func (d *Desk) standing(ctx context.Context, thread ledger.ThreadID, name string) (s rehearsal.Stage, own rehearsal.File, err error) {
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := d.Lab.List(ctx, tx, thread)
		s = rehearsal.OnStage(list)
		return err
	})
	if err != nil {
		return s, own, err
	}
	placed, err := s.Placed()
	for _, i := range placed {
		if i.Order.Name == name {
			own, _ = i.File(rehearsal.Own)
		}
	}
	return s, own, err
}

// broughtMesh reads and keeps the mesh of an upload of the caller's.
func (d *Desk) broughtMesh(ctx context.Context, caller Caller, asked *implantAsked) (own rehearsal.File, err error) {
	if err := d.MayAttach(ctx, caller, ledger.Draft{Blobs: []ledger.BlobRef{*asked.Mesh}}); err != nil {
		return own, err
	}
	f, size, err := d.Blobs.Open(ctx, asked.Mesh.Hash)
	if err != nil {
		return own, errors.Join(ErrNotHere, err)
	}
	defer f.Close()
	if size > mostMesh {
		return own, fmt.Errorf("%w: a mesh of %d MB", rehearsal.ErrTooMuch, size>>20)
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		return own, err
	}
	asked.File = asked.Mesh.Label
	m, err := rehearsal.ReadImplant(asked.File, raw)
	if err != nil {
		return own, err
	}
	return d.Lab.KeepImplant(ctx, m)
}

// mostMesh bounds a mesh that a program brings, in bytes.
const mostMesh = 64 << 20

// labAsked reads and checks what is asked of a kind.
func labAsked(kind rehearsal.Kind, raw json.RawMessage, thread ledger.ThreadID, side string) (any, error) {
	switch kind {
	case rehearsal.Surface:
		var o rehearsal.SurfaceOrder
		err := errors.Join(strictly(raw, &o), o.Check())
		return o, err
	case rehearsal.Plan:
		p, err := plan.Read(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		return p, rehearsal.CheckPlan(p, thread, side)
	case rehearsal.Guide, rehearsal.Model:
		o := rehearsal.GuideOrder{Design: guide.Defaults()}
		err := errors.Join(strictly(raw, &o), o.Check(thread, side))
		return o, err
	case rehearsal.Strength:
		var o rehearsal.StrengthOrder
		err := errors.Join(strictly(raw, &o), o.Check())
		return o, err
	case rehearsal.Registration:
		var o rehearsal.RegistrationOrder
		err := errors.Join(strictly(raw, &o), o.Check())
		return o, err
	}
	if kind == rehearsal.Mirror {
		var o rehearsal.MirrorOrder
		err := errors.Join(strictly(raw, &o), o.Check())
		return o, err
	}
	return nil, ErrInput
}

// strictly refuses fields that are not known: what is half understood is not what was asked for.
func strictly(raw json.RawMessage, v any) error {
	j := json.NewDecoder(bytes.NewReader(raw))
	j.DisallowUnknownFields()
	if err := j.Decode(v); err != nil {
		return errors.Join(ErrInput, err)
	}
	return nil
}
