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
// twice is one file. What is not kept is not given again: who asks is told that it was done.
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
	if err := a.Answered(r.Context(), asked, kept.answer()); err != nil {
		a.Log.Error("keeping the answer to a request with a key", "err", err)
	}
}

// maxKept bounds an answer that is kept, in bytes. Answers of the API to what was done are short.
const maxKept = 256 << 10

// ExportHeader names in an answer the number of the export that it is.
const ExportHeader = "Consilium-Export"

// keptAnswer sends an answer on and keeps it: unless it is long, or a file, which is what an export of rows is. Such an answer is not for later: a waiver may be revoked by then, a patient be erased.
type keptAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	unkept bool
}

// answer is what is kept: the answer, or that there was one and what it was called.
func (k *keptAnswer) answer() desk.Answer {
	if k.unkept {
		return desk.Answer{Status: k.status, Type: desk.NotKept, Body: []byte(k.Header().Get(ExportHeader))}
	}
	return desk.Answer{Status: k.status, Type: k.Header().Get("Content-Type"), Body: k.body.Bytes()}
}

func (k *keptAnswer) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *keptAnswer) Write(p []byte) (int, error) {
	if k.unkept = k.unkept || k.body.Len()+len(p) > maxKept || !strings.Contains(k.Header().Get("Content-Type"), "json"); k.unkept {
		k.body = bytes.Buffer{}
	} else {
		k.body.Write(p)
	}
	return k.ResponseWriter.Write(p)
}

func (k *keptAnswer) Unwrap() http.ResponseWriter { return k.ResponseWriter }
