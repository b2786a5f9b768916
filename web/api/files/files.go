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
	Hash ledger.Hash `json:"hash" doc:"SHA-256 of the file"`
	Size int64       `json:"size" doc:"Bytes"`
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
