package page

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/ledger"
)

// made notes an artefact as if its job had been done, with a file.
func (g *guarded) made(kind rehearsal.Kind, entry ledger.Hash, source string, asked, facts any, files map[string]string) (a rehearsal.Artefact) {
	g.Helper()
	a = rehearsal.Artefact{Thread: g.thread, Kind: kind, Entry: entry, Source: source, Person: g.people["author"].ID, Name: "Dr. author"}
	var err error
	a.Asked, err = json.Marshal(asked)
	g.must(err)
	a.Facts, err = json.Marshal(facts)
	g.must(err)
	for ending, content := range files {
		hash, size, err := g.desk.Blobs.Put(g.Context(), strings.NewReader(content), 1<<20)
		g.must(err)
		a.Files = append(a.Files, rehearsal.File{Ending: ending, Hash: hash, Size: size})
	}
	g.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = g.desk.Lab.Add(ctx, tx, a)
		return err
	})
	return a
}

// imagingEntry is the entry whose images the lab works on.
func (g *guarded) imagingEntry() (h ledger.Hash) {
	g.Helper()
	g.must(g.desk.View(g.Context(), func(ctx context.Context, tx ledger.Tx) error {
		l, err := g.desk.Book.Log(ctx, tx, g.thread)
		i := slices.IndexFunc(l.Said, func(s ledger.Said) bool { return s.Kind == casebook.KindImaging })
		h = l.Said[i].Hash
		return err
	}))
	return h
}

