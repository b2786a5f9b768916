package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"consilium/access"
	"consilium/casebook"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
	"consilium/jobs"
	"consilium/lab/plan"
	"consilium/lab/rehearsal"
	"consilium/lab/scan"
	"consilium/lab/segment"
	"consilium/ledger"
)

// LabOrder is what somebody wants made in the lab of a case.
type LabOrder struct {
	Thread ledger.ThreadID
	Kind   rehearsal.Kind
	Entry  ledger.Hash      // whose images it comes from
	Source string           // the artefact that it is made of
	Asked  any              // in the form of the kind
	Files  []rehearsal.File // that it is made of, kept already
}

// LabWork makes what was ordered: the worker of [rehearsal.Work].
func (d *Desk) LabWork(ctx context.Context, job jobs.Job, report func(jobs.Progress)) (jobs.Result, error) {
	if d.Lab == nil {
		return jobs.Result{}, jobs.Permanent(ErrNotHere)
	}
	return d.Lab.Do(ctx, job, report)
}

// OrderLab orders an artefact that takes long, as a job.
func (d *Desk) OrderLab(ctx context.Context, caller Caller, o LabOrder) (a rehearsal.Artefact, err error) {
	if a, err = d.labArtefact(caller, o); err != nil {
		return a, err
	}
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := d.mayRehearse(ctx, tx, caller, o.Thread); err != nil {
			return err
		}
		if err := d.roomInLab(ctx, tx, o.Thread); err != nil {
			return err
		}
		var err error
		if a, err = d.Lab.Add(ctx, tx, a); err != nil {
			return err
		}
		if a.Job, err = d.Queue.Enqueue(ctx, tx, rehearsal.Work.Name, rehearsal.Order(a)); err != nil {
			return err
		}
		return d.Lab.Making(ctx, tx, a.ID, a.Job)
	})
	if err == nil {
		d.Live.Changed(o.Thread)
	}
	return a, err
}

// EditSegmentation orders a segmentation that is another one changed by steps. Its source is the surface or the segmentation that was changed.
func (d *Desk) EditSegmentation(ctx context.Context, caller Caller, o LabOrder, steps []segment.Step) (a rehearsal.Artefact, err error) {
	base, err := d.labSource(ctx, caller, o)
	if err != nil {
		return a, err
	}
	asked, file, err := d.Lab.OrderSegmentation(ctx, &base, steps)
	if err != nil {
		return a, err
	}
	o.Kind, o.Entry, o.Asked, o.Files = rehearsal.Segmented, base.Entry, asked, []rehearsal.File{file}
	return d.OrderLab(ctx, caller, o)
}

// SuggestSegmentation orders what a learned model of this hospital proposes for a series. The order names the thread and the entry that attaches the images.
func (d *Desk) SuggestSegmentation(ctx context.Context, caller Caller, o LabOrder, series, model string) (a rehearsal.Artefact, err error) {
	if d.Lab == nil {
		return a, ErrNotHere
	}
	asked, err := d.Lab.OrderSuggestion(series, model)
	if err != nil {
		return a, err
	}
	o.Kind, o.Source, o.Asked = rehearsal.Segmented, "", asked
	return d.OrderLab(ctx, caller, o)
}

// AcceptSegmentation orders the version of a suggestion, the order's source, that the caller stands for.
func (d *Desk) AcceptSegmentation(ctx context.Context, caller Caller, o LabOrder) (a rehearsal.Artefact, err error) {
	base, err := d.labSource(ctx, caller, o)
	if err != nil {
		return a, err
	}
	asked, err := d.Lab.OrderAcceptance(&base, caller.Person, caller.Name)
	if err != nil {
		return a, err
	}
	o.Kind, o.Entry, o.Asked = rehearsal.Segmented, base.Entry, asked
	return d.OrderLab(ctx, caller, o)
}

