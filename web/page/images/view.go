package images

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/desk"
	"consilium/imaging/manifest"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/face"
	"consilium/web/ui"
)

// viewerView is the viewer's page. All of it is there without the script: then it shows single images, drawn by the node.
type viewerView struct {
	v       *face.Case
	q       *face.Request
	Studies []studyView
	Now     *nowView // nil: there is no image here yet
	Keys    []keyView
	May     []mayView
	Filings []ui.ListItem
	Say     bool
	Pull    bool // studies can be fetched from a PACS
	Wrong   map[string]string
	Words   string // the script's phrases as JSON
}

// studyView is a study in the column of series.
type studyView struct {
	Title, Day, Coming string
	Prior              bool // examined before the newest of the case
	Same               bool // added later to the study above
	Series             []seriesView
}

// seriesView is a series in that column.
type seriesView struct {
	URL, Picture, Name, Note string
	Count                    int
	Now                      bool
	Study, Index             int
}

// nowView is what is shown first.
type nowView struct {
	Study, Series, At, Count int
	Picture, Previous, Next  string
	Windows                  []ui.Link
	Name                     string
}

// mayView is what another hospital may see.
type mayView struct {
	Hospital ui.Hospital
	Images   bool
	Text     string
}

func viewerPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	return showViewer(v, http.StatusOK, nil)
}

func showViewer(v *face.Case, status int, wrong map[string]string) error {
	view := viewerView{v: v, q: v.Q, Say: v.May(access.Say) && v.Closed == nil, Wrong: wrong, Words: words(v.Q)}
	view.Pull = v.Q.Desk.PACS != nil && v.Q.May(access.UseArchive)
	studies, err := studiesOf(v)
	if err != nil {
		return err
	}
	view.fill(studies)
	view.Keys = keyViews(v, studies)
	view.May = may(v)
	if err := view.filings(); err != nil {
		return err
	}
	d := v.Q.Data(v.Q.P("images.title", nil)+" · "+v.Heading(), "cases")
	d.Path = v.Path("images")
	d.Scripts, d.Foot, d.Notices = []string{"viewer.js"}, "", done(v.Q)
	return v.Q.Render(status, d, viewerContent(view))
}

func done(q *face.Request) []ui.Notice {
	if q.URL.Query().Get("done") != "key" {
		return nil
	}
	return []ui.Notice{{Sort: ui.Good, Text: q.P("images.saved", nil)}}
}

// fill lays out the studies, and the image that the address asks for: without one, the middle of the first series of the newest study.
func (w *viewerView) fill(studies []desk.FiledStudy) {
	form := w.q.URL.Query()
	for i, s := range studies {
		tick := ticket(w.q, w.v.Thread, s.Entry.Hash.String())
		study := studyView{Title: headingOf(w.v, s), Day: dayOf(w.q, s), Prior: s.Day != "" && s.Day < studies[0].Day, Same: i > 0 && s.UID == studies[i-1].UID}
		if here, all := held(w.q, s); here < all {
			study.Coming = w.q.P("images.coming", map[string]any{"here": here, "all": all})
		}
		for k, series := range s.Series {
			frames := framesOf(series)
			if len(frames) == 0 {
				continue
			}
			here := form.Get("study") == strconv.Itoa(i) && form.Get("series") == strconv.Itoa(k)
			if here || w.Now == nil && form.Get("study") == "" {
				w.Now = w.now(s, i, k, frames, tick)
				here = true
			}
			mid := frames[len(frames)/2]
			study.Series = append(study.Series, seriesView{Study: i, Index: k, URL: w.v.Path("images") + "?study=" + strconv.Itoa(i) + "&series=" + strconv.Itoa(k), Count: len(frames),
				Picture: w.picture(s, mid, tick) + "&side=256", Name: nameOf(w.q, series), Note: noteOf(w.q, series), Now: here})
		}
		w.Studies = append(w.Studies, study)
	}
}

// held counts the packs of a study that are at this node.
func held(q *face.Request, s desk.FiledStudy) (here, all int) {
	for i := range s.Packs {
		if q.Desk.Blobs.Has(s.Pack(i)) {
			here++
		}
	}
	return here, len(s.Packs)
}

