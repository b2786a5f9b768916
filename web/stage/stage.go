// Package stage gives the lab's stage what it shows: the scene of a case, its surfaces and values, slices of its scan, and the node's own pictures.
//
// It promises that nothing is given to a session that did not open the case, and nothing that comes of erased images. What is made, and by whom, is for web/page/lab.
package stage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/lab/space"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
)

// Ticket shows that this session opened the case, and has it recorded, before it asks for surfaces and slices: hundreds of them are one reading, not hundreds.
func Ticket(q *face.Request, thread ledger.ThreadID) string {
	return q.Sealed("lab", face.CookieOf(q.Request, face.SessionCookie(q.Desk))+" "+thread.String())
}

// opened is the case of a request by a session that opened it. Whether the person may still see the case is asked each time.
func opened(q *face.Request) (l ledger.Log, err error) {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil || q.Desk.Lab == nil || q.FormValue("t") != Ticket(q, id) {
		return l, desk.ErrNotHere
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		ok, err := q.Desk.MaySee(ctx, tx, q.Caller, id)
		if err != nil {
			return err
		}
		if !ok {
			return desk.ErrNotHere
		}
		l, err = q.Desk.Book.Log(ctx, tx, id)
		return err
	})
	return l, err
}

// listed is what a case has in the lab, without what comes of erased images, for a session that opened the case.
func listed(q *face.Request) (list []rehearsal.Artefact, err error) {
	l, err := opened(q)
	if err != nil {
		return nil, err
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err = q.Desk.Lab.List(ctx, tx, l.Thread)
		return err
	})
	return slices.DeleteFunc(list, func(a rehearsal.Artefact) bool { return Erased(l, a.Entry) }), err
}

// Erased tells whether the images that something comes from are erased, or not there.
func Erased(l ledger.Log, entry ledger.Hash) bool {
	said := l.Find(entry)
	return said == nil || said.Erased
}

// The parts of a scene, as the stage's script reads them.
type (
	sceneData struct {
		Frame     string        `json:"frame"`
		Case      string        `json:"case"`
		Side      string        `json:"side"`
		Center    space.Vec     `json:"center"`
		Radius    float64       `json:"radius"`
		Layers    []layerData   `json:"layers"`
		Planes    []planeData   `json:"planes"`
		Landmarks []markData    `json:"landmarks"`
		Loads     []loadData    `json:"loads"`
		Volume    *volumeData   `json:"volume,omitempty"`
		Pictures  []pictureData `json:"pictures"`
	}
	layerData struct {
		ID        string      `json:"id"`
		Kind      string      `json:"kind"`
		Name      string      `json:"name"`
		URL       string      `json:"url"`
		Bytes     int64       `json:"bytes"`
		Triangles int         `json:"triangles"`
		Color     string      `json:"color"`
		Visible   bool        `json:"visible"`
		Apart     *space.Vec  `json:"apart,omitempty"`
		Values    *valuesData `json:"values,omitempty"`
		Pivot     *space.Vec  `json:"pivot,omitempty"` // of what may be moved: the middle that it turns about
	}
	valuesData struct {
		URL       string  `json:"url"`
		Unit      string  `json:"unit"`
		Name      string  `json:"name"`
		Max       float64 `json:"max"`
		Top       float64 `json:"top"` // where the colors end, in the node's own pictures too
		Risk      float64 `json:"factor_of_risk"`
		Criterion string  `json:"criterion"`
	}
	planeData struct {
		ID     string    `json:"id"`
		Name   string    `json:"name"`
		Point  space.Vec `json:"point"`
		Normal space.Vec `json:"normal"`
		Radius float64   `json:"radius"`
		Angle  *float64  `json:"angle,omitempty"`
	}
	markData struct {
		ID    string    `json:"id"`
		Name  string    `json:"name"`
		Point space.Vec `json:"point"`
	}
	loadData struct {
		ID        string    `json:"id"`
		Name      string    `json:"name"`
		Point     space.Vec `json:"point"`
		Direction space.Vec `json:"direction"`
	}
	volumeData struct {
		Dims       [3]int     `json:"dims"`
		Spacing    space.Vec  `json:"spacing"`
		Origin     space.Vec  `json:"origin"`
		Directions [9]float64 `json:"directions"`
		Slice      string     `json:"slice"`
		Window     [2]float64 `json:"window"`
	}
	pictureData struct {
		View string  `json:"view"`
		URL  string  `json:"url"`
		Alt  string  `json:"alt"`
		MM   float64 `json:"mm,omitempty"` // how much the picture is high
		W    int     `json:"w"`
		H    int     `json:"h"`
	}
)

