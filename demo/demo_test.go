package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"consilium/imaging/manifest"
	"consilium/ledger"
	"consilium/people/security"
)

// played starts the four hospitals and plays one story.
func played(t *testing.T, key string) *Demo {
	t.Helper()
	return playedStory(t, playNamed(t, key))
}

func playNamed(t *testing.T, key string) play {
	t.Helper()
	return stories[slices.IndexFunc(stories, func(p play) bool { return p.key == key })]
}

func playedStory(t *testing.T, p play) *Demo {
	t.Helper()
	return playedWith(t, p, "")
}

func playedWith(t *testing.T, p play, files string) *Demo {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	var out bytes.Buffer
	d, err := Open(ctx, Options{Dir: t.TempDir(), Out: &out, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.tell(ctx, p); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for line := range strings.Lines(out.String()) {
		if width(strings.TrimRight(line, "\n")) > columns {
			t.Errorf("wider than a terminal: %s", line)
		}
	}
	sum, err := d.Sum(ctx)
	if err != nil || !sum.Holds {
		t.Errorf("%+v, %v", sum, err)
	}
	return d
}

// view is what the API says of a case, as far as these tests look at it.
type view struct {
	Digest        ledger.Hash
	Steward, Home string
	Verb          string
	Marks         int
	Patient       *struct{ Name string }
	Members       []struct{ Hospital, State string }
	Next          []struct{ What, By, Kind string }
	Stages        []struct{ Verb, State string }
	Imaging       []struct {
		Blobs []ledger.BlobRef
		Says  struct{ Count int }
	}
	Timeline []struct {
		Kind, Title, Written, At string
		Belated, Conflict        bool
		Marks                    []string
	}
	Opinions        []struct{ Says struct{ Round int } }
	Recommendations []struct{ Outcome *struct{ Status, Why string } }
	Plans           []struct {
		Says       struct{ Version int }
		Signatures []struct{ Hospital string }
		Current    bool
	}
	Operations []struct {
		Says struct {
			Procedure, Elsewhere, Guidance string
			Abandoned                      bool
			Values                         map[string]json.RawMessage
			Steps                          []struct {
				Step, Done, By string
				Entrustment    int
			}
		}
		PlanSigned bool `json:"plan_signed"`
		Deviation  []json.RawMessage
	}
	Complications []struct{ Says struct{ Code string } }
	FollowUps     []struct {
		Says struct{ Schedule, Lost string }
	} `json:"follow_ups"`
	Due []struct {
		ID, Due string
		Done    bool
	}
	Teaching []struct{ Says struct{ Mark bool } }
}

// cases gives the only case of a pathway, as two people of different hospitals read it.
func (d *Demo) caseAt(t *testing.T, p *person, pathway string) (v view) {
	t.Helper()
	var list struct{ Items []struct{ ID string } }
	if err := p.get(t.Context(), "/cases?pathway="+pathway, &list); err != nil || len(list.Items) != 1 {
		t.Fatalf("%d cases at %s, %v", len(list.Items), p.at.name, err)
	}
	if err := p.get(t.Context(), "/cases/"+list.Items[0].ID, &v); err != nil {
		t.Fatal(err)
	}
	for _, i := range v.Timeline {
		if len(i.Marks) > 0 || i.Belated != (i.Title == "Operation abandoned") {
			t.Errorf("%s %q, written %s: belated %v, marks %v", i.At, i.Title, i.Written, i.Belated, i.Marks)
		}
	}
	return v
}

// sameFiles gets every image at both hospitals and compares the bytes.
func sameFiles(t *testing.T, v view, want int, readers ...*person) {
	t.Helper()
	n := 0
	for _, i := range v.Imaging {
		for _, b := range i.Blobs {
			if b.Type != manifest.PackType { // the CT of the head has five, and the packet's size is its own affair
				n++
			}
			var first []byte
			for _, p := range readers {
				content, err := p.file(t.Context(), b.Hash)
				if err != nil || len(content) == 0 || first != nil && !bytes.Equal(content, first) {
					t.Errorf("%s at %s: %d bytes, %v", b.Label, p.at.name, len(content), err)
				}
				first = content
			}
		}
	}
	if n != want {
		t.Errorf("%d images, want %d", n, want)
	}
}

// slicesOfHead counts the images of the study that was filed by manifest.
func slicesOfHead(v view) (n int) {
	for _, i := range v.Imaging {
		if slices.ContainsFunc(i.Blobs, func(b ledger.BlobRef) bool { return b.Type == manifest.Type }) {
			n += i.Says.Count
		}
	}
	return n
}

func (v view) kept() (list []string) {
	for _, u := range v.FollowUps {
		list = append(list, u.Says.Schedule)
	}
	return list
}

// TestFilesOfOnesOwn attaches a folder with more files than an entry holds, among them copies, an empty one, and one that the stories bring themselves.
func TestFilesOfOnesOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 80 {
		write(fmt.Sprintf("%03d.dcm", i), fmt.Appendf(nil, "image %d", i/2))
	}
	write("empty.dcm", nil)
	brought, err := embedded.ReadFile("files/MR_small.dcm")
	if err != nil {
		t.Fatal(err)
	}
	write("MR_small.dcm", brought)
	d := playedWith(t, playNamed(t, "visit"), dir)
	lin, gu := d.at(harbor).staff["lin"], d.at(western).staff["gu"]
	sameFiles(t, d.caseAt(t, lin, "hfs-mvd"), 2+1+40, lin, gu)
}

func TestTheVisit(t *testing.T) {
	t.Parallel()
	d := played(t, "visit")
	lin, gu := d.at(harbor).staff["lin"], d.at(western).staff["gu"]
	here, there := d.caseAt(t, lin, "hfs-mvd"), d.caseAt(t, gu, "hfs-mvd")
	if here.Digest != there.Digest || here.Patient == nil || there.Patient != nil {
		t.Errorf("digests %s and %s; the patient is known here: %v, there: %v", here.Digest, there.Digest, here.Patient != nil, there.Patient != nil)
	}
	sameFiles(t, here, 2+1, lin, gu)
	if n := slicesOfHead(here); n != 108 {
		t.Errorf("the CT of the head has %d images", n)
	}
	if len(here.Opinions) != 3 || here.Opinions[2].Says.Round != 3 {
		t.Errorf("opinions: %+v", here.Opinions)
	}
	done, declined := 0, 0
	for _, r := range here.Recommendations {
		switch {
		case r.Outcome == nil:
			t.Error("advice that nobody followed up")
		case r.Outcome.Status == "done":
			done++
		case r.Outcome.Why != "":
			declined++
		}
	}
	if done != 3 || declined != 1 {
		t.Errorf("advice: %d done, %d not done with a reason", done, declined)
	}
	if len(here.Plans) != 3 || len(here.Plans[1].Signatures) != 0 || len(here.Plans[2].Signatures) != 2 || !here.Plans[2].Current {
		t.Errorf("plans: %+v", here.Plans)
	}
	op := here.Operations[0]
	if len(here.Operations) != 1 || !op.PlanSigned || len(op.Deviation) == 0 || op.Says.Guidance != "expert_assists" || len(op.Says.Steps) != 9 || op.Says.Steps[1].Entrustment != 3 {
		t.Errorf("operation: %+v", op)
	}
	if len(here.Complications) != 1 || len(here.Teaching) != 2 || !slices.Equal(here.kept(), []string{"baseline", "d1", "discharge", "d30", "d90", "m6", "m12"}) {
		t.Errorf("complications %v, teaching %v, follow-ups %v", here.Complications, here.Teaching, here.kept())
	}
	for _, due := range here.Due {
		if !due.Done && due.ID != "m24" && due.ID != "y5" {
			t.Errorf("open: %+v", due)
		}
	}
	d.visitAt(t, lin, "done", 1)
	d.visitAt(t, gu, "done", 1)
}

// visitAt looks at the only visit.
func (d *Demo) visitAt(t *testing.T, p *person, state string, privileges int) {
	t.Helper()
	var list struct{ Items []struct{ ID string } }
	if err := p.at.desk().get(t.Context(), "/visits", &list); err != nil || len(list.Items) != 1 {
		t.Fatalf("%d visits at %s, %v", len(list.Items), p.at.name, err)
	}
	var v struct {
		State      string
		Privileges []struct{ Void bool }
		Reports    []struct{}
	}
	if err := p.get(t.Context(), "/visits/"+list.Items[0].ID, &v); err != nil || v.State != state || len(v.Privileges) != privileges || v.Privileges[0].Void || len(v.Reports) != 2 {
		t.Errorf("visit: %+v, %v", v, err)
	}
}

func TestTheTakeOver(t *testing.T) {
	t.Parallel()
	d := played(t, "takeover")
	meng, shen := d.at(snow).staff["meng"], d.at(western).staff["shen"]
	here, there := d.caseAt(t, meng, "pelvic-abdominal-tumor"), d.caseAt(t, shen, "pelvic-abdominal-tumor")
	if here.Digest != there.Digest || here.Patient == nil || there.Patient != nil || here.Steward != d.at(snow).id.String() {
		t.Errorf("digests %s and %s, custody at %s", here.Digest, there.Digest, here.Steward)
	}
	sameFiles(t, here, 1, meng, shen)
	if len(here.Operations) != 2 {
		t.Fatalf("operations: %+v", here.Operations)
	}
	before, op := here.Operations[0], here.Operations[1]
	if !before.Says.Abandoned || before.Says.Elsewhere == "" || op.Says.Abandoned || !op.PlanSigned || string(op.Says.Values["blood_loss"]) != "400" || string(op.Says.Values["taken_over"]) != "true" {
		t.Errorf("before: %+v\nthen: %+v", before, op)
	}
	moves := 0
	for _, i := range here.Timeline {
		if i.Kind == ledger.KindStewardConfirmed {
			moves++
		}
	}
	if moves != 2 || !slices.Equal(here.kept(), []string{"baseline", "discharge", "d30", "d90"}) {
		t.Errorf("custody moved %d times; follow-ups %v", moves, here.kept())
	}
	d.visitAt(t, meng, "done", 2)
}

func TestTheSubSpecialist(t *testing.T) {
	t.Parallel()
	d := played(t, "specialist")
	sun, cheng := d.at(harbor).staff["sun"], d.at(riverbend).staff["cheng"]
	here, there := d.caseAt(t, sun, "lumbar-disc-endoscopic"), d.caseAt(t, cheng, "lumbar-disc-endoscopic")
	if here.Digest != there.Digest || here.Patient == nil || there.Patient != nil || here.Steward != d.at(riverbend).id.String() {
		t.Errorf("digests %s and %s, custody at %s", here.Digest, there.Digest, here.Steward)
	}
	sameFiles(t, here, 2, sun, cheng)
	op := there.Operations[0]
	if !op.PlanSigned || op.Says.Procedure != "pted" || string(op.Says.Values["anesthesia"]) != `"local"` || string(op.Says.Values["awake_answer"]) != "true" {
		t.Errorf("operation: %+v", op)
	}
	if len(there.Next) == 0 || there.Next[0].Kind != "case.followup" || there.Next[0].By < time.Now().Format(time.DateOnly) {
		t.Errorf("next: %+v", there.Next)
	}
	// He is not everybody's at the center: who has no part in the case does not see it.
	for _, stranger := range []string{"duan", "hu", "researcher", "admin"} {
		var v view
		var list struct{ Items []struct{ ID string } }
		_ = cheng.get(t.Context(), "/cases?pathway=lumbar-disc-endoscopic", &list)
		if err := d.at(riverbend).staff[stranger].get(t.Context(), "/cases/"+list.Items[0].ID, &v); err == nil {
			t.Errorf("%s reads the case", stranger)
		}
	}
	d.breaks(t, d.at(riverbend))
}

func TestTheSeries(t *testing.T) {
	t.Parallel()
	d := played(t, "series")
	total := 0
	for _, h := range d.hospitals {
		var list struct {
			Items []struct {
				ID    string
				Marks int
				Demo  bool
			}
		}
		if err := h.head().get(t.Context(), "/cases?pathway=hfs-mvd&limit=200", &list); err != nil {
			t.Fatal(err)
		}
		total += len(list.Items)
		for _, c := range list.Items {
			if c.Marks > 0 || !c.Demo {
				t.Errorf("%s %s: %d marks, invented %v", h.name, c.ID, c.Marks, c.Demo)
			}
		}
	}
	if total != 240 {
		t.Errorf("%d cases", total)
	}
	var steps []string
	for _, h := range d.hospitals {
		var list struct{ Items []struct{ ID, State string } }
		if err := h.head().get(t.Context(), "/studies", &list); err != nil || len(list.Items) != 1 || list.Items[0].State != "signed" {
			t.Fatalf("%s: %+v, %v", h.name, list, err)
		}
		var result struct {
			Step     string
			Analyses []struct {
				ID, Refused string
				N           int
			}
		}
		if err := h.head().get(t.Context(), "/studies/"+list.Items[0].ID+"/result", &result); err != nil {
			t.Fatal(err)
		}
		for _, a := range result.Analyses {
			if a.Refused != "" || a.N < 80 {
				t.Errorf("%s: %+v", h.name, a)
			}
		}
		steps = append(steps, result.Step)
	}
	if slices.Sort(steps); len(slices.Compact(steps)) != 1 {
		t.Errorf("the hospitals came to different results: %v", steps)
	}
}

// TestThePresent: what is left to do lies on the right desks.
func TestThePresent(t *testing.T) {
	t.Parallel()
	d := playedStory(t, present)
	for who, want := range map[*person]string{d.at(harbor).staff["lin"]: "case.advice", d.at(western).staff["tan"]: "case.accepted"} {
		var list struct{ Items []struct{ Kind string } }
		if err := who.get(t.Context(), "/tasks", &list); err != nil || len(list.Items) == 0 || list.Items[0].Kind != want {
			t.Errorf("%s: %+v, %v", who.name, list.Items, err)
		}
	}
}

// TestTheStoriesWarnNobody: the tokens that the stories are told with are no news to anybody; a use of somebody's name after that is.
func TestTheStoriesWarnNobody(t *testing.T) {
	d, err := Open(t.Context(), Options{Dir: t.TempDir(), Out: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	news := func(p *person) (list []security.Row) {
		err := p.at.node.Desk().View(t.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
			list, err = security.News(ctx, tx, p.id, 100)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for _, h := range d.hospitals {
		for _, p := range h.staff {
			if list := news(p); len(list) != 0 {
				t.Errorf("%s of %s is warned of %v", p.name, h.name, list)
			}
		}
	}
	lin := d.at(harbor).staff["lin"]
	if err := lin.at.giveToken(t.Context(), lin); err != nil {
		t.Fatal(err)
	}
	if len(news(lin)) == 0 {
		t.Error("a token made in somebody's name after the stories is no news to them")
	}
}
