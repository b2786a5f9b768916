package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"consilium/casebook"
	"consilium/jobs"
	"consilium/ledger"
)

// Traces are what names a patient outside of every entry: jobs, by what they were asked and what they answered, and files that no entry attaches.
type Traces struct {
	Jobs  []int64
	Files []ledger.Hash
}

// Traces looks for what else than entries names the patient of a case: the jobs about it with their files, and every file that somebody sent or an import used
// or made in which the patient's name or number stands. It is asked while the name is still known. A file that cannot be read is taken for one that names them.
func (d *Desk) Traces(ctx context.Context, thread ledger.ThreadID) (t Traces, err error) {
	var s suspects
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		s, err = d.suspects(ctx, tx, thread)
		return err
	})
	if err != nil {
		return t, err
	}
	return s.convict(ctx, d.Blobs)
}

// suspects are the files that may name a patient, and the words to look for in them.
type suspects struct {
	words   names
	about   []int64                 // jobs about the case, whatever stands in them
	ordered []ledger.Hash           // files of these jobs
	files   map[ledger.Hash][]int64 // other files that nothing attaches, with the jobs that used or made them
}

func (d *Desk) suspects(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) (s suspects, err error) {
	p, err := casebook.IdentityOf(ctx, tx, thread)
	if err != nil && !errors.Is(err, casebook.ErrNoIdentity) {
		return s, err
	}
	s.words = namesOf(p)
	if s.about, err = numbersOf(ctx, tx, `SELECT job FROM job_progress WHERE about = $1 UNION SELECT f.job FROM image_filing f JOIN job_progress p ON p.job = f.job WHERE f.thread = $2`, thread.String(), thread[:]); err != nil {
		return s, err
	}
	s.files = map[ledger.Hash][]int64{}
	rows, err := tx.QueryContext(ctx, `SELECT hash, job FROM job_file UNION ALL SELECT hash, 0 FROM upload`)
	if err != nil {
		return s, fmt.Errorf("looking for files that name a patient: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		var job int64
		if err := rows.Scan(&raw, &job); err != nil {
			return s, fmt.Errorf("looking for files that name a patient: %w", err)
		}
		s.add(ledger.Hash(raw), job)
	}
	if err := rows.Err(); err != nil {
		return s, err
	}
	if err := s.addReported(ctx, tx); err != nil {
		return s, err
	}
	return s, s.withoutAttached(ctx, tx)
}

func (s *suspects) add(hash ledger.Hash, job int64) {
	if job != 0 && slices.Contains(s.about, job) {
		s.ordered = append(s.ordered, hash)
	}
	s.files[hash] = append(s.files[hash], job)
}

// addReported adds the files that the reports of jobs name: those of an earlier release stand nowhere else.
func (s *suspects) addReported(ctx context.Context, tx ledger.Tx) error {
	for _, kind := range []jobs.Kind{ImportJob, FilingJob} {
		list, err := jobs.List(ctx, tx, kind.Name, mostReported)
		if err != nil {
			return err
		}
		for _, j := range list {
			var imported ImportReport
			var filed FilingReport
			switch {
			case len(j.Result.Report) == 0:
			case kind.Name == ImportJob.Name && j.Result.Decode(&imported) == nil:
				s.add(imported.Table, j.ID)
			case kind.Name == FilingJob.Name && j.Result.Decode(&filed) == nil:
				for _, b := range filed.Order.Files {
					s.add(b.Hash, j.ID)
				}
			}
			if f := j.Result.File; f != nil {
				s.add(ledger.Hash(f.Hash), j.ID)
			}
		}
	}
	return nil
}

// mostReported bounds the jobs whose reports are read: their rows are kept for thirty days.
const mostReported = 100_000

// withoutAttached leaves out what an entry attaches: that goes with its entry.
func (s *suspects) withoutAttached(ctx context.Context, tx ledger.Tx) error {
	attached := func(hash ledger.Hash) (bool, error) {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM attached WHERE blob = $1`, hash[:]).Scan(&n)
		return n > 0, err
	}
	for hash := range s.files {
		is, err := attached(hash)
		if err != nil {
			return fmt.Errorf("asking what attaches a file: %w", err)
		}
		if is {
			delete(s.files, hash)
		}
	}
	s.ordered = slices.DeleteFunc(s.ordered, func(h ledger.Hash) bool { _, suspect := s.files[h]; return !suspect })
	return nil
}

// convict looks into the files.
func (s suspects) convict(ctx context.Context, blobs Blobs) (t Traces, err error) {
	t = Traces{Jobs: s.about, Files: s.ordered}
	for hash, users := range s.files {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		names, err := s.words.in(ctx, blobs, hash)
		if err != nil {
			return t, err
		}
		if names {
			t.Files = append(t.Files, hash)
			t.Jobs = append(t.Jobs, users...)
		}
	}
	slices.SortFunc(t.Files, func(a, b ledger.Hash) int { return slices.Compare(a[:], b[:]) })
	slices.Sort(t.Jobs)
	t.Files, t.Jobs = slices.Compact(t.Files), slices.DeleteFunc(slices.Compact(t.Jobs), func(n int64) bool { return n == 0 })
	return t, nil
}

// ForgetPatient removes who the patient of a case is from the tables of this hospital, and dooms what else names them: from then on nobody reads, attaches or imports it, and
// the node removes the files after the commit.
func (d *Desk) ForgetPatient(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, t Traces) error {
	for _, id := range t.Jobs {
		if err := d.Queue.Erase(ctx, tx, id); err != nil && !errors.Is(err, jobs.ErrNotFound) {
			return err
		}
	}
	for _, hash := range t.Files {
		for _, change := range []string{`DELETE FROM upload WHERE hash = $1`, `DELETE FROM job_file WHERE hash = $1`, `INSERT INTO doomed_file (hash) VALUES ($1) ON CONFLICT (hash) DO NOTHING`} {
			if _, err := tx.ExecContext(ctx, change, hash[:]); err != nil {
				return fmt.Errorf("dooming a file that names an erased patient: %w", err)
			}
		}
	}
	return casebook.ForgetIdentity(ctx, tx, thread)
}

// Doomed lists the files that an erasure doomed and that are to be removed. One that an entry attaches meanwhile is that entry's.
func Doomed(ctx context.Context, tx ledger.Tx) ([]ledger.Hash, error) {
	return hashesOf(ctx, tx, `SELECT hash FROM doomed_file d WHERE NOT EXISTS (SELECT 1 FROM attached a WHERE a.blob = d.hash)`)
}

// Removed notes that a doomed file is gone.
func Removed(ctx context.Context, tx ledger.Tx, hash ledger.Hash) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM doomed_file WHERE hash = $1`, hash[:])
	return err
}

// LeftByJobs takes the files of jobs of which nothing is said any more, and that nobody else holds, to be removed after the commit.
func LeftByJobs(ctx context.Context, tx ledger.Tx) ([]ledger.Hash, error) {
	const left = ` FROM job_file WHERE NOT EXISTS (SELECT 1 FROM job_progress p WHERE p.job = job_file.job)`
	files, err := hashesOf(ctx, tx, `SELECT DISTINCT hash`+left+` AND NOT EXISTS (SELECT 1 FROM attached a WHERE a.blob = job_file.hash)
		AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.hash = job_file.hash) AND NOT EXISTS (SELECT 1 FROM job_file o JOIN job_progress q ON q.job = o.job WHERE o.hash = job_file.hash)`)
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE`+left)
	}
	return files, err
}

// keepsFor notes the files that a job was given or made.
func keepsFor(ctx context.Context, tx ledger.Tx, job int64, hashes ...ledger.Hash) error {
	for _, h := range hashes {
		if _, err := tx.ExecContext(ctx, `INSERT INTO job_file (job, hash) VALUES ($1, $2) ON CONFLICT (job, hash) DO NOTHING`, job, h[:]); err != nil {
			return fmt.Errorf("noting the files of job %d: %w", job, err)
		}
	}
	return nil
}

func hashesOf(ctx context.Context, tx ledger.Tx, query string) (list []ledger.Hash, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		list = append(list, ledger.Hash(raw))
	}
	return list, rows.Err()
}

func numbersOf(ctx context.Context, tx ledger.Tx, query string, args ...any) (list []int64, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}
