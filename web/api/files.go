package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/face"
)

// maxBlob bounds one file: 8 GiB.
const maxBlob = 8 << 30

type blob struct {
	Hash ledger.Hash `json:"hash" doc:"SHA-256 of the file"`
	Size int64       `json:"size" doc:"Bytes"`
}

// fileOperations speak bytes rather than JSON, so they stand beside huma: a file is never held in memory.
func (a *API) fileOperations() {
	a.stream("POST", "/blobs", desk.ScopeWrite, "Keep a file, to attach it to an entry afterwards. The request's body is the file.", a.putBlob)
	a.stream("GET", "/blobs/{sha256}", desk.ScopeRead, "Get a file that is attached to a thread which the caller may see", a.getBlob)
	a.stream("GET", "/cases/{id}/bundle", desk.ScopeRead, "The case with its files, in a bundle that anybody can verify offline", a.getBundle)
}

// stream registers an operation that reads and writes by itself, and describes it for OpenAPI.
func (a *API) stream(method, path string, scope people.Scope, summary string, do func(http.ResponseWriter, *http.Request, desk.Caller) error) {
	a.ops = append(a.ops, Operation{method, Prefix + path, scope})
	a.huma.OpenAPI().AddOperation(&huma.Operation{OperationID: operationID(method, path), Method: method, Path: Prefix + path, Summary: summary,
		Responses: map[string]*huma.Response{"200": {Description: "OK"}, "default": {Description: "A problem (RFC 9457)"}}})
	a.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Cookie")
		caller, err := face.Caller(a.Desk, r)
		if err == nil && !caller.Lets(scope) {
			err = fmt.Errorf("it needs the scope %q: %w", scope, desk.ErrScope)
		}
		if err == nil {
			err = do(w, r, caller)
		}
		if err != nil {
			a.tell(w, r, err)
		}
	})
}

func (a *API) tell(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = errors.Join(desk.ErrInput, fmt.Errorf("a file may have %d bytes at most", large.Limit))
	}
	p := a.problem(r.Context(), err)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Del("Content-Disposition")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="consilium"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

func (a *API) putBlob(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	hash, size, err := a.Upload(r.Context(), caller, http.MaxBytesReader(w, r.Body, maxBlob), maxBlob)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(blob{hash, size})
}

func (a *API) getBlob(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	hash, err := ledger.ParseHash(r.PathValue("sha256"))
	if err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	return face.ServeFile(a.Desk, w, r, caller, hash)
}

func (a *API) getBundle(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	id, err := ledger.ParseThreadID(r.PathValue("id"))
	if err != nil {
		return errors.Join(desk.ErrInput, err)
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
	if err := a.writeBundle(r.Context(), f, id); err != nil {
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
	w.Header().Set("Content-Disposition", `attachment; filename="case-`+id.String()+`.bundle"`)
	_, err = io.Copy(w, f)
	return err
}

func (a *API) writeBundle(ctx context.Context, to io.Writer, id ledger.ThreadID) error {
	b, err := ledger.NewBundleWriter(to)
	if err != nil {
		return err
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
		return b.Thread(t)
	})
	if err != nil {
		return err
	}
	written := map[ledger.Hash]bool{}
	for _, file := range files {
		if written[file.Hash] || !a.Blobs.Has(file.Hash) {
			continue
		}
		written[file.Hash] = true
		if err := a.bundleFile(b, file.Hash); err != nil {
			return err
		}
	}
	return b.Close()
}

func (a *API) bundleFile(b *ledger.BundleWriter, hash ledger.Hash) error {
	f, size, err := a.Blobs.Open(hash)
	if err != nil {
		return err
	}
	defer f.Close()
	return b.File(hash, size, f)
}
