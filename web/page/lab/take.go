package lab

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lab/guide"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/lab/strength"
	"consilium/lab/surface"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
)

// wrong is a fault of a form, in words.
type wrong struct{ text lang.Text }

func (w *wrong) Error() string { return w.text.En }

func faulty(key string, args map[string]any) error {
	return &wrong{lang.Phrase("lab.fault."+key, args)}
}

// faultOf is why a form was refused, as people read it: of the page itself, of an entry, or of the lab.
func faultOf(err error) lang.Text {
	var w *wrong
	if errors.As(err, &w) {
		return w.text
	}
	if errors.Is(err, desk.ErrLabBusy) {
		return lang.Phrase("lab.fault.busy", nil)
	}
	if errors.Is(err, ledger.ErrNotSayable) {
		if f := desk.FaultOf(err); f.Detail.Complete() {
			return f.Detail
		}
	}
	return rehearsal.Tell(err)
}

// input reads a form; the first thing that cannot be read is its fault.
type input struct {
	q    *face.Request
	form url.Values
	err  error
}

func (i *input) fail(key, name string) {
	if i.err == nil {
		i.err = faulty(key, map[string]any{"field": i.q.P("lab.field."+strings.TrimRight(name, "0123456789")+".label", nil)})
	}
}

func (i *input) text(name string) string { return strings.TrimSpace(i.form.Get(name)) }

// number reads a decimal number, with a point or a comma.
func (i *input) number(name string) float64 {
	f, err := strconv.ParseFloat(strings.Replace(i.text(name), ",", ".", 1), 64)
	if err != nil || f-f != 0 {
		i.fail("number", name)
		return 0
	}
	return f
}

func (i *input) whole(name string) int {
	n, err := strconv.Atoi(i.text(name))
	if err != nil {
		i.fail("number", name)
	}
	return n
}

// vec reads three numbers. A browser ends the lines of a text field with a carriage return, which is none of them.
func vec(text string) (v space.Vec, ok bool) {
	parts := strings.FieldsFunc(strings.TrimSpace(text), func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '\t' })
	if len(parts) != 3 {
		return v, false
	}
	for n, p := range parts {
		f, err := strconv.ParseFloat(p, 64)
		if err != nil || f-f != 0 || f > 1e5 || f < -1e5 {
			return v, false
		}
		v[n] = f
	}
	return v, true
}

// mostFar is how far from the surface somebody may point, in mm.
const mostFar = 15

// spot reads a place and finds it on the bone.
func (i *input) spot(name string, bone *surface.Mesh) (s rehearsal.Spot) {
	p, ok := vec(i.text(name))
	if !ok {
		i.fail("point", name)
		return s
	}
	if s = rehearsal.Nearest(bone, p); s.Far > mostFar {
		i.fail("far", name)
	}
	return s
}

// spots reads those of several places that are given.
func (i *input) spots(name string, n int, bone *surface.Mesh) (list []rehearsal.Spot) {
	for at := 1; at <= n; at++ {
		if field := fmt.Sprint(name, at); i.text(field) != "" {
			list = append(list, i.spot(field, bone))
		}
	}
	return list
}

// taken reads a form of the page: it opens the case, lets do make something of it, and shows the page again where that fails.
func taken(q *face.Request, id string, do func(*labView, *input) error) error {
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
	i := &input{q: q, form: q.PostForm}
	err = do(w, i)
	if err == nil {
		err = i.err
	}
	if err == nil {
		return q.See(v.Path("lab") + "?done=" + id)
	}
	var own *wrong
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
		return nil, faulty("nosurface", nil)
	}
	return w.q.Desk.Lab.Mesh(w.Stage.Surface)
}

