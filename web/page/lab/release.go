package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lab/guide"
	"consilium/lab/rehearsal"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/stage"
	"consilium/web/ui"
)

// releaseStep is the last of the rail: how many of the two signatures there are.
func (w *labView) releaseStep() step {
	s := step{Key: "release", Form: "release", Note: w.q.P("lab.step.none", nil)}
	d := w.v.Device("guide")
	switch {
	case d == nil:
	case w.v.Released(d):
		s.State, s.Note = "ok", w.q.P("lab.step.released", nil)
	case d.Answered != nil && d.Answered.Says.Answer == "return":
		s.State, s.Note = "bad", w.q.P("lab.step.returned", nil)
	case len(w.v.Stale(d)) > 0 || d.Changed || d.Odd:
		s.State, s.Note = "bad", w.q.P("lab.step.stale", nil)
	default:
		s.State, s.Note = "wait", w.q.P("lab.step.signatures", nil)
	}
	return s
}

// checkView is one line of the checks of a print.
type checkView struct {
	OK         bool
	Text, Says string
}

// checks are what was measured on the finished mesh.
func checks(q *face.Request, f *rehearsal.GuideFacts, o *rehearsal.GuideOrder, kind rehearsal.Kind) []checkView {
	t := f.Topology
	list := []checkView{
		{t.Watertight && t.Pinched == 0, q.P("lab.check.watertight", nil), q.P("lab.check.edges", map[string]any{"open": t.Boundary, "more": t.NonManifold})},
		{f.Crossings == 0, q.P("lab.check.crossing", nil), num(q, float64(f.Crossings), 0)},
		{kind == rehearsal.Model || f.ThinWall >= o.Design.MinWall-0.15, q.P("lab.check.wall", nil), q.P("lab.check.limit", map[string]any{"mm": num(q, f.ThinWall, 1), "limit": num(q, o.Design.MinWall, 1)})},
		{true, q.P("lab.check.box", nil), fmt.Sprintf("%s × %s × %s mm", num(q, f.Box[0], 0), num(q, f.Box[1], 0), num(q, f.Box[2], 0))},
	}
	if kind == rehearsal.Guide {
		list = append(list, checkView{f.Gap.OK, q.P("lab.check.contact", nil), q.P("lab.check.gap", map[string]any{"low": num(q, f.Gap.Smallest, 2), "high": num(q, f.Gap.Largest, 2)})},
			checkView{f.TakeOff >= o.Design.Clearance-0.15, q.P("lab.check.off", nil), num(q, f.TakeOff, 2) + " mm"})
	}
	for _, m := range f.Dimensions {
		list = append(list, checkView{m.OK, measureName(q, m), q.P("lab.check.wanted", map[string]any{"low": num(q, m.Smallest, 2), "high": num(q, m.Largest, 2), "wanted": num(q, m.Wanted, 2)})})
	}
	return list
}

// measureName names a slot or a sleeve. One that was measured before they had a sort has it in its name.
func measureName(q *face.Request, m guide.Measure) string {
	if key := "lab.check." + m.Sort; m.Sort != "" && lang.Has(key) {
		return q.P(key, map[string]any{"name": m.Name})
	}
	return m.Name
}

// engraved compares what stands on a print with the case as it is now.
func (w *labView) engraved(f *rehearsal.GuideFacts) checkView {
	return checkView{f.Engraved == casebook.Engraving(w.v.Thread, w.v.Side) && !w.v.SideDisputed, w.q.P("lab.check.engraved", nil), f.Engraved}
}

// printView is a guide or a model with its checks and its two signatures.
type printView struct {
	Sort     string
	Artefact *rehearsal.Artefact
	Checks   []checkView
	Faults   []string
	Device   *casebook.MadeDevice // of this very file; nil: not offered yet
	Other    bool                 // another file of its sort was offered before
	Released bool
	Designer bool // the reader may sign as designer
	Surgeon  bool // the reader may sign as surgeon
	Own      bool // the reader designed it
	Why      string
	Export   []ui.Link
}

// prints are what is on the stage for print.
func (w *labView) prints() (list []printView, err error) {
	for _, kind := range []rehearsal.Kind{rehearsal.Guide, rehearsal.Model} {
		a := map[rehearsal.Kind]*rehearsal.Artefact{rehearsal.Guide: w.Stage.Guide, rehearsal.Model: w.Stage.Model}[kind]
		if a == nil {
			continue
		}
		var o rehearsal.GuideOrder
		var f rehearsal.GuideFacts
		if err := a.Read(&o, &f); err != nil {
			return nil, err
		}
		p := printView{Sort: string(kind), Artefact: a, Checks: append(checks(w.q, &f, &o, kind), w.engraved(&f)), Faults: w.told(f.Faults)}
		if d := w.v.Device(string(kind)); d != nil && d.Says.File == f.SHA256 {
			p.Device, p.Released = d, w.v.Released(d)
		} else {
			p.Other = d != nil
		}
		w.signers(&p, &f)
		if len(f.Faults) == 0 {
			for _, ending := range []string{"3mf", "stl"} {
				p.Export = append(p.Export, ui.Link{Label: strings.ToUpper(ending), URL: w.file(a, ending)})
			}
		}
		list = append(list, p)
	}
	return list, nil
}

