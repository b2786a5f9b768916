package files

import (
	"context"

	"consilium/desk"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/web/api"
)

// newImages are images to be filed in a case.
type newImages struct {
	ID   ledger.ThreadID `path:"id"`
	Body struct {
		Files     []ledger.BlobRef `json:"files,omitempty" doc:"DICOM files or ZIP files of them, as POST /blobs answered, with a label that says which is which"`
		Study     string           `json:"study,omitempty" doc:"Study Instance UID in this hospital's archive"`
		Accession string           `json:"accession,omitempty" doc:"Accession number of a study in the hospital's PACS"`
		Looked    []string         `json:"looked,omitempty" doc:"SOP Instance UIDs of images that were held back, which somebody has looked at: no text in them names the patient. Only these are filed"`
		Same      bool             `json:"same_patient,omitempty" doc:"A person compared the images' patient with the case's, and they are one. Images whose header says another name, number, date of birth, sex or age are not filed without it"`
		Move      bool             `json:"move_dates,omitempty" doc:"Days are moved in the images and in what the entry tells, so that no other hospital learns when the examination was"`
	}
}

type filingOrdered struct {
	Job int64 `json:"job"`
}

// filing is how far a job is that files images.
type filing struct {
	Job     int64                `json:"job"`
	State   string               `json:"state"`
	Done    int64                `json:"done"`
	Total   int64                `json:"total"`
	Summary string               `json:"summary,omitempty"`
	Faults  []string             `json:"faults,omitempty" doc:"What was not filed, and why"`
	Error   string               `json:"error,omitempty"`
	Entries []ledger.Hash        `json:"entries,omitempty" doc:"That attach the images"`
	Held    []desk.HeldImage     `json:"held,omitempty" doc:"Images that may show text: somebody must look at them first"`
	Doubts  []desk.DoubtfulImage `json:"doubts,omitempty" doc:"Images whose header says another patient: nothing was filed. A person must compare them, see same_patient"`
}

type imageFilings struct {
	Items []filing `json:"items"`
}

// filingsListed bounds the list.
const filingsListed = 100

func (a operations) fileImages(ctx context.Context, in *newImages) (*api.Answer[filingOrdered], error) {
	caller := api.CallerOf(ctx)
	b := in.Body
	if err := a.MayAttach(ctx, caller, ledger.Draft{Blobs: b.Files}); err != nil {
		return nil, err
	}
	if len(b.Files) == 0 && b.Study == "" && b.Accession == "" {
		return nil, desk.ErrInput
	}
	id, err := a.OrderImages(ctx, caller, desk.ImageOrder{Thread: in.ID, Files: b.Files, Study: b.Study, Accession: b.Accession, Looked: b.Looked, Same: b.Same, MoveDates: b.Move})
	return &api.Answer[filingOrdered]{Body: filingOrdered{id}}, err
}

func (a operations) listFilings(ctx context.Context, in *api.ThreadIn) (*api.Answer[imageFilings], error) {
	if _, err := a.Door.Read(ctx, api.CallerOf(ctx).Who, in.ID); err != nil {
		return nil, err
	}
	out := imageFilings{Items: []filing{}}
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := a.Filings(ctx, tx, in.ID, filingsListed)
		for _, j := range list {
			out.Items = append(out.Items, filingView(ctx, j))
		}
		return err
	})
	return &api.Answer[imageFilings]{Body: out}, err
}

func filingView(ctx context.Context, j jobs.Status) filing {
	l := api.LanguageOf(ctx)
	f := filing{Job: j.ID, State: string(j.State), Done: j.Progress.Done, Total: j.Progress.Total, Summary: j.Result.Summary.In(l), Error: j.Error}
	for _, t := range j.Result.Faults {
		f.Faults = append(f.Faults, t.In(l))
	}
	var report desk.FilingReport
	if j.Result.Report != nil && j.Result.Decode(&report) == nil {
		f.Entries, f.Held, f.Doubts = report.Entries, report.Held, report.Doubts
	}
	return f
}

type studyIn struct {
	Study string `path:"study" doc:"Study Instance UID"`
}

type erased struct {
	Instances int `json:"instances"`
}

func (a operations) eraseStudy(ctx context.Context, in *studyIn) (*api.Answer[erased], error) {
	n, err := a.EraseStudy(ctx, api.CallerOf(ctx).Who, in.Study)
	return &api.Answer[erased]{Body: erased{n}}, err
}
