package lab

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lab/guide"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lab/segment"
	"consilium/lab/strength"
	"consilium/lab/surface"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/stage"
)

// taken reads a form of the page: it opens the case, lets do make something of it, and shows the page again where that fails.
func taken(q *face.Request, id string, do func(*labView, *stage.Input) error) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	w, err := viewOf(v)
	if err != nil {
		return err
	}
	if !w.Say {
		return desk.ErrNotHere
	}
	i := &stage.Input{Q: q, Form: q.PostForm}
	err = do(w, i)
	if err == nil {
		err = i.Err
	}
	if err == nil && id == "bring" {
		return q.See(v.Path("lab", "segment") + "?done=bring") // where it is looked at, slice by slice
	}
	if err == nil {
		return q.See(v.Path("lab") + "?done=" + id)
	}
	var own *stage.Wrong
	if f := desk.FaultOf(err); !errors.As(err, &own) && !rehearsal.Known(err) && f.Sort != desk.Invalid && !errors.Is(err, desk.ErrLabBusy) {
		return err
	}
	return show(v, http.StatusUnprocessableEntity, id, err)
}

// request orders what a job makes of the images on the stage.
func (w *labView) request(kind rehearsal.Kind, asked any) error {
	_, err := w.q.Desk.OrderLab(w.q.Context(), w.q.Caller, desk.LabOrder{Thread: w.v.Thread, Kind: kind, Entry: w.Stage.Surface.Entry, Source: w.Stage.Surface.ID, Asked: asked})
	return err
}

// mesh is the surface on the stage; without one nothing can be made.
func (w *labView) mesh() (*surface.Mesh, error) {
	if w.Stage.Surface == nil {
		return nil, stage.Faulty("nosurface", nil)
	}
	return w.q.Desk.Lab.Mesh(w.q.Context(), w.Stage.Surface)
}

func takeSurface(q *face.Request) error {
	return taken(q, "surface", func(w *labView, i *stage.Input) error {
		entry, uid, _ := strings.Cut(i.Text("series"), " ")
		if entry == bySegmentation {
			return w.surfaceOf(uid, i)
		}
		hash, err := ledger.ParseHash(entry)
		if err != nil {
			return stage.Faulty("series", nil)
		}
		o := rehearsal.SurfaceOrder{Series: uid, Preset: i.Text("preset"), Smooth: i.Whole("smooth"), Triangles: i.Whole("triangles")}
		preset, err := segment.PresetNamed(o.Preset)
		if err != nil {
			return stage.Faulty("preset", nil)
		}
		o.Low, o.High = preset.Low, preset.High
		if i.Text("low") != "" {
			o.Low, o.Preset = i.Number("low"), ""
		}
		if i.Text("high") != "" {
			o.High, o.Preset = i.Number("high"), ""
		}
		if i.Err != nil {
			return i.Err
		}
		if err := o.Check(); err != nil {
			return err
		}
		_, err = q.Desk.OrderLab(q.Context(), q.Caller, desk.LabOrder{Thread: w.v.Thread, Kind: rehearsal.Surface, Entry: hash, Asked: o})
		return err
	})
}

// surfaceOf orders the surface of a segmentation that somebody changed.
func (w *labView) surfaceOf(id string, i *stage.Input) error {
	a := rehearsal.With(w.artefacts(), id)
	if a == nil {
		return stage.Faulty("series", nil)
	}
	o := rehearsal.SurfaceOrder{Smooth: i.Whole("smooth"), Triangles: i.Whole("triangles")}
	if i.Err != nil {
		return i.Err
	}
	if err := errors.Join(o.Of(a), o.Check()); err != nil {
		return err
	}
	_, err := w.q.Desk.OrderLab(w.q.Context(), w.q.Caller, desk.LabOrder{Thread: w.v.Thread, Kind: rehearsal.Surface, Entry: a.Entry, Source: a.ID, Asked: o})
	return err
}

// takePlan makes a new version of the plan: with a plane, with a landmark, without one of them, or as it was uploaded.
func takePlan(q *face.Request) error {
	id := q.PostForm.Get("do")
	change := map[string]func(*labView, *stage.Input, *plan.Plan) (*plan.Plan, error){"plane": addPlane, "landmark": addLandmark, "remove": remove, "upload": uploaded}[id]
	if change == nil {
		return desk.ErrInput
	}
	return taken(q, id, func(w *labView, i *stage.Input) error {
		if _, err := w.mesh(); err != nil {
			return err
		}
		p := rehearsal.StartPlan(w.v.Thread, w.v.Side)
		if w.plan != nil {
			*p = *w.plan
		}
		p.Planes, p.Landmarks, p.Angles = copied(p.Planes), copied(p.Landmarks), copied(p.Angles)
		p.Side = rehearsal.StartPlan(w.v.Thread, w.v.Side).Side // of the case, whose side may have been settled since
		p, err := change(w, i, p)
		if err == nil {
			err = i.Err
		}
		if err != nil {
			return err
		}
		if err := rehearsal.CheckPlan(p, w.v.Thread, w.v.Side); err != nil {
			return err
		}
		_, err = q.Desk.MakeInLab(q.Context(), q.Caller, desk.LabOrder{Thread: w.v.Thread, Kind: rehearsal.Plan, Entry: w.Stage.Surface.Entry, Source: w.Stage.Surface.ID, Asked: p})
		return err
	})
}

