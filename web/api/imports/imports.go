package imports

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/api"
)

type newImport struct {
	Body struct {
		Mapping string `json:"mapping" doc:"Which column is which answer, in YAML (docs/data-formats.md)"`
		CSV     string `json:"csv" doc:"The table"`
	}
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

func (a operations) getJob(ctx context.Context, in *jobIn) (*api.Answer[jobView], error) {
	if err := mayJobs(ctx); err != nil {
		return nil, err
	}
	var v jobView
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		s, err := jobs.Read(ctx, tx, in.ID)
		note := s.Progress.Note.In(api.LanguageOf(ctx))
		if lines := s.Result.Lines(api.LanguageOf(ctx)); len(lines) > 0 {
			note = strings.Join(lines, "\n")
		}
		v = jobView{ID: s.ID, Kind: s.Kind, State: string(s.State), Done: s.Progress.Done, Total: s.Progress.Total, Note: note, Rate: s.Progress.Rate,
			Seconds: s.Progress.Estimate.Seconds(), Error: s.Error, Finished: s.State.Final(), Result: resultView(s.Result, api.LanguageOf(ctx))}
		return err
	})
	return &api.Answer[jobView]{Body: v}, missing(err)
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
	if err := mayJobs(ctx); err != nil {
		return nil, err
	}
	return nil, missing(a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return a.Queue.Cancel(ctx, tx, in.ID) }))
}

// mayJobs lets those see jobs who may start or administer them.
func mayJobs(ctx context.Context) error {
	who := api.CallerOf(ctx).Who
	if access.May(who, access.Administer, access.Node).Allowed {
		return nil
	}
	return access.Need(who, access.Import, access.Node)
}

func missing(err error) error {
	if errors.Is(err, jobs.ErrNotFound) {
		return errors.Join(desk.ErrNotHere, err)
	}
	return err
}
