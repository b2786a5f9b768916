package jobs

import (
	"context"
	"fmt"
)

// Owner is to whom a job belongs. Its result is for the person who ordered it, or for whoever may read the thread that it is about; its number opens nothing.
type Owner struct {
	Person string // who ordered it; "": nobody knows, as of a job of an earlier release
	About  string // the thread that it is about; "": none
}

// TheNode is the person of a job that the node asked itself for, which holds nothing of a patient.
const TheNode = "node"

// Own writes down to whom a job belongs, in the transaction that asks for it.
func Own(ctx context.Context, tx Tx, id int64, o Owner) error {
	if _, err := tx.ExecContext(ctx, `UPDATE job_progress SET person = $1, about = $2 WHERE job = $3`, o.Person, o.About, id); err != nil {
		return fmt.Errorf("noting who ordered job %d: %w", id, err)
	}
	return nil
}

// Outline is what may be told of a job to who may not read it and keeps the machine that it runs on: that it is there, of which kind, and how far.
func (s Status) Outline() Status {
	progress := s.Progress
	progress.Note.En, progress.Note.Zh = "", ""
	return Status{ID: s.ID, Kind: s.Kind, State: s.State, Progress: progress, Attempt: s.Attempt, Created: s.Created, Updated: s.Updated, Hidden: true}
}
