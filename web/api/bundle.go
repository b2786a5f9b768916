package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"consilium/desk"
	"consilium/ledger"
)

// GetBundle answers with a thread and its files in a bundle, which anybody can verify offline ([ledger.ReadBundle]). To take one is to export.
func (a Threads) GetBundle(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	id, err := ledger.ParseThreadID(r.PathValue("id"))
	if err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	if err := a.need(r.Context(), id); err != nil {
		return err
	}
	if _, err := a.Door.Export(r.Context(), caller.Who, id); err != nil {
		return err
	}
	// The bundle is finished in a file first, so that a fault in the middle is told as one instead of a bundle that breaks off.
	f, err := os.CreateTemp("", "consilium-bundle-*")
	if err != nil {
		return errors.Join(desk.ErrUnavailable, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	kind, err := a.writeBundle(r.Context(), f, id)
	if err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	w.Header().Set("Content-Disposition", `attachment; filename="`+kind+`-`+id.String()+`.bundle"`)
	_, err = io.Copy(w, f)
	return err
}

func (a *API) writeBundle(ctx context.Context, to io.Writer, id ledger.ThreadID) (kind string, err error) {
	b, err := ledger.NewBundleWriter(to)
	if err != nil {
		return "", err
	}
	var files []ledger.Attachment
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		t, err := a.Book.Thread(ctx, tx, id)
		if err != nil {
			return err
		}
		if files, err = ledger.Attachments(ctx, tx, id); err != nil {
			return err
		}
		kind = t.Log().Kind
		return b.Thread(t)
	})
	if err != nil {
		return "", err
	}
	written := map[ledger.Hash]bool{}
	for _, file := range files {
		if written[file.Hash] || !a.Blobs.Has(file.Hash) {
			continue
		}
		written[file.Hash] = true
		if shown, err := a.Shows(ctx, id, file.Hash); err != nil || !shown {
			if err != nil {
				return "", err
			}
			continue
		}
		if err := a.bundleFile(ctx, b, file.Hash); err != nil {
			return "", err
		}
	}
	return kind, b.Close()
}

func (a *API) bundleFile(ctx context.Context, b *ledger.BundleWriter, hash ledger.Hash) error {
	f, size, err := a.Blobs.Kept.Open(ctx, hash) // whoever verifies the bundle compares its bytes with the hash
	if err != nil {
		return err
	}
	defer f.Close()
	return b.File(hash, size, f)
}
