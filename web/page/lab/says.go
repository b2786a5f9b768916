package lab

import (
	"fmt"
	"math"
	"strconv"

	"consilium/lab/caution"
	"consilium/lab/plan"
	"consilium/lab/space"
	"consilium/lab/strength"
	"consilium/web/face"
	"consilium/web/ui"
)

// chips say what the whole page is.
func (w *labView) chips() (list []ui.ChipView) {
	if w.q.Desk.Demo {
		list = append(list, ui.ChipView{Text: w.q.P("lab.invented", nil), Sort: ui.Line})
	}
	return append(list, ui.ChipView{Text: w.q.P("lab.only", nil), Sort: ui.Line})
}

func (w *labView) mm(f float64) string { return num(w.q, f, 2) + " mm" }

// angle is an angle that an entry says, as people read it.
func (w *labView) angle(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return degrees(w.q, f)
}

// off is how far a cut is off, with its sign.
func (w *labView) off(r angleRow) string {
	off := r.shown().Off()
	sign := "+"
	if off < 0 {
		sign = "−"
	}
	return sign + degrees(w.q, math.Abs(off))
}

// mark is where a difference stands in its picture, of three degrees to each side.
func (w *labView) mark(r angleRow) string {
	return strconv.FormatFloat(10*max(-3, min(3, r.shown().Off())), 'f', 1, 64)
}

// anglesSay sums the table up.
func (w *labView) anglesSay() string {
	sum, n, out := 0.0, 0, 0
	for _, r := range w.angles() {
		if a := r.shown(); a != nil {
			sum, n = sum+math.Abs(a.Off()), n+1
			if a.Outside() {
				out++
			}
		}
	}
	if n == 0 {
		return w.q.P("lab.angles.nothing", nil)
	}
	return w.q.P("lab.angles.mean", map[string]any{"mean": degrees(w.q, sum/float64(n)), "out": out, "count": n})
}

// strengthHow is the load and by what it is judged.
func (w *labView) strengthHow() string {
	return w.q.P("lab.load", map[string]any{"force": num(w.q, w.load.Load.Newton, 0)})
}

func (w *labView) residual(m strength.Report) string {
	return fmt.Sprintf("%d · %.0e", m.Iterations, m.Residual)
}

// strengthSays are the assumptions and what the study of the meshes showed: a figure is never shown without them.
func (w *labView) strengthSays() (lines []string) {
	q, f := w.q, &w.strength
	if len(f.Study.Meshes) > 1 {
		lines = append(lines, q.P("lab.str.change", map[string]any{"percent": num(q, 100*f.Study.VonMisesChange, 0)}))
	}
	lines = append(lines, q.P("lab.str.held-"+f.Held, nil),
		q.P("lab.str.material", map[string]any{"law": q.P("lab.law."+face.Dashed(w.load.Law), nil), "calibration": w.load.Calibration.Name, "criterion": q.P("lab.criterion."+face.Dashed(string(w.load.Criterion)), nil)}))
	lines = append(lines, w.loadedSays()...)
	if n := f.Last().DroppedParts; n > 0 {
		lines = append(lines, q.P("lab.str.dropped", map[string]any{"count": n}))
	}
	return append(append(lines, w.told(f.Last().Warnings)...), w.told(f.Study.Warnings)...)
}

// told are warnings of the lab in the reader's language.
func (w *labView) told(list caution.List) (lines []string) {
	for _, text := range list {
		lines = append(lines, w.q.Text(text))
	}
	return lines
}

// boneFacts are what a surface came to.
func (w *labView) boneFacts() []ui.Fact {
	q, f := w.q, &w.bone
	closed := q.P("lab.step.open", nil)
	if f.Topology.Watertight {
		closed = q.P("lab.check.edges", map[string]any{"open": 0, "more": 0})
	}
	return []ui.Fact{{Label: q.P("lab.fact.triangles", nil), Value: w.count(f.Topology.Triangles)}, {Label: q.P("lab.fact.area", nil), Value: num(q, f.Area/100, 0) + " cm²"},
		{Label: q.P("lab.fact.volume", nil), Value: num(q, f.Volume/1000, 0) + " cm³"}, {Label: q.P("lab.check.watertight", nil), Value: closed},
		{Label: q.P("lab.fact.kept", nil), Value: num(q, 100*f.VolumeKept, 1) + " %"}, {Label: q.P("lab.fact.images", nil), Value: w.scanNote()}}
}

