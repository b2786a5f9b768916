package lab

import (
	"fmt"
	"slices"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/lab/guide"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lab/segment"
	"consilium/lab/strength"
	"consilium/web/face"
	"consilium/web/stage"
	"consilium/web/ui"
)

// formView is one form of the page: what it asks, and what is wrong with what was sent.
type formView struct {
	ID, Title, Lead, Action, Submit string
	Wrong                           string
	Open, Files                     bool
	Hidden                          []ui.Hidden
	Picks                           []pickView
	Fields                          []ui.FieldView
}

// pickView is a place on the surface: pointed at in the stage, or typed in.
type pickView struct {
	Name, Label, Help, Value, Many string
}

// form begins a form; the one that was refused is open and says why.
func (w *labView) form(id string, fields ...ui.FieldView) formView {
	f := formView{ID: id, Title: w.q.P("lab.form."+id+".title", nil), Lead: w.q.P("lab.form."+id+".lead", nil), Action: w.v.Path("lab", id), Submit: w.q.P("lab.form."+id+".submit", nil), Fields: fields}
	if w.Wrong == id {
		f.Wrong, f.Open = w.Why, true
	}
	return f
}

// typed is what was typed into a field of the form that was refused, or else what it begins with.
func (w *labView) typed(name, begin string) string {
	if w.Typed.Has(name) {
		return w.Typed.Get(name)
	}
	return begin
}

func (w *labView) field(kind ui.FieldType, name, begin string) ui.FieldView {
	f := ui.FieldView{Name: name, Type: kind, Label: w.q.P("lab.field."+name+".label", nil), Value: w.typed(name, begin)}
	if help := w.q.P("lab.field."+name+".help", nil); help != "–" {
		f.Help = help
	}
	return f
}

// measure is a number with its unit.
func (w *labView) measure(name, unit string, begin float64) ui.FieldView {
	f := w.field(ui.FieldText, name, strconv.FormatFloat(begin, 'f', -1, 64))
	f.Unit = unit
	return f
}

// choice is one of a list.
func (w *labView) choice(name, begin, words string, codes ...string) ui.FieldView {
	f := w.field(ui.FieldCode, name, begin)
	f.Required = true
	for _, c := range codes {
		f.Options = append(f.Options, ui.Option{Value: c, Label: w.q.P(words+"."+face.Dashed(c), nil)})
	}
	return f
}

func (w *labView) pick(name, begin string) pickView {
	return pickView{Name: name, Label: w.q.P("lab.field."+name+".label", nil), Help: w.q.P("lab.field."+name+".help", nil), Value: w.typed(name, begin)}
}

// picks are several places of one sort, some of which may stay empty.
func (w *labView) picks(name string, n int) (list []pickView) {
	for i := range n {
		p := w.pick(name, "")
		p.Name, p.Label, p.Many = fmt.Sprint(name, i+1), w.q.P("lab.field."+name+".nth", map[string]any{"n": i + 1}), name
		p.Value = w.typed(p.Name, "")
		if i > 0 {
			p.Help = ""
		}
		list = append(list, p)
	}
	return list
}

func (w *labView) surfaceForm() formView {
	series := w.field(ui.FieldCode, "series", "")
	series.Options, series.Required = slices.Concat(w.Series, w.segmentations()), true
	if of := w.q.URL.Query().Get("segmentation"); of != "" && series.Value == "" {
		series.Value = bySegmentation + " " + of
	}
	if len(w.Series) > 0 && series.Value == "" {
		series.Value = w.Series[0].Value
	}
	var presets []string
	for _, p := range segment.Presets {
		presets = append(presets, p.Name)
	}
	low, high := w.field(ui.FieldText, "low", ""), w.field(ui.FieldText, "high", "")
	low.Unit, high.Unit = "HU", "HU"
	f := w.form("surface", series, w.choice("preset", "bone", "lab.preset", presets...), low, high, w.measure("smooth", "", 20), w.measure("triangles", "", rehearsal.UsualTriangles))
	f.Open = f.Open || w.Stage.Surface == nil && w.open(rehearsal.Surface) == nil || w.q.URL.Query().Has("segmentation")
	return f
}

