package imports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/terms/sheet"
	"consilium/web/api"
	"consilium/web/face"
)

type newImport struct {
	Body struct {
		Mapping string `json:"mapping" doc:"Which column is which answer, in YAML (docs/data-formats.md)"`
		CSV     string `json:"csv,omitempty" doc:"The table, as text"`
		Table   []byte `json:"table,omitempty" doc:"The table as the bytes of its file, in whatever encoding, instead of csv"`
		DryRun  bool   `json:"dry_run,omitempty" doc:"Say everything as the import would, and keep nothing of it"`
	}
}

type tableIn struct {
	Body struct {
		Table    []byte `json:"table" doc:"The bytes of its file, or of the beginning of it: four megabytes at most"`
		Encoding string `json:"encoding,omitempty" doc:"To look at it in this encoding instead of the one that is likely"`
	}
}

type tableView struct {
	Encoding  string     `json:"encoding"`
	Certain   bool       `json:"certain" doc:"The bytes prove the encoding. Otherwise it has to be named in the mapping"`
	Separator string     `json:"separator"`
	Columns   []string   `json:"columns"`
	Rows      [][]string `json:"rows" doc:"The first three"`
}

func (a operations) lookAt(ctx context.Context, in *tableIn) (*api.Answer[tableView], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.Import, access.Node); err != nil {
		return nil, err
	}
	l, err := sheet.Look(bytes.NewReader(in.Body.Table), in.Body.Encoding, 0, 3)
	if err != nil {
		return nil, errors.Join(desk.ErrInput, err)
	}
	v := tableView{l.Form.Encoding, l.Form.Certain, string(l.Form.Separator), l.Columns, [][]string{}}
	for _, row := range l.Rows {
		v.Rows = append(v.Rows, row.Cells)
	}
	return &api.Answer[tableView]{Body: v}, nil
}

func (a operations) getJobFile(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return desk.ErrNotHere
	}
	return face.ServeJobFile(a.Desk, w, r, caller, id)
}

type jobMade struct {
	Job int64 `json:"job"`
}

type jobIn struct {
	ID int64 `path:"id"`
}

type jobView struct {
	ID       int64   `json:"id"`
	Kind     string  `json:"kind"`
	State    string  `json:"state"`
	Done     int64   `json:"done"`
	Total    int64   `json:"total"`
	Note     string  `json:"note,omitempty" doc:"What it is at, or what it did and could not do, line by line"`
	Rate     float64 `json:"rate" doc:"A second"`
	Seconds  float64 `json:"seconds_left"`
	Error    string  `json:"error,omitempty"`
	Finished bool    `json:"finished"`

	Result *jobResult `json:"result,omitempty" doc:"What the job answered"`
}

// jobResult is a job's result in the caller's language.
type jobResult struct {
	Summary string          `json:"summary,omitempty"`
	Faults  []string        `json:"faults,omitempty" doc:"What could not be done, each by itself"`
	Report  json.RawMessage `json:"report,omitempty" doc:"In the form of the job's kind"`
	File    *jobs.File      `json:"file,omitempty"`
}

// maxImport bounds an import's request; larger tables go as files on the settings page.
const maxImport = 64 << 20

// maxLook bounds what is looked at: the beginning of a table tells how it is written.
const maxLook = 6 << 20

func (a operations) getJob(ctx context.Context, in *jobIn) (*api.Answer[jobView], error) {
	var v jobView
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		s, err := a.Job(ctx, tx, api.CallerOf(ctx), in.ID)
		note := s.Progress.Note.In(api.LanguageOf(ctx))
		if lines := s.Result.Lines(api.LanguageOf(ctx)); len(lines) > 0 {
			note = strings.Join(lines, "\n")
		}
		v = jobView{ID: s.ID, Kind: s.Kind, State: string(s.State), Done: s.Progress.Done, Total: s.Progress.Total, Note: note, Rate: s.Progress.Rate,
			Seconds: s.Progress.Estimate.Seconds(), Error: s.Error, Finished: s.State.Final(), Result: resultView(s.Result, api.LanguageOf(ctx))}
		return err
	})
	return &api.Answer[jobView]{Body: v}, err
}

func resultView(r jobs.Result, l lang.Language) *jobResult {
	if r.Empty() {
		return nil
	}
	v := &jobResult{Summary: r.Summary.In(l), Report: r.Report, File: r.File}
	for _, f := range r.Faults {
		v.Faults = append(v.Faults, f.In(l))
	}
	return v
}

func (a operations) cancelJob(ctx context.Context, in *jobIn) (*struct{}, error) {
	return nil, a.CancelJob(ctx, api.CallerOf(ctx), in.ID)
}