// The size of a picture that the node draws.
const pictureWidth, pictureHeight = 720, 600

// Scene is what the stage shows.
func Scene(q *face.Request) error {
	list, err := listed(q)
	if err != nil {
		return err
	}
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return desk.ErrNotHere
	}
	side := ""
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		l, err := q.Desk.Book.Log(ctx, tx, id)
		side = casebook.Fold(l).Side
		return err
	})
	if err != nil {
		return err
	}
	s := rehearsal.OnStage(list)
	d := sceneData{Frame: "LPS mm", Case: casebook.Number(id), Side: side, Radius: 100, Layers: []layerData{}, Planes: []planeData{}, Landmarks: []markData{}, Loads: []loadData{}, Pictures: []pictureData{}}
	b := &sceneBuilder{q: q, base: "/cases/" + id.String() + "/lab", ticket: "?t=" + Ticket(q, id), data: &d}
	if s.Surface != nil {
		if err := b.fill(s); err != nil {
			return err
		}
	}
	q.W.Header().Set("Cache-Control", "private, no-store")
	return q.JSON(d)
}

// sceneBuilder lays out one scene.
type sceneBuilder struct {
	q            *face.Request
	base, ticket string
	data         *sceneData
}

func (b *sceneBuilder) fill(s rehearsal.Stage) error {
	var bone rehearsal.SurfaceFacts
	if err := s.Surface.Read(nil, &bone); err != nil {
		return err
	}
	b.data.Center, b.data.Radius, b.data.Volume = bone.Center, bone.Radius, b.volume(s.Surface, &bone)
	b.layer("bone", "surface", s.Surface, bone.Topology.Triangles)
	for _, add := range []func(rehearsal.Stage) error{b.guide, b.model, b.implants, b.mirror, b.plan, b.stress} {
		if err := add(s); err != nil {
			return err
		}
	}
	for _, view := range rehearsal.Views {
		if !s.Has(view) {
			continue
		}
		p := pictureData{View: view, URL: b.base + "/picture/" + view + ".png" + b.ticket, Alt: b.q.P("lab.picture."+view, nil), W: pictureWidth, H: pictureHeight}
		if view != "slices" {
			p.MM = 2 * rehearsal.PictureRadius(bone.Radius)
		}
		b.data.Pictures = append(b.data.Pictures, p)
	}
	return nil
}

func (b *sceneBuilder) layer(id, kind string, a *rehearsal.Artefact, triangles int) *layerData {
	f, _ := a.File(rehearsal.GLB)
	b.data.Layers = append(b.data.Layers, layerData{ID: id, Kind: kind, Name: b.q.P("lab.layer."+kind, nil), URL: b.base + "/part/" + a.ID + ".glb" + b.ticket, Bytes: f.Size, Triangles: triangles, Color: id, Visible: kind != "model"})
	return &b.data.Layers[len(b.data.Layers)-1]
}

func (b *sceneBuilder) volume(a *rehearsal.Artefact, f *rehearsal.SurfaceFacts) *volumeData {
	v := &volumeData{Dims: f.Size, Spacing: f.Spacing, Origin: f.Origin, Slice: b.base + "/slice" + b.ticket + "&of=" + a.ID + "&axis=axial&index=", Window: rehearsal.BoneWindow}
	for axis := range 3 {
		c := f.Direction.Column(axis)
		copy(v.Directions[3*axis:], c[:])
	}
	return v
}

func (b *sceneBuilder) guide(s rehearsal.Stage) error {
	if s.Guide == nil {
		return nil
	}
	var o rehearsal.GuideOrder
	var f rehearsal.GuideFacts
	if err := s.Guide.Read(&o, &f); err != nil {
		return err
	}
	apart := rehearsal.Apart(o.Design)
	b.layer("guide", "guide", s.Guide, f.Topology.Triangles).Apart = &apart
	return nil
}

func (b *sceneBuilder) model(s rehearsal.Stage) error {
	if s.Model == nil {
		return nil
	}
	var f rehearsal.GuideFacts
	if err := s.Model.Read(nil, &f); err != nil {
		return err
	}
	b.layer("model", "model", s.Model, f.Topology.Triangles)
	return nil
}

