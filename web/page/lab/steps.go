package lab

import (
	"cmp"
	"strconv"

	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/web/face"
	"consilium/web/stage"
)

// step is one of the rail: how far it is, and what it came to.
type step struct {
	Key, Name, Note string
	State           string // "ok", "run", "wait", "bad", "": not begun
	Percent         int    // of a step that runs
	View            string // of the stage; "" where there is none
	Form            string // the part of the page where it is done
}

// number is the step's place as it stands in its circle.
func (s step) number(at int) string { return strconv.Itoa(at + 1) }

// steps are the rail, in their order.
func (w *labView) steps() []step {
	list := []step{w.volumeStep(), w.segmentStep(), w.surfaceStep(), w.planStep(), w.guideStep(), w.strengthStep(), w.releaseStep()}
	for i := range list {
		list[i].Name = w.q.P("lab.step."+list[i].Key, nil)
		list[i].Form = cmp.Or(list[i].Form, list[i].Key)
	}
	return list
}

// made is the state of a step whose artefact a job makes.
func (w *labView) made(key string, kind rehearsal.Kind, done bool, note string) step {
	s := step{Key: key, Note: w.q.P("lab.step.none", nil)}
	if done {
		s.State, s.Note = "ok", note
	}
	if i := w.open(kind); i != nil {
		s.State = "run"
		s.Percent, s.Note = w.running(i)
	} else if w.failed(kind) != nil && !done {
		s.State, s.Note = "bad", w.q.P("lab.step.failed", nil)
	}
	return s
}

func (w *labView) running(i *desk.LabItem) (percent int, note string) {
	percent, _ = progress(w.q, i)
	return percent, w.q.P("lab.step.runs", map[string]any{"percent": percent})
}

func (w *labView) volumeStep() step {
	s := w.made("volume", rehearsal.Surface, w.Stage.Surface != nil, w.scanNote())
	s.View, s.Form = "slices", "surface"
	if s.State == "ok" && (len(w.bone.Scan.Missing) > 0 || w.bone.Scan.Uneven > 0 || w.bone.Scan.Tilt != 0) {
		s.State = "wait"
	}
	return s
}

// scanNote says what had to be done to the images.
func (w *labView) scanNote() string {
	r, q := w.bone.Scan, w.q
	missing, tilt, uneven := q.P("lab.step.nomissing", nil), q.P("lab.step.notilt", nil), ""
	if len(r.Missing) > 0 {
		n := 0
		for _, m := range r.Missing {
			n += m.Count
		}
		missing = q.P("lab.step.missing", map[string]any{"count": n})
	}
	if r.Tilt != 0 {
		tilt = q.P("lab.step.tilt", map[string]any{"angle": degrees(q, r.Tilt)})
	}
	if r.Uneven > 0 {
		uneven = q.P("lab.step.uneven", map[string]any{"mm": num(q, r.Uneven, 2)})
	}
	return face.Joined(", ", missing, tilt, uneven)
}

func (w *labView) segmentStep() step {
	name := w.q.P("lab.preset.own", nil)
	if w.order.Preset != "" {
		name = w.q.P("lab.preset."+face.Dashed(w.order.Preset), nil)
	}
	note := w.q.P("lab.step.segmented", map[string]any{"what": name, "low": num(w.q, w.order.Low, 0)})
	if a := w.Stage.Segmentation; a != nil {
		note = stage.SegmentationName(w.q, a)
	}
	s := w.made("segment", rehearsal.Surface, w.Stage.Surface != nil, note)
	s.View, s.Form = "slices", "surface"
	if i := w.open(rehearsal.Segmented); i != nil {
		s.State = "run"
		s.Percent, s.Note = w.running(i)
	}
	return s
}

func (w *labView) surfaceStep() step {
	s := w.made("surface", rehearsal.Surface, w.Stage.Surface != nil, w.q.P("lab.step.triangles", map[string]any{"count": w.bone.Topology.Triangles, "n": w.count(w.bone.Topology.Triangles)}))
	s.View = "surface"
	if s.State == "ok" && !w.bone.Topology.Watertight {
		s.State, s.Note = "wait", w.q.P("lab.step.open", nil)
	}
	return s
}

func (w *labView) planStep() step {
	s := step{Key: "plan", View: "plan", Note: w.q.P("lab.step.none", nil)}
	if w.plan != nil {
		s.State, s.Note = "ok", w.q.P("lab.step.planned", map[string]any{"version": w.plan.Version, "count": len(w.plan.Planes)})
	}
	return s
}

func (w *labView) guideStep() step {
	note := w.q.P("lab.step.checked", map[string]any{"volume": num(w.q, w.guide.Volume/1000, 1)})
	s := w.made("guide", rehearsal.Guide, w.Stage.Guide != nil, note)
	s.View = "guide"
	if s.State == "ok" && len(w.guide.Faults) > 0 {
		s.State, s.Note = "bad", w.q.P("lab.step.faults", map[string]any{"count": len(w.guide.Faults)})
	}
	return s
}

func (w *labView) strengthStep() step {
	note := ""
	if w.Stage.Strength != nil {
		note = w.q.P("lab.step.converged", nil)
		if r := w.strength.Last().Risk; r != nil {
			note = w.q.P("lab.step.risk", map[string]any{"factor": num(w.q, r.Factor, 2)})
		}
	}
	s := w.made("strength", rehearsal.Strength, w.Stage.Strength != nil, note)
	s.View = "stress"
	if s.State == "ok" && !w.strength.Last().Converged {
		s.State, s.Note = "bad", w.q.P("lab.step.unconverged", nil)
	}
	return s
}
