package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"consilium/desk"
	"consilium/web/face"
)

// KeyHeader is with which a program says that a request is the same one again (draft-ietf-httpapi-idempotency-key-header).
const KeyHeader = "Idempotency-Key"

// once answers a POST that carries a key. The first is done; the same again gets the first one's answer, also after a restart. Files need no key: a file sent
// twice is one file.
func (a *API) once(w http.ResponseWriter, r *http.Request, key string) {
	caller, err := face.Caller(a.Desk, r)
	if err != nil {
		a.tell(w, r, err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || len(key) > 200 {
		a.tell(w, r, errors.Join(desk.ErrInput, err))
		return
	}
	asked := desk.AskedBy(caller, face.Credential(a.Desk, r), strings.Join([]string{r.Method, r.URL.RequestURI(), key}, "\x00"), body)
	before, err := a.Once(r.Context(), asked)
	if err != nil {
		a.tell(w, r, err)
		return
	}
	if before != nil {
		w.Header().Set("Content-Type", before.Type)
		w.Header().Set("Idempotent-Replayed", "true")
		w.WriteHeader(before.Status)
		w.Write(before.Body)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	kept := &keptAnswer{ResponseWriter: w, status: http.StatusOK}
	a.route(kept, r)
	if err := a.Answered(r.Context(), asked, desk.Answer{Status: kept.status, Type: w.Header().Get("Content-Type"), Body: kept.body.Bytes()}); err != nil {
		a.Log.Error("keeping the answer to a request with a key", "err", err)
	}
}

// keptAnswer sends an answer on and keeps it.
type keptAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keptAnswer) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *keptAnswer) Write(p []byte) (int, error) {
	k.body.Write(p)
	return k.ResponseWriter.Write(p)
}

func (k *keptAnswer) Unwrap() http.ResponseWriter { return k.ResponseWriter }