// signers tells who may sign what is for print, and why nobody may.
func (w *labView) signers(p *printView, f *rehearsal.GuideFacts) {
	d := p.Device
	switch {
	case !w.Say:
	case len(f.Faults) > 0:
		p.Why = w.q.P("lab.sign.faults", nil)
	case !w.engraved(f).OK:
		p.Why = w.q.P("lab.sign.side", nil)
	case d == nil:
		p.Designer = true
	case d.Answered != nil:
	case d.By.Hospital == w.q.Desk.ID && d.By.Person == w.q.Caller.Person:
		p.Own, p.Why = true, w.q.P("lab.sign.own", nil)
	case len(w.v.Stale(d)) > 0 || d.Changed || d.Odd:
		p.Why, p.Surgeon = w.q.P("lab.sign.stale", nil), w.surgeon()
	default:
		p.Surgeon = w.surgeon()
	}
}

// file is the address of a file of an artefact.
func (w *labView) file(a *rehearsal.Artefact, ending string) string {
	return w.v.Path("lab", "part", a.ID+"."+ending) + "?t=" + stage.Ticket(w.q, w.v.Thread)
}

// offerDevice says the guide or model on the stage with its file, by who designed it: that is the designer's signature.
func offerDevice(q *face.Request) error {
	return taken(q, "release", func(w *labView, i *stage.Input) error {
		a := rehearsal.With(w.artefacts(), i.Text("of"))
		if a == nil || !a.Done() || a.Kind != rehearsal.Guide && a.Kind != rehearsal.Model {
			return rehearsal.ErrGone
		}
		draft, err := w.deviceDraft(a, i.Text("note"))
		if err != nil {
			return err
		}
		_, err = q.Desk.Door.Say(q.Context(), q.Caller.Who, draft)
		return err
	})
}

// deviceDraft is what is said of a file for print. Its checks were made by this node on this very file.
func (w *labView) deviceDraft(a *rehearsal.Artefact, note string) (draft ledger.Draft, err error) {
	var o rehearsal.GuideOrder
	var f rehearsal.GuideFacts
	if err := a.Read(&o, &f); err != nil {
		return draft, err
	}
	file, ok := a.File(rehearsal.ThreeMF)
	if !ok || len(f.Faults) > 0 {
		return draft, stage.Faulty("unchecked", nil)
	}
	says := casebook.Device{Sort: string(a.Kind), File: file.Hash.String(), Engraved: f.Engraved, Side: o.Side, Note: note}
	for _, s := range o.Design.Slots {
		says.Planes = append(says.Planes, casebook.PlaneAngle{Plane: s.Name, Angle: decimal(w.angleOf(s.Name, o.Plan))})
	}
	for _, c := range checks(w.q, &f, &o, a.Kind) {
		says.Checked = append(says.Checked, c.Text+": "+c.Says)
	}
	name := fmt.Sprintf("%s-%s-%d.3mf", casebook.Number(w.v.Thread), a.Kind, a.Version)
	var refs []ledger.Hash
	for _, at := range w.v.PlanHeads {
		refs = append(refs, w.v.Plans[at].Hash)
	}
	return ledger.Draft{Thread: w.v.Thread, Kind: casebook.KindDevice, Refs: refs, Says: says,
		Blobs: []ledger.BlobRef{{Hash: file.Hash, Size: file.Size, Type: "model/3mf", Label: name, Scope: string(access.Images)}}}, nil
}

// angleOf is the planned angle of a plane in the version of the plan that a guide was made of.
func (w *labView) angleOf(plane, version string) float64 {
	if a := rehearsal.With(w.artefacts(), version); a != nil {
		if p, err := rehearsal.PlanOf(a); err == nil {
			return p.Angles[plane]
		}
	}
	return 0
}

// signDevice releases a device, or sends it back.
func signDevice(q *face.Request) error {
	return taken(q, "release", func(w *labView, i *stage.Input) error {
		hash, err := ledger.ParseHash(i.Text("device"))
		if err != nil {
			return rehearsal.ErrGone
		}
		at := slices.IndexFunc(w.v.Devices, func(d casebook.MadeDevice) bool { return d.Hash == hash })
		if at < 0 {
			return rehearsal.ErrGone
		}
		if i.Text("file") != w.v.Devices[at].Says.File { // what was on the page is what is signed
			return desk.ErrChanged
		}
		answer := casebook.DeviceSigned{Answer: i.Text("answer"), Note: i.Text("note")}
		_, err = q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: w.v.Thread, Kind: casebook.KindDeviceSigned, Refs: []ledger.Hash{hash}, Says: answer})
		return err
	})
}