func takeSurface(q *face.Request) error {
	return taken(q, "surface", func(w *labView, i *input) error {
		entry, uid, _ := strings.Cut(i.text("series"), " ")
		hash, err := ledger.ParseHash(entry)
		if err != nil {
			return faulty("series", nil)
		}
		o := rehearsal.SurfaceOrder{Series: uid, Preset: i.text("preset"), Smooth: i.whole("smooth"), Triangles: i.whole("triangles")}
		preset, err := segment.PresetNamed(o.Preset)
		if err != nil {
			return faulty("preset", nil)
		}
		o.Low, o.High = preset.Low, preset.High
		if i.text("low") != "" {
			o.Low, o.Preset = i.number("low"), ""
		}
		if i.text("high") != "" {
			o.High, o.Preset = i.number("high"), ""
		}
		if i.err != nil {
			return i.err
		}
		if err := o.Check(); err != nil {
			return err
		}
		_, err = q.Desk.OrderLab(q.Context(), q.Caller, desk.LabOrder{Thread: w.v.Thread, Kind: rehearsal.Surface, Entry: hash, Asked: o})
		return err
	})
}

// takePlan makes a new version of the plan: with a plane, with a landmark, without one of them, or as it was uploaded.
func takePlan(q *face.Request) error {
	id := q.PostForm.Get("do")
	change := map[string]func(*labView, *input, *plan.Plan) (*plan.Plan, error){"plane": addPlane, "landmark": addLandmark, "remove": remove, "upload": uploaded}[id]
	if change == nil {
		return desk.ErrInput
	}
	return taken(q, id, func(w *labView, i *input) error {
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
			err = i.err
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

func addPlane(w *labView, i *input, p *plan.Plan) (*plan.Plan, error) {
	bone, err := w.mesh()
	if err != nil {
		return nil, err
	}
	name := i.text("plane")
	if err := rehearsal.CheckName(name); err != nil {
		return nil, err
	}
	tilt, turn, spot := i.number("tilt"), i.number("turn"), i.spot("plane-point", bone)
	if i.err == nil && (tilt < -60 || tilt > 60 || turn < -360 || turn > 360) {
		return nil, faulty("angle", nil)
	}
	p.Planes[name], p.Angles[name] = spot.Cut(turn, tilt), tilt
	return p, nil
}

func addLandmark(w *labView, i *input, p *plan.Plan) (*plan.Plan, error) {
	name := i.text("landmark")
	if own := i.text("landmark-name"); own != "" {
		name = own
	}
	if err := rehearsal.CheckName(name); err != nil {
		return nil, err
	}
	v, ok := vec(i.text("landmark-point"))
	if !ok {
		i.fail("point", "landmark-point")
	}
	p.Landmarks[name] = v
	return p, nil
}

// remove takes a plane or a landmark out of the plan.
func remove(_ *labView, i *input, p *plan.Plan) (*plan.Plan, error) {
	delete(p.Planes, i.text("plane"))
	delete(p.Angles, i.text("plane"))
	delete(p.Landmarks, i.text("landmark"))
	return p, nil
}

// mostPlan bounds a plan that is uploaded.
const mostPlan = 1 << 20

func uploaded(_ *labView, i *input, _ *plan.Plan) (*plan.Plan, error) {
	if i.q.MultipartForm == nil || len(i.q.MultipartForm.File["plan-file"]) == 0 {
		return nil, faulty("nofile", nil)
	}
	h := i.q.MultipartForm.File["plan-file"][0]
	if h.Size > mostPlan {
		return nil, faulty("nofile", nil)
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
	return taken(q, "guide", func(w *labView, i *input) error {
		bone, err := w.mesh()
		if err != nil {
			return err
		}
		if w.v.SideDisputed {
			return faulty("side", nil)
		}
		spot := i.spot("guide-center", bone)
		d := guide.Defaults()
		d.Case, d.Center, d.Approach, d.Radius, d.Reach, d.Clearance = casebook.Number(w.v.Thread), spot.Point, spot.Out, i.number("radius"), i.number("reach"), i.number("clearance")
		d.Wall, d.MinWall, d.Saw, d.SawPlay, d.DrillPlay, d.Resolution = i.number("wall"), i.number("min-wall"), i.number("saw"), i.number("saw-play"), i.number("drill-play"), i.number("resolution")
		d.Label = w.label(i.number("letters"), min(0.6, d.Wall-d.MinWall))
		o := rehearsal.GuideOrder{Side: w.v.Side}
		if w.plan != nil {
			o.Plan = w.Stage.Plan.ID
			for _, name := range i.form["planes"] {
				if plane, ok := w.plan.Planes[name]; ok {
					d.Slots = append(d.Slots, guide.Slot{Name: name, Plane: plane, Length: i.number("slot"), Height: i.number("slot-height")})
				}
			}
		}
		for n, s := range i.spots("sleeve", 4, bone) {
			d.Sleeves = append(d.Sleeves, guide.Sleeve{Name: fmt.Sprint(n + 1), Entry: s.Point, Direction: s.Out, Drill: i.number("drill"), Height: d.Wall + 6})
		}
		if i.err != nil {
			return i.err
		}
		if o.Design = d; len(d.Slots)+len(d.Sleeves) == 0 {
			return faulty("noslot", nil)
		}
		if err := o.Check(w.v.Thread, w.v.Side); err != nil {
			return err
		}
		return w.request(rehearsal.Guide, o)
	})
}

func takeModel(q *face.Request) error {
	return taken(q, "model", func(w *labView, i *input) error {
		bone, err := w.mesh()
		if err != nil {
			return err
		}
		if w.v.SideDisputed {
			return faulty("side", nil)
		}
		spot := i.spot("model-center", bone)
		d := guide.Defaults()
		d.Case, d.Center, d.Approach, d.Radius, d.Resolution = casebook.Number(w.v.Thread), spot.Point, spot.Out, 40, i.number("model-resolution")
		d.MinWall = max(d.MinWall, 2*d.Resolution)
		d.Wall = max(d.Wall, 4*d.Resolution, d.MinWall+0.8)
		d.Label = w.label(i.number("model-letters"), 0.8)
		o := rehearsal.GuideOrder{Design: d, Side: w.v.Side}
		if i.err != nil {
			return i.err
		}
		if err := o.Check(w.v.Thread, w.v.Side); err != nil {
			return err
		}
		return w.request(rehearsal.Model, o)
	})
}

func takeStrength(q *face.Request) error {
	return taken(q, "strength", func(w *labView, i *input) error {
		bone, err := w.mesh()
		if err != nil {
			return err
		}
		spot := i.spot("load-point", bone)
		o := rehearsal.StrengthOrder{Name: casebook.Number(w.v.Thread), Threshold: i.number("threshold"), Margin: i.number("margin"),
			Load:        rehearsal.Load{Point: spot.Point, Direction: spot.Out.Scale(-1), Newton: i.number("force"), Radius: i.number("load-radius")},
			Calibration: strength.Calibration{Name: i.text("calibration"), Slope: i.number("slope"), Intercept: i.number("intercept")},
			Law:         i.text("law"), Poisson: 0.3, Criterion: strength.Criterion(i.text("criterion")), Levels: i.whole("levels")}
		radius := i.number("support-radius")
		for _, s := range i.spots("support", 3, bone) {
			o.Supports = append(o.Supports, rehearsal.Support{Point: s.Point, Radius: radius})
		}
		if i.err == nil && o.Calibration.Name == "" {
			i.fail("needed", "calibration")
		}
		if i.err != nil {
			return i.err
		}
		if err := o.Check(); err != nil {
			return err
		}
		return w.request(rehearsal.Strength, o)
	})
}

// takePairs fits the points that a tracker touched to the plan's landmarks: a line each, "name: x y z".
func takePairs(q *face.Request) error {
	return taken(q, "register", func(w *labView, i *input) error {
		if w.plan == nil {
			return faulty("noplan", nil)
		}
		o := rehearsal.RegistrationOrder{Sigma: i.number("sigma"), Limit: i.number("limit"), Target: i.text("target")}
		for _, line := range strings.Split(i.text("points"), "\n") {
			name, rest, _ := strings.Cut(line, ":")
			name = strings.TrimSpace(name)
			if strings.TrimSpace(rest) == "" {
				continue // not touched
			}
			at, known := w.plan.Landmarks[name]
			touched, ok := vec(rest)
			if !known || !ok {
				return faulty("line", map[string]any{"line": strings.TrimSpace(line)})
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
			i.fail("needed", "target")
		}
		if i.err != nil {
			return i.err
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
