package desk

import (
	"context"
	"errors"
	"io"

	"consilium/access"
	"consilium/ledger"
)

// File is an attached file, open for reading; who asked for it closes it.
type File struct {
	ledger.BlobRef
	io.ReadSeekCloser
}

// File gives a file to a caller who may see a thread that attaches it. To everybody else it is not there: the error is then [ErrNotHere]. A sealed file is given
// as it is stored: nobody opens it here.
func (d *Desk) File(ctx context.Context, caller Caller, hash ledger.Hash) (File, error) {
	blob, err := d.attachedFor(ctx, caller, hash)
	if err != nil {
		return File{}, err
	}
	file, _, err := d.Blobs.Open(ctx, hash)
	if err != nil {
		return File{}, errors.Join(ErrNotHere, err)
	}
	return File{blob, file}, nil
}

// Shows tells whether who may read a thread may read a file that it attaches: an attachment by a hospital that could not read the file shows it to nobody.
func (d *Desk) Shows(ctx context.Context, thread ledger.ThreadID, hash ledger.Hash) (shown bool, err error) {
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		file, err := d.Door.Threads.File(ctx, tx, d.Book, hash)
		shown = file.Shown(thread)
		return err
	})
	return shown, err
}

// attachedFor finds a thread that attaches the file and that the caller may see. Reading a file is reading the thread, and recorded as that.
func (d *Desk) attachedFor(ctx context.Context, caller Caller, hash ledger.Hash) (blob ledger.BlobRef, err error) {
	found := false
	err = d.Door.Reading(ctx, func(ctx context.Context, tx ledger.Tx, in access.Inside) error {
		file, err := d.Door.Threads.File(ctx, tx, d.Book, hash)
		if err != nil {
			return err
		}
		var asked ledger.ThreadID
		for _, a := range file.Claims {
			if a.Thread == asked || a.Erased || !file.Shown(a.Thread) {
				continue
			}
			asked = a.Thread
			decision, _, err := in.Decide(ctx, caller.Who, access.See, a.Thread)
			if err != nil {
				return err
			}
			if decision.Allowed {
				blob, found = a.BlobRef, true
				return nil
			}
		}
		return nil
	})
	if err == nil && !found {
		err = ErrNotHere
	}
	return blob, err
}