// labSource is the artefact that an order names as its source, for who may work on the case: nothing is kept for anybody else.
func (d *Desk) labSource(ctx context.Context, caller Caller, o LabOrder) (a rehearsal.Artefact, err error) {
	if d.Lab == nil {
		return a, ErrNotHere
	}
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		if err := d.mayRehearse(ctx, tx, caller, o.Thread); err != nil {
			return err
		}
		a, err = d.Lab.Find(ctx, tx, o.Thread, o.Source)
		return err
	})
	if errors.Is(err, rehearsal.ErrGone) || err == nil && !a.Done() {
		return a, ErrNotHere
	}
	return a, err
}

// mostAtWork bounds the artefacts of one case that wait or are made at the same time.
const mostAtWork = 8

// ErrLabBusy says that as much is being made for the case as may be.
var ErrLabBusy = errors.New("the lab already makes as much for this case as it may at once")

// roomInLab refuses the next order of a case for which much is at work.
func (d *Desk) roomInLab(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) error {
	list, err := d.Lab.List(ctx, tx, thread)
	if err != nil {
		return err
	}
	n := 0
	for _, a := range list {
		if a.Done() || a.Job == 0 {
			continue
		}
		if j, err := jobs.Read(ctx, tx, a.Job); err == nil && !j.State.Final() {
			n++
		}
	}
	if n >= mostAtWork {
		return ErrLabBusy
	}
	return nil
}

// labArtefact is the artefact as it is noted before it is made.
func (d *Desk) labArtefact(caller Caller, o LabOrder) (rehearsal.Artefact, error) {
	if d.Lab == nil {
		return rehearsal.Artefact{}, ErrNotHere
	}
	asked, err := json.Marshal(o.Asked)
	return rehearsal.Artefact{Thread: o.Thread, Kind: o.Kind, Entry: o.Entry, Source: o.Source, Asked: asked, Files: o.Files, Person: caller.Person, Name: caller.Name}, err
}

// mayRehearse asks whether somebody may work on a case in the lab: who may say something in it.
func (d *Desk) mayRehearse(ctx context.Context, tx ledger.Tx, caller Caller, thread ledger.ThreadID) error {
	relations, err := d.RelationsTo(ctx, tx, caller, casebook.Thread, thread)
	if err != nil {
		return err
	}
	return access.Need(caller.Who, access.Say, access.What{Of: casebook.Governance, Thread: thread, Relations: relations})
}

// MakeInLab makes an artefact at once: a version of the plan, a registration.
func (d *Desk) MakeInLab(ctx context.Context, caller Caller, o LabOrder) (rehearsal.Artefact, error) {
	a, err := d.labArtefact(caller, o)
	if err != nil {
		return a, err
	}
	if err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error { return d.mayRehearse(ctx, tx, caller, o.Thread) }); err != nil {
		return a, err
	}
	switch asked := o.Asked.(type) {
	case *plan.Plan:
		return d.Lab.AddPlan(ctx, a, asked)
	case rehearsal.RegistrationOrder:
		return d.Lab.Register(ctx, a, asked)
	case rehearsal.ImplantOrder:
		return d.Lab.TakeAway(ctx, a, asked)
	}
	return a, ErrInput
}

// LabItem is an artefact with the job that makes it.
type LabItem struct {
	rehearsal.Artefact
	Status jobs.Status // of the job; without one, or after its row was cleared away, zero
}

// Open tells whether it waits or is being made.
func (i *LabItem) Open() bool { return !i.Done() && i.Status.ID != 0 && !i.Status.State.Final() }

// LabItems lists what a case has in the lab, the newest first. Who asks was shown the case by the door.
func (d *Desk) LabItems(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) (list []LabItem, err error) {
	if d.Lab == nil {
		return nil, nil
	}
	all, err := d.Lab.List(ctx, tx, thread)
	for _, a := range all {
		i := LabItem{Artefact: a}
		if a.Job != 0 && !a.Done() {
			if i.Status, err = jobs.Read(ctx, tx, a.Job); err != nil && !errors.Is(err, jobs.ErrNotFound) {
				return nil, err
			}
		}
		list = append(list, i)
	}
	return list, err
}

