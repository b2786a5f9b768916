package lab

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/stage"
)

// panel is the lab beside a case's timeline: how far the rehearsal is, a picture of it, and the way there. It is shown where there are images to make something of.
func panel(v *face.Case) (templ.Component, error) {
	if v.Q.Desk.Lab == nil {
		return nil, nil
	}
	w := &labView{v: v, q: v.Q}
	err := v.Q.Desk.View(v.Q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		w.Items, err = v.Q.Desk.LabItems(ctx, tx, v.Thread)
		return err
	})
	if err != nil {
		return nil, err
	}
	w.Items = slices.DeleteFunc(w.Items, func(i desk.LabItem) bool { return stage.Erased(v.Log, i.Entry) })
	w.Stage = rehearsal.OnStage(w.artefacts())
	w.Say = v.May(access.Say) && v.Closed == nil
	if len(w.Items) == 0 {
		if w.Series = stage.Series(v); !w.Say || len(w.Series) == 0 {
			return nil, nil
		}
	}
	return panelPart(w), w.read()
}

// turned looks at the side where the guide lies: its way off the bone leads to who looks.
func (w *labView) turned() string {
	a := w.design.Design.Approach
	if w.Stage.Guide == nil || math.Hypot(a[0], a[1]) < 0.1 {
		return ""
	}
	return "&turn=" + strconv.Itoa(15*int(math.Round(math.Atan2(-a[0], -a[1])*12/math.Pi)))
}

// front is the view that the panel shows: the guide where there is one, else the bone.
func (w *labView) front() string {
	if w.Stage.Guide != nil {
		return "guide"
	}
	return "surface"
}