// TestTheLabTeachesWhenItIsEmpty: without images it says what belongs here and leads there.
func TestTheLabTeachesWhenItIsEmpty(t *testing.T) {
	g := newGuarded(t)
	page := "/cases/" + g.thread.String() + "/lab"
	g.signedIn("head").sees(page, "Will it fit, will it hold?", "Add the images", "Custom guides are not proven better.", "Rehearsal only")
	filedCT(g)
	if a := g.signedIn("head").post(page+"/surface", url.Values{"series": {"x"}, "preset": {"bone"}, "smooth": {"20"}, "triangles": {"1000"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Choose a series") {
		t.Errorf("a surface of nothing: %d", a.status)
	}
}

// TestFilesOfTheLabNeedTheSessionThatOpenedTheCase: an artefact's file is for who opened the case, and of that case only.
func TestFilesOfTheLabNeedTheSessionThatOpenedTheCase(t *testing.T) {
	g := newGuarded(t)
	facts := rehearsal.SurfaceFacts{Radius: 80}
	bone := g.made(rehearsal.Surface, g.imagingEntry(), "", rehearsal.SurfaceOrder{Series: "1", Preset: "bone", Low: 226}, facts, map[string]string{rehearsal.GLB: "QSECRETFILEQ of the lab"})
	page := "/cases/" + g.thread.String() + "/lab"
	head := g.signedIn("head")
	body := head.get(page).body
	_, rest, _ := strings.Cut(body, page+"/scene?t=")
	ticket, _, _ := strings.Cut(rest, `"`)
	file := page + "/part/" + bone.ID + ".glb?t=" + ticket
	if a := head.get(file); a.status != http.StatusOK || a.body != "QSECRETFILEQ of the lab" {
		t.Fatalf("%d %q", a.status, a.body)
	}
	var scene struct{ Layers []struct{ ID, URL string } }
	g.must(json.Unmarshal([]byte(head.get(page+"/scene?t="+ticket).body), &scene))
	if len(scene.Layers) != 1 || scene.Layers[0].ID != "bone" || scene.Layers[0].URL != file {
		t.Errorf("%+v", scene)
	}
	for what, a := range map[string]answer{"without a ticket": head.get(page + "/part/" + bone.ID + ".glb"), "a stranger": g.signedIn("strange.surgeon").get(file), "another session": g.signedIn("head").get(file),
		"another ending": head.get(page + "/part/" + bone.ID + ".f32?t=" + ticket), "another case": head.get("/cases/" + g.visit.String() + "/lab/part/" + bone.ID + ".glb?t=" + ticket)} {
		if a.status == http.StatusOK {
			t.Errorf("%s: %d", what, a.status)
		}
	}
}

// TestAGuideIsReleasedOnThePage: the designer signs the very file, another person releases it, and the case holds the file; nobody releases their own.
func TestAGuideIsReleasedOnThePage(t *testing.T) {
	g := newGuarded(t)
	entry := g.imagingEntry()
	bone := g.made(rehearsal.Surface, entry, "", rehearsal.SurfaceOrder{Series: "1", Low: 226}, rehearsal.SurfaceFacts{Radius: 80}, map[string]string{rehearsal.GLB: "x"})
	p := rehearsal.StartPlan(g.thread, "left")
	p.Planes, p.Angles = map[string]plan.Plane{"A": {Point: space.Vec{1, 2, 3}, Normal: space.Vec{0, 0, 1}}}, map[string]float64{"A": 15}
	planned := g.made(rehearsal.Plan, entry, bone.ID, p, rehearsal.PlanFacts{}, nil)
	o := rehearsal.GuideOrder{Plan: planned.ID, Side: "left"}
	o.Design.Case = casebook.Number(g.thread)
	facts := rehearsal.GuideFacts{Engraved: casebook.Engraving(g.thread, "left")}
	made := g.made(rehearsal.Guide, entry, bone.ID, o, facts, map[string]string{rehearsal.GLB: "y", rehearsal.ThreeMF: "the file for print"})
	f, _ := made.File(rehearsal.ThreeMF)
	facts.SHA256 = f.Hash.String()
	text, err := json.Marshal(facts)
	g.must(err)
	g.update(func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE lab_artefact SET facts = $1 WHERE id = $2`, string(text), made.ID)
		return err
	})
	page := "/cases/" + g.thread.String() + "/lab"
	author, head := g.signedIn("author"), g.signedIn("asked")
	author.sees(page, "Sign as designer")
	if a := author.post(page+"/release", url.Values{"of": {made.ID}}); a.status != http.StatusSeeOther {
		t.Fatalf("signing as designer: %d %s", a.status, a.text())
	}
	var device ledger.Said
	g.must(g.desk.View(g.Context(), func(ctx context.Context, tx ledger.Tx) error {
		l, err := g.desk.Book.Log(ctx, tx, g.thread)
		device = l.Said[len(l.Said)-1]
		return err
	}))
	if device.Kind != casebook.KindDevice || len(device.Content.Blobs) != 1 || device.Content.Blobs[0].Hash != f.Hash || device.Content.Blobs[0].Scope != string(access.Images) {
		t.Fatalf("%+v", device)
	}
	form := url.Values{"of": {made.ID}, "device": {device.Hash.String()}, "file": {f.Hash.String()}, "answer": {"release"}}
	if a := author.post(page+"/sign", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "another person signs as surgeon") {
		t.Errorf("releasing one's own: %d", a.status)
	}
	other := url.Values{"of": {made.ID}, "device": {device.Hash.String()}, "file": {strings.Repeat("0", 64)}, "answer": {"release"}}
	if a := head.post(page+"/sign", other); a.status == http.StatusSeeOther {
		t.Error("another file than the page showed is released")
	}
	if a := head.post(page+"/sign", form); a.status != http.StatusSeeOther {
		t.Fatalf("releasing: %d %s", a.status, a.text())
	}
	head.sees(page, "released", "Compare with what was reached")
	if a := head.post(page+"/achieved", url.Values{"of": {"patient"}, "date": {"2026-11-21"}, "achieved-A": {"12.4"}}); a.status != http.StatusSeeOther {
		t.Fatalf("the angles: %d %s", a.status, a.text())
	}
	if len(o.Design.Slots) == 0 { // the design of this test has no slot, so the plan's planes count
		head.sees(page, "−2.6°", "1 of 1 outside the tolerance")
	}
	head.sees("/cases/"+g.thread.String(), "Angles of the cut, measured in the patient")
}

// TestWhatIsMadeOfErasedImagesIsNotShown, also before the node has destroyed it.
func TestWhatIsMadeOfErasedImagesIsNotShown(t *testing.T) {
	g := newGuarded(t)
	g.made(rehearsal.Surface, ledger.Hash{9}, "", rehearsal.SurfaceOrder{Series: "1"}, rehearsal.SurfaceFacts{}, map[string]string{rehearsal.GLB: "x"})
	if a := g.signedIn("head").get("/cases/" + g.thread.String() + "/lab"); strings.Contains(a.body, "Surface 1") {
		t.Error("a surface of images that are not there is shown")
	}
}

// TestASurfaceIsOrderedAndCancelled: the order is a job of the case, shown with its state, and can be cancelled.
func TestASurfaceIsOrderedAndCancelled(t *testing.T) {
	g := newGuarded(t)
	a, err := g.desk.OrderLab(g.Context(), desk.Caller{Who: g.who("head")}, desk.LabOrder{Thread: g.thread, Kind: rehearsal.Surface, Entry: g.imagingEntry(), Asked: rehearsal.SurfaceOrder{Series: "1"}})
	g.must(err)
	page := "/cases/" + g.thread.String() + "/lab"
	head := g.signedIn("head")
	head.sees(page, "Surface 1", "Cancel")
	if r := head.post(page+"/cancel/"+a.ID, nil); r.status != http.StatusSeeOther {
		t.Errorf("%d", r.status)
	}
	g.must(g.desk.View(g.Context(), func(ctx context.Context, tx ledger.Tx) error {
		j, err := jobs.Read(ctx, tx, a.Job)
		if j.State != jobs.Cancelled {
			t.Errorf("the job is %s", j.State)
		}
		return err
	}))
	if _, err := g.desk.OrderLab(g.Context(), desk.Caller{Who: g.who("strange.surgeon")}, desk.LabOrder{Thread: g.thread, Kind: rehearsal.Surface, Entry: g.imagingEntry(), Asked: rehearsal.SurfaceOrder{Series: "1"}}); err == nil {
		t.Error("a stranger orders work on a case")
	}
}

// TestASuggestionIsMarkedUntilItIsAccepted: where a hospital has installed a model its form is there; what it found says so wherever it is named, is offered for no surface, and is accepted by a person's own button.
func TestASuggestionIsMarkedUntilItIsAccepted(t *testing.T) {
	g := newGuarded(t)
	filedCT(g)
	page := "/cases/" + g.thread.String() + "/lab"
	head := g.signedIn("head")
	board := page + "/segment"
	if a := head.get(board); strings.Contains(a.body, "form-suggest") {
		t.Error("without a model a suggestion is offered")
	}
	g.desk.Lab.Models = []segment.Model{{Name: "Skull", Version: "1.2", About: "adult heads", SHA256: strings.Repeat("ab", 32)}}
	head.sees(page, "Suggestion by a learned model")
	head.sees(board, "No segmentation yet", "Suggestion by a learned model", "Skull 1.2 · adult heads")
	if a := head.post(board+"/suggest", url.Values{"suggest-series": {g.imagingEntry().String() + " 1.2.3"}, "model": {"Femur"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a model that is not there: %d", a.status)
	}
	if a := head.post(board+"/suggest", url.Values{"suggest-series": {"x"}, "model": {"Skull"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Choose a series") {
		t.Errorf("of no series: %d", a.status)
	}
	o, err := g.desk.Lab.OrderSuggestion("1.2.3", "Skull")
	g.must(err)
	a := g.made(rehearsal.Segmented, g.imagingEntry(), "", o, rehearsal.SegmentationFacts{Added: 7}, map[string]string{rehearsal.Segmentation: "x"})
	head.sees(page, "Suggestion by Skull 1.2, not checked, version 1", "Look through it")
	if b := head.get(page); strings.Contains(b.body, `value="segmentation `+a.ID) {
		t.Error("a surface may be made of what nobody has checked")
	}
	head.sees(board+"?of="+a.ID, "Suggestion by Skull 1.2, not checked", "by nobody yet", "I have looked through it and accept it")
	if r := head.post(board+"/accept", url.Values{"of": {"another"}}); r.status == http.StatusSeeOther {
		t.Error("something else was accepted")
	}
	o, err = g.desk.Lab.OrderAcceptance(&a, g.people["head"].ID, "Dr. head")
	g.must(err)
	b := g.made(rehearsal.Segmented, g.imagingEntry(), a.ID, o, rehearsal.SegmentationFacts{Added: 7}, map[string]string{rehearsal.Segmentation: "x"})
	head.sees(board+"?of="+b.ID, "Suggestion by Skull 1.2, accepted", "Dr. head", "Make its surface")
	if r := head.post(board+"/accept", url.Values{"of": {a.ID}}); r.status != http.StatusSeeOther || !strings.Contains(r.header.Get("Location"), "done=accepted") {
		t.Errorf("%d %s", r.status, r.header.Get("Location"))
	}
}

// TestAProgramAsksForASuggestion: the words of the API order a model's suggestion and its acceptance, under the name of who calls, and nothing else is taken for an acceptance.
func TestAProgramAsksForASuggestion(t *testing.T) {
	g := newGuarded(t)
	g.desk.Lab.Models = []segment.Model{{Name: "Skull", Version: "1.2"}}
	caller := desk.Caller{Who: g.who("head")}
	asks := func(source, asked string) (o rehearsal.SegmentationOrder, a rehearsal.Artefact, err error) {
		a, err = g.desk.AskLab(g.Context(), caller, desk.LabOrder{Thread: g.thread, Kind: rehearsal.Segmented, Entry: g.imagingEntry(), Source: source}, json.RawMessage(asked))
		if err == nil {
			err = a.Read(&o, nil)
		}
		return o, a, err
	}
	o, a, err := asks("", `{"suggest": {"series": "1.2.3", "model": "Skull"}}`)
	if err != nil || !o.Unchecked() || o.Series != "1.2.3" || a.Job == 0 {
		t.Errorf("%+v, %v", o, err)
	}
	if _, _, err := asks(a.ID, `{"accept": true}`); err == nil {
		t.Error("what is not there yet was accepted")
	}
	done := g.made(rehearsal.Segmented, g.imagingEntry(), "", o, rehearsal.SegmentationFacts{}, map[string]string{rehearsal.Segmentation: "x"})
	o, _, err = asks(done.ID, `{"accept": true}`)
	if err != nil || o.Unchecked() || o.Suggested.Accepted.Person != g.people["head"].ID {
		t.Errorf("%+v, %v", o.Suggested, err)
	}
	if _, _, err := asks("", `{"suggest": {"series": "1.2.3", "model": "Skull", "accepted": true}}`); err == nil {
		t.Error("a program says itself that its suggestion is accepted")
	}
}
