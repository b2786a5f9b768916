package lab

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"consilium/desk"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lab/space"
	"consilium/web/face"
	"consilium/web/stage"
	"consilium/web/ui"
)

// lies says how an implant lies to the bone or to the guide.
func (w *labView) lies(c plan.Contact) string {
	if c.Crosses {
		return w.q.P("lab.implant.crosses", map[string]any{"mm": num(w.q, c.Depth, 1)})
	}
	return w.q.P("lab.implant.clear", map[string]any{"mm": num(w.q, c.Clearance, 2)})
}

// facts are how an implant lies, and what it is.
func (w *labView) implantFacts(i rehearsal.Placed) []ui.Fact {
	list := []ui.Fact{{Label: w.q.P("lab.implant.bone", nil), Value: w.lies(i.Lies.Bone)}}
	if i.Lies.Guide != nil {
		list = append(list, ui.Fact{Label: w.q.P("lab.implant.guide", nil), Value: w.lies(*i.Lies.Guide)})
	}
	s := i.Lies.Size
	return append(list, ui.Fact{Label: w.q.P("lab.check.box", nil), Value: fmt.Sprintf("%s × %s × %s mm", num(w.q, s[0], 1), num(w.q, s[1], 1), num(w.q, s[2], 1))},
		ui.Fact{Label: w.q.P("lab.implant.file", nil), Value: face.JoinDots(i.Order.File, "SHA-256 "+w.hash(i.Lies.SHA256))})
}

// implantSays are the lines by which the case's plan tells of an implant.
func (w *labView) implantSays(i rehearsal.Placed) []string {
	return []string{face.JoinDots(w.q.P("lab.implant.bone", nil)+": "+w.lies(i.Lies.Bone), i.Order.File), w.q.P("lab.implant.place", map[string]any{"at": triple(i.Order.At), "angles": triple(i.Order.Angles)})}
}

// triple are three numbers as a field holds them.
func triple(v space.Vec) string {
	var parts []string
	for _, f := range v {
		parts = append(parts, strconv.FormatFloat(f, 'f', 2, 64))
	}
	return strings.Join(parts, " ")
}

func (w *labView) implantForm() formView {
	file := w.field(ui.FieldMedia, "implant-file", "")
	file.Accept, file.Required = ".stl,.3mf,.ply,.glb", true
	f := w.form("implant", file, w.field(ui.FieldText, "implant-name", ""))
	f.Files, f.Picks = true, []pickView{w.pick("implant-point", "")}
	return f
}

// mostMesh bounds a mesh that somebody brings, in bytes.
const mostMesh = 64 << 20

// takeImplant reads a mesh, places it on the bone and has it measured.
func takeImplant(q *face.Request) error {
	return taken(q, "implant", func(w *labView, i *stage.Input) error {
		bone, err := w.mesh()
		if err != nil {
			return err
		}
		f, name, err := i.Upload("implant-file", mostMesh)
		if err != nil {
			return err
		}
		defer f.Close()
		raw, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		o := rehearsal.ImplantOrder{Name: i.Text("implant-name"), File: stage.Short(name, 120)}
		if o.Name == "" {
			o.Name = stage.Short(strings.TrimSuffix(name, filepath.Ext(name)), 40)
		}
		spot := i.Spot("implant-point", bone)
		if i.Err != nil {
			return i.Err
		}
		m, err := rehearsal.ReadImplant(name, raw)
		if err != nil {
			return err
		}
		o.On(spot, m)
		kept, err := q.Desk.Lab.KeepImplant(q.Context(), m)
		if err != nil {
			return err
		}
		return w.orderImplant(o, kept)
	})
}

// loadedFields ask of each implant on the stage whether it takes part in a strength run, and as what.
func (w *labView) loadedFields() (list []ui.FieldView) {
	all, _ := w.Stage.Placed() // one that cannot be read is told where it stands on the page
	for _, p := range all {
		f := ui.FieldView{Name: "with-" + p.ID, Type: ui.FieldCode, Label: p.Order.Name, Help: w.q.P("lab.with.help", nil), Required: true, Value: w.typed("with-"+p.ID, "")}
		f.Options = []ui.Option{{Value: "", Label: w.q.P("lab.with.out", nil)}}
		for n, alloy := range rehearsal.Alloys {
			f.Options = append(f.Options, ui.Option{Value: strconv.Itoa(n), Label: w.q.P("lab.with.bonded", map[string]any{"alloy": alloy.Alloy})})
		}
		f.Options = append(f.Options, ui.Option{Value: rehearsal.Fixed, Label: w.q.P("lab.with.fixed", nil)})
		list = append(list, f)
	}
	return list
}

