package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Attachment is a file that a thread's entries attach.
type Attachment struct {
	Thread ThreadID
	Entry  Hash
	By     HospitalID // whose entry it is
	Erased bool       // the entry is erased
	Locked bool       // and its words are still kept here, for nobody to read
	BlobRef
}

const attachmentColumns = `SELECT a.thread, a.entry, e.hospital, a.blob, a.size, a.type, a.scope, a.sealed, a.erased, CASE WHEN l.entry IS NULL THEN 0 ELSE 1 END
	FROM attached a JOIN entry e ON e.hash = a.entry LEFT JOIN locked_body l ON l.entry = a.entry `

// Attachments lists the files of a thread, small ones first: key images before the rest of a study. Those of erased entries are left out.
func Attachments(ctx context.Context, tx Tx, id ThreadID) ([]Attachment, error) {
	return attachments(ctx, tx, attachmentColumns+`WHERE a.thread = $1 AND a.erased = 0 ORDER BY a.size, a.blob, a.entry`, id[:])
}

// AttachedTo lists where a file is attached, erased attachments too: they give it to nobody, and go on forbidding.
func AttachedTo(ctx context.Context, tx Tx, blob Hash) ([]Attachment, error) {
	return attachments(ctx, tx, attachmentColumns+`WHERE a.blob = $1 ORDER BY a.thread, a.entry`, blob[:])
}

func attachments(ctx context.Context, tx Tx, query string, arg any) ([]Attachment, error) {
	rows, err := tx.QueryContext(ctx, query, arg)
	if err != nil {
		return nil, fmt.Errorf("listing files: %w", err)
	}
	defer rows.Close()
	var list []Attachment
	for rows.Next() {
		var a Attachment
		var thread, entry, by, blob []byte
		var sealed, erased, locked int
		if err := rows.Scan(&thread, &entry, &by, &blob, &a.Size, &a.Type, &a.Scope, &sealed, &erased, &locked); err != nil {
			return nil, fmt.Errorf("listing files: %w", err)
		}
		a.Thread, a.Entry, a.Hash, a.Sealed, a.Erased, a.Locked = ThreadID(thread), asHash(entry), asHash(blob), sealed == 1, erased == 1, locked == 1
		copy(a.By[:], by)
		list = append(list, a)
	}
	return list, rows.Err()
}

// keepAttached notes the files of new entries. Those of an entry that was erased before it came forbid, and give nothing.
func keepAttached(ctx context.Context, tx Tx, l Log, added []*Entry) error {
	for _, e := range added {
		body, err := e.Content()
		if err != nil || len(body.Blobs) == 0 {
			continue
		}
		s := l.Find(e.Hash)
		if s == nil {
			continue
		}
		for _, blob := range body.Blobs {
			_, err := tx.ExecContext(ctx, `INSERT INTO attached (thread, blob, entry, size, type, scope, sealed, erased) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (thread, blob, entry) DO NOTHING`,
				l.Thread[:], blob.Hash[:], e.Hash[:], blob.Size, blob.Type, blob.Scope, boolInt(blob.Sealed), boolInt(s.Erased))
			if err != nil {
				return fmt.Errorf("noting the files of entry %s: %w", e.Hash.Short(), err)
			}
		}
	}
	return nil
}

// Given notes that a file came from another hospital. The first one counts.
func Given(ctx context.Context, tx Tx, blob Hash, by HospitalID) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO given (blob, hospital) VALUES ($1, $2) ON CONFLICT (blob) DO NOTHING`, blob[:], by[:]); err != nil {
		return fmt.Errorf("noting who gave file %s: %w", blob.Short(), err)
	}
	return nil
}

// GivenBy tells which hospital gave a file; the zero ID where that is not known. It is not ok for a file that was made here.
func GivenBy(ctx context.Context, tx Tx, blob Hash) (by HospitalID, ok bool, err error) {
	var raw []byte
	err = tx.QueryRowContext(ctx, `SELECT hospital FROM given WHERE blob = $1`, blob[:]).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return by, false, nil
	}
	if err != nil {
		return by, false, fmt.Errorf("asking who gave file %s: %w", blob.Short(), err)
	}
	copy(by[:], raw)
	return by, true, nil
}

// Attaches tells whether an entry of a thread attaches a file.
func Attaches(ctx context.Context, tx Tx, id ThreadID, blob Hash) (bool, error) {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM attached WHERE thread = $1 AND blob = $2`, id[:], blob[:]).Scan(&n); err != nil {
		return false, fmt.Errorf("looking for a file of thread %s: %w", id, err)
	}
	return n > 0, nil
}