// frame is one image of a series in its order.
type frame struct {
	instance manifest.Instance
	n        int
}

func framesOf(s manifest.Series) (list []frame) {
	for _, i := range s.Instances {
		if i.Image == nil {
			continue
		}
		for n := range i.Image.Frames {
			list = append(list, frame{i, n})
		}
	}
	return list
}

func (w *viewerView) picture(s desk.FiledStudy, f frame, tick string) string {
	return w.v.Path("images", s.Entry.Hash.String(), "picture", f.instance.UID, strconv.Itoa(f.n)) + "?t=" + tick
}

func (w *viewerView) now(s desk.FiledStudy, study, series int, frames []frame, tick string) *nowView {
	at := len(frames) / 2
	if n, err := strconv.Atoi(w.q.FormValue("at")); err == nil && n >= 1 && n <= len(frames) {
		at = n - 1
	}
	window := w.q.FormValue("w")
	to := func(at int, window string) string {
		return w.v.Path("images") + "?study=" + strconv.Itoa(study) + "&series=" + strconv.Itoa(series) + "&at=" + strconv.Itoa(at+1) + "&w=" + window
	}
	n := &nowView{Study: study, Series: series, At: at, Count: len(frames), Picture: w.picture(s, frames[at], tick) + "&w=" + window, Name: nameOf(w.q, s.Series[series])}
	if at > 0 {
		n.Previous = to(at-1, window)
	}
	if at+1 < len(frames) {
		n.Next = to(at+1, window)
	}
	for _, p := range presetsOf(s.Series[series].Modality) {
		n.Windows = append(n.Windows, ui.Link{Label: w.q.P("images.window."+p.name, nil), URL: to(at, p.window)})
	}
	return n
}

// preset is a window that radiologists look through, in Hounsfield units.
type preset struct{ name, window string }

// presetsOf are windows for CT as radiology uses them; other modalities have only their own, for their values mean nothing by themselves.
func presetsOf(modality string) []preset {
	list := []preset{{"own", ""}}
	if strings.EqualFold(modality, "CT") {
		list = append(list, preset{"bone", "500,2000"}, preset{"brain", "40,80"}, preset{"soft", "40,400"}, preset{"lung", "-600,1500"})
	}
	return list
}

func nameOf(q *face.Request, s manifest.Series) string {
	name := s.Description
	if name == "" {
		name = face.Joined(" ", s.Modality, strconv.Itoa(s.Number))
	}
	return face.JoinDots(name, s.Stack)
}

func noteOf(q *face.Request, s manifest.Series) string {
	for _, i := range s.Instances {
		if i.Image != nil && i.Image.Frames[0].Thickness > 0 {
			return strconv.FormatFloat(math.Round(10*i.Image.Frames[0].Thickness)/10, 'f', -1, 64) + " mm"
		}
	}
	return s.Part
}

func dayOf(q *face.Request, s desk.FiledStudy) string {
	return lang.PartialDate(q.Lang, face.DayOf(s.Entry.Content.At))
}

// may tells what the other hospitals of the case may see.
func may(v *face.Case) (list []mayView) {
	for _, h := range v.Lanes {
		if h == v.Q.Desk.ID {
			continue
		}
		list = append(list, mayView{Hospital: v.Hospital(h), Images: v.Consent.Allows(access.Images, h) || h == v.Steward, Text: v.Q.Text(access.Images.Name())})
	}
	return list
}

// filings lists those that somebody may have to do something about: under way, failed, or with something refused or held back.
func (w *viewerView) filings() error {
	return w.q.Desk.View(w.q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := w.q.Desk.Filings(ctx, tx, w.v.Thread, filingsShown)
		for _, j := range list {
			if j.State != jobs.Done || len(j.Result.Faults) > 0 || holds(j) {
				w.Filings = append(w.Filings, filingItem(w.v, j))
			}
		}
		return err
	})
}

const filingsShown = 3

// holds tells whether a filing held images back, for somebody to look at or to compare.
func holds(j jobs.Status) bool {
	var report desk.FilingReport
	return j.Result.Report != nil && j.Result.Decode(&report) == nil && len(report.Held)+len(report.Doubts) > 0
}

