package files

import (
	"encoding/json"
	"errors"
	"net/http"

	"consilium/desk"
	"consilium/ledger"
	"consilium/web/face"
)

// maxBlob bounds one file: 8 GiB.
const maxBlob = 8 << 30

type blob struct {
	Hash ledger.Hash `json:"hash" doc:"The name of the file, to attach it by: the SHA-256 of how it is kept, with salt, and so not that of the bytes that were sent. The same file sent again has another"`
	Size int64       `json:"size" doc:"Bytes that were sent"`
}

func (a operations) putBlob(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	hash, size, err := a.Upload(r.Context(), caller, http.MaxBytesReader(w, r.Body, maxBlob), maxBlob)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(blob{hash, size})
}

func (a operations) getBlob(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	hash, err := ledger.ParseHash(r.PathValue("sha256"))
	if err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	return face.ServeFile(a.Desk, w, r, caller, hash)
}
