package front

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"time"

	"consilium/access"
	"consilium/ledger"
)

// ServeBlob gives a file to a caller who may see a thread that attaches it. To everybody else it is not there. A sealed file is given as it is
// stored: nobody opens it here.
func (f *Front) ServeBlob(w http.ResponseWriter, r *http.Request, caller Caller, hash ledger.Hash) error {
	blob, err := f.attachedFor(r.Context(), caller, hash)
	if err != nil {
		return err
	}
	file, _, err := f.Blobs.Open(hash)
	if err != nil {
		return errors.Join(ErrNotHere, err)
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", safeType(blob.Type))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", `"`+hash.String()+`"`)
	h.Set("Cache-Control", "private, no-cache")
	disposition := "attachment"
	if slices.Contains(shownTypes, blob.Type) {
		disposition = "inline"
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": blob.Label}))
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

// shownTypes are those that a browser may show by itself: none of them can hold a script.
var shownTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "video/webm", "text/plain"}

func safeType(t string) string {
	if slices.Contains(shownTypes, t) || t == "application/dicom" || t == "application/pdf" {
		return t
	}
	return "application/octet-stream"
}

// attachedFor finds a thread that attaches the file and that the caller may see. Reading a file is reading the thread, and recorded as that.
func (f *Front) attachedFor(ctx context.Context, caller Caller, hash ledger.Hash) (blob ledger.BlobRef, err error) {
	found := false
	err = f.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := ledger.AttachedTo(ctx, tx, hash)
		if err != nil {
			return err
		}
		var asked ledger.ThreadID
		for _, a := range list {
			if a.Thread == asked {
				continue
			}
			asked = a.Thread
			d, _, err := f.Door.In(tx).Decide(ctx, caller.Who, access.See, a.Thread)
			if err != nil {
				return err
			}
			if d.Allowed {
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
