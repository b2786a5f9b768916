package archive

import (
	"context"
	"database/sql"
	"fmt"
)

// Erase destroys a study: the file of each instance, then its rows. It returns how many instances there were, or ErrNotFound. Files go first, so that a study of
// which the index knows nothing any more has no bytes left; what a crash interrupts is found by [Archive.Check] and is finished by erasing again. A file that
// something else refers to stays.
func (a *Archive) Erase(ctx context.Context, study string) (int, error) {
	var list []Entry
	err := a.List(ctx, Which{Studies: []string{study}}, func(e Entry) error {
		list = append(list, e)
		return nil
	})
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, fmt.Errorf("erasing study %s: %w", study, ErrNotFound)
	}
	for _, e := range list {
		shared, err := a.shared(ctx, e)
		if err == nil && !shared {
			err = a.Blobs.Remove(e.Blob)
		}
		if err != nil {
			return 0, fmt.Errorf("erasing an instance of study %s: %w", study, err)
		}
	}
	err = a.Tables.Update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, table := range []string{"image_instance", "image_series", "image_study"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE study_uid = $1", study); err != nil {
				return fmt.Errorf("erasing study %s from the index: %w", study, err)
			}
		}
		return nil
	})
	return len(list), err
}

// shared tells whether an instance of another study has the same file.
func (a *Archive) shared(ctx context.Context, e Entry) (shared bool, err error) {
	err = a.Tables.View(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM image_instance WHERE blob = $1 AND study_uid <> $2`, e.Blob[:], e.Study).Scan(&n)
		shared = n > 0
		return err
	})
	return shared, err
}
