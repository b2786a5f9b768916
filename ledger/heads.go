package ledger

import (
	"context"
	"fmt"
)

// Head is how far a thread is.
type Head struct {
	Thread  ThreadID
	Entries int
	Digest  Hash // of them all
}

// Heads lists how far every thread is.
func Heads(ctx context.Context, tx Tx) ([]Head, error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread, entries, digest FROM thread ORDER BY thread`)
	if err != nil {
		return nil, fmt.Errorf("listing the heads: %w", err)
	}
	defer rows.Close()
	var list []Head
	for rows.Next() {
		var h Head
		var thread, digest []byte
		if err := rows.Scan(&thread, &h.Entries, &digest); err != nil {
			return nil, fmt.Errorf("listing the heads: %w", err)
		}
		h.Thread, h.Digest = ThreadID(thread), asHash(digest)
		list = append(list, h)
	}
	return list, rows.Err()
}

// FirstEntries gives the digest of the first so many entries of a thread, in the order in which they came here, and how many of them there are.
func FirstEntries(ctx context.Context, tx Tx, id ThreadID, most int) (digest Hash, here int, err error) {
	list, err := hashes(tx.QueryContext(ctx, `SELECT hash FROM entry WHERE thread = $1 ORDER BY place LIMIT $2`, id[:], most))
	for _, h := range list {
		digest.xor(h)
	}
	return digest, len(list), err
}

// OwnFiles lists the files that entries of a hospital attach and that are not erased, each with one of its threads.
func OwnFiles(ctx context.Context, tx Tx, of HospitalID) ([]Attachment, error) {
	return attachments(ctx, tx, attachmentColumns+`WHERE e.hospital = $1 AND a.erased = 0 ORDER BY a.blob, a.thread, a.entry`, of[:])
}
