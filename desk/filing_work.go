package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"consilium/access"
	"consilium/casebook"
	"consilium/imaging/annotation"
	"consilium/imaging/deid"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
)

// toldMost is how many refusals a filing names.
const toldMost = 40

// FileImages files the images of an order. It may be taken up again after a crash: what the case has already is left out.
func (d *Desk) FileImages(ctx context.Context, job jobs.Job, report func(jobs.Progress)) (jobs.Result, error) {
	w := &filing{desk: d, tell: report}
	if err := job.Decode(&w.order); err != nil {
		return jobs.Result{}, jobs.Permanent(err)
	}
	done, err := d.oneFiling(ctx)
	if err != nil {
		return jobs.Result{}, err
	}
	defer done()
	err = w.run(ctx)
	w.tellForeign()
	w.report.Order = w.order
	w.report.Order.Who = access.Who{}
	result, wrong := jobs.Result{Summary: w.summary(), Faults: w.faults}.Reporting(w.report)
	if err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnavailable) {
		err = jobs.Permanent(err)
	}
	return result, errors.Join(err, wrong)
}

// filing is one order on its way.
type filing struct {
	desk    *Desk
	order   ImageOrder
	tell    func(jobs.Progress)
	report  FilingReport
	faults  []lang.Text
	foreign []string // files that are no images
	profile deid.Profile
	known   map[string]bool // UIDs of instances that the case has
	studies []*filed
	people  *patients
	total   int64
	done    int64
}

// filed is one study on its way.
type filed struct {
	uid    string
	build  manifest.Builder
	header header
	field  float64 // strength of the magnet in tesla; 0: none is said
}

