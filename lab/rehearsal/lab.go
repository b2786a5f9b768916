package rehearsal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"consilium/jobs"
	"consilium/lab/scan"
	"consilium/lab/segment"
	"consilium/lab/surface"
	"consilium/lang"
	"consilium/ledger"
)

// Blobs keeps files.
type Blobs interface {
	Put(ctx context.Context, r io.Reader, limit int64) (ledger.Hash, int64, error)
	Open(ctx context.Context, hash ledger.Hash) (io.ReadSeekCloser, int64, error)
	Remove(hash ledger.Hash) error
}

// Images gives the files of a series that an entry of a case attaches, in no order, and what to call when they were read. The error is [ErrGone] where the case does not show them.
type Images func(ctx context.Context, thread ledger.ThreadID, entry ledger.Hash, series string) (files []scan.Source, voxels int64, done func(), err error)

// Lab is one hospital's rehearsals. It is safe for many goroutines.
type Lab struct {
	DB      ledger.DB
	Blobs   Blobs
	Images  Images
	Now     func() time.Time
	Changed func(ledger.ThreadID) // told when an artefact is there, or failed

	Models   []segment.Model // that this hospital has installed: they propose segmentations
	Elements int             // of the finest mesh of a strength, at most; 0: [MostElements]

	bench sync.Mutex // one job at a time: each of them uses all cores, and the memory that is allowed to one
	shelf shelf
}

// mostFile bounds a file that the lab makes.
const mostFile = 1 << 30

// Do makes an artefact: the worker of [Work].
func (l *Lab) Do(ctx context.Context, job jobs.Job, report func(jobs.Progress)) (jobs.Result, error) {
	var o order
	if err := job.Decode(&o); err != nil {
		return jobs.Result{}, jobs.Permanent(err)
	}
	report(jobs.Progress{Note: lang.Phrase("lab.job.waits", nil)})
	if !l.begin(ctx) {
		return jobs.Result{}, ctx.Err()
	}
	defer l.bench.Unlock()
	defer func() { l.Changed(o.Thread) }()
	var a Artefact
	err := l.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = l.Find(ctx, tx, o.Thread, o.Artefact)
		return err
	})
	if err != nil {
		return jobs.Result{}, jobs.Permanent(err)
	}
	told := time.Time{}
	w := &work{lab: l, of: a, ctx: ctx, report: func(p jobs.Progress) {
		report(p)
		if now := time.Now(); now.Sub(told) > time.Second { // open pages hear of it now and then
			told = now
			l.Changed(o.Thread)
		}
	}}
	if err := w.make(); err != nil {
		if ctx.Err() != nil {
			return jobs.Result{}, ctx.Err()
		}
		return jobs.Result{Faults: []lang.Text{Tell(err)}}, jobs.Permanent(err)
	}
	return jobs.Result{Summary: lang.Phrase("lab.job.made", map[string]any{"what": lang.Named("lab.kind", string(a.Kind)), "version": a.Version})}, nil
}

// begin waits for the bench, and gives up with the context.
func (l *Lab) begin(ctx context.Context) bool {
	for ctx.Err() == nil {
		if l.bench.TryLock() {
			return true
		}
		wait := time.NewTimer(200 * time.Millisecond)
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
	}
	return false
}

// work is one artefact on its way.
type work struct {
	lab    *Lab
	of     Artefact
	ctx    context.Context
	report func(jobs.Progress)
}

// make does what the artefact's kind says and writes down what came of it.
func (w *work) make() error {
	make := map[Kind]func() (any, error){Surface: w.surface, Guide: w.guide, Model: w.guide, Strength: w.strength, Implant: w.implant, Mirror: w.mirror, Registration: w.registerSurface, Segmented: w.segmentation}[w.of.Kind]
	if make == nil {
		return fmt.Errorf("%w: %q is not made by a job", ErrAsked, w.of.Kind)
	}
	facts, err := make()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	return w.lab.conclude(w.ctx, w.of.ID, raw)
}

// step says what is being done, in steps of a whole.
func (w *work) step(done, total int64, what string) error {
	w.report(jobs.Progress{Done: done, Total: total, Note: lang.Phrase("lab.job."+what, nil)})
	return w.ctx.Err()
}

// keep keeps a file of the artefact.
func (w *work) keep(ending string, raw []byte) (File, error) {
	f, err := w.lab.put(w.ctx, ending, raw)
	if err != nil {
		return f, err
	}
	err = w.lab.DB.Update(w.ctx, func(ctx context.Context, tx ledger.Tx) error { return addFile(ctx, tx, w.of.ID, f) })
	if err != nil {
		return f, errors.Join(err, w.lab.drop(context.WithoutCancel(w.ctx), w.of.ID, f))
	}
	return f, nil
}

func (l *Lab) put(ctx context.Context, ending string, raw []byte) (File, error) {
	hash, size, err := l.Blobs.Put(ctx, bytes.NewReader(raw), mostFile)
	return File{ending, hash, size}, err
}

// keepMesh keeps a surface in a format.
func (w *work) keepMesh(ending string, m *surface.Mesh, title string) (File, error) {
	var b bytes.Buffer
	if err := m.Write(&b, "."+ending, title); err != nil {
		return File{}, err
	}
	return w.keep(ending, b.Bytes())
}

// source is the artefact that this one is made of.
func (w *work) source() (a Artefact, err error) {
	return w.lab.findFor(w.ctx, w.of.Thread, w.of.Source)
}

// Order is the job's order for an artefact.
func Order(a Artefact) any { return order{a.Thread, a.ID} }
