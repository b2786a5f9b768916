package desk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"consilium/access"
	"consilium/casebook"
	"consilium/imaging/archive"
	"consilium/imaging/deid"
	"consilium/imaging/dicom"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
)

// FilingJob is the job that files images in a case: it de-identifies them, packs them, and says the entry that attaches them.
var FilingJob = jobs.Kind{Name: "case.images", MaxAttempts: 3}

// Images is the hospital's own archive, as far as filing needs it.
type Images interface {
	List(ctx context.Context, which archive.Which, yield func(archive.Entry) error) error
	Open(ctx context.Context, e archive.Entry, before dicom.Tag) (*archive.File, error)
	Erase(ctx context.Context, study string) (int, error)
	// What is kept of key images: see [Desk.KeepMarks].
	StudyUIDs(ctx context.Context) ([]string, error)
	Find(ctx context.Context, uid string) (archive.Entry, error)
	KeepFile(ctx context.Context, arrival archive.Arrival, file io.Reader) (archive.Entry, archive.Outcome, error)
	EraseInstances(ctx context.Context, uids ...string) (int, error)
	Note(ctx context.Context, r archive.Reading) error
}

// PACS fetches studies from the hospital's PACS into its own archive.
type PACS interface {
	// Pull fetches the studies of an accession number and gives their UIDs. told hears how many instances came, of how many (0: not known).
	Pull(ctx context.Context, accession string, told func(done, total int)) ([]string, error)
}

// ErrNoPACS: no PACS is configured, or none of them has a study of that number.
var ErrNoPACS = errors.New("no PACS has a study of this accession number")

// ImageOrder says which images are to be filed in which case. One of Files, Study and Accession is given.
type ImageOrder struct {
	Thread    ledger.ThreadID  `json:"thread"`
	Files     []ledger.BlobRef `json:"files,omitempty"`     // as they were sent: DICOM files, or ZIP files of them; the label is the file's name
	Study     string           `json:"study,omitempty"`     // of the hospital's own archive
	Accession string           `json:"accession,omitempty"` // of a study of the PACS
	// Looked lists the UIDs of instances that a person has looked at and found no text in that names the patient; only these are filed.
	Looked []string `json:"looked,omitempty"`
	// Same says that a person compared the images' patient with the case's and found them to be one.
	Same bool `json:"same_patient,omitempty"`
	// MoveDates has the days of everything moved, in the images and in what the entry tells: no other hospital learns when the examination was. Otherwise both say
	// it as it was, because whoever advises has to know how old images are.
	MoveDates bool       `json:"move_dates,omitempty"`
	Who       access.Who `json:"who,omitzero"` // the report does not say it
}