func (w *filing) run(ctx context.Context) error {
	d := w.desk
	w.profile = d.caseProfile(w.order.Thread, len(w.order.Looked) > 0)
	if w.order.MoveDates {
		w.profile.Dates = deid.DatesMoved
	}
	studies, err := w.pulled(ctx)
	if err != nil {
		return err
	}
	if len(studies) > 0 {
		w.report.Study = studies[0]
	}
	list, done, err := d.sources(ctx, w.order, studies)
	if err != nil {
		return err
	}
	defer done()
	if w.known, err = d.imagesOf(ctx, w.order.Thread); err != nil {
		return err
	}
	if w.people, err = d.patientsOf(ctx, w.order.Thread); err != nil {
		return err
	}
	w.total = 2 * int64(len(list))
	for at, o := range list {
		if err := w.look(ctx, at, o); err != nil {
			return err
		}
		w.step("read")
	}
	if len(w.people.Doubts) > 0 && !w.order.Same {
		w.report.Doubts, w.report.Held = w.people.Doubts, nil
		return nil
	}
	if len(w.studies) > 0 {
		if err := w.people.keep(ctx, d, w.order.Thread); err != nil {
			return err
		}
	}
	for _, s := range w.studies {
		if err := w.say(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// pulled are the studies of the archive that the order names, fetched from the PACS first where they are to be.
func (w *filing) pulled(ctx context.Context) ([]string, error) {
	switch {
	case w.order.Study != "":
		return []string{w.order.Study}, nil
	case w.order.Accession == "":
		return nil, nil
	case w.desk.PACS == nil:
		return nil, ErrNoPACS
	}
	return w.desk.PACS.Pull(ctx, w.order.Accession, func(done, total int) {
		w.tell(jobs.Progress{Done: int64(done), Total: int64(total), Note: lang.Phrase("images.job.pull", nil)})
	})
}

func (w *filing) step(what string) {
	w.done++
	w.tell(jobs.Progress{Done: w.done, Total: w.total, Note: lang.Phrase("images.job."+what, nil)})
}

// look reads one instance and takes it up, or says why not. Its error is one that ends the filing: images of two patients in one order are one too many.
func (w *filing) look(ctx context.Context, at int, o original) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, done, err := o.open(ctx)
	if errors.Is(err, errForeign) {
		w.report.Foreign++
		w.foreign = append(w.foreign, o.file)
		return nil
	}
	if err != nil {
		w.refuse(o.file, err)
		return nil
	}
	defer done()
	if len(w.order.Files) == 0 && annotation.Own(f.Dataset) {
		w.report.Known++ // of a key image, whose entry the case has
		return nil
	}
	if len(w.order.Looked) > 0 && !slices.Contains(w.order.Looked, f.Dataset.String(dicom.SOPInstanceUID)) {
		return nil
	}
	if !(deid.Done(f.Dataset) && w.known[f.Dataset.String(dicom.SOPInstanceUID)]) { // a copy that this node made names nobody
		if err := w.people.meet(at, o.file, f.Dataset); err != nil {
			return &FileFault{FilesField, lang.Phrase("images.fault.patients", map[string]any{"file": o.file})}
		}
	}
	out, err := w.deidentified(f)
	var held *deid.Held
	switch {
	case errors.As(err, &held):
		w.report.Held = append(w.report.Held, HeldImage{f.Dataset.String(dicom.SOPInstanceUID), o.file, at, held.Tell().En, held.Reasons})
		return nil
	case err != nil:
		w.refuse(o.file, err)
		return nil
	case w.known[out.Dataset.String(dicom.SOPInstanceUID)]:
		w.report.Known++
		return nil
	}
	w.take(f, out, o)
	return nil
}

// deidentified is the copy that leaves. What was de-identified for this case before says so and has UIDs that the case knows.
func (w *filing) deidentified(f *dicom.File) (*dicom.File, error) {
	if deid.Done(f.Dataset) && w.known[f.Dataset.String(dicom.SOPInstanceUID)] {
		return f, nil
	}
	out, _, err := w.profile.Apply(f)
	return out, err
}

func (w *filing) take(f, out *dicom.File, o original) {
	uid := out.Dataset.String(dicom.StudyInstanceUID)
	at := slices.IndexFunc(w.studies, func(s *filed) bool { return s.uid == uid })
	if at < 0 {
		at = len(w.studies)
		w.studies = append(w.studies, &filed{uid: uid})
	}
	s := w.studies[at]
	open := func(ctx context.Context) (*dicom.File, func() error, error) {
		f, done, err := o.open(ctx)
		if err != nil {
			return nil, nil, err
		}
		out, err := w.deidentified(f)
		if err != nil {
			return nil, nil, errors.Join(err, done())
		}
		return out, done, nil
	}
	if err := s.build.Look(out.Dataset, o.size, manifest.Source{File: o.file, Open: open}); err != nil {
		w.refuse(o.file, err)
		return
	}
	s.header.read(w.told(f, out), deid.Done(f.Dataset))
	if s.field == 0 {
		s.field, _ = f.Dataset.Float(magneticFieldStrength)
	}
}

// told is the header that the entry tells of: the original's, or with its days moved, so that the two never tell by how much.
func (w *filing) told(f, out *dicom.File) *dicom.Dataset {
	if w.order.MoveDates {
		return out.Dataset
	}
	return f.Dataset
}

func (w *filing) refuse(file string, why error) {
	w.report.Refused++
	if len(w.faults) < toldMost {
		w.faults = append(w.faults, refusedText(file, why))
	}
}

// tellForeign names files that are no images. Beside images they are what a disc has of its own, and counted; where nothing else came, somebody chose the wrong files.
func (w *filing) tellForeign() {
	if len(w.studies)+w.report.Known+len(w.report.Held)+len(w.report.Doubts) > 0 {
		return
	}
	for _, file := range w.foreign[:min(len(w.foreign), toldMost-len(w.faults))] {
		w.faults = append(w.faults, lang.Phrase("images.fault.foreign", map[string]any{"file": file}))
	}
}

// say packs a study and says the entries: the images, and what the pathway's form asks and their header answers.
func (w *filing) say(ctx context.Context, s *filed) error {
	var blobs []ledger.BlobRef
	study, err := s.build.Pack(ctx, func(ctx context.Context, r io.Reader) (manifest.Hash, int64, error) {
		hash, size, err := w.desk.Blobs.Put(ctx, r, mostMade)
		blobs = append(blobs, ledger.BlobRef{Hash: hash, Size: size, Type: manifest.PackType, Label: fmt.Sprintf("images %d", len(blobs)+1), Scope: string(access.Images)})
		return manifest.Hash(hash), size, err
	}, func() { w.step("pack") })
	if err != nil {
		return err
	}
	text, err := study.Encode()
	if err != nil {
		return err
	}
	hash, size, err := w.desk.Blobs.Put(ctx, bytes.NewReader(text), manifest.MostBytes)
	if err != nil {
		return err
	}
	blobs = slices.Insert(blobs, 0, ledger.BlobRef{Hash: hash, Size: size, Type: manifest.Type, Label: s.header.label(), Scope: string(access.Images)})
	hashes := make([]ledger.Hash, len(blobs))
	for i, b := range blobs {
		hashes[i] = b.Hash
	}
	if err := w.desk.made(ctx, w.order.Thread, hashes...); err != nil {
		return err
	}
	drafts, err := w.desk.drafts(ctx, w.order.Thread, s, study, blobs, w.order.MoveDates)
	if err != nil {
		return err
	}
	entry, err := w.desk.Door.Say(ctx, w.order.Who, drafts...)
	if err != nil {
		return err
	}
	w.report.Entries = append(w.report.Entries, entry.Hash)
	w.report.Images += s.build.Count()
	return nil
}

func (w *filing) summary() lang.Text {
	r := w.report
	if len(r.Doubts) > 0 {
		return lang.Phrase("images.job.doubt", nil)
	}
	return lang.Phrase("images.job.done", map[string]any{"count": r.Images, "known": r.Known, "refused": r.Refused, "foreign": r.Foreign, "held": len(r.Held)})
}

// packetNames are what a packet calls images of a modality, beside "dicom".
var packetNames = map[string]string{"mr": "mri", "ct": "ct", "xray": "xray", "us": "ultrasound"}

func (d *Desk) drafts(ctx context.Context, thread ledger.ThreadID, s *filed, study *manifest.Study, blobs []ledger.BlobRef, moved bool) ([]ledger.Draft, error) {
	modality, day := s.header.modality(), s.header.day()
	says := casebook.Imaging{Modality: modality, Date: day, Description: s.header.described(study), Deidentified: true, Moved: moved, Count: int64(study.Images()), Holds: []string{"dicom"}}
	if name := packetNames[modality]; name != "" {
		says.Holds = append(says.Holds, name)
	}
	drafts := []ledger.Draft{{Thread: thread, Kind: casebook.KindImaging, At: day, Blobs: blobs, Says: says}}
	finding, ok, err := d.imagingForm(ctx, thread, s)
	if ok {
		drafts = append([]ledger.Draft{finding}, drafts...)
	}
	return drafts, err
}
