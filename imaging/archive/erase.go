package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Erase destroys a study: the file of each instance, then its rows. It returns how many instances there were, or ErrNotFound. Files go first, so that a study of
// which the index knows nothing any more has no bytes left; what a crash interrupts is found by [Archive.Check] and is finished by erasing again. A file that
// something else refers to stays.
func (a *Archive) Erase(ctx context.Context, study string) (int, error) {
	done, err := a.alone(ctx) // or an instance that arrives meanwhile would lose its row and keep its file
	if err != nil {
		return 0, fmt.Errorf("erasing study %s: %w", study, err)
	}
	defer done()
	var list []Entry
	err = a.List(ctx, Which{Studies: []string{study}}, func(e Entry) error {
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

// EraseInstances destroys single instances, as Erase does a study, and says how many there were. Those that are not kept are passed over. A series or study of which
// nothing is left goes too.
func (a *Archive) EraseInstances(ctx context.Context, uids ...string) (n int, err error) {
	for _, uid := range uids {
		e, err := a.Find(ctx, uid)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return n, err
		}
		if err := a.Blobs.Remove(e.Blob); err != nil {
			return n, fmt.Errorf("erasing an instance of study %s: %w", e.Study, err)
		}
		if err := a.Tables.Update(ctx, func(ctx context.Context, tx *sql.Tx) error { return e.delete(ctx, tx) }); err != nil {
			return n, fmt.Errorf("erasing an instance of study %s from the index: %w", e.Study, err)
		}
		n++
	}
	return n, nil
}

// delete takes an instance's row away and counts its series and study anew.
func (e Entry) delete(ctx context.Context, tx *sql.Tx) error {
	for _, s := range []struct{ text, of string }{
		{`DELETE FROM image_instance WHERE sop_uid = $1`, e.UID},
		{`UPDATE image_series SET instance_count = (SELECT COUNT(*) FROM image_instance i WHERE i.series_uid = image_series.series_uid) WHERE series_uid = $1`, e.Series},
		{`DELETE FROM image_series WHERE series_uid = $1 AND instance_count = 0`, e.Series},
		{`UPDATE image_study SET instance_count = (SELECT COUNT(*) FROM image_instance i WHERE i.study_uid = image_study.study_uid),
			series_count = (SELECT COUNT(*) FROM image_series e WHERE e.study_uid = image_study.study_uid) WHERE study_uid = $1`, e.Study},
		{`DELETE FROM image_study WHERE study_uid = $1 AND instance_count = 0`, e.Study},
	} {
		if _, err := tx.ExecContext(ctx, s.text, s.of); err != nil {
			return err
		}
	}
	return e.modalities(ctx, tx)
}

// modalities writes anew of which modalities the study's series are.
func (e Entry) modalities(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT modality FROM image_series WHERE study_uid = $1 ORDER BY modality`, e.Study)
	if err != nil {
		return err
	}
	defer rows.Close()
	all := "|"
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return err
		}
		all += one + "|"
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE image_study SET modalities = $1 WHERE study_uid = $2`, all, e.Study)
	return err
}

// StudyUIDs are the studies that are kept, in the order of their UIDs.
func (a *Archive) StudyUIDs(ctx context.Context) (list []string, err error) {
	err = a.Tables.View(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT study_uid FROM image_study ORDER BY study_uid`)
		if err != nil {
			return fmt.Errorf("listing the studies: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var uid string
			if err := rows.Scan(&uid); err != nil {
				return fmt.Errorf("listing the studies: %w", err)
			}
			list = append(list, uid)
		}
		return rows.Err()
	})
	return list, err
}
