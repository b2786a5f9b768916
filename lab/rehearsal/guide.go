package rehearsal

import (
	"encoding/hex"
	"fmt"

	"consilium/casebook"
	"consilium/jobs"
	"consilium/lab/guide"
	"consilium/lab/space"
	"consilium/lang"
	"consilium/ledger"
)

// GuideOrder is a guide or a model to be made on the surface that it names as its source.
type GuideOrder struct {
	Design guide.Design `json:"design"`
	Plan   string       `json:"plan,omitempty"` // the artefact whose planes the slots lie on
	Side   string       `json:"side,omitempty"` // of the case when it was asked for
}

// GuideFacts is what was measured on the finished mesh.
type GuideFacts struct {
	guide.Report
	Box      space.Vec `json:"box_mm"` // its size along the patient's axes
	Engraved string    `json:"engraved"`
	SHA256   string    `json:"sha256,omitempty"` // of the file for print: what two people sign; "" where a check failed
	Seconds  float64   `json:"seconds"`
}

// Check refuses a design that carries another case's number or another side.
func (o *GuideOrder) Check(thread ledger.ThreadID, side string) error {
	text := o.Design.Case
	if o.Design.Label != nil {
		text = o.Design.Label.Text
	}
	if want := casebook.Engraving(thread, side); o.Design.Case != casebook.Number(thread) || text != want || o.Side != side {
		return fmt.Errorf("%w: it is engraved %q for the side %q; this case is %q", guide.ErrDesign, text, o.Side, want)
	}
	return o.Design.Check()
}

// guide makes a guide or a model, checks the finished mesh, and keeps the file for print if it has no fault. With faults only the picture is kept, to be looked at.
func (w *work) guide() (any, error) {
	var o GuideOrder
	if err := w.of.Read(&o, nil); err != nil {
		return nil, err
	}
	if err := o.Check(w.of.Thread, o.Side); err != nil {
		return nil, err
	}
	from, err := w.source()
	if err != nil {
		return nil, err
	}
	bone, err := w.lab.Mesh(w.ctx, &from)
	if err != nil {
		return nil, err
	}
	begun := w.lab.Now()
	w.report(jobs.Progress{Note: lang.Phrase("lab.job."+string(w.of.Kind), nil)})
	make := guide.Make
	if w.of.Kind == Model {
		make = guide.Model
	}
	g, err := make(o.Design, bone)
	if err != nil {
		return nil, err
	}
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	low, high := g.Mesh.Bounds()
	facts := GuideFacts{Report: g.Report, Box: high.Sub(low), Engraved: casebook.Engraving(w.of.Thread, o.Side), Seconds: w.lab.Now().Sub(begun).Seconds()}
	if _, err := w.keepMesh(GLB, g.Mesh, facts.Engraved); err != nil {
		return nil, err
	}
	if len(g.Report.Faults) == 0 {
		f, err := w.keepMesh(ThreeMF, g.Mesh, facts.Engraved)
		if err != nil {
			return nil, err
		}
		facts.SHA256 = hex.EncodeToString(f.Hash[:])
	}
	return facts, nil
}
