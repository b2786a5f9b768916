package archive

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
)

// CheckReport is what a check of the archive found.
type CheckReport struct {
	Instances int
	Lost      []Loss // instances whose file is not there, or is not what it was
	MoreLost  int    // beyond those that are listed
}

// Loss is an instance that the index has and that cannot be given.
type Loss struct {
	Study, UID string
	Why        string
}

// checkPage is how many rows are read in one snapshot, so that a check of millions does not hold the database's log back.
const checkPage = 1000

// Check looks for the file of every instance in the index and compares its size; with deep it reads all bytes and compares their hash.
func (a *Archive) Check(ctx context.Context, deep bool) (*CheckReport, error) {
	report := &CheckReport{}
	for after := ""; ; {
		page, err := a.page(ctx, after)
		if err != nil {
			return report, fmt.Errorf("checking the archive: %w", err)
		}
		for _, e := range page {
			if err := ctx.Err(); err != nil {
				return report, err
			}
			report.Instances++
			if err := a.whole(ctx, e, deep); err != nil {
				report.lose(e, err)
			}
		}
		if len(page) < checkPage {
			return report, nil
		}
		after = page[len(page)-1].UID
	}
}

func (r *CheckReport) lose(e Entry, why error) {
	if len(r.Lost) == mostRefusals {
		r.MoreLost++
		return
	}
	r.Lost = append(r.Lost, Loss{e.Study, e.UID, why.Error()})
}

func (a *Archive) page(ctx context.Context, after string) (page []Entry, err error) {
	err = a.Tables.View(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+instanceColumns+` FROM image_instance WHERE sop_uid > $1 ORDER BY sop_uid LIMIT $2`, after, checkPage)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			e, err := scanEntry(rows)
			if err != nil {
				return err
			}
			page = append(page, e)
		}
		return rows.Err()
	})
	return page, err
}

// whole says what is wrong with an instance's file.
func (a *Archive) whole(ctx context.Context, e Entry, deep bool) error {
	blob, size, err := a.Blobs.Open(ctx, e.Blob)
	if err != nil {
		return errors.New("its file is not there")
	}
	defer blob.Close()
	if size != e.Size {
		return fmt.Errorf("its file has %d bytes instead of %d", size, e.Size)
	}
	if !deep {
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, blob); err != nil {
		return fmt.Errorf("its file cannot be read: %w", err)
	}
	if Hash(h.Sum(nil)) != e.Blob {
		return errors.New("its file has changed")
	}
	return nil
}