// loaded are the implants that were chosen for a strength run.
func (w *labView) loaded(i *stage.Input) (list []rehearsal.LoadedImplant, err error) {
	all, err := w.Stage.Placed()
	for _, p := range all {
		chosen := i.Text("with-" + p.ID)
		l := rehearsal.LoadedImplant{As: rehearsal.Fixed}
		if n, err := strconv.Atoi(chosen); err == nil && n >= 0 && n < len(rehearsal.Alloys) {
			l = rehearsal.Alloys[n]
			l.As = rehearsal.Bonded
		} else if chosen != rehearsal.Fixed {
			continue
		}
		l.Of, l.Name = p.ID, p.Order.Name
		list = append(list, l)
	}
	return list, err
}

// loadedSays are how implants took part, and how near each is to yielding.
func (w *labView) loadedSays() (lines []string) {
	for _, l := range w.load.Implants {
		if l.As == rehearsal.Fixed {
			lines = append(lines, w.q.P("lab.with.said-fixed", map[string]any{"name": l.Name}))
			continue
		}
		lines = append(lines, w.q.P("lab.with.said-bonded", map[string]any{"name": l.Name, "alloy": l.Alloy, "gpa": num(w.q, l.Modulus/1000, 0)}))
		for _, r := range w.strength.Last().Implants {
			if r.Name == l.Name {
				lines = append(lines, w.q.P("lab.with.said-risk", map[string]any{"name": l.Name, "factor": num(w.q, r.Factor, 3), "mpa": num(w.q, l.Yield, 0)}))
			}
		}
	}
	if len(w.load.Implants) > 0 {
		lines = append(lines, w.q.P("lab.with.limits", nil))
	}
	return lines
}

// orderImplant orders an implant at a place.
func (w *labView) orderImplant(o rehearsal.ImplantOrder, mesh rehearsal.File) error {
	if err := o.Check(); err != nil {
		return err
	}
	if err := rehearsal.RoomForImplant(w.Stage, o.Name); err != nil {
		return err
	}
	_, err := w.q.Desk.OrderLab(w.q.Context(), w.q.Caller, desk.LabOrder{Thread: w.v.Thread, Kind: rehearsal.Implant, Entry: w.Stage.Surface.Entry, Source: w.Stage.Surface.ID, Asked: o, Files: []rehearsal.File{mesh}})
	return err
}

// moveImplant has an implant measured at another place, or takes it off the stage.
func moveImplant(q *face.Request) error {
	return taken(q, "move", func(w *labView, i *stage.Input) error {
		list, err := w.Stage.Placed()
		if err != nil {
			return err
		}
		for _, v := range list {
			if v.ID != i.Text("of") {
				continue
			}
			if i.Text("do") == "away" {
				o := v.Order
				o.Away = true
				_, err := q.Desk.MakeInLab(q.Context(), q.Caller, desk.LabOrder{Thread: w.v.Thread, Kind: rehearsal.Implant, Entry: v.Entry, Source: v.Source, Asked: o})
				return err
			}
			at, known := stage.Vec(i.Text("implant-at"))
			angles, turned := stage.Vec(i.Text("implant-angles"))
			if !known {
				i.Fail("point", "implant-at")
			}
			if !turned {
				i.Fail("point", "implant-angles")
			}
			if i.Err != nil {
				return i.Err
			}
			o := v.Order
			o.At, o.Angles = at, angles
			mesh, _ := v.File(rehearsal.Own)
			return w.orderImplant(o, mesh)
		}
		return rehearsal.ErrGone
	})
}

// middle is the middle of the patient as the scan has it: where a mirror begins.
func (w *labView) middle() float64 { return w.bone.Center[0] }

func (w *labView) mirrorForm() formView {
	at := w.field(ui.FieldCode, "mirror-plane", "")
	at.Options = []ui.Option{{Value: "", Label: w.q.P("lab.mirror.middle", nil)}}
	for _, o := range w.planes() {
		at.Options = append(at.Options, ui.Option{Value: o.Value, Label: w.q.P("lab.plane", map[string]any{"plane": o.Label})})
	}
	at.Required = true
	fit := w.field(ui.FieldTick, "mirror-fit", "true")
	return w.form("mirror", at, w.measure("mirror-x", "mm", float64(int(w.middle()*10))/10), fit)
}

// takeMirror orders the mirrored side.
func takeMirror(q *face.Request) error {
	return taken(q, "mirror", func(w *labView, i *stage.Input) error {
		if _, err := w.mesh(); err != nil {
			return err
		}
		o := rehearsal.MirrorOrder{Name: i.Text("mirror-plane"), Fit: i.Text("mirror-fit") == "true"}
		if o.Name == "" {
			o.Plane = plan.Plane{Point: space.Vec{i.Number("mirror-x"), w.bone.Center[1], w.bone.Center[2]}, Normal: space.Vec{1, 0, 0}}
		} else if w.plan != nil {
			o.Plane = w.plan.Planes[o.Name]
		}
		if i.Err != nil {
			return i.Err
		}
		if err := o.Check(); err != nil {
			return err
		}
		return w.request(rehearsal.Mirror, o)
	})
}