// implants are what was brought, each in its place.
func (b *sceneBuilder) implants(s rehearsal.Stage) error {
	list, err := s.Placed()
	for _, i := range list {
		l := b.layer("implant", "implant", i.Artefact, i.Lies.Mesh)
		l.ID, l.Name, l.Pivot = i.Layer(), i.Order.Name, &i.Order.At
	}
	return err
}

// mirror is the other side as a template.
func (b *sceneBuilder) mirror(s rehearsal.Stage) error {
	if s.Mirror == nil {
		return nil
	}
	var f rehearsal.MirrorFacts
	if err := s.Mirror.Read(nil, &f); err != nil {
		return err
	}
	b.layer("mirror", "mirror", s.Mirror, f.Triangles)
	return nil
}

func (b *sceneBuilder) plan(s rehearsal.Stage) error {
	if s.Plan == nil {
		return nil
	}
	p, err := rehearsal.PlanOf(s.Plan)
	if err != nil {
		return err
	}
	for _, name := range rehearsal.Planes(p) {
		d := planeData{ID: name, Name: name, Point: p.Planes[name].Point, Normal: p.Planes[name].Normal, Radius: rehearsal.PlaneRadius}
		if angle, ok := p.Angles[name]; ok {
			d.Angle = &angle
		}
		b.data.Planes = append(b.data.Planes, d)
	}
	for _, name := range rehearsal.Landmarks(p) {
		b.data.Landmarks = append(b.data.Landmarks, markData{name, LandmarkName(b.q, name), p.Landmarks[name]})
	}
	return nil
}

// LandmarkName is what people call a landmark: one of the leg by its name, others as they were named.
func LandmarkName(q *face.Request, name string) string {
	if key := "lab.landmark." + face.Dashed(name); lang.Has(key) {
		return q.P(key, nil)
	}
	return name
}

// MiddleOf names the middle of the bone as the place at which an error matters, where no plan names another.
const MiddleOf = "-"

// TargetName is what people call the place at which a registration's error is told.
func TargetName(q *face.Request, target string) string {
	if target == MiddleOf {
		return q.P("lab.reg.middle", nil)
	}
	return LandmarkName(q, target)
}

func (b *sceneBuilder) stress(s rehearsal.Stage) error {
	if !s.Has("stress") {
		return nil
	}
	var o rehearsal.StrengthOrder
	var f rehearsal.StrengthFacts
	if err := s.Strength.Read(&o, &f); err != nil {
		return err
	}
	var bone rehearsal.SurfaceFacts
	if err := s.Stressed.Read(nil, &bone); err != nil {
		return err
	}
	v := &valuesData{URL: b.base + "/part/" + s.Strength.ID + ".f32" + b.ticket, Unit: "MPa", Name: b.q.P("lab.stress", nil), Max: f.Most, Top: rehearsal.Scale(&f)}
	if r := f.Last().Risk; r != nil {
		v.Risk, v.Criterion = r.Factor, b.q.P("lab.criterion."+face.Dashed(string(r.Criterion)), nil)
	}
	b.layer("stress", "stress", s.Stressed, bone.Topology.Triangles).Values = v
	b.data.Loads = append(b.data.Loads, loadData{"F", b.q.P("lab.load", map[string]any{"force": lang.Decimal(b.q.Lang, strconv.FormatFloat(o.Load.Newton, 'f', 0, 64))}), o.Load.Point, o.Load.Direction.Unit()})
	return nil
}