func filingItem(v *face.Case, j jobs.Status) ui.ListItem {
	note := v.Q.Text(j.Result.Summary)
	if !j.State.Final() {
		note = progressText(v.Q, j)
	}
	return ui.ListItem{Icon: "pulse", Text: v.Q.P("images.job.title", nil), Note: face.JoinDots(note, j.Error), URL: filingPath(v, j.ID), End: lang.Relative(v.Q.Lang, j.Updated, v.Q.Now()),
		Chips: []ui.ChipView{outcomeChip(v.Q, j)}}
}

// words are the phrases that the script writes itself, with their parts in braces.
func words(q *face.Request) string {
	m := map[string]string{}
	for _, k := range []string{"slice", "thick", "level", "scale", "stats", "area", "failed", "novolume", "incomplete", "underway", "length", "lengthpx", "areapx", "segment", "outside"} {
		m[k] = q.P("images.panel."+k, nil)
	}
	for _, k := range []string{"axial", "sagittal", "coronal", "stack", "prior"} {
		m["plane."+k] = q.P("images.plane."+k, nil)
	}
	for _, k := range []string{"show", "hide", "shows", "follow", "follows", "alone"} {
		m["look."+k] = q.P("images.look."+k, nil)
	}
	for _, k := range []string{"state", "report", "selection", "segmentation", "show"} {
		m["given."+k] = q.P("images.given."+k, nil)
	}
	for _, k := range []string{"short", "color", "placeless", "unlike", "repeated", "tilted", "uneven"} {
		m["novolume."+k] = q.P("images.novolume."+k, nil)
	}
	for _, k := range []string{"detector", "magnification", "geometry", "fiducial", "calibrated"} {
		m["scale."+k] = q.P("images.scale."+k, nil)
	}
	for _, p := range presetsOf("CT") {
		m["window."+p.name] = q.P("images.window."+p.name, nil)
	}
	for _, k := range []string{"right", "left", "front", "back", "head", "feet"} {
		m["letter."+k] = q.P("images.letter."+k, nil)
	}
	for _, k := range []string{"length", "angle", "cobb", "region", "rectangle", "arrow"} {
		m["mark."+k] = q.P("images.tool."+k, nil)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// strip is what everybody who looks at the images has to know: who, which side, which allergy.
func strip(v *face.Case) (facts []ui.Fact) {
	q := v.Q
	who := face.JoinDots(q.ChoiceName("sex", v.Sex))
	if v.Age != nil {
		who = face.JoinDots(who, v.AgeWords())
	}
	facts = append(facts, ui.Fact{Label: q.P("images.number", map[string]any{"id": face.ShortID(v.Thread)}), Value: who})
	if v.Pack != nil {
		facts = append(facts, ui.Fact{Label: v.Heading(), Value: q.PackText(v.Pack.Name)})
	}
	answers := v.Answers()
	for _, f := range []struct{ variable, label string }{{"allergy", "allergy"}, {"anticoagulant", "anticoagulant"}} {
		if a := answered(v, answers, f.variable); a != "" {
			facts = append(facts, ui.Fact{Label: q.P("images."+f.label, nil), Value: a})
		}
	}
	return facts
}

func answered(v *face.Case, answers pathway.Values, variable string) string {
	value, ok := answers[variable]
	if !ok || v.Pack == nil {
		return ""
	}
	for _, form := range v.Pack.Forms {
		for _, f := range form.AllFields() {
			if f.ID == variable {
				return v.Q.PackText(f.Answer(value))
			}
		}
	}
	return ""
}

// panel is the images beside a case's timeline: the newest study, and the way into the viewer.
func panel(v *face.Case) (templ.Component, error) {
	studies, err := studiesOf(v)
	if err != nil {
		return nil, err
	}
	say := v.May(access.Say) && v.Closed == nil
	if len(studies) == 0 && !say {
		return nil, nil
	}
	w := viewerView{v: v, q: v.Q, Say: say}
	w.fill(studies)
	if len(w.Studies) > studiesBeside {
		w.Studies = slices.Clip(w.Studies[:studiesBeside])
	}
	if err := w.filings(); err != nil {
		return nil, err
	}
	return panelPart(w), nil
}

// studiesBeside is how many studies stand beside the timeline.
const studiesBeside = 2