// bySegmentation stands in the place of an entry's hash where a surface is made of a segmentation and not of a range.
const bySegmentation = "segmentation"

// segmentations are those that somebody changed by hand, brought or accepted.
func (w *labView) segmentations() (list []ui.Option) {
	for n := range w.Items {
		if i := &w.Items[n]; i.Kind == rehearsal.Segmented && i.Artefact.Done() && !stage.Unchecked(&i.Artefact) {
			list = append(list, ui.Option{Value: bySegmentation + " " + i.ID, Label: stage.SegmentationName(w.q, &i.Artefact)})
		}
	}
	return list
}

// nextPlane is the first letter that no plane of the plan has.
func (w *labView) nextPlane() string {
	for c := 'A'; c <= 'Z'; c++ {
		if w.plan == nil {
			return "A"
		}
		if _, taken := w.plan.Planes[string(c)]; !taken {
			return string(c)
		}
	}
	return ""
}

func (w *labView) planeForm() formView {
	f := w.form("plane", w.field(ui.FieldText, "plane", w.nextPlane()), w.measure("tilt", "°", 0), w.measure("turn", "°", 0))
	f.Action, f.Hidden, f.Picks = w.v.Path("lab", "plan"), []ui.Hidden{{Name: "do", Value: "plane"}}, []pickView{w.pick("plane-point", "")}
	return f
}

// limbLandmarks are those by which the angles of a leg are measured.
var limbLandmarks = []string{plan.HipCenter, plan.KneeCenter, plan.AnkleCenter, plan.FemurMedial, plan.FemurLateral, plan.TibiaMedial, plan.TibiaLateral, plan.TibiaAnterior, plan.TibiaPosterior}

func (w *labView) landmarkForm() formView {
	known := w.choice("landmark", "", "lab.landmark", limbLandmarks...)
	known.Required = false
	f := w.form("landmark", known, w.field(ui.FieldText, "landmark-name", ""))
	f.Action, f.Hidden, f.Picks = w.v.Path("lab", "plan"), []ui.Hidden{{Name: "do", Value: "landmark"}}, []pickView{w.pick("landmark-point", "")}
	return f
}

func (w *labView) uploadForm() formView {
	file := w.field(ui.FieldMedia, "plan-file", "")
	file.Accept = ".json,application/json"
	f := w.form("upload", file)
	f.Action, f.Hidden, f.Files = w.v.Path("lab", "plan"), []ui.Hidden{{Name: "do", Value: "upload"}}, true
	return f
}

// planes are the plan's planes to choose from.
func (w *labView) planes() (list []ui.Option) {
	if w.plan == nil {
		return nil
	}
	for _, name := range rehearsal.Planes(w.plan) {
		list = append(list, ui.Option{Value: name, Label: name})
	}
	return list
}

func (w *labView) guideForm() formView {
	d := guide.Defaults()
	planes := w.field(ui.FieldCodes, "planes", "")
	planes.Options = w.planes()
	if planes.Values = w.Typed["planes"]; w.Typed == nil {
		for _, o := range planes.Options {
			planes.Values = append(planes.Values, o.Value)
		}
	}
	f := w.form("guide", planes, w.measure("radius", "mm", d.Radius), w.measure("reach", "mm", d.Reach), w.measure("clearance", "mm", d.Clearance), w.measure("wall", "mm", d.Wall),
		w.measure("min-wall", "mm", d.MinWall), w.measure("saw", "mm", d.Saw), w.measure("saw-play", "mm", d.SawPlay), w.measure("slot", "mm", 16), w.measure("slot-height", "mm", 9),
		w.measure("drill", "mm", 3), w.measure("drill-play", "mm", d.DrillPlay), w.measure("letters", "mm", 3), w.measure("resolution", "mm", 0.5))
	f.Picks = append([]pickView{w.pick("guide-center", "")}, w.picks("sleeve", 4)...)
	return f
}