func copied[V any](m map[string]V) map[string]V {
	c := map[string]V{}
	for k, v := range m {
		c[k] = v
	}
	return c
}

func addPlane(w *labView, i *stage.Input, p *plan.Plan) (*plan.Plan, error) {
	bone, err := w.mesh()
	if err != nil {
		return nil, err
	}
	name := i.Text("plane")
	if err := rehearsal.CheckName(name); err != nil {
		return nil, err
	}
	tilt, turn, spot := i.Number("tilt"), i.Number("turn"), i.Spot("plane-point", bone)
	if i.Err == nil && (tilt < -60 || tilt > 60 || turn < -360 || turn > 360) {
		return nil, stage.Faulty("angle", nil)
	}
	p.Planes[name], p.Angles[name] = spot.Cut(turn, tilt), tilt
	return p, nil
}

func addLandmark(w *labView, i *stage.Input, p *plan.Plan) (*plan.Plan, error) {
	name := i.Text("landmark")
	if own := i.Text("landmark-name"); own != "" {
		name = own
	}
	if err := rehearsal.CheckName(name); err != nil {
		return nil, err
	}
	v, ok := stage.Vec(i.Text("landmark-point"))
	if !ok {
		i.Fail("point", "landmark-point")
	}
	p.Landmarks[name] = v
	return p, nil
}

// remove takes a plane or a landmark out of the plan.
func remove(_ *labView, i *stage.Input, p *plan.Plan) (*plan.Plan, error) {
	delete(p.Planes, i.Text("plane"))
	delete(p.Angles, i.Text("plane"))
	delete(p.Landmarks, i.Text("landmark"))
	return p, nil
}

// mostPlan bounds a plan that is uploaded.
const mostPlan = 1 << 20

func uploaded(_ *labView, i *stage.Input, _ *plan.Plan) (*plan.Plan, error) {
	if i.Q.MultipartForm == nil || len(i.Q.MultipartForm.File["plan-file"]) == 0 {
		return nil, stage.Faulty("nofile", nil)
	}
	h := i.Q.MultipartForm.File["plan-file"][0]
	if h.Size > mostPlan {
		return nil, stage.Faulty("nofile", nil)
	}
	f, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return plan.Read(f)
}

// label is what is engraved, as the design has it.
func (w *labView) label(height, depth float64) *guide.Label {
	return &guide.Label{Text: casebook.Engraving(w.v.Thread, w.v.Side), Height: height, Depth: depth}
}

func takeGuide(q *face.Request) error {
	return taken(q, "guide", func(w *labView, i *stage.Input) error {
		bone, err := w.mesh()
		if err != nil {
			return err
		}
		if w.v.SideDisputed {
			return stage.Faulty("side", nil)
		}
		spot := i.Spot("guide-center", bone)
		d := guide.Defaults()
		d.Case, d.Center, d.Approach, d.Radius, d.Reach, d.Clearance = casebook.Number(w.v.Thread), spot.Point, spot.Out, i.Number("radius"), i.Number("reach"), i.Number("clearance")
		d.Wall, d.MinWall, d.Saw, d.SawPlay, d.DrillPlay, d.Resolution = i.Number("wall"), i.Number("min-wall"), i.Number("saw"), i.Number("saw-play"), i.Number("drill-play"), i.Number("resolution")
		d.Label = w.label(i.Number("letters"), min(0.6, d.Wall-d.MinWall))
		o := rehearsal.GuideOrder{Side: w.v.Side}
		if w.plan != nil {
			o.Plan = w.Stage.Plan.ID
			for _, name := range i.Form["planes"] {
				if plane, ok := w.plan.Planes[name]; ok {
					d.Slots = append(d.Slots, guide.Slot{Name: name, Plane: plane, Length: i.Number("slot"), Height: i.Number("slot-height")})
				}
			}
		}
		for n, s := range i.Spots("sleeve", 4, bone) {
			d.Sleeves = append(d.Sleeves, guide.Sleeve{Name: fmt.Sprint(n + 1), Entry: s.Point, Direction: s.Out, Drill: i.Number("drill"), Height: d.Wall + 6})
		}
		if i.Err != nil {
			return i.Err
		}
		if o.Design = d; len(d.Slots)+len(d.Sleeves) == 0 {
			return stage.Faulty("noslot", nil)
		}
		if err := o.Check(w.v.Thread, w.v.Side); err != nil {
			return err
		}
		return w.request(rehearsal.Guide, o)
	})
}