// Stamp is another one where the stage shows something else.
func Stamp(s rehearsal.Stage) string {
	h := sha256.New()
	for _, a := range append([]*rehearsal.Artefact{s.Surface, s.Plan, s.Guide, s.Model, s.Strength, s.Mirror}, s.Implants...) {
		if a != nil {
			h.Write([]byte(a.ID))
		}
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// types of files that are made from a surface when they are asked for.
var types = map[string]string{"glb": "model/gltf-binary", "stl": "model/stl", "3mf": "model/3mf", "ply": "application/octet-stream", "f32": "application/octet-stream", "json": "application/json", "seg.dcm": "application/dicom", "stl.dcm": "application/dicom"}

// Part gives a file of an artefact: as it was kept, or a surface in another format. "ID.glb" is for the screen, others are saved.
func Part(q *face.Request) error {
	list, err := listed(q)
	if err != nil {
		return err
	}
	id, ending, _ := strings.Cut(q.PathValue("file"), ".")
	a := rehearsal.With(list, id)
	media, known := types[ending]
	if a == nil || !known {
		return desk.ErrNotHere
	}
	h := q.W.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("Content-Disposition", `attachment; filename="`+casebook.Number(a.Thread)+"-"+string(a.Kind)+"-"+strconv.Itoa(a.Version)+"."+ending+`"`)
	if f, ok := a.File(ending); ok {
		r, _, err := q.Desk.Blobs.Open(q.Context(), f.Hash)
		if err != nil {
			return errors.Join(desk.ErrNotHere, err)
		}
		defer r.Close()
		h.Set("ETag", `"`+f.Hash.String()+`"`)
		http.ServeContent(q.W, q.Request, "", time.Time{}, r)
		return nil
	}
	raw, err := made(q, a, ending)
	if err != nil {
		h.Del("Content-Disposition")
		h.Set("Cache-Control", "no-store")
		return told(err)
	}
	http.ServeContent(q.W, q.Request, "", time.Time{}, bytes.NewReader(raw))
	return nil
}

// made is a surface in a format that is not kept. What is printed as a guide or model is only the file that was checked.
func made(q *face.Request, a *rehearsal.Artefact, ending string) ([]byte, error) {
	printed := a.Kind == rehearsal.Guide || a.Kind == rehearsal.Model
	switch {
	case ending == "stl.dcm" && a.Kind == rehearsal.Surface:
		return q.Desk.Lab.EncapsulatedSTL(q.Context(), a)
	case (ending == "stl" || ending == "3mf" || ending == "ply") && (!printed || checked(a)):
		return q.Desk.Lab.Exported(q.Context(), a, ending, casebook.Number(a.Thread))
	}
	return nil, rehearsal.ErrGone
}

// checked tells whether a guide or model passed its checks.
func checked(a *rehearsal.Artefact) bool {
	_, ok := a.File(rehearsal.ThreeMF)
	return ok
}

// told is an error of the lab as the page's faults tell it.
func told(err error) error {
	if errors.Is(err, rehearsal.ErrGone) {
		return errors.Join(desk.ErrNotHere, err)
	}
	return err
}

// Slice gives one slice of the scan as PNG.
func Slice(q *face.Request) error {
	a, err := found(q)
	if err != nil {
		return err
	}
	index, err := strconv.Atoi(q.FormValue("index"))
	if err != nil {
		return desk.ErrNotHere
	}
	window := rehearsal.BoneWindow
	if q.FormValue("window") == "soft" {
		window = rehearsal.SoftWindow
	}
	raw, err := q.Desk.Lab.Slice(q.Context(), a, q.FormValue("axis"), index, window[0], window[1])
	if err != nil {
		return told(err)
	}
	return png(q, raw)
}

// Drawn gives a picture that the node draws: for ward computers without a graphics card, for print, and before the script has come.
func Drawn(q *face.Request) error {
	list, err := listed(q)
	if err != nil {
		return err
	}
	turn, err := strconv.ParseFloat(q.FormValue("turn"), 64)
	if err != nil || math.IsNaN(turn) {
		turn = usualTurn
	}
	turn = 15 * math.Round(math.Mod(turn, 360)/15)
	view, _ := strings.CutSuffix(q.PathValue("file"), ".png")
	raw, err := q.Desk.Lab.Picture(q.Context(), rehearsal.OnStage(list), view, turn, pictureWidth, pictureHeight)
	if err != nil {
		return told(err)
	}
	return png(q, raw)
}

// usualTurn is from where a picture is drawn that says nothing else: half from the front, half from the right.
const usualTurn = 30

func png(q *face.Request, raw []byte) error {
	q.W.Header().Set("Content-Type", "image/png")
	q.W.Header().Set("Cache-Control", "private, max-age=600")
	q.W.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	_, _ = q.W.Write(raw) // the reader has left; there is nobody to tell
	return nil
}

// Words are the phrases that the stage's script writes itself, with their parts in braces.
func Words(q *face.Request) string { return WordsOf(q, "stage.") }

// WordsOf are those of another script: all whose key begins with a room's name and a dot.
func WordsOf(q *face.Request, room string) string {
	m := map[string]string{}
	for _, key := range lang.Keys(room) {
		m[strings.TrimPrefix(key, room)] = q.P(key, nil)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return "{}"
	}
	return string(text)
}
