package segment

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/web/face"
	"consilium/web/stage"
)

// take orders a new version: what was painted, and after it what the form asks for.
func take(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	w, err := viewOf(v)
	if err != nil {
		return err
	}
	if !w.say || w.base == nil || w.base.ID != q.PostForm.Get("of") {
		return desk.ErrNotHere
	}
	form := q.PostForm.Get("do")
	steps, err := w.steps(form)
	if err == nil {
		_, err = q.Desk.EditSegmentation(q.Context(), q.Caller, desk.LabOrder{Thread: v.Thread, Source: w.base.ID}, steps)
	}
	if err == nil {
		return q.See(v.Path("lab", "segment") + "?done=ordered")
	}
	var own *stage.Wrong
	if !errors.As(err, &own) && !rehearsal.Known(err) && !errors.Is(err, desk.ErrLabBusy) {
		return err
	}
	return show(v, http.StatusUnprocessableEntity, form, err)
}

// accept orders the version of a suggestion that the reader stands for.
func accept(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	w, err := viewOf(v)
	if err != nil {
		return err
	}
	if !w.say || w.base == nil || w.base.ID != q.PostForm.Get("of") {
		return desk.ErrNotHere
	}
	_, err = q.Desk.AcceptSegmentation(q.Context(), q.Caller, desk.LabOrder{Thread: v.Thread, Source: w.base.ID})
	if err == nil {
		return q.See(v.Path("lab", "segment") + "?done=accepted")
	}
	if !rehearsal.Known(err) && !errors.Is(err, desk.ErrLabBusy) {
		return err
	}
	return show(v, http.StatusUnprocessableEntity, "accept", err)
}

// steps are what was painted and what the form asks for.
func (w *view) steps(form string) (steps []segment.Step, err error) {
	i := &stage.Input{Q: w.q, Form: w.q.PostForm}
	painted(i, "painted", &steps)
	switch form {
	case "brush":
	case "grow":
		steps = append(steps, segment.Step{Grow: &segment.Growth{Seeds: placesOf(i, "grow-points"), Low: i.Number("grow-low"), High: i.Number("grow-high"), Alone: i.Text("grow-how") == "alone"}})
	case "walk":
		var seeds struct{ Object, Background []segment.Stroke }
		painted(i, "seeds", &seeds)
		steps = append(steps, segment.Step{Walk: &segment.Walk{Object: seeds.Object, Background: seeds.Background, Beta: i.Number("walk-beta"), Margin: i.Whole("walk-margin")}})
	case "part":
		steps = append(steps, segment.Step{Part: &segment.Part{Neck: i.Number("part-neck"), Smallest: i.Number("part-smallest"), Keep: placesOf(i, "part-points")}})
	case "fill":
		steps = append(steps, segment.Step{Fill: &segment.Filling{Gap: i.Number("fill-gap")}})
	default:
		return nil, desk.ErrInput
	}
	if i.Err == nil && len(steps) == 0 {
		return nil, stage.Faulty("unpainted", nil)
	}
	return steps, i.Err
}

// placesOf reads places, a line each.
func placesOf(i *stage.Input, name string) (list []space.Vec) {
	for _, line := range strings.Split(i.Text(name), "\n") {
		line = strings.TrimSpace(line)
		p, ok := stage.Vec(line)
		if line != "" && !ok && i.Err == nil {
			i.Err = stage.Faulty("touched", map[string]any{"line": line})
		}
		if ok {
			list = append(list, p)
		}
	}
	return list
}

// painted reads what the script wrote; nothing where it did not run.
func painted(i *stage.Input, name string, into any) {
	text := i.Text(name)
	if text == "" || i.Err != nil {
		return
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		i.Err = fmt.Errorf("%w: what was painted cannot be read: %w", segment.ErrStep, err)
	}
}