// CancelLab ends the job that makes an artefact.
func (d *Desk) CancelLab(ctx context.Context, caller Caller, thread ledger.ThreadID, id string) error {
	if d.Lab == nil {
		return ErrNotHere
	}
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := d.mayRehearse(ctx, tx, caller, thread); err != nil {
			return err
		}
		a, err := d.Lab.Find(ctx, tx, thread, id)
		if errors.Is(err, rehearsal.ErrGone) {
			return ErrNotHere
		}
		if err != nil || a.Job == 0 {
			return err
		}
		return d.Queue.Cancel(ctx, tx, a.Job)
	})
	if err == nil {
		d.Live.Changed(thread)
	}
	return err
}

// LabFile opens a file of an artefact for who was shown the case.
func (d *Desk) LabFile(ctx context.Context, thread ledger.ThreadID, id, ending string) (a rehearsal.Artefact, f rehearsal.File, r io.ReadSeekCloser, err error) {
	if d.Lab == nil {
		return a, f, nil, ErrNotHere
	}
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = d.Lab.Find(ctx, tx, thread, id)
		return err
	})
	if errors.Is(err, rehearsal.ErrGone) {
		return a, f, nil, ErrNotHere
	}
	if err != nil {
		return a, f, nil, err
	}
	f, ok := a.File(ending)
	if !ok {
		return a, f, nil, ErrNotHere
	}
	r, _, err = d.Blobs.Open(ctx, f.Hash)
	if err != nil {
		err = errors.Join(ErrNotHere, err)
	}
	return a, f, r, err
}

// LabImages gives the images of a series of a case to the lab. They are the case's own, de-identified ones, and only those that it may show.
func (d *Desk) LabImages(ctx context.Context, thread ledger.ThreadID, entry ledger.Hash, series string) (files []scan.Source, voxels int64, done func(), err error) {
	var l ledger.Log
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = d.Book.Log(ctx, tx, thread)
		return err
	})
	if err != nil {
		return nil, 0, nil, err
	}
	studies := d.Manifests(ctx, l)
	at := slices.IndexFunc(studies, func(s FiledStudy) bool {
		return s.Entry.Hash == entry && slices.ContainsFunc(s.Series, func(s manifest.Series) bool { return s.UID == series })
	})
	if at < 0 {
		return nil, 0, nil, fmt.Errorf("%w: the series is not among the case's images", rehearsal.ErrGone)
	}
	p := &studyPacks{desk: d, study: studies[at], open: map[int]io.ReadSeekCloser{}}
	for _, s := range studies[at].Series {
		if s.UID != series {
			continue
		}
		for _, i := range s.Instances {
			if i.Image == nil || i.Image.Color {
				continue
			}
			if err := p.shown(ctx, thread, i.Pack); err != nil {
				p.close()
				return nil, 0, nil, err
			}
			voxels += int64(i.Image.Rows) * int64(i.Image.Columns) * int64(len(i.Image.Frames))
			files = append(files, scan.Source{Name: fmt.Sprintf("image %d", i.Number), Open: func(context.Context) (*dicom.File, func() error, error) {
				f, err := i.Read(seeking{p.open[i.Pack]})
				return f, nothing, err
			}})
		}
	}
	return files, voxels, p.close, nil
}

// studyPacks are the open packs of a study, read by one reader at a time.
type studyPacks struct {
	desk  *Desk
	study FiledStudy
	open  map[int]io.ReadSeekCloser
}

// shown opens a pack that the case may show.
func (p *studyPacks) shown(ctx context.Context, thread ledger.ThreadID, n int) error {
	if p.open[n] != nil {
		return nil
	}
	ok, err := p.desk.Shows(ctx, thread, p.study.Pack(n))
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: the case may not show these images", rehearsal.ErrGone)
	}
	f, _, err := p.desk.Blobs.Open(ctx, p.study.Pack(n))
	if err != nil {
		return fmt.Errorf("%w: part of the images is not at this hospital yet: %w", rehearsal.ErrGone, err)
	}
	p.open[n] = f
	return nil
}

func (p *studyPacks) close() {
	for _, f := range p.open {
		_ = f.Close() // it was only read
	}
}
