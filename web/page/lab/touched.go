package lab

import (
	"bufio"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"consilium/lab/align"
	"consilium/lab/rehearsal"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/web/face"
	"consilium/web/stage"
	"consilium/web/ui"
)

func (w *labView) touchedForm() formView {
	points := w.field(ui.FieldText, "touched-points", "")
	points.Long, points.Mono, points.Rows = true, true, 5
	file := w.field(ui.FieldMedia, "touched-file", "")
	file.Accept = ".txt,.csv,.xyz,.stl,.ply,.3mf,.glb"
	starts := []string{"still"}
	if w.Stage.Registration != nil && w.pairs.Kind == "" {
		starts = []string{"pairs", "still"}
	}
	target := w.field(ui.FieldCode, "touched-target", stage.MiddleOf)
	target.Required = true
	target.Options = append(w.targets(), ui.Option{Value: stage.MiddleOf, Label: w.q.P("lab.reg.middle", nil)})
	f := w.form("touched", points, file, w.choice("touched-start", starts[0], "lab.reg.start", starts...), target, w.measure("touched-limit", "mm", 1.5), w.field(ui.FieldTick, "touched-outliers", "true"))
	f.Files = true
	return f
}

// targets are the places of the plan at which an error may matter.
func (w *labView) targets() (list []ui.Option) {
	if w.plan == nil {
		return nil
	}
	for _, name := range rehearsal.Landmarks(w.plan) {
		list = append(list, ui.Option{Value: name, Label: stage.LandmarkName(w.q, name)})
	}
	for _, name := range rehearsal.Planes(w.plan) {
		list = append(list, ui.Option{Value: name, Label: w.q.P("lab.plane", map[string]any{"plane": name})})
	}
	return list
}

// placeOf is where a target lies.
func (w *labView) placeOf(target string) (at space.Vec, known bool) {
	if target == stage.MiddleOf {
		return w.bone.Center, true
	}
	if w.plan == nil {
		return at, false
	}
	if p, ok := w.plan.Planes[target]; ok {
		return p.Point, true
	}
	at, known = w.plan.Landmarks[target]
	return at, known
}

// targetName is what people call it.
func (w *labView) targetName(target string) string { return stage.TargetName(w.q, target) }

// tracker is the part of the page that listens to a tracker.
func (w *labView) tracker() *stage.TrackerView {
	t := &stage.TrackerView{Q: w.q, Thread: w.v.Thread, Stream: w.v.Path("lab", "tracked") + "?t=" + stage.Ticket(w.q, w.v.Thread)}
	t.By, _ = w.Stage.Navigated() // one that cannot be read is told where it stands on the page
	t.Place = w.targetName(w.pairs.Target)
	return t
}

// mostLines bounds a file of points: a scanner of surfaces writes some ten thousand.
const mostLines = 500_000

// pointsOf reads points, one a line. Lines that begin with a letter or # before the first point are a heading.
func pointsOf(r io.Reader) (list []space.Vec, err error) {
	s := bufio.NewScanner(r)
	for s.Scan() {
		line := strings.TrimSpace(s.Text())
		if line == "" || len(list) == 0 && strings.ContainsAny(line[:1], "#abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\"") {
			continue
		}
		v, ok := stage.Vec(line)
		if !ok || len(list) == mostLines {
			return nil, stage.Faulty("touched", map[string]any{"line": stage.Short(line, 60)})
		}
		list = append(list, v)
	}
	if s.Err() != nil {
		return nil, stage.Faulty("touched", map[string]any{"line": "…"})
	}
	return list, nil
}

