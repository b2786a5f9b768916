package upkeep

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
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

func importPage(q *face.Request) error {
	if err := q.Need(access.Import); err != nil {
		return err
	}
	return showImport(q, http.StatusOK, importView{})
}

func showImport(q *face.Request, status int, v importView) error {
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := jobs.List(ctx, tx, desk.ImportJob.Name, importsShown)
		for _, j := range list {
			item := jobItem(q, j)
			item.URL = jobPath(j.ID)
			v.Jobs = append(v.Jobs, item)
		}
		return err
	})
	if err != nil {
		return err
	}
	d := q.SettingsData()
	d.Path = "/settings/import" // also where a form of the page was answered
	return q.Render(status, d, importContent(q, v))
}

func jobPath(id int64) string { return "/settings/import/" + strconv.FormatInt(id, 10) }

func importFields(q *face.Request, v importView) []ui.FieldView {
	return []ui.FieldView{
		{Name: "table", Type: ui.FieldMedia, Label: q.P("settings.import.table", nil), Help: q.P("settings.import.tablehelp", nil), Accept: ".csv,text/csv", Required: true, Error: v.Wrong["table"]},
		{Name: "mapping", Type: ui.FieldMedia, Label: q.P("settings.import.mapping", nil), Help: q.P("settings.import.mappinghelp", nil), Accept: ".yaml,.yml,text/yaml", Required: true, Error: v.Wrong["mapping"]},
	}
}

// formFile is a file of the form, or nil.
func formFile(q *face.Request, name string) *multipart.FileHeader {
	if q.MultipartForm == nil || len(q.MultipartForm.File[name]) == 0 || q.MultipartForm.File[name][0].Size == 0 {
		return nil
	}
	return q.MultipartForm.File[name][0]
}

func orderImport(q *face.Request) error {
	if err := q.Need(access.Import); err != nil {
		return err
	}
	v := importView{Wrong: map[string]string{}}
	files := map[string]*multipart.FileHeader{"table": formFile(q, "table"), "mapping": formFile(q, "mapping")}
	for name, f := range files {
		if f == nil {
			v.Wrong[name] = q.P("settings.import.needed", nil)
		}
	}
	if m := files["mapping"]; m != nil && m.Size > maxMapping {
		v.Wrong["mapping"] = q.P("settings.import.toolong", map[string]any{"size": lang.Size(q.Lang, maxMapping)})
	}
	if len(v.Wrong) > 0 {
		return showImport(q, http.StatusUnprocessableEntity, v)
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
	id, err := q.Desk.OrderImport(q.Context(), q.Caller.Who, desk.NewImport{Mapping: text, Table: table, Language: q.Lang})
	var unfit desk.Told
	if errors.As(err, &unfit) {
		v.Wrong["mapping"] = q.P("settings.import.wrong", nil)
		for _, why := range unfit.Faults() {
			v.Faults = append(v.Faults, q.Text(why.Text))
		}
		return showImport(q, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return q.See(jobPath(id))
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

func jobOfPath(q *face.Request) (j jobs.Status, err error) {
	if err = q.Need(access.Import); err != nil {
		return j, err
	}
	id, err := strconv.ParseInt(q.PathValue("job"), 10, 64)
	if err != nil {
		return j, desk.ErrNotHere
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		j, err = jobs.Read(ctx, tx, id)
		return err
	})
	if errors.Is(err, jobs.ErrNotFound) || err == nil && j.Kind != desk.ImportJob.Name {
		return j, desk.ErrNotHere
	}
	return j, err
}

func jobPage(q *face.Request) error {
	j, err := jobOfPath(q)
	if err != nil {
		return err
	}
	v := jobView{ID: j.ID, Title: q.P("settings.import.job", map[string]any{"n": strconv.FormatInt(j.ID, 10)}), Chip: jobChip(q, j), Done: int(j.Progress.Done), Total: int(j.Progress.Total),
		Error: j.Error, Running: !j.State.Final()}
	v.Note = q.Text(j.Result.Summary)
	for _, f := range j.Result.Faults {
		v.Faults = append(v.Faults, q.Text(f))
	}
	if v.Running {
		v.Text = progressText(q, j)
		q.W.Header().Set("Refresh", strconv.Itoa(refreshSeconds))
	}
	return q.Show(q.SettingsData(), jobContent(q, v))
}

func cancelJob(q *face.Request) error {
	j, err := jobOfPath(q)
	if err != nil {
		return err
	}
	if err := q.Update(func(ctx context.Context, tx ledger.Tx) error { return q.Desk.Queue.Cancel(ctx, tx, j.ID) }); err != nil {
		return err
	}
	return q.See(jobPath(j.ID))
}

func jobChip(q *face.Request, j jobs.Status) ui.ChipView {
	sorts := map[jobs.State]ui.Sort{jobs.Done: ui.Good, jobs.Failed: ui.Bad, jobs.Retrying: ui.Warn, jobs.Running: ui.Info}
	return ui.ChipView{Text: q.P("settings.job."+string(j.State), nil), Sort: sorts[j.State]}
}

func jobItem(q *face.Request, j jobs.Status) ui.ListItem {
	name := j.Kind
	if key := "settings.job.kind." + face.Dashed(strings.ReplaceAll(j.Kind, ".", "-")); lang.Has(key) {
		name = q.P(key, nil)
	}
	return ui.ListItem{Icon: "pulse", Text: name, Note: face.JoinDots(progressText(q, j), j.Error), End: lang.Relative(q.Lang, j.Updated, q.Now()), Chips: []ui.ChipView{jobChip(q, j)}}
}

// progressText is what a job did, or how far it is, how fast, and how long it still takes.
func progressText(q *face.Request, j jobs.Status) string {
	note := q.Text(j.Progress.Note)
	if !j.Result.Summary.Empty() {
		note = q.Text(j.Result.Summary)
	}
	if j.State.Final() || j.Progress.Total == 0 {
		return note
	}
	parts := []string{lang.Percent(q.Lang, float64(j.Progress.Done)/float64(j.Progress.Total), 0)}
	if j.Progress.Rate > 0 {
		parts = append(parts, q.P("settings.job.rate", map[string]any{"rate": lang.Number(q.Lang, int64(j.Progress.Rate+.5))}))
	}
	if j.Progress.Estimate > 0 {
		parts = append(parts, q.P("settings.job.left", map[string]any{"time": lang.Duration(q.Lang, j.Progress.Estimate)}))
	}
	return face.JoinDots(append(parts, note)...)
}
