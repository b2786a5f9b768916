package images

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/imaging/dicom"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// fileImages keeps the files of the form and asks for them to be filed.
func fileImages(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	order := desk.ImageOrder{Thread: v.Thread, MoveDates: q.PostForm.Get("move") == "true"}
	if q.MultipartForm != nil {
		for _, h := range q.MultipartForm.File["files"] {
			if h.Size == 0 {
				continue
			}
			f, err := h.Open()
			if err != nil {
				return err
			}
			hash, size, err := q.Desk.Upload(q.Context(), q.Caller, f, face.MaxUpload)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			order.Files = append(order.Files, ledger.BlobRef{Hash: hash, Size: size, Label: path.Base(strings.ReplaceAll(h.Filename, `\`, "/"))})
		}
	}
	if len(order.Files) == 0 {
		return showViewer(v, http.StatusUnprocessableEntity, map[string]string{"files": q.P("images.fault.nothing", nil)})
	}
	return ordered(v, order)
}

// pullStudy asks for a study of the PACS, by its accession number.
func pullStudy(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	number := strings.TrimSpace(q.PostForm.Get("accession"))
	if number == "" {
		return showViewer(v, http.StatusUnprocessableEntity, map[string]string{"accession": q.P("images.fault.nonumber", nil)})
	}
	return ordered(v, desk.ImageOrder{Thread: v.Thread, Accession: number, MoveDates: q.PostForm.Get("move") == "true"})
}

func ordered(v *face.Case, o desk.ImageOrder) error {
	id, err := v.Q.Desk.OrderImages(v.Q.Context(), v.Q.Caller, o)
	if err != nil {
		return err
	}
	return v.Q.See(filingPath(v, id))
}

func filingPath(v *face.Case, id int64) string {
	return v.Path("filings", strconv.FormatInt(id, 10))
}

// filingOf is the filing of an address, if it is one of this case's.
func filingOf(v *face.Case) (j jobs.Status, report desk.FilingReport, err error) {
	id, err := strconv.ParseInt(v.Q.PathValue("job"), 10, 64)
	if err != nil {
		return j, report, desk.ErrNotHere
	}
	var list []jobs.Status
	err = v.Q.Desk.View(v.Q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = v.Q.Desk.Filings(ctx, tx, v.Thread, mostFilings)
		return err
	})
	at := slices.IndexFunc(list, func(j jobs.Status) bool { return j.ID == id })
	if err != nil || at < 0 {
		return j, report, errors.Join(desk.ErrNotHere, err)
	}
	if list[at].Result.Report != nil {
		err = list[at].Result.Decode(&report)
	}
	return list[at], report, err
}

// mostFilings bounds the filings of a case that are still shown.
const mostFilings = 200

// filingView is one filing: how far it is, and what it could not take.
type filingView struct {
	v           *face.Case
	ID          int64
	Chip        ui.ChipView
	Done, Total int
	Text, Note  string
	Faults      []string
	Error       string
	Running     bool
	Held        []desk.HeldImage
	Doubt       *doubtView
	Filed       bool
	Say         bool
}

// refreshSeconds is how often the page of a filing that is under way comes again by itself; it holds nothing that is typed.
const refreshSeconds = 1

func filingPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	j, report, err := filingOf(v)
	if err != nil {
		return err
	}
	f := filingView{v: v, ID: j.ID, Chip: outcomeChip(q, j), Done: int(j.Progress.Done), Total: int(j.Progress.Total), Error: j.Error, Running: !j.State.Final(),
		Note: q.Text(j.Result.Summary), Held: report.Held, Filed: len(report.Entries) > 0, Say: v.May(access.Say)}
	for _, t := range j.Result.Faults {
		f.Faults = append(f.Faults, q.Text(t))
	}
	if len(report.Doubts) > 0 {
		if f.Doubt, err = doubtOf(v, report); err != nil {
			return err
		}
	}
	if f.Running {
		f.Text = progressText(q, j)
		q.W.Header().Set("Refresh", strconv.Itoa(refreshSeconds))
	}
	return q.Show(q.Data(q.P("images.job.title", nil), "cases"), filingContent(f))
}

// doubtView is the case's patient beside those of images whose headers say another.
type doubtView struct{ Rows [][]string }

// compared are the columns of such a row, behind what it is of.
var compared = []string{"name", "number", "birth", "sex", "why"}

// doubtOf lays out what is compared: a row for each image and first the case, then what contradicts.
func doubtOf(v *face.Case, r desk.FilingReport) (*doubtView, error) {
	at, images, err := v.Q.Desk.Compared(v.Q.Context(), r)
	if err != nil && !errors.Is(err, desk.ErrNotHere) {
		return nil, err
	}
	d := &doubtView{Rows: [][]string{patientRow(v.Q, v.Q.P("images.doubt.case", nil), at, "")}}
	for i, p := range images {
		doubt := r.Doubts[i]
		if i > 0 && r.Doubts[i-1].At == doubt.At { // the same image, against something else
			last := d.Rows[len(d.Rows)-1]
			last[len(last)-1] += "; " + contradicts(v.Q, doubt)
			continue
		}
		d.Rows = append(d.Rows, patientRow(v.Q, doubt.File, p, contradicts(v.Q, doubt)))
	}
	return d, nil
}

// contradicts is what an image says against what, in words.
func contradicts(q *face.Request, d desk.DoubtfulImage) string {
	var why []string
	for _, w := range d.Why {
		why = append(why, q.P("images.doubt."+w, nil))
	}
	return q.P("images.doubt.of."+d.Of, nil) + ": " + strings.Join(why, ", ")
}

func patientRow(q *face.Request, what string, p desk.ImagePatient, why string) []string {
	row := []string{what, strings.Join(p.Names, " / "), p.ID, lang.PartialDate(q.Lang, p.Birth), q.ChoiceName("sex", p.Sex), why}
	if p.Birth == "" && p.Year > 0 {
		row[3] = q.P("images.doubt.about", map[string]any{"year": strconv.Itoa(p.Year)})
	}
	for i := range row[:5] {
		row[i] = strings.TrimSpace(strings.ReplaceAll(row[i], "^", " "))
		if row[i] == "" {
			row[i] = "—"
		}
	}
	return row
}

func stateChip(q *face.Request, j jobs.Status) ui.ChipView {
	sorts := map[jobs.State]ui.Sort{jobs.Done: ui.Good, jobs.Failed: ui.Bad, jobs.Retrying: ui.Warn, jobs.Running: ui.Info}
	return ui.ChipView{Text: q.P("settings.job."+string(j.State), nil), Sort: sorts[j.State]}
}

// outcomeChip is what came of a filing: what is held back or to be compared waits for somebody, and is no failure; and where nothing came in, nothing is done.
func outcomeChip(q *face.Request, j jobs.Status) ui.ChipView {
	var r desk.FilingReport
	if !j.State.Final() || j.Result.Report == nil || j.Result.Decode(&r) != nil {
		return stateChip(q, j)
	}
	warn := func(key string) ui.ChipView { return ui.ChipView{Text: q.P(key, nil), Sort: ui.Warn} }
	switch {
	case len(r.Held)+len(r.Doubts) > 0:
		return warn("images.outcome.look")
	case j.State == jobs.Failed:
		return stateChip(q, j)
	case r.Images+r.Known == 0:
		return warn("images.outcome.nothing")
	case r.Refused > 0:
		return warn("images.outcome.part")
	}
	return stateChip(q, j)
}

// RefusedLead says what else came of a filing that could not take everything.
func (f filingView) RefusedLead() string {
	if f.Filed {
		return f.v.Q.P("images.refusalslead", nil)
	}
	return f.v.Q.P("images.refusalsdo", nil)
}

// progressText is how far a filing is, and how long it still takes.
func progressText(q *face.Request, j jobs.Status) string {
	left := ""
	if j.Progress.Estimate > 0 {
		left = q.P("settings.job.left", map[string]any{"time": lang.Duration(q.Lang, j.Progress.Estimate)})
	}
	return face.JoinDots(left, q.Text(j.Progress.Note))
}

func cancelFiling(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	j, _, err := filingOf(v)
	if err != nil {
		return err
	}
	if !v.May(access.Say) {
		return desk.ErrNotHere
	}
	if err := q.Update(func(ctx context.Context, tx ledger.Tx) error { return q.Desk.Queue.Cancel(ctx, tx, j.ID) }); err != nil {
		return err
	}
	return q.See(filingPath(v, j.ID))
}

// lookedAt files what was held back and a person has looked at: of the filing's own files only the chosen ones.
func lookedAt(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	_, report, err := filingOf(v)
	if err != nil {
		return err
	}
	order := again(report)
	order.Looked = nil
	for _, h := range report.Held {
		if slices.Contains(q.PostForm["uid"], h.UID) {
			order.Looked = append(order.Looked, h.UID)
		}
	}
	if len(order.Looked) == 0 {
		return q.See(filingPath(v, atoi(q.PathValue("job"))))
	}
	return ordered(v, order)
}

// again is the order of a filing once more. What was fetched for it is in the archive by now.
func again(r desk.FilingReport) desk.ImageOrder {
	order := r.Order
	if order.Accession != "" {
		order.Accession, order.Study = "", r.Study
	}
	return order
}

// samePatient files the images of a filing of whose patient a person says that it is the case's.
func samePatient(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	_, report, err := filingOf(v)
	if err != nil {
		return err
	}
	if len(report.Doubts) == 0 {
		return desk.ErrNotHere
	}
	order := again(report)
	order.Same = true
	return ordered(v, order)
}

func atoi(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // the address was read before
	return n
}

// heldPicture draws an image that was held back, for who is to say whether it names the patient. It is the original: it is shown to who may speak in the case at
// this hospital, to which it was sent.
func heldPicture(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	_, report, err := filingOf(v)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(q.PathValue("n"))
	if err != nil || n < 0 || n >= len(report.Held) || !v.May(access.Say) {
		return desk.ErrNotHere
	}
	return q.Desk.Held(q.Context(), report, report.Held[n], func(f *dicom.File) error { return draw(q, f, 0) })
}