// boneFiles are the formats in which the surface can be taken along.
func (w *labView) boneFiles() (list []ui.Link) {
	for _, f := range [][2]string{{"stl", "stl"}, {"3mf", "3mf"}, {"glb", "glb"}, {"stl.dcm", "stl-dicom"}, {"seg.dcm", "seg-dicom"}} {
		list = append(list, ui.Link{Label: w.q.P("lab.fact.file-"+f[1], nil), URL: w.file(w.Stage.Surface, f[0])})
	}
	return list
}

func (w *labView) place(p space.Vec) string {
	return fmt.Sprintf("%s, %s, %s mm", num(w.q, p[0], 1), num(w.q, p[1], 1), num(w.q, p[2], 1))
}

// planeSays is a plane's angle and place.
func (w *labView) planeSays(name string) string {
	p := w.plan.Planes[name]
	angle := ""
	if a, ok := w.plan.Angles[name]; ok {
		angle = degrees(w.q, a)
	}
	return face.JoinDots(angle, w.place(p.Point))
}

// limb are the angles of a leg, where the plan has its landmarks.
func (w *labView) limb() (list []ui.Fact) {
	for _, name := range []string{plan.HKA, plan.MLDFA, plan.MPTA, plan.JLCA, plan.Slope} {
		if a, ok := w.measured.Limb[name]; ok {
			list = append(list, ui.Fact{Label: name, Value: degrees(w.q, a)})
		}
	}
	return list
}

// designer is who signed a print as designer.
func (w *labView) designer(p printView) string {
	if p.Device == nil {
		if p.Other {
			return w.q.P("lab.sign.another", nil)
		}
		return ""
	}
	return face.JoinDots(w.q.Person(p.Device.By.Name), w.v.Name(p.Device.By.Hospital), w.q.Moment(p.Device.Written))
}

// answered is what the surgeon said.
func (w *labView) answered(p printView) string {
	if p.Device == nil || p.Device.Answered == nil {
		return ""
	}
	a := p.Device.Answered
	return face.JoinDots(w.q.Person(a.By.Name), w.v.Name(a.By.Hospital), w.q.Moment(a.Written), a.Says.Note)
}

func (w *labView) signChip(signed, bad bool) ui.ChipView {
	switch {
	case bad:
		return ui.ChipView{Text: w.q.P("lab.sign.returned", nil), Sort: ui.Bad}
	case signed:
		return ui.ChipView{Text: w.q.P("lab.sign.signed", nil), Sort: ui.Good}
	}
	return ui.ChipView{Text: w.q.P("lab.sign.waits", nil), Sort: ui.Warn}
}

func (w *labView) answerChip(p printView) ui.ChipView {
	a := p.Device
	return w.signChip(p.Released, a != nil && a.Answered != nil && !p.Released)
}

// exported names a file to be taken along, and says of one that nobody released that it is only to be looked at.
func (w *labView) exported(p printView, format string) string {
	if p.Released {
		return w.q.P("lab.export", map[string]any{"format": format})
	}
	return w.q.P("lab.export-draft", map[string]any{"format": format})
}

// hash is a hash in groups, as two people compare it.
func (w *labView) hash(h string) string {
	if len(h) != 64 {
		return h
	}
	return h[:4] + " " + h[4:8] + " … " + h[56:60] + " " + h[60:]
}

// openSays is how far a job of the panel is.
func (w *labView) openSays(n int) string {
	i := &w.Items[n]
	percent, text := progress(w.q, i)
	return face.JoinDots(w.q.P("lab.job.made-of", map[string]any{"what": w.q.P("lab.kind."+string(i.Kind), nil), "version": i.Version}), strconv.Itoa(percent)+" %", text)
}
