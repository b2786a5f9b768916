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
	"consilium/terms/sheet"
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
		list, err := q.Desk.Jobs(ctx, tx, q.Caller, desk.ImportJob.Name, importsShown)
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
		{Name: "mapping", Type: ui.FieldMedia, Label: q.P("settings.import.mapping", nil), Help: q.P("settings.import.mappinghelp", nil), Accept: ".yaml,.yml,text/yaml", Error: v.Wrong["mapping"]},
		{Name: "dry", Type: ui.FieldTick, Label: q.P("settings.import.dry", nil), Help: q.P("settings.import.dryhelp", nil), Value: q.PostForm.Get("dry")},
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
	table, mapping := formFile(q, "table"), formFile(q, "mapping")
	if table == nil {
		v.Wrong["table"] = q.P("settings.import.needed", nil)
	}
	if mapping != nil && mapping.Size > maxMapping {
		v.Wrong["mapping"] = q.P("settings.import.toolong", map[string]any{"size": lang.Size(q.Lang, maxMapping)})
	}
	if len(v.Wrong) > 0 {
		return showImport(q, http.StatusUnprocessableEntity, v)
	}
	rows, err := table.Open()
	if err != nil {
		return err
	}
	defer rows.Close()
	if mapping == nil {
		return beginWizard(q, rows)
	}
	text, err := readFile(mapping)
	if err != nil {
		return err
	}
	id, err := q.Desk.OrderImport(q.Context(), q.Caller.Who, desk.NewImport{Mapping: text, Table: rows, Language: q.Lang, DryRun: q.PostForm.Get("dry") == "true"})
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

// beginWizard keeps a table without a mapping, and leads to where one is made.
func beginWizard(q *face.Request, table io.Reader) error {
	hash, err := q.Desk.KeepTable(q.Context(), q.Caller.Who, table)
	if err != nil {
		return err
	}
	if _, err := q.Desk.LookAtTable(q.Context(), q.Caller.Who, hash, "", 0, 1); errors.Is(err, sheet.ErrEmpty) {
		return showImport(q, http.StatusUnprocessableEntity, importView{Wrong: map[string]string{"table": q.P("case.mapping.empty", nil)}})
	}
	return q.See(wizardPath(hash))
}

func readFile(f *multipart.FileHeader) ([]byte, error) {
	file, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
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
	Counts      []ui.Fact // that together are all rows
	DryRun      bool
	File        bool   // the refused rows are a file
	Hidden      bool   // it is another's: how far it is, and no more
	Table       string // where its mapping is changed; "": the table is another's, or gone
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
		j, err = q.Desk.Job(ctx, tx, q.Caller, id)
		return err
	})
	if err == nil && j.Kind != desk.ImportJob.Name {
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
		Error: j.Error, Running: !j.State.Final(), Hidden: j.Hidden}
	v.Note = q.Text(j.Result.Summary)
	for _, f := range j.Result.Faults {
		v.Faults = append(v.Faults, q.Text(f))
	}
	var report desk.ImportReport
	if j.Result.Decode(&report) == nil && j.State == jobs.Done {
		v.Counts, v.DryRun = countFacts(q, report), report.DryRun
		if q.Desk.MayUseTable(q.Context(), q.Caller.Who, report.Table) == nil {
			v.Table = wizardPath(report.Table) + "?job=" + strconv.FormatInt(j.ID, 10)
		}
	}
	v.File = j.Result.File != nil
	if v.Running {
		v.Text = progressText(q, j)
		q.W.Header().Set("Refresh", strconv.Itoa(refreshSeconds))
	}
	return q.Show(q.SettingsData(), jobContent(q, v))
}

// countFacts are the counts of an import: what was taken, what was here and what was refused are all rows.
func countFacts(q *face.Request, r desk.ImportReport) (list []ui.Fact) {
	for _, f := range []struct {
		key string
		n   int
	}{{"taken", r.Opened + r.Again + r.Amended}, {"known", r.Known}, {"refused", r.Faulty}, {"rows", r.Rows}, {"entries", r.Entries}, {"left", r.LeftOut}} {
		list = append(list, ui.Fact{Label: q.P("settings.import.sum."+f.key, nil), Value: lang.Number(q.Lang, int64(f.n))})
	}
	return list
}

// reportOf is what an import that is over reported.
func reportOf(q *face.Request, id string) (r desk.ImportReport, err error) {
	q.SetPathValue("job", id)
	j, err := jobOfPath(q)
	if err == nil && (j.State != jobs.Done || j.Result.Decode(&r) != nil) {
		err = desk.ErrNotHere
	}
	return r, err
}

// importAgain does in earnest what a dry run tried.
func importAgain(q *face.Request) error {
	report, err := reportOf(q, q.PathValue("job"))
	if err != nil {
		return err
	}
	mapping, err := q.Desk.MappingOf(q.Context(), report)
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	id, err := q.Desk.OrderImport(q.Context(), q.Caller.Who, desk.NewImport{Mapping: mapping, Kept: report.Table, Language: q.Lang})
	if err != nil {
		return err
	}
	return q.See(jobPath(id))
}

// refusedFile is the table of the refused rows.
func refusedFile(q *face.Request) error {
	j, err := jobOfPath(q)
	if err != nil {
		return err
	}
	return face.ServeJobFile(q.Desk, q.W, q.Request, q.Caller, j.ID)
}

func cancelJob(q *face.Request) error {
	j, err := jobOfPath(q)
	if err != nil {
		return err
	}
	if err := q.Desk.CancelJob(q.Context(), q.Caller, j.ID); err != nil {
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
