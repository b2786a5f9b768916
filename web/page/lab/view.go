package lab

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lab/align"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/stage"
	"consilium/web/ui"
)

// labView is the page of a case's rehearsal. All of it is there without the script: then the node's pictures stand in the stage, and points are typed in.
type labView struct {
	v      *face.Case
	q      *face.Request
	Items  []desk.LabItem
	Stage  rehearsal.Stage
	Series []ui.Option // of the case's images, by entry and UID
	Say    bool
	Wrong  string // the form that was refused
	Why    string
	Typed  url.Values // into it

	bone     rehearsal.SurfaceFacts
	order    rehearsal.SurfaceOrder
	plan     *plan.Plan // nil: there is none
	measured rehearsal.PlanFacts
	design   rehearsal.GuideOrder
	guide    rehearsal.GuideFacts
	load     rehearsal.StrengthOrder
	strength rehearsal.StrengthFacts
	pairs    rehearsal.RegistrationOrder
	fit      align.Answer
	mirrored rehearsal.MirrorFacts
}

func labPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, "", nil)
}

// show shows the page; with what is wrong with a form that was sent, that form with its words.
func show(v *face.Case, status int, wrong string, why error) error {
	w, err := viewOf(v)
	if err != nil {
		return err
	}
	if w.Wrong = wrong; wrong != "" {
		w.Why, w.Typed = v.Q.Text(stage.FaultOf(why)), v.Q.PostForm
	}
	d := v.Q.Data(v.Q.P("lab.title", nil)+" · "+v.Heading(), "cases")
	d.Path = v.Path("lab")
	d.Scripts, d.Notices = []string{"lab.js"}, notices(v.Q)
	return v.Q.Render(status, d, labContent(w))
}

func notices(q *face.Request) []ui.Notice {
	key := "lab.done." + q.URL.Query().Get("done")
	if !lang.Has(key) {
		return nil
	}
	return []ui.Notice{{Sort: ui.Good, Text: q.P(key, nil)}}
}

// viewOf reads all that the page shows.
func viewOf(v *face.Case) (*labView, error) {
	w := &labView{v: v, q: v.Q, Say: v.May(access.Say) && v.Closed == nil && v.Q.Desk.Lab != nil}
	err := v.Q.Desk.View(v.Q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		w.Items, err = v.Q.Desk.LabItems(ctx, tx, v.Thread)
		return err
	})
	if err != nil {
		return nil, err
	}
	w.Items = slices.DeleteFunc(w.Items, func(i desk.LabItem) bool { return stage.Erased(v.Log, i.Entry) })
	w.Stage = rehearsal.OnStage(w.artefacts())
	w.Series = stage.Series(v)
	return w, w.read()
}

func (w *labView) artefacts() []rehearsal.Artefact {
	list := make([]rehearsal.Artefact, len(w.Items))
	for i := range w.Items {
		list[i] = w.Items[i].Artefact
	}
	return list
}

// read reads what stands on the stage.
func (w *labView) read() error {
	s := w.Stage
	for _, one := range []struct {
		a            *rehearsal.Artefact
		asked, facts any
	}{{s.Surface, &w.order, &w.bone}, {s.Guide, &w.design, &w.guide}, {s.Strength, &w.load, &w.strength}, {s.Registration, &w.pairs, &w.fit}, {s.Plan, nil, &w.measured}, {s.Mirror, nil, &w.mirrored}} {
		if one.a == nil {
			continue
		}
		if err := one.a.Read(one.asked, one.facts); err != nil {
			return err
		}
	}
	var err error
	if s.Plan != nil {
		w.plan, err = rehearsal.PlanOf(s.Plan)
	}
	return err
}

// num is a number as people read it.
func num(q *face.Request, f float64, decimals int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	return lang.Decimal(q.Lang, strconv.FormatFloat(f, 'f', decimals, 64))
}

func degrees(q *face.Request, f float64) string { return num(q, f, 1) + "°" }

// count is a whole number as people read it.
func (w *labView) count(n int) string { return lang.Number(w.q.Lang, int64(n)) }

// open is the newest artefact of a kind that is being made; nil where none is.
func (w *labView) open(kind rehearsal.Kind) *desk.LabItem {
	for i := range w.Items {
		if w.Items[i].Kind == kind && w.Items[i].Open() {
			return &w.Items[i]
		}
	}
	return nil
}

// failed is the newest artefact of a kind, where its job failed.
func (w *labView) failed(kind rehearsal.Kind) *desk.LabItem {
	for i := range w.Items {
		if w.Items[i].Kind == kind {
			if w.Items[i].Status.State == jobs.Failed {
				return &w.Items[i]
			}
			return nil
		}
	}
	return nil
}

// sub says of what the rehearsal is: the plan's version, and the images.
func (w *labView) sub() string {
	if w.Stage.Surface == nil {
		return face.JoinDots(w.v.Heading(), w.v.PatientName())
	}
	images := w.q.P("lab.slices", map[string]any{"count": w.bone.Scan.Slices})
	at := slices.IndexFunc(w.Series, func(o ui.Option) bool { return strings.HasSuffix(o.Value, " "+w.order.Series) })
	if at >= 0 {
		images = w.Series[at].Label
	}
	rehearsed := ""
	if w.plan != nil {
		rehearsed = w.q.P("lab.rehearsal", map[string]any{"version": w.plan.Version})
	}
	return face.JoinDots(rehearsed, images)
}

// progress is how far a job is: parts of a hundred, and in words.
func progress(q *face.Request, i *desk.LabItem) (percent int, text string) {
	p := i.Status.Progress
	if p.Total > 0 {
		percent = int(100 * p.Done / p.Total)
	}
	left := ""
	if p.Estimate > 0 && p.Total > 0 {
		left = q.P("settings.job.left", map[string]any{"time": lang.Duration(q.Lang, p.Estimate)})
	}
	if i.Status.State == jobs.Waiting {
		return 0, q.P("lab.job.waits", nil)
	}
	return percent, face.JoinDots(q.Text(p.Note), left)
}

// stateChip is how an artefact stands.
func stateChip(q *face.Request, i *desk.LabItem) ui.ChipView {
	if i.Done() {
		return ui.ChipView{Text: q.P("settings.job.done", nil), Sort: ui.Good}
	}
	if i.Status.ID == 0 {
		return ui.ChipView{Text: q.P("settings.job.failed", nil), Sort: ui.Bad}
	}
	sorts := map[jobs.State]ui.Sort{jobs.Failed: ui.Bad, jobs.Retrying: ui.Warn, jobs.Running: ui.Info}
	return ui.ChipView{Text: q.P("settings.job."+string(i.Status.State), nil), Sort: sorts[i.Status.State]}
}

// history is everything that was made or tried, the newest first.
func (w *labView) history() (list []ui.ListItem) {
	for n := range w.Items {
		i := &w.Items[n]
		note := face.JoinDots(w.q.Person(i.Name), w.q.Moment(i.At))
		if !i.Done() && i.Status.State == jobs.Failed {
			note = face.Joined(" ", note, w.why(i))
		}
		list = append(list, ui.ListItem{Text: stage.Name(w.q, &i.Artefact), Note: note, Chips: []ui.ChipView{stateChip(w.q, i)}})
	}
	return list
}

// why is why a job failed, in the reader's language.
func (w *labView) why(i *desk.LabItem) string {
	if len(i.Status.Result.Faults) > 0 {
		return w.q.Text(i.Status.Result.Faults[0])
	}
	return i.Status.Error
}