func (w *labView) modelForm() formView {
	f := w.form("model", w.measure("model-letters", "mm", 5), w.measure("model-resolution", "mm", 0.7))
	f.Picks = []pickView{w.pick("model-center", "")}
	return f
}

func (w *labView) strengthForm() formView {
	calibration := w.field(ui.FieldText, "calibration", "")
	calibration.Required = true
	var laws []string
	for _, l := range []string{"pooled", "femoral-neck", "greater-trochanter", "proximal-tibia", "vertebra"} {
		laws = append(laws, "morgan-2003-"+l)
	}
	f := w.form("strength", w.measure("force", "N", 100), w.measure("load-radius", "mm", 5.6), w.measure("support-radius", "mm", 8), w.measure("margin", "mm", 20), w.measure("threshold", "HU", 226),
		calibration, w.measure("slope", "g/cm³/HU", 0.001), w.measure("intercept", "g/cm³", 0.1), w.choice("law", laws[0], "lab.law", append(laws, "carter-hayes-1977")...),
		w.choice("criterion", string(strength.PrincipalStrain), "lab.criterion", string(strength.PrincipalStrain), string(strength.Pistoia)), w.measure("levels", "", 2))
	f.Fields = append(f.Fields, w.loadedFields()...)
	f.Picks = append([]pickView{w.pick("load-point", "")}, w.picks("support", 3)...)
	return f
}

func (w *labView) pairsForm() formView {
	target := w.field(ui.FieldCode, "target", "")
	begin := ""
	if w.plan != nil {
		for _, name := range rehearsal.Landmarks(w.plan) {
			target.Options = append(target.Options, ui.Option{Value: name, Label: stage.LandmarkName(w.q, name)})
			begin += name + ": \n"
		}
		for _, name := range rehearsal.Planes(w.plan) {
			target.Options = append(target.Options, ui.Option{Value: name, Label: w.q.P("lab.plane", map[string]any{"plane": name})})
		}
	}
	target.Required = true
	if target.Value == "" && len(target.Options) > 0 {
		target.Value = target.Options[len(target.Options)-1].Value
	}
	points := w.field(ui.FieldText, "points", begin)
	points.Long, points.Mono, points.Rows = true, true, 6
	return w.form("register", points, target, w.measure("sigma", "mm", 0), w.measure("limit", "mm", 1.5))
}

// achievedForm asks for the angles that were reached, plane by plane.
func (w *labView) achievedForm() formView {
	fields := []ui.FieldView{w.choice("of", "patient", "lab.of", casebook.AchievedOf...)}
	date := w.field(ui.FieldDay, "date", w.q.Now().Format("2006-01-02"))
	fields = append(fields, date)
	for _, a := range w.plannedAngles() {
		f := w.field(ui.FieldText, "achieved", "")
		f.Name = "achieved-" + a.Plane
		f.Value, f.Unit = w.typed(f.Name, ""), "°"
		f.Label, f.Help = w.q.P("lab.field.achieved.label", map[string]any{"plane": a.Plane}), w.q.P("lab.field.achieved.help", map[string]any{"angle": a.Angle})
		fields = append(fields, f)
	}
	note := w.field(ui.FieldText, "achieved-note", "")
	note.Long = true
	return w.form("achieved", append(fields, note)...)
}

// plannedAngles are the cuts with their angles: those of the released guide, or else of the plan on the stage.
func (w *labView) plannedAngles() (list []casebook.PlaneAngle) {
	if d := w.v.Device("guide"); d != nil && len(d.Says.Planes) > 0 {
		return d.Says.Planes
	}
	if w.plan == nil {
		return nil
	}
	for _, name := range rehearsal.Planes(w.plan) {
		if angle, ok := w.plan.Angles[name]; ok {
			list = append(list, casebook.PlaneAngle{Plane: name, Angle: decimal(angle)})
		}
	}
	return list
}

// decimal is an angle as an entry has it.
func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// hasPlan tells whether there is something to make a guide of.
func (w *labView) hasPlan() bool { return w.plan != nil && len(w.plan.Planes) > 0 }

// surgeon tells whether the reader may release.
func (w *labView) surgeon() bool { return w.v.May(access.Sign) }
