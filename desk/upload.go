package desk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"consilium/ledger"
)

// Upload keeps a file that a person sent, of at most limit bytes, to be attached to an entry afterwards. It is kept with salt, so that its hash tells nobody which file it is, and the same file sent again
// has another. What is sealed is unlike any other already, and its key is found by its hash. size is that of what was sent.
func (d *Desk) Upload(ctx context.Context, caller Caller, content io.Reader, limit int64) (hash ledger.Hash, size int64, err error) {
	if d.Room != nil {
		if err := d.Room(); err != nil {
			return hash, 0, err
		}
	}
	if err := d.quota(ctx, caller); err != nil {
		return hash, 0, err
	}
	if hash, size, err = d.keep(ctx, content, limit); err != nil {
		return hash, size, err
	}
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO upload (hash, person, at_ms, size) VALUES ($1, $2, $3, $4) ON CONFLICT (hash, person) DO UPDATE SET at_ms = excluded.at_ms, size = excluded.size`,
			hash[:], string(caller.Who.Person), d.Now().UnixMilli(), size)
		return err
	})
	if err != nil {
		return hash, size, fmt.Errorf("noting who sent the file: %w", err)
	}
	return hash, size, nil
}

func (d *Desk) keep(ctx context.Context, content io.Reader, limit int64) (ledger.Hash, int64, error) {
	begins := bufio.NewReaderSize(content, headLength)
	if head, _ := begins.Peek(headLength); signatureOf(head) == typeAge { // a failing read fails again below
		return d.Blobs.Put(ctx, begins, limit)
	}
	salted, length := salt(begins, limit)
	hash, _, err := d.Blobs.Put(ctx, salted, math.MaxInt64)
	return hash, *length, err
}

// MostWaiting is how many bytes of files one person may have sent that nothing attaches: a day's studies of a department, and not a disk. They are swept after a day.
const MostWaiting = 64 << 30

// ErrQuota says that a person has sent more files than may wait.
var ErrQuota = errors.New("more files of this person wait to be attached than may; attach them, or wait until they are swept after a day")

// quota refuses the next file of a person of whom too much waits.
func (d *Desk) quota(ctx context.Context, caller Caller) error {
	most := int64(MostWaiting)
	if d.Quota > 0 {
		most = d.Quota
	}
	var waiting int64
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(u.size), 0) AS BIGINT) FROM upload u WHERE u.person = $1 AND NOT EXISTS (SELECT 1 FROM attached a WHERE a.blob = u.hash)`,
			string(caller.Who.Person)).Scan(&waiting)
	})
	if err == nil && waiting >= most {
		err = ErrQuota
	}
	return err
}

// MayAttach refuses files that the caller neither sent nor may read: whoever learned a hash would otherwise attach the file to a case of their own and read it
// there. A file that is not here and one that is another's are told alike.
func (d *Desk) MayAttach(ctx context.Context, caller Caller, drafts ...ledger.Draft) error {
	for _, draft := range drafts {
		for _, b := range draft.Blobs {
			if err := d.mayAttach(ctx, caller, b.Hash); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Desk) mayAttach(ctx context.Context, caller Caller, hash ledger.Hash) error {
	sent, err := d.sentBy(ctx, caller.Who.Person, hash)
	if err != nil {
		return err
	}
	if !sent {
		_, err = d.attachedFor(ctx, caller, hash)
	}
	if errors.Is(err, ErrNotHere) || err == nil && !d.Blobs.Has(hash) {
		return fmt.Errorf("the file %s was not sent yet; POST it to /blobs first: %w", hash.Short(), ErrInput)
	}
	return err
}

// sentBy tells whether a person sent a file.
func (d *Desk) sentBy(ctx context.Context, who ledger.PersonID, hash ledger.Hash) (bool, error) {
	sent := 0
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM upload WHERE hash = $1 AND person = $2`, hash[:], string(who)).Scan(&sent)
	})
	if err != nil {
		return false, fmt.Errorf("looking up who sent the file: %w", err)
	}
	return sent > 0, nil
}
