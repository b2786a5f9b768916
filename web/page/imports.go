package page

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/ui"
)

// importView is the form that takes a hospital's history over, and the imports so far.
type importView struct {
	Jobs   []ui.ListItem
	Wrong  map[string]string // by field
	Faults []string          // of the mapping, in the words of who reads it
}

// maxMapping bounds the file that says which column is which answer.
const maxMapping = 1 << 20

// importsShown bounds the list of imports.
const importsShown = 30

func (q *request) importPage() error {
	if err := q.need(access.Import); err != nil {
		return err
	}
	return q.showImport(http.StatusOK, importView{})
}

func (q *request) showImport(status int, v importView) error {
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := jobs.List(ctx, tx, desk.ImportJob.Name, importsShown)
		for _, j := range list {
			item := q.jobItem(j)
			item.URL = jobPath(j.ID)
			v.Jobs = append(v.Jobs, item)
		}
		return err
	})
	if err != nil {
		return err
	}
	d := q.settingsData()
	d.Path = "/settings/import" // also where a form of the page was answered
	return q.render(status, d, importContent(q, v))
}

func jobPath(id int64) string { return "/settings/import/" + strconv.FormatInt(id, 10) }

func (q *request) importFields(v importView) []ui.FieldView {
	return []ui.FieldView{
		{Name: "table", Type: ui.FieldMedia, Label: q.p("settings.import.table", nil), Help: q.p("settings.import.tablehelp", nil), Accept: ".csv,text/csv", Required: true, Error: v.Wrong["table"]},
		{Name: "mapping", Type: ui.FieldMedia, Label: q.p("settings.import.mapping", nil), Help: q.p("settings.import.mappinghelp", nil), Accept: ".yaml,.yml,text/yaml", Required: true, Error: v.Wrong["mapping"]},
	}
}

// formFile is a file of the form, or nil.
func (q *request) formFile(name string) *multipart.FileHeader {
	if q.MultipartForm == nil || len(q.MultipartForm.File[name]) == 0 || q.MultipartForm.File[name][0].Size == 0 {
		return nil
	}
	return q.MultipartForm.File[name][0]
}

func (q *request) orderImport() error {
	if err := q.need(access.Import); err != nil {
		return err
	}
	v := importView{Wrong: map[string]string{}}
	files := map[string]*multipart.FileHeader{"table": q.formFile("table"), "mapping": q.formFile("mapping")}
	for name, f := range files {
		if f == nil {
			v.Wrong[name] = q.p("settings.import.needed", nil)
		}
	}
	if m := files["mapping"]; m != nil && m.Size > maxMapping {
		v.Wrong["mapping"] = q.p("settings.import.toolong", map[string]any{"size": lang.Size(q.lang, maxMapping)})
	}
	if len(v.Wrong) > 0 {
		return q.showImport(http.StatusUnprocessableEntity, v)
	}
	mapping, err := files["mapping"].Open()
	if err != nil {
		return err
	}
	defer mapping.Close()
	text, err := io.ReadAll(mapping)
	if err != nil {
		return err
	}
	table, err := files["table"].Open()
	if err != nil {
		return err
	}
	defer table.Close()
	id, err := q.s.OrderImport(q.Context(), q.caller.Who, text, table)
	var unfit *casebook.MappingError
	if errors.As(err, &unfit) {
		v.Wrong["mapping"] = q.p("settings.import.wrong", nil)
		for _, why := range unfit.Why {
			v.Faults = append(v.Faults, q.text(why))
		}
		return q.showImport(http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return q.see(jobPath(id))
}

// jobView is one import: how far it is, and which rows could not be taken over.
type jobView struct {
	ID          int64
	Title       string
	Chip        ui.ChipView
	Done, Total int
	Text        string
	Note        string
	Faults      []string
	Error       string
	Running     bool
}

// refreshSeconds is how often the page of a job that is under way comes again by itself; it holds nothing that is typed.
const refreshSeconds = 3

func (q *request) jobOfPath() (j jobs.Status, err error) {
	if err = q.need(access.Import); err != nil {
		return j, err
	}
	id, err := strconv.ParseInt(q.PathValue("job"), 10, 64)
	if err != nil {
		return j, desk.ErrNotHere
	}
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		j, err = jobs.Read(ctx, tx, id)
		return err
	})
	if errors.Is(err, jobs.ErrNotFound) || err == nil && j.Kind != desk.ImportJob.Name {
		return j, desk.ErrNotHere
	}
	return j, err
}

func (q *request) jobPage() error {
	j, err := q.jobOfPath()
	if err != nil {
		return err
	}
	v := jobView{ID: j.ID, Title: q.p("settings.import.job", map[string]any{"n": strconv.FormatInt(j.ID, 10)}), Chip: q.jobChip(j), Done: int(j.Progress.Done), Total: int(j.Progress.Total),
		Error: j.Error, Running: !j.State.Final()}
	v.Note = q.text(j.Result.Summary)
	for _, f := range j.Result.Faults {
		v.Faults = append(v.Faults, q.text(f))
	}
	if v.Running {
		v.Text = q.progressText(j)
		q.w.Header().Set("Refresh", strconv.Itoa(refreshSeconds))
	}
	return q.show(q.settingsData(), jobContent(q, v))
}

func (q *request) cancelJob() error {
	j, err := q.jobOfPath()
	if err != nil {
		return err
	}
	if err := q.update(func(ctx context.Context, tx ledger.Tx) error { return q.s.Queue.Cancel(ctx, tx, j.ID) }); err != nil {
		return err
	}
	return q.see(jobPath(j.ID))
}

func (q *request) jobChip(j jobs.Status) ui.ChipView {
	sorts := map[jobs.State]ui.Sort{jobs.Done: ui.Good, jobs.Failed: ui.Bad, jobs.Retrying: ui.Warn, jobs.Running: ui.Info}
	return ui.ChipView{Text: q.p("settings.job."+string(j.State), nil), Sort: sorts[j.State]}
}

func (q *request) jobItem(j jobs.Status) ui.ListItem {
	name := j.Kind
	if key := "settings.job.kind." + dashed(strings.ReplaceAll(j.Kind, ".", "-")); lang.Has(key) {
		name = q.p(key, nil)
	}
	return ui.ListItem{Icon: "pulse", Text: name, Note: joined(" · ", q.progressText(j), j.Error), End: lang.Relative(q.lang, j.Updated, q.now()), Chips: []ui.ChipView{q.jobChip(j)}}
}

// progressText is what a job did, or how far it is, how fast, and how long it still takes.
func (q *request) progressText(j jobs.Status) string {
	note := q.text(j.Progress.Note)
	if !j.Result.Summary.Empty() {
		note = q.text(j.Result.Summary)
	}
	if j.State.Final() || j.Progress.Total == 0 {
		return note
	}
	parts := []string{lang.Percent(q.lang, float64(j.Progress.Done)/float64(j.Progress.Total), 0)}
	if j.Progress.Rate > 0 {
		parts = append(parts, q.p("settings.job.rate", map[string]any{"rate": lang.Number(q.lang, int64(j.Progress.Rate+.5))}))
	}
	if j.Progress.Estimate > 0 {
		parts = append(parts, q.p("settings.job.left", map[string]any{"time": lang.Duration(q.lang, j.Progress.Estimate)}))
	}
	return joined(" · ", append(parts, note)...)
}