// OrderImages asks for images to be filed, and gives the job's number. The caller must be one who may say something in the case; whoever takes them from the
// archive or the PACS must be allowed to use those.
func (d *Desk) OrderImages(ctx context.Context, caller Caller, o ImageOrder) (id int64, err error) {
	o.Who = caller.Who
	if len(o.Files) == 0 {
		if err := access.Need(caller.Who, access.UseArchive, access.Node); err != nil {
			return 0, err
		}
	}
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		relations, err := d.RelationsTo(ctx, tx, caller, "case", o.Thread)
		if err != nil {
			return err
		}
		if err := access.Need(caller.Who, access.Say, access.What{Of: casebook.Governance, Thread: o.Thread, Relations: relations}); err != nil {
			return err
		}
		if id, err = d.Queue.Enqueue(ctx, tx, FilingJob.Name, o); err != nil {
			return err
		}
		for _, b := range o.Files {
			if err := keepsFor(ctx, tx, id, b.Hash); err != nil {
				return err
			}
		}
		if err := jobs.Own(ctx, tx, id, jobs.Owner{Person: string(caller.Person), About: o.Thread.String()}); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO image_filing (job, thread, person, at_ms) VALUES ($1, $2, $3, $4)
			ON CONFLICT (job) DO UPDATE SET thread = excluded.thread, person = excluded.person, at_ms = excluded.at_ms`, id, o.Thread[:], string(caller.Person), d.Now().UnixMilli())
		if err != nil {
			return fmt.Errorf("noting what images are filed: %w", err)
		}
		return nil
	})
	return id, err
}

// EraseStudy destroys a study of the hospital's own archive, and says how many instances it had. What cases hold of it are copies of their own, which go when
// their entries are erased. It is an administrator's to do, and noted.
func (d *Desk) EraseStudy(ctx context.Context, who access.Who, study string) (int, error) {
	if err := access.Need(who, access.Administer, access.Node); err != nil {
		return 0, err
	}
	if d.Images == nil {
		return 0, ErrNotHere
	}
	if err := d.Images.Note(ctx, archive.Reading{Person: string(who.Person), Origin: who.Origin, Action: "erase", Study: study}); err != nil {
		return 0, err
	}
	n, err := d.Images.Erase(ctx, study)
	if errors.Is(err, archive.ErrNotFound) {
		err = errors.Join(ErrNotHere, err)
	}
	return n, err
}

// Filings lists the jobs that file images in a case, the newest first.
func (d *Desk) Filings(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, most int) (list []jobs.Status, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT job FROM image_filing WHERE thread = $1 ORDER BY at_ms DESC, job DESC LIMIT $2`, thread[:], most)
	if err != nil {
		return nil, fmt.Errorf("listing what images are filed: %w", err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("listing what images are filed: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, id := range ids {
		j, err := jobs.Read(ctx, tx, id)
		if errors.Is(err, jobs.ErrNotFound) {
			continue // cleared away
		}
		if err != nil {
			return nil, err
		}
		list = append(list, j)
	}
	return list, nil
}

// FilingReport is what filing reports to programs.
type FilingReport struct {
	Entries []ledger.Hash   `json:"entries"` // that attach the images
	Images  int             `json:"images"`  // instances that were filed
	Known   int             `json:"known"`   // instances that the case had already
	Refused int             `json:"refused"`
	Foreign int             `json:"foreign"`          // files that are not DICOM
	Held    []HeldImage     `json:"held"`             // that a person must look at first
	Doubts  []DoubtfulImage `json:"doubts,omitempty"` // images of another patient, by their header: nothing was filed
	Order   ImageOrder      `json:"order"`            // what was asked for, to ask for those that were held
	Study   string          `json:"study,omitempty"`  // of the archive, where it was fetched or named
}

// studies are those of the archive that the report is about.
func (r FilingReport) studies() []string {
	if r.Study == "" {
		return nil
	}
	return []string{r.Study}
}

// HeldImage is an image that may show text, where it stands.
type HeldImage struct {
	UID  string `json:"uid"`  // as it came
	File string `json:"file"` // as the sender knows it
	At   int    `json:"at"`   // its place among the sources of the order
	Why  string `json:"why"`  // in English, for programs
	// Reasons are the same as codes, which a page tells in its reader's language; empty in reports of an earlier release.
	Reasons []deid.Reason `json:"reasons,omitempty"`
}

// Tell is why an image was held back, as people read it.
func (h HeldImage) Tell() lang.Text {
	if len(h.Reasons) == 0 {
		return lang.Same(h.Why)
	}
	return (&deid.Held{Reasons: h.Reasons}).Tell()
}

// made notes a file that was de-identified for a thread.
func (d *Desk) made(ctx context.Context, thread ledger.ThreadID, hashes ...ledger.Hash) error {
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for _, h := range hashes {
			if _, err := tx.ExecContext(ctx, `INSERT INTO image_made (thread, hash) VALUES ($1, $2) ON CONFLICT (thread, hash) DO NOTHING`, thread[:], h[:]); err != nil {
				return fmt.Errorf("noting what was de-identified: %w", err)
			}
		}
		return nil
	})
}

// madeFor tells whether this node made the file itself for a thread.
func (d *Desk) madeFor(ctx context.Context, thread ledger.ThreadID, hash ledger.Hash) (ok bool, err error) {
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM image_made WHERE thread = $1 AND hash = $2`, thread[:], hash[:]).Scan(&n)
		ok = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("asking what was de-identified: %w", err)
	}
	return ok, nil
}