// touchedBy reads the points of the form: typed in, or a file of points or of another surface.
func touchedBy(i *stage.Input, o *rehearsal.RegistrationOrder) (err error) {
	if text := i.Text("touched-points"); text != "" {
		o.Source, err = pointsOf(strings.NewReader(text))
		return err
	}
	f, name, err := i.Upload("touched-file", mostMesh)
	if err != nil {
		return err
	}
	defer f.Close()
	o.File = stage.Short(name, 120)
	ending := strings.ToLower(filepath.Ext(name))
	if slices.Contains([]string{".stl", ".ply", ".3mf", ".glb"}, ending) {
		raw, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		m, err := surface.Read(ending, raw)
		if err != nil {
			return err
		}
		o.Source = rehearsal.Thinned(m)
		return nil
	}
	o.Source, err = pointsOf(f)
	return err
}

// takeTouched orders the fit of points to the bone's surface.
func takeTouched(q *face.Request) error {
	return taken(q, "touched", func(w *labView, i *stage.Input) error {
		if _, err := w.mesh(); err != nil {
			return err
		}
		o := rehearsal.RegistrationOrder{Kind: "surface", Target: i.Text("touched-target"), Limit: i.Number("touched-limit"), Outliers: i.Text("touched-outliers") == "true"}
		if err := touchedBy(i, &o); err != nil {
			return err
		}
		o.Thin()
		at, known := w.placeOf(o.Target)
		if !known {
			i.Fail("needed", "touched-target")
		}
		if o.At = at; i.Text("touched-start") == "pairs" && w.Stage.Registration != nil && w.pairs.Kind == "" {
			back := w.fit.Motion.Inverse() // pairs lead from the images to the tracker
			o.Start = &back
		}
		if i.Err != nil {
			return i.Err
		}
		if err := o.Check(); err != nil {
			return err
		}
		return w.request(rehearsal.Registration, o)
	})
}

// fitLines are what a fit came to, each with its label: how well the points lie, and how many of the disturbed starts agree.
func (w *labView) fitLines() []ui.Fact {
	if s := w.fit.Surface; s != nil {
		n := len(w.pairs.Source)
		return []ui.Fact{{Label: w.q.P("lab.reg.residual", map[string]any{"count": n - s.Rejected}), Value: w.mm(s.Residual)},
			{Label: w.q.P("lab.reg.rejected", nil), Value: w.count(s.Rejected)}, {Label: w.q.P("lab.reg.agreeing", nil), Value: w.q.P("lab.reg.of", map[string]any{"n": s.Agreeing, "all": s.Restarts})}}
	}
	if p := w.fit.Points; p != nil {
		return []ui.Fact{{Label: w.q.P("lab.reg.fre", map[string]any{"count": len(w.pairs.Names)}), Value: w.mm(p.FRE)}}
	}
	return nil
}

// along is where an error stands in its picture, which reaches a little beyond the limit and what 95 of 100 stay below.
func (w *labView) along(t align.Target, mm float64) string {
	return strconv.FormatFloat(280*mm/max(w.pairs.Limit, t.TRE95, 1e-9), 'f', 1, 64)
}

// mirrorFacts are how the sides differ.
func (w *labView) mirrorFacts() []ui.Fact {
	q, f := w.q, &w.mirrored
	list := []ui.Fact{{Label: q.P("lab.mirror.half", nil), Value: w.mm(f.Half)}, {Label: q.P("lab.mirror.within", nil), Value: num(q, 100*f.Within, 0) + " %"},
		{Label: q.P("lab.mirror.rms", nil), Value: w.mm(f.Distance.RMS)}, {Label: q.P("lab.mirror.most", nil), Value: face.JoinDots(w.mm(f.Distance.P99), w.mm(f.Distance.Max))}}
	if f.Restarts > 0 {
		list = append(list, ui.Fact{Label: q.P("lab.mirror.moved", nil), Value: face.JoinDots(w.mm(f.Moved), degrees(q, f.Turned))},
			ui.Fact{Label: q.P("lab.reg.agreeing", nil), Value: q.P("lab.reg.of", map[string]any{"n": f.Agreeing, "all": f.Restarts})})
	}
	return list
}