// takeAchieved says the angles that were reached. Planes whose field is empty were not measured.
func takeAchieved(q *face.Request) error {
	return taken(q, "achieved", func(w *labView, i *stage.Input) error {
		says := casebook.Achieved{Of: i.Text("of"), Date: i.Text("date"), Note: i.Text("achieved-note")}
		for _, p := range w.plannedAngles() {
			text := strings.Replace(i.Text("achieved-"+p.Plane), ",", ".", 1)
			if text != "" {
				says.Planes = append(says.Planes, casebook.AchievedAngle{Plane: p.Plane, Planned: p.Angle, Achieved: text})
			}
		}
		if len(says.Planes) == 0 {
			return stage.Faulty("noangle", nil)
		}
		draft := ledger.Draft{Thread: w.v.Thread, Kind: casebook.KindAchieved, At: says.Date, Says: says}
		if d := w.v.Device("guide"); d != nil {
			draft.Refs = []ledger.Hash{d.Hash}
		}
		_, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, draft)
		return err
	})
}

// angleRow is one cut of the table: planned, and achieved on a model and in the patient.
type angleRow struct {
	Plane, Planned string
	Model, Patient *casebook.AchievedAngle
}

// angles are the cuts with what was measured last.
func (w *labView) angles() (rows []angleRow) {
	for _, p := range w.plannedAngles() {
		row := angleRow{Plane: p.Plane, Planned: p.Angle}
		for n := range w.v.Achieved {
			says := w.v.Achieved[n].Says
			for k := range says.Planes {
				switch a := &says.Planes[k]; {
				case a.Plane != p.Plane:
				case says.Of == "model":
					row.Model = a
				default:
					row.Patient = a
				}
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// shown is the measurement that the difference is drawn of: the patient's, or else the model's.
func (r angleRow) shown() *casebook.AchievedAngle {
	if r.Patient != nil {
		return r.Patient
	}
	return r.Model
}

// mostPicture bounds a picture of the stage.
const mostPicture = 4 << 20

// picture keeps a picture of the stage in the case, as an attachment of a finding. The stage sends it as a form and shows what came of it.
func picture(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	if !v.May(access.Say) || v.Closed != nil {
		return desk.ErrNotHere
	}
	view, title, note := q.PostForm.Get("view"), strings.TrimSpace(q.PostForm.Get("title")), strings.TrimSpace(q.PostForm.Get("note"))
	if q.MultipartForm == nil || len(q.MultipartForm.File["picture"]) != 1 || !slices.Contains(rehearsal.Views, view) {
		return desk.ErrInput
	}
	h := q.MultipartForm.File["picture"][0]
	f, err := h.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 8)
	if _, err := io.ReadFull(f, head); err != nil || string(head) != "\x89PNG\r\n\x1a\n" || h.Size > mostPicture {
		return desk.ErrInput
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	hash, size, err := q.Desk.Upload(q.Context(), q.Caller, f, mostPicture)
	if err != nil {
		return err
	}
	says := casebook.Finding{Note: face.Joined("\n", face.JoinDots(q.P("lab.shot", nil), title), note)}
	entry, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: v.Thread, Kind: casebook.KindFinding, Says: says,
		Blobs: []ledger.BlobRef{{Hash: hash, Size: size, Type: "image/png", Label: casebook.Number(v.Thread) + "-" + view + ".png", Scope: string(access.Images)}}})
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "application/json")
	q.W.WriteHeader(http.StatusCreated)
	return json.NewEncoder(q.W).Encode(map[string]string{"entry": entry.Hash.String()})
}

// next is the one step that comes next, and where it is done.
func (w *labView) next(prints []printView) ui.NextView {
	q := w.q
	at := map[string]string{"surface": "in-surface", "plan": "in-plane", "guide": "in-guide", "faults": "in-guide", "strength": "in-strength", "designer": "form-release", "surgeon": "form-release", "rests": "form-rests", "achieved": "in-achieved"}
	n := func(key string) ui.NextView {
		v := ui.NextView{Title: q.P("lab.next."+key+".title", nil), Why: q.P("lab.next."+key+".why", nil)}
		if at[key] != "" && w.Say {
			v.Do = ui.Button(ui.ButtonView{Label: q.P("lab.next-go", nil), URL: "#" + at[key]})
		}
		return v
	}
	switch {
	case w.Stage.Surface == nil && len(w.Series) == 0:
		v := n("images")
		v.Do = ui.Button(ui.ButtonView{Label: q.P("lab.next.images.do", nil), URL: w.v.Path("images")})
		return v
	case w.Stage.Surface == nil:
		return n("surface")
	case !w.hasPlan():
		return n("plan")
	case w.Stage.Guide == nil:
		return n("guide")
	case len(w.guide.Faults) > 0:
		return n("faults")
	case w.Stage.Strength == nil && len(prints) > 0 && prints[0].Device == nil:
		return n("strength")
	case len(prints) > 0 && prints[0].Device == nil && w.mayRest() && unnamed(w.rests()):
		return n("rests")
	}
	for _, p := range prints {
		switch {
		case p.Released:
		case p.Device == nil:
			return n("designer")
		case p.Device.Answered == nil:
			return n("surgeon")
		}
	}
	if len(w.v.Achieved) == 0 {
		return n("achieved")
	}
	return n("done")
}