func takeModel(q *face.Request) error {
	return taken(q, "model", func(w *labView, i *stage.Input) error {
		bone, err := w.mesh()
		if err != nil {
			return err
		}
		if w.v.SideDisputed {
			return stage.Faulty("side", nil)
		}
		spot := i.Spot("model-center", bone)
		d := guide.Defaults()
		d.Case, d.Center, d.Approach, d.Radius, d.Resolution = casebook.Number(w.v.Thread), spot.Point, spot.Out, 40, i.Number("model-resolution")
		d.MinWall = max(d.MinWall, 2*d.Resolution)
		d.Wall = max(d.Wall, 4*d.Resolution, d.MinWall+0.8)
		d.Label = w.label(i.Number("model-letters"), 0.8)
		o := rehearsal.GuideOrder{Design: d, Side: w.v.Side}
		if i.Err != nil {
			return i.Err
		}
		if err := o.Check(w.v.Thread, w.v.Side); err != nil {
			return err
		}
		return w.request(rehearsal.Model, o)
	})
}

func takeStrength(q *face.Request) error {
	return taken(q, "strength", func(w *labView, i *stage.Input) error {
		bone, err := w.mesh()
		if err != nil {
			return err
		}
		spot := i.Spot("load-point", bone)
		o := rehearsal.StrengthOrder{Name: casebook.Number(w.v.Thread), Threshold: i.Number("threshold"), Margin: i.Number("margin"),
			Load:        rehearsal.Load{Point: spot.Point, Direction: spot.Out.Scale(-1), Newton: i.Number("force"), Radius: i.Number("load-radius")},
			Calibration: strength.Calibration{Name: i.Text("calibration"), Slope: i.Number("slope"), Intercept: i.Number("intercept")},
			Law:         i.Text("law"), Poisson: 0.3, Criterion: strength.Criterion(i.Text("criterion")), Levels: i.Whole("levels")}
		radius := i.Number("support-radius")
		for _, s := range i.Spots("support", 3, bone) {
			o.Supports = append(o.Supports, rehearsal.Support{Point: s.Point, Radius: radius})
		}
		if o.Implants, err = w.loaded(i); err != nil {
			return err
		}
		if i.Err == nil && o.Calibration.Name == "" {
			i.Fail("needed", "calibration")
		}
		if i.Err != nil {
			return i.Err
		}
		if err := o.Check(); err != nil {
			return err
		}
		return w.request(rehearsal.Strength, o)
	})
}

// takePairs fits the points that a tracker touched to the plan's landmarks: a line each, "name: x y z".
func takePairs(q *face.Request) error {
	return taken(q, "register", func(w *labView, i *stage.Input) error {
		if w.plan == nil {
			return stage.Faulty("noplan", nil)
		}
		o := rehearsal.RegistrationOrder{Sigma: i.Number("sigma"), Limit: i.Number("limit"), Target: i.Text("target")}
		for _, line := range strings.Split(i.Text("points"), "\n") {
			name, rest, _ := strings.Cut(line, ":")
			name = strings.TrimSpace(name)
			if strings.TrimSpace(rest) == "" {
				continue // not touched
			}
			at, known := w.plan.Landmarks[name]
			touched, ok := stage.Vec(rest)
			if !known || !ok {
				return stage.Faulty("line", map[string]any{"line": strings.TrimSpace(line)})
			}
			o.Names, o.Source, o.Measured = append(o.Names, name), append(o.Source, at), append(o.Measured, touched)
		}
		plane, isPlane := w.plan.Planes[o.Target]
		mark, isMark := w.plan.Landmarks[o.Target]
		switch {
		case isPlane:
			o.At = plane.Point
		case isMark:
			o.At = mark
		default:
			i.Fail("needed", "target")
		}
		if i.Err != nil {
			return i.Err
		}
		_, err := q.Desk.MakeInLab(q.Context(), q.Caller, desk.LabOrder{Thread: w.v.Thread, Kind: rehearsal.Registration, Entry: w.Stage.Surface.Entry, Source: w.Stage.Plan.ID, Asked: o})
		return err
	})
}

// cancel ends the job of an artefact.
func cancel(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	if err := q.Desk.CancelLab(q.Context(), q.Caller, v.Thread, q.PathValue("n")); err != nil {
		return err
	}
	return q.See(v.Path("lab") + "?done=cancel")
}
